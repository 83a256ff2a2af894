/* quantiles.h - the quantile functions that turn uniform bits into magnitudes of weights.
 * Depends on <stdint.h> only; the tables are computed with integers, the same on every machine. */
#ifndef SCAPE_GEN_QUANTILES_H
#define SCAPE_GEN_QUANTILES_H

#include <stdint.h>

enum {
    SCAPE_QUANTILES_CELLS_LOG2 = 10,
    SCAPE_QUANTILES_CELLS = 1 << SCAPE_QUANTILES_CELLS_LOG2,
    SCAPE_QUANTILES_POINT = 36, /* one standard deviation of the core is 2^36 */
    SCAPE_QUANTILES_FRACTION = 24
};

/* Shapes of the distribution, by the weight of their heavy components. */
typedef enum scape_tail {
    SCAPE_TAIL_LIGHT,  /* kurtosis about 3.1 */
    SCAPE_TAIL_MEDIUM, /* about 3.25, the usual matrix */
    SCAPE_TAIL_HEAVY,  /* about 4.5, like a student t */
    SCAPE_TAIL_COUNT
} scape_tail;

/* Quantiles of |w| at i/1024, and, for the last of those cells, at 1023/1024 + i/2^20. */
typedef struct scape_quantiles {
    uint64_t body[SCAPE_QUANTILES_CELLS];
    uint64_t tail[SCAPE_QUANTILES_CELLS + 1];
} scape_quantiles;

void scape_quantiles_build(scape_quantiles *q, scape_tail tail);

/* How 64 uniform bits become a value: 10 choose the cell, 10 the cell of the tail, 24 the place
 * inside it (the density is flat within a cell), 1 the sign; 19 are left as noise.
 *
 *   63       54 53       44 43                  20  19  18              0
 *  +-----------+-----------+----------------------+----+-----------------+
 *  |   cell    | tail cell |       fraction       |sign|      noise      |
 *  +-----------+-----------+----------------------+----+-----------------+
 */
static inline uint64_t scape_quantiles_magnitude(const scape_quantiles *q, uint64_t bits) {
    uint32_t cell = (uint32_t)(bits >> 54);
    const uint64_t *at = &q->body[cell];
    if (cell == SCAPE_QUANTILES_CELLS - 1) {
        at = &q->tail[(bits >> 44) & (SCAPE_QUANTILES_CELLS - 1)];
    }
    uint64_t fraction = (bits >> 20) & ((UINT64_C(1) << SCAPE_QUANTILES_FRACTION) - 1);
    return at[0] + (((at[1] - at[0]) * fraction) >> SCAPE_QUANTILES_FRACTION);
}

static inline uint64_t scape_quantiles_sign(uint64_t bits) {
    return (bits >> 19) & 1;
}

static inline uint64_t scape_quantiles_noise(uint64_t bits) {
    return bits & 0x7FFFF;
}

#endif
