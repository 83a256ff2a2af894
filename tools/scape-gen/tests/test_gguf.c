/* test_gguf.c - generated GGUF files read back by an own small reader: counts, key types, tensor
 * infos, offsets, alignment, end of file, in every version and byte order. */
#include "support.h"

#include <string.h>

enum {
    ALIGNMENT = 32,
    TENSORS_MOST = 128
};

typedef struct info {
    char name[96];
    uint64_t dims[4];
    uint64_t offset, bytes;
    uint32_t rank, type;
} info;

typedef struct reader {
    const uint8_t *data;
    size_t size, at;
    unsigned length_bytes;
    bool big_endian;
    uint64_t tensors, keys;
    bool saw_architecture, saw_tokens, saw_alignment;
    info infos[TENSORS_MOST];
    size_t data_start;
} reader;

static const uint8_t *take(reader *r, uint64_t size) {
    assert_true(size <= r->size - r->at);
    const uint8_t *p = r->data + r->at;
    r->at += (size_t)size;
    return p;
}

static uint64_t take_integer(reader *r, unsigned bytes) {
    return test_read(take(r, bytes), bytes, r->big_endian);
}

static void take_string(reader *r, char *text, size_t room) {
    uint64_t length = take_integer(r, r->length_bytes);
    const uint8_t *p = take(r, length);
    assert_true(length < room);
    memcpy(text, p, (size_t)length);
    text[length] = 0;
}

/* A value that is no array. */
static void skip_plain(reader *r, uint32_t type) {
    static const unsigned sizes[13] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    char text[256];
    assert_true(type < 13 && type != 9);
    if (type == 8) {
        take_string(r, text, sizeof text);
    } else {
        (void)take(r, sizes[type]);
    }
}

static void skip_value(reader *r, uint32_t type) {
    if (type != 9) {
        skip_plain(r, type);
        return;
    }
    uint32_t inner = (uint32_t)take_integer(r, 4);
    uint64_t count = take_integer(r, r->length_bytes);
    for (uint64_t i = 0; i < count; i++) {
        skip_plain(r, inner);
    }
}

static void read_keys(reader *r) {
    for (uint64_t i = 0; i < r->keys; i++) {
        char key[96];
        take_string(r, key, sizeof key);
        uint32_t type = (uint32_t)take_integer(r, 4);
        r->saw_architecture |= strcmp(key, "general.architecture") == 0 && type == 8;
        r->saw_alignment |= strcmp(key, "general.alignment") == 0 && type == 4;
        r->saw_tokens |= strcmp(key, "tokenizer.ggml.tokens") == 0 && type == 9;
        skip_value(r, type);
    }
}

static const scape_gen_dtype_info *dtype_of_ggml(uint32_t type) {
    const scape_gen_dtype_info *found = scape_gen_dtype_table();
    while (found->name != NULL && found->ggml_type != type) {
        found++;
    }
    assert_non_null(found->name);
    return found;
}

static void read_info(reader *r, info *t) {
    take_string(r, t->name, sizeof t->name);
    t->rank = (uint32_t)take_integer(r, 4);
    assert_in_range(t->rank, 1, 4);
    uint64_t elements = 1;
    for (unsigned k = 0; k < t->rank; k++) {
        t->dims[k] = take_integer(r, r->length_bytes);
        elements *= t->dims[k];
    }
    t->type = (uint32_t)take_integer(r, 4);
    t->offset = take_integer(r, 8);
    const scape_gen_dtype_info *dtype = dtype_of_ggml(t->type);
    assert_int_equal(t->dims[0] % dtype->block_elements, 0);
    t->bytes = elements / dtype->block_elements * dtype->block_bytes;
}

