/* tables.h - table sets [TBL]: reading one from a bit string, and the alias columns that a decoder
 * looks slots up in. Depends on cursor.h and on memory.h. */
#ifndef SC_TABLES_H
#define SC_TABLES_H

#include "cursor.h"
#include "memory.h"
#include "registry_tables.h"

/* K tables over one alphabet. Symbols 0..value_count - 1 are values, symbol value_count is the
 * escape if there is one. */
struct sc_tables {
    uint32_t precision;   /* p */
    uint32_t count;       /* K */
    uint32_t value_count; /* v */
    uint32_t symbols;     /* n */
    bool escape;
    bool certain;          /* some table has a symbol of frequency 2^p */
    uint32_t column_bits;  /* c */
    uint16_t *values;      /* n: the alphabet, 0 for the escape */
    uint16_t *frequencies; /* count x n */
    /* count x 2^c, a column each: low half cut << c | alias, high half base - cut mod 2^16. A place
     * below cut has the column's symbol and its own number as rank, another the symbol alias and
     * rank = place + (base - cut). */
    uint32_t *columns;
    struct sc_buffer memory;
};

/* Reads an inline table set [TBL-001] and makes the columns. precision and count meet [RNS-002].
 * `c` says what is wrong; memory errors are reported there too. */
void sc_tables_read(struct sc_memory *memory, struct sc_tables *t, struct sc_cursor *c,
                    uint32_t precision, uint32_t count, uint32_t width);

/* Makes a table set of values[value_count] and frequencies[count x n], n one more than the values
 * if there is an escape. */
enum scape_error sc_tables_make(struct sc_memory *memory, struct sc_tables *t, uint32_t precision,
                                uint32_t count, uint32_t value_count, bool escape,
                                const uint16_t *values, const uint16_t *frequencies);

void sc_tables_release(struct sc_memory *memory, struct sc_tables *t);

/* [RNS-002]: LIMIT at the cursor unless p, K and the number of slots are within their limits. */
bool sc_tables_check_size(struct sc_cursor *c, uint32_t precision, uint32_t count);

#endif
