/* test_tables.c - inline table sets, frequencies, columns: known answers worked by hand from the
 * spec's formulas, and one broken rule a test. */
#include "code.h"

#include <string.h>

static struct bytes b;
static struct scape_ref_tables t;
static _Alignas(64) uint8_t memory[2 << 20];

static enum scape_ref_error read_set(uint32_t precision, uint32_t count, uint32_t width) {
    struct scape_ref_arena arena = {memory, 0};
    scape_ref_tables_carve(&arena, &t);
    struct scape_ref_cursor c = scape_ref_cursor_make(b.data, b.size);
    enum scape_ref_error error = scape_ref_tables_read(&c, precision, count, width, &t);
    if (!error) {
        assert_int_equal(c.at, b.size);
    }
    return error;
}

static void want_set(uint32_t precision, uint32_t width, enum scape_ref_error want_error) {
    enum scape_ref_error have = read_set(precision, 1, width);
    if (have != want_error) {
        fail_msg("have %s, want %s", scape_ref_error_name(have), scape_ref_error_name(want_error));
    }
}

/* The start of a set over 8-bit values: one run from `first` on, no gap. */
static struct bit_writer begin(uint32_t first, bool escape, uint32_t run) {
    struct bit_writer w = {&b, 0};
    b.size = 0;
    put_bits(&w, first, 8);
    put_bits(&w, escape, 1);
    put_gamma(&w, run);
    put_bits(&w, 0, 1);
    return w;
}

/* ---- Known answers ---- */

static void test_frequencies(void **state) {
    (void)state;
    const uint8_t levels[] = {0, 8, 16}; /* weights 256, 512, 1024; 253 slots to share */
    uint16_t frequencies[3];
    scape_ref_frequencies_make(levels, 3, 8, frequencies);
    assert_int_equal(frequencies[0], 1 + 36);
    assert_int_equal(frequencies[1], 1 + 108 - 36);
    assert_int_equal(frequencies[2], 1 + 253 - 108);
}

static void test_frequency_of_one(void **state) {
    (void)state;
    const uint8_t levels[] = {159};
    uint16_t frequency;
    scape_ref_frequencies_make(levels, 1, 14, &frequency);
    assert_int_equal(frequency, 1 << 14);
}

static void test_frequencies_sum(void **state) {
    (void)state;
    static uint8_t levels[4096];
    static uint16_t frequencies[4096];
    for (uint32_t i = 0; i < 4096; i++) {
        levels[i] = (uint8_t)(i * 7 % 160);
    }
    for (uint32_t precision = 8; precision <= 14; precision++) {
        uint32_t most = precision < 12 ? UINT32_C(1) << precision : 4096, sum = 0;
        scape_ref_frequencies_make(levels, most, precision, frequencies);
        for (uint32_t i = 0; i < most; i++) {
            assert_true(frequencies[i] >= 1);
            sum += frequencies[i];
        }
        assert_int_equal(sum, 1 << precision);
    }
}

static void test_columns(void **state) {
    (void)state;
    const uint16_t frequencies[] = {37, 73, 146, 0};
    const struct scape_ref_column want_columns[] = {
        {37, 2, 55}, {64, 0, 0}, {55, 1, 64}, {0, 2, 82}};
    struct scape_ref_column columns[4];
    uint16_t scratch[3][4];
    uint16_t *const pointers[3] = {scratch[0], scratch[1], scratch[2]};
    scape_ref_columns_make(frequencies, 3, 2, 8, columns, pointers);
    for (int j = 0; j < 4; j++) {
        assert_int_equal(columns[j].cut, want_columns[j].cut);
        if (columns[j].cut != 64) {
            assert_int_equal(columns[j].alias, want_columns[j].alias);
            assert_int_equal(columns[j].base, want_columns[j].base);
        }
    }
}

static void test_column_bits(void **state) {
    (void)state;
    assert_int_equal(scape_ref_column_bits(1), 0);
    assert_int_equal(scape_ref_column_bits(2), 1);
    assert_int_equal(scape_ref_column_bits(3), 2);
    assert_int_equal(scape_ref_column_bits(4096), 12);
}

