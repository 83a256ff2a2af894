/* test_encode_interface.c - the encoder's calls: streams, threads, errors, limits, memory. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static struct bytes make_content(size_t size) {
    struct bytes content = {0};
    struct rng rng = {4711};
    bytes_add(&content, NULL, size);
    content_fill(&rng, SCAPE_REF_DTYPE_BF16, content.data, content.size);
    memcpy(content.data + size / 2, content.data, size / 4); /* some chunks repeat */
    return content;
}

/* A matrix of bf16, and bytes behind it. */
static const uint64_t dims[2] = {600, 100};
static const struct scape_region regions[2] = {
    {120000, SCAPE_REF_DTYPE_BF16, 2, dims, "model.weight", 12},
    {7000, SCAPE_REF_DTYPE_Q8_0, 0, NULL, "model.quantised", 15},
};

static struct scape_encode_options plain_options(void) {
    return (struct scape_encode_options){
        .chunk_log2 = 13, .regions = regions, .region_count = 2, .content_sha256 = true};
}

static enum scape_error encode_memory(const struct bytes *content, struct bytes *file,
                                      const struct scape_encode_options *options) {
    file->size = 0;
    bytes_add(file, NULL, (size_t)scape_compress_bound(content->size, options));
    return scape_compress(content->data, content->size, file->data, file->size, &file->size,
                          options, NULL);
}

static enum scape_error encode_stream(struct bytes *content, struct bytes *file,
                                      const struct scape_encode_options *options, bool seekable,
                                      struct scape_report *report) {
    struct scape_input input = bytes_input(content);
    struct scape_output output = {.ctx = file, .write = bytes_write};
    uint64_t size;
    content->at = file->size = 0;
    if (!seekable) {
        input.read_at = NULL;
    }
    enum scape_error error = scape_compress_stream(&input, &output, options, &size, report);
    assert_int_equal(size, file->size);
    return error;
}

/* One to four threads, memory and streams, with and without repeats: the same bytes. */
static void test_threads_and_streams(void **state) {
    (void)state;
    struct bytes content = make_content(200001), want = {0}, have = {0};
    for (unsigned repeats = 0; repeats < 2; repeats++) {
        struct scape_encode_options options = plain_options();
        options.repeats = repeats == 1;
        assert_int_equal(encode_memory(&content, &want, &options), SCAPE_OK);
        options.content_size_given = true;
        options.content_size = content.size;
        for (options.threads = 1; options.threads <= 4; options.threads++) {
            assert_int_equal(encode_memory(&content, &have, &options), SCAPE_OK);
            assert_same_bytes(&have, &want, "threads, in memory");
            assert_int_equal(encode_stream(&content, &have, &options, true, NULL), SCAPE_OK);
            assert_same_bytes(&have, &want, "threads, as a stream");
        }
    }
    bytes_free(&content);
    bytes_free(&want);
    bytes_free(&have);
}

/* What was encoded is decoded to the same content. */
static void test_round_trip(void **state) {
    (void)state;
    struct bytes content = make_content(150001), file = {0}, back = {0};
    struct scape_encode_options options = plain_options();
    for (unsigned size_given = 0; size_given < 2; size_given++) {
        options.content_size_given = size_given == 1;
        options.content_size = content.size;
        assert_int_equal(encode_stream(&content, &file, &options, false, NULL), SCAPE_OK);
        assert_int_equal(lib_decode(&file, content.size, &back, NULL), SCAPE_OK);
        assert_same_bytes(&back, &content, "content");
    }
    bytes_free(&content);
    bytes_free(&file);
    bytes_free(&back);
}

static void test_empty(void **state) {
    (void)state;
    struct bytes content = {0}, file = {0}, back = {0};
    assert_int_equal(encode_memory(&content, &file, NULL), SCAPE_OK);
    assert_int_equal(lib_decode(&file, 0, &back, NULL), SCAPE_OK);
    assert_int_equal(back.size, 0);
    bytes_free(&file);
    bytes_free(&back);
}

static void test_wrong_size_given(void **state) {
    (void)state;
    struct bytes content = make_content(30000), file = {0};
    struct scape_encode_options options = plain_options();
    options.content_size_given = true;
    for (uint64_t size = 29999; size <= 30001; size += 2) {
        options.content_size = size;
        assert_int_equal(encode_stream(&content, &file, &options, true, NULL),
                         SCAPE_ERROR_BAD_LENGTH);
    }
    bytes_free(&content);
    bytes_free(&file);
}

