/* test_cluster.c - the trainer: two kinds of blocks are told apart, and what was never seen can
 * still be coded. */
#include "train_cluster.h"

#include "profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    LAYOUT = SCAPE_REF_LAYOUT_BF16_SE9M7
};

/* A block whose exponents are base and base + 1. */
static void add_block(struct cli_trainer *t, unsigned base) {
    uint8_t block[CLI_TRAIN_BLOCK * 2];
    for (unsigned i = 0; i < CLI_TRAIN_BLOCK; i++) {
        unsigned value = (base + i % 2) << 7 | (i * 37 & 127);
        block[2 * i] = (uint8_t)value;
        block[2 * i + 1] = (uint8_t)(value >> 8);
    }
    assert_int_equal(cli_trainer_block_bytes(t), sizeof block);
    assert_true(cli_trainer_add(t, block, sizeof block));
}

static struct cli_trained train(const struct cli_train_set *set, unsigned first, unsigned second) {
    struct cli_trained trained;
    struct cli_trainer *t = cli_trainer_open(set, 1, 1);
    assert_non_null(t);
    for (int i = 0; i < 20; i++) {
        add_block(t, i % 2 == 0 ? first : second);
    }
    assert_int_equal(cli_trainer_blocks(t), 20);
    assert_true(cli_trainer_fit(t, 0, &trained));
    cli_trainer_close(t);
    return trained;
}

/* Reads an inline set with the decoder and returns the frequency of a value in a table, that of the
 * escape for values without a symbol. */
static uint32_t frequency(const struct cli_trained *trained, uint32_t table, uint32_t value) {
    struct scape_ref_arena arena = {0};
    struct scape_ref_tables tables;
    scape_ref_tables_carve(&arena, &tables);
    uint8_t *memory = malloc((size_t)arena.used);
    assert_non_null(memory);
    arena = (struct scape_ref_arena){.base = memory};
    scape_ref_tables_carve(&arena, &tables);
    struct scape_ref_cursor c = scape_ref_cursor_make(trained->bytes, trained->size);
    assert_int_equal(
        scape_ref_tables_read(&c, CLI_TRAIN_P, trained->tables, trained->width, &tables),
        SCAPE_REF_OK);
    assert_int_equal(scape_ref_cursor_left(&c), 0);
    uint32_t symbol = 0;
    while (symbol < tables.value_count && tables.values[symbol] != value) {
        symbol++;
    }
    size_t at = ((size_t)table << tables.column_bits) + symbol;
    uint32_t have = symbol < tables.value_count ? tables.frequencies[at] : 0;
    if (have == 0 && tables.escape) {
        have = tables.frequencies[((size_t)table << tables.column_bits) + tables.value_count];
    }
    free(memory);
    return have;
}

static void kinds_of_blocks_get_their_tables(void **state) {
    const struct cli_train_set set = {LAYOUT, 0, 0xFF, 2};
    (void)state;
    struct cli_trained trained = train(&set, 100, 120);
    assert_int_equal(trained.tables, 2);
    assert_int_equal(trained.width, 9);
    assert_true(frequency(&trained, 0, 100) > 1900);
    assert_true(frequency(&trained, 0, 120) < 100);
    assert_true(frequency(&trained, 1, 120) > 1900);
    assert_true(frequency(&trained, 1, 100) < 100);
    free(trained.bytes);
}

static void every_value_can_be_coded(void **state) {
    const struct cli_train_set set = {LAYOUT, 0, 0xFF, 2};
    (void)state;
    struct cli_trained trained = train(&set, 100, 120);
    for (uint32_t value = 0; value < 512; value++) {
        assert_true(frequency(&trained, 0, value) > 0);
        assert_true(frequency(&trained, 1, value) > 0);
    }
    free(trained.bytes);
}

static void equal_blocks_leave_no_table_out(void **state) {
    const struct cli_train_set set = {LAYOUT, 0, 0xFF, 4};
    (void)state;
    struct cli_trained trained = train(&set, 100, 100);
    for (uint32_t table = 0; table < 4; table++) {
        assert_true(frequency(&trained, table, 100) > 0);
    }
    free(trained.bytes);
}

static void no_blocks_no_tables(void **state) {
    const struct cli_train_set set = {LAYOUT, 0, 0xFF, 2};
    struct cli_trained trained;
    (void)state;
    struct cli_trainer *t = cli_trainer_open(&set, 1, 1);
    assert_non_null(t);
    assert_false(cli_trainer_fit(t, 0, &trained));
    cli_trainer_close(t);
}

static void every_nth_block_is_used(void **state) {
    const struct cli_train_set set = {LAYOUT, 0, 0xFF, 1};
    struct cli_trained trained;
    (void)state;
    struct cli_trainer *t = cli_trainer_open(&set, 1, 2);
    assert_non_null(t);
    for (int i = 0; i < 20; i++) {
        add_block(t, i % 2 == 0 ? 100 : 120);
    }
    assert_true(cli_trainer_fit(t, 0, &trained));
    assert_true(frequency(&trained, 0, 100) > 1900);
    assert_true(frequency(&trained, 0, 120) < 100);
    cli_trainer_close(t);
    free(trained.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_blocks_get_their_tables),
        cmocka_unit_test(every_value_can_be_coded),
        cmocka_unit_test(equal_blocks_leave_no_table_out),
        cmocka_unit_test(no_blocks_no_tables),
        cmocka_unit_test(every_nth_block_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
