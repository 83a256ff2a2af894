/* encode_stream.h - one field's elements to one stream, by a given coder or by the smallest [CAN].
 * Depends on encode_tables, bits, alloc. */
#ifndef SCAPE_REF_ENCODE_STREAM_H
#define SCAPE_REF_ENCODE_STREAM_H

#include "context.h"
#include "encode_tables.h"
#include "rans.h"

/* Where a payload is written: a fixed block of memory. What does not fit is counted, not written,
 * so a payload that grew too large is found out by size > capacity. */
struct scape_ref_sink {
    uint8_t *data;
    size_t capacity;
    size_t size; /* bytes wanted so far */
};

void scape_ref_sink_put(struct scape_ref_sink *s, const void *data, size_t n);
void scape_ref_sink_u8(struct scape_ref_sink *s, uint8_t value);
void scape_ref_sink_varint(struct scape_ref_sink *s, uint64_t value);
static inline bool scape_ref_sink_is_full(const struct scape_ref_sink *s) {
    return s->size > s->capacity;
}

/* How the tables of a stream are chosen, element by element. */
enum scape_ref_table_choice {
    SCAPE_REF_TABLE_ONE,           /* one table: coder RANS */
    SCAPE_REF_TABLE_BY_ID,         /* coder RANS_MIXTURE */
    SCAPE_REF_TABLE_BY_ROW_COLUMN, /* coder RANS_CONTEXT, function 1 */
    SCAPE_REF_TABLE_BY_FIELD,      /* coder RANS_CONTEXT, function 2 */
    SCAPE_REF_TABLE_BY_CLASS       /* coder RANS_CONTEXT, function 3 */
};

struct scape_ref_table_plan {
    enum scape_ref_table_choice kind;
    uint32_t tables; /* K */
    /* LIFT: only the first live of every 2^sub_log2 elements are coded; live 0: all are */
    uint32_t sub_log2, live;
    /* BY_ID: an id of bits(K - 1) bits, at least one, for each 2^block_log2 elements */
    uint32_t block_log2;
    struct scape_ref_array ids;
    /* BY_ROW_COLUMN: classes below R, of 5 bits; column_class.count is the columns of a row */
    uint32_t classes; /* R */
    struct scape_ref_array row_class, column_class;
    uint8_t thresholds[SCAPE_REF_TABLES_MAX];
    /* BY_FIELD: the field's number, its elements, and the table of each of its values */
    uint32_t field;
    const struct scape_ref_array *by;
    const uint8_t *map; /* BY_FIELD: 2^by->width; BY_CLASS: class_count */
    /* BY_CLASS: the class of every elements_per_class elements, from the layout's function */
    const uint8_t *classes_of;
    uint32_t class_count, elements_per_class;
};

static inline bool scape_ref_table_plan_codes(const struct scape_ref_table_plan *plan, uint64_t i) {
    return plan->live == 0 || (i & (((uint64_t)1 << plan->sub_log2) - 1)) < plan->live;
}

/* Rows and columns: the table of each sum of classes. */
void scape_ref_table_plan_sums(const struct scape_ref_table_plan *plan,
                               uint8_t table_of[SCAPE_REF_CLASS_SUMS]);
/* The table of each of count elements. */
void scape_ref_table_plan_fill(const struct scape_ref_table_plan *plan, uint64_t count,
                               uint8_t *tables);

/* Table sets that come from a profile: fitted to nothing, only looked up. */
struct scape_ref_encode_tables {
    const struct scape_ref_fit *fit;
    unsigned source;
    uint64_t set; /* number in the profile */
};

/* Are all elements equal? */
bool scape_ref_array_is_constant(const struct scape_ref_array *array);

/* The coders. Each writes coder byte and body of a stream of array->count >= 1 elements. */
void scape_ref_encode_packed(struct scape_ref_sink *s, const struct scape_ref_array *array);
/* SCAPE_REF_BAD_ARGUMENT unless all elements are equal. */
enum scape_ref_error scape_ref_encode_constant(struct scape_ref_sink *s,
                                               const struct scape_ref_array *array);
/* Needs libzstd; level as libzstd counts. */
enum scape_ref_error scape_ref_encode_zstd(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_array *array, int level);
/* Every element must have a symbol or an escape in its table (SCAPE_REF_BAD_ARGUMENT). */
enum scape_ref_error scape_ref_encode_rans(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_array *array,
                                           const struct scape_ref_table_plan *context,
                                           const struct scape_ref_encode_tables *tables);

/* The context part of a stream: number of tables, ids or function and parameters. */
enum scape_ref_error scape_ref_encode_plan(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_table_plan *c);

/* Which elements are counted: of the runs of 64 of a row every step-th, those of the next row one
 * run further on [CAN-061]. */
struct scape_ref_sample {
    uint64_t columns, step;
};

static inline bool scape_ref_sample_has(const struct scape_ref_sample *s, uint64_t i) {
    return (i % s->columns / 64 + i / s->columns) % s->step == 0;
}

/* counts[table << width | value], set to zero first; of the sampled elements. */
enum scape_ref_error scape_ref_table_plan_sample(struct scape_ref_memory *memory,
                                                 const struct scape_ref_array *array,
                                                 const struct scape_ref_table_plan *plan,
                                                 const struct scape_ref_sample *sample,
                                                 uint32_t *counts);
/* The same of all elements. */
enum scape_ref_error scape_ref_table_plan_count(struct scape_ref_memory *memory,
                                                const struct scape_ref_array *array,
                                                const struct scape_ref_table_plan *plan,
                                                uint32_t *counts);

/* What the choice among coders may use. */
struct scape_ref_coder_choice {
    uint32_t p;           /* table precision */
    uint32_t max_symbols; /* of an alphabet */
    int zstd_level;       /* 0: not tried */
};

/* The smallest of CONSTANT, PACKED, RANS with one inline table and, if asked for, ZSTD; by estimate
 * for RANS, by size for ZSTD; ties to the first of these [CAN]. */
enum scape_ref_error scape_ref_encode_smallest(struct scape_ref_memory *memory,
                                               struct scape_ref_sink *s,
                                               const struct scape_ref_array *array,
                                               const struct scape_ref_coder_choice *choice);

/* Estimated bytes of a rANS stream with these tables, without context parameters [CAN]. */
uint64_t scape_ref_rans_estimate(const struct scape_ref_fit *fit, uint64_t count);
/* Lanes code (mode bits 4..5) that the canonical encoder gives a stream of so many elements. */
uint32_t scape_ref_lanes_code(uint64_t count);

#endif
