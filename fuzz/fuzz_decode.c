/* fuzz_decode.c - a whole file through scape_ref_decode, and then once more in one of four ways
 * that must agree with it. Tail: 0 memory limit, 1 slice of a read, 2 the way, 3 to 5 its numbers.
 */
#include "access.h"
#include "fuzz.h"

#include <string.h>

enum way {
    WAY_ACCESS, /* by the index, from the end */
    WAY_OTHER,  /* other fill of memory, reads in slices */
    WAY_FAULTS, /* an allocation, a read or a write fails */
    WAY_PIPE,   /* without read_at */
    WAY_COUNT
};

enum {
    CONTENT_MAX = 1 << 24,
    LIMIT_DEFAULT = 1 << 23
};

/* One call of scape_ref_decode, checked as far as it can be by itself. */
struct run {
    struct fuzz_memory memory;
    struct fuzz_source source;
    struct fuzz_sink sink;
    struct scape_ref_report report;
};

static struct scape_ref_profile standard_profile(void) {
    return (struct scape_ref_profile){scape_ref_standard_profile, scape_ref_standard_profile_size};
}

static uint64_t memory_limit(const struct fuzz_input *in) {
    return in->tail[0] == 0 ? LIMIT_DEFAULT : (in->tail[0] + UINT64_C(1)) << 15;
}

static void decode(struct run *r, const struct fuzz_input *in, bool seekable) {
    const struct scape_ref_profile profile = standard_profile();
    const struct scape_ref_options options = {.max_memory = memory_limit(in),
                                              .max_content = CONTENT_MAX,
                                              .profiles = &profile,
                                              .profile_count = 1,
                                              .hooks = fuzz_hooks(&r->memory)};
    r->source.data = in->data;
    r->source.size = in->size;
    const struct scape_ref_input input = fuzz_source_open(&r->source, seekable);
    const struct scape_ref_output output = fuzz_sink_open(&r->sink);
    enum scape_ref_error error = scape_ref_decode(&input, &output, &options, &r->report);
    FUZZ_CHECK(error == r->report.error);
    FUZZ_CHECK(r->memory.live == 0 && r->memory.count == 0);
    FUZZ_CHECK(r->memory.peak == r->report.peak_memory);
    FUZZ_CHECK(r->memory.peak <= options.max_memory);
    FUZZ_CHECK(r->report.content_bytes == r->sink.size);
    FUZZ_CHECK(r->sink.size <= CONTENT_MAX);
    FUZZ_CHECK(r->report.position <= in->size);
    FUZZ_CHECK(strcmp(scape_ref_error_name(error), "") != 0);
    FUZZ_CHECK(memchr(r->report.message, 0, sizeof r->report.message) != NULL);
    FUZZ_CHECK(error || (r->report.frames > 0 && r->source.at == in->size));
}

static void free_run(struct run *r) {
    fuzz_sink_free(&r->sink);
}

static bool starts_with(const struct fuzz_sink *whole, const struct fuzz_sink *part) {
    return part->size <= whole->size &&
           (part->size == 0 || memcmp(whole->data, part->data, part->size) == 0);
}

static void check_other(const struct fuzz_input *in, const struct run *first) {
    struct run r = {.memory.fill = 0xFF, .source.slice = in->tail[1] + (size_t)1};
    decode(&r, in, true);
    FUZZ_CHECK(r.report.error == first->report.error);
    FUZZ_CHECK(r.report.position == first->report.position);
    FUZZ_CHECK(r.report.frames == first->report.frames);
    FUZZ_CHECK(r.memory.peak == first->memory.peak);
    FUZZ_CHECK(r.sink.size == first->sink.size && starts_with(&first->sink, &r.sink));
    FUZZ_CHECK(strcmp(r.report.message, first->report.message) == 0);
    free_run(&r);
}

static void check_faults(const struct fuzz_input *in, const struct run *first) {
    struct run r = {
        .memory.fail_at = in->tail[3], .source.fail_at = in->tail[4], .sink.fail_at = in->tail[5]};
    decode(&r, in, true);
    enum scape_ref_error want = r.memory.failed                    ? SCAPE_REF_NO_MEMORY
                                : r.source.failed || r.sink.failed ? SCAPE_REF_IO
                                                                   : first->report.error;
    FUZZ_CHECK(r.report.error == want);
    FUZZ_CHECK(starts_with(&first->sink, &r.sink));
    free_run(&r);
}

static void check_pipe(const struct fuzz_input *in, const struct run *first) {
    struct run r = {.memory.fill = 0x55};
    decode(&r, in, false);
    FUZZ_CHECK(r.report.error == first->report.error || r.report.error == SCAPE_REF_NEEDS_SEEK);
    FUZZ_CHECK(starts_with(&first->sink, &r.sink));
    free_run(&r);
}

/* ---- Random access ---- */

/* Reads [offset, offset + length) of the loaded frame. whole: the content of all frames, or NULL.
 */
static enum scape_ref_error read_range(struct scape_ref_access *a, uint64_t offset, uint64_t length,
                                       const struct fuzz_sink *whole, uint64_t frame_at) {
    struct fuzz_sink part = {.data = NULL};
    const struct scape_ref_output output = fuzz_sink_open(&part);
    enum scape_ref_error error = scape_ref_access_read(a, offset, length, &output);
    FUZZ_CHECK(part.size <= length && (error || part.size == length));
    if (whole && part.size != 0) {
        FUZZ_CHECK(memcmp(whole->data + frame_at + offset, part.data, part.size) == 0);
    }
    fuzz_sink_free(&part);
    return error;
}

