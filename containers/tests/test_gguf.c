/* test_gguf.c - cutting GGUF: what is cut, in every version and byte order, truncated, mutated, and
 * real. The rules one by one are in test_gguf_rules.c. */

#include "test_gguf.h"
#include "gguf_writer.h"

typedef struct variant {
    uint32_t version;
    bool big;
} variant;

/* Pairs of every kind, nested arrays, three tensors with a gap between the first two and bytes at
 * the end. *data is where the tensors begin. */
static bytes sample(variant v, size_t *data) {
    bytes b = {NULL, 0, 0, v.big, false};
    put_start(&b, v.version, 3, 5);
    put_key(&b, "general.architecture", KV_STRING);
    put_string(&b, "rwkv");
    put_u32_pair(&b, "general.alignment", 64);
    put_key(&b, "tokenizer.ggml.tokens", KV_ARRAY);
    put_array(&b, KV_STRING, 3);
    put_string(&b, "a");
    put_string(&b, "");
    put_string(&b, "ccc");
    put_key(&b, "nested", KV_ARRAY);
    put_array(&b, KV_ARRAY, 2);
    put_array(&b, KV_U8, 3);
    put(&b, "xyz", 3);
    put_array(&b, KV_I32, 0);
    put_key(&b, "small", KV_U8);
    put_number(&b, 7, 1);
    put_info(&b, "q", 2, (const uint64_t[]){64, 3}, GGML_Q4_0, 0);
    put_info(&b, "f", 1, (const uint64_t[]){2}, GGML_F32, 192);
    put_info(&b, "i", 0, NULL, GGML_I8, 256);
    put_padding(&b, 64);
    *data = b.n;
    put_zeros(&b, 256);
    put(&b, "i...", 4);
    return b;
}

static void check_sample(variant v) {
    size_t data = 0;
    bytes b = sample(v, &data);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_string_equal(cut->reason, "");
    assert_string_equal(cut->container, "gguf");
    assert_int_equal(cut->count, 7);
    assert_region(cut, 0, 0, data, 0, "");
    assert_region(cut, 1, data, 108, v.big ? 0 : 66, "q");
    assert_region(cut, 2, data + 108, 84, 0, "");
    assert_region(cut, 3, data + 192, 8, v.big ? 0 : 12, "f");
    assert_region(cut, 4, data + 200, 56, 0, "");
    assert_region(cut, 5, data + 256, 1, 3, "i");
    assert_region(cut, 6, data + 257, 3, 0, "");
    if (!v.big) {
        assert_dims(cut, 1, 2, (const uint64_t[]){3, 64});
        assert_dims(cut, 3, 1, (const uint64_t[]){2});
    }
    assert_dims(cut, 5, 0, NULL);
    scape_cut_free(cut);
    bytes_free(&b);
}

static void cuts_variant(void **state) {
    check_sample(*(const variant *)*state);
}

#define CUTS(label, version, big)                                                                  \
    {                                                                                              \
        "cuts " label, cuts_variant, NULL, NULL, &(variant) {                                      \
            version, big                                                                           \
        }                                                                                          \
    }

static void cuts_swapped_magic_as_big_endian(void **state) {
    (void)state;
    size_t data = 0;
    bytes b = sample((variant){3, true}, &data);
    memcpy(b.at, "FUGG", 4);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_string_equal(cut->container, "gguf");
    assert_int_equal(cut->count, 7);
    scape_cut_free(cut);
    bytes_free(&b);
}

static void leaves_the_tail_of_unknown_size_to_the_caller(void **state) {
    (void)state;
    size_t data = 0;
    bytes b = sample((variant){3, false}, &data);
    scape_cut *cut = cut_memory(b.at, b.n, false, NULL);
    assert_string_equal(cut->container, "gguf");
    assert_int_equal(cut->count, 6);
    assert_region(cut, 5, data + 256, 1, 3, "i");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void cuts_file_without_tensors(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, 0, 1);
    put_u32_pair(&b, "a", 1);
    size_t header = b.n;
    put(&b, "tail", 4);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_string_equal(cut->container, "gguf");
    assert_int_equal(cut->count, 2);
    assert_region(cut, 0, 0, header, 0, "");
    assert_region(cut, 1, header, 4, 0, "");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void cuts_empty_tensors(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, 3, 0);
    put_info(&b, "a", 2, (const uint64_t[]){32, 0}, GGML_Q4_0, 0);
    put_vector(&b, "b", 0, GGML_F32, 0);
    put_vector(&b, "c", 1, GGML_F32, 0);
    put_padding(&b, 32);
    size_t data = b.n;
    put_zeros(&b, 4);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_int_equal(cut->count, 4);
    assert_region(cut, 1, data, 0, 66, "a");
    assert_dims(cut, 1, 2, (const uint64_t[]){0, 32});
    assert_region(cut, 2, data, 0, 12, "b");
    assert_region(cut, 3, data, 4, 12, "c");
    scape_cut_free(cut);
    bytes_free(&b);
}

