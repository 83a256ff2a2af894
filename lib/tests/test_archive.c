/* test_archive.c - random access: what a file is made of, ranges by several threads at once, and
 * how little is read. Meant to be run under ThreadSanitizer too. */
#include "support.h"

#include <pthread.h>
#include <string.h>

/* Two frames with one without content between them; regions of several chunks, some of them equal.
 */
struct sample {
    struct bytes content, file;
    struct bytes half; /* the content of one frame */
};

static void add_copy(struct bytes *to, const struct bytes *from) {
    size_t at = to->size;
    bytes_add(to, NULL, from->size);
    memcpy(to->data + at, from->data, from->size);
}

static void sample_make(struct sample *s) {
    struct rng rng = {99};
    *s = (struct sample){0};
    bytes_add(&s->half, NULL, 500000);
    content_fill(&rng, SCAPE_REF_DTYPE_BF16, s->half.data, s->half.size);
    memcpy(s->half.data + 300000, s->half.data, 100000);
    struct scape_ref_plan_region regions[3] = {
        {200000, SCAPE_REF_DTYPE_BF16, 2, {1000, 100}, "a", 1},
        {100000, SCAPE_REF_DTYPE_BF16, 1, {50000}, "b", 1},
        {200000, SCAPE_REF_DTYPE_BF16, 2, {1000, 100}, "c", 1}};
    struct scape_ref_encode_options options = {.chunk_log2 = 13,
                                               .content_size = s->half.size,
                                               .regions = regions,
                                               .region_count = 3,
                                               .content_sha256 = true,
                                               .repeats = true};
    struct bytes frame = reference_encode(&s->half, &options);
    add_copy(&s->file, &frame);
    struct bytes nothing = {0};
    struct scape_ref_encode_options plain = {.chunk_log2 = 13};
    struct bytes empty = reference_encode(&nothing, &plain);
    add_copy(&s->file, &empty);
    bytes_free(&empty);
    add_copy(&s->file, &frame);
    add_copy(&s->content, &s->half);
    add_copy(&s->content, &s->half);
    bytes_free(&frame);
}

static void sample_free(struct sample *s) {
    bytes_free(&s->content);
    bytes_free(&s->file);
    bytes_free(&s->half);
}

static struct scape_archive *open_sample(struct sample *s, unsigned threads) {
    struct scape_input input = bytes_input(&s->file);
    struct scape_decode_options options = {.threads = threads};
    struct scape_archive *archive;
    assert_int_equal(scape_archive_open(&archive, &input, &options, NULL), SCAPE_OK);
    return archive;
}

/* ---- What a file is made of -------------------------------------------------------------------
 */

static void test_frames(void **state) {
    (void)state;
    struct sample s;
    sample_make(&s);
    struct scape_archive *a = open_sample(&s, 1);
    struct scape_frame frame;
    assert_int_equal(scape_archive_frame_count(a), 3);
    assert_int_equal(scape_archive_frame_at(a, 3, &frame), SCAPE_ERROR_BAD_ARGUMENT);
    uint64_t position = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(scape_archive_frame_at(a, i, &frame), SCAPE_OK);
        assert_int_equal(frame.position, position);
        assert_int_equal(frame.content_size, i == 1 ? 0 : 500000);
        assert_int_equal(frame.chunk_log2, 13);
        assert_int_equal(frame.repeats, i != 1);
        assert_int_equal(frame.content_sha256, i != 1);
        assert_true(frame.size_given && !frame.profile_named && !frame.profile_embedded);
        position += frame.size;
    }
    assert_int_equal(position, s.file.size);
    scape_archive_close(a);
    sample_free(&s);
}

/* A skippable frame [FRM-010] by hand. */
static void test_skippable(void **state) {
    (void)state;
    struct sample s;
    struct scape_frame frame;
    struct scape_report report;
    uint8_t skip[43] = {0xD3, 'S', 'K', 'I', 'P', 'S', 0x0D, 0x0A, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3};
    sample_make(&s);
    skip[19] = 43;
    memcpy(skip + 35, s.file.data + s.file.size - 8, 8); /* the end magic */
    size_t before = s.file.size;
    bytes_add(&s.file, NULL, sizeof skip);
    memcpy(s.file.data + before, skip, sizeof skip);
    struct scape_archive *a = open_sample(&s, 1);
    assert_int_equal(scape_archive_frame_count(a), 4);
    assert_int_equal(scape_archive_frame_at(a, 3, &frame), SCAPE_OK);
    assert_true(frame.skippable && frame.size == 43 && frame.position == before);
    uint8_t byte;
    assert_int_equal(scape_archive_read(a, 999999, &byte, 1, &report), SCAPE_OK);
    assert_int_equal(byte, s.content.data[999999]);
    scape_archive_close(a);
    sample_free(&s);
}