/* The first region of the frame that has a name is found by it, in this frame or an earlier one. */
static enum scape_ref_error find_region(struct scape_ref_access *a, size_t frame) {
    struct scape_ref_region region = {.length = 0}, found;
    uint8_t name[SCAPE_REF_NAME_MAX];
    uint64_t offset = 0;
    bool more = true;
    enum scape_ref_error error = SCAPE_REF_OK;
    while (!error && more && region.name_length == 0) {
        error = scape_ref_access_next_region(a, &region, &more);
        if (!error && more) {
            FUZZ_CHECK(region.offset == offset && region.rank <= SCAPE_REF_RANK_MAX);
            offset += region.length;
        }
    }
    if (error || !more) {
        return error;
    }
    FUZZ_CHECK(region.name_length <= sizeof name);
    memcpy(name, region.name, region.name_length);
    error = scape_ref_access_find(a, name, region.name_length, &found);
    if (!error) {
        FUZZ_CHECK(found.name_length == region.name_length &&
                   memcmp(found.name, name, region.name_length) == 0 && a->loaded <= frame);
        error = scape_ref_access_load(a, frame);
    }
    return error;
}

static enum scape_ref_error check_frame(struct scape_ref_access *a, const struct fuzz_input *in,
                                        size_t frame, const struct fuzz_sink *whole) {
    enum scape_ref_error error = scape_ref_access_load(a, frame);
    if (error) {
        return error;
    }
    const uint64_t size = scape_ref_access_frame(a, frame)->trailer.content_size;
    const uint64_t at = scape_ref_access_frame(a, frame)->content_offset;
    FUZZ_CHECK(read_range(a, size, 1, NULL, 0) == SCAPE_REF_BAD_ARGUMENT);
    FUZZ_CHECK(read_range(a, size + 1, 0, NULL, 0) == SCAPE_REF_BAD_ARGUMENT);
    error = find_region(a, frame);
    if (error || size > CONTENT_MAX) {
        return error;
    }
    error = read_range(a, 0, size, whole, at);
    if (!error && size != 0) {
        uint64_t offset = size * in->tail[3] / 256, length = (size - offset) * in->tail[4] / 256;
        error = read_range(a, offset, length, whole, at);
    }
    return error;
}

static void check_access(const struct fuzz_input *in, const struct run *first) {
    struct fuzz_memory memory = {.fill = 0xA5};
    struct fuzz_source source = {.data = in->data, .size = in->size};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    const struct scape_ref_profile profile = standard_profile();
    const struct scape_ref_options options = {.max_memory = memory_limit(in),
                                              .profiles = &profile,
                                              .profile_count = 1,
                                              .hooks = fuzz_hooks(&memory)};
    const bool good = first->report.error == SCAPE_REF_OK;
    const struct scape_ref_input pipe = fuzz_source_open(&source, false);
    struct scape_ref_access a;
    struct scape_ref_region region;
    bool more;
    FUZZ_CHECK(scape_ref_access_open(&a, &pipe, &options) == SCAPE_REF_NEEDS_SEEK);
    enum scape_ref_error error = scape_ref_access_open(&a, &input, &options);
    if (!error) {
        /* No frame is loaded yet. */
        FUZZ_CHECK(read_range(&a, 0, 0, NULL, 0) == SCAPE_REF_BAD_ARGUMENT);
        FUZZ_CHECK(!scape_ref_access_next_region(&a, &region, &more) && !more);
        FUZZ_CHECK(scape_ref_access_find(&a, "", 0, &region) == SCAPE_REF_NOT_FOUND);
        error = scape_ref_access_find(&a, "\xFF", 1, &region);
        error = error == SCAPE_REF_NOT_FOUND ? SCAPE_REF_OK : error;
        FUZZ_CHECK(!good || a.frame_count == first->report.frames);
        FUZZ_CHECK(!good || a.content_size == first->sink.size);
        for (size_t i = 0; !error && i < a.frame_count; i++) {
            error = check_frame(&a, in, i, good ? &first->sink : NULL);
        }
        scape_ref_access_close(&a);
    }
    /* It keeps the list of frames as well, so it may need a little more than streaming. */
    FUZZ_CHECK(!good || error == SCAPE_REF_OK || error == SCAPE_REF_MEMORY);
    FUZZ_CHECK(memory.live == 0 && memory.peak <= options.max_memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    static void (*const ways[WAY_COUNT])(const struct fuzz_input *,
                                         const struct run *) = {[WAY_ACCESS] = check_access,
                                                                [WAY_OTHER] = check_other,
                                                                [WAY_FAULTS] = check_faults,
                                                                [WAY_PIPE] = check_pipe};
    struct run first = {.memory.fill = 0};
    decode(&first, &in, true);
    for (size_t way = 0; way < WAY_COUNT; way++) {
        if (!in.has_tail || in.tail[2] % WAY_COUNT == way) {
            ways[way](&in, &first);
        }
    }
    free_run(&first);
    return 0;
}
