/* test_encode_tables.c - the choice of tables: fitted to seeded histograms, written, read back by
 * the decoder's reader, and what the choice promises [CAN-040..043]. */
#include "encode_tables.h"
#include "test_encode_support.h"

#include <stdlib.h>

/* The tables as the decoder reads them. */
struct reader {
    struct scape_ref_buffer memory;
    struct scape_ref_tables tables;
};

static void reader_open(struct reader *r, struct scape_ref_memory *m) {
    struct scape_ref_arena arena = {0};
    *r = (struct reader){.tables = {0}};
    scape_ref_tables_carve(&arena, &r->tables);
    assert_int_equal(scape_ref_buffer_reserve(m, &r->memory, arena.used, 0), SCAPE_REF_OK);
    arena = (struct scape_ref_arena){.base = r->memory.data};
    scape_ref_tables_carve(&arena, &r->tables);
}

/* What the encoder thinks it wrote is what the decoder reads, to the last byte. */
static void check_read_back(struct scape_ref_memory *m, const struct scape_ref_fit *f) {
    struct reader r;
    reader_open(&r, m);
    struct scape_ref_cursor cursor = scape_ref_cursor_make(f->bytes, f->byte_count);
    assert_int_equal(scape_ref_tables_read(&cursor, f->p, f->tables, f->width, &r.tables),
                     SCAPE_REF_OK);
    assert_int_equal(scape_ref_cursor_left(&cursor), 0);
    assert_int_equal(r.tables.value_count, f->value_count);
    assert_int_equal(r.tables.escape, f->escape);
    assert_memory_equal(r.tables.values, f->values, f->value_count * sizeof *f->values);
    uint32_t symbols = f->value_count + (f->escape ? 1 : 0);
    for (uint32_t table = 0; table < f->tables; table++) {
        const uint16_t *have = f->frequencies + (size_t)table * (f->value_count + 1);
        const uint16_t *want = r.tables.frequencies + ((size_t)table << r.tables.column_bits);
        uint32_t sum = 0;
        for (uint32_t s = 0; s < symbols; s++) {
            assert_int_equal(have[s], want[s]);
            sum += have[s];
        }
        assert_int_equal(sum, 1u << f->p);
    }
    scape_ref_buffer_release(m, &r.memory);
}

/* Every value that occurs can be coded: it has a slot, or the escape has one. */
static void check_every_value(const struct scape_ref_fit *f, const uint32_t *counts) {
    for (uint32_t table = 0; table < f->tables; table++) {
        for (uint32_t v = 0; v < 1u << f->width; v++) {
            if (counts[(table << f->width) + v] > 0) {
                assert_int_not_equal(f->symbol_of[v], SCAPE_REF_SYMBOL_NONE);
                uint32_t s = scape_ref_fit_symbol(f, table, v);
                assert_int_not_equal(f->frequencies[table * (f->value_count + 1) + s], 0);
            }
        }
    }
}

struct histogram {
    uint32_t width, tables, p, max_symbols;
    bool may_escape;
};

static void check_fit(const struct histogram *h, const uint32_t *counts, bool *escape) {
    struct transfer t = {0};
    struct scape_ref_memory m = transfer_memory(&t);
    struct scape_ref_fit f = {0};
    assert_int_equal(scape_ref_tables_fit(&m, &f, counts, h->width, h->tables, h->p, h->max_symbols,
                                          h->may_escape),
                     SCAPE_REF_OK);
    assert_true(f.value_count + (f.escape ? 1 : 0) <= h->max_symbols);
    check_read_back(&m, &f);
    check_every_value(&f, counts);
    if (escape != NULL) {
        *escape = f.escape;
    }
    scape_ref_buffer_release(&m, &f.memory);
    assert_int_equal(t.live, 0);
}

static uint32_t *no_counts(const struct histogram *h) {
    uint32_t *counts = calloc((size_t)h->tables << h->width, sizeof *counts);
    assert_non_null(counts);
    return counts;
}

static void log2_is_exact_at_powers_and_monotonic(void **state) {
    (void)state;
    for (uint32_t e = 0; e < 64; e++) {
        assert_int_equal(scape_ref_log2_q8((uint64_t)1 << e), 256 * e);
    }
    uint32_t before = 0;
    for (uint64_t v = 1; v < 70000; v++) {
        uint32_t now = scape_ref_log2_q8(v);
        assert_true(now >= before);
        before = now;
    }
    assert_int_equal(scape_ref_log2_q8(3), 405);     /* 256 * 1.58496 */
    assert_int_equal(scape_ref_log2_q8(1000), 2551); /* 256 * 9.96578 */
    assert_int_equal(scape_ref_log2_q8(UINT64_MAX), 16383);
}

static void one_value(void **state) {
    (void)state;
    const struct histogram h = {10, 1, 12, 128, true};
    uint32_t *counts = no_counts(&h);
    counts[777] = 5;
    bool escape = true;
    check_fit(&h, counts, &escape);
    assert_false(escape);
    free(counts);
}

static void two_values_far_apart(void **state) {
    (void)state;
    const struct histogram h = {16, 1, 8, 2, false};
    uint32_t *counts = no_counts(&h);
    counts[0] = 1;
    counts[65535] = 1000000;
    check_fit(&h, counts, NULL);
    free(counts);
}

