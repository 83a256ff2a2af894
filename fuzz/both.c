/* both.c - see both.h. */
#include "both.h"

#include <stdlib.h>
#include <string.h>

static enum scape_ref_error encode_reference(const struct fuzz_both *b, struct fuzz_sink *frame) {
    struct fuzz_memory memory = {.fill = 0};
    struct fuzz_source source = {.data = b->content, .size = b->size};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    const struct scape_ref_output output = fuzz_sink_open(frame);
    struct scape_ref_encode_options options = b->options;
    struct scape_ref_report report;
    options.hooks = fuzz_hooks(&memory);
    enum scape_ref_error error = scape_ref_encode(&input, &output, &options, NULL, &report);
    FUZZ_CHECK(error == report.error && memory.live == 0);
    return error;
}

/* The reference's options in libscape's terms. regions: room for b->options.region_count. */
static struct scape_encode_options engine_options(const struct fuzz_both *b,
                                                  struct fuzz_memory *memory,
                                                  struct scape_region *regions,
                                                  struct scape_profile *profile) {
    const struct scape_ref_encode_options *from = &b->options;
    for (size_t i = 0; i < from->region_count; i++) {
        const struct scape_ref_plan_region *r = &from->regions[i];
        regions[i] =
            (struct scape_region){r->length, r->dtype, r->rank, r->dims, r->name, r->name_len};
    }
    if (from->profile) {
        *profile = (struct scape_profile){from->profile->data, from->profile->size};
    }
    return (struct scape_encode_options){.level = (enum scape_level)from->level,
                                         .chunk_log2 = from->chunk_log2,
                                         .threads = b->threads,
                                         .regions = regions,
                                         .region_count = from->region_count,
                                         .content_size_given = from->content_size != UINT64_MAX,
                                         .content_size = from->content_size,
                                         .repeats = from->repeats,
                                         .content_sha256 = from->content_sha256,
                                         .profile = from->profile ? profile : NULL,
                                         .embed_profile = from->embed_profile,
                                         .hooks = {memory, fuzz_allocate, fuzz_release}};
}

static void compare_stream(const struct fuzz_both *b, struct scape_encode_options options,
                           enum scape_ref_error want, const struct fuzz_sink *frame) {
    struct fuzz_engine e = {.memory.fill = 0x3C, .source.slice = b->slice};
    struct scape_report report;
    uint64_t size = 0;
    fuzz_engine_open(&e, b->content, b->size, true);
    options.hooks.ctx = &e.memory;
    enum scape_error error = scape_compress_stream(&e.input, &e.output, &options, &size, &report);
    FUZZ_CHECK((int)error == (int)want && error == report.error);
    FUZZ_CHECK(error || (size == frame->size && e.sink.size == size));
    FUZZ_CHECK(error || memcmp(e.sink.data, frame->data, frame->size) == 0);
    fuzz_engine_check(&e);
    fuzz_sink_free(&e.sink);
}

/* In memory the size is always in the header, so the frames agree where it was given. */
static void compare_memory(const struct fuzz_both *b, const struct scape_encode_options *options,
                           enum scape_ref_error want, const struct fuzz_sink *frame) {
    const uint64_t bound = scape_compress_bound(b->size, options);
    size_t size = 0;
    if (bound == 0) {
        FUZZ_CHECK(want != SCAPE_REF_OK);
        return;
    }
    FUZZ_CHECK(want || frame->size <= bound);
    uint8_t *file = malloc((size_t)bound);
    FUZZ_CHECK(file != NULL);
    enum scape_error error =
        scape_compress(b->content, b->size, file, (size_t)bound, &size, options, NULL);
    FUZZ_CHECK((int)error == (int)want);
    if (!error && options->content_size_given) {
        FUZZ_CHECK(size == frame->size && memcmp(file, frame->data, size) == 0);
    }
    free(file);
}

static void check_content(const struct fuzz_both *b, const struct fuzz_sink *frame) {
    struct fuzz_oracle want;
    fuzz_oracle_open(&want, frame->data, frame->size, true);
    FUZZ_CHECK(want.report.error == SCAPE_REF_OK && want.content.size == b->size);
    FUZZ_CHECK(b->size == 0 || memcmp(want.content.data, b->content, b->size) == 0);
    fuzz_oracle_compare_kernels(&want, frame->data, frame->size);
    fuzz_oracle_close(&want);
}

enum scape_ref_error fuzz_both_encode(const struct fuzz_both *b, struct fuzz_sink *frame) {
    struct fuzz_memory memory = {.fill = 0xC3};
    struct scape_region *regions = calloc(b->options.region_count + 1, sizeof *regions);
    struct scape_profile profile;
    FUZZ_CHECK(regions != NULL);
    const struct scape_encode_options options = engine_options(b, &memory, regions, &profile);
    enum scape_ref_error error = encode_reference(b, frame);
    compare_memory(b, &options, error, frame);
    FUZZ_CHECK(memory.live == 0 && memory.count == 0);
    compare_stream(b, options, error, frame);
    if (!error) {
        check_content(b, frame);
    }
    free(regions);
    return error;
}
