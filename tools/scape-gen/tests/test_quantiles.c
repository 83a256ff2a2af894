/* test_quantiles.c - the quantile tables rise, are those of a Gaussian in the middle, and the drawn
 * matrices have the moments that trained ones have. */
#include "support.h"

#include "quantiles.h"
#include "values.h"

#include <stdlib.h>

static void tables_rise(void **state) {
    (void)state;
    for (unsigned tail = 0; tail < SCAPE_TAIL_COUNT; tail++) {
        scape_quantiles q;
        scape_quantiles_build(&q, (scape_tail)tail);
        for (unsigned i = 1; i < SCAPE_QUANTILES_CELLS; i++) {
            assert_true(q.body[i] > q.body[i - 1]);
        }
        assert_true(q.tail[0] >= q.body[SCAPE_QUANTILES_CELLS - 1]);
        for (unsigned i = 1; i <= SCAPE_QUANTILES_CELLS; i++) {
            assert_true(q.tail[i] > q.tail[i - 1]);
        }
    }
}

static void median_is_that_of_a_gaussian(void **state) {
    (void)state;
    scape_quantiles q;
    scape_quantiles_build(&q, SCAPE_TAIL_LIGHT);
    /* Half of all |x| lie below 0.6745 standard deviations; the wide component adds 0.3 %. */
    uint64_t thousandths = (q.body[512] * 1000) >> SCAPE_QUANTILES_POINT;
    assert_in_range(thousandths, 672, 680);
}

/* The mean of x^power over a million draws, in thousandths. */
static uint64_t moment(scape_tail tail, unsigned power) {
    enum {
        DRAWS = 1 << 20
    };
    scape_shapes *shapes = malloc(sizeof *shapes);
    int64_t *values = malloc(DRAWS * sizeof *values);
    uint32_t column = 1 << 14;
    assert_non_null(shapes);
    assert_non_null(values);
    scape_shapes_build(shapes);
    scape_tensor t = {.rank = 2, .dims = {DRAWS, 1}, .key = 99, .tail = (uint8_t)tail};
    for (uint64_t row = 0; row < DRAWS; row++) {
        scape_values_draw(shapes, &t, &column, row, 0, 1, &values[row]);
    }
    double sum = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        double x = (double)values[i] / (double)(INT64_C(1) << SCAPE_VALUE_POINT);
        sum += power == 2 ? x * x : x * x * x * x;
    }
    free(values);
    free(shapes);
    return (uint64_t)(sum * 1000 / DRAWS);
}

static void light_tail_is_nearly_gaussian(void **state) {
    (void)state;
    assert_in_range(moment(SCAPE_TAIL_LIGHT, 2), 1000, 1025);
    assert_in_range(moment(SCAPE_TAIL_LIGHT, 4), 3050, 3350);
}

static void heavy_tail_is_heavy(void **state) {
    (void)state;
    assert_in_range(moment(SCAPE_TAIL_HEAVY, 2), 1030, 1090);
    assert_in_range(moment(SCAPE_TAIL_HEAVY, 4), 3900, 5200);
}

static void rows_can_be_drawn_in_pieces(void **state) {
    (void)state;
    enum {
        WIDTH = 300
    };
    scape_shapes *shapes = malloc(sizeof *shapes);
    assert_non_null(shapes);
    scape_shapes_build(shapes);
    scape_tensor t = {.rank = 2, .dims = {4, WIDTH}, .key = 5, .column_spread = 12};
    uint32_t columns[WIDTH];
    int64_t whole[WIDTH];
    int64_t pieces[WIDTH];
    scape_values_columns(shapes, &t, columns);
    scape_values_draw(shapes, &t, columns, 3, 0, WIDTH, whole);
    scape_values_draw(shapes, &t, columns, 3, 0, 77, pieces);
    scape_values_draw(shapes, &t, columns, 3, 77, WIDTH - 77, pieces + 77);
    assert_memory_equal(whole, pieces, sizeof whole);
    free(shapes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_rise),
        cmocka_unit_test(median_is_that_of_a_gaussian),
        cmocka_unit_test(light_tail_is_nearly_gaussian),
        cmocka_unit_test(heavy_tail_is_heavy),
        cmocka_unit_test(rows_can_be_drawn_in_pieces),
    };
    return cmocka_run_group_tests_name("gen.quantiles", tests, NULL, NULL);
}
