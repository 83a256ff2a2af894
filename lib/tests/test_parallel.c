/* test_parallel.c - threads that read and write for themselves: the same content, file and first
 * error as one thread has, and what happens when a read or a write of one of them goes wrong. Meant
 * to be run under ThreadSanitizer too. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_THREADS = 4,
    LARGE_LOG2 = 17, /* chunks go one by one */
    CHUNK_LOG2 = 14, /* several are one batch */
    SMALL_LOG2 = 12
};

/* An output by offsets: how often each byte was written, and what is refused. */
struct place {
    struct bytes content, times;
    uint64_t refused; /* a write that holds this offset fails */
};

static struct place make_place(size_t size) {
    struct place place = {.refused = UINT64_MAX};
    bytes_add(&place.content, NULL, size + (size == 0));
    bytes_add(&place.times, NULL, size + (size == 0));
    return place;
}

static void free_place(struct place *place) {
    bytes_free(&place->content);
    bytes_free(&place->times);
}

static int place_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct place *place = ctx;
    bool inside = offset <= place->content.size && n <= place->content.size - offset;
    if (!inside || (offset <= place->refused && place->refused - offset < n)) {
        return -1;
    }
    memcpy(place->content.data + offset, data, n);
    for (size_t i = 0; i < n; i++) {
        place->times.data[offset + i]++;
    }
    return 0;
}

/* The first n bytes were written, and none twice. */
static bool written_once(const struct place *place, size_t n) {
    bool good = true;
    for (size_t i = 0; i < place->times.size; i++) {
        good = good && place->times.data[i] <= 1 && (i >= n || place->times.data[i] == 1);
    }
    return good;
}

static int never_write(void *ctx, const void *data, size_t n) {
    (void)ctx;
    (void)data;
    (void)n;
    return -1;
}

static int64_t never_read(void *ctx, void *buffer, size_t n) {
    (void)ctx;
    (void)buffer;
    (void)n;
    return -1;
}

/* A file whose reads go wrong where they hold an offset. */
struct faulty {
    struct bytes *file;
    uint64_t at;
    int64_t result; /* -1, or bytes more than were asked for, or 0: the end */
};

static int64_t faulty_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct faulty *f = ctx;
    if (offset <= f->at && f->at - offset < n) {
        return f->result > 0 ? (int64_t)n + f->result : f->result;
    }
    return bytes_read_at(f->file, offset, buffer, n);
}

static struct bytes make_content(size_t size) {
    struct rng rng = {2718};
    struct bytes content = {0};
    if (size > 0) {
        bytes_add(&content, NULL, size);
        content_fill(&rng, SCAPE_REF_DTYPE_BF16, content.data, content.size);
        memcpy(content.data + size / 2, content.data, size / 4); /* some chunks repeat */
    }
    return content;
}

static struct bytes make_file(const struct bytes *content, unsigned chunk_log2) {
    return encode_tensor(content, SCAPE_REF_DTYPE_BF16, 128, SCAPE_REF_ENCODE_FAST, chunk_log2);
}

/* ---- Decoding ---- */

static enum scape_error decode_at(struct bytes *file, struct place *place,
                                  const struct scape_decode_options *options,
                                  struct scape_report *report) {
    struct scape_input input = {file, never_read, bytes_read_at, file->size};
    struct scape_output output = {place, never_write, place_write_at};
    return scape_decode(&input, &output, options, report);
}

/* Threads that do all by themselves, or one of both, against one that does all in order. */
static void compare(struct bytes *file, size_t room, bool skip_sha256) {
    struct scape_decode_options options = {.skip_sha256 = skip_sha256};
    struct scape_input input = bytes_input(file);
    struct bytes want = {0}, have = {0};
    struct scape_output in_order = {.ctx = &want, .write = bytes_write};
    struct scape_report report, wanted;
    file->at = 0;
    enum scape_error error = scape_decode(&input, &in_order, &options, &wanted);
    options.parallel_input = true;
    for (options.threads = 2; options.threads <= MOST_THREADS; options.threads++) {
        struct place place = make_place(room);
        assert_int_equal(decode_at(file, &place, &options, &report), error);
        assert_int_equal(report.position, wanted.position);
        assert_int_equal(report.frames, wanted.frames);
        assert_int_equal(report.content_bytes, want.size);
        assert_string_equal(report.message, wanted.message);
        assert_true(written_once(&place, want.size));
        place.content.size = want.size;
        assert_same_bytes(&place.content, &want, "threads that read and write");
        free_place(&place);

        have.size = 0;
        in_order.ctx = &have;
        assert_int_equal(scape_decode(&input, &in_order, &options, &report), error);
        assert_same_bytes(&have, &want, "threads that read");
    }
    bytes_free(&want);
    bytes_free(&have);
}

