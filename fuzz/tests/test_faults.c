/* test_faults.c - every allocation, every read and every write of compressing and decompressing
 * fails once, in the reference and in libscape: that error each time, everything given back, and
 * nothing put out but a beginning of the right bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "encode.h"
#include "fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONTENT_SIZE = 60000,
    BF16_SIZE = 24000,
    Q4_K_SIZE = 144 * 100,
    ERRNO_COUNT = 4
};

static const int error_numbers[ERRNO_COUNT] = {EINTR, ENOSPC, EPIPE, EIO};

static const struct scape_ref_profile standard = {scape_ref_standard_profile, 0};

static struct scape_ref_plan_region regions[] = {
    {.length = BF16_SIZE,
     .dtype = SCAPE_REF_DTYPE_BF16,
     .rank = 2,
     .dims = {120, 100},
     .name = "w",
     .name_len = 1},
    {.length = Q4_K_SIZE,
     .dtype = SCAPE_REF_DTYPE_Q4_K,
     .rank = 1,
     .dims = {25600},
     .name = "q",
     .name_len = 1},
    {.length = CONTENT_SIZE - BF16_SIZE - Q4_K_SIZE, .name = ""}};
enum {
    REGION_COUNT = sizeof regions / sizeof *regions
};

/* Numbers with few exponents, blocks, text that repeats: every coder is chosen somewhere. */
static uint8_t *make_content(void) {
    static uint8_t content[CONTENT_SIZE];
    uint32_t random = 7;
    for (size_t i = 0; i < CONTENT_SIZE; i++) {
        random = random * 1664525U + 1013904223U;
        uint8_t byte = (uint8_t)(random >> 24);
        bool exponent = i < BF16_SIZE && i % 2 == 1;
        content[i] = exponent ? (uint8_t)(0x3B + (byte & 3)) : byte;
        if (i >= BF16_SIZE + Q4_K_SIZE) {
            content[i] = (uint8_t) "the weights of a model "[i % 23];
        }
    }
    return content;
}

/* ---- The reference ---- */

struct reference_run {
    struct fuzz_memory memory;
    struct fuzz_source source;
    struct fuzz_sink sink;
};

static enum scape_ref_error run_reference(struct reference_run *r, bool encode,
                                          enum scape_ref_level level, const uint8_t *data,
                                          size_t size) {
    const struct scape_ref_profile profile = {standard.data, scape_ref_standard_profile_size};
    r->source.data = data;
    r->source.size = size;
    const struct scape_ref_input input = fuzz_source_open(&r->source, true);
    const struct scape_ref_output output = fuzz_sink_open(&r->sink);
    if (encode) {
        const struct scape_ref_encode_options options = {.level = level,
                                                         .chunk_log2 = 12,
                                                         .content_size = size,
                                                         .regions = regions,
                                                         .region_count = REGION_COUNT,
                                                         .profile = &profile,
                                                         .embed_profile =
                                                             level == SCAPE_REF_ENCODE_MAX,
                                                         .content_sha256 = true,
                                                         .repeats = true,
                                                         .hooks = fuzz_hooks(&r->memory)};
        return scape_ref_encode(&input, &output, &options, NULL, NULL);
    }
    const struct scape_ref_options options = {
        .profiles = &profile, .profile_count = 1, .hooks = fuzz_hooks(&r->memory)};
    return scape_ref_decode(&input, &output, &options, NULL);
}

static void check_reference(struct reference_run *r, enum scape_ref_error error,
                            enum scape_ref_error want, const struct fuzz_sink *whole) {
    assert_int_equal(error, want);
    assert_int_equal(r->memory.live, 0);
    assert_true(r->sink.size < whole->size || (r->sink.size == 0 && whole->size == 0) ||
                want == SCAPE_REF_NO_MEMORY || want == SCAPE_REF_IO);
    assert_true(r->sink.size <= whole->size);
    assert_memory_equal(r->sink.size != 0 ? r->sink.data : whole->data, whole->data, r->sink.size);
    fuzz_sink_free(&r->sink);
}

