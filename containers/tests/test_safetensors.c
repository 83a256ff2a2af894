/* test_safetensors.c - cutting safetensors: what is cut, and one case for every rule that is
 * broken. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define NONE 0 /* dtype 0: opaque */

/* A file of a header and `data` zero bytes. */
static bytes make(const char *json, size_t data) {
    bytes b = {NULL, 0, 0, false, false};
    put_number(&b, strlen(json), 8);
    put(&b, json, strlen(json));
    put_zeros(&b, data);
    return b;
}

static scape_cut *cut_json(const char *json, size_t data) {
    bytes b = make(json, data);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    bytes_free(&b);
    return cut;
}

static const char two_tensors[] =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"b\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[8,20]},"
    "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  ";

static void cuts_in_offset_order(void **state) {
    (void)state;
    scape_cut *cut = cut_json(two_tensors, 20);
    size_t data = 8 + strlen(two_tensors);
    assert_string_equal(cut->container, "safetensors");
    assert_int_equal(cut->count, 3);
    assert_region(cut, 0, 0, data, NONE, "");
    assert_region(cut, 1, data, 8, 12, "a");
    assert_dims(cut, 1, 1, (const uint64_t[]){2});
    assert_region(cut, 2, data + 8, 12, 11, "b");
    assert_dims(cut, 2, 2, (const uint64_t[]){2, 3});
    scape_cut_free(cut);
}

static void cuts_header_alone(void **state) {
    (void)state;
    scape_cut *cut = cut_json("{}", 0);
    assert_string_equal(cut->container, "safetensors");
    assert_int_equal(cut->count, 1);
    scape_cut_free(cut);
}

static void cuts_every_dtype(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint16_t dtype;
        unsigned bits;
    } types[] = {
        {"BOOL", 1, 8},         {"U8", 2, 8},           {"I8", 3, 8},       {"U16", 4, 16},
        {"I16", 5, 16},         {"U32", 6, 32},         {"I32", 7, 32},     {"U64", 8, 64},
        {"I64", 9, 64},         {"F16", 10, 16},        {"BF16", 11, 16},   {"F32", 12, 32},
        {"F64", 13, 64},        {"F8_E4M3", 14, 8},     {"F8_E5M2", 15, 8}, {"F8_E8M0", 16, 8},
        {"F4", 17, 4},          {"F6_E2M3", 18, 6},     {"F6_E3M2", 19, 6}, {"C64", 20, 64},
        {"F8_E4M3FNUZ", 21, 8}, {"F8_E5M2FNUZ", 22, 8},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char json[128];
        unsigned size = 8 * types[i].bits / 8;
        snprintf(json, sizeof json,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[2,4],\"data_offsets\":[0,%u]}}",
                 types[i].name, size);
        scape_cut *cut = cut_json(json, size);
        assert_region(cut, 1, 8 + strlen(json), size, types[i].dtype, "t");
        scape_cut_free(cut);
    }
}

static void cuts_rank_0_and_empty_tensors(void **state) {
    (void)state;
    static const char json[] = "{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},"
                               "\"e2\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[1,1]},"
                               "\"e1\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[1,1]}}";
    scape_cut *cut = cut_json(json, 1);
    size_t data = 8 + strlen(json);
    assert_int_equal(cut->count, 4);
    assert_region(cut, 1, data, 1, 2, "x");
    assert_dims(cut, 1, 0, NULL);
    assert_region(cut, 2, data + 1, 0, 12, "e2");
    assert_dims(cut, 2, 2, (const uint64_t[]){0, 7});
    assert_region(cut, 3, data + 1, 0, 12, "e1");
    scape_cut_free(cut);
}

static void folds_rank_10_to_8(void **state) {
    (void)state;
    scape_cut *cut = cut_json("{\"x\":{\"dtype\":\"U8\",\"shape\":[2,3,2,1,1,1,1,1,1,5],"
                              "\"data_offsets\":[0,60]}}",
                              60);
    assert_int_equal(cut->count, 2);
    assert_dims(cut, 1, 8, (const uint64_t[]){12, 1, 1, 1, 1, 1, 1, 5});
    scape_cut_free(cut);
}

