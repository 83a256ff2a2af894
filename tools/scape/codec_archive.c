/* codec_archive.c - the archive half of codec.h, on libscape's random access. */
#include "codec.h"

#include "scape.h"

#include <stdlib.h>
#include <string.h>

struct codec_archive {
    struct scape_archive *lib;
    struct scape_profile *profiles;
};

static int finish(struct codec_report *report, const struct scape_report *r) {
    *report = (struct codec_report){.status = (int)r->error,
                                    .position = r->position,
                                    .content_bytes = r->content_bytes,
                                    .peak_memory = r->peak_memory};
    codec_report_text(report, r->message);
    return report->status;
}

int codec_archive_open(struct codec_archive **out, const struct codec_source *source,
                       const struct codec_limits *limits, struct codec_report *report) {
    struct scape_report r = {.error = SCAPE_ERROR_NO_MEMORY, .message = "opening"};
    struct codec_archive *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->profiles = calloc(limits->profile_count + 1, sizeof *a->profiles);
    }
    if (a != NULL && a->profiles != NULL) {
        const struct scape_input input = {source->ctx, source->read, source->read_at, source->size};
        const struct scape_decode_options options = {.max_memory = limits->max_memory,
                                                     .threads = limits->threads,
                                                     .profiles = a->profiles,
                                                     .profile_count = limits->profile_count};
        for (size_t i = 0; i < limits->profile_count; i++) {
            a->profiles[i] =
                (struct scape_profile){limits->profiles[i].data, limits->profiles[i].size};
        }
        scape_archive_open(&a->lib, &input, &options, &r);
    }
    if (r.error != SCAPE_OK) {
        codec_archive_close(a);
        a = NULL;
    }
    *out = a;
    return finish(report, &r);
}

void codec_archive_close(struct codec_archive *a) {
    if (a != NULL) {
        scape_archive_close(a->lib);
        free(a->profiles);
        free(a);
    }
}

uint64_t codec_archive_content_size(const struct codec_archive *a) {
    return scape_archive_content_size(a->lib);
}

size_t codec_archive_frame_count(const struct codec_archive *a) {
    return scape_archive_frame_count(a->lib);
}

size_t codec_archive_block_count(const struct codec_archive *a) {
    return scape_archive_chunk_count(a->lib);
}

size_t codec_archive_region_count(const struct codec_archive *a) {
    return scape_archive_tensor_count(a->lib);
}

struct codec_frame codec_archive_frame(const struct codec_archive *a, size_t i) {
    struct scape_frame from = {0};
    scape_archive_frame_at(a->lib, i, &from);
    struct codec_frame to = {.offset = from.position,
                             .size = from.size,
                             .content_offset = from.content_start,
                             .content_size = from.content_size,
                             .skippable = from.skippable,
                             .chunk_log2 = from.chunk_log2,
                             .has_repeats = from.repeats,
                             .profile_named = from.profile_named,
                             .profile_embedded = from.profile_embedded,
                             .has_sha256 = from.content_sha256,
                             .size_was_unknown = !from.size_given};
    memcpy(to.profile_name, from.profile, sizeof to.profile_name);
    memcpy(to.sha256, from.sha256, sizeof to.sha256);
    return to;
}

static struct scape_chunk chunk_at(const struct codec_archive *a, size_t i) {
    struct scape_chunk chunk = {0};
    scape_archive_chunk_at(a->lib, i, &chunk);
    return chunk;
}

static uint64_t stored_bytes(const struct scape_chunk *chunk) {
    return (uint64_t)chunk->payload_length + CODEC_BLOCK_OVERHEAD;
}

struct codec_block codec_archive_block(const struct codec_archive *a, size_t i) {
    struct scape_chunk from = chunk_at(a, i);
    return (struct codec_block){from.content_start, from.content_length, stored_bytes(&from),
                                from.repeat};
}

/* The first chunk whose content does not start before `offset`. */
static size_t first_chunk(const struct codec_archive *a, uint64_t offset) {
    size_t low = 0, high = scape_archive_chunk_count(a->lib);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (chunk_at(a, middle).content_start < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct codec_region make_region(const struct codec_archive *a,
                                       const struct scape_tensor *from) {
    struct codec_region r = {.offset = from->start,
                             .length = from->length,
                             .name = from->name,
                             .name_length = from->name_length,
                             .dtype = (uint16_t)from->dtype,
                             .rank = (uint8_t)from->rank};
    memcpy(r.dims, from->dims, from->rank * sizeof r.dims[0]);
    size_t count = scape_archive_chunk_count(a->lib);
    /* Chunks begin and end where regions do [IDX-004]. */
    for (size_t i = r.length != 0 ? first_chunk(a, r.offset) : count; i < count; i++) {
        struct scape_chunk chunk = chunk_at(a, i);
        if (chunk.content_start >= r.offset + r.length) {
            break;
        }
        r.stored += stored_bytes(&chunk);
    }
    return r;
}

struct codec_region codec_archive_region(const struct codec_archive *a, size_t i) {
    struct scape_tensor from = {.name = ""};
    scape_archive_tensor_at(a->lib, i, &from);
    return make_region(a, &from);
}

bool codec_archive_find(const struct codec_archive *a, const char *name, struct codec_region *out) {
    struct scape_tensor found;
    bool there = scape_archive_find(a->lib, name, strlen(name), &found) == SCAPE_OK;
    if (there) {
        *out = make_region(a, &found);
    }
    return there;
}

int codec_archive_block_coding(const struct codec_archive *a, size_t block, unsigned *layout,
                               unsigned *coder) {
    uint32_t layout_number, coder_number;
    enum scape_error error =
        scape_archive_chunk_coding(a->lib, block, &layout_number, &coder_number);
    *layout = layout_number;
    *coder = coder_number;
    return (int)error;
}

int codec_archive_read(struct codec_archive *a, uint64_t offset, uint64_t length,
                       const struct codec_target *target, struct codec_report *report) {
    const struct scape_output output = {.ctx = target->ctx, .write = target->write};
    struct scape_report r;
    scape_archive_copy(a->lib, offset, length, &output, &r);
    return finish(report, &r);
}
