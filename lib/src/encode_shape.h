/* encode_shape.h - the levels of a table and how they are written [CAN-030]. Depends on
 * encode_out.h. */
#ifndef SC_ENCODE_SHAPE_H
#define SC_ENCODE_SHAPE_H

#include "encode_out.h"
#include "registry_tables.h"

enum {
    SC_SHAPE_SYMBOLS_MAX = SCAPE_REG_ALPHABET_MAX
};

/* The alphabet of a table set. */
struct sc_shape_set {
    uint16_t alphabet[SC_SHAPE_SYMBOLS_MAX]; /* rising */
    uint32_t values;
    bool escape;
};

/* One table: levels of its present values [first, end), and of the escape if it occurs. */
struct sc_shape {
    uint8_t level[SC_SHAPE_SYMBOLS_MAX];
    uint32_t first, end;
    bool has_escape;
    uint8_t escape;
};

/* Frequencies of the present values and then of the escape [TBL-011]. */
void sc_shape_frequencies(const struct sc_shape *shape, uint32_t precision, uint16_t *frequencies);

void sc_shape_put_alphabet(struct sc_bit_out *b, const struct sc_shape_set *set, uint32_t width);
/* `before` is the table before, empty for the first. */
void sc_shape_put(struct sc_bit_out *b, const struct sc_shape_set *set,
                  const struct sc_shape *shape, const struct sc_shape *before);

#endif
