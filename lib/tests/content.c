/* content.c - seeded content. Depends on content.h and the registry's dtype numbers. */
#include "content.h"

#include "registry_tables.h"

#include <math.h>
#include <string.h>

uint32_t rng_next(struct rng *rng) {
    uint64_t x = rng->state | 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    rng->state = x;
    return (uint32_t)(x * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

uint32_t rng_below(struct rng *rng, uint32_t n) {
    return (uint32_t)((uint64_t)rng_next(rng) * n >> 32);
}

/* Sum of uniform numbers: a bell of standard deviation about 1. */
static double bell(struct rng *rng) {
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        sum += rng_next(rng) / 4294967296.0 - 0.5;
    }
    return sum * 1.4;
}

static void store(uint8_t *out, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

/* A float of any small type, from its sign, exponent and fraction; no infinities. */
static uint64_t small_float(double value, unsigned exponent_bits, unsigned fraction_bits) {
    int exponent;
    int bias = (1 << (exponent_bits - 1)) - 1;
    double fraction = frexp(fabs(value), &exponent);
    uint64_t sign = value < 0;
    int stored = exponent - 1 + bias;
    uint64_t bits = (uint64_t)(ldexp(2 * fraction - 1, (int)fraction_bits));
    if (stored <= 0 || value == 0) {
        stored = 0;
        bits = (uint64_t)ldexp(fabs(value), bias - 1 + (int)fraction_bits);
    }
    int most = (1 << exponent_bits) - 2;
    stored = stored > most ? most : stored;
    return sign << (exponent_bits + fraction_bits) | (uint64_t)stored << fraction_bits |
           (bits & ((UINT64_C(1) << fraction_bits) - 1));
}

static uint64_t element(struct rng *rng, uint32_t dtype, double scale) {
    double value = bell(rng) * scale;
    switch (dtype) {
    case SCAPE_REF_DTYPE_BF16:
        return small_float(value, 8, 7);
    case SCAPE_REF_DTYPE_F16:
        return small_float(value, 5, 10);
    case SCAPE_REF_DTYPE_F32:
    case SCAPE_REF_DTYPE_C64:
        return small_float(value, 8, 23);
    case SCAPE_REF_DTYPE_F64:
        return small_float(value, 11, 52);
    case SCAPE_REF_DTYPE_F8_E4M3:
    case SCAPE_REF_DTYPE_F8_E4M3FNUZ:
        return small_float(value * 8, 4, 3);
    case SCAPE_REF_DTYPE_F8_E5M2:
    case SCAPE_REF_DTYPE_F8_E5M2FNUZ:
        return small_float(value * 8, 5, 2);
    case SCAPE_REF_DTYPE_OPAQUE:
        return (uint8_t) "the weights of a model, "[rng_below(rng, 24)];
    default:
        return (uint64_t)(int64_t)(value * 600);
    }
}

static size_t element_bytes(uint32_t dtype) {
    switch (dtype) {
    case SCAPE_REF_DTYPE_BF16:
    case SCAPE_REF_DTYPE_F16:
    case SCAPE_REF_DTYPE_U16:
    case SCAPE_REF_DTYPE_I16:
        return 2;
    case SCAPE_REF_DTYPE_F32:
    case SCAPE_REF_DTYPE_U32:
    case SCAPE_REF_DTYPE_I32:
    case SCAPE_REF_DTYPE_C64:
        return 4;
    case SCAPE_REF_DTYPE_F64:
    case SCAPE_REF_DTYPE_U64:
    case SCAPE_REF_DTYPE_I64:
        return 8;
    default:
        return 1;
    }
}

/* ggml's blocks: halves near each other every so many bytes, the rest bell-shaped nibbles. */
static void fill_blocks(struct rng *rng, uint8_t *out, size_t size) {
    for (size_t i = 0; i < size; i++) {
        int low = 8 + (int)(bell(rng) * 3), high = 8 + (int)(bell(rng) * 3);
        low = low < 0 ? 0 : low > 15 ? 15 : low;
        high = high < 0 ? 0 : high > 15 ? 15 : high;
        out[i] = (uint8_t)(low | high << 4);
    }
    for (size_t i = 0; i + 1 < size; i += 34) {
        store(out + i, 0x1800 + rng_below(rng, 0x400), 2);
    }
}

void content_fill(struct rng *rng, uint32_t dtype, uint8_t *out, size_t size) {
    if (dtype >= SCAPE_REF_DTYPE_Q4_0) {
        fill_blocks(rng, out, size);
        return;
    }
    size_t bytes = element_bytes(dtype);
    bool outliers = rng_below(rng, 8) == 0;
    bool rows = rng_below(rng, 2) == 0;
    double scale = 0.02;
    for (size_t i = 0; i + bytes <= size; i += bytes) {
        if (rows && (i / bytes) % 128 == 0) {
            scale = ldexp(0.02, (int)rng_below(rng, 4));
        }
        bool outlier = outliers && rng_below(rng, 50) == 0;
        uint64_t value =
            outlier ? rng_next(rng) | (uint64_t)rng_next(rng) << 32 : element(rng, dtype, scale);
        store(out + i, value, bytes);
    }
    for (size_t i = size - size % bytes; i < size; i++) {
        out[i] = (uint8_t)rng_next(rng);
    }
}