static void test_alphabet(void **state) {
    (void)state;
    struct bit_writer w = {&b, 0};
    b.size = 0;
    put_bits(&w, 250, 8);
    put_bits(&w, 1, 1);
    put_gamma(&w, 2); /* 250, 251 */
    put_bits(&w, 1, 1);
    put_gamma(&w, 3); /* not 252 to 254 */
    put_gamma(&w, 1); /* 255 */
    put_bits(&w, 0, 1);
    put_gamma(&w, 2);   /* skip 250 */
    put_gamma(&w, 1);   /* drop none */
    put_bits(&w, 1, 1); /* the escape occurs */
    put_bits(&w, 16, 8);
    put_bits(&w, 0, 2);
    put_bits(&w, 0, 8);
    put_ones(&w, 16); /* residual 8 */
    assert_int_equal(read_set(8, 1, 8), SCAPE_REF_OK);
    assert_int_equal(t.value_count, 3);
    assert_true(t.escape);
    assert_int_equal(t.values[0], 250);
    assert_int_equal(t.values[1], 251);
    assert_int_equal(t.values[2], 255);
    const uint16_t want_frequencies[] = {0, 37, 73, 146};
    assert_memory_equal(t.frequencies, want_frequencies, sizeof want_frequencies);
}

/* A second table is predicted by the slope of the first where both have both symbols. */
static void test_slope(void **state) {
    (void)state;
    struct bit_writer w = begin(0, false, 4);
    put_gamma(&w, 1);
    put_gamma(&w, 2); /* the first table has symbols 0 to 2: levels 10, 14, 12 */
    put_bits(&w, 0, 2);
    put_bits(&w, 10, 8);
    put_ones(&w, 8);
    put_ones(&w, 3);
    put_gamma(&w, 1);
    put_gamma(&w, 1); /* the second all four, without residuals: 20, 24, 22, 22 */
    put_bits(&w, 0, 2);
    put_bits(&w, 20, 8);
    put_ones(&w, 0);
    put_ones(&w, 0);
    put_ones(&w, 0);
    assert_int_equal(read_set(8, 2, 8), SCAPE_REF_OK);
    const uint8_t levels[] = {20, 24, 22, 22};
    uint16_t want_frequencies[4];
    scape_ref_frequencies_make(levels, 4, 8, want_frequencies);
    assert_memory_equal(t.frequencies + 4, want_frequencies, sizeof want_frequencies);
}

static void test_prediction_is_clamped(void **state) {
    (void)state;
    struct bit_writer w = begin(0, false, 2);
    for (int k = 0; k < 2; k++) { /* levels 100, 159; then 150, 159 without a residual */
        put_gamma(&w, 1);
        put_gamma(&w, 1);
        put_bits(&w, 2, 2);
        put_bits(&w, k == 0 ? 100 : 150, 8);
        put_ones(&w, k == 0 ? 118 / 4 : 0);
        put_bits(&w, k == 0 ? 118 % 4 : 0, 2);
    }
    assert_int_equal(read_set(8, 2, 8), SCAPE_REF_OK);
    const uint8_t levels[] = {150, 159};
    uint16_t want_frequencies[2];
    scape_ref_frequencies_make(levels, 2, 8, want_frequencies);
    assert_memory_equal(t.frequencies + 2, want_frequencies, sizeof want_frequencies);
}

/* ---- Broken rules ---- */

static void test_sizes(void **state) {
    (void)state;
    assert_int_equal(scape_ref_table_size_check(8, 64), SCAPE_REF_OK);
    assert_int_equal(scape_ref_table_size_check(14, 8), SCAPE_REF_OK);
    assert_int_equal(scape_ref_table_size_check(7, 1), SCAPE_REF_LIMIT);
    assert_int_equal(scape_ref_table_size_check(15, 1), SCAPE_REF_LIMIT);
    assert_int_equal(scape_ref_table_size_check(8, 65), SCAPE_REF_LIMIT);
    assert_int_equal(scape_ref_table_size_check(14, 9), SCAPE_REF_LIMIT);
}

