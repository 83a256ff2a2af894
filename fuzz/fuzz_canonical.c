/* fuzz_canonical.c - decode, encode again, decode: a good file's content under its own regions
 * gives a canonical frame, the same by the reference and by libscape, that has the content and the
 * regions. Tail: 0 level, 1 chunk size, 2 threads, 3 flags. */
#include "both.h"

#include <stdlib.h>
#include <string.h>

enum {
    ENCODED_MAX = 1 << 16, /* content that is worth the time */
    FLAG_SHA256 = 1,
    FLAG_REPEATS = 2,
    FLAG_SIZE_UNKNOWN = 4,
    FLAG_PROFILE = 8,
    FLAG_EMBED = 16
};

static void close_regions(struct scape_ref_plan_region *regions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)regions[i].name);
    }
    free(regions);
}

static struct scape_archive *open_archive(struct fuzz_engine *e, const uint8_t *data, size_t size) {
    struct scape_archive *archive;
    enum scape_error error = fuzz_engine_open_archive(e, data, size, &archive);
    FUZZ_CHECK(!error || error == SCAPE_ERROR_MEMORY);
    return archive;
}

/* What the archive lists, copied. */
static struct scape_ref_plan_region *list_regions(const struct scape_archive *archive,
                                                  size_t *count) {
    *count = scape_archive_tensor_count(archive);
    struct scape_ref_plan_region *regions = calloc(*count + 1, sizeof *regions);
    FUZZ_CHECK(regions != NULL);
    for (size_t i = 0; i < *count; i++) {
        struct scape_tensor t;
        FUZZ_CHECK(!scape_archive_tensor_at(archive, i, &t));
        char *name = malloc(t.name_length + 1);
        FUZZ_CHECK(name != NULL);
        memcpy(name, t.name, t.name_length + 1);
        regions[i] = (struct scape_ref_plan_region){.length = t.length,
                                                    .dtype = (uint16_t)t.dtype,
                                                    .rank = (uint8_t)t.rank,
                                                    .name = name,
                                                    .name_len = t.name_length};
        memcpy(regions[i].dims, t.dims, t.rank * sizeof *t.dims);
    }
    return regions;
}

static void check_regions(const struct fuzz_sink *frame, const struct scape_ref_plan_region *want,
                          size_t want_count) {
    struct fuzz_engine e = {.memory.fill = 0x99};
    struct scape_archive *archive = open_archive(&e, frame->data, frame->size);
    size_t count = 0;
    if (archive) {
        struct scape_ref_plan_region *have = list_regions(archive, &count);
        FUZZ_CHECK(count == want_count);
        for (size_t i = 0; i < count; i++) {
            FUZZ_CHECK(have[i].length == want[i].length && have[i].dtype == want[i].dtype);
            FUZZ_CHECK(have[i].rank == want[i].rank && have[i].name_len == want[i].name_len);
            FUZZ_CHECK(memcmp(have[i].dims, want[i].dims, sizeof want[i].dims) == 0);
            FUZZ_CHECK(memcmp(have[i].name, want[i].name, want[i].name_len) == 0);
        }
        close_regions(have, count);
    }
    scape_archive_close(archive);
}

static void encode_again(const struct fuzz_input *in, const struct fuzz_sink *content,
                         const struct scape_ref_plan_region *regions, size_t count) {
    const struct scape_ref_profile profile = {scape_ref_standard_profile,
                                              scape_ref_standard_profile_size};
    const uint8_t flags = in->tail[3];
    const struct fuzz_both both = {
        .content = content->data,
        .size = content->size,
        .options = {.level = (enum scape_ref_level)(in->tail[0] % 3 + 1),
                    .chunk_log2 = SCAPE_REF_CHUNK_LOG2_MIN + in->tail[1] % 5U,
                    .content_size = flags & FLAG_SIZE_UNKNOWN ? UINT64_MAX : content->size,
                    .regions = regions,
                    .region_count = count,
                    .profile = flags & FLAG_PROFILE ? &profile : NULL,
                    .embed_profile = (flags & FLAG_EMBED) != 0,
                    .content_sha256 = (flags & FLAG_SHA256) != 0,
                    .repeats = (flags & FLAG_REPEATS) != 0},
        .threads = in->tail[2] % FUZZ_THREADS_MAX + 1U};
    struct fuzz_sink frame = {.data = NULL};
    FUZZ_CHECK(fuzz_both_encode(&both, &frame) == SCAPE_REF_OK);
    check_regions(&frame, regions, count);
    fuzz_sink_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_oracle first;
    fuzz_oracle_open(&first, in.data, in.size, true);
    if (!first.report.error && first.content.size <= ENCODED_MAX) {
        struct fuzz_engine e = {.memory.fill = 0x66};
        struct scape_archive *archive = open_archive(&e, in.data, in.size);
        if (archive) {
            size_t count;
            struct scape_ref_plan_region *regions = list_regions(archive, &count);
            encode_again(&in, &first.content, regions, count);
            close_regions(regions, count);
        }
        scape_archive_close(archive);
        fuzz_engine_check(&e);
    }
    fuzz_oracle_close(&first);
    return 0;
}
