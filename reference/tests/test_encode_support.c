/* test_encode_support.c - see test_encode_support.h. */
#include "test_encode_support.h"

#include <stdlib.h>
#include <string.h>

static int64_t read_next(void *ctx, void *buffer, size_t n) {
    struct transfer *t = ctx;
    if (++t->calls[CALL_READ] == t->fail_at[CALL_READ]) {
        return -1;
    }
    n = n < t->size - t->at ? n : t->size - t->at;
    n = t->piece != 0 && n > t->piece ? t->piece : n;
    if (n > 0) {
        memcpy(buffer, t->data + t->at, n);
    }
    t->at += n;
    return (int64_t)n;
}

static int64_t read_back(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct transfer *t = ctx;
    if (++t->calls[CALL_READ] == t->fail_at[CALL_READ]) {
        return -1;
    }
    if (offset >= t->size) {
        return 0;
    }
    n = n < t->size - (size_t)offset ? n : t->size - (size_t)offset;
    memcpy(buffer, t->data + (size_t)offset, n);
    return (int64_t)n;
}

static int write_next(void *ctx, const void *data, size_t n) {
    struct transfer *t = ctx;
    if (++t->calls[CALL_WRITE] == t->fail_at[CALL_WRITE]) {
        return -1;
    }
    if (t->out.size + n > t->out.room) {
        t->out.room = 2 * (t->out.size + n);
        t->out.data = realloc(t->out.data, t->out.room);
        assert_non_null(t->out.data);
    }
    if (n > 0) {
        memcpy(t->out.data + t->out.size, data, n);
    }
    t->out.size += n;
    return 0;
}

static void *allocate(void *ctx, size_t size) {
    struct transfer *t = ctx;
    void *memory = ++t->calls[CALL_ALLOCATE] == t->fail_at[CALL_ALLOCATE] ? NULL : malloc(size);
    t->live += memory != NULL ? 1 : 0;
    return memory;
}

static void release(void *ctx, void *memory) {
    struct transfer *t = ctx;
    t->live -= memory != NULL ? 1 : 0;
    free(memory);
}

struct scape_ref_input transfer_input(struct transfer *t) {
    return (struct scape_ref_input){
        .ctx = t, .read = read_next, .read_at = t->pipe ? NULL : read_back, .size = t->size};
}

struct scape_ref_output transfer_output(struct transfer *t) {
    return (struct scape_ref_output){t, write_next};
}

struct scape_ref_hooks transfer_hooks(struct transfer *t) {
    return (struct scape_ref_hooks){t, allocate, release};
}

struct scape_ref_memory transfer_memory(struct transfer *t) {
    const struct scape_ref_options options = {.hooks = transfer_hooks(t)};
    struct scape_ref_memory memory;
    scape_ref_memory_init(&memory, &options);
    return memory;
}

static void restart(struct transfer *t) {
    t->at = t->live = 0;
    memset(t->calls, 0, sizeof t->calls);
    t->out.size = 0;
}

enum scape_ref_error transfer_encode(struct transfer *t,
                                     const struct scape_ref_encode_options *options) {
    const struct scape_ref_input input = transfer_input(t);
    const struct scape_ref_output output = transfer_output(t);
    struct scape_ref_encode_options own = *options;
    uint64_t written = 0;
    own.hooks = transfer_hooks(t);
    restart(t);
    enum scape_ref_error error = scape_ref_encode(&input, &output, &own, &written, &t->report);
    if (error == SCAPE_REF_OK) {
        assert_int_equal(written, t->out.size);
    }
    return error;
}

enum scape_ref_error transfer_decode(struct transfer *t, const struct scape_ref_profile *profile) {
    const struct scape_ref_input input = transfer_input(t);
    const struct scape_ref_output output = transfer_output(t);
    const struct scape_ref_options options = {
        .profiles = profile, .profile_count = profile != NULL ? 1 : 0, .hooks = transfer_hooks(t)};
    restart(t);
    return scape_ref_decode(&input, &output, &options, &t->report);
}

void transfer_free(struct transfer *t) {
    free(t->out.data);
    t->out = (struct blob){0};
}

void assert_same_bytes(const void *have, size_t have_size, const void *want, size_t want_size) {
    const uint8_t *a = have;
    const uint8_t *b = want;
    if (have_size != want_size) {
        fail_msg("have %zu bytes, want %zu", have_size, want_size);
    }
    for (size_t i = 0; i < have_size; i++) {
        if (a[i] != b[i]) {
            fail_msg("byte %zu: have %02x, want %02x", i, a[i], b[i]);
        }
    }
}

struct blob round_trip(const uint8_t *data, size_t size,
                       const struct scape_ref_encode_options *options) {
    struct transfer encoding = {.data = data, .size = size};
    enum scape_ref_error error = transfer_encode(&encoding, options);
    if (error != SCAPE_REF_OK) {
        fail_msg("encoding ends with %s", scape_ref_error_name(error));
    }
    assert_int_equal(encoding.live, 0);
    struct transfer decoding = {.data = encoding.out.data, .size = encoding.out.size};
    error = transfer_decode(&decoding, options->profile);
    if (error != SCAPE_REF_OK) {
        fail_msg("decoding ends with %s at %llu", scape_ref_error_name(error),
                 (unsigned long long)decoding.report.position);
    }
    assert_same_bytes(decoding.out.data, decoding.out.size, data, size);
    transfer_free(&decoding);
    return encoding.out;
}

uint64_t random_next(struct random *r) {
    r->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = r->state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint32_t random_below(struct random *r, uint32_t limit) {
    return (uint32_t)((random_next(r) >> 32) * limit >> 32);
}

void random_fill(struct random *r, uint8_t *out, size_t size) {
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(random_next(r) >> 56);
    }
}

struct scape_ref_plan_region tensor(uint16_t dtype, uint64_t length, uint64_t rows,
                                    uint64_t columns) {
    return (struct scape_ref_plan_region){.length = length,
                                          .dtype = dtype,
                                          .rank = 2,
                                          .dims = {rows, columns},
                                          .name = "tensor",
                                          .name_len = 6};
}

struct scape_ref_encode_options plain_options(const struct scape_ref_plan_region *region,
                                              enum scape_ref_level level) {
    return (struct scape_ref_encode_options){.level = level,
                                             .content_size = UINT64_MAX,
                                             .regions = region,
                                             .region_count = region != NULL ? 1 : 0};
}
