/* codec_archive.c - the archive half of codec.h, on the reference library's random access: frames,
 * blocks and regions of all frames as three arrays, offsets counted in the file's whole content. */
#include "codec.h"

#include "access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct codec_archive {
    struct codec_source source;
    struct scape_ref_input input;
    struct scape_ref_options options;
    struct scape_ref_profile *profiles;
    struct scape_ref_access access;
    bool access_open;
    struct codec_frame *frames;
    size_t frame_count;
    struct codec_block *blocks;
    size_t block_count, block_capacity;
    struct codec_region *regions;
    size_t region_count, region_capacity;
    char *names; /* of all regions, one after the other */
    size_t name_size, name_capacity;
    uint64_t held, held_max; /* bytes of the three arrays */
};

/* An index is small beside what it can list: names share beginnings. */
#define LISTING_MAX (UINT64_C(1) << 30)

static int finish(struct codec_report *report, enum scape_ref_error error) {
    *report = (struct codec_report){.status = (int)error};
    if (error != SCAPE_REF_OK) {
        snprintf(report->message, sizeof report->message, "%s: %s", scape_ref_error_name(error),
                 scape_ref_error_message(error));
    }
    return (int)error;
}

/* Room for more elements behind count. */
static enum scape_ref_error grow(struct codec_archive *a, void **array, size_t count, size_t more,
                                 size_t *capacity, size_t element) {
    if (more <= *capacity && count <= *capacity - more) {
        return SCAPE_REF_OK;
    }
    uint64_t wanted = *capacity < 16 ? 16 : *capacity;
    while (wanted < (uint64_t)count + more) {
        wanted *= 2;
    }
    uint64_t added = (wanted - *capacity) * element;
    if (added > a->held_max - a->held) {
        return SCAPE_REF_MEMORY;
    }
    void *bigger = realloc(*array, (size_t)(wanted * element));
    if (bigger == NULL) {
        return SCAPE_REF_NO_MEMORY;
    }
    a->held += added;
    *array = bigger;
    *capacity = (size_t)wanted;
    return SCAPE_REF_OK;
}

static enum scape_ref_error add_blocks(struct codec_archive *a, const struct codec_frame *frame,
                                       uint64_t *in_blocks) {
    const struct scape_ref_block_list *list = &a->access.blocks;
    for (size_t i = 0; i < list->count; i++) {
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(list, i);
        void *array = a->blocks;
        enum scape_ref_error error =
            grow(a, &array, a->block_count, 1, &a->block_capacity, sizeof *a->blocks);
        if (error != SCAPE_REF_OK) {
            return error;
        }
        a->blocks = array;
        a->blocks[a->block_count++] =
            (struct codec_block){.offset = frame->offset + e->offset,
                                 .content_offset = frame->content_offset + e->content_offset,
                                 .payload_length = e->payload_length,
                                 .content_length = e->content_length,
                                 .is_repeat = e->is_repeat};
        *in_blocks += (uint64_t)e->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    }
    return SCAPE_REF_OK;
}

static enum scape_ref_error add_region(struct codec_archive *a, const struct codec_frame *frame,
                                       const struct scape_ref_region *r) {
    void *array = a->regions, *names = a->names;
    enum scape_ref_error error =
        grow(a, &array, a->region_count, 1, &a->region_capacity, sizeof *a->regions);
    a->regions = array;
    error = error ? error : grow(a, &names, a->name_size, r->name_length + 1, &a->name_capacity, 1);
    a->names = names;
    if (error != SCAPE_REF_OK) {
        return error;
    }
    struct codec_region *out = &a->regions[a->region_count++];
    *out = (struct codec_region){.offset = frame->content_offset + r->offset,
                                 .length = r->length,
                                 .name_length = r->name_length,
                                 .dtype = r->dtype,
                                 .rank = (uint8_t)r->rank};
    memcpy(out->dims, r->dims, sizeof out->dims);
    memcpy(a->names + a->name_size, r->name, r->name_length);
    a->names[a->name_size + r->name_length] = 0;
    a->name_size += r->name_length + 1;
    return SCAPE_REF_OK;
}

