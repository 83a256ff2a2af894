/* test_raw.c - arrays without a container, and files of none that is known. */
#include <string.h>

#include "support.h"

#define BF16   11
#define F6     18
#define Q4_0   66
#define UNUSED 63

static scape_cut *cut_raw(uint16_t dtype, unsigned rank, const uint64_t *dims, uint64_t size) {
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_raw(dtype, dims, rank, size, NULL, &cut), SCAPE_CUT_OK);
    check_cut(cut, size);
    return cut;
}

static void cuts_shape(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(BF16, 2, (const uint64_t[]){3, 5}, 30);
    assert_string_equal(cut->container, "raw");
    assert_int_equal(cut->count, 1);
    assert_region(cut, 0, 0, 30, BF16, "");
    assert_dims(cut, 0, 2, (const uint64_t[]){3, 5});
    scape_cut_free(cut);
}

static void cuts_shape_of_unknown_size(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(BF16, 1, (const uint64_t[]){3}, SCAPE_SIZE_UNKNOWN);
    assert_region(cut, 0, 0, 6, BF16, "");
    scape_cut_free(cut);
}

static void cuts_whole_blocks_without_shape(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(Q4_0, 0, NULL, 3 * 18 + 5);
    assert_int_equal(cut->count, 2);
    assert_region(cut, 0, 0, 54, Q4_0, "");
    assert_dims(cut, 0, 1, (const uint64_t[]){96});
    assert_region(cut, 1, 54, 5, 0, "");
    scape_cut_free(cut);
}

static void cuts_less_than_a_block(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(F6, 0, NULL, 2);
    assert_string_equal(cut->container, "raw");
    assert_int_equal(cut->count, 1);
    assert_region(cut, 0, 0, 2, 0, "");
    scape_cut_free(cut);
}

static void cuts_nothing(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(BF16, 0, NULL, 0);
    assert_int_equal(cut->count, 0);
    scape_cut_free(cut);
}

static void cuts_unknown_size_without_shape(void **state) {
    (void)state;
    scape_cut *cut = cut_raw(BF16, 0, NULL, SCAPE_SIZE_UNKNOWN);
    assert_int_equal(cut->count, 1);
    assert_region(cut, 0, 0, SCAPE_SIZE_UNKNOWN, BF16, "");
    scape_cut_free(cut);
}

static void rejects(uint16_t dtype, unsigned rank, const uint64_t *dims, uint64_t size,
                    const char *reason) {
    scape_cut *cut = cut_raw(dtype, rank, dims, size);
    assert_reason(cut, reason);
    scape_cut_free(cut);
}

static void rejects_unknown_dtype(void **state) {
    (void)state;
    rejects(UNUSED, 0, NULL, 4, "raw: unknown dtype 63");
}

static void rejects_rank_9(void **state) {
    (void)state;
    rejects(BF16, 9, (const uint64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 2,
            "raw: more than 8 dimensions");
}

static void rejects_elements_that_wrap(void **state) {
    (void)state;
    rejects(BF16, 2, (const uint64_t[]){UINT64_C(1) << 32, UINT64_C(1) << 32}, 0,
            "raw: the size of the shape does not fit 64 bits");
}

static void rejects_bytes_that_wrap(void **state) {
    (void)state;
    rejects(BF16, 1, (const uint64_t[]){UINT64_C(1) << 63}, 0,
            "raw: the size of the shape does not fit 64 bits");
}

static void rejects_elements_that_wrap_without_shape(void **state) {
    (void)state;
    rejects(Q4_0, 0, NULL, UINT64_MAX - 1, "raw: the number of elements does not fit 64 bits");
}

static void rejects_rows_of_part_blocks(void **state) {
    (void)state;
    rejects(Q4_0, 2, (const uint64_t[]){2, 16}, 18,
            "raw: the shape does not divide into whole blocks");
}

static void rejects_other_size(void **state) {
    (void)state;
    rejects(BF16, 1, (const uint64_t[]){3}, 7, "raw: the shape takes 6 bytes, the file has 7");
}

static void leaves_unknown_files_opaque(void **state) {
    (void)state;
    scape_cut *cut = cut_memory((const uint8_t *)"PK\3\4 and so on", 14, true, NULL);
    assert_reason(cut, "not a known container");
    assert_int_equal(cut->count, 1);
    scape_cut_free(cut);
}

static void cuts_empty_file(void **state) {
    (void)state;
    scape_cut *cut = cut_memory((const uint8_t *)"", 0, true, NULL);
    assert_reason(cut, "not a known container");
    assert_int_equal(cut->count, 0);
    scape_cut_free(cut);
}

static void cuts_opaque_of_unknown_size(void **state) {
    (void)state;
    scape_cut *cut = cut_memory((const uint8_t *)"abc", 3, false, NULL);
    assert_int_equal(cut->count, 1);
    assert_region(cut, 0, 0, SCAPE_SIZE_UNKNOWN, 0, "");
    scape_cut_free(cut);
}

static void reports_allocation_failures(void **state) {
    (void)state;
    for (size_t k = 1; k <= 2; k++) {
        counter c = {0, k, 0, 0, 0};
        scape_cut_options opt = counting_options(&c);
        scape_cut *cut = NULL;
        assert_int_equal(scape_cut_raw(BF16, NULL, 0, 9, &opt, &cut), SCAPE_CUT_NOMEM);
        assert_null(cut);
        c.calls = 0;
        assert_int_equal(scape_cut_raw(BF16, (const uint64_t[]){3}, 1, 6, &opt, &cut),
                         SCAPE_CUT_NOMEM);
        assert_null(cut);
        c.calls = 0;
        assert_int_equal(scape_cut_raw(UNUSED, NULL, 0, 9, &opt, &cut), SCAPE_CUT_NOMEM);
        assert_null(cut);
        assert_int_equal(c.live, 0);
    }
}

static void frees_null(void **state) {
    (void)state;
    scape_cut_free(NULL);
    scape_files_free(NULL);
}

static void knows_block_sizes(void **state) {
    (void)state;
    uint32_t elements = 0;
    uint32_t size = 0;
    assert_int_equal(scape_cut_dtype_block(F6, &elements, &size), 0);
    assert_int_equal(elements, 4);
    assert_int_equal(size, 3);
    assert_int_equal(scape_cut_dtype_block(0, &elements, &size), -1);
    assert_int_equal(scape_cut_dtype_block(64, &elements, &size), -1); /* ggml's F32 is F32 */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_shape),
    cmocka_unit_test(cuts_shape_of_unknown_size),
    cmocka_unit_test(cuts_whole_blocks_without_shape),
    cmocka_unit_test(cuts_less_than_a_block),
    cmocka_unit_test(cuts_nothing),
    cmocka_unit_test(cuts_unknown_size_without_shape),
    cmocka_unit_test(rejects_unknown_dtype),
    cmocka_unit_test(rejects_rank_9),
    cmocka_unit_test(rejects_elements_that_wrap),
    cmocka_unit_test(rejects_bytes_that_wrap),
    cmocka_unit_test(rejects_elements_that_wrap_without_shape),
    cmocka_unit_test(rejects_rows_of_part_blocks),
    cmocka_unit_test(rejects_other_size),
    cmocka_unit_test(leaves_unknown_files_opaque),
    cmocka_unit_test(cuts_empty_file),
    cmocka_unit_test(cuts_opaque_of_unknown_size),
    cmocka_unit_test(reports_allocation_failures),
    cmocka_unit_test(frees_null),
    cmocka_unit_test(knows_block_sizes),
};

int main(void) {
    return cmocka_run_group_tests_name("containers.raw", tests, NULL, NULL);
}
