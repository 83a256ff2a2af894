/* test_safetensors.c - generated safetensors files keep the format's rules: length, padding, sizes
 * that follow from dtype and shape, offsets without holes, no trailing bytes. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct header {
    char *json; /* ended by a zero */
    uint64_t length;
} header;

static header header_of(const test_file *file) {
    assert_true(file->size > 8);
    header h = {NULL, test_read(file->data, 8, false)};
    assert_true(h.length <= file->size - 8);
    h.json = malloc((size_t)h.length + 1);
    assert_non_null(h.json);
    memcpy(h.json, file->data + 8, (size_t)h.length);
    h.json[h.length] = 0;
    return h;
}

/* Follows `p` with the literal `text`. */
static const char *expect(const char *p, const char *text) {
    if (strncmp(p, text, strlen(text)) != 0) {
        print_error("have %.40s, want %s\n", p, text);
        fail();
    }
    return p + strlen(text);
}

static const char *read_number(const char *p, uint64_t *value) {
    char *end;
    *value = strtoull(p, &end, 10);
    assert_ptr_not_equal(p, end);
    return end;
}

/* Checks one entry, whose data must begin at *offset, and moves *offset behind them. */
static const char *check_entry(const char *p, uint64_t *offset) {
    p = expect(p, ",\"");
    p = strchr(p, '"');
    p = expect(p, "\":{\"dtype\":\"");
    char dtype[16] = {0};
    for (size_t i = 0; *p != '"' && i < sizeof dtype - 1; i++) {
        dtype[i] = *p++;
    }
    const scape_gen_dtype_info *info = scape_gen_dtype_parse(dtype);
    assert_non_null(info);
    p = expect(p, "\",\"shape\":[");
    uint64_t elements = 1;
    while (*p != ']') {
        uint64_t dim;
        p = read_number(*p == ',' ? p + 1 : p, &dim);
        elements *= dim;
    }
    p = expect(p, "],\"data_offsets\":[");
    uint64_t begin, end;
    p = read_number(p, &begin);
    p = read_number(expect(p, ","), &end);
    assert_int_equal(begin, *offset);
    assert_int_equal(elements % info->block_elements, 0);
    assert_int_equal(end - begin, elements / info->block_elements * info->block_bytes);
    *offset = end;
    return expect(p, "]}");
}

static unsigned check_file(const scape_gen_options *options) {
    test_file file = test_generate(options);
    header h = header_of(&file);
    assert_int_equal(h.length % 8, 0);
    const char *p = expect(h.json, "{\"__metadata__\":{\"format\":\"pt\"}");
    uint64_t offset = 0;
    unsigned entries = 0;
    while (*p == ',') {
        p = check_entry(p, &offset);
        entries++;
    }
    p = expect(p, "}");
    assert_int_equal(strspn(p, " "), strlen(p));
    assert_int_equal(8 + h.length + offset, file.size);
    free(h.json);
    test_file_free(&file);
    return entries;
}

static void transformer_is_valid(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.width = 64;
    o.vocabulary = 96;
    assert_int_equal(check_file(&o), 2 * 12 + 3);
}

static void tied_has_no_output(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.width = 64;
    o.vocabulary = 96;
    o.tied = true;
    assert_int_equal(check_file(&o), 2 * 12 + 2);
}

static void scaled_types_have_scales(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.width = 64;
    o.vocabulary = 96;
    o.type = "F8_E4M3";
    assert_int_equal(check_file(&o), 2 * (12 + 7) + 3 + 2);
}

static void zoo_is_valid(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.zoo = true;
    assert_true(check_file(&o) > 66);
}

static void zoo_names_every_dtype(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.zoo = true;
    test_file file = test_generate(&o);
    header h = header_of(&file);
    for (const scape_gen_dtype_info *info = scape_gen_dtype_table(); info->name != NULL; info++) {
        char want[64];
        (void)snprintf(want, sizeof want, "\"dtype\":\"%s\"", info->name);
        if (info->in_safetensors && strstr(h.json, want) == NULL) {
            print_error("want %s in the header\n", want);
            fail();
        }
    }
    free(h.json);
    test_file_free(&file);
}

/* Data of the tensor `name`. */
static const uint8_t *data_of(const test_file *file, const header *h, const char *name,
                              uint64_t *size) {
    char key[96];
    (void)snprintf(key, sizeof key, "\"%s\":", name);
    const char *p = strstr(h->json, key);
    assert_non_null(p);
    p = strstr(p, "\"data_offsets\":[");
    assert_non_null(p);
    uint64_t begin, end;
    p = read_number(p + strlen("\"data_offsets\":["), &begin);
    (void)read_number(p + 1, &end);
    assert_true(begin <= end && end <= file->size - 8 - h->length);
    *size = end - begin;
    return file->data + 8 + h->length + begin;
}

static void tied_tensors_are_equal(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.zoo = true;
    test_file file = test_generate(&o);
    header h = header_of(&file);
    uint64_t size_a, size_b;
    const uint8_t *a = data_of(&file, &h, "tied.embed_tokens.weight", &size_a);
    const uint8_t *b = data_of(&file, &h, "tied.lm_head.weight", &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, (size_t)size_a);
    free(h.json);
    test_file_free(&file);
}

static void every_bf16_pattern_occurs(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.zoo = true;
    test_file file = test_generate(&o);
    header h = header_of(&file);
    uint64_t size;
    const uint8_t *data = data_of(&file, &h, "every.bf16", &size);
    assert_int_equal(size, 2 * 65536);
    for (unsigned i = 0; i < 65536; i++) {
        assert_int_equal(test_read(data + 2 * (size_t)i, 2, false), i);
    }
    free(h.json);
    test_file_free(&file);
}

static void ones_are_ones(void **state) {
    (void)state;
    scape_gen_options o = scape_gen_defaults();
    o.zoo = true;
    test_file file = test_generate(&o);
    header h = header_of(&file);
    uint64_t size;
    const uint8_t *data = data_of(&file, &h, "repeat.F32.ones", &size);
    for (uint64_t i = 0; i < size; i += 4) {
        assert_int_equal(test_read(data + i, 4, false), 0x3F800000);
    }
    free(h.json);
    test_file_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transformer_is_valid),      cmocka_unit_test(tied_has_no_output),
        cmocka_unit_test(scaled_types_have_scales),  cmocka_unit_test(zoo_is_valid),
        cmocka_unit_test(zoo_names_every_dtype),     cmocka_unit_test(tied_tensors_are_equal),
        cmocka_unit_test(every_bf16_pattern_occurs), cmocka_unit_test(ones_are_ones),
    };
    return cmocka_run_group_tests_name("gen.safetensors", tests, NULL, NULL);
}
