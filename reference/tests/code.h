/* code.h - hand-made streams for the tests: bit strings, table sets, and a rANS encoder that
 * inverts whatever tables the library reads from the bytes the test has put. */
#ifndef SCAPE_REF_TESTS_CODE_H
#define SCAPE_REF_TESTS_CODE_H

#include "build.h"
#include "context.h"
#include "rans.h"

/* A bit string at the end of b. */
struct bit_writer {
    struct bytes *b;
    unsigned used; /* bits of the last byte */
};

void put_bits(struct bit_writer *w, uint32_t value, unsigned width);
void put_ones(struct bit_writer *w, unsigned count); /* count one bits and a zero */
void put_gamma(struct bit_writer *w, uint32_t value);

/* One inline table of the values first, first + 1, ... with these levels, each coded as a residual
 * with r = 3; an escape level below 0: the alphabet has no escape. */
void put_table(struct bytes *b, uint32_t width, uint32_t first, const uint8_t *levels,
               uint32_t count, int escape_level);

/* Memory for tables, and the tables that the set at b->data + at holds, columns made. */
struct scape_ref_tables *tables_of(const struct bytes *b, size_t at, uint32_t precision,
                                   uint32_t count, uint32_t width);

/* Word counts, states and words of symbols under tables; contexts NULL: one table.
 * lanes_code as in the mode byte. */
void put_segments(struct bytes *b, const struct scape_ref_tables *t, unsigned lanes_code,
                  const uint16_t *symbols, const uint8_t *contexts, uint32_t count);

/* The same for one table and one segment of 32 lanes in which only the first `coded` of each `sub`
 * elements have a symbol. */
void put_segments_coded(struct bytes *b, const struct scape_ref_tables *t, const uint16_t *symbols,
                        uint32_t count, uint32_t sub, uint32_t coded);

/* The mode byte. */
void put_mode(struct bytes *b, unsigned precision, unsigned lanes_code, unsigned source);

#endif
