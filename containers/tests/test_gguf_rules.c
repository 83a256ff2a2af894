/* test_gguf_rules.c - every rule of the GGUF cutter, broken alone, and the last value that keeps
 * it. */

#include "gguf_writer.h"
#include "test_gguf.h"

#define TWO_TO(n) (UINT64_C(1) << (n))

/* --- start and counts --- */

static void version_0(bytes *b) {
    put_start(b, 0, 0, 0);
}

static void version_4(bytes *b) {
    put_start(b, 4, 0, 0);
}

static void swapped_magic_little_version(bytes *b) {
    put_start(b, 3, 0, 0);
    memcpy(b->at, "FUGG", 4);
}

static void cut_in_counts(bytes *b) {
    put_start(b, 3, 0, 0);
    b->n--;
}

static void too_many_pairs(bytes *b) {
    put_start(b, 3, 0, SCAPE_CUT_MAX_KEYS + 1);
}

static void pairs_beyond_end(bytes *b) {
    put_start(b, 3, 0, 3);
    put_zeros(b, 3 * 14 - 1);
}

static void too_many_tensors(bytes *b) {
    put_start(b, 3, SCAPE_CUT_MAX_TENSORS + 1, 0);
}

static void tensors_beyond_end(bytes *b) {
    put_start(b, 3, 3, 0);
    put_zeros(b, 3 * 24 - 1);
}

/* --- keys --- */

static void empty_key(bytes *b) {
    put_start(b, 3, 0, 1);
    put_u32_pair(b, "", 1);
    put_zeros(b, 64);
}

static void long_key(bytes *b) {
    char key[65537];
    memset(key, 'k', 65536);
    key[65536] = '\0';
    put_start(b, 3, 0, 1);
    put_u32_pair(b, key, 1);
}

static void key_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_size(b, 40);
    put_zeros(b, 39);
}

static void key_with_control(bytes *b) {
    put_start(b, 3, 0, 1);
    put_u32_pair(b, "a\tb", 1);
}

static void key_not_ascii(bytes *b) {
    put_start(b, 3, 0, 1);
    put_u32_pair(b, "caf\xc3\xa9", 1);
}

static void same_key_twice(bytes *b) {
    put_start(b, 3, 0, 3);
    put_u32_pair(b, "a", 1);
    put_u32_pair(b, "b", 1);
    put_u32_pair(b, "a", 2);
}

static void key_before_its_extension(bytes *b) {
    put_start(b, 3, 0, 2);
    put_u32_pair(b, "ab", 1);
    put_u32_pair(b, "abc", 1);
}

static void key_length_beyond_end(bytes *b) {
    put_start(b, 3, 0, 2);
    put_key(b, "a", KV_STRING);
    put_string(b, "as long as two short pairs");
    put_zeros(b, 7);
}

static void value_type_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "key", KV_U32);
    b->n--;
}

/* --- values --- */

static void array_header_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    put_array(b, KV_U8, 0);
    b->n--;
}

static void unknown_value_type(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_COUNT);
    put_zeros(b, 64);
}

static void value_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_u32_pair(b, "a", 1);
    b->n--;
}

static void string_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_STRING);
    put_string(b, "value");
    b->n--;
}

static void string_of_2_to_64_bytes(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_STRING);
    put_size(b, UINT64_MAX);
    put_zeros(b, 64);
}

static void unknown_array_type(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    put_array(b, KV_COUNT, 1);
    put_zeros(b, 64);
}

static void array_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    put_array(b, KV_U32, 4);
    put_zeros(b, 15);
}

static void array_whose_bytes_wrap(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    put_array(b, KV_U32, TWO_TO(62) + 1);
    put_zeros(b, 64);
}

static void strings_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    put_array(b, KV_STRING, 9);
    put_zeros(b, 71);
}

static void put_nested(bytes *b, unsigned levels) {
    put_start(b, 3, 0, 1);
    put_key(b, "a", KV_ARRAY);
    for (unsigned i = 1; i < levels; i++) {
        put_array(b, KV_ARRAY, 1);
    }
    put_array(b, KV_U8, 0);
}