/* Two tensors of a type that is not known around one that is. */
static void leaves_unknown_types_opaque(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, 3, 0);
    put_vector(&b, "old", 32, GGML_REMOVED, 0);
    put_vector(&b, "f", 8, GGML_F32, 64);
    put_vector(&b, "new", 32, 5000, 96);
    put_padding(&b, 32);
    size_t data = b.n;
    put_zeros(&b, 100);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_string_equal(cut->container, "gguf");
    assert_int_equal(cut->count, 4);
    assert_region(cut, 1, data, 64, 0, "");
    assert_region(cut, 2, data + 64, 32, 12, "f");
    assert_region(cut, 3, data + 96, 4, 0, "");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void cuts_big_endian_mxfp4(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, true, false};
    put_start(&b, 3, 1, 0);
    put_vector(&b, "m", 32, GGML_MXFP4, 0);
    put_padding(&b, 32);
    size_t data = b.n;
    put_zeros(&b, 17);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_region(cut, 1, data, 17, 64 + GGML_MXFP4, "m");
    scape_cut_free(cut);
    bytes_free(&b);
}

typedef struct block {
    const char *name;
    uint32_t type;
    uint16_t dtype;
    uint64_t elements;
    size_t size;
} block;

/* Block sizes as ggml's structs add up: fp16 scales 2 bytes each, then scales, mins, high bits, low
 * bits. */
static const block blocks[] = {
    {"F32", 0, 12, 1, 4},
    {"F16", 1, 10, 1, 2},
    {"Q4_0", 2, 66, 32, 2 + 16},
    {"Q4_1", 3, 67, 32, 2 + 2 + 16},
    {"Q5_0", 6, 70, 32, 2 + 4 + 16},
    {"Q5_1", 7, 71, 32, 2 + 2 + 4 + 16},
    {"Q8_0", 8, 72, 32, 2 + 32},
    {"Q8_1", 9, 73, 32, 2 + 2 + 32},
    {"Q2_K", 10, 74, 256, 16 + 64 + 2 + 2},
    {"Q3_K", 11, 75, 256, 32 + 64 + 12 + 2},
    {"Q4_K", 12, 76, 256, 2 + 2 + 12 + 128},
    {"Q5_K", 13, 77, 256, 2 + 2 + 12 + 32 + 128},
    {"Q6_K", 14, 78, 256, 128 + 64 + 16 + 2},
    {"Q8_K", 15, 79, 256, 4 + 256 + 32},
    {"IQ2_XXS", 16, 80, 256, 2 + 64},
    {"IQ2_XS", 17, 81, 256, 2 + 64 + 8},
    {"IQ3_XXS", 18, 82, 256, 2 + 96},
    {"IQ1_S", 19, 83, 256, 2 + 32 + 16},
    {"IQ4_NL", 20, 84, 32, 2 + 16},
    {"IQ3_S", 21, 85, 256, 2 + 64 + 8 + 32 + 4},
    {"IQ2_S", 22, 86, 256, 2 + 64 + 8 + 8},
    {"IQ4_XS", 23, 87, 256, 2 + 2 + 4 + 128},
    {"I8", 24, 3, 1, 1},
    {"I16", 25, 5, 1, 2},
    {"I32", 26, 7, 1, 4},
    {"I64", 27, 9, 1, 8},
    {"F64", 28, 13, 1, 8},
    {"IQ1_M", 29, 93, 256, 32 + 16 + 8},
    {"BF16", 30, 11, 1, 2},
    {"TQ1_0", 34, 98, 256, 48 + 4 + 2},
    {"TQ2_0", 35, 99, 256, 64 + 2},
    {"MXFP4", 39, 103, 32, 1 + 16},
    {"NVFP4", 40, 104, 64, 4 + 32},
    {"Q1_0", 41, 105, 128, 2 + 16},
    {"Q2_0", 42, 106, 64, 2 + 16},
};

static void cuts_block_type(void **state) {
    const block *want = *state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, 1, 0);
    put_info(&b, want->name, 2, (const uint64_t[]){2 * want->elements, 3}, want->type, 0);
    put_padding(&b, 32);
    size_t data = b.n;
    put_zeros(&b, 6 * want->size);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_int_equal(cut->count, 2);
    assert_region(cut, 1, data, 6 * want->size, want->dtype, want->name);
    assert_dims(cut, 1, 2, (const uint64_t[]){3, 2 * want->elements});
    scape_cut_free(cut);
    bytes_free(&b);
}