static void test_same_content(void **state) {
    (void)state;
    struct bytes content = make_content(200000), file;
    for (unsigned log2 = SMALL_LOG2; log2 <= LARGE_LOG2; log2++) {
        file = make_file(&content, log2);
        compare(&file, content.size, true);
        compare(&file, content.size, false);
        size_t whole = file.size;
        bytes_add(&file, NULL, whole / 3); /* a second frame, cut off */
        memcpy(file.data + whole, file.data, whole / 3);
        compare(&file, 2 * content.size, true);
        bytes_free(&file);
    }
    bytes_free(&content);
}

static void test_same_first_error(void **state) {
    (void)state;
    struct rng rng = {16180};
    struct bytes content = make_content(60000);
    for (unsigned log2 = SMALL_LOG2; log2 <= CHUNK_LOG2; log2 += 2) {
        struct bytes file = make_file(&content, log2);
        for (int i = 0; i < 20; i++) {
            uint32_t at = rng_below(&rng, (uint32_t)file.size);
            uint32_t other = rng_below(&rng, (uint32_t)file.size);
            file.data[at] ^= 0x55;
            file.data[other] ^= 0x55;
            compare(&file, content.size, i % 2 == 0);
            file.data[other] ^= 0x55;
            file.data[at] ^= 0x55;
        }
        size_t whole = file.size;
        for (int i = 0; i < 10; i++) {
            file.size = rng_below(&rng, (uint32_t)whole);
            compare(&file, content.size, true);
        }
        file.size = whole;
        bytes_free(&file);
    }
    bytes_free(&content);
}

/* The output is full at some chunk: what was before is there, and is what is reported. */
static void test_failing_write(void **state) {
    (void)state;
    const size_t chunk = (size_t)1 << LARGE_LOG2;
    struct bytes content = make_content(12 * chunk);
    struct bytes file = make_file(&content, LARGE_LOG2);
    for (int i = 0; i < 24; i++) {
        struct scape_decode_options options = {
            .threads = 2 + (unsigned)i % 3, .parallel_input = i % 2 == 0, .skip_sha256 = i < 12};
        struct scape_report report;
        struct scape_input input = bytes_input(&file);
        struct place place = make_place(content.size);
        struct scape_output output = {&place, never_write, place_write_at};
        size_t before = (size_t)i % 12 * chunk;
        place.refused = before + 100;
        file.at = 0;
        assert_int_equal(scape_decode(&input, &output, &options, &report), SCAPE_ERROR_IO);
        assert_int_equal(report.content_bytes, before);
        assert_non_null(strstr(report.message, "writing"));
        assert_memory_equal(place.content.data, content.data, before);
        free_place(&place);
    }
    bytes_free(&file);
    bytes_free(&content);
}