static void arrays_nested_5_deep(bytes *b) {
    put_nested(b, 5);
}

static void arrays_nested_4_deep(bytes *b) {
    put_nested(b, 4);
}

/* --- alignment --- */

static void put_aligned(bytes *b, uint32_t alignment) {
    put_start(b, 3, 1, 1);
    put_u32_pair(b, "general.alignment", alignment);
    put_vector(b, "t", 1, GGML_F32, 0);
    put_padding(b, alignment == 0 ? 32 : alignment);
    put_zeros(b, 4);
}

static void alignment_as_string(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "general.alignment", KV_STRING);
    put_string(b, "32");
}

static void alignment_as_i32(bytes *b) {
    put_start(b, 3, 0, 1);
    put_key(b, "general.alignment", KV_I32);
    put_number(b, 32, 4);
}

static void alignment_beyond_end(bytes *b) {
    put_start(b, 3, 0, 1);
    put_u32_pair(b, "general.alignment", 32);
    b->n--;
}

static void alignment_0(bytes *b) {
    put_aligned(b, 0);
}

static void alignment_24(bytes *b) {
    put_aligned(b, 24);
}

static void alignment_2_to_21(bytes *b) {
    put_aligned(b, UINT32_C(1) << 21);
}

static void alignment_2_to_20(bytes *b) {
    put_aligned(b, UINT32_C(1) << 20);
}

static void alignment_1(bytes *b) {
    put_aligned(b, 1);
}

/* --- tensor infos --- */

/* One tensor, its info, and 256 bytes of data. */
static void put_one(bytes *b, const char *name, unsigned rank, const uint64_t *dims, uint32_t type,
                    uint64_t offset) {
    put_start(b, 3, 1, 0);
    put_info(b, name, rank, dims, type, offset);
    put_padding(b, 32);
    put_zeros(b, 256);
}

static void put_named(bytes *b, size_t length) {
    char name[256];
    memset(name, 'n', length);
    name[length] = '\0';
    put_one(b, name, 0, NULL, GGML_F32, 0);
}

static void name_of_128_bytes(bytes *b) {
    put_named(b, 128);
}

static void name_of_127_bytes(bytes *b) {
    put_named(b, 127);
}

static void name_not_utf8(bytes *b) {
    put_one(b, "a\xc0\x80", 0, NULL, GGML_F32, 0);
}

static void name_without_continuation(bytes *b) {
    put_one(b, "\xc3(", 0, NULL, GGML_F32, 0);
}

static void name_with_surrogate(bytes *b) {
    put_one(b, "\xed\xa0\x80", 0, NULL, GGML_F32, 0);
}

static void name_in_utf8(bytes *b) {
    put_one(b, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 0, NULL, GGML_F32, 0);
}

static void name_with_nul(bytes *b) {
    put_one(b, "a.b", 0, NULL, GGML_F32, 0);
    b->at[24 + 8 + 1] = '\0';
}

static void name_beyond_end(bytes *b) {
    put_start(b, 3, 1, 0);
    put_size(b, 100);
    put_zeros(b, 99);
}

static void name_length_beyond_end(bytes *b) {
    put_start(b, 3, 2, 0);
    put_info(b, "t", 4, (const uint64_t[]){1, 1, 1, 1}, GGML_F32, 0);
    put_zeros(b, 7);
}

static void same_name_twice(bytes *b) {
    put_start(b, 3, 2, 0);
    put_vector(b, "t", 8, GGML_F32, 0);
    put_vector(b, "t", 8, GGML_F32, 32);
    put_padding(b, 32);
    put_zeros(b, 64);
}

static void five_dimensions(bytes *b) {
    put_one(b, "t", 5, (const uint64_t[]){1, 1, 1, 1, 1}, GGML_F32, 0);
}

static void four_dimensions(bytes *b) {
    put_one(b, "t", 4, (const uint64_t[]){2, 3, 2, 1}, GGML_F32, 0);
}

static void info_beyond_end(bytes *b) {
    put_start(b, 3, 1, 0);
    put_info(b, "t", 4, (const uint64_t[]){1, 1, 1, 1}, GGML_F32, 0);
    b->n--;
}

