/* quantise_k.c - super-blocks of 256 with quantised scales: Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K.
 * Depends on quantise.h, dtypes.h, bytes.h, floats.h. */
#include "bytes.h"
#include "dtypes.h"
#include "floats.h"
#include "quantise.h"

#include <string.h>

enum {
    HALF_SIGN = 0x8000,
    SUPER = 256,
    SUBS_MOST = 16
};

/* A super-block after quantisation, before its fields are packed. */
typedef struct super_block {
    scape_step d, dmin;
    bool d_negative;
    int32_t scales[SUBS_MOST];
    int32_t mins[SUBS_MOST];
    uint8_t codes[SUPER];
} super_block;

static uint64_t in_steps(uint64_t size) {
    return size << SCAPE_STEP_POINT;
}

/* round(size / step), at most `highest`; both in 2^-24 units. */
static int32_t divide_sizes(uint64_t size, uint64_t step, int32_t highest) {
    uint64_t q = step == 0 ? 0 : (size + step / 2) / step;
    return q < (uint64_t)highest ? (int32_t)q : highest;
}

/* Types with minimums (Q2_K, Q4_K, Q5_K): x = d * scale * code - dmin * min. The span is cut a
 * little at both ends, as a search for the smallest error would. */
static void quantise_with_mins(const scape_block *in, unsigned subs, int32_t highest_code,
                               int32_t highest_scale, super_block *s) {
    uint64_t steps[SUBS_MOST];
    uint64_t offsets[SUBS_MOST];
    uint64_t largest_step = 0;
    uint64_t largest_offset = 0;
    const size_t length = SUPER / subs;
    const unsigned cut = highest_code < 8 ? 10 : 32; /* 1/10 or 1/32 of the span */
    for (size_t k = 0; k < subs; k++) {
        scape_range r = scape_range_of(in->x + k * length, length);
        uint64_t below = r.lowest < 0 ? scape_size_of(r.lowest) : 0;
        uint64_t above = r.highest > 0 ? scape_size_of(r.highest) : 0;
        below -= below / cut;
        above -= above / cut;
        steps[k] = in_steps(below + above) / (uint32_t)highest_code;
        offsets[k] = in_steps(below);
        largest_step = steps[k] > largest_step ? steps[k] : largest_step;
        largest_offset = offsets[k] > largest_offset ? offsets[k] : largest_offset;
    }
    s->d = scape_step_round(largest_step / (uint32_t)highest_scale, in->exponent);
    s->dmin = scape_step_round(largest_offset / (uint32_t)highest_scale, in->exponent);
    for (size_t k = 0; k < subs; k++) {
        s->scales[k] = divide_sizes(steps[k], s->d.size, highest_scale);
        s->mins[k] = divide_sizes(offsets[k], s->dmin.size, highest_scale);
        scape_step step = scape_step_exact(s->d.size * (uint32_t)s->scales[k]);
        int64_t offset = (int64_t)(s->dmin.size * (uint32_t)s->mins[k] >> SCAPE_STEP_POINT);
        for (size_t i = k * length; i < (k + 1) * length; i++) {
            int64_t above = in->x[i] + offset;
            int32_t x = above > INT32_MAX ? INT32_MAX : (int32_t)above;
            s->codes[i] = (uint8_t)scape_clamp(scape_step_divide(&step, x), 0, highest_code);
        }
    }
}

/* Types without minimums (Q3_K, Q6_K): x = d * scale * (code - half_range), 16 sub-blocks. A
 * sub-block's scale is such that its extreme value gets the lowest code; the super-block's, that
 * the largest scale becomes -scale_range. */
