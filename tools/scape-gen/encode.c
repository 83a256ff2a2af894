/* encode.c - stores values as floats, integers, packed minifloats, blocks.
 * Depends on floats.h, bytes.h, dtypes.h, quantise.h and the value format of values.h. */
#include "encode.h"

#include "bytes.h"
#include "dtypes.h"
#include "floats.h"
#include "quantise.h"
#include "rng.h"
#include "values.h"

static uint64_t magnitude_of(int64_t value) {
    return value < 0 ? (uint64_t)-value : (uint64_t)value;
}

/* A float's bits with its sign; inline, so that each caller's format is a constant in its loop. */
static inline uint64_t float_bits(int64_t value, int exponent, const scape_float_format *f) {
    uint64_t bits = scape_float_round(magnitude_of(value), exponent - SCAPE_VALUE_POINT, f);
    return bits | (uint64_t)(value < 0) << (f->exponent_bits + f->mantissa_bits);
}

static inline void put_floats(const scape_float_format *f, unsigned bytes, bool big_endian,
                              int exponent, const int64_t *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        scape_bytes_put(out + i * bytes, float_bits(values[i], exponent, f), bytes, big_endian);
    }
}

/* The formats without a negative zero give the code of it another meaning (NaN). */
static void put_floats_unsigned_zero(const scape_float_format *f, int exponent,
                                     const int64_t *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = float_bits(values[i], exponent, f);
        out[i] = (uint8_t)(bits == 0x80 ? 0 : bits);
    }
}

/* Exponent alone, as block scales are stored: 2^(byte - 127). */
static void put_powers(int exponent, const int64_t *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint64_t size = magnitude_of(values[i]);
        int power = size == 0 ? 0 : scape_highest_bit(size) - SCAPE_VALUE_POINT + exponent + 127;
        out[i] = (uint8_t)(power < 0 ? 0 : power > 254 ? 254 : power);
    }
}

/* Two 4-bit floats a byte, the first in the low half. */
static void put_f4(int exponent, const int64_t *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count / 2; i++) {
        uint64_t low = float_bits(values[2 * i], exponent, &scape_float_f4_e2m1);
        uint64_t high = float_bits(values[2 * i + 1], exponent, &scape_float_f4_e2m1);
        out[i] = (uint8_t)(low | high << 4);
    }
}

/* Four 6-bit floats in three bytes, the first in the lowest bits. */
static void put_f6(const scape_float_format *f, int exponent, const int64_t *values, size_t count,
                   uint8_t *out) {
    for (size_t i = 0; i < count / 4; i++) {
        uint64_t bits = 0;
        for (unsigned k = 0; k < 4; k++) {
            bits |= float_bits(values[4 * i + k], exponent, f) << (6 * k);
        }
        scape_bytes_put(out + 3 * i, bits, 3, false);
    }
}

/* The second component is uniform noise: nothing trained is stored as C64 that could be copied. */
static void put_c64(bool big_endian, int exponent, const int64_t *values, size_t count,
                    uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        int64_t noise = (int64_t)(scape_rng_mix((uint64_t)values[i]) >> 10) - (INT64_C(1) << 53);
        put_floats(&scape_float_f32, 4, big_endian, exponent, &values[i], 1, out + 8 * i);
        put_floats(&scape_float_f32, 4, big_endian, exponent, &noise, 1, out + 8 * i + 4);
    }
}

static void put_bools(const int64_t *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        out[i] = values[i] > 0;
    }
}

/* floor(value * 2^(exponent - SCAPE_VALUE_POINT)), kept inside the type's range. */
static void put_integers(unsigned bytes, bool is_signed, bool big_endian, int exponent,
                         const int64_t *values, size_t count, uint8_t *out) {
    unsigned shift = exponent >= SCAPE_VALUE_POINT ? 0 : (unsigned)(SCAPE_VALUE_POINT - exponent);
    shift = shift > 63 ? 63 : shift;
    unsigned value_bits = 8 * bytes - (is_signed ? 1 : 0);
    uint64_t highest = value_bits >= 63 ? INT64_MAX : (UINT64_C(1) << value_bits) - 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = magnitude_of(values[i]) >> shift;
        size = size < highest ? size : highest;
        if (values[i] < 0) {
            size = is_signed ? 0 - size : 0;
        }
        scape_bytes_put(out + i * bytes, size, bytes, big_endian);
    }
}

