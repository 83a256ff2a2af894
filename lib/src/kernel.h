/* kernel.h - kernels: pure loops for one instruction set, and the table forms that they look
 * symbols up in. A kernel allocates nothing and checks nothing; rans.c binds it to a stream, sees
 * that what it needs is there and checks what it did. Depends on work.h. */
#ifndef SC_KERNEL_H
#define SC_KERNEL_H

#include "work.h"

enum sc_form {
    /* A struct sc_column_pair for each alias column of each table. */
    SC_FORM_PAIRS,
    /* Flat, 2^p entries a table of 64 bits: freq | rank << 16 | value << 32 | escape << 48. */
    SC_FORM_FLAT64,
    /* Flat, 32 bits: freq | rank << p | tag << 2 p, where the tag is the value itself, or, with
     * `named`, the symbol's number, of which `map` tells the value. p <= 12, no frequency of 2^p.
     */
    SC_FORM_FLAT32,
    /* The alias columns of the table set, and a word for each symbol: freq | value << 16, 2^c of
     * them a table. */
    SC_FORM_COLUMNS,
    /* Tables of at most 16 columns, a struct sc_alias16 each; the elements of a group of 32 have
     * one table. */
    SC_FORM_ALIAS16,
    /* The alias columns of all tables together, at most 1024, as planes of bytes: what is known of
     * column (or symbol) j of table k is at k * 2^c + j of each. At most 256 columns a table and
     * 256 slots a column. */
    SC_FORM_PLANES,
    /* The alias columns of each table apart, 32 * units of them, as three planes of 16-bit words:
     * cut << c | alias and offset by the column, rank = place + offset mod 2^16 in the alias part,
     * and freq by the symbol. At most 256 columns; no escape; the values rise by one from
     * `marker`. */
    SC_FORM_WORDS,
    /* An entry of 64 bits for each alias column of one table of precision SC_BESIDE_PRECISION and
     * at most SC_LONE_COLUMNS columns, no frequency of 2^p: the column's own part low, that of its
     * alias high. `map` tells the value of a symbol; `marker` is the escape's number. */
    SC_FORM_LONE,
    SC_FORM_COUNT
};

/* A part of an entry of SC_FORM_LONE: freq in 12 bits, the symbol in 8, then in 12 bits cut - 1, so
 * that the greater places belong to the alias, or in the alias' part offset, rank = place + offset
 * mod 2^12. */
enum {
    SC_LONE_SYMBOL = 12,
    SC_LONE_TOP = 20,
    SC_LONE_COLUMNS = 128
};

/* Planes of 64 * units bytes, apart from the last two, which have 256: the values of the symbols,
 * over and over. Parts of 16 bits are the low byte and the high one. */
enum sc_plane {
    SC_PLANE_CUT,    /* by the column: places from here on belong to the alias */
    SC_PLANE_ALIAS,  /* by the column: low byte of the alias' number in the planes */
    SC_PLANE_OFFSET, /* two, by the column: rank = place + offset mod 2^16 in the alias part */
    SC_PLANE_FREQ = SC_PLANE_OFFSET + 2, /* two, by the symbol */
    SC_PLANE_VALUE = SC_PLANE_FREQ + 2,
    SC_PLANES = SC_PLANE_VALUE + 2
};

/* Five lookups of 32 words. The first index is the column, the second the column, + 16 where the
 * slot is in the alias part. */
struct sc_alias16 {
    uint16_t from[32];   /* first slot of the column that belongs to its alias */
    uint16_t freq[32];   /* of the symbol */
    uint16_t offset[32]; /* rank = slot + offset mod 2^16 */
    uint16_t value[32];
};

/* What a bulk loop works on: `groups` groups of 32 elements of each segment, from where the
 * segments stand. It may stop earlier, when less than 64 bytes are left before readable_end; every
 * segment has then advanced by the same number of groups. */