static void describe_frame(const struct scape_ref_access_frame *from, struct codec_frame *to) {
    *to = (struct codec_frame){.offset = from->start,
                               .size = from->size,
                               .content_offset = from->content_offset,
                               .skippable = from->kind == SCAPE_REF_FRAME_SKIPPABLE};
    if (to->skippable) {
        return;
    }
    unsigned flags = from->header.flags;
    to->content_size = from->trailer.content_size;
    to->chunk_log2 = from->header.chunk_limit_log2;
    to->has_repeats = (flags & SCAPE_REF_FLAG_HAS_REPEATS) != 0;
    to->profile_named = (flags & SCAPE_REF_FLAG_PROFILE_NAMED) != 0;
    to->profile_embedded = (flags & SCAPE_REF_FLAG_PROFILE_EMBEDDED) != 0;
    to->has_sha256 = (flags & SCAPE_REF_FLAG_CONTENT_SHA256) != 0;
    to->size_was_unknown = from->header.content_size == SCAPE_REF_SIZE_UNKNOWN;
    memcpy(to->profile_name, from->header.profile_sha256, CODEC_SHA256_SIZE);
    memcpy(to->sha256, from->trailer.sha256, CODEC_SHA256_SIZE);
}

static enum scape_ref_error add_frame(struct codec_archive *a, size_t number) {
    struct codec_frame *frame = &a->frames[number];
    uint64_t in_blocks = 0;
    describe_frame(scape_ref_access_frame(&a->access, number), frame);
    enum scape_ref_error error = scape_ref_access_load(&a->access, number);
    if (error != SCAPE_REF_OK || frame->skippable) {
        frame->overhead = frame->size;
        return error;
    }
    error = add_blocks(a, frame, &in_blocks);
    frame->overhead = frame->size - in_blocks;
    bool more = true;
    while (error == SCAPE_REF_OK) {
        struct scape_ref_region region;
        error = scape_ref_access_next_region(&a->access, &region, &more);
        if (error != SCAPE_REF_OK || !more) {
            break;
        }
        error = add_region(a, frame, &region);
    }
    return error;
}

/* Names stand in one piece of memory that moved while it grew; stored bytes are those of the blocks
 * between a region's ends, where blocks begin and end too. */
static void finish_regions(struct codec_archive *a) {
    const char *name = a->names;
    size_t b = 0;
    for (size_t i = 0; i < a->region_count; i++) {
        struct codec_region *r = &a->regions[i];
        r->name = name;
        name += r->name_length + 1;
        while (b < a->block_count && a->blocks[b].content_offset < r->offset + r->length) {
            r->stored += (uint64_t)a->blocks[b].payload_length + SCAPE_REF_BLOCK_OVERHEAD;
            b++;
        }
    }
}

static enum scape_ref_error open_all(struct codec_archive *a, const struct codec_limits *limits) {
    a->held_max = limits->max_memory != 0 ? limits->max_memory : LISTING_MAX;
    a->profiles = calloc(limits->profile_count + 1, sizeof *a->profiles);
    if (a->profiles == NULL) {
        return SCAPE_REF_NO_MEMORY;
    }
    for (size_t i = 0; i < limits->profile_count; i++) {
        a->profiles[i] =
            (struct scape_ref_profile){limits->profiles[i].data, limits->profiles[i].size};
    }
    a->options = (struct scape_ref_options){.max_memory = limits->max_memory,
                                            .profiles = a->profiles,
                                            .profile_count = limits->profile_count};
    a->input =
        (struct scape_ref_input){a->source.ctx, a->source.read, a->source.read_at, a->source.size};
    enum scape_ref_error error = scape_ref_access_open(&a->access, &a->input, &a->options);
    if (error != SCAPE_REF_OK) {
        return error;
    }
    a->access_open = true;
    a->frame_count = a->access.frame_count;
    a->frames = calloc(a->frame_count + 1, sizeof *a->frames);
    if (a->frames == NULL) {
        return SCAPE_REF_NO_MEMORY;
    }
    for (size_t i = 0; i < a->frame_count && error == SCAPE_REF_OK; i++) {
        error = add_frame(a, i);
    }
    finish_regions(a);
    return error;
}

int codec_archive_open(struct codec_archive **out, const struct codec_source *source,
                       const struct codec_limits *limits, struct codec_report *report) {
    struct codec_archive *a = calloc(1, sizeof *a);
    enum scape_ref_error error = SCAPE_REF_NO_MEMORY;
    *out = NULL;
    if (a != NULL) {
        a->source = *source;
        error = open_all(a, limits);
    }
    if (error != SCAPE_REF_OK) {
        codec_archive_close(a);
        a = NULL;
    }
    *out = a;
    return finish(report, error);
}