static void cuts_unknown_dtype_as_opaque_tensor(void **state) {
    (void)state;
    scape_cut *cut = cut_json("{\"x\":{\"dtype\":\"F3\",\"shape\":[8],\"data_offsets\":[0,3]},"
                              "\"y\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]}}",
                              4);
    assert_string_equal(cut->container, "safetensors");
    assert_int_equal(cut->regions[1].length, 3);
    assert_int_equal(cut->regions[1].dtype, NONE);
    assert_string_equal(cut->regions[1].name, "x");
    assert_int_equal(cut->regions[2].dtype, 2);
    scape_cut_free(cut);
}

static void keeps_utf8_names(void **state) {
    (void)state;
    scape_cut *cut = cut_json("{\"\xc3\xa9\\u00e9\":{\"dtype\":\"U8\",\"shape\":[1],"
                              "\"data_offsets\":[0,1]}}",
                              1);
    assert_int_equal(cut->count, 2);
    assert_string_equal(cut->regions[1].name, "\xc3\xa9\xc3\xa9");
    scape_cut_free(cut);
}

static void leaves_out_end_checks_of_unknown_size(void **state) {
    (void)state;
    bytes b = make(two_tensors, 0);
    scape_cut *cut = cut_memory(b.at, b.n, false, NULL);
    assert_string_equal(cut->container, "safetensors");
    assert_int_equal(cut->regions[2].offset + cut->regions[2].length, b.n + 20);
    scape_cut_free(cut);
    bytes_free(&b);
}

/* --- one rule each --- */

#define T(rest)            "{\"x\":{" rest "}}"
#define U8(shape, offsets) "\"dtype\":\"U8\",\"shape\":" shape ",\"data_offsets\":" offsets

typedef struct broken_rule {
    const char *json;
    size_t data;
    const char *reason;
} broken_rule;

static void rejects(void **state) {
    const broken_rule *rule = *state;
    scape_cut *cut = cut_json(rule->json, rule->data);
    assert_reason(cut, rule->reason);
    assert_int_equal(cut->count, 1);
    scape_cut_free(cut);
}

#define RULE(label, json, data, reason)                                                            \
    {                                                                                              \
        "rejects " label, rejects, NULL, NULL, &(broken_rule) {                                    \
            json, data, reason                                                                     \
        }                                                                                          \
    }

static void rejects_length_beyond_end(void **state) {
    (void)state;
    bytes b = make("{}", 0);
    b.at[0] = 3;
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_reason(cut, "safetensors: the file ends too early");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void rejects_length_0(void **state) {
    (void)state;
    bytes b = make("", 0);
    put(&b, "{", 1);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_reason(cut, "safetensors: the header is empty");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void does_not_recognise_length_above_100000000(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_number(&b, 100000001, 8);
    put(&b, "{}", 2);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    assert_reason(cut, "not a known container");
    scape_cut_free(cut);
    b.at[0]--; /* 100,000,000 is allowed, but not there */
    cut = cut_memory(b.at, b.n, true, NULL);
    assert_reason(cut, "safetensors: the file ends too early");
    scape_cut_free(cut);
    bytes_free(&b);
}

static void does_not_recognise_header_without_brace(void **state) {
    (void)state;
    scape_cut *cut = cut_json(" {}", 0);
    assert_reason(cut, "not a known container");
    scape_cut_free(cut);
}

static void rejects_header_above_the_limit(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    scape_cut_options opt = {8 + strlen(two_tensors) - 1, NULL, NULL, NULL};
    memory_file file = {b.at, b.n, 0, false, false, 0};
    scape_source src = memory_source(&file, true);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, &opt, &cut), SCAPE_CUT_OK);
    assert_reason(cut, "safetensors: the header is longer than the limit");
    assert_true(file.reach <= opt.max_header);
    scape_cut_free(cut);
    opt.max_header++;
    assert_int_equal(scape_cut_file(&src, &opt, &cut), SCAPE_CUT_OK);
    assert_string_equal(cut->container, "safetensors");
    assert_true(file.reach <= opt.max_header);
    scape_cut_free(cut);
    bytes_free(&b);
}