/* Chunks tile the content, and tell their coding; so many are repeats as the bytes are. */
static void test_chunks(void **state) {
    (void)state;
    struct sample s;
    sample_make(&s);
    struct scape_archive *a = open_sample(&s, 1);
    struct scape_chunk chunk;
    uint64_t end = 0;
    size_t repeats = 0;
    for (size_t i = 0; i < scape_archive_chunk_count(a); i++) {
        uint32_t layout, coder;
        assert_int_equal(scape_archive_chunk_at(a, i, &chunk), SCAPE_OK);
        assert_int_equal(chunk.content_start, end);
        assert_true(chunk.position + 20 + chunk.payload_length < s.file.size);
        end += chunk.content_length;
        repeats += chunk.repeat;
        enum scape_error error = scape_archive_chunk_coding(a, i, &layout, &coder);
        assert_int_equal(error, chunk.repeat ? SCAPE_ERROR_BAD_ARGUMENT : SCAPE_OK);
        assert_true(chunk.repeat || scape_layout_name(layout) != NULL);
        assert_true(chunk.repeat || scape_coder_name(coder) != NULL);
    }
    assert_int_equal(end, s.content.size);
    assert_true(repeats >= 20);
    size_t count = scape_archive_chunk_count(a);
    assert_int_equal(scape_archive_chunk_at(a, count, &chunk), SCAPE_ERROR_BAD_ARGUMENT);
    scape_archive_close(a);
    sample_free(&s);
}

/* ---- Ranges -----------------------------------------------------------------------------------
 */

struct reader {
    struct scape_archive *archive;
    const struct bytes *content;
    uint64_t seed;
    int failures;
};

static int compare_write(void *ctx, const void *data, size_t n) {
    struct bytes *want = ctx;
    bool same = n <= want->size - want->at && memcmp(want->data + want->at, data, n) == 0;
    want->at += n;
    return same ? 0 : 1;
}

static void *read_ranges(void *argument) {
    struct reader *r = argument;
    struct rng rng = {r->seed};
    struct bytes out = {0};
    for (int i = 0; i < 60; i++) {
        size_t n = rng_below(&rng, i % 8 == 0 ? 300000 : 20000);
        size_t start = rng_below(&rng, (uint32_t)(r->content->size - n + 1));
        struct bytes want = {r->content->data + start, n, n, 0};
        struct scape_output output = {.ctx = &want, .write = compare_write};
        struct scape_report report;
        out.size = 0;
        bytes_add(&out, NULL, n + 1);
        enum scape_error error = scape_archive_read(r->archive, start, out.data, n, &report);
        r->failures += error != SCAPE_OK || memcmp(out.data, want.data, n) != 0;
        error = scape_archive_copy(r->archive, start, n, &output, &report);
        r->failures += error != SCAPE_OK || want.at != n || report.content_bytes != n;
    }
    bytes_free(&out);
    return NULL;
}

