/* test_encode_frames.c - whole frames: generated weights of every type at every level, plans that
 * do not fit the content, repeats, methods, and what goes wrong on the way [CAN]. Content comes
 * from the generator of tools/scape-gen. */
#include "cursor.h"
#include "frame.h"
#include "scape_gen.h"
#include "test_encode_support.h"

#include <stdlib.h>
#include <string.h>

static const enum scape_ref_level levels[] = {SCAPE_REF_ENCODE_FAST, SCAPE_REF_ENCODE_DEFAULT,
                                              SCAPE_REF_ENCODE_MAX};

static const struct {
    uint16_t dtype, size;
} float_types[] = {
    {SCAPE_REF_DTYPE_BF16, 2},        {SCAPE_REF_DTYPE_F16, 2},
    {SCAPE_REF_DTYPE_F32, 4},         {SCAPE_REF_DTYPE_F64, 8},
    {SCAPE_REF_DTYPE_F8_E4M3, 1},     {SCAPE_REF_DTYPE_F8_E5M2, 1},
    {SCAPE_REF_DTYPE_F8_E4M3FNUZ, 1}, {SCAPE_REF_DTYPE_F8_E5M2FNUZ, 1},
};

enum {
    FLOAT_TYPES = sizeof float_types / sizeof *float_types,
    ROWS = 160,
    COLUMNS = 144
};

static uint8_t *generated(uint16_t dtype, size_t element, uint64_t seed, size_t *size) {
    *size = (size_t)ROWS * COLUMNS * element;
    uint8_t *data = malloc(*size);
    assert_non_null(data);
    assert_int_equal(scape_gen_values(seed, dtype, ROWS, COLUMNS, data, *size), SCAPE_GEN_OK);
    return data;
}

static void weights_of_every_float_type(void **state) {
    (void)state;
    for (size_t i = 0; i < FLOAT_TYPES; i++) {
        size_t size = 0;
        uint8_t *data = generated(float_types[i].dtype, float_types[i].size, i, &size);
        const struct scape_ref_plan_region region =
            tensor(float_types[i].dtype, size, ROWS, COLUMNS);
        for (size_t l = 0; l < 3; l++) {
            const struct scape_ref_encode_options options = plain_options(&region, levels[l]);
            struct blob frame = round_trip(data, size, &options);
            assert_true(frame.size < size - size / 32);
            free(frame.data);
        }
        free(data);
    }
}

static void weights_of_every_block_type(void **state) {
    (void)state;
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        const struct scape_ref_dtype *d = &scape_ref_dtypes[i];
        if (d->block_elements > 1) {
            uint64_t columns = 8 * (uint64_t)d->block_elements;
            size_t size = (size_t)8 * 8 * d->block_bytes;
            uint8_t *data = malloc(size);
            assert_non_null(data);
            assert_int_equal(scape_gen_values(i, (uint16_t)d->id, 8, columns, data, size),
                             SCAPE_GEN_OK);
            const struct scape_ref_plan_region region = tensor((uint16_t)d->id, size, 8, columns);
            const struct scape_ref_encode_options options =
                plain_options(&region, SCAPE_REF_ENCODE_DEFAULT);
            free(round_trip(data, size, &options).data);
            free(data);
        }
    }
}

/* Payload bytes of the first chunk of a frame without a named profile. */
static size_t first_payload(const struct blob *frame) {
    assert_int_equal(frame->data[32], SCAPE_REF_BLOCK_CHUNK);
    return (size_t)scape_ref_load_le(frame->data + 36, 4);
}

/* No content of any type at any level is larger than stored; sizes around those of an element. */
static void noise_is_never_larger_than_stored(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 31, 33, 255, 4097, 70001};
    struct random r = {1};
    uint8_t *data = malloc(70001);
    assert_non_null(data);
    random_fill(&r, data, 70001);
    for (size_t d = 0; d < scape_ref_dtype_count; d++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            if (sizes[i] < 1000 || d % 7 == 0) {
                const struct scape_ref_plan_region region =
                    tensor((uint16_t)scape_ref_dtypes[d].id, sizes[i], 1, sizes[i]);
                const struct scape_ref_encode_options options =
                    plain_options(&region, levels[(d + i) % 3]);
                struct blob frame = round_trip(data, sizes[i], &options);
                assert_true(first_payload(&frame) <= sizes[i] + 3);
                free(frame.data);
            }
        }
    }
    free(data);
}

