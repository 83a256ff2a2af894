/* test_quantise.c - blocks decoded by formulas of the test's own come near the values that went in,
 * so fields lie where they belong; edge blocks (zeros, one value) do not go wrong. */
#include "support.h"

#include "quantise.h"
#include "rng.h"

#include <string.h>

enum {
    EXPONENT = -4
};

/* Roughly Gaussian values of 2^20 standard deviation, the sum of four uniform ones. */
static scape_block gaussian_block(uint64_t seed) {
    scape_block b = {.exponent = EXPONENT};
    for (unsigned i = 0; i < SCAPE_BLOCK_MAX; i++) {
        int32_t sum = 0;
        for (unsigned k = 0; k < 4; k++) {
            sum += (int32_t)(scape_rng_draw(seed, 4 * i + k) >> 44) - (1 << 19);
        }
        b.x[i] = sum * 7 / 4;
    }
    return b;
}

static double power(int exponent) {
    double x = 1;
    for (; exponent > 0; exponent--) {
        x *= 2;
    }
    for (; exponent < 0; exponent++) {
        x /= 2;
    }
    return x;
}

static double half_at(const uint8_t *p) {
    unsigned bits = (unsigned)test_read(p, 2, false);
    int field = (int)(bits >> 10 & 31);
    unsigned mantissa = field == 0 ? bits & 1023 : (bits & 1023) | 1024;
    double value = mantissa * power((field == 0 ? 1 : field) - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

/* Mean squared error over mean square, in thousandths. */
static unsigned relative_error(const scape_block *in, const double *decoded, unsigned count) {
    double error = 0;
    double square = 0;
    for (unsigned i = 0; i < count; i++) {
        double x = in->x[i] * power(EXPONENT - SCAPE_INPUT_POINT);
        error += (x - decoded[i]) * (x - decoded[i]);
        square += x * x;
    }
    return (unsigned)(error / square * 1000);
}

static void decode_q4_0(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 16; i++) {
        y[i] = half_at(p) * ((p[2 + i] & 15) - 8);
        y[i + 16] = half_at(p) * ((p[2 + i] >> 4) - 8);
    }
}

static void decode_q4_1(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 16; i++) {
        y[i] = half_at(p) * (p[4 + i] & 15) + half_at(p + 2);
        y[i + 16] = half_at(p) * (p[4 + i] >> 4) + half_at(p + 2);
    }
}

static void decode_q5_0(const uint8_t *p, double *y) {
    unsigned high = (unsigned)test_read(p + 2, 4, false);
    for (unsigned i = 0; i < 16; i++) {
        y[i] = half_at(p) * ((int)((p[6 + i] & 15U) | (high >> i & 1) << 4) - 16);
        y[i + 16] = half_at(p) * ((int)(p[6 + i] >> 4 | (high >> (i + 16) & 1) << 4) - 16);
    }
}

static void decode_q5_1(const uint8_t *p, double *y) {
    unsigned high = (unsigned)test_read(p + 4, 4, false);
    for (unsigned i = 0; i < 16; i++) {
        unsigned low_code = (p[8 + i] & 15U) | (high >> i & 1) << 4;
        unsigned high_code = (unsigned)(p[8 + i] >> 4) | (high >> (i + 16) & 1) << 4;
        y[i] = half_at(p) * low_code + half_at(p + 2);
        y[i + 16] = half_at(p) * high_code + half_at(p + 2);
    }
}

static void decode_q8_0(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 32; i++) {
        y[i] = half_at(p) * (p[2 + i] < 128 ? p[2 + i] : p[2 + i] - 256);
    }
}

static void decode_q2_k(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned code = (unsigned)p[16 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3U;
        unsigned sub = p[i / 16];
        y[i] = half_at(p + 80) * (sub & 15) * code - half_at(p + 82) * (sub >> 4);
    }
}

static void decode_q3_k(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned k = i / 16;
        unsigned scale = ((unsigned)p[96 + k % 8] >> (k / 8 * 4) & 15U) |
                         ((unsigned)p[104 + k % 4] >> (k / 4 * 2) & 3U) << 4;
        unsigned code = (unsigned)p[32 + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3U;
        code |= ((unsigned)p[i % 32] >> (i / 32) & 1U) << 2;
        y[i] = half_at(p + 108) * ((int)scale - 32) * ((int)code - 4);
    }
}

/* Scale and minimum of sub-block k of a Q4_K or Q5_K block. */
static void scale_and_min(const uint8_t *p, unsigned k, unsigned *scale, unsigned *min) {
    if (k < 4) {
        *scale = p[4 + k] & 63U;
        *min = p[8 + k] & 63U;
    } else {
        *scale = (p[8 + k] & 15U) | (unsigned)(p[k] >> 6) << 4;
        *min = (unsigned)(p[8 + k] >> 4) | (unsigned)(p[4 + k] >> 6) << 4;
    }
}

static void decode_q4_k(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned scale, min;
        scale_and_min(p, i / 32, &scale, &min);
        unsigned code = (unsigned)p[16 + i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15U;
        y[i] = half_at(p) * scale * code - half_at(p + 2) * min;
    }
}

static void decode_q5_k(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned scale, min;
        scale_and_min(p, i / 32, &scale, &min);
        unsigned code = (unsigned)p[48 + i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15U;
        code |= ((unsigned)p[16 + i % 32] >> (i / 32) & 1U) << 4;
        y[i] = half_at(p) * scale * code - half_at(p + 2) * min;
    }
}