static void values_4096(void **state) {
    (void)state;
    for (uint32_t p = 12; p <= 14; p++) {
        const struct histogram h = {13, 1, p, 4096, false};
        struct random r = {p};
        uint32_t *counts = no_counts(&h);
        for (uint32_t v = 0; v < 4096; v++) {
            counts[2 * v] = 1 + random_below(&r, 1000);
        }
        check_fit(&h, counts, NULL);
        free(counts);
    }
}

static void too_many_values_are_escaped(void **state) {
    (void)state;
    const struct histogram h = {10, 1, 12, 16, true};
    uint32_t *counts = no_counts(&h);
    for (uint32_t v = 0; v < 1024; v++) {
        counts[v] = v < 10 ? 100000 : 1;
    }
    bool escape = false;
    check_fit(&h, counts, &escape);
    assert_true(escape);
    free(counts);
}

static void too_many_values_without_escape_are_an_error(void **state) {
    (void)state;
    const struct histogram h = {10, 1, 12, 16, false};
    struct transfer t = {0};
    struct scape_ref_memory m = transfer_memory(&t);
    struct scape_ref_fit f = {0};
    uint32_t *counts = no_counts(&h);
    for (uint32_t v = 0; v < 17; v++) {
        counts[v] = 9;
    }
    assert_int_equal(
        scape_ref_tables_fit(&m, &f, counts, h.width, 1, h.p, h.max_symbols, h.may_escape),
        SCAPE_REF_LIMIT);
    scape_ref_buffer_release(&m, &f.memory);
    assert_int_equal(t.live, 0);
    free(counts);
}

static void tables_64_of_disjoint_values(void **state) {
    (void)state;
    const struct histogram h = {10, 64, 11, 1024, true};
    uint32_t *counts = no_counts(&h);
    for (uint32_t table = 0; table < 64; table++) {
        for (uint32_t v = 0; v < 16; v++) {
            counts[(table << 10) + 16 * table + v] = 1 + v * table;
        }
    }
    check_fit(&h, counts, NULL);
    free(counts);
}

/* Histograms of every steepness, with and without room for all values. */
static void seeded_histograms(void **state) {
    (void)state;
    struct random r = {1};
    for (int round = 0; round < 400; round++) {
        struct histogram h = {1 + random_below(&r, 12), 1 + random_below(&r, 8),
                              8 + random_below(&r, 7), 0, true};
        uint32_t most = (uint32_t)1 << (h.p < 12 ? h.p : 12);
        h.max_symbols = 2 + random_below(&r, most - 1);
        uint32_t *counts = no_counts(&h);
        uint32_t values = (uint32_t)1 << h.width;
        for (uint32_t table = 0; table < h.tables; table++) {
            uint32_t shift = random_below(&r, 25);
            uint32_t some = 1 + random_below(&r, values);
            for (uint32_t i = 0; i < some; i++) {
                counts[(table << h.width) + random_below(&r, values)] =
                    1 + (random_below(&r, 1u << 24) >> random_below(&r, shift + 1));
            }
        }
        check_fit(&h, counts, NULL);
        free(counts);
    }
}

/* Levels of an eighth of an octave cost less than a hundredth. */
static void estimate_is_near_entropy(void **state) {
    (void)state;
    const struct histogram h = {8, 1, 12, 256, true};
    struct transfer t = {0};
    struct scape_ref_memory m = transfer_memory(&t);
    struct scape_ref_fit f = {0};
    uint32_t *counts = no_counts(&h);
    uint64_t total = 0;
    uint64_t ideal = 0;
    for (uint32_t v = 0; v < 12; v++) {
        counts[v] = 1000000u >> v;
        total += counts[v];
    }
    for (uint32_t v = 0; v < 12; v++) {
        ideal += counts[v] * (uint64_t)(scape_ref_log2_q8(total) - scape_ref_log2_q8(counts[v]));
    }
    assert_int_equal(scape_ref_tables_fit(&m, &f, counts, 8, 1, 12, 256, true), SCAPE_REF_OK);
    assert_true(f.cost_q8 <= ideal + ideal / 100);
    scape_ref_buffer_release(&m, &f.memory);
    free(counts);
}

static void no_memory_is_reported(void **state) {
    (void)state;
    struct transfer t = {.fail_at[CALL_ALLOCATE] = 1};
    struct scape_ref_memory m = transfer_memory(&t);
    struct scape_ref_fit f = {0};
    uint32_t counts[16] = {1, 2, 3};
    assert_int_equal(scape_ref_tables_fit(&m, &f, counts, 4, 1, 8, 16, true), SCAPE_REF_NO_MEMORY);
    scape_ref_buffer_release(&m, &f.memory);
    assert_int_equal(t.live, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log2_is_exact_at_powers_and_monotonic),
        cmocka_unit_test(one_value),
        cmocka_unit_test(two_values_far_apart),
        cmocka_unit_test(values_4096),
        cmocka_unit_test(too_many_values_are_escaped),
        cmocka_unit_test(too_many_values_without_escape_are_an_error),
        cmocka_unit_test(tables_64_of_disjoint_values),
        cmocka_unit_test(seeded_histograms),
        cmocka_unit_test(estimate_is_near_entropy),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