static void tensors_that_repeat_themselves_shrink(void **state) {
    (void)state;
    enum {
        SIZE = 1 << 16
    };
    uint8_t *data = malloc(SIZE);
    struct random r = {2};
    assert_non_null(data);
    for (int way = 0; way < 4; way++) {
        random_fill(&r, data, SIZE);
        for (size_t i = 0; i < SIZE; i++) {
            data[i] = way == 0   ? 0                                   /* zeros */
                      : way == 1 ? (uint8_t)(i % 2 == 0 ? 0x80 : 0x3F) /* constant */
                      : way == 2 ? data[i % 512]                       /* duplicated rows */
                                 : (uint8_t)(i / 2 % 16 == 0 ? data[i] : 0);
        }
        const struct scape_ref_plan_region region =
            tensor(SCAPE_REF_DTYPE_BF16, SIZE, SIZE / 512, 256);
        const struct scape_ref_encode_options options =
            plain_options(&region, SCAPE_REF_ENCODE_MAX);
        struct blob frame = round_trip(data, SIZE, &options);
        assert_true(frame.size < (way == 3 ? 9000 : way == 2 ? 1200 : 400));
        free(frame.data);
    }
    free(data);
}

static void no_content(void **state) {
    (void)state;
    const struct scape_ref_plan_region empty = {.dtype = SCAPE_REF_DTYPE_BF16, .name = ""};
    struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_DEFAULT);
    free(round_trip(NULL, 0, &options).data);
    options = plain_options(&empty, SCAPE_REF_ENCODE_MAX);
    options.content_size = 0;
    options.content_sha256 = true;
    free(round_trip(NULL, 0, &options).data);
}

static void equal_input_gives_equal_bytes(void **state) {
    (void)state;
    size_t size = 0;
    uint8_t *data = generated(SCAPE_REF_DTYPE_BF16, 2, 3, &size);
    const struct scape_ref_plan_region region = tensor(SCAPE_REF_DTYPE_BF16, size, ROWS, COLUMNS);
    for (size_t l = 0; l < 3; l++) {
        struct scape_ref_encode_options options = plain_options(&region, levels[l]);
        options.chunk_log2 = 13;
        struct blob want = round_trip(data, size, &options);
        /* from a pipe that gives a few bytes at a time */
        struct transfer t = {.data = data, .size = size, .pipe = true, .piece = 1000 + l};
        assert_int_equal(transfer_encode(&t, &options), SCAPE_REF_OK);
        assert_same_bytes(t.out.data, t.out.size, want.data, want.size);
        transfer_free(&t);
        free(want.data);
    }
    free(data);
}

/* Chunk content lengths, by walking the blocks of a frame without a named profile. */
static size_t chunk_lengths(const struct blob *frame, uint32_t *out, size_t room) {
    size_t at = 32;
    size_t n = 0;
    while (frame->data[at] != SCAPE_REF_BLOCK_INDEX) {
        assert_true(n < room);
        out[n++] = (uint32_t)scape_ref_load_le(frame->data + at + 8, 4);
        at += 20 + (size_t)scape_ref_load_le(frame->data + at + 4, 4);
    }
    return n;
}

static void chunks_hold_whole_rows(void **state) {
    (void)state;
    uint8_t data[70 * 2 * 60] = {0};
    uint32_t lengths[8] = {0};
    struct random r = {4};
    random_fill(&r, data, sizeof data);
    const struct scape_ref_plan_region region = tensor(SCAPE_REF_DTYPE_BF16, sizeof data, 60, 70);
    struct scape_ref_encode_options options = plain_options(&region, SCAPE_REF_ENCODE_DEFAULT);
    options.chunk_log2 = 12;
    struct blob frame = round_trip(data, sizeof data, &options);
    assert_int_equal(chunk_lengths(&frame, lengths, 8), 3);
    assert_int_equal(lengths[0], 29 * 140);
    assert_int_equal(lengths[1], 29 * 140);
    assert_int_equal(lengths[2], 2 * 140);
    free(frame.data);
}

static void equal_chunks_become_repeats(void **state) {
    (void)state;
    enum {
        SIZE = 4096
    };
    static uint8_t data[5 * SIZE];
    struct random r = {5};
    random_fill(&r, data, 2 * SIZE);
    memcpy(data + 2 * SIZE, data, SIZE);
    memcpy(data + 3 * SIZE, data + SIZE, SIZE);
    memcpy(data + 4 * SIZE, data, SIZE);
    struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_FAST);
    options.chunk_log2 = 12;
    struct blob plain = round_trip(data, sizeof data, &options);
    options.repeats = true;
    struct blob frame = round_trip(data, sizeof data, &options);
    assert_true(frame.size < 2 * SIZE + 400);
    assert_true(plain.size > 5 * SIZE);
    free(plain.data);
    free(frame.data);
    struct transfer t = {.data = data, .size = sizeof data, .pipe = true};
    assert_int_equal(transfer_encode(&t, &options), SCAPE_REF_BAD_ARGUMENT);
    transfer_free(&t);
}