static void rejects_too_many_values(void **state) {
    (void)state;
    bytes json = {NULL, 0, 0, false, false};
    put(&json, "{\"x\":[0", 7);
    for (uint64_t i = 0; i < SCAPE_CUT_MAX_JSON_VALUES; i++) {
        put(&json, ",0", 2);
    }
    put(&json, "]}", 3);
    scape_cut *cut = cut_json((const char *)json.at, 0);
    assert_reason(cut, "safetensors: more than 1048576 JSON values");
    scape_cut_free(cut);
    bytes_free(&json);
}

/* As many commas as values are allowed, but in a string that has a quote in it. */
static void counts_no_values_in_strings(void **state) {
    (void)state;
    bytes json = {NULL, 0, 0, false, false};
    put(&json, "{\"__metadata__\":{\"a\":\"\\\"", 24);
    for (uint64_t i = 0; i < SCAPE_CUT_MAX_JSON_VALUES; i++) {
        put(&json, ",", 1);
    }
    put(&json, "\"}}", 4);
    scape_cut *cut = cut_json((const char *)json.at, 0);
    assert_string_equal(cut->reason, "");
    scape_cut_free(cut);
    bytes_free(&json);
}

static void rejects_too_many_tensors(void **state) {
    (void)state;
    bytes json = {NULL, 0, 0, false, false};
    for (uint64_t i = 0; i <= SCAPE_CUT_MAX_TENSORS; i++) {
        char entry[32];
        int n = snprintf(entry, sizeof entry, "%c\"%llu\":0", i == 0 ? '{' : ',',
                         (unsigned long long)i);
        put(&json, entry, (size_t)n);
    }
    put(&json, "}", 2);
    scape_cut *cut = cut_json((const char *)json.at, 0);
    assert_reason(cut, "safetensors: more than 131072 tensors");
    scape_cut_free(cut);
    bytes_free(&json);
}

/* The empty tensor comes second in the header but first in the file. */
static void cuts_empty_tensor_before_its_neighbour(void **state) {
    (void)state;
    scape_cut *cut = cut_json("{\"y\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                              "\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                              1);
    assert_string_equal(cut->reason, "");
    assert_string_equal(cut->regions[1].name, "e");
    assert_string_equal(cut->regions[2].name, "y");
    scape_cut_free(cut);
}

static void rejects_deep_nesting(void **state) {
    (void)state;
    char json[8192] = "{\"x\":";
    memset(json + 5, '[', 8000);
    scape_cut *cut = cut_json(json, 0);
    assert_reason(cut, "safetensors: nested too deep");
    scape_cut_free(cut);
}

/* Fails only where a read begins beyond broken_from, so that a buffer may reach across it. */
static int64_t read_short(void *ctx, uint64_t offset, void *buf, size_t n) {
    const memory_file *file = ctx;
    if (offset >= file->broken_from) {
        return -1;
    }
    size_t left = (size_t)(file->broken_from - offset);
    size_t got = left < n ? left : n;
    memcpy(buf, file->at + offset, got);
    return (int64_t)got;
}

static void reports_failing_source(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    memory_file file = {b.at, b.n, 0, true, false, 0};
    scape_source src = memory_source(&file, true);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, NULL, &cut), SCAPE_CUT_IO);
    assert_null(cut);
    bytes_free(&b);
}

/* The size is not known, and the byte that would show that the header is all there cannot be read.
 */
static void reports_source_that_fails_later(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    memory_file file = {b.at, 64, 0, true, false, 64};
    scape_source src = memory_source(&file, false);
    src.read_at = read_short;
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, NULL, &cut), SCAPE_CUT_IO);
    assert_null(cut);
    bytes_free(&b);
}