void codec_archive_close(struct codec_archive *a) {
    if (a == NULL) {
        return;
    }
    if (a->access_open) {
        scape_ref_access_close(&a->access);
    }
    free(a->profiles);
    free(a->frames);
    free(a->blocks);
    free(a->regions);
    free(a->names);
    free(a);
}

uint64_t codec_archive_content_size(const struct codec_archive *a) {
    return a->access.content_size;
}

size_t codec_archive_frame_count(const struct codec_archive *a) {
    return a->frame_count;
}

size_t codec_archive_block_count(const struct codec_archive *a) {
    return a->block_count;
}

size_t codec_archive_region_count(const struct codec_archive *a) {
    return a->region_count;
}

const struct codec_frame *codec_archive_frame(const struct codec_archive *a, size_t i) {
    return i < a->frame_count ? &a->frames[i] : NULL;
}

const struct codec_block *codec_archive_block(const struct codec_archive *a, size_t i) {
    return i < a->block_count ? &a->blocks[i] : NULL;
}

const struct codec_region *codec_archive_region(const struct codec_archive *a, size_t i) {
    return i < a->region_count ? &a->regions[i] : NULL;
}

static bool peek(const struct codec_archive *a, uint64_t offset, uint8_t *out, size_t n) {
    return a->source.read_at(a->source.ctx, offset, out, n) == (int64_t)n;
}

int codec_archive_block_coding(struct codec_archive *a, size_t block, unsigned *layout,
                               unsigned *coder) {
    const struct codec_block *b = codec_archive_block(a, block);
    uint8_t id[2], first;
    if (b == NULL || b->is_repeat || b->payload_length < 3) {
        return SCAPE_REF_BAD_ARGUMENT;
    }
    uint64_t payload = b->offset + SCAPE_REF_BLOCK_HEADER_SIZE;
    if (!peek(a, payload, id, sizeof id)) {
        return SCAPE_REF_IO;
    }
    const struct scape_ref_layout *row = scape_ref_layout_find(id[0] | (uint32_t)id[1] << 8);
    if (row == NULL) {
        return SCAPE_REF_UNKNOWN_LAYOUT;
    }
    uint32_t tail = b->content_length % row->block_bytes;
    if (b->payload_length < 3 + tail || !peek(a, payload + 2 + tail, &first, 1)) {
        return SCAPE_REF_PAYLOAD_SHORT;
    }
    *layout = row->id;
    *coder = first;
    return CODEC_OK;
}

int codec_archive_uses_zstd(struct codec_archive *a, bool *uses) {
    enum scape_ref_error error = SCAPE_REF_OK;
    *uses = false;
    for (size_t i = 0; i < a->frame_count && error == SCAPE_REF_OK; i++) {
        error = a->frames[i].skippable ? SCAPE_REF_OK : scape_ref_access_load(&a->access, i);
        size_t blocks = a->frames[i].skippable ? 0 : a->access.blocks.count;
        for (size_t b = 0; b < blocks && error == SCAPE_REF_OK; b++) {
            error = scape_ref_access_decode_block(&a->access, b);
            const struct scape_ref_chunk_work *work = &a->access.work;
            for (uint32_t f = 0; error == SCAPE_REF_OK && f < work->layout->field_count; f++) {
                *uses = *uses || work->streams[f].coder == SCAPE_REF_CODER_ZSTD;
            }
        }
    }
    return (int)error;
}

int codec_archive_read(struct codec_archive *a, uint64_t offset, uint64_t length,
                       const struct codec_target *target, struct codec_report *report) {
    const struct scape_ref_output output = {target->ctx, target->write};
    enum scape_ref_error error = SCAPE_REF_OK;
    if (offset > a->access.content_size || length > a->access.content_size - offset) {
        return finish(report, SCAPE_REF_BAD_ARGUMENT);
    }
    for (size_t i = 0; i < a->frame_count && length != 0 && error == SCAPE_REF_OK; i++) {
        const struct codec_frame *f = &a->frames[i];
        if (f->skippable || offset >= f->content_offset + f->content_size ||
            offset < f->content_offset) {
            continue;
        }
        uint64_t at = offset - f->content_offset;
        uint64_t n = length < f->content_size - at ? length : f->content_size - at;
        if (a->access.loaded != i) {
            error = scape_ref_access_load(&a->access, i);
        }
        error = error ? error : scape_ref_access_read(&a->access, at, n, &output);
        offset += n;
        length -= n;
    }
    return finish(report, error);
}
