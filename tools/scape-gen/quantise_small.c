/* quantise_small.c - blocks of four-bit floats, non-linear levels and trits: IQ4_NL, IQ4_XS, MXFP4,
 * NVFP4, TQ1_0, TQ2_0. Depends on quantise.h, dtypes.h, bytes.h, floats.h. */
#include "bytes.h"
#include "dtypes.h"
#include "floats.h"
#include "quantise.h"

#include <string.h>

enum {
    HALF_SIGN = 0x8000,
    LEVELS = 16
};

/* Levels that the codes stand for: the IQ4 types' own, and twice the values of a 4-bit float. */
static const int8_t levels_iq4[LEVELS] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};
static const int8_t levels_fp4[LEVELS] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

static uint64_t in_steps(uint64_t size) {
    return size << SCAPE_STEP_POINT;
}

/* The code whose level is nearest to 16 * x / step; the first of two equally near. */
static uint8_t nearest_level(const int8_t levels[LEVELS], int32_t sixteenths) {
    size_t best = 0;
    int32_t best_distance = INT32_MAX;
    for (size_t i = 0; i < LEVELS; i++) {
        int32_t distance = (int32_t)scape_size_of(sixteenths - 16 * levels[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return (uint8_t)best;
}

/* Codes of `count` values; two a byte, the second half of them in the high halves. A sixteenth of
 * the step divides, so that the distances can be told apart. */
static void put_levels(const int8_t levels[LEVELS], const int32_t *x, size_t count, uint64_t step,
                       bool negative, uint8_t *out) {
    scape_step sixteenth = scape_step_exact(step / 16);
    for (size_t i = 0; i < count / 2; i++) {
        int32_t low = scape_step_divide(&sixteenth, x[i]);
        int32_t high = scape_step_divide(&sixteenth, x[i + count / 2]);
        out[i] = (uint8_t)(nearest_level(levels, negative ? -low : low) |
                           nearest_level(levels, negative ? -high : high) << 4);
    }
}

static void write_iq4_nl(const scape_block *in, uint8_t *out) {
    scape_range r = scape_range_of(in->x, 32);
    bool negative = r.extreme > 0; /* the extreme gets the level -127 */
    scape_step d = scape_step_round(in_steps(scape_size_of(r.extreme)) / 127, in->exponent);
    scape_bytes_put16(out, d.half | (negative ? HALF_SIGN : 0U), in->big_endian);
    put_levels(levels_iq4, in->x, 32, d.size, negative, out + 2);
}

/* IQ4_XS: eight sub-blocks, each with a six-bit scale, stored + 32: its low four bits in scales_l,
 * two scales a byte, its high two in the 16-bit field scales_h. */
static void write_iq4_xs(const scape_block *in, uint8_t *out) {
    scape_range whole = scape_range_of(in->x, 256);
    uint64_t largest = in_steps(scape_size_of(whole.extreme)) / 127;
    scape_step d = scape_step_round(largest / 32, in->exponent);
    bool d_negative = whole.extreme < 0; /* so that the largest scale is the lowest, -32 */
    unsigned high = 0;
    memset(out + 4, 0, 4);
    for (size_t k = 0; k < 8; k++) {
        const int32_t *x = in->x + 32 * k;
        scape_range r = scape_range_of(x, 32);
        bool negative = r.extreme > 0;
        uint64_t size = in_steps(scape_size_of(r.extreme)) / 127;
        uint64_t ratio = d.size == 0 ? 0 : (size + d.size / 2) / d.size;
        int32_t scale = ratio < 32 ? (int32_t)ratio : 32;
        scale = scape_clamp(negative != d_negative ? -scale : scale, -32, 31);
        unsigned stored = (unsigned)(scale + 32);
        out[4 + k / 2] |= (uint8_t)((stored & 15) << (4 * (k % 2)));
        high |= stored >> 4 << (2 * k);
        put_levels(levels_iq4, x, 32, d.size * scape_size_of(scale), (scale < 0) != d_negative,
                   out + 8 + 16 * k);
    }
    scape_bytes_put16(out, d.half | (d_negative ? HALF_SIGN : 0U), in->big_endian);
    scape_bytes_put16(out + 2, high, in->big_endian);
}

/* MXFP4: the scale is a power of two such that the extreme lies between 4 and 8 of it. */
static void write_mxfp4(const scape_block *in, uint8_t *out) {
    scape_range r = scape_range_of(in->x, 32);
    uint32_t size = scape_size_of(r.extreme);
    int top = size == 0 ? 0 : scape_highest_bit(size);
    int power = size == 0 ? 0 : top + in->exponent - SCAPE_INPUT_POINT - 2 + 127;
    out[0] = (uint8_t)scape_clamp(power, 0, 254);
    /* Levels are doubled, so the step is half the scale: 2^(top - 3) of the input. */
    uint64_t step = size == 0 ? 0 : (UINT64_C(1) << (SCAPE_STEP_POINT + top)) >> 3;
    put_levels(levels_fp4, in->x, 32, step, false, out + 1);
}

/* NVFP4: four sub-blocks of 16, each with an unsigned E4M3 scale (mantissa * 2^(field - 10)). */
static void write_nvfp4(const scape_block *in, uint8_t *out) {
    const int unit = in->exponent - SCAPE_INPUT_POINT - SCAPE_STEP_POINT;
    for (size_t k = 0; k < 4; k++) {
        const int32_t *x = in->x + 16 * k;
        scape_range r = scape_range_of(x, 16);
        uint64_t scale = in_steps(scape_size_of(r.extreme)) / 6;
        uint64_t bits = scape_float_round(scale, unit, &scape_float_f8_e4m3);
        uint64_t mantissa = bits < 8 ? bits : (bits & 7) | 8;
        int shift = (bits < 8 ? 1 : (int)(bits >> 3)) - 10 - unit;
        uint64_t stored = shift < 0 || shift > 58 ? scale : mantissa << shift;
        out[k] = (uint8_t)bits;
        put_levels(levels_fp4, x, 16, stored / 2, false, out + 4 + 8 * k);
    }
}

/* Trits 0, 1, 2 for below, near and above zero in units of the extreme value. */
static scape_step put_trits(const scape_block *in, uint8_t trits[256]) {
    scape_range r = scape_range_of(in->x, 256);
    scape_step d = scape_step_round(in_steps(scape_size_of(r.extreme)), in->exponent);
    /* Trained ternary weights use all three values about equally; ours are cut at 1/8 of it. */
    scape_step cut = scape_step_exact(d.size / 4);
    for (size_t i = 0; i < 256; i++) {
        trits[i] = (uint8_t)(scape_clamp(scape_step_divide(&cut, in->x[i]), -1, 1) + 1);
    }
    return d;
}

/* `count` trits, `stride` apart, as the leading base-3 digits of a fraction of 256. */
static uint8_t pack_trits(const uint8_t *trits, size_t count, size_t stride) {
    unsigned q = 0;
    for (size_t n = 0; n < 5; n++) {
        q = q * 3 + (n < count ? trits[n * stride] : 0U);
    }
    return (uint8_t)((q * 256 + 242) / 243);
}

static void write_tq1_0(const scape_block *in, uint8_t *out) {
    uint8_t trits[256];
    scape_step d = put_trits(in, trits);
    for (size_t i = 0; i < 32; i++) {
        out[i] = pack_trits(trits + i, 5, 32);
    }
    for (size_t i = 0; i < 16; i++) {
        out[32 + i] = pack_trits(trits + 160 + i, 5, 16);
    }
    for (size_t i = 0; i < 4; i++) {
        out[48 + i] = pack_trits(trits + 240 + i, 4, 4);
    }
    scape_bytes_put16(out + 52, d.half, in->big_endian);
}

static void write_tq2_0(const scape_block *in, uint8_t *out) {
    uint8_t trits[256];
    scape_step d = put_trits(in, trits);
    for (size_t i = 0; i < 64; i++) {
        const uint8_t *at = trits + i / 32 * 128 + i % 32;
        out[i] = (uint8_t)(at[0] | at[32] << 2 | at[64] << 4 | at[96] << 6);
    }
    scape_bytes_put16(out + 64, d.half, in->big_endian);
}

bool scape_quantise_small(uint16_t dtype, const scape_block *in, uint8_t *out) {
    switch (dtype) {
    case SCAPE_GEN_IQ4_NL:
        write_iq4_nl(in, out);
        return true;
    case SCAPE_GEN_IQ4_XS:
        write_iq4_xs(in, out);
        return true;
    case SCAPE_GEN_MXFP4:
        write_mxfp4(in, out);
        return true;
    case SCAPE_GEN_NVFP4:
        write_nvfp4(in, out);
        return true;
    case SCAPE_GEN_TQ1_0:
        write_tq1_0(in, out);
        return true;
    case SCAPE_GEN_TQ2_0:
        write_tq2_0(in, out);
        return true;
    default:
        return false;
    }
}