/* Returns what the run without a fault put out. */
static struct fuzz_sink fail_reference(bool encode, enum scape_ref_level level, const uint8_t *data,
                                       size_t size) {
    struct reference_run whole = {.memory.fill = 0};
    assert_int_equal(run_reference(&whole, encode, level, data, size), SCAPE_REF_OK);
    for (uint64_t n = 1; n <= whole.memory.calls; n++) {
        struct reference_run r = {.memory = {.fill = 0xA5, .fail_at = n}};
        enum scape_ref_error error = run_reference(&r, encode, level, data, size);
        check_reference(&r, error, SCAPE_REF_NO_MEMORY, &whole.sink);
    }
    for (uint64_t n = 1; n <= whole.source.calls; n++) {
        struct reference_run r = {.source = {.fail_at = n, .error_number = error_numbers[n % 4]}};
        enum scape_ref_error error = run_reference(&r, encode, level, data, size);
        check_reference(&r, error, SCAPE_REF_IO, &whole.sink);
    }
    for (uint64_t n = 1; n <= whole.sink.calls; n++) {
        struct reference_run r = {.sink = {.fail_at = n, .error_number = error_numbers[n % 4]}};
        enum scape_ref_error error = run_reference(&r, encode, level, data, size);
        check_reference(&r, error, SCAPE_REF_IO, &whole.sink);
    }
    print_message(
        "reference  %-10s level %d          allocations %4llu  reads %4llu  writes %4llu\n",
        encode ? "encode" : "decode", (int)level, (unsigned long long)whole.memory.calls,
        (unsigned long long)whole.source.calls, (unsigned long long)whole.sink.calls);
    return whole.sink;
}

static void test_reference(void **state) {
    (void)state;
    const uint8_t *content = make_content();
    for (int level = 1; level <= 3; level++) {
        struct fuzz_sink file =
            fail_reference(true, (enum scape_ref_level)level, content, CONTENT_SIZE);
        struct fuzz_sink back =
            fail_reference(false, (enum scape_ref_level)level, file.data, file.size);
        assert_int_equal(back.size, CONTENT_SIZE);
        assert_memory_equal(back.data, content, CONTENT_SIZE);
        fuzz_sink_free(&file);
        fuzz_sink_free(&back);
    }
}

/* ---- libscape ---- */

static const char *const task_names[FUZZ_TASK_COUNT] = {
    [FUZZ_DECODE] = "decode",   [FUZZ_DECOMPRESS] = "decompress", [FUZZ_DECODER] = "decoder",
    [FUZZ_ARCHIVE] = "archive", [FUZZ_ENCODE] = "encode",         [FUZZ_COMPRESS] = "compress"};

static struct fuzz_sink fail_engine(const struct fuzz_faults *f, const uint8_t *data, size_t size) {
    struct fuzz_outcome whole;
    fuzz_fault_every(f, data, size, &whole);
    assert_int_equal(whole.error, SCAPE_OK);
    print_message(
        "libscape   %-10s level %d threads %u  allocations %4llu  reads %4llu  writes %4llu\n",
        task_names[f->task], (int)f->level, f->threads, (unsigned long long)whole.allocations,
        (unsigned long long)whole.reads, (unsigned long long)whole.writes);
    return whole.output;
}

static void test_libscape(void **state) {
    (void)state;
    const uint8_t *content = make_content();
    struct scape_region plan[REGION_COUNT];
    for (size_t i = 0; i < REGION_COUNT; i++) {
        const struct scape_ref_plan_region *r = &regions[i];
        plan[i] =
            (struct scape_region){r->length, r->dtype, r->rank, r->dims, r->name, r->name_len};
    }
    for (int level = 1; level <= 3; level++) {
        for (unsigned way = 0; way < 3; way++) {
            struct fuzz_faults f = {.level = (enum scape_level)level,
                                    .threads = way == 0 ? 1 : FUZZ_THREADS_MAX,
                                    .parallel = way == 2,
                                    .regions = plan,
                                    .region_count = REGION_COUNT,
                                    .task = FUZZ_COMPRESS};
            struct fuzz_sink other = fail_engine(&f, content, CONTENT_SIZE);
            f.task = FUZZ_ENCODE;
            struct fuzz_sink file = fail_engine(&f, content, CONTENT_SIZE);
            for (int task = FUZZ_DECODE; task <= FUZZ_ARCHIVE; task++) {
                f.task = (enum fuzz_task)task;
                struct fuzz_sink back = fail_engine(&f, file.data, file.size);
                assert_int_equal(back.size, CONTENT_SIZE);
                assert_memory_equal(back.data, content, CONTENT_SIZE);
                fuzz_sink_free(&back);
            }
            fuzz_sink_free(&other);
            fuzz_sink_free(&file);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference),
                                       cmocka_unit_test(test_libscape)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
