/* test_fit.c - a fit that is bounded is given up only if it is above the bound, whatever the
 * counts. */
#include "../src/encode_fit.h"
#include "support.h"

#include <string.h>

enum {
    TABLES = 64,
    VALUES = 256,
    ROUNDS = 2000
};

/* Counts of some tables: each a hill of its own height, width and place, and some tables of one
 * value; `spread` is how unlike the tables are. */
static void make_counts(struct rng *rng, uint32_t *at, uint32_t tables, uint32_t stride) {
    uint32_t height = 1u << rng_below(rng, 14), width = 1 + rng_below(rng, stride);
    uint32_t spread = 1 + rng_below(rng, stride);
    memset(at, 0, (size_t)tables * stride * sizeof *at);
    for (uint32_t k = 0; k < tables; k++) {
        uint32_t *own = at + (size_t)k * stride, top = rng_below(rng, spread);
        for (uint32_t v = 0; v < stride; v++) {
            uint32_t distance = v < top ? top - v : v - top;
            uint32_t mean = height >> (8 * distance / width < 31 ? 8 * distance / width : 31);
            own[v] = mean == 0 ? 0 : rng_below(rng, 2 * mean);
        }
        own[top]++; /* no table is empty */
    }
}

static uint64_t bytes_of(const struct sc_fit *fit) {
    return fit->cost / 2048 + fit->bytes.size;
}

static void test_bound(void **state) {
    (void)state;
    static const uint32_t widths[] = {4, 5, 6, 8};
    static uint32_t at[TABLES * VALUES];
    struct sc_memory memory;
    assert_int_equal(sc_memory_open(&memory, &(struct scape_hooks){NULL, NULL, NULL}, UINT64_MAX),
                     SCAPE_OK);
    struct sc_buffer scratch = {NULL, 0, NULL};
    struct sc_fit all = {.bytes.memory = &memory}, bounded = {.bytes.memory = &memory};
    struct rng rng = {1};
    uint32_t given_up = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t width = widths[round % 4], tables = 1 + rng_below(&rng, TABLES);
        uint32_t precision = tables > 32 ? 11 : 12;
        struct sc_counts counts = {at, tables, 1u << width, false, 0};
        make_counts(&rng, at, tables, counts.stride);
        sc_fit_tables(&all, &scratch, &counts, width, precision, 1u << precision);
        assert_true(sc_fit_tables_within(&bounded, &scratch, &counts, width, precision,
                                         1u << precision, bytes_of(&all)));
        assert_int_equal(bounded.cost, all.cost);
        assert_int_equal(bounded.bytes.size, all.bytes.size);
        assert_memory_equal(bounded.bytes.buffer.data, all.bytes.buffer.data, all.bytes.size);
        assert_true(bounded.least <= all.cost / 2048);
        given_up += !sc_fit_tables_within(&bounded, &scratch, &counts, width, precision,
                                          1u << precision, bytes_of(&all) * 15 / 16);
    }
    assert_true(given_up > ROUNDS / 4); /* or the bound would be of no use */
    sc_out_release(&all.bytes);
    sc_out_release(&bounded.bytes);
    sc_buffer_release(&memory, &all.numbers);
    sc_buffer_release(&memory, &bounded.numbers);
    sc_buffer_release(&memory, &scratch);
    sc_memory_close(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