static void read_header(reader *r, const test_file *file, unsigned version, bool big_endian) {
    memset(r, 0, sizeof *r);
    r->data = file->data;
    r->size = file->size;
    r->big_endian = big_endian;
    r->length_bytes = version == 1 ? 4 : 8;
    assert_memory_equal(take(r, 4), "GGUF", 4);
    assert_int_equal(take_integer(r, 4), version);
    r->tensors = take_integer(r, r->length_bytes);
    r->keys = take_integer(r, r->length_bytes);
    assert_in_range(r->tensors, 1, TENSORS_MOST);
    read_keys(r);
    for (uint64_t i = 0; i < r->tensors; i++) {
        read_info(r, &r->infos[i]);
    }
    r->data_start = (r->at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void check_file(scape_gen_options o) {
    static reader r;
    o.container = SCAPE_GEN_GGUF;
    test_file file = test_generate(&o);
    read_header(&r, &file, o.gguf_version, o.big_endian);
    assert_true(r.saw_architecture);
    assert_true(r.saw_alignment);
    assert_true(r.saw_tokens);
    uint64_t end = 0;
    for (uint64_t i = 0; i < r.tensors; i++) {
        assert_int_equal(r.infos[i].offset, end);
        end += (r.infos[i].bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    assert_int_equal(r.data_start + end, file.size);
    test_file_free(&file);
}

static scape_gen_options small(const char *type) {
    scape_gen_options o = scape_gen_defaults();
    o.type = type;
    o.layers = 1;
    o.width = 256;
    o.ffn = 256;
    o.vocabulary = 300;
    return o;
}

static void every_type_lies_where_it_says(void **state) {
    (void)state;
    for (const scape_gen_dtype_info *t = scape_gen_dtype_table(); t->name != NULL; t++) {
        if (t->ggml_type != SCAPE_GEN_NO_GGML) {
            check_file(small(t->name));
        }
    }
}

static void every_mix_lies_where_it_says(void **state) {
    (void)state;
    for (size_t i = 0; scape_gen_mix_name(i) != NULL; i++) {
        check_file(small(scape_gen_mix_name(i)));
    }
}

static void version_1_has_short_lengths(void **state) {
    (void)state;
    scape_gen_options o = small("Q8_0");
    o.gguf_version = 1;
    check_file(o);
}

static void version_2_is_laid_out_as_3(void **state) {
    (void)state;
    scape_gen_options o = small("Q8_0");
    o.gguf_version = 2;
    check_file(o);
}

static void big_endian_header_is_turned(void **state) {
    (void)state;
    scape_gen_options o = small("zoo");
    o.big_endian = true;
    check_file(o);
}

static void big_endian_scales_are_turned(void **state) {
    (void)state;
    static reader r;
    scape_gen_options o = small("Q8_0");
    o.container = SCAPE_GEN_GGUF;
    test_file little = test_generate(&o);
    o.big_endian = true;
    test_file big = test_generate(&o);
    assert_int_equal(little.size, big.size);
    read_header(&r, &big, 3, true);
    const uint8_t *a = little.data + r.data_start;
    const uint8_t *b = big.data + r.data_start;
    for (uint64_t at = 0; at < r.infos[0].bytes; at += 34) {
        assert_int_equal(test_read(a + at, 2, false), test_read(b + at, 2, true));
        assert_memory_equal(a + at + 2, b + at + 2, 32);
    }
    test_file_free(&little);
    test_file_free(&big);
}

static void norms_are_f32(void **state) {
    (void)state;
    static reader r;
    scape_gen_options o = small("Q4_K_M");
    o.container = SCAPE_GEN_GGUF;
    test_file file = test_generate(&o);
    read_header(&r, &file, 3, false);
    for (uint64_t i = 0; i < r.tensors; i++) {
        if (r.infos[i].rank == 1) {
            assert_int_equal(r.infos[i].type, 0);
        }
    }
    test_file_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_lies_where_it_says),
        cmocka_unit_test(every_mix_lies_where_it_says),
        cmocka_unit_test(version_1_has_short_lengths),
        cmocka_unit_test(version_2_is_laid_out_as_3),
        cmocka_unit_test(big_endian_header_is_turned),
        cmocka_unit_test(big_endian_scales_are_turned),
        cmocka_unit_test(norms_are_f32),
    };
    return cmocka_run_group_tests_name("gen.gguf", tests, NULL, NULL);
}
