/* test_vectors.c - every vector of vectors/manifest.json gives its content or its error class, by
 * every kernel, in memory and as a stream. Skipped by name when the folder is absent. */
#include "support.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hex_digest(const struct bytes *b, char text[65]) {
    unsigned char digest[32];
    EVP_Digest(b->data, b->size, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 32; i++) {
        snprintf(text + 2 * i, 3, "%02x", (unsigned)digest[i]);
    }
}

struct profiles {
    struct scape_profile list[16];
    struct bytes files[16];
    size_t count;
};

static void load_profiles(json_t *names, struct profiles *p) {
    size_t i;
    json_t *name;
    p->count = 0;
    json_array_foreach(names, i, name) {
        assert_true(p->count < 16);
        struct bytes *file = &p->files[p->count];
        assert_true(vector_read(json_string_value(name), file));
        p->list[p->count++] = (struct scape_profile){file->data, file->size};
    }
}

/* Compares class and, where there is content, its size and digest. Returns the failures. */
static int check_result(json_t *vector, const char *how, enum scape_error error,
                        const struct bytes *content) {
    const char *name = json_string_value(json_object_get(vector, "name"));
    json_t *wanted = json_object_get(json_object_get(vector, "error"), "number");
    if ((json_int_t)error != json_integer_value(wanted)) {
        print_error("%s, %s: have %s, want class %d\n", name, how, scape_error_name(error),
                    (int)json_integer_value(wanted));
        return 1;
    }
    json_t *want = json_object_get(vector, "content");
    if (error == SCAPE_OK && json_is_object(want)) {
        char digest[65];
        hex_digest(content, digest);
        if (strcmp(digest, json_string_value(json_object_get(want, "sha256"))) != 0) {
            print_error("%s, %s: other content\n", name, how);
            return 1;
        }
    }
    return 0;
}

static int check_vector(json_t *vector) {
    struct bytes file, out = {0};
    struct profiles profiles;
    int failures = 0;
    assert_true(vector_read(json_string_value(json_object_get(vector, "file")), &file));
    load_profiles(json_object_get(vector, "profiles"), &profiles);
    struct scape_decode_options options = {.profiles = profiles.list,
                                           .profile_count = profiles.count};
    json_t *size = json_object_get(json_object_get(vector, "content"), "size");
    size_t capacity = json_is_integer(size) ? (size_t)json_integer_value(size) : (size_t)1 << 23;
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        enum scape_error error = lib_decode(&file, capacity, &out, &options);
        failures += check_result(vector, kernel_names[k], error, &out);
    }
    use_kernel(NULL);
    struct scape_input input = bytes_input(&file);
    struct scape_output output = {.ctx = &out, .write = bytes_write};
    out.size = 0;
    file.at = 0;
    options.threads = 2;
    failures += check_result(vector, "stream", scape_decode(&input, &output, &options, NULL), &out);
    for (size_t i = 0; i < profiles.count; i++) {
        bytes_free(&profiles.files[i]);
    }
    bytes_free(&file);
    bytes_free(&out);
    return failures;
}

static void test_all_vectors(void **state) {
    (void)state;
    json_error_t error;
    json_t *manifest = json_load_file(SCAPE_VECTORS_DIR "/manifest.json", 0, &error);
    if (manifest == NULL) {
        print_message("vectors: no %s/manifest.json\n", SCAPE_VECTORS_DIR);
        skip();
    }
    size_t i;
    int failures = 0;
    json_t *vector, *vectors = json_object_get(manifest, "vectors");
    json_array_foreach(vectors, i, vector) {
        failures += check_vector(vector);
    }
    print_message("%zu vectors\n", json_array_size(vectors));
    json_decref(manifest);
    assert_int_equal(failures, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
