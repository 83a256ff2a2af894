/* encode_tables.h - from counts to frequency tables and to their bytes: which values get a symbol,
 * which are escaped, the level of each symbol in each table [CAN TBL]. Integer arithmetic only.
 * Depends on tables. */
#ifndef SCAPE_REF_ENCODE_TABLES_H
#define SCAPE_REF_ENCODE_TABLES_H

#include "tables.h"

#define SCAPE_REF_COST_PER_BYTE UINT64_C(2048) /* costs are in bits / 256 */

enum {
    SCAPE_REF_SYMBOL_NONE = 0xFFFF /* no symbol and no escape: the value does not occur */
};

/* K tables over one alphabet, fitted to counts. Symbol value_count is the escape, when there is
 * one. Per-table arrays hold value_count + 1 entries a table. */
struct scape_ref_fit {
    uint32_t width; /* of the values, bits */
    uint32_t p;     /* frequencies of a table sum to 2^p */
    uint32_t tables;
    uint32_t value_count;
    bool escape;
    bool sampled;            /* set by the caller: values may occur that were not counted */
    uint16_t *values;        /* value_count, rising */
    uint16_t *symbol_of;     /* 2^width: symbol of a value, the escape's, or NONE */
    uint16_t *frequencies;   /* 0: absent from this table; 2^14 at most */
    uint8_t *levels;         /* of the symbols present */
    uint8_t *present_levels; /* of the table in the making */
    uint32_t *first, *end;   /* per table: range of the value symbols present */
    uint64_t cost_q8; /* estimate of the coded elements, escaped values included: bits / 256 */
    uint64_t escapes; /* elements that will be escaped; not known where they were sampled */
    uint8_t *bytes;   /* the inline table set */
    size_t byte_count;
    struct scape_ref_buffer memory;
};

/* floor(256 * log2(v)), v >= 1 [CAN] */
uint32_t scape_ref_log2_q8(uint64_t v);

/* Fits tables to counts[table << width | value]; every table must count at least one element.
 * max_symbols bounds the alphabet, escape included (>= 2; 2^p at most); may_escape false keeps
 * every value (then SCAPE_REF_LIMIT if they are too many). */
enum scape_ref_error scape_ref_tables_fit(struct scape_ref_memory *memory,
                                          struct scape_ref_fit *fit, const uint32_t *counts,
                                          uint32_t width, uint32_t tables, uint32_t p,
                                          uint32_t max_symbols, bool may_escape);

/* The same from tables that were read (from a profile): no counts, no cost, no bytes. */
enum scape_ref_error scape_ref_fit_from_tables(struct scape_ref_memory *memory,
                                               struct scape_ref_fit *fit,
                                               const struct scape_ref_tables *tables,
                                               uint32_t width);

/* Bits / 256 that coding this value in this table costs; a great number where it has no symbol. */
uint64_t scape_ref_fit_cost_q8(const struct scape_ref_fit *fit, uint32_t table, uint32_t value);

/* The symbol that codes this value in this table: its own or the escape. */
static inline uint32_t scape_ref_fit_symbol(const struct scape_ref_fit *f, uint32_t table,
                                            uint32_t value) {
    uint32_t s = f->symbol_of[value];
    return f->frequencies[table * (f->value_count + 1) + s] != 0 ? s : f->value_count;
}

#endif