static void test_too_little_room(void **state) {
    (void)state;
    struct bytes content = make_content(30000), file = {0};
    struct scape_encode_options options = plain_options();
    assert_int_equal(encode_memory(&content, &file, &options), SCAPE_OK);
    size_t whole = file.size, got;
    for (size_t room = 0; room < whole; room += 1 + whole / 13) {
        assert_int_equal(
            scape_compress(content.data, content.size, file.data, room, &got, &options, NULL),
            SCAPE_ERROR_MEMORY);
        assert_true(got <= room);
    }
    assert_int_equal(
        scape_compress(content.data, content.size, file.data, whole, &got, &options, NULL),
        SCAPE_OK);
    bytes_free(&content);
    bytes_free(&file);
}

static int refuse_write(void *ctx, const void *data, size_t n) {
    (void)data;
    (void)n;
    return --*(int *)ctx < 0;
}

static int64_t refuse_read(void *ctx, void *buffer, size_t n) {
    (void)ctx;
    (void)buffer;
    (void)n;
    return -1;
}

static int refuse_progress(void *ctx, uint64_t content_bytes, uint64_t file_bytes) {
    assert_true(file_bytes > 0 && content_bytes > 0);
    return --*(int *)ctx < 0;
}

static void test_failing_callbacks(void **state) {
    (void)state;
    struct bytes content = make_content(30000), file = {0};
    struct scape_encode_options options = plain_options();
    struct scape_input input = bytes_input(&content);
    for (int allowed = 0; allowed < 6; allowed++) { /* header, 4 chunks, index */
        for (options.threads = 1; options.threads <= 2; options.threads++) {
            int left = allowed;
            struct scape_output output = {.ctx = &left, .write = refuse_write};
            content.at = 0;
            assert_int_equal(scape_compress_stream(&input, &output, &options, NULL, NULL),
                             SCAPE_ERROR_IO);
        }
    }
    options.threads = 2;
    options.progress = refuse_progress;
    for (int allowed = 0; allowed < 4; allowed++) {
        int left = allowed;
        options.progress_ctx = &left;
        assert_int_equal(encode_stream(&content, &file, &options, true, NULL), SCAPE_ERROR_IO);
    }
    options.progress = NULL;
    struct scape_output output = {.ctx = &file, .write = bytes_write};
    input.read = refuse_read;
    assert_int_equal(scape_compress_stream(&input, &output, &options, NULL, NULL), SCAPE_ERROR_IO);
    bytes_free(&content);
    bytes_free(&file);
}