static void reports_source_shorter_than_its_size(void **state) {
    (void)state;
    bytes b = make("{}", 0);
    memory_file file = {b.at, b.n, 0, false, true, 0};
    scape_source src = memory_source(&file, true);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, NULL, &cut), SCAPE_CUT_IO);
    assert_null(cut);
    bytes_free(&b);
}

static void survives_truncation(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    check_truncations(&b);
    bytes_free(&b);
}

static void survives_mutations(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    check_mutations(&b, 1, 2000);
    bytes_free(&b);
}

static void survives_allocation_failures(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    check_allocation_failures(&b);
    bytes_free(&b);
}

static size_t jansson_calls;
static size_t jansson_fails_at;

static void *jansson_alloc(size_t n) {
    if (++jansson_calls == jansson_fails_at) {
        errno = ENOMEM; /* as malloc leaves it */
        return NULL;
    }
    return malloc(n);
}

/* jansson allocates by itself; a failure there must not be taken for a fault of the file. */
static void reports_allocation_failures_in_jansson(void **state) {
    (void)state;
    bytes b = make(two_tensors, 20);
    memory_file file = {b.at, b.n, 0, false, false, 0};
    scape_source src = memory_source(&file, true);
    bool done = false;
    for (jansson_fails_at = 1; !done; jansson_fails_at++) {
        jansson_calls = 0;
        scape_cut *cut = NULL;
        json_set_alloc_funcs(jansson_alloc, free);
        int status = scape_cut_file(&src, NULL, &cut);
        json_set_alloc_funcs(malloc, free);
        done = jansson_calls < jansson_fails_at;
        if (status != (done ? SCAPE_CUT_OK : SCAPE_CUT_NOMEM)) {
            fail_msg("allocation %zu: have status %d, reason \"%s\"", jansson_fails_at, status,
                     cut != NULL ? cut->reason : "");
        }
        scape_cut_free(cut);
    }
    assert_true(jansson_fails_at > 10);
    bytes_free(&b);
}

static void check_real(const char *name, uint16_t dtype) {
    uint64_t size = 0;
    scape_cut *cut = cut_path(data_path(name), &size);
    assert_string_equal(cut->container, "safetensors");
    assert_true(cut->count > 60);
    assert_string_equal(cut->regions[1].name, "blocks.0.att.key.weight");
    for (size_t i = 1; i < cut->count; i++) {
        assert_int_equal(cut->regions[i].dtype, dtype);
    }
    scape_cut_free(cut);
}

static void cuts_real_bf16(void **state) {
    (void)state;
    check_real("rwkv-eng-bf16.safetensors", 11);
}

