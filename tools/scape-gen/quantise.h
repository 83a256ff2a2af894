/* quantise.h - quantising blocks of values into ggml's block types, with integers only.
 * Depends on floats.h and bytes.h. Blocks are simple: scales come from the largest magnitude or
 * from the smallest and largest value; nothing is searched for. */
#ifndef SCAPE_GEN_QUANTISE_H
#define SCAPE_GEN_QUANTISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCAPE_BLOCK_MAX = 256,
    SCAPE_INPUT_POINT = 20, /* one standard deviation is about 2^20 */
    SCAPE_STEP_POINT = 24   /* steps have so many bits below one unit of the input */
};

/* The values of one block: x[i] stands for x[i] * 2^(exponent - SCAPE_INPUT_POINT). |x| < 2^31. */
typedef struct scape_block {
    int32_t x[SCAPE_BLOCK_MAX];
    int exponent;
    bool big_endian; /* of fields wider than a byte */
} scape_block;

/* Writes one block of `dtype`; false when there is no quantiser for it. */
bool scape_quantise(uint16_t dtype, const scape_block *in, uint8_t *out);

/* The families of quantisers; each returns false for a type that is not its own. */
bool scape_quantise_legacy(uint16_t dtype, const scape_block *in, uint8_t *out);
bool scape_quantise_k(uint16_t dtype, const scape_block *in, uint8_t *out);
bool scape_quantise_small(uint16_t dtype, const scape_block *in, uint8_t *out);
bool scape_quantise_codebook(uint16_t dtype, const scape_block *in, uint8_t *out);

/* A step as it is stored: its magnitude in 2^-24 units of the input after rounding to fp16, and the
 * factor that divides by it. */
typedef struct scape_step {
    uint64_t size;
    uint64_t reciprocal; /* 2^56 / size, 0 for size 0 */
    uint16_t half;       /* bits, without the sign */
} scape_step;

/* Rounds a step, given in 2^-24 units of the input, to fp16. */
scape_step scape_step_round(uint64_t size, int exponent);

/* A step that is exactly `size`. */
scape_step scape_step_exact(uint64_t size);

/* round(x / step), half away from zero. */
int32_t scape_step_divide(const scape_step *step, int32_t x);

/* Extremes of x[0 .. count). */
typedef struct scape_range {
    int32_t lowest, highest;
    int32_t extreme; /* the value of the largest magnitude, the first of them */
} scape_range;

scape_range scape_range_of(const int32_t *x, size_t count);

static inline uint32_t scape_size_of(int32_t x) {
    return x < 0 ? 0U - (uint32_t)x : (uint32_t)x;
}

static inline int32_t scape_clamp(int32_t value, int32_t lowest, int32_t highest) {
    return value < lowest ? lowest : value > highest ? highest : value;
}

#endif
