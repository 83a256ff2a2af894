/* values.h - what one tensor of a generated file looks like, and the drawing of its values.
 * Depends on quantiles.h and rng.h. Values are fixed point: a value v stands for v * 2^exponent. */
#ifndef SCAPE_GEN_VALUES_H
#define SCAPE_GEN_VALUES_H

#include "quantiles.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SCAPE_NAME_MAX = 80,
    SCAPE_RANK_MAX = 4,
    SCAPE_VALUE_POINT = 52, /* 1.0 before `exponent` is applied is 2^52; |v| < 2^63 */
    SCAPE_OCTAVE = 64       /* spreads and levels are counted in 1/64 octaves */
};

typedef enum scape_pattern {
    SCAPE_PATTERN_WEIGHTS,    /* row scale * column scale * draw + offset */
    SCAPE_PATTERN_DUPLICATED, /* the same, but only 8 different rows */
    SCAPE_PATTERN_SYMMETRIC,  /* the same, each row mirrored about its middle */
    SCAPE_PATTERN_SPARSE,     /* the same, seven of eight values zero */
    SCAPE_PATTERN_CONSTANT,   /* the offset alone */
    SCAPE_PATTERN_COUNTER     /* element i is the integer i */
} scape_pattern;

typedef struct scape_tensor {
    char name[SCAPE_NAME_MAX];
    uint64_t dims[SCAPE_RANK_MAX]; /* outermost first */
    uint64_t key;                  /* its random stream; two tensors with one key are identical */
    int64_t offset;                /* added to every value, at SCAPE_VALUE_POINT */
    int exponent;                  /* power of two that every value is multiplied with */
    uint16_t dtype;
    uint8_t rank;
    uint8_t pattern;    /* scape_pattern */
    uint8_t tail;       /* scape_tail */
    uint8_t level;      /* 0..127: finer than `exponent` */
    uint8_t row_spread; /* standard deviation of the log scale of rows, 1/64 octaves */
    uint8_t column_spread;
    uint8_t outliers;        /* columns in 1024 that are more than twice as large as the others */
    uint8_t outlier_octaves; /* how far beyond twice as large they may be */
} scape_tensor;

/* Product of the dims; 1 for rank 0. The planner keeps it below 2^56. */
uint64_t scape_tensor_elements(const scape_tensor *t);

/* Length of the contiguous dimension; 1 for rank 0. */
uint64_t scape_tensor_columns(const scape_tensor *t);

/* The quantile tables of all tails. */
typedef struct scape_shapes {
    scape_quantiles tails[SCAPE_TAIL_COUNT];
} scape_shapes;

void scape_shapes_build(scape_shapes *shapes);

/* Computes the scale of every column of `t`, scape_tensor_columns(t) of them. */
void scape_values_columns(const scape_shapes *shapes, const scape_tensor *t, uint32_t *columns);

/* Draws values of row `row`, columns [column, column + count) into `out`. */
void scape_values_draw(const scape_shapes *shapes, const scape_tensor *t, const uint32_t *columns,
                       uint64_t row, uint64_t column, size_t count, int64_t *out);

#endif