static void decode_q6_k(const uint8_t *p, double *y) {
    for (unsigned i = 0; i < 256; i++) {
        unsigned group = i / 128;
        unsigned low = (unsigned)p[64 * group + i % 64] >> (i % 128 / 64 * 4) & 15U;
        unsigned high = (unsigned)p[128 + 32 * group + i % 32] >> (i % 128 / 32 * 2) & 3U;
        int scale = p[192 + i / 16] < 128 ? p[192 + i / 16] : p[192 + i / 16] - 256;
        y[i] = half_at(p + 208) * scale * ((int)(low | high << 4) - 32);
    }
}

static void decode_mxfp4(const uint8_t *p, double *y) {
    static const double levels[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
    for (unsigned i = 0; i < 32; i++) {
        unsigned code = (unsigned)p[1 + i % 16] >> (i / 16 * 4) & 15U;
        double size = levels[code & 7] * power(p[0] - 127);
        y[i] = (code & 8) != 0 ? -size : size;
    }
}

typedef struct round_trip {
    const char *name, *zeros_name;
    uint16_t dtype;
    void (*decode)(const uint8_t *p, double *y);
    unsigned most_error; /* thousandths of the power */
} round_trip;

#define TRIP(type, decode, most_error)                                                             \
    { #type, #type " of zeros", SCAPE_GEN_##type, decode, most_error }
static const round_trip trips[] = {
    TRIP(Q4_0, decode_q4_0, 15), TRIP(Q4_1, decode_q4_1, 12),   TRIP(Q5_0, decode_q5_0, 5),
    TRIP(Q5_1, decode_q5_1, 4),  TRIP(Q8_0, decode_q8_0, 1),    TRIP(Q2_K, decode_q2_k, 150),
    TRIP(Q3_K, decode_q3_k, 50), TRIP(Q4_K, decode_q4_k, 12),   TRIP(Q5_K, decode_q5_k, 4),
    TRIP(Q6_K, decode_q6_k, 1),  TRIP(MXFP4, decode_mxfp4, 25),
};

static void decodes_near_the_values(void **state) {
    const round_trip *trip = *state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        scape_block in = gaussian_block(seed);
        uint8_t bytes[512];
        double decoded[SCAPE_BLOCK_MAX];
        assert_true(scape_quantise(trip->dtype, &in, bytes));
        trip->decode(bytes, decoded);
        unsigned count = scape_gen_dtype_find(trip->dtype)->block_elements;
        unsigned error = relative_error(&in, decoded, count);
        if (error > trip->most_error) {
            print_error("%s seed %u: have error %u, want at most %u thousandths\n", trip->name,
                        (unsigned)seed, error, trip->most_error);
            fail();
        }
    }
}

/* A block of zeros decodes to zeros: its scale is zero, whatever the codes. */
static void zeros_stay_zeros(void **state) {
    const round_trip *trip = *state;
    scape_block in = {.exponent = EXPONENT};
    uint8_t bytes[512];
    double decoded[SCAPE_BLOCK_MAX];
    assert_true(scape_quantise(trip->dtype, &in, bytes));
    trip->decode(bytes, decoded);
    for (unsigned i = 0; i < scape_gen_dtype_find(trip->dtype)->block_elements; i++) {
        assert_true(decoded[i] == 0);
    }
}

static void every_block_type_has_a_quantiser(void **state) {
    (void)state;
    scape_block in = gaussian_block(1);
    uint8_t bytes[512];
    for (const scape_gen_dtype_info *t = scape_gen_dtype_table(); t->name != NULL; t++) {
        if (t->dtype >= SCAPE_GEN_BLOCK && !scape_quantise(t->dtype, &in, bytes)) {
            print_error("have no quantiser for %s\n", t->name);
            fail();
        }
    }
}

/* No quantiser writes behind its block. */
static void blocks_end_where_they_should(void **state) {
    (void)state;
    scape_block in = gaussian_block(2);
    for (const scape_gen_dtype_info *t = scape_gen_dtype_table(); t->name != NULL; t++) {
        if (t->dtype < SCAPE_GEN_BLOCK) {
            continue;
        }
        uint8_t zeros[512] = {0};
        uint8_t ones[512];
        memset(ones, 0xFF, sizeof ones);
        assert_true(scape_quantise(t->dtype, &in, zeros));
        assert_true(scape_quantise(t->dtype, &in, ones));
        for (size_t i = 0; i < sizeof zeros; i++) {
            bool inside = i < t->block_bytes;
            if (inside ? zeros[i] != ones[i] : zeros[i] != 0 || ones[i] != 0xFF) {
                print_error("%s: byte %u of a block of %u is wrong\n", t->name, (unsigned)i,
                            t->block_bytes);
                fail();
            }
        }
    }
}

int main(void) {
    enum {
        TRIPS = sizeof trips / sizeof trips[0]
    };
    struct CMUnitTest tests[2 * TRIPS + 2];
    for (size_t i = 0; i < TRIPS; i++) {
        void *trip = (void *)(uintptr_t)&trips[i];
        tests[2 * i] =
            (struct CMUnitTest){trips[i].name, decodes_near_the_values, NULL, NULL, trip};
        tests[2 * i + 1] =
            (struct CMUnitTest){trips[i].zeros_name, zeros_stay_zeros, NULL, NULL, trip};
    }
    tests[(size_t)2 * TRIPS] =
        (struct CMUnitTest)cmocka_unit_test(every_block_type_has_a_quantiser);
    tests[(size_t)2 * TRIPS + 1] =
        (struct CMUnitTest)cmocka_unit_test(blocks_end_where_they_should);
    return cmocka_run_group_tests_name("gen.quantise", tests, NULL, NULL);
}