static void equal_bytes_of_other_lengths_are_no_repeats(void **state) {
    (void)state;
    static uint8_t data[4096 * 2 - 1];
    struct random r = {6};
    random_fill(&r, data, 4096);
    memcpy(data + 4096, data, 4095);
    struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_FAST);
    options.chunk_log2 = 12;
    options.repeats = true;
    struct blob frame = round_trip(data, sizeof data, &options);
    assert_true(frame.size > sizeof data);
    free(frame.data);
}

static void a_plan_longer_than_the_content_is_cut(void **state) {
    (void)state;
    const uint8_t data[100] = {1, 2, 3};
    const struct scape_ref_plan_region regions[] = {tensor(SCAPE_REF_DTYPE_BF16, 60, 1, 30),
                                                    tensor(SCAPE_REF_DTYPE_F32, 400, 1, 100),
                                                    tensor(SCAPE_REF_DTYPE_F32, 400, 1, 100)};
    struct scape_ref_encode_options options = plain_options(regions, SCAPE_REF_ENCODE_DEFAULT);
    options.region_count = 3;
    free(round_trip(data, sizeof data, &options).data);
}

static void content_longer_than_the_plan_is_opaque(void **state) {
    (void)state;
    const uint8_t data[100] = {1, 2, 3};
    const struct scape_ref_plan_region region = tensor(SCAPE_REF_DTYPE_BF16, 60, 1, 30);
    const struct scape_ref_encode_options options =
        plain_options(&region, SCAPE_REF_ENCODE_DEFAULT);
    free(round_trip(data, sizeof data, &options).data);
}

static void a_wrong_content_size_is_an_error(void **state) {
    (void)state;
    const uint8_t data[100] = {0};
    for (uint64_t size = 99; size <= 101; size++) {
        struct transfer t = {.data = data, .size = sizeof data};
        struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_DEFAULT);
        options.content_size = size;
        assert_int_equal(transfer_encode(&t, &options),
                         size == 100 ? SCAPE_REF_OK : SCAPE_REF_BAD_LENGTH);
        assert_int_equal(t.live, 0);
        transfer_free(&t);
    }
}

static void every_method_round_trips(void **state) {
    (void)state;
    size_t size = 0;
    for (size_t d = 0; d < 3; d++) {
        uint8_t *data = generated(float_types[d].dtype, float_types[d].size, 7, &size);
        const struct scape_ref_plan_region region =
            tensor(float_types[d].dtype, size, ROWS, COLUMNS);
        const struct scape_ref_method *method;
        for (size_t i = 0; (method = scape_ref_method_at(i)) != NULL; i++) {
            struct scape_ref_encode_options options = plain_options(&region, levels[1]);
            options.method = method->name;
            if (!method->needs_profile) {
                free(round_trip(data, size, &options).data);
            } else {
                struct transfer t = {.data = data, .size = size};
                assert_int_equal(transfer_encode(&t, &options), SCAPE_REF_BAD_ARGUMENT);
                transfer_free(&t);
            }
        }
        free(data);
    }
}

static void encode_wants(struct scape_ref_encode_options options, enum scape_ref_error want) {
    const uint8_t data[10] = {0};
    struct transfer t = {.data = data, .size = sizeof data};
    assert_int_equal(transfer_encode(&t, &options), want);
    assert_int_equal(t.report.error, want);
    assert_int_equal(t.live, 0);
    assert_int_equal(t.out.size, 0);
    transfer_free(&t);
}

static void bad_arguments(void **state) {
    (void)state;
    const struct scape_ref_profile junk = {"no profile", 10};
    struct scape_ref_plan_region region = tensor(SCAPE_REF_DTYPE_BF16, 10, 1, 5);
    struct scape_ref_encode_options options = plain_options(&region, SCAPE_REF_ENCODE_DEFAULT);
    options.method = "no such method";
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    options.method = NULL;
    options.chunk_log2 = 11;
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    options.chunk_log2 = 27;
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    options.chunk_log2 = 0;
    options.profile = &junk;
    encode_wants(options, SCAPE_REF_PROFILE_BAD);
    options.profile = NULL;
    region.rank = 9;
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    region.rank = 2;
    region.name = "a\0b";
    region.name_len = 3;
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    region.name_len = SCAPE_REF_NAME_MAX + 1;
    encode_wants(options, SCAPE_REF_BAD_ARGUMENT);
    region.name_len = 0;
    options.max_memory = 1000;
    encode_wants(options, SCAPE_REF_MEMORY);
}