static void test_gamma_too_long(void **state) {
    (void)state;
    struct bit_writer w = {&b, 0};
    b.size = 0;
    put_bits(&w, 0, 9);
    put_bits(&w, 0, 17); /* and the input ends */
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_run_beyond_width(void **state) {
    (void)state;
    (void)begin(254, false, 3);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_gap_beyond_width(void **state) {
    (void)state;
    struct bit_writer w = {&b, 0};
    b.size = 0;
    put_bits(&w, 250, 8);
    put_bits(&w, 0, 1);
    put_gamma(&w, 1);
    put_bits(&w, 1, 1);
    put_gamma(&w, 131071);
    put_gamma(&w, 1);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_more_symbols_than_slots(void **state) {
    (void)state;
    struct bit_writer w = begin(0, true, 256);
    put_bits(&w, 0, 8);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_alphabet_too_long(void **state) {
    (void)state;
    struct bit_writer w = {&b, 0};
    b.size = 0;
    put_bits(&w, 0, 13);
    put_bits(&w, 0, 1);
    put_gamma(&w, 4097);
    want_set(14, 13, SCAPE_REF_BAD_TABLE);
}

static void test_skip_and_drop(void **state) {
    (void)state;
    struct bit_writer w = begin(0, false, 4);
    put_gamma(&w, 1 + 3);
    put_gamma(&w, 1 + 2);
    put_bits(&w, 0, 24);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_nothing_present(void **state) {
    (void)state;
    struct bit_writer w = begin(0, true, 4);
    put_gamma(&w, 1 + 2);
    put_gamma(&w, 1 + 2);
    put_bits(&w, 0, 1);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_escape_alone(void **state) {
    (void)state;
    struct bit_writer w = begin(0, true, 4);
    put_gamma(&w, 1 + 4);
    put_gamma(&w, 1);
    put_bits(&w, 1, 1);
    put_bits(&w, 159, 8);
    want_set(8, 8, SCAPE_REF_OK);
    assert_int_equal(t.frequencies[4], 256);
}

static void test_escape_level(void **state) {
    (void)state;
    struct bit_writer w = begin(0, true, 4);
    put_gamma(&w, 1 + 4);
    put_gamma(&w, 1);
    put_bits(&w, 1, 1);
    put_bits(&w, 160, 8);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static struct bit_writer first_level(uint32_t level) {
    struct bit_writer w = begin(0, false, 2);
    put_gamma(&w, 1);
    put_gamma(&w, 1);
    put_bits(&w, 3, 2);
    put_bits(&w, level, 8);
    return w;
}

static void test_first_level(void **state) {
    (void)state;
    struct bit_writer w = first_level(160);
    put_bits(&w, 0, 4);
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_level_below(void **state) {
    (void)state;
    struct bit_writer w = first_level(0);
    put_ones(&w, 0);
    put_bits(&w, 1, 3); /* -1 */
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_level_above(void **state) {
    (void)state;
    struct bit_writer w = first_level(159);
    put_ones(&w, 0);
    put_bits(&w, 2, 3); /* +1 */
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_longest_residual(void **state) {
    (void)state;
    struct bit_writer w = first_level(159);
    put_ones(&w, 39);
    put_bits(&w, 5, 3); /* 317: -159 */
    want_set(8, 8, SCAPE_REF_OK);
}

static void test_unary_too_long(void **state) {
    (void)state;
    struct bit_writer w = first_level(80);
    put_ones(&w, 41);
    b.data[b.size - 1] = 0xFF; /* and the input ends */
    want_set(8, 8, SCAPE_REF_BAD_TABLE);
}

static void test_padding(void **state) {
    (void)state;
    const uint8_t levels[] = {80, 81, 82};
    b.size = 0;
    put_table(&b, 8, 0, levels, 3, -1);
    want_set(8, 8, SCAPE_REF_OK);
    b.data[b.size - 1] |= 0x80;
    want_set(8, 8, SCAPE_REF_NONZERO_PAD);
}

static void test_every_truncation(void **state) {
    (void)state;
    const uint8_t levels[] = {80, 85, 90, 12};
    b.size = 0;
    put_table(&b, 8, 7, levels, 4, 3);
    size_t whole = b.size;
    for (b.size = 0; b.size < whole; b.size++) {
        want_set(8, 8, SCAPE_REF_TRUNCATED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequencies),
        cmocka_unit_test(test_frequency_of_one),
        cmocka_unit_test(test_frequencies_sum),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_column_bits),
        cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_slope),
        cmocka_unit_test(test_prediction_is_clamped),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_gamma_too_long),
        cmocka_unit_test(test_run_beyond_width),
        cmocka_unit_test(test_gap_beyond_width),
        cmocka_unit_test(test_more_symbols_than_slots),
        cmocka_unit_test(test_alphabet_too_long),
        cmocka_unit_test(test_skip_and_drop),
        cmocka_unit_test(test_nothing_present),
        cmocka_unit_test(test_escape_alone),
        cmocka_unit_test(test_escape_level),
        cmocka_unit_test(test_first_level),
        cmocka_unit_test(test_level_below),
        cmocka_unit_test(test_level_above),
        cmocka_unit_test(test_longest_residual),
        cmocka_unit_test(test_unary_too_long),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_every_truncation),
    };
    return cmocka_run_group_tests_name("reference.tables", tests, NULL, NULL);
}