static void survives_truncation(void **state) {
    size_t data = 0;
    bytes b = sample(*(const variant *)*state, &data);
    check_truncations(&b);
    bytes_free(&b);
}

static void survives_mutations(void **state) {
    size_t data = 0;
    bytes b = sample(*(const variant *)*state, &data);
    check_mutations(&b, 2, 2000);
    bytes_free(&b);
}

static void survives_allocation_failures(void **state) {
    (void)state;
    size_t data = 0;
    bytes b = sample((variant){3, false}, &data);
    check_allocation_failures(&b);
    bytes_free(&b);
}

static void check_real(const char *name, const uint16_t *types, size_t count) {
    uint64_t size = 0;
    scape_cut *cut = cut_path(data_path(name), &size);
    assert_string_equal(cut->container, "gguf");
    assert_region(cut, 1, cut->regions[0].length, cut->regions[1].length, cut->regions[1].dtype,
                  "blocks.0.att.key.weight");
    for (size_t k = 0; k < count; k++) {
        size_t i = 0;
        while (i < cut->count && cut->regions[i].dtype != types[k]) {
            i++;
        }
        if (i == cut->count) {
            fail_msg("%s: have no region of dtype %u, want one", name, (unsigned)types[k]);
        }
    }
    for (size_t i = 1; i < cut->count; i++) {
        if (cut->regions[i].dtype == 0 && cut->regions[i].length >= 32) {
            fail_msg("%s: have an opaque region of %llu bytes, want padding only", name,
                     (unsigned long long)cut->regions[i].length);
        }
    }
    scape_cut_free(cut);
}

typedef struct real_file {
    const char *name;
    uint16_t types[24];
    size_t count;
} real_file;

static void cuts_real_file(void **state) {
    const real_file *file = *state;
    check_real(file->name, file->types, file->count);
}

#define REAL(name, count, ...)                                                                     \
    {                                                                                              \
        "cuts real " name, cuts_real_file, NULL, NULL, &(real_file) {                              \
            "rwkv-eng-" name ".gguf", {__VA_ARGS__}, count                                         \
        }                                                                                          \
    }

static const struct CMUnitTest tests[] = {
    CUTS("version 1", 1, false),
    CUTS("version 2", 2, false),
    CUTS("version 3", 3, false),
    CUTS("big-endian version 1", 1, true),
    CUTS("big-endian version 2", 2, true),
    CUTS("big-endian version 3", 3, true),
    cmocka_unit_test(cuts_swapped_magic_as_big_endian),
    cmocka_unit_test(leaves_the_tail_of_unknown_size_to_the_caller),
    cmocka_unit_test(cuts_file_without_tensors),
    cmocka_unit_test(cuts_empty_tensors),
    cmocka_unit_test(leaves_unknown_types_opaque),
    cmocka_unit_test(cuts_big_endian_mxfp4),
    {"survives truncation of version 1", survives_truncation, NULL, NULL, &(variant){1, false}},
    {"survives truncation of version 3", survives_truncation, NULL, NULL, &(variant){3, false}},
    {"survives truncation, big-endian", survives_truncation, NULL, NULL, &(variant){3, true}},
    {"survives mutations of version 1", survives_mutations, NULL, NULL, &(variant){1, false}},
    {"survives mutations of version 3", survives_mutations, NULL, NULL, &(variant){3, false}},
    {"survives mutations, big-endian", survives_mutations, NULL, NULL, &(variant){3, true}},
    cmocka_unit_test(survives_allocation_failures),
    REAL("Q4_K_M", 3, 12, 76, 78),
    REAL("Q5_K_M", 3, 12, 77, 78),
    REAL("Q8_0", 2, 12, 72),
    REAL("Q6_K", 2, 12, 78),
    REAL("Q5_0", 2, 12, 70),
    REAL("Q4_0", 2, 12, 66),
    REAL("ZOO", 21, 12, 10, 11, 66, 67, 70, 71, 72, 74, 75, 76, 77, 78, 84, 87, 103, 98, 99, 85, 86,
         82),
};

enum {
    BLOCK_COUNT = sizeof blocks / sizeof blocks[0],
    TEST_COUNT = sizeof tests / sizeof tests[0]
};

int main(void) {
    struct CMUnitTest block_tests[BLOCK_COUNT];
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        struct CMUnitTest test = {blocks[i].name, cuts_block_type, NULL, NULL, (void *)&blocks[i]};
        block_tests[i] = test;
    }
    int failed = cmocka_run_group_tests_name("containers.gguf", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("containers.gguf block types", block_tests, NULL, NULL);
    return failed + run_gguf_rule_tests();
}
