/* encode_work.h - what one thread needs to encode chunks: scratch memory that is used again, and
 * the types that the steps hand to each other. Depends on encode_fit.h and work.h. */
#ifndef SC_ENCODE_WORK_H
#define SC_ENCODE_WORK_H

#include "encode_fit.h"
#include "encode_loops.h"
#include "work.h"

/* How one symbol is encoded: x, renormalised if its upper half is above `most`, becomes q * 2^p +
 * slots[start + x - q * freq] with q = x / freq = x * reciprocal >> (32 + p), exact for all x below
 * freq * 2^(32 - p). */
struct sc_code {
    uint64_t reciprocal;
    uint16_t most;
    uint16_t freq;
    uint32_t start; /* with SC_CODE_ESCAPE if the symbol is the escape */
};

enum {
    SC_CODE_ESCAPE = 1u << 30
};

/* The same by value, for streams of one lane. */
struct sc_lone_code {
    uint64_t reciprocal;
    const uint16_t *slots; /* of the symbol */
    uint32_t freq;
    bool escape;
};

/* A table set turned inside out. */
struct sc_coder {
    bool made; /* of a set that is kept */
    struct sc_tables tables;
    struct sc_buffer codes, lone_codes, slots, wide_codes, stretches, prices;
    const uint16_t *symbol_of;
    bool reciprocals; /* are they in the codes? */
    bool widened;     /* are the codes of `wide` there? */
    bool stretched;   /* are its stretches, or has it none? */
    struct sc_wide_coder wide;
};

/* What is to be encoded. */
struct sc_rans_plan {
    uint32_t coder;                /* RANS or RANS_CONTEXT */
    const struct sc_array *values; /* of 1 or 2 bytes */
    const uint8_t *contexts;       /* the table of each 2^run_log2 elements; NULL: table 0 */
    uint32_t run_log2;
    struct sc_lift lift;
    const struct sc_out *part; /* the context part, or NULL */
};

/* What the inner loop reads. */
struct sc_rans_codes {
    const struct sc_code *codes;
    const uint16_t *slots;
    const uint16_t *symbol_of;
    uint32_t symbols, precision;
    sc_encode_parts *parts; /* a kernel, or NULL */
    const struct sc_wide_coder *wide;
    const struct sc_lone_code *lone; /* NULL: there are none */
};

/* The segments of a stream: their words stand in w->words, each segment's at the end of its share,
 * and their escaped values likewise. */
struct sc_rans_segments {
    uint32_t count, lanes;
    uint32_t states[SC_SEGMENTS_MAX][SC_LANES];
    uint64_t begin[SC_SEGMENTS_MAX], end[SC_SEGMENTS_MAX];
    struct sc_word_sinks tops[SC_SEGMENTS_MAX], sinks[SC_SEGMENTS_MAX];
};

/* A stream that was begun. */
struct sc_rans_stream {
    const struct sc_fit *fit; /* NULL: there is none */
    bool waits;               /* for its words */
    struct sc_rans_plan plan;
    struct sc_array values; /* of the plan */
    bool escape;            /* is there one in the tables? */
    struct sc_rans_codes codes;
    struct sc_rans_segments segments;
};

struct sc_encode_work {
    struct sc_memory *memory;
    const struct sc_profile_sets *standard;
    const struct sc_kernel *kernel;
    const struct sc_encode_loops *loops;
    struct sc_buffer content;  /* of a chunk that the thread reads */
    struct sc_buffer fields;   /* unpacked elements */
    struct sc_buffer sample;   /* some elements of a field */
    struct sc_buffer lifted;   /* of a LIFT stream */
    struct sc_buffer counts;   /* histograms */
    struct sc_buffer merged;   /* histograms of fewer tables */
    struct sc_buffer order;    /* of sc_fit_tables */
    struct sc_buffer contexts; /* the table of each element */
    struct sc_buffer totals;   /* histogram of the first field of a float */
    struct sc_buffer sums;     /* histograms by the sum of row and column class */
    struct sc_buffer lines;    /* row and column classes */
    struct sc_buffer means;    /* of rows and columns, and what else lines add up */
    struct sc_buffer prices;   /* of symbols in tables */
    struct sc_buffer words, escaped, zstd_frame;
    struct sc_coder coder; /* of the chunk's own tables */
    struct sc_coder *kept; /* of the sets of the standard profile; NULL before the first use */
    struct sc_fit fit, best_fit, nested_fit;
    struct sc_rans_stream rans;
    struct sc_array floats[SC_FIELDS_MAX]; /* fields of a float coding, in `fields` and `sample` */
    struct sc_out part, best_part;         /* context parts */
    struct sc_out stream;                  /* row and column classes */
    struct sc_out best, trial;             /* payloads */
    ZSTD_CCtx *zstd;
    int zstd_level; /* of the context's last use */
    enum scape_error error;
};

void sc_encode_work_open(struct sc_encode_work *w, struct sc_memory *memory,
                         const struct sc_profile_sets *standard);
void sc_encode_work_close(struct sc_encode_work *w);

/* Room for `size` bytes that live until the buffer is asked for more; NULL after an error. */
void *sc_encode_scratch(struct sc_encode_work *w, struct sc_buffer *buffer, uint64_t size);

/* The first error of the work and of its byte strings. */
bool sc_encode_failed(struct sc_encode_work *w);

static inline void sc_fit_swap(struct sc_fit *a, struct sc_fit *b) {
    struct sc_fit other = *a;
    *a = *b;
    *b = other;
}

static inline void sc_out_swap(struct sc_out *a, struct sc_out *b) {
    struct sc_out other = *a;
    *a = *b;
    *b = other;
}

#endif