/* A chunk cannot be read, is more than was asked for, or is not there any more. */
static void test_failing_read(void **state) {
    (void)state;
    static const int64_t results[] = {-1, 1, 0};
    static const enum scape_error errors[] = {SCAPE_ERROR_IO, SCAPE_ERROR_IO,
                                              SCAPE_ERROR_TRUNCATED};
    struct rng rng = {141};
    struct bytes content = make_content(200000);
    struct bytes file = make_file(&content, CHUNK_LOG2);
    for (int i = 0; i < 60; i++) {
        struct scape_decode_options options = {.threads = 2 + (unsigned)i % 3,
                                               .parallel_input = true};
        struct scape_report report, whole;
        struct place place = make_place(content.size);
        struct faulty faulty = {&file, rng_below(&rng, (uint32_t)file.size), results[i % 3]};
        struct scape_input input = {&faulty, never_read, faulty_read_at, file.size};
        struct scape_output output = {&place, never_write, place_write_at};
        enum scape_error error = scape_decode(&input, &output, &options, &report);
        assert_int_equal(error, errors[i % 3]);
        assert_true(report.position <= faulty.at);
        assert_memory_equal(place.content.data, content.data, (size_t)report.content_bytes);
        /* its other threads do no worse */
        assert_int_equal(decode_at(&file, &place, &options, &whole), SCAPE_OK);
        assert_true(report.content_bytes <= whole.content_bytes);
        free_place(&place);
    }
    bytes_free(&file);
    bytes_free(&content);
}

/* A size that is not told, or too small, is none that reading relies on. */
static void test_wrong_size(void **state) {
    (void)state;
    struct bytes content = make_content(100000);
    struct bytes file = make_file(&content, CHUNK_LOG2);
    struct scape_decode_options options = {.threads = 2, .parallel_input = true};
    for (uint64_t size = 0; size <= 2 * file.size; size += file.size / 7) {
        struct place place = make_place(content.size);
        struct scape_input input = {&file, never_read, bytes_read_at, size};
        struct scape_output output = {&place, never_write, place_write_at};
        assert_int_equal(scape_decode(&input, &output, &options, NULL), SCAPE_OK);
        assert_memory_equal(place.content.data, content.data, content.size);
        free_place(&place);
    }
    bytes_free(&file);
    bytes_free(&content);
}

struct stop {
    uint64_t after, content_bytes;
};

static int stop_after(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct stop *stop = ctx;
    (void)bytes_in;
    stop->content_bytes = bytes_out;
    return stop->after-- == 0;
}

static void test_cancellation(void **state) {
    (void)state;
    struct bytes content = make_content(400000);
    struct bytes file = make_file(&content, CHUNK_LOG2);
    for (unsigned after = 0; after < 20; after++) {
        struct stop stop = {.after = after};
        struct scape_report report;
        struct place place = make_place(content.size);
        struct scape_decode_options options = {.threads = 2 + after % 3,
                                               .parallel_input = true,
                                               .progress = stop_after,
                                               .progress_ctx = &stop};
        assert_int_equal(decode_at(&file, &place, &options, &report), SCAPE_ERROR_IO);
        assert_int_equal(report.content_bytes, stop.content_bytes);
        assert_int_equal(report.content_bytes, (after + 1) << CHUNK_LOG2);
        assert_memory_equal(place.content.data, content.data, (size_t)report.content_bytes);
        free_place(&place);
    }
    bytes_free(&file);
    bytes_free(&content);
}

static void test_memory(void **state) {
    (void)state;
    struct bytes content = make_content(300000);
    struct bytes file = make_file(&content, CHUNK_LOG2);
    unsigned refused = 0, decoded = 0;
    for (uint64_t most = 20000; most <= 2000000; most += most / 2) {
        struct scape_report report;
        struct place place = make_place(content.size);
        struct scape_decode_options options = {
            .threads = 3, .parallel_input = true, .max_memory = most};
        enum scape_error error = decode_at(&file, &place, &options, &report);
        assert_true(error == SCAPE_OK || error == SCAPE_ERROR_MEMORY);
        assert_true(report.peak_memory <= most);
        assert_memory_equal(place.content.data, content.data, (size_t)report.content_bytes);
        refused += error != SCAPE_OK;
        decoded += error == SCAPE_OK;
        free_place(&place);
    }
    assert_true(refused > 0 && decoded > 0);
    bytes_free(&file);
    bytes_free(&content);
}

