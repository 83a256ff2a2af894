/* quantise_legacy.c - blocks with one scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q1_0, Q2_0.
 * Depends on quantise.h, dtypes.h, bytes.h, floats.h. */
#include "bytes.h"
#include "dtypes.h"
#include "floats.h"
#include "quantise.h"

#include <string.h>

enum {
    HALF_SIGN = 0x8000
};

static uint64_t in_steps(uint64_t size) {
    return size << SCAPE_STEP_POINT;
}

/* Codes of 4 bits, element i in the low half and element i + count / 2 in the high half of byte i.
 */
static void pack_nibbles(const uint8_t *codes, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count / 2; i++) {
        out[i] = (uint8_t)((codes[i] & 15) | (codes[i + count / 2] & 15) << 4);
    }
}

/* Bit 4 of 32 codes, bit i of a little-endian word for element i. */
static void pack_fifth_bits(const uint8_t codes[32], uint8_t out[4]) {
    memset(out, 0, 4);
    for (size_t i = 0; i < 32; i++) {
        out[i / 8] |= (uint8_t)((codes[i] >> 4 & 1) << (i % 8));
    }
}

/* Q4_0 and Q5_0: the extreme value gets the lowest code, so the scale has the other sign. */
static void quantise_symmetric(const scape_block *in, int32_t half_range, uint8_t *out) {
    uint8_t codes[32];
    scape_range r = scape_range_of(in->x, 32);
    uint64_t size = in_steps(scape_size_of(r.extreme)) / (uint32_t)half_range;
    scape_step d = scape_step_round(size, in->exponent);
    bool negative = r.extreme > 0;
    for (size_t i = 0; i < 32; i++) {
        int32_t q = scape_step_divide(&d, in->x[i]);
        codes[i] = (uint8_t)scape_clamp((negative ? -q : q) + half_range, 0, 2 * half_range - 1);
    }
    scape_bytes_put16(out, d.half | (negative ? HALF_SIGN : 0U), in->big_endian);
    out += 2;
    if (half_range == 16) {
        pack_fifth_bits(codes, out);
        out += 4;
    }
    pack_nibbles(codes, 32, out);
}

/* Q4_1 and Q5_1: codes count steps above the smallest value. */
static void quantise_affine(const scape_block *in, int32_t highest_code, uint8_t *out) {
    uint8_t codes[32];
    scape_range r = scape_range_of(in->x, 32);
    uint64_t span = (uint64_t)((int64_t)r.highest - r.lowest);
    scape_step d = scape_step_round(in_steps(span) / (uint32_t)highest_code, in->exponent);
    scape_step m = scape_step_round(in_steps(scape_size_of(r.lowest)), in->exponent);
    for (size_t i = 0; i < 32; i++) {
        int64_t above = (int64_t)in->x[i] - r.lowest;
        int32_t x = above > INT32_MAX ? INT32_MAX : (int32_t)above;
        codes[i] = (uint8_t)scape_clamp(scape_step_divide(&d, x), 0, highest_code);
    }
    scape_bytes_put16(out, d.half, in->big_endian);
    scape_bytes_put16(out + 2, m.half | (r.lowest < 0 ? HALF_SIGN : 0U), in->big_endian);
    out += 4;
    if (highest_code == 31) {
        pack_fifth_bits(codes, out);
        out += 4;
    }
    pack_nibbles(codes, 32, out);
}

/* Q8_0, and Q8_1, which adds the sum of its values. */
static void quantise_bytes(const scape_block *in, bool with_sum, uint8_t *out) {
    scape_range r = scape_range_of(in->x, 32);
    scape_step d = scape_step_round(in_steps(scape_size_of(r.extreme)) / 127, in->exponent);
    uint8_t *codes = out + (with_sum ? 4 : 2);
    int32_t sum = 0;
    for (size_t i = 0; i < 32; i++) {
        int32_t q = scape_clamp(scape_step_divide(&d, in->x[i]), -127, 127);
        codes[i] = (uint8_t)q;
        sum += q;
    }
    scape_bytes_put16(out, d.half, in->big_endian);
    if (with_sum) {
        scape_step s = scape_step_round(d.size * scape_size_of(sum), in->exponent);
        scape_bytes_put16(out + 2, s.half | (sum < 0 ? HALF_SIGN : 0U), in->big_endian);
    }
}

/* Q1_0: the mean magnitude and 128 signs. */
static void quantise_signs(const scape_block *in, uint8_t *out) {
    uint64_t sum = 0;
    memset(out + 2, 0, 16);
    for (size_t i = 0; i < 128; i++) {
        sum += scape_size_of(in->x[i]);
        out[2 + i / 8] |= (uint8_t)((in->x[i] >= 0) << (i % 8));
    }
    scape_step d = scape_step_round(in_steps(sum) / 128, in->exponent);
    scape_bytes_put16(out, d.half, in->big_endian);
}

/* Q2_0: 64 values, in steps of two thirds of the extreme, from -1 to 2. */
static void quantise_pairs(const scape_block *in, uint8_t *out) {
    scape_range r = scape_range_of(in->x, 64);
    scape_step d = scape_step_round(in_steps(scape_size_of(r.extreme)) * 2 / 3, in->exponent);
    memset(out + 2, 0, 16);
    for (size_t i = 0; i < 64; i++) {
        int32_t q = scape_clamp(scape_step_divide(&d, in->x[i]) + 1, 0, 3);
        out[2 + i / 4] |= (uint8_t)(q << (2 * (i % 4)));
    }
    scape_bytes_put16(out, d.half, in->big_endian);
}

bool scape_quantise_legacy(uint16_t dtype, const scape_block *in, uint8_t *out) {
    switch (dtype) {
    case SCAPE_GEN_Q4_0:
        quantise_symmetric(in, 8, out);
        return true;
    case SCAPE_GEN_Q5_0:
        quantise_symmetric(in, 16, out);
        return true;
    case SCAPE_GEN_Q4_1:
        quantise_affine(in, 15, out);
        return true;
    case SCAPE_GEN_Q5_1:
        quantise_affine(in, 31, out);
        return true;
    case SCAPE_GEN_Q8_0:
    case SCAPE_GEN_Q8_1:
        quantise_bytes(in, dtype == SCAPE_GEN_Q8_1, out);
        return true;
    case SCAPE_GEN_Q1_0:
        quantise_signs(in, out);
        return true;
    case SCAPE_GEN_Q2_0:
        quantise_pairs(in, out);
        return true;
    default:
        return false;
    }
}