struct sc_bulk {
    enum sc_form form;
    bool named;   /* FLAT32: tags are numbers of symbols */
    bool escapes; /* what looks up as the tag (FLAT32) or value `marker` is an escape */
    uint16_t marker;
    uint32_t precision, column_bits;
    uint32_t segment_count;
    uint64_t groups;
    const uint32_t *words;              /* FLAT32: the entries; COLUMNS: one for each symbol */
    const uint32_t *columns;            /* COLUMNS */
    const struct sc_column_pair *pairs; /* PAIRS */
    const uint64_t *flat;               /* FLAT64 */
    const uint16_t *map;                /* 128 entries */
    const struct sc_alias16 *alias;     /* one for each table */
    const uint8_t *planes;              /* PLANES; marker is the escape's number. WORDS */
    uint32_t units;                     /* PLANES: 1, 2, 4, 6, 8, 12 or 16; WORDS: 1, 2, 8 */
    struct sc_rans *rans;
    const struct sc_sink *sink;
};

struct sc_kernel {
    const char *name;
    bool alias16, planes, words; /* which forms it has beside FLAT32 and COLUMNS */
    uint64_t (*checksum)(const void *data, size_t size); /* [CNV-016] */
    void (*bulk)(const struct sc_bulk *bulk);            /* NULL: rans.c does all itself */
    /* Two streams of one segment in one loop, as many groups as both can: form PLANES, of the same
     * units. NULL: there is none. */
    void (*bulk_pair)(const struct sc_bulk *bulk, const struct sc_bulk *beside);
    /* Up to SC_BESIDE streams of one lane, sc_lone_groups() of each: form LONE, sinks SC_SINK_SPLIT
     * of the same raw bits. NULL: there is none. */
    void (*lanes)(const struct sc_bulk *bulks, uint32_t count);
    /* Tables of a chunk's first `count` classes, see block_class.h. 64 bytes can be read behind
     * each field and behind the map. */
    void (*class_tables)(const struct scape_reg_class *classes, const struct sc_array *fields,
                         const uint8_t *map, uint8_t *out, uint64_t count);
};

extern const struct sc_kernel sc_kernel_portable;
#if defined(SCAPE_KERNELS_X86)
extern const struct sc_kernel sc_kernel_avx2;
extern const struct sc_kernel sc_kernel_avx512;
uint64_t sc_checksum_avx2(const void *data, size_t size);
uint64_t sc_checksum_avx512(const void *data, size_t size);
void sc_bulk_avx512_planes(const struct sc_bulk *bulk);
void sc_bulk_pair_avx512_planes(const struct sc_bulk *bulk, const struct sc_bulk *beside);
void sc_lanes_avx512(const struct sc_bulk *bulks, uint32_t count);
void sc_bulk_avx512_blocks(const struct sc_bulk *bulk);
#endif
#if defined(SCAPE_KERNEL_NEON)
extern const struct sc_kernel sc_kernel_neon;
#endif

/* The best kernel of this machine, or what SCAPE_KERNEL asks for. */
const struct sc_kernel *sc_kernel_select(void);

/* Bytes of a form for a table set, and the form itself, with what *bulk tells of it. False: the set
 * has no such form. */
size_t sc_form_size(enum sc_form form, const struct sc_tables *t);
bool sc_form_make(enum sc_form form, const struct sc_tables *t, uint8_t *memory,
                  struct sc_bulk *bulk);

/* Groups of 32 elements that each of these streams of one lane has and that cannot use more words
 * than may be read. */
static inline uint64_t sc_lone_groups(const struct sc_bulk *bulks, uint32_t count) {
    uint64_t groups = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct sc_segment *g = &bulks[i].rans->segments[0];
        uint64_t own = (g->end - g->at) / SC_LANES;
        uint64_t safe = (uint64_t)(bulks[i].rans->readable_end - g->word) / SC_LANES / 2;
        own = own < safe ? own : safe;
        groups = own < groups ? own : groups;
    }
    return groups;
}

/* A kernel found escapes: bit l of `mask` stands for element i + l. Inline, so that the loops of
 * kernels call nothing and keep their registers. */
static inline void sc_escapes_note(struct sc_escapes *escapes, uint64_t i, uint32_t mask) {
    for (; mask != 0; mask &= mask - 1) {
        if (escapes->seen < escapes->count) {
            escapes->list[escapes->seen] = (uint32_t)i + (uint32_t)__builtin_ctz(mask);
        }
        escapes->seen++;
    }
}

#endif