static void negative_dimension(bytes *b) {
    put_one(b, "t", 1, (const uint64_t[]){UINT64_MAX}, GGML_I8, 0);
}

static void elements_wrap(bytes *b) {
    put_one(b, "t", 2, (const uint64_t[]){TWO_TO(42), TWO_TO(22) + 1}, GGML_I8, 0);
}

static void bytes_wrap(bytes *b) {
    put_one(b, "t", 2, (const uint64_t[]){TWO_TO(31), TWO_TO(31) + 1}, GGML_F32, 0);
}

static void row_of_part_blocks(bytes *b) {
    put_one(b, "t", 2, (const uint64_t[]){48, 2}, GGML_Q4_0, 0);
}

static void scalar_of_blocks(bytes *b) {
    put_one(b, "t", 0, NULL, GGML_Q4_K, 0);
}

/* --- placement --- */

static void put_pair(bytes *b, uint64_t first, uint64_t second, size_t data) {
    put_start(b, 3, 2, 0);
    put_vector(b, "a", 16, GGML_F32, first);
    put_vector(b, "b", 16, GGML_F32, second);
    put_padding(b, 32);
    put_zeros(b, data);
}

static void data_missing(bytes *b) {
    put_start(b, 3, 1, 0);
    put_vector(b, "abc", 0, GGML_F32, 0);
}

static void offset_not_aligned(bytes *b) {
    put_pair(b, 0, 80, 144);
}

static void offsets_decrease(bytes *b) {
    put_pair(b, 64, 0, 128);
}

static void tensors_overlap(bytes *b) {
    put_pair(b, 0, 32, 96);
}

static void same_tensor_twice(bytes *b) {
    put_pair(b, 0, 0, 64);
}

static void end_beyond_file(bytes *b) {
    put_pair(b, 0, 64, 127);
}

static void end_wraps(bytes *b) {
    put_pair(b, 0, UINT64_MAX - 31, 128);
}

static void bytes_wrap_padding(bytes *b) {
    put_one(b, "t", 1, (const uint64_t[]){TWO_TO(62) - 1}, GGML_F32, 0);
}

static void unknown_type_beyond_file(bytes *b) {
    put_one(b, "t", 1, (const uint64_t[]){1}, GGML_REMOVED, 512);
}

typedef struct rule {
    void (*write)(bytes *);
    const char *reason; /* NULL: must be cut */
} rule;

static void check_rule(void **state) {
    const rule *r = *state;
    bytes b = {NULL, 0, 0, false, false};
    r->write(&b);
    scape_cut *cut = cut_memory(b.at, b.n, true, NULL);
    if (r->reason != NULL) {
        assert_reason(cut, r->reason);
    } else if (strcmp(cut->container, "gguf") != 0) {
        fail_msg("have an opaque cut (%s), want a gguf one", cut->reason);
    }
    scape_cut_free(cut);
    bytes_free(&b);
}

#define REJECTS(what, text)                                                                        \
    {                                                                                              \
        "rejects " #what, check_rule, NULL, NULL, &(rule) {                                        \
            what, text                                                                             \
        }                                                                                          \
    }
#define ALLOWS(what)                                                                               \
    {                                                                                              \
        "allows " #what, check_rule, NULL, NULL, &(rule) {                                         \
            what, NULL                                                                             \
        }                                                                                          \
    }

/* Cuts a file with a limit on the header one byte below what it needs, and then with just enough.
 */
static void rejects_header_above_the_limit(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, 1, 0);
    put_vector(&b, "t", 8, GGML_F32, 0);
    size_t header = b.n;
    put_padding(&b, 32);
    put_zeros(&b, 64);
    memory_file file = {b.at, b.n, 0, false, false, 0};
    scape_source src = memory_source(&file, true);
    scape_cut_options opt = {header - 1, NULL, NULL, NULL};
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, &opt, &cut), SCAPE_CUT_OK);
    assert_reason(cut, "gguf: the header is longer than the limit");
    assert_true(file.reach <= opt.max_header);
    scape_cut_free(cut);
    opt.max_header = header;
    assert_int_equal(scape_cut_file(&src, &opt, &cut), SCAPE_CUT_OK);
    assert_string_equal(cut->container, "gguf");
    assert_true(file.reach <= opt.max_header);
    scape_cut_free(cut);
    bytes_free(&b);
}

