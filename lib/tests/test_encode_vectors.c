/* test_encode_vectors.c - every canonical vector is written again from its content, byte for byte
 * where no payload is libzstd's. Skipped by name when the folder is absent. */
#include "support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REGIONS_MAX = 16
};

/* The options that a vector's arguments stand for. */
struct wish {
    struct scape_encode_options options;
    struct scape_region regions[REGIONS_MAX];
    uint64_t dims[REGIONS_MAX][8];
    bool unknown_size,
        foreign; /* foreign: a method of the study, which this encoder does not have */
};

static uint32_t dtype_number(const char *name, size_t length) {
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        const char *known = scape_ref_dtypes[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            return scape_ref_dtypes[i].id;
        }
    }
    fail_msg("no dtype is called %.*s", (int)length, name);
    return 0;
}

/* "64x96", up to a colon or the end. */
static void set_shape(struct wish *w, size_t region, const char *text) {
    w->regions[region].dims = w->dims[region];
    w->regions[region].rank = 0;
    while (*text != '\0' && *text != ':') {
        char *end;
        w->dims[region][w->regions[region].rank++] = strtoull(text, &end, 10);
        text = *end == 'x' ? end + 1 : end;
    }
}

/* "LENGTH:DTYPE:SHAPE:NAME" */
static void add_region(struct wish *w, const char *text) {
    size_t i = w->options.region_count++;
    assert_true(i < REGIONS_MAX);
    char *dtype;
    w->regions[i].length = strtoull(text, &dtype, 10);
    dtype++;
    const char *shape = strchr(dtype, ':') + 1;
    const char *name = strchr(shape, ':') + 1;
    w->regions[i].dtype = dtype_number(dtype, (size_t)(shape - 1 - dtype));
    set_shape(w, i, shape);
    w->regions[i].name = name;
    w->regions[i].name_length = strlen(name);
}

static enum scape_level level_number(const char *name) {
    return strcmp(name, "fast") == 0      ? SCAPE_FAST
           : strcmp(name, "default") == 0 ? SCAPE_DEFAULT
                                          : SCAPE_MAX;
}

/* One region for all the content, which --dtype, --shape and --name describe. */
static void describe(struct wish *w, const char *word, const char *value, size_t content_size) {
    w->options.region_count = 1;
    w->regions[0].length = content_size;
    if (strcmp(word, "--dtype") == 0) {
        w->regions[0].dtype = dtype_number(value, strlen(value));
    } else if (strcmp(word, "--shape") == 0) {
        set_shape(w, 0, value);
    } else {
        w->regions[0].name = value;
        w->regions[0].name_length = strlen(value);
    }
}

static void read_arguments(struct wish *w, json_t *arguments, size_t content_size) {
    memset(w, 0, sizeof *w);
    w->options.regions = w->regions;
    for (size_t i = 0; i < json_array_size(arguments); i++) {
        const char *word = json_string_value(json_array_get(arguments, i));
        const char *value = json_string_value(json_array_get(arguments, i + 1));
        if (strcmp(word, "--sha256") == 0) {
            w->options.content_sha256 = true;
        } else if (strcmp(word, "--repeats") == 0) {
            w->options.repeats = true;
        } else if (strcmp(word, "--unknown-size") == 0) {
            w->unknown_size = true;
        } else if (strcmp(word, "--method") == 0) {
            w->foreign = true;
        } else if (strcmp(word, "--level") == 0) {
            w->options.level = level_number(value);
        } else if (strcmp(word, "--chunk-log2") == 0) {
            w->options.chunk_log2 = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(word, "--region") == 0) {
            add_region(w, value);
        } else if (strcmp(word, "--dtype") == 0 || strcmp(word, "--shape") == 0 ||
                   strcmp(word, "--name") == 0) {
            describe(w, word, value, content_size);
        }
    }
}

/* 1 if the vector is not written again. */
static int check_vector(json_t *vector, json_t *encode, size_t *done) {
    struct bytes want, content = {0}, have = {0}, back = {0};
    struct wish wish;
    const char *name = json_string_value(json_object_get(vector, "name"));
    size_t size =
        (size_t)json_integer_value(json_object_get(json_object_get(vector, "content"), "size"));
    read_arguments(&wish, json_object_get(encode, "arguments"), size);
    if (wish.foreign) {
        return 0;
    }
    assert_true(vector_read(json_string_value(json_object_get(vector, "file")), &want));
    assert_int_equal(lib_decode(&want, size, &content, NULL), SCAPE_OK);
    wish.options.content_size_given = !wish.unknown_size;
    wish.options.content_size = content.size;
    struct scape_input input = bytes_input(&content);
    struct scape_output output = {.ctx = &have, .write = bytes_write};
    enum scape_error error = scape_compress_stream(&input, &output, &wish.options, NULL, NULL);
    bool same =
        have.size == want.size && (want.size == 0 || memcmp(have.data, want.data, want.size) == 0);
    if (!json_is_true(json_object_get(encode, "exact")) && error == SCAPE_OK) {
        error = lib_decode(&have, size, &back, NULL);
        same = back.size == size && (size == 0 || memcmp(back.data, content.data, size) == 0);
    }
    if (error != SCAPE_OK || !same) {
        print_error("%s: have %s, %zu bytes; want %zu bytes\n", name, scape_error_name(error),
                    have.size, want.size);
    }
    ++*done;
    bytes_free(&want);
    bytes_free(&content);
    bytes_free(&have);
    bytes_free(&back);
    return error != SCAPE_OK || !same;
}

static void test_canonical_vectors(void **state) {
    (void)state;
    json_error_t problem;
    json_t *manifest = json_load_file(SCAPE_VECTORS_DIR "/manifest.json", 0, &problem);
    if (manifest == NULL) {
        print_message("vectors/manifest.json is not there\n");
        skip();
        return;
    }
    size_t i, done = 0;
    int failures = 0;
    json_t *vector;
    json_array_foreach(json_object_get(manifest, "vectors"), i, vector) {
        json_t *encode = json_object_get(vector, "encode");
        if (json_is_object(encode)) {
            failures += check_vector(vector, encode, &done);
        }
    }
    json_decref(manifest);
    assert_int_equal(failures, 0);
    assert_true(done > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_canonical_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
