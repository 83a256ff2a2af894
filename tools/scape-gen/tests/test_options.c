/* test_options.c - sizes are met and never exceeded; options that make no sense are refused. */
#include "support.h"

#include <string.h>

/* Checks that a size is met to within `slack` bytes, without writing the file. */
static void check_size(scape_gen_options o, uint64_t size, uint64_t slack) {
    uint64_t have = 0;
    const char *reason = NULL;
    o.size = size;
    assert_int_equal(scape_gen_measure(&o, &have, &reason), SCAPE_GEN_OK);
    assert_true(have <= size);
    if (size - have > slack) {
        print_error("have %llu, want %llu less at most %llu\n", (unsigned long long)have,
                    (unsigned long long)size, (unsigned long long)slack);
        fail();
    }
}

static void size_is_met(void **state) {
    (void)state;
    const uint64_t sizes[] = {50000, 1000000, UINT64_C(3) << 20, UINT64_C(3) << 30,
                              UINT64_C(5) << 40};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_size(scape_gen_defaults(), sizes[i], sizes[i] / 500 + 512);
    }
}

static void size_is_met_by_gguf(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.container = SCAPE_GEN_GGUF;
    o.type = "Q4_K_M";
    check_size(o, UINT64_C(5) << 20, 4096);
    check_size(o, UINT64_C(3) << 30, UINT64_C(3) << 22);
}

static void measured_size_is_written(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.size = 700000;
    uint64_t size = 0;
    assert_int_equal(scape_gen_measure(&o, &size, NULL), SCAPE_GEN_OK);
    test_file file = test_generate(&o);
    assert_int_equal(file.size, size);
    test_file_free(&file);
}

static void raw_size_is_exact(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.container = SCAPE_GEN_RAW;
    o.size = 1234566;
    test_file file = test_generate(&o);
    assert_int_equal(file.size, o.size);
    test_file_free(&file);
}

static void check_refused(const scape_gen_options *o) {
    uint64_t size;
    const char *reason = NULL;
    assert_int_equal(scape_gen_measure(o, &size, &reason), SCAPE_GEN_BAD_OPTION);
    assert_non_null(reason);
}

static void size_excludes_shape(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.size = 1000000;
    o.layers = 2;
    check_refused(&o);
}

static void tiny_size_is_refused(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.size = 1000;
    check_refused(&o);
}

static void huge_size_is_refused(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.size = UINT64_C(1) << 60;
    check_refused(&o);
}

static void unknown_type_is_refused(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.type = "BF17";
    check_refused(&o);
}

static void block_type_is_refused_in_safetensors(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.type = "Q4_K";
    check_refused(&o);
}

static void mix_is_refused_in_safetensors(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.type = "Q4_K_M";
    check_refused(&o);
}

static void f8_is_refused_in_gguf(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.container = SCAPE_GEN_GGUF;
    o.type = "F8_E4M3";
    check_refused(&o);
}

static void odd_width_is_refused(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.container = SCAPE_GEN_GGUF;
    o.type = "Q4_K";
    o.width = 320;
    check_refused(&o);
}

static void raw_without_size_is_refused(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.container = SCAPE_GEN_RAW;
    check_refused(&o);
}

static void sizes_do_not_depend_on_the_word(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    uint64_t size = 0;
    o.layers = 4096;
    o.width = 16384;
    assert_int_equal(scape_gen_measure(&o, &size, NULL), SCAPE_GEN_OK);
    assert_true(size > UINT64_C(20) << 40);
}

static int refuse_write(void *context, const uint8_t *data, size_t size) {
    (void)context;
    (void)data;
    (void)size;
    return 1;
}

static void sink_error_is_reported(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    scape_gen_sink sink = {refuse_write, NULL};
    assert_int_equal(scape_gen_write(&o, &sink, NULL), SCAPE_GEN_WRITE_FAILED);
}

static void values_need_the_right_room(void **state) {
    (void)state;
    uint8_t out[64];
    assert_int_equal(scape_gen_values(0, SCAPE_GEN_BF16, 4, 8, out, 63), SCAPE_GEN_BAD_OPTION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_is_met),
        cmocka_unit_test(size_is_met_by_gguf),
        cmocka_unit_test(measured_size_is_written),
        cmocka_unit_test(raw_size_is_exact),
        cmocka_unit_test(size_excludes_shape),
        cmocka_unit_test(tiny_size_is_refused),
        cmocka_unit_test(huge_size_is_refused),
        cmocka_unit_test(unknown_type_is_refused),
        cmocka_unit_test(block_type_is_refused_in_safetensors),
        cmocka_unit_test(mix_is_refused_in_safetensors),
        cmocka_unit_test(f8_is_refused_in_gguf),
        cmocka_unit_test(odd_width_is_refused),
        cmocka_unit_test(raw_without_size_is_refused),
        cmocka_unit_test(sizes_do_not_depend_on_the_word),
        cmocka_unit_test(sink_error_is_reported),
        cmocka_unit_test(values_need_the_right_room),
    };
    return cmocka_run_group_tests_name("gen.options", tests, NULL, NULL);
}
