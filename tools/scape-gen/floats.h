/* floats.h - rounding a binary fixed-point number to a floating-point format's bits, to nearest
 * even, with integers only. Depends on <stdint.h>; used for every float dtype and block scale. */
#ifndef SCAPE_GEN_FLOATS_H
#define SCAPE_GEN_FLOATS_H

#include <stdint.h>

typedef struct scape_float_format {
    unsigned exponent_bits, mantissa_bits;
    int bias;
    uint64_t largest; /* bits of the largest finite value without its sign */
    uint64_t beyond;  /* bits that stand for everything larger: infinity, or `largest` again */
} scape_float_format;

static const scape_float_format scape_float_f64 = {11, 52, 1023, UINT64_C(0x7FEFFFFFFFFFFFFF),
                                                   UINT64_C(0x7FF0000000000000)};
static const scape_float_format scape_float_f32 = {8, 23, 127, 0x7F7FFFFF, 0x7F800000};
static const scape_float_format scape_float_f16 = {5, 10, 15, 0x7BFF, 0x7C00};
static const scape_float_format scape_float_bf16 = {8, 7, 127, 0x7F7F, 0x7F80};
/* The narrow formats have no infinity, or writers avoid it: they saturate. */
static const scape_float_format scape_float_f8_e4m3 = {4, 3, 7, 0x7E, 0x7E};
static const scape_float_format scape_float_f8_e5m2 = {5, 2, 15, 0x7B, 0x7B};
static const scape_float_format scape_float_f8_e4m3fnuz = {4, 3, 8, 0x7F, 0x7F};
static const scape_float_format scape_float_f8_e5m2fnuz = {5, 2, 16, 0x7F, 0x7F};
static const scape_float_format scape_float_f6_e2m3 = {2, 3, 1, 0x1F, 0x1F};
static const scape_float_format scape_float_f6_e3m2 = {3, 2, 3, 0x1F, 0x1F};
static const scape_float_format scape_float_f4_e2m1 = {2, 1, 1, 0x07, 0x07};

/* Index of the highest set bit; value must not be 0. */
static inline int scape_highest_bit(uint64_t value) {
#if defined(__GNUC__)
    return 63 - __builtin_clzll(value);
#else
    int bit = 0;
    for (unsigned step = 32; step != 0; step >>= 1) {
        if (value >> step != 0) {
            value >>= step;
            bit += (int)step;
        }
    }
    return bit;
#endif
}

/* Quotient value / 2^shift rounded to nearest even, shift in 1..63, value below 2^63. Without
 * branches: which way a weight is rounded cannot be predicted. */
static inline uint64_t scape_shift_round(uint64_t value, unsigned shift) {
    uint64_t half = UINT64_C(1) << (shift - 1);
    return (value + (half - 1) + ((value >> shift) & 1)) >> shift;
}

/* Bits, without the sign, of magnitude * 2^exponent; magnitude below 2^63. */
static inline uint64_t scape_float_round(uint64_t magnitude, int exponent,
                                         const scape_float_format *f) {
    if (magnitude == 0) {
        return 0;
    }
    int top = scape_highest_bit(magnitude);
    int biased = top + exponent + f->bias; /* exponent field if the number is normal */
    int field = biased < 1 ? 1 : biased;
    /* The unit of the mantissa is 2^(field - bias - mantissa_bits). */
    int shift = field - f->bias - (int)f->mantissa_bits - exponent;
    uint64_t mantissa = 0;
    if (shift <= 0) {
        /* At most mantissa_bits + 1 bits: nothing is lost. */
        mantissa = magnitude << (-shift & 63);
    } else if (shift < 64) {
        mantissa = scape_shift_round(magnitude, (unsigned)shift);
    }
    /* The implicit bit, or a carry out of the mantissa, adds one to the exponent field. */
    uint64_t bits = ((uint64_t)(field - 1) << f->mantissa_bits) + mantissa;
    return bits > f->largest ? f->beyond : bits;
}

#endif