static void expect_bad(const struct scape_encode_options *options) {
    struct bytes content = make_content(100), file = {0};
    assert_int_equal(encode_stream(&content, &file, options, true, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    bytes_free(&content);
    bytes_free(&file);
}

static void test_bad_arguments(void **state) {
    (void)state;
    struct scape_encode_options options = {.level = (enum scape_level)4};
    expect_bad(&options);
    options = (struct scape_encode_options){.chunk_log2 = 11};
    expect_bad(&options);
    options = (struct scape_encode_options){.chunk_log2 = 27};
    expect_bad(&options);
    options = (struct scape_encode_options){.threads = 65};
    expect_bad(&options);
    options = (struct scape_encode_options){.region_count = 1};
    expect_bad(&options);
    struct scape_region region = {.length = 10, .rank = 9, .dims = dims};
    options = (struct scape_encode_options){.regions = &region, .region_count = 1};
    expect_bad(&options);
    region = (struct scape_region){.length = 10, .name = "a\0b", .name_length = 3};
    expect_bad(&options);
    region = (struct scape_region){.length = 10, .dtype = 65536};
    expect_bad(&options);
    region = (struct scape_region){.length = UINT64_MAX};
    expect_bad(&options);
    assert_int_equal(scape_compress_bound(10, &options), 0);
}

static void test_repeats_need_read_at(void **state) {
    (void)state;
    struct bytes content = make_content(100), file = {0};
    struct scape_encode_options options = {.repeats = true};
    assert_int_equal(encode_stream(&content, &file, &options, false, NULL),
                     SCAPE_ERROR_BAD_ARGUMENT);
    bytes_free(&content);
    bytes_free(&file);
}

/* The standard profile serves as any profile file: named and embedded, it changes nothing else. */
static void test_profiles(void **state) {
    (void)state;
    struct bytes content = make_content(9000), file = {0}, back = {0};
    struct scape_profile profile = {scape_ref_standard_profile, scape_ref_standard_profile_size};
    for (unsigned embed = 0; embed < 2; embed++) {
        struct scape_encode_options options = plain_options();
        options.profile = &profile;
        options.embed_profile = embed == 1;
        assert_int_equal(encode_memory(&content, &file, &options), SCAPE_OK);
        enum scape_error missing = embed == 1 ? SCAPE_OK : SCAPE_ERROR_PROFILE_MISSING;
        assert_int_equal(lib_decode(&file, content.size, &back, NULL), missing);
        struct scape_decode_options known = {.profiles = &profile, .profile_count = 1};
        assert_int_equal(lib_decode(&file, content.size, &back, &known), SCAPE_OK);
        assert_same_bytes(&back, &content, "content");
    }
    profile.size--;
    struct scape_encode_options options = {.profile = &profile};
    assert_int_equal(encode_memory(&content, &file, &options), SCAPE_ERROR_PROFILE_BAD);
    bytes_free(&content);
    bytes_free(&file);
    bytes_free(&back);
}

/* Hooks that fail from some call on, and know what they gave out. */
struct budget {
    unsigned left, held;
};

static void *budget_allocate(void *ctx, size_t size) {
    struct budget *b = ctx;
    void *memory = b->left > 0 ? malloc(size) : NULL;
    b->left -= b->left > 0;
    b->held += memory != NULL;
    return memory;
}

static void budget_release(void *ctx, void *memory) {
    ((struct budget *)ctx)->held -= memory != NULL;
    free(memory);
}

static void test_allocation_failures(void **state) {
    (void)state;
    struct bytes content = make_content(200001), file = {0};
    for (unsigned threads = 1; threads <= 2; threads++) {
        enum scape_error error = SCAPE_ERROR_NO_MEMORY;
        for (unsigned allowed = 0; error != SCAPE_OK; allowed++) {
            struct budget budget = {allowed, 0};
            struct scape_encode_options options = plain_options();
            options.repeats = true;
            options.threads = threads;
            options.hooks = (struct scape_hooks){&budget, budget_allocate, budget_release};
            error = encode_stream(&content, &file, &options, true, NULL);
            assert_true(error == SCAPE_OK || error == SCAPE_ERROR_NO_MEMORY);
            assert_int_equal(budget.held, 0);
            assert_true(allowed < 10000);
        }
    }
    bytes_free(&content);
    bytes_free(&file);
}

/* A limit of what was held at most is enough, and a byte less is not. */
static void test_memory_limit(void **state) {
    (void)state;
    struct bytes content = make_content(200001), file = {0};
    struct scape_encode_options options = plain_options();
    struct scape_report report;
    options.max_memory = UINT64_C(1) << 40; /* any limit, so that small chunks come one by one */
    assert_int_equal(encode_stream(&content, &file, &options, true, &report), SCAPE_OK);
    uint64_t peak = report.peak_memory;
    assert_true(peak > 0);
    assert_int_equal(report.content_bytes, content.size);
    options.max_memory = peak;
    assert_int_equal(encode_stream(&content, &file, &options, true, &report), SCAPE_OK);
    options.max_memory = peak - 1;
    assert_int_equal(encode_stream(&content, &file, &options, true, &report), SCAPE_ERROR_MEMORY);
    assert_true(report.peak_memory <= peak - 1);
    bytes_free(&content);
    bytes_free(&file);
}

/* What is held does not grow with the content, but for the list of chunks. */
static void test_bounded_memory(void **state) {
    (void)state;
    uint64_t peaks[2];
    for (size_t i = 0; i < 2; i++) {
        struct bytes content = make_content((size_t)400000 << i), file = {0};
        struct scape_region region = {.length = content.size, .dtype = SCAPE_REF_DTYPE_BF16};
        struct scape_encode_options options = {
            .chunk_log2 = 16, .regions = &region, .region_count = 1};
        struct scape_report report;
        assert_int_equal(encode_stream(&content, &file, &options, false, &report), SCAPE_OK);
        peaks[i] = report.peak_memory;
        bytes_free(&content);
        bytes_free(&file);
    }
    assert_true(peaks[1] < peaks[0] + peaks[0] / 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_and_streams),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_wrong_size_given),
        cmocka_unit_test(test_too_little_room),
        cmocka_unit_test(test_failing_callbacks),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_repeats_need_read_at),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_bounded_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