/* The most tensors that are allowed, in a file without room for their infos. */
static void checks_counts_before_it_allocates(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    put_start(&b, 3, SCAPE_CUT_MAX_TENSORS, 0);
    put_zeros(&b, 64);
    for (int known = 0; known < 2; known++) {
        counter c = {0, 0, 0, 0, 0};
        scape_cut_options opt = counting_options(&c);
        scape_cut *cut = cut_memory(b.at, b.n, known == 1, &opt);
        assert_reason(cut, "gguf: the file ends too early: tensor infos");
        scape_cut_free(cut);
        assert_true(c.peak < 4096);
    }
    bytes_free(&b);
}

static void reports_failing_source(void **state) {
    (void)state;
    bytes b = {NULL, 0, 0, false, false};
    alignment_1(&b);
    memory_file file = {b.at, 30, 0, false, true, 0};
    scape_source src = memory_source(&file, true);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, NULL, &cut), SCAPE_CUT_IO);
    assert_null(cut);
    bytes_free(&b);
}

/* A file of nearly 2^64 bytes: a start, zeros, and an end. */
typedef struct sparse_file {
    bytes start, end;
    uint64_t end_at;
} sparse_file;

static int64_t read_sparse(void *ctx, uint64_t offset, void *buf, size_t n) {
    const sparse_file *file = ctx;
    uint8_t *to = buf;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = offset + i;
        to[i] = at < file->start.n   ? file->start.at[at]
                : at >= file->end_at ? file->end.at[at - file->end_at]
                                     : 0;
    }
    return (int64_t)n;
}

static void rejects_data_that_begins_beyond_2_to_64(void **state) {
    (void)state;
    sparse_file file = {{NULL, 0, 0, false, false}, {NULL, 0, 0, false, false}, 0};
    scape_source src = {read_sparse, &file, UINT64_MAX - 1};
    scape_cut_options opt = {UINT64_MAX, NULL, NULL, NULL};
    put_vector(&file.end, "t", 1, GGML_F32, 0);
    file.end_at = src.size - file.end.n;
    put_start(&file.start, 3, 1, 1);
    put_key(&file.start, "a", KV_STRING);
    put_size(&file.start, file.end_at - file.start.n - 8);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, &opt, &cut), SCAPE_CUT_OK);
    assert_reason(cut, "gguf: the start of the data does not fit 64 bits");
    scape_cut_free(cut);
    bytes_free(&file.start);
    bytes_free(&file.end);
}