static void quantise_signed(const scape_block *in, int32_t half_range, int32_t scale_range,
                            super_block *s) {
    uint64_t sizes[SUBS_MOST];
    bool negative[SUBS_MOST];
    uint64_t largest = 0;
    for (size_t k = 0; k < SUBS_MOST; k++) {
        scape_range r = scape_range_of(in->x + 16 * k, 16);
        sizes[k] = in_steps(scape_size_of(r.extreme)) / (uint32_t)half_range;
        negative[k] = r.extreme > 0;
        if (sizes[k] > largest) {
            largest = sizes[k];
            s->d_negative = !negative[k];
        }
    }
    s->d = scape_step_round(largest / (uint32_t)scale_range, in->exponent);
    for (size_t k = 0; k < SUBS_MOST; k++) {
        int32_t scale = divide_sizes(sizes[k], s->d.size, scale_range);
        scale = negative[k] != s->d_negative ? -scale : scale;
        scale = scape_clamp(scale, -scale_range, scale_range - 1);
        s->scales[k] = scale;
        scape_step step = scape_step_exact(s->d.size * scape_size_of(scale));
        for (size_t i = 16 * k; i < 16 * k + 16; i++) {
            int32_t q = scape_step_divide(&step, in->x[i]);
            q = (scale < 0) != s->d_negative ? -q : q;
            s->codes[i] = (uint8_t)scape_clamp(q + half_range, 0, 2 * half_range - 1);
        }
    }
}

/* Low two bits of codes: byte l of a group of 128 holds elements l, l + 32, l + 64, l + 96. */
static void pack_pairs(const uint8_t codes[SUPER], unsigned shift, uint8_t out[64]) {
    for (size_t i = 0; i < 64; i++) {
        const uint8_t *at = codes + i / 32 * 128 + i % 32;
        out[i] = (uint8_t)((at[0] >> shift & 3) | (at[32] >> shift & 3) << 2 |
                           (at[64] >> shift & 3) << 4 | (at[96] >> shift & 3) << 6);
    }
}

/* Low four bits of codes: byte l of a group of 64 holds elements l and l + 32. */
static void pack_nibbles(const uint8_t codes[SUPER], uint8_t out[128]) {
    for (size_t i = 0; i < 128; i++) {
        const uint8_t *at = codes + i / 32 * 64 + i % 32;
        out[i] = (uint8_t)((at[0] & 15) | (at[32] & 15) << 4);
    }
}

/* One bit of every code: bit k of byte l belongs to element 32 * k + l. */
static void pack_bits(const uint8_t codes[SUPER], unsigned bit, uint8_t out[32]) {
    for (size_t i = 0; i < 32; i++) {
        unsigned byte = 0;
        for (size_t k = 0; k < 8; k++) {
            byte |= (codes[32 * k + i] >> bit & 1U) << k;
        }
        out[i] = (uint8_t)byte;
    }
}

/* Eight scales and eight mins of six bits in twelve bytes:
 *
 *   byte  0.. 3   scale 0..3           and, in the top two bits, bits 4-5 of scale 4..7
 *   byte  4.. 7   min   0..3           and, in the top two bits, bits 4-5 of min   4..7
 *   byte  8..11   low half: bits 0-3 of scale 4..7; high half: bits 0-3 of min 4..7 */
static void pack_six_bit_pairs(const int32_t scales[8], const int32_t mins[8], uint8_t out[12]) {
    for (size_t i = 0; i < 4; i++) {
        out[i] = (uint8_t)(scales[i] | (scales[i + 4] >> 4) << 6);
        out[i + 4] = (uint8_t)(mins[i] | (mins[i + 4] >> 4) << 6);
        out[i + 8] = (uint8_t)((scales[i + 4] & 15) | (mins[i + 4] & 15) << 4);
    }
}

/* Sixteen scales of six bits (stored + 32) in twelve bytes: byte i of the first eight holds the low
 * halves of scales i and i + 8, byte 8 + i bits 4-5 of scales i, i + 4, i + 8, i + 12. */
static void pack_six_bit_scales(const int32_t scales[16], uint8_t out[12]) {
    memset(out, 0, 12);
    for (size_t i = 0; i < 16; i++) {
        unsigned stored = (unsigned)(scales[i] + 32);
        out[i % 8] |= (uint8_t)((stored & 15) << (i / 8 * 4));
        out[8 + i % 4] |= (uint8_t)(stored >> 4 << (i / 4 * 2));
    }
}

