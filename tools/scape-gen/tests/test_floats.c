/* test_floats.c - rounding to float formats, against values worked out by hand and against the
 * compiler's own conversion to float. */
#include "support.h"

#include "floats.h"
#include "rng.h"

#include <string.h>

static void rounds_to_nearest_even(void **state) {
    (void)state;
    /* bf16 keeps 8 significant bits: 257 lies half-way between 256 and 258. */
    assert_int_equal(scape_float_round(257, 0, &scape_float_bf16), 0x4380);
    assert_int_equal(scape_float_round(259, 0, &scape_float_bf16), 0x4382);
    assert_int_equal(scape_float_round(2571, -1, &scape_float_bf16), 0x44A0 | 1);
}

static void carries_into_exponent(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(511, 0, &scape_float_bf16), 0x4400);
}

static void zero_is_zero(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(0, 1000, &scape_float_f64), 0);
}

static void f16_subnormals(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(1, -24, &scape_float_f16), 1);
    assert_int_equal(scape_float_round(3, -25, &scape_float_f16), 2);
    assert_int_equal(scape_float_round(1, -25, &scape_float_f16), 0);
    assert_int_equal(scape_float_round(2047, -25, &scape_float_f16), 0x400);
}

static void far_below_is_zero(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(UINT64_C(1) << 62, -400, &scape_float_f32), 0);
}

static void beyond_is_infinity(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(65520, 0, &scape_float_f16), 0x7C00);
    assert_int_equal(scape_float_round(65519, 0, &scape_float_f16), 0x7BFF);
}

static void e4m3_saturates(void **state) {
    (void)state;
    assert_int_equal(scape_float_round(448, 0, &scape_float_f8_e4m3), 0x7E);
    assert_int_equal(scape_float_round(5000, 0, &scape_float_f8_e4m3), 0x7E);
}

static void agrees_with_the_compiler(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t value = scape_rng_draw(7, i) >> (1 + i % 60);
        float converted = (float)value;
        uint32_t want;
        memcpy(&want, &converted, sizeof want);
        assert_int_equal(scape_float_round(value, 0, &scape_float_f32), want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_nearest_even), cmocka_unit_test(carries_into_exponent),
        cmocka_unit_test(zero_is_zero),           cmocka_unit_test(f16_subnormals),
        cmocka_unit_test(far_below_is_zero),      cmocka_unit_test(beyond_is_infinity),
        cmocka_unit_test(e4m3_saturates),         cmocka_unit_test(agrees_with_the_compiler),
    };
    return cmocka_run_group_tests_name("gen.floats", tests, NULL, NULL);
}