/* Blocks get the top of the values: as many bits below one standard deviation as they resolve. */
static void put_blocks(uint16_t dtype, bool big_endian, int exponent, const int64_t *values,
                       size_t count, uint8_t *out) {
    const scape_gen_dtype_info *info = scape_gen_dtype_find(dtype);
    const unsigned shift = SCAPE_VALUE_POINT - SCAPE_INPUT_POINT;
    scape_block block = {.exponent = exponent, .big_endian = big_endian};
    for (size_t at = 0; at < count; at += info->block_elements) {
        for (size_t i = 0; i < info->block_elements; i++) {
            int64_t value = values[at + i];
            int32_t size = (int32_t)scape_shift_round(magnitude_of(value), shift);
            block.x[i] = value < 0 ? -size : size;
        }
        (void)scape_quantise(dtype, &block, out);
        out += info->block_bytes;
    }
}

/* The formats of whole bytes; false for every other type. */
static bool put_float_type(uint16_t dtype, bool big_endian, int exponent, const int64_t *values,
                           size_t count, uint8_t *out) {
    switch (dtype) {
    case SCAPE_GEN_BF16:
        put_floats(&scape_float_bf16, 2, big_endian, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F16:
        put_floats(&scape_float_f16, 2, big_endian, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F32:
        put_floats(&scape_float_f32, 4, big_endian, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F64:
        put_floats(&scape_float_f64, 8, big_endian, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F8_E4M3:
        put_floats(&scape_float_f8_e4m3, 1, false, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F8_E5M2:
        put_floats(&scape_float_f8_e5m2, 1, false, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F8_E4M3FNUZ:
        put_floats_unsigned_zero(&scape_float_f8_e4m3fnuz, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F8_E5M2FNUZ:
        put_floats_unsigned_zero(&scape_float_f8_e5m2fnuz, exponent, values, count, out);
        return true;
    default:
        return false;
    }
}

/* Packed formats, pairs, exponents and truth values; false for every other type. */
static bool put_special_type(uint16_t dtype, bool big_endian, int exponent, const int64_t *values,
                             size_t count, uint8_t *out) {
    switch (dtype) {
    case SCAPE_GEN_F8_E8M0:
        put_powers(exponent, values, count, out);
        return true;
    case SCAPE_GEN_F6_E2M3:
        put_f6(&scape_float_f6_e2m3, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F6_E3M2:
        put_f6(&scape_float_f6_e3m2, exponent, values, count, out);
        return true;
    case SCAPE_GEN_F4:
        put_f4(exponent, values, count, out);
        return true;
    case SCAPE_GEN_C64:
        put_c64(big_endian, exponent, values, count, out);
        return true;
    case SCAPE_GEN_BOOL:
        put_bools(values, count, out);
        return true;
    default:
        return false;
    }
}

void scape_encode(uint16_t dtype, bool big_endian, int exponent, const int64_t *values,
                  size_t count, uint8_t *out) {
    if (put_float_type(dtype, big_endian, exponent, values, count, out) ||
        put_special_type(dtype, big_endian, exponent, values, count, out)) {
        return;
    }
    if (dtype >= SCAPE_GEN_U8 && dtype <= SCAPE_GEN_I64) {
        bool is_signed = dtype % 2 != 0; /* U8 = 2, I8 = 3, U16 = 4, ... */
        put_integers(scape_gen_dtype_find(dtype)->block_bytes, is_signed, big_endian, exponent,
                     values, count, out);
        return;
    }
    put_blocks(dtype, big_endian, exponent, values, count, out);
}
