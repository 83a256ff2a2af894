/* test_stats.c - entropies, medians and the bootstrap on numbers known by hand. */
#include "stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double have, double want) {
    if (!(fabs(have - want) < 1e-9)) {
        fail_msg("have %.12f, want %.12f", have, want);
    }
}

static void test_entropy(void **state) {
    const uint64_t even[4] = {5, 5, 5, 5}, one[4] = {0, 9, 0, 0}, none[4] = {0};
    const uint64_t skewed[2] = {1, 3};
    (void)state;
    near(study_entropy(even, 4), 2);
    near(study_entropy(one, 4), 0);
    near(study_entropy(none, 4), 0);
    near(study_entropy(skewed, 2), 0.25 * 2 + 0.75 * log2(4.0 / 3));
}

static void test_given(void **state) {
    const uint64_t known[4] = {8, 0, 0, 8}, blind[4] = {4, 4, 4, 4};
    (void)state;
    near(study_entropy_given(known, 2, 2), 0);
    near(study_entropy_given(blind, 2, 2), 1);
}

/* Krichevsky-Trofimov on 0, 1: (1/2 / 1) (1/2 / 2) = 1/8, three bits for two symbols. */
static void test_adaptive(void **state) {
    const uint64_t two[2] = {1, 1}, lone[2] = {7, 0};
    (void)state;
    near(study_entropy_adaptive(two, 1, 2), 1.5);
    near(study_entropy_adaptive(lone, 1, 2), 0);
}

static void test_pearson(void **state) {
    struct study_pairs up = {.n = 0}, down = {.n = 0}, flat = {.n = 0};
    (void)state;
    for (int i = 0; i < 5; i++) {
        study_pairs_add(&up, i, 3 * i + 1);
        study_pairs_add(&down, i, -i);
        study_pairs_add(&flat, i, 2);
    }
    near(study_pearson(&up), 1);
    near(study_pearson(&down), -1);
    near(study_pearson(&flat), 0);
}

static void test_median(void **state) {
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, sorted[] = {0, 10, 20, 30, 40};
    (void)state;
    near(study_median(odd, 3), 2);
    near(study_median(even, 4), 2.5);
    assert_true(isnan(study_median(odd, 0)));
    near(study_quantile(sorted, 5, 0.025), 1);
    near(study_quantile(sorted, 5, 1), 40);
}

static void test_random(void **state) {
    struct study_random a = {42}, b = {42};
    unsigned seen = 0;
    (void)state;
    /* The first of splitmix64 from 42, as published. */
    assert_int_equal(study_random_below(&a, UINT64_MAX), UINT64_C(13679457532755275413));
    (void)study_random_below(&b, UINT64_MAX);
    for (int i = 0; i < 100; i++) {
        uint64_t value = study_random_below(&a, 3);
        assert_int_equal(value, study_random_below(&b, 3));
        seen |= 1u << value;
    }
    assert_int_equal(seen, 7);
}

static void test_bootstrap(void **state) {
    struct study_sample samples[20];
    struct study_interval out[STUDY_STATISTICS];
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        samples[i] = (struct study_sample){1.5, 300, 200, i % 2};
    }
    assert_true(study_bootstrap(samples, 20, 2, out));
    for (size_t k = 0; k < STUDY_STATISTICS; k++) {
        near(out[k].value, 1.5);
        near(out[k].low, 1.5);
        near(out[k].model_high, 1.5);
    }
    for (size_t i = 0; i < 20; i++) {
        samples[i].model = 0;
    }
    samples[3].ratio = 3; /* one outlier moves the mean's interval, hardly the median's */
    assert_true(study_bootstrap(samples, 20, 1, out));
    near(out[STUDY_MEDIAN].high, 1.5);
    assert_true(out[STUDY_GEOMETRIC].high > out[STUDY_GEOMETRIC].value);
    assert_true(isnan(out[STUDY_MEDIAN].model_low));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entropy),  cmocka_unit_test(test_given),
        cmocka_unit_test(test_adaptive), cmocka_unit_test(test_pearson),
        cmocka_unit_test(test_median),   cmocka_unit_test(test_random),
        cmocka_unit_test(test_bootstrap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
