/* tables.h - frequency tables: the inline table set as levels, the frequencies made of them, and
 * the alias order of their slots. Chapter "rANS" of the spec, sections 4.2 and 4.3. Depends on
 * bits. */
#ifndef SCAPE_REF_TABLES_H
#define SCAPE_REF_TABLES_H

#include "alloc.h"
#include "bits.h"

enum {
    SCAPE_REF_SLOTS_MAX = 1 << SCAPE_REF_TABLE_SLOTS_LOG2_MAX
};

/* A column of a table's slots: the first cut places are the column's own symbol, ranks from 0; the
 * others are symbol alias, ranks from base on [TBL-020]. */
struct scape_ref_column {
    uint16_t cut;
    uint16_t alias;
    uint16_t base;
};

/* K tables over one alphabet. Table k's entries start at k << column_bits. Symbols 0..value_count-1
 * are the values, symbol value_count is the escape if there is one. */
struct scape_ref_tables {
    uint32_t precision;
    uint32_t count; /* K */
    uint32_t value_count;
    bool escape;
    uint32_t column_bits;
    uint16_t *values;      /* ALPHABET_MAX */
    uint16_t *frequencies; /* SLOTS_MAX; 0 for absent symbols */
    struct scape_ref_column *columns;
    uint8_t *levels[2]; /* ALPHABET_MAX each: those of the table in the making and the one before */
    uint16_t *scratch[3]; /* ALPHABET_MAX each: for making columns */
};

void scape_ref_tables_carve(struct scape_ref_arena *arena, struct scape_ref_tables *t);

/* [RNS-002] precision in 8..14, count in 1..64, count << precision at most 2^17:
 * else SCAPE_REF_LIMIT. */
enum scape_ref_error scape_ref_table_size_check(uint32_t precision, uint32_t count);

/* Reads an inline set for values of width bits (1..16), of a checked precision and count. Fills
 * everything but the columns. SCAPE_REF_TRUNCATED, _BAD_TABLE, _NONZERO_PAD. */
enum scape_ref_error scape_ref_tables_read(struct scape_ref_cursor *c, uint32_t precision,
                                           uint32_t count, uint32_t width,
                                           struct scape_ref_tables *t);

/* [TBL-021] Makes the columns of all tables. */
void scape_ref_tables_make_columns(struct scape_ref_tables *t);

/* The parts that an encoder needs as well. frequencies of g present symbols from their levels, in
 * order [TBL-011]; and the columns of one table [TBL-021], scratch being three arrays of
 * 1 << column_bits entries. */
void scape_ref_frequencies_make(const uint8_t *levels, uint32_t present, uint32_t precision,
                                uint16_t *frequencies);
uint32_t scape_ref_column_bits(uint32_t symbols);
void scape_ref_columns_make(const uint16_t *frequencies, uint32_t symbols, uint32_t column_bits,
                            uint32_t precision, struct scape_ref_column *columns,
                            uint16_t *const scratch[3]);

#endif