static void cuts_real_f16(void **state) {
    (void)state;
    check_real("rwkv-eng-f16.safetensors", 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_in_offset_order),
    cmocka_unit_test(cuts_header_alone),
    cmocka_unit_test(cuts_every_dtype),
    cmocka_unit_test(cuts_rank_0_and_empty_tensors),
    cmocka_unit_test(folds_rank_10_to_8),
    cmocka_unit_test(cuts_unknown_dtype_as_opaque_tensor),
    cmocka_unit_test(keeps_utf8_names),
    cmocka_unit_test(leaves_out_end_checks_of_unknown_size),
    cmocka_unit_test(rejects_length_beyond_end),
    cmocka_unit_test(rejects_length_0),
    cmocka_unit_test(does_not_recognise_length_above_100000000),
    cmocka_unit_test(does_not_recognise_header_without_brace),
    cmocka_unit_test(rejects_header_above_the_limit),
    cmocka_unit_test(rejects_too_many_values),
    cmocka_unit_test(counts_no_values_in_strings),
    cmocka_unit_test(rejects_too_many_tensors),
    cmocka_unit_test(cuts_empty_tensor_before_its_neighbour),
    cmocka_unit_test(rejects_deep_nesting),
    RULE("broken JSON", "{\"x\":}", 0, "not JSON"),
    RULE("bytes after the JSON value", "{}{", 0, "bytes after the JSON value"),
    RULE("bytes that are no UTF-8", "{\"__metadata__\":{\"a\":\"\xc3\"}}", 0, "not UTF-8"),
    RULE("a duplicate tensor", "{\"x\":{" U8("[0]", "[0,0]") "},\"x\":{" U8("[0]", "[0,0]") "}}", 0,
         "duplicate key"),
    RULE("a duplicate field", T(U8("[0]", "[0,0]") ",\"dtype\":\"U8\""), 0, "duplicate key"),
    RULE("duplicate metadata", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "duplicate key"),
    RULE("NUL in a name", "{\"a\\u0000b\":{" U8("[0]", "[0,0]") "}}", 0, "NUL in a string"),
    RULE("a number beyond 63 bits", T(U8("[9223372036854775808]", "[0,0]")), 0,
         "number out of range"),
    RULE("metadata that is no object", "{\"__metadata__\":[]}", 0, "__metadata__ is not an object"),
    RULE("metadata that is no string", "{\"__metadata__\":{\"a\":1}}", 0,
         "a value that is no string"),
    RULE("a tensor that is no object", "{\"x\":[]}", 0, "tensor 0: not an object"),
    RULE("a tensor without dtype", T("\"shape\":[0],\"data_offsets\":[0,0]"), 0,
         "dtype is not a string"),
    RULE("a tensor without shape", T("\"dtype\":\"U8\",\"data_offsets\":[0,0]"), 0,
         "shape is not an array"),
    RULE("a tensor without offsets", T("\"dtype\":\"U8\",\"shape\":[0]"), 0, "are not two sizes"),
    RULE("three offsets", T(U8("[1]", "[0,1,1]")), 1, "are not two sizes"),
    RULE("a negative offset", T(U8("[1]", "[-1,0]")), 0, "are not two sizes"),
    RULE("an offset that is no integer", T(U8("[1]", "[0,1.0]")), 1, "are not two sizes"),
    RULE("offsets that run backwards", T(U8("[0]", "[1,0]")), 0, "run backwards"),
    RULE("a negative dimension", T(U8("[-1]", "[0,1]")), 1, "a value that is no size"),
    RULE("a dimension that is no integer", T(U8("[1e0]", "[0,1]")), 1, "a value that is no size"),
    RULE("too many elements", T(U8("[4294967296,4294967296]", "[0,0]")), 0,
         "the elements do not fit 64 bits"),
    RULE("too many bytes",
         T("\"dtype\":\"U64\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]"), 0,
         "the bytes do not fit 64 bits"),
    RULE("F4 in half bytes", T("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]"), 2,
         "fill no whole bytes"),
    RULE("F6 in part bytes", T("\"dtype\":\"F6_E2M3\",\"shape\":[6],\"data_offsets\":[0,5]"), 5,
         "fill no whole bytes"),
    RULE("a size that is not the shape's", T(U8("[2]", "[0,1]")), 1, "differ from data_offsets"),
    RULE("a hole at the start", T(U8("[1]", "[1,2]")), 2, "a hole before"),
    RULE("a hole in between", "{\"x\":{" U8("[1]", "[0,1]") "},\"y\":{" U8("[1]", "[2,3]") "}}", 3,
         "a hole before"),
    RULE("an overlap", "{\"x\":{" U8("[2]", "[0,2]") "},\"y\":{" U8("[2]", "[1,3]") "}}", 3,
         "an overlap before"),
    RULE("missing data", T(U8("[2]", "[0,2]")), 1, "ends inside the tensors"),
    RULE("trailing bytes", T(U8("[2]", "[0,2]")), 3, "bytes after the last tensor"),
    cmocka_unit_test(reports_failing_source),
    cmocka_unit_test(reports_source_that_fails_later),
    cmocka_unit_test(reports_source_shorter_than_its_size),
    cmocka_unit_test(survives_truncation),
    cmocka_unit_test(survives_mutations),
    cmocka_unit_test(survives_allocation_failures),
    cmocka_unit_test(reports_allocation_failures_in_jansson),
    cmocka_unit_test(cuts_real_bf16),
    cmocka_unit_test(cuts_real_f16),
};

int main(void) {
    return cmocka_run_group_tests_name("containers.safetensors", tests, NULL, NULL);
}