/* A source that is read piece by piece. */
static void test_decoder(void **state) {
    (void)state;
    struct bytes content = make_content(150000);
    struct bytes file = make_file(&content, CHUNK_LOG2);
    struct scape_input input = {&file, never_read, bytes_read_at, file.size};
    struct scape_decode_options options = {.threads = 3, .parallel_input = true};
    struct scape_decoder *decoder;
    uint8_t *have = malloc(content.size + 1);
    size_t got;
    assert_non_null(have);
    assert_int_equal(scape_decoder_open(&decoder, &input, &options, NULL), SCAPE_OK);
    assert_int_equal(scape_decoder_read(decoder, have, content.size + 1, &got, NULL), SCAPE_OK);
    assert_int_equal(got, content.size);
    assert_memory_equal(have, content.data, got);
    scape_decoder_close(decoder);
    free(have);
    bytes_free(&file);
    bytes_free(&content);
}

/* ---- Encoding ---- */

static const struct scape_encode_options plain = {.chunk_log2 = CHUNK_LOG2};

static enum scape_error encode(struct scape_input input, struct bytes *file,
                               const struct scape_encode_options *options,
                               struct scape_report *report) {
    struct scape_output output = {.ctx = file, .write = bytes_write};
    file->size = 0;
    return scape_compress_stream(&input, &output, options, NULL, report);
}

static void test_same_file(void **state) {
    (void)state;
    for (size_t size = 0; size <= 100000; size = 3 * size + 20000) {
        struct bytes content = make_content(size), want = {0}, have = {0};
        struct scape_input input = bytes_input(&content);
        struct scape_encode_options options = plain;
        for (unsigned i = 0; i < 4; i++) {
            options.threads = 1;
            options.parallel_input = false;
            options.repeats = i == 1;
            options.content_sha256 = i == 2;
            options.content_size_given = i == 3;
            options.content_size = content.size;
            content.at = 0;
            assert_int_equal(encode(input, &want, &options, NULL), SCAPE_OK);
            options.parallel_input = true;
            for (options.threads = 1; options.threads <= MOST_THREADS; options.threads++) {
                bool in_order = options.threads == 1 || options.repeats || options.content_sha256;
                content.at = 0;
                input.read = in_order ? bytes_read : never_read;
                assert_int_equal(encode(input, &have, &options, NULL), SCAPE_OK);
                assert_same_bytes(&have, &want, "threads that read");
            }
            input.read = bytes_read;
        }
        bytes_free(&content);
        bytes_free(&want);
        bytes_free(&have);
    }
}

static void test_encoding_failing_read(void **state) {
    (void)state;
    static const int64_t results[] = {-1, 1, 0};
    static const enum scape_error errors[] = {SCAPE_ERROR_IO, SCAPE_ERROR_IO,
                                              SCAPE_ERROR_BAD_LENGTH};
    struct bytes content = make_content(200000), file = {0}, whole = {0};
    struct scape_encode_options options = plain;
    assert_int_equal(encode(bytes_input(&content), &whole, &options, NULL), SCAPE_OK);
    options.parallel_input = true;
    for (unsigned i = 0; i < 36; i++) {
        struct faulty faulty = {&content, i * 5555, results[i % 3]};
        struct scape_input input = {&faulty, never_read, faulty_read_at, content.size};
        struct scape_report report;
        options.threads = 2 + i % 3;
        assert_int_equal(encode(input, &file, &options, &report), errors[i % 3]);
        assert_true(file.size < whole.size);
        assert_memory_equal(file.data, whole.data, file.size);
    }
    options.content_size_given = true;
    options.content_size = content.size - 1;
    assert_int_equal(encode(bytes_input(&content), &file, &options, NULL), SCAPE_ERROR_BAD_LENGTH);
    options.content_size = content.size + 1;
    assert_int_equal(encode(bytes_input(&content), &file, &options, NULL), SCAPE_ERROR_BAD_LENGTH);
    bytes_free(&content);
    bytes_free(&file);
    bytes_free(&whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_content),  cmocka_unit_test(test_same_first_error),
        cmocka_unit_test(test_failing_write), cmocka_unit_test(test_failing_read),
        cmocka_unit_test(test_wrong_size),    cmocka_unit_test(test_cancellation),
        cmocka_unit_test(test_memory),        cmocka_unit_test(test_decoder),
        cmocka_unit_test(test_same_file),     cmocka_unit_test(test_encoding_failing_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
