/* quantise.c - what the quantisers share: steps, ranges, and finding the right family.
 * Depends on quantise.h and floats.h. */
#include "quantise.h"

#include "floats.h"

scape_step scape_step_exact(uint64_t size) {
    scape_step step = {.size = size};
    if (size != 0) {
        step.reciprocal = ((UINT64_C(1) << 56) + size / 2) / size;
    }
    return step;
}

scape_step scape_step_round(uint64_t size, int exponent) {
    int unit = exponent - SCAPE_INPUT_POINT - SCAPE_STEP_POINT; /* power of two of one 2^-24 unit */
    uint64_t half = scape_float_round(size, unit, &scape_float_f16);
    /* Back from the rounded bits: mantissa * 2^(field - 25). */
    uint64_t field = half >> 10;
    uint64_t mantissa = field == 0 ? half : (half & 0x3FF) | 0x400;
    int shift = (field == 0 ? 1 : (int)field) - 25 - unit;
    uint64_t stored =
        shift < 0 ? mantissa >> (shift < -63 ? 63 : -shift) : mantissa << (shift > 50 ? 50 : shift);
    scape_step step = scape_step_exact(stored);
    step.half = (uint16_t)half;
    return step;
}

int32_t scape_step_divide(const scape_step *step, int32_t x) {
    uint64_t size = (scape_size_of(x) * step->reciprocal + (UINT64_C(1) << 31)) >> 32;
    int32_t quotient = (int32_t)(size < 1 << 20 ? size : 1 << 20);
    return x < 0 ? -quotient : quotient;
}

scape_range scape_range_of(const int32_t *x, size_t count) {
    scape_range r = {x[0], x[0], x[0]};
    for (size_t i = 1; i < count; i++) {
        r.lowest = x[i] < r.lowest ? x[i] : r.lowest;
        r.highest = x[i] > r.highest ? x[i] : r.highest;
        r.extreme = scape_size_of(x[i]) > scape_size_of(r.extreme) ? x[i] : r.extreme;
    }
    return r;
}

bool scape_quantise(uint16_t dtype, const scape_block *in, uint8_t *out) {
    return scape_quantise_legacy(dtype, in, out) || scape_quantise_k(dtype, in, out) ||
           scape_quantise_small(dtype, in, out) || scape_quantise_codebook(dtype, in, out);
}
