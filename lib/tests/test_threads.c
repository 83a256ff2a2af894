/* test_threads.c - any number of threads gives the same content and the same first error, and many
 * readers share one archive. Meant to be run under ThreadSanitizer too. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct bytes make_file(struct bytes *content, size_t size) {
    struct rng rng = {5150};
    bytes_add(content, NULL, size);
    content_fill(&rng, SCAPE_REF_DTYPE_BF16, content->data, content->size);
    memcpy(content->data + size / 2, content->data, size / 4); /* some chunks repeat */
    return encode_tensor(content, SCAPE_REF_DTYPE_BF16, 128, SCAPE_REF_ENCODE_FAST, 13);
}

static void compare_threads(struct bytes *file, const struct bytes *content) {
    struct bytes out = {0}, want = {0};
    enum scape_error expected = SCAPE_OK;
    uint64_t position = 0;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct scape_decode_options options = {.threads = threads};
        struct scape_input input = bytes_input(file);
        struct scape_output output = {.ctx = &out, .write = bytes_write};
        struct scape_report report;
        file->at = out.size = 0;
        enum scape_error error = scape_decode(&input, &output, &options, &report);
        if (threads == 1) {
            expected = error;
            position = report.position;
            bytes_add(&want, out.data, out.size);
        }
        assert_int_equal(error, expected);
        assert_int_equal(report.position, position);
        assert_same_bytes(&out, &want, "threads");
        assert_int_equal(lib_decode(file, content->size, &out, &options), expected);
        assert_same_bytes(&out, &want, "threads, in memory");
    }
    bytes_free(&out);
    bytes_free(&want);
}

static void test_same_content(void **state) {
    (void)state;
    struct bytes content = {0};
    struct bytes file = make_file(&content, 600000);
    compare_threads(&file, &content);
    bytes_free(&file);
    bytes_free(&content);
}

static void test_same_first_error(void **state) {
    (void)state;
    struct rng rng = {31337};
    struct bytes content = {0};
    struct bytes file = make_file(&content, 120000);
    for (int i = 0; i < 60; i++) {
        uint32_t at[3];
        for (int j = 0; j < 3; j++) {
            at[j] = rng_below(&rng, (uint32_t)file.size);
            file.data[at[j]] ^= 0x55;
        }
        compare_threads(&file, &content);
        for (int j = 3; j-- > 0;) {
            file.data[at[j]] ^= 0x55;
        }
    }
    bytes_free(&file);
    bytes_free(&content);
}

/* A decoder that is closed while chunks are under way. */
static void test_early_close(void **state) {
    (void)state;
    struct bytes content = {0};
    struct bytes file = make_file(&content, 200000);
    struct scape_decode_options options = {.threads = 3};
    uint8_t buffer[100];
    size_t got;
    for (int i = 0; i < 20; i++) {
        struct scape_input input = bytes_input(&file);
        struct scape_decoder *decoder;
        file.at = 0;
        assert_int_equal(scape_decoder_open(&decoder, &input, &options, NULL), SCAPE_OK);
        if (i > 0) {
            assert_int_equal(scape_decoder_read(decoder, buffer, sizeof buffer, &got, NULL),
                             SCAPE_OK);
            assert_memory_equal(buffer, content.data, sizeof buffer);
        }
        scape_decoder_close(decoder);
    }
    bytes_free(&file);
    bytes_free(&content);
}

struct reader {
    struct scape_archive *archive;
    const struct bytes *content;
    uint64_t seed;
    int failures;
};

static void *read_ranges(void *argument) {
    struct reader *r = argument;
    struct rng rng = {r->seed};
    enum {
        ROOM = 30000
    };
    uint8_t buffer[ROOM];
    for (int i = 0; i < 100; i++) {
        size_t n = rng_below(&rng, ROOM);
        size_t start = rng_below(&rng, (uint32_t)(r->content->size - n));
        enum scape_error error = scape_archive_read(r->archive, start, buffer, n, NULL);
        r->failures += error != SCAPE_OK || memcmp(buffer, r->content->data + start, n) != 0;
    }
    return NULL;
}

static void test_many_readers(void **state) {
    (void)state;
    enum {
        READERS = 4
    };
    struct bytes content = {0};
    struct bytes file = make_file(&content, 400000);
    struct scape_input input = bytes_input(&file);
    struct reader readers[READERS];
    pthread_t threads[READERS];
    struct scape_archive *archive;
    assert_int_equal(scape_archive_open(&archive, &input, NULL, NULL), SCAPE_OK);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){archive, &content, 100 + (uint64_t)i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, read_ranges, &readers[i]), 0);
    }
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].failures, 0);
    }
    scape_archive_close(archive);
    bytes_free(&file);
    bytes_free(&content);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_content),
        cmocka_unit_test(test_same_first_error),
        cmocka_unit_test(test_early_close),
        cmocka_unit_test(test_many_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
