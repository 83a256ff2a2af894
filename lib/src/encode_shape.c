/* encode_shape.c - table sets as bit strings, in the one form that is canonical [CAN-030]. Depends
 * on encode_shape.h. */
#include "encode_shape.h"

#include <assert.h>

static uint64_t weight(uint32_t level) { /* [TBL-010] */
    static const uint16_t eighths[8] = {256, 279, 304, 332, 362, 395, 431, 470};
    return (uint64_t)eighths[level & 7] << (level >> 3);
}

void sc_shape_frequencies(const struct sc_shape *shape, uint32_t precision, uint16_t *frequencies) {
    uint32_t values = shape->end - shape->first;
    uint64_t spread = (UINT64_C(1) << precision) - (values + shape->has_escape);
    uint64_t total = shape->has_escape ? weight(shape->escape) : 0;
    for (uint32_t s = shape->first; s < shape->end; s++) {
        total += weight(shape->level[s]);
    }
    assert(total > 0); /* a table has a symbol */
    uint64_t done = 0, before = 0;
    for (uint32_t i = 0; i < values; i++) {
        done += weight(shape->level[shape->first + i]);
        uint64_t share = done * spread / total;
        frequencies[i] = (uint16_t)(1 + share - before);
        before = share;
    }
    if (shape->has_escape) {
        frequencies[values] = (uint16_t)(1 + spread - before);
    }
}

static void put_gamma(struct sc_bit_out *b, uint32_t value) { /* [TBL-002] */
    unsigned zeros = 0;
    while (value >> zeros > 1) {
        zeros++;
    }
    sc_bit_put(b, 0, zeros);
    sc_bit_put(b, 1, 1);
    sc_bit_put(b, value, zeros);
}

void sc_shape_put_alphabet(struct sc_bit_out *b, const struct sc_shape_set *set, uint32_t width) {
    sc_bit_put(b, set->alphabet[0], width);
    sc_bit_put(b, set->escape, 1);
    uint32_t start = 0;
    for (uint32_t i = 1; i <= set->values; i++) {
        bool last = i == set->values;
        if (last || set->alphabet[i] != set->alphabet[i - 1] + 1) {
            put_gamma(b, i - start);
            sc_bit_put(b, !last, 1);
            if (!last) {
                put_gamma(b, (uint32_t)(set->alphabet[i] - set->alphabet[i - 1] - 1));
            }
            start = i;
        }
    }
}

/* The zigzag number of the residual of symbol i [TBL-007] [TBL-008]. */
static uint32_t residual(const struct sc_shape *shape, const struct sc_shape *before, uint32_t i) {
    int32_t guess = shape->level[i - 1];
    if (i - 1 >= before->first && i < before->end) {
        guess += (int32_t)before->level[i] - (int32_t)before->level[i - 1];
    }
    int32_t most = (int32_t)SCAPE_REG_LEVEL_MAX;
    guess = guess < 0 ? 0 : guess > most ? most : guess;
    int32_t delta = (int32_t)shape->level[i] - guess;
    return delta >= 0 ? 2 * (uint32_t)delta : 2 * (uint32_t)-delta - 1;
}

/* The Rice parameter of the shortest residuals, the smallest of equals. */
static unsigned best_rice(const uint16_t *residuals, uint32_t count) {
    uint64_t length[4] = {0, 0, 0, 0};
    uint32_t greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t z = residuals[i];
        greatest = z > greatest ? z : greatest;
        for (unsigned rice = 0; rice < 4; rice++) {
            length[rice] += (z >> rice) + 1 + rice;
        }
    }
    unsigned best = 3;
    for (unsigned rice = 3; rice-- > 0;) {
        if (greatest >> rice <= SCAPE_REG_UNARY_MAX && length[rice] <= length[best]) {
            best = rice;
        }
    }
    return best;
}

void sc_shape_put(struct sc_bit_out *b, const struct sc_shape_set *set,
                  const struct sc_shape *shape, const struct sc_shape *before) {
    put_gamma(b, shape->first + 1);
    put_gamma(b, set->values - shape->end + 1);
    if (set->escape) {
        sc_bit_put(b, shape->has_escape, 1);
    }
    if (shape->has_escape) {
        sc_bit_put(b, shape->escape, 8);
    }
    uint16_t residuals[SC_SHAPE_SYMBOLS_MAX];
    uint32_t count = 0;
    for (uint32_t i = shape->first + 1; i < shape->end; i++) {
        residuals[count++] = (uint16_t)residual(shape, before, i);
    }
    unsigned rice = best_rice(residuals, count);
    sc_bit_put(b, rice, 2);
    sc_bit_put(b, shape->level[shape->first], 8);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t z = residuals[i];
        uint32_t ones = z >> rice;
        uint64_t low = z & ((1u << rice) - 1);
        sc_bit_put(b, (UINT64_C(1) << ones) - 1 + (low << (ones + 1)), ones + 1 + rice);
    }
}