/* The plan and options of the failure tests: two chunks, a repeat, contexts, SHA-256. */
static struct scape_ref_encode_options failing_options(const struct scape_ref_plan_region *region) {
    struct scape_ref_encode_options options = plain_options(region, SCAPE_REF_ENCODE_MAX);
    options.chunk_log2 = 16;
    options.repeats = true;
    options.content_sha256 = true;
    return options;
}

static uint8_t *failing_content(size_t *size) {
    uint8_t *data = generated(SCAPE_REF_DTYPE_BF16, 2, 9, size);
    data = realloc(data, 2 * *size);
    assert_non_null(data);
    memcpy(data + *size, data, *size);
    *size *= 2;
    return data;
}

/* Encodes again and again; each time the next call of the kind fails, until there is none. */
static void each_call_may_fail(enum call_kind kind, enum scape_ref_error failure, size_t least) {
    size_t size = 0;
    uint8_t *data = failing_content(&size);
    const struct scape_ref_plan_region region =
        tensor(SCAPE_REF_DTYPE_BF16, size / 2, ROWS, COLUMNS);
    const struct scape_ref_encode_options options = failing_options(&region);
    enum scape_ref_error error = failure;
    size_t n = 0;
    while (error != SCAPE_REF_OK) {
        struct transfer t = {.data = data, .size = size};
        t.fail_at[kind] = ++n;
        error = transfer_encode(&t, &options);
        assert_int_equal(error, t.calls[kind] < n ? SCAPE_REF_OK : failure);
        assert_int_equal(t.live, 0);
        transfer_free(&t);
    }
    assert_true(n > least);
    free(data);
}

static void any_read_may_fail(void **state) {
    (void)state;
    each_call_may_fail(CALL_READ, SCAPE_REF_IO, 3);
}

static void any_write_may_fail(void **state) {
    (void)state;
    each_call_may_fail(CALL_WRITE, SCAPE_REF_IO, 8);
}

static void any_allocation_may_fail(void **state) {
    (void)state;
    each_call_may_fail(CALL_ALLOCATE, SCAPE_REF_NO_MEMORY, 10);
}

static int stop_at_once(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    uint64_t *seen = ctx;
    seen[0] = bytes_in;
    seen[1] = bytes_out;
    return 1;
}

static void progress_may_stop(void **state) {
    (void)state;
    const uint8_t data[100] = {0};
    uint64_t seen[2] = {0};
    struct transfer t = {.data = data, .size = sizeof data};
    struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_DEFAULT);
    options.progress = stop_at_once;
    options.progress_ctx = seen;
    assert_int_equal(transfer_encode(&t, &options), SCAPE_REF_IO);
    assert_int_equal(seen[0], 100);
    assert_int_equal(seen[1], t.out.size);
    assert_int_equal(t.live, 0);
    transfer_free(&t);
}

static void memory_does_not_grow_with_the_content(void **state) {
    (void)state;
    uint64_t peaks[2] = {0};
    struct random r = {8};
    for (int i = 0; i < 2; i++) {
        size_t size = (size_t)1 << (17 + 2 * i);
        uint8_t *data = malloc(size);
        assert_non_null(data);
        random_fill(&r, data, size);
        struct transfer t = {.data = data, .size = size};
        struct scape_ref_encode_options options = plain_options(NULL, SCAPE_REF_ENCODE_FAST);
        options.chunk_log2 = 14;
        assert_int_equal(transfer_encode(&t, &options), SCAPE_REF_OK);
        peaks[i] = t.report.peak_memory;
        transfer_free(&t);
        free(data);
    }
    assert_true(peaks[1] < peaks[0] + (1 << 14)); /* block list and index of 24 more chunks */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_every_float_type),
        cmocka_unit_test(weights_of_every_block_type),
        cmocka_unit_test(noise_is_never_larger_than_stored),
        cmocka_unit_test(tensors_that_repeat_themselves_shrink),
        cmocka_unit_test(no_content),
        cmocka_unit_test(equal_input_gives_equal_bytes),
        cmocka_unit_test(chunks_hold_whole_rows),
        cmocka_unit_test(equal_chunks_become_repeats),
        cmocka_unit_test(equal_bytes_of_other_lengths_are_no_repeats),
        cmocka_unit_test(a_plan_longer_than_the_content_is_cut),
        cmocka_unit_test(content_longer_than_the_plan_is_opaque),
        cmocka_unit_test(a_wrong_content_size_is_an_error),
        cmocka_unit_test(every_method_round_trips),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(any_read_may_fail),
        cmocka_unit_test(any_write_may_fail),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(progress_may_stop),
        cmocka_unit_test(memory_does_not_grow_with_the_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