/* Several readers on one handle that decodes by several threads itself. */
static void test_readers(void **state) {
    (void)state;
    enum {
        READERS = 4
    };
    struct sample s;
    sample_make(&s);
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct scape_archive *a = open_sample(&s, threads);
        struct reader readers[READERS];
        pthread_t ids[READERS];
        for (int i = 0; i < READERS; i++) {
            readers[i] = (struct reader){a, &s.content, 7 + (uint64_t)i, 0};
            assert_int_equal(pthread_create(&ids[i], NULL, read_ranges, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            pthread_join(ids[i], NULL);
            assert_int_equal(readers[i].failures, 0);
        }
        scape_archive_close(a);
    }
    sample_free(&s);
}

static int refuse_later(void *ctx, const void *data, size_t n) {
    size_t *left = ctx;
    (void)data;
    if (n > *left) {
        return 1;
    }
    *left -= n;
    return 0;
}

/* Damage in the middle: what comes before it is delivered, and its place is told; an output that
 * takes no more ends the call; the handle goes on working. */
static void test_range_errors(void **state) {
    (void)state;
    struct sample s;
    sample_make(&s);
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct scape_archive *a = open_sample(&s, threads);
        struct scape_report report;
        struct scape_chunk chunk;
        assert_int_equal(scape_archive_chunk_at(a, 20, &chunk), SCAPE_OK);
        s.file.data[chunk.position + 30] ^= 1;
        struct bytes want = s.half;
        struct scape_output output = {.ctx = &want, .write = compare_write};
        assert_int_equal(scape_archive_copy(a, 0, 500000, &output, &report), SCAPE_ERROR_CHECKSUM);
        assert_int_equal(report.position, chunk.position);
        assert_int_equal(report.content_bytes, chunk.content_start);
        assert_int_equal(want.at, chunk.content_start);
        s.file.data[chunk.position + 30] ^= 1;
        size_t left = 50000;
        struct scape_output narrow = {.ctx = &left, .write = refuse_later};
        assert_int_equal(scape_archive_copy(a, 0, 500000, &narrow, &report), SCAPE_ERROR_IO);
        assert_true(report.content_bytes <= 50000);
        want.at = 0;
        assert_int_equal(scape_archive_copy(a, 0, 500000, &output, &report), SCAPE_OK);
        assert_int_equal(scape_archive_copy(a, 1, s.content.size, &output, &report),
                         SCAPE_ERROR_BAD_ARGUMENT);
        struct scape_output none = {.ctx = NULL, .write = NULL};
        assert_int_equal(scape_archive_copy(a, 0, 1, NULL, NULL), SCAPE_ERROR_BAD_ARGUMENT);
        assert_int_equal(scape_archive_copy(a, 0, 1, &none, NULL), SCAPE_ERROR_BAD_ARGUMENT);
        assert_int_equal(scape_archive_read(a, 0, NULL, 1, NULL), SCAPE_ERROR_BAD_ARGUMENT);
        assert_int_equal(scape_archive_read(a, 0, NULL, 0, NULL), SCAPE_OK);
        scape_archive_close(a);
    }
    sample_free(&s);
}

/* ---- How much is read -------------------------------------------------------------------------
 */

/* One tensor out of many costs the index, its own chunks, and at most a MiB. */
static void test_reads_only_what_it_needs(void **state) {
    (void)state;
    enum {
        TENSORS = 40,
        EACH = 1 << 18
    };
    struct bytes content = {0}, out = {0};
    struct rng rng = {5};
    bytes_add(&content, NULL, (size_t)TENSORS * EACH);
    content_fill(&rng, SCAPE_REF_DTYPE_BF16, content.data, content.size);
    struct scape_region regions[TENSORS];
    static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < TENSORS; i++) {
        regions[i] = (struct scape_region){
            .length = EACH, .dtype = SCAPE_REF_DTYPE_BF16, .name = names + i, .name_length = 1};
    }
    struct scape_encode_options options = {
        .chunk_log2 = 16, .regions = regions, .region_count = TENSORS};
    struct bytes file = {0};
    bytes_add(&file, NULL, (size_t)scape_compress_bound(content.size, &options));
    assert_int_equal(scape_compress(content.data, content.size, file.data, file.size, &file.size,
                                    &options, NULL),
                     SCAPE_OK);
    assert_true(file.size > 5 << 20); /* else the limit would say nothing */
    struct counted_bytes counted = {&file, 0};
    struct scape_input input = {&counted, NULL, counted_read_at, file.size};
    struct scape_archive *a;
    struct scape_tensor tensor;
    assert_int_equal(scape_archive_open(&a, &input, NULL, NULL), SCAPE_OK);
    uint64_t opening = counted.bytes, own = 0;
    assert_int_equal(scape_archive_find(a, "h", 1, &tensor), SCAPE_OK);
    for (size_t i = 0; i < scape_archive_chunk_count(a); i++) {
        struct scape_chunk chunk;
        assert_int_equal(scape_archive_chunk_at(a, i, &chunk), SCAPE_OK);
        bool inside = chunk.content_start >= tensor.start &&
                      chunk.content_start < tensor.start + tensor.length;
        own += inside ? chunk.payload_length + 20u : 0;
    }
    bytes_add(&out, NULL, EACH);
    assert_int_equal(scape_archive_read(a, tensor.start, out.data, EACH, NULL), SCAPE_OK);
    assert_memory_equal(out.data, content.data + tensor.start, EACH);
    assert_int_equal(counted.bytes - opening, own);
    assert_true(opening < 4096); /* index, header, trailer */
    scape_archive_close(a);
    bytes_free(&content);
    bytes_free(&file);
    bytes_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),       cmocka_unit_test(test_skippable),
        cmocka_unit_test(test_chunks),       cmocka_unit_test(test_readers),
        cmocka_unit_test(test_range_errors), cmocka_unit_test(test_reads_only_what_it_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