static const struct CMUnitTest tests[] = {
    REJECTS(version_0, "gguf: unknown version"),
    REJECTS(version_4, "gguf: unknown version"),
    REJECTS(swapped_magic_little_version, "gguf: unknown version"),
    REJECTS(cut_in_counts, "gguf: the file ends too early: counts"),
    REJECTS(too_many_pairs, "gguf: more than 65536 key-value pairs"),
    REJECTS(pairs_beyond_end, "gguf: the file ends too early: key-value pairs"),
    REJECTS(too_many_tensors, "gguf: more than 131072 tensor infos"),
    REJECTS(tensors_beyond_end, "gguf: the file ends too early: tensor infos"),
    REJECTS(empty_key, "gguf: a key is empty"),
    REJECTS(long_key, "gguf: a key is longer than 65535 bytes"),
    REJECTS(key_beyond_end, "gguf: the file ends too early: key"),
    REJECTS(key_with_control, "gguf: a key is not printable ASCII"),
    REJECTS(key_not_ascii, "gguf: a key is not printable ASCII"),
    REJECTS(same_key_twice, "gguf: a key occurs twice"),
    ALLOWS(key_before_its_extension),
    REJECTS(key_length_beyond_end, "gguf: the file ends too early: key length"),
    REJECTS(value_type_beyond_end, "gguf: the file ends too early: value type"),
    REJECTS(array_header_beyond_end, "gguf: the file ends too early: array header"),
    REJECTS(unknown_value_type, "gguf: unknown value type 13"),
    REJECTS(value_beyond_end, "gguf: the file ends too early: value"),
    REJECTS(string_beyond_end, "gguf: the file ends too early: string value"),
    REJECTS(string_of_2_to_64_bytes, "gguf: the file ends too early: string value"),
    REJECTS(unknown_array_type, "gguf: unknown array element type 13"),
    REJECTS(array_beyond_end, "gguf: the file ends too early: array elements"),
    REJECTS(array_whose_bytes_wrap, "gguf: the file ends too early: array elements"),
    REJECTS(strings_beyond_end, "gguf: the file ends too early: array elements"),
    REJECTS(arrays_nested_5_deep, "gguf: arrays nested deeper than 4"),
    ALLOWS(arrays_nested_4_deep),
    REJECTS(alignment_as_string, "gguf: general.alignment is not a u32"),
    REJECTS(alignment_as_i32, "gguf: general.alignment is not a u32"),
    REJECTS(alignment_beyond_end, "gguf: the file ends too early: value"),
    REJECTS(alignment_0, "gguf: general.alignment is not a power of two"),
    REJECTS(alignment_24, "gguf: general.alignment is not a power of two"),
    REJECTS(alignment_2_to_21, "gguf: general.alignment is above 1048576"),
    ALLOWS(alignment_2_to_20),
    ALLOWS(alignment_1),
    REJECTS(name_of_128_bytes, "gguf: a tensor name is longer than 127 bytes"),
    ALLOWS(name_of_127_bytes),
    REJECTS(name_not_utf8, "gguf: a tensor name is not UTF-8"),
    REJECTS(name_without_continuation, "gguf: a tensor name is not UTF-8"),
    REJECTS(name_with_surrogate, "gguf: a tensor name is not UTF-8"),
    ALLOWS(name_in_utf8),
    REJECTS(name_with_nul, "gguf: a tensor name is not UTF-8 without NUL"),
    REJECTS(name_beyond_end, "gguf: the file ends too early: tensor name"),
    REJECTS(name_length_beyond_end, "gguf: the file ends too early: tensor name length"),
    REJECTS(same_name_twice, "gguf: a tensor name occurs twice"),
    REJECTS(five_dimensions, "gguf: a tensor has more than 4 dimensions"),
    ALLOWS(four_dimensions),
    REJECTS(info_beyond_end, "gguf: the file ends too early: tensor info"),
    REJECTS(negative_dimension, "gguf: the elements of a tensor do not fit 63 bits"),
    REJECTS(elements_wrap, "gguf: the elements of a tensor do not fit 63 bits"),
    REJECTS(bytes_wrap, "gguf: the bytes of a tensor do not fit 64 bits"),
    REJECTS(row_of_part_blocks, "gguf: a row is not a whole number of blocks"),
    REJECTS(scalar_of_blocks, "gguf: a row is not a whole number of blocks"),
    REJECTS(data_missing, "gguf: the file ends before the tensor data"),
    REJECTS(offset_not_aligned, "gguf: a tensor offset is not aligned"),
    REJECTS(offsets_decrease, "gguf: tensor offsets do not increase"),
    REJECTS(tensors_overlap, "gguf: tensors overlap"),
    REJECTS(same_tensor_twice, "gguf: tensors overlap"),
    REJECTS(end_beyond_file, "gguf: a tensor ends behind the end of the file"),
    REJECTS(end_wraps, "gguf: the end of a tensor does not fit 64 bits"),
    REJECTS(bytes_wrap_padding, "gguf: the end of a tensor does not fit 64 bits"),
    REJECTS(unknown_type_beyond_file, "gguf: a tensor ends behind the end of the file"),
    cmocka_unit_test(rejects_header_above_the_limit),
    cmocka_unit_test(checks_counts_before_it_allocates),
    cmocka_unit_test(rejects_data_that_begins_beyond_2_to_64),
    cmocka_unit_test(reports_failing_source),
};

int run_gguf_rule_tests(void) {
    return cmocka_run_group_tests_name("containers.gguf rules", tests, NULL, NULL);
}