static void write_q2_k(const scape_block *in, uint8_t *out) {
    super_block s = {0};
    quantise_with_mins(in, 16, 3, 15, &s);
    for (size_t k = 0; k < 16; k++) {
        out[k] = (uint8_t)(s.scales[k] | s.mins[k] << 4);
    }
    pack_pairs(s.codes, 0, out + 16);
    scape_bytes_put16(out + 80, s.d.half, in->big_endian);
    scape_bytes_put16(out + 82, s.dmin.half, in->big_endian);
}

static void write_q3_k(const scape_block *in, uint8_t *out) {
    super_block s = {0};
    quantise_signed(in, 4, 32, &s);
    pack_bits(s.codes, 2, out);
    pack_pairs(s.codes, 0, out + 32);
    pack_six_bit_scales(s.scales, out + 96);
    scape_bytes_put16(out + 108, s.d.half | (s.d_negative ? HALF_SIGN : 0U), in->big_endian);
}

/* Q4_K and Q5_K differ by a plane of fifth bits. */
static void write_q4_or_q5_k(const scape_block *in, bool five, uint8_t *out) {
    super_block s = {0};
    quantise_with_mins(in, 8, five ? 31 : 15, 63, &s);
    scape_bytes_put16(out, s.d.half, in->big_endian);
    scape_bytes_put16(out + 2, s.dmin.half, in->big_endian);
    pack_six_bit_pairs(s.scales, s.mins, out + 4);
    if (five) {
        pack_bits(s.codes, 4, out + 16);
    }
    pack_nibbles(s.codes, out + (five ? 48 : 16));
}

/* Q6_K: low halves of 128 elements in 64 bytes (l and l + 64, then l + 32 and l + 96), high pairs,
 * signed bytes as scales. */
static void write_q6_k(const scape_block *in, uint8_t *out) {
    super_block s = {0};
    quantise_signed(in, 32, 128, &s);
    for (size_t i = 0; i < 128; i++) {
        const uint8_t *at = s.codes + i / 64 * 128 + i % 64;
        out[i] = (uint8_t)((at[0] & 15) | (at[64] & 15) << 4);
    }
    pack_pairs(s.codes, 4, out + 128);
    for (size_t k = 0; k < 16; k++) {
        out[192 + k] = (uint8_t)s.scales[k];
    }
    scape_bytes_put16(out + 208, s.d.half | (s.d_negative ? HALF_SIGN : 0U), in->big_endian);
}

/* Q8_K: a float scale, 256 bytes, and the sums of each sixteen of them. */
static void write_q8_k(const scape_block *in, uint8_t *out) {
    scape_range r = scape_range_of(in->x, SUPER);
    uint64_t size = in_steps(scape_size_of(r.extreme)) / 127;
    scape_step d = scape_step_exact(size);
    bool negative = r.extreme > 0;
    int unit = in->exponent - SCAPE_INPUT_POINT - SCAPE_STEP_POINT;
    uint64_t bits = scape_float_round(size, unit, &scape_float_f32);
    bits |= negative ? UINT64_C(0x80000000) : 0;
    scape_bytes_put(out, bits, 4, in->big_endian);
    for (size_t k = 0; k < 16; k++) {
        int32_t sum = 0;
        for (size_t i = 16 * k; i < 16 * k + 16; i++) {
            int32_t q = scape_step_divide(&d, in->x[i]);
            q = scape_clamp(negative ? -q : q, -127, 127);
            out[4 + i] = (uint8_t)q;
            sum += q;
        }
        scape_bytes_put16(out + 260 + 2 * k, (uint32_t)sum, in->big_endian);
    }
}

bool scape_quantise_k(uint16_t dtype, const scape_block *in, uint8_t *out) {
    switch (dtype) {
    case SCAPE_GEN_Q2_K:
        write_q2_k(in, out);
        return true;
    case SCAPE_GEN_Q3_K:
        write_q3_k(in, out);
        return true;
    case SCAPE_GEN_Q4_K:
    case SCAPE_GEN_Q5_K:
        write_q4_or_q5_k(in, dtype == SCAPE_GEN_Q5_K, out);
        return true;
    case SCAPE_GEN_Q6_K:
        write_q6_k(in, out);
        return true;
    case SCAPE_GEN_Q8_K:
        write_q8_k(in, out);
        return true;
    default:
        return false;
    }
}
