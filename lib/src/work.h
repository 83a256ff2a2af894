/* work.h - what one thread needs to decode chunks: scratch memory that is used again, the kernel,
 * and the types that the steps of decoding a stream hand to each other. Depends on tables.h and
 * profile.h. */
#ifndef SC_WORK_H
#define SC_WORK_H

#include "profile.h"
#include "tables.h"

#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <zstd.h>

enum {
    SC_LANES = 32,
    SC_SEGMENTS_MAX = 4,
    SC_FIELDS_MAX = 16,
    SC_NESTED_MAX = 6, /* nested streams whose elements are needed at the same time */
    SC_BESIDE = 32,    /* streams of one lane that are decoded side by side at most */
    SC_FOUR = 4,       /* so many where the kernel has no loop of its own */
    SC_BESIDE_PRECISION = 12,
    SC_PAIR = 2 /* streams of one segment that a kernel decodes in one loop */
};

/* The unpacked elements of a stream: 1, 2, 4 or 8 bytes each, in the machine's byte order. A chunk
 * has at most 2^29 elements (2^26 bytes of one bit each), so their bytes fit a size_t anywhere. */
struct sc_array {
    uint8_t *data;
    uint64_t count;
    uint32_t width; /* bits of an element */
    uint32_t bytes;
};

/* Which table codes an element [CTX]. */
struct sc_contexts {
    enum {
        SC_CONTEXT_NONE,  /* all by table 0 */
        SC_CONTEXT_ROWS,  /* map[rows[i / columns] + column_classes[i % columns]] */
        SC_CONTEXT_BLOCKS /* blocks[i >> block_log2] */
    } kind;
    uint64_t columns;
    const uint8_t *rows, *column_classes;
    const uint8_t *blocks;
    uint32_t block_log2;
    uint8_t map[2 * SCAPE_REG_CLASSES_MAX];
};

/* Where decoded values go: to an array, or, joined with their raw bits, straight to the content.
 * Joined, a 16-bit word is (value << raw_bits | raw) rotated right by one: the layouts of chapter
 * 12 that split a 16-bit float have the sign as the lowest raw bit. */
enum {
    SC_SPLIT_BITS_MAX = 11, /* raw bits that are joined in the same pass */
    SC_RAW_IN_TWO_BYTES = 9 /* so many lie in at most two bytes, wherever they start */
};

struct sc_sink {
    enum {
        SC_SINK_U8,
        SC_SINK_U16,
        SC_SINK_SPLIT
    } kind;
    uint8_t *out;
    const uint8_t *raw; /* packed raw bits */
    uint32_t raw_bits;
};

struct sc_segment {
    uint32_t states[SC_LANES];
    const uint8_t *word, *words_end;
    const uint8_t *initial; /* the states as the payload has them */
    const uint8_t *first_word;
    uint64_t at, begin, end; /* elements: next, first, behind the last */
};

/* Escaped values [RNS-015]. Where segments are decoded side by side, the elements are noted in
 * `list` and get their values at the end. */
struct sc_escapes {
    bool present;
    const uint8_t *values; /* packed */
    uint64_t count, seen;
    uint32_t width;
    uint32_t *list; /* room for `count`, or NULL: values are given out at once */
};

/* Elements i with i % 2^log2 >= 2^log2 - count are passed over [RNS-034]; count 0: none are. */
struct sc_lift {
    uint32_t log2, count;
};

/* Which of the 32 elements from `at`, a multiple of 32, are not passed over: bit l for at + l. */
static inline uint32_t sc_lift_mask(const struct sc_lift *lift, uint64_t at) {
    uint32_t mask = UINT32_MAX;
    if (lift->count == 0) {
        return mask;
    }
    if (lift->log2 >= 5) {
        bool ends = ((at + 32) & ((UINT64_C(1) << lift->log2) - 1)) == 0;
        return ends ? mask >> lift->count : mask;
    }
    uint32_t sub = 1u << lift->log2;
    for (uint32_t last = sub; last <= 32; last += sub) {
        mask &= ~(((1u << lift->count) - 1) << (last - lift->count));
    }
    return mask;
}

/* An alias column: its own part and that of its alias. Of 64 bits each, from the lowest: freq (16
 * bits), offset (16; rank = place + offset mod 2^16), value (16), whether it is the escape (1), and
 * in the alias' the place at which it begins (15). */
struct sc_column_pair {
    uint64_t own, alias;
};

enum {
    SC_PAIR_ESCAPE = 48,
    SC_PAIR_CUT = 49
};

struct sc_standard_set;

/* A rANS stream, read up to its states, ready to be decoded. */
struct sc_rans {
    const struct sc_tables *tables;
    struct sc_standard_set *standard; /* the set of the standard profile that these are, or NULL */
    struct sc_contexts contexts;
    struct sc_escapes escapes;
    uint64_t count;
    uint32_t lanes, segment_count;
    struct sc_segment segments[SC_SEGMENTS_MAX];
    struct sc_lift lift;
    const struct sc_column_pair *pairs; /* form SC_FORM_PAIRS */
    const uint64_t *flat;               /* form SC_FORM_FLAT64, or NULL */
    const uint8_t *readable_end;        /* bytes up to here may be loaded */
};

struct sc_kernel;
struct sc_standard;

struct sc_work {
    struct sc_memory *memory;
    const struct sc_kernel *kernel;
    struct sc_standard *standard;
    const struct sc_profile_sets *frame; /* the frame's profile, or NULL */
    struct sc_tables tables;             /* of the stream, unless they are kept elsewhere */
    struct sc_tables shifted;            /* a kept set with values of the stream's own [TBL-031] */
    struct sc_buffer forms, pairs, fields, contexts, escapes, packed, values;
    struct sc_buffer nested[SC_NESTED_MAX];
    struct sc_rans rans;
    ZSTD_DCtx *zstd;
    enum scape_error zstd_error; /* why libzstd got no memory */
};

/* Where a stream stands: what its coder may refer to. */
struct sc_place {
    const struct scape_reg_layout *layout; /* NULL in a nested stream */
    uint32_t field;
    uint32_t width;
    const struct sc_array *fields; /* those before this one are decoded */
    struct sc_lift lift;           /* of a stream inside a LIFT stream */
};

void sc_work_open(struct sc_work *w, struct sc_memory *memory, const struct sc_kernel *kernel,
                  struct sc_standard *standard);
void sc_work_close(struct sc_work *w);

/* Elements [i, i + n) have the contexts out[0..n); n <= SC_LANES. There are some. */
void sc_contexts_fill(const struct sc_contexts *contexts, uint64_t i, uint32_t n, uint8_t *out);

/* `width` <= 32 bits from bit `start` of `packed`, in a payload, behind which SC_SLACK bytes can be
 * read. */
static inline uint32_t sc_bits_at(const uint8_t *packed, uint64_t start, uint32_t width) {
    uint64_t window = sc_load_u64(packed + start / 8) >> (start % 8);
    return (uint32_t)(window & ((UINT64_C(1) << width) - 1));
}

/* Bytes that an element of `width` bits takes in an array; no field of the registry has more than
 * 32. */
static inline uint32_t sc_element_bytes(uint32_t width) {
    return width <= 8 ? 1 : width <= 16 ? 2 : 4;
}

#endif
