/* archive_list.c - what an archive is made of: frames, chunks, regions. Depends on archive.h. */
#include "archive.h"

#include "layout.h"

uint64_t scape_archive_content_size(const struct scape_archive *archive) {
    return archive->content_size;
}

size_t scape_archive_tensor_count(const struct scape_archive *archive) {
    return archive->region_count;
}

enum scape_error scape_archive_tensor_at(const struct scape_archive *archive, size_t i,
                                         struct scape_tensor *tensor) {
    if (i >= archive->region_count) {
        return SCAPE_ERROR_BAD_ARGUMENT;
    }
    const struct sc_region *region = &sc_archive_regions(archive)[i];
    const uint64_t *dims = (const uint64_t *)(const void *)archive->dims.data;
    *tensor = (struct scape_tensor){.name = (const char *)archive->names.data + region->name,
                                    .name_length = region->name_length,
                                    .dtype = region->dtype,
                                    .rank = region->rank,
                                    .dims = region->rank > 0 ? dims + region->dims : dims,
                                    .start = region->start,
                                    .length = region->length};
    return SCAPE_OK;
}

size_t scape_archive_frame_count(const struct scape_archive *archive) {
    return archive->frame_count;
}

enum scape_error scape_archive_frame_at(const struct scape_archive *archive, size_t i,
                                        struct scape_frame *frame) {
    if (i >= archive->frame_count) {
        return SCAPE_ERROR_BAD_ARGUMENT;
    }
    const struct sc_frame *from = &sc_archive_frames(archive)[i];
    uint32_t flags = from->header.flags;
    *frame = (struct scape_frame){.position = from->start,
                                  .size = from->size,
                                  .content_start = from->content_start,
                                  .content_size = from->content_size,
                                  .chunk_log2 = from->header.chunk_limit_log2,
                                  .skippable = from->skippable};
    if (!from->skippable) {
        frame->repeats = (flags & SC_FLAG_HAS_REPEATS) != 0;
        frame->profile_named = (flags & SC_FLAG_PROFILE_NAMED) != 0;
        frame->profile_embedded = (flags & SC_FLAG_PROFILE_EMBEDDED) != 0;
        frame->content_sha256 = (flags & SC_FLAG_CONTENT_SHA256) != 0;
        frame->size_given = from->header.content_size != UINT64_MAX;
        memcpy(frame->profile, from->header.profile_name, sizeof frame->profile);
        memcpy(frame->sha256, from->digest, sizeof frame->sha256);
    }
    return SCAPE_OK;
}

size_t scape_archive_chunk_count(const struct scape_archive *archive) {
    return archive->block_count;
}

/* The frame of block i. */
static const struct sc_frame *frame_of(const struct scape_archive *a, size_t i) {
    const struct sc_frame *frames = sc_archive_frames(a);
    size_t low = 0, high = a->frame_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (frames[middle].first_block <= i) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &frames[low];
}

enum scape_error scape_archive_chunk_at(const struct scape_archive *archive, size_t i,
                                        struct scape_chunk *chunk) {
    if (i >= archive->block_count) {
        return SCAPE_ERROR_BAD_ARGUMENT;
    }
    const struct sc_block *block = &sc_archive_blocks(archive)[i];
    const struct sc_frame *frame = frame_of(archive, i);
    *chunk = (struct scape_chunk){.position = frame->start + block->offset,
                                  .content_start = frame->content_start + block->content_start,
                                  .payload_length = block->payload_length,
                                  .content_length = block->content_length,
                                  .repeat = block->repeat};
    return SCAPE_OK;
}

static enum scape_error peek(const struct scape_archive *a, uint64_t offset, uint8_t *out,
                             size_t n) {
    size_t got;
    enum scape_error error = sc_source_read_at(&a->source, offset, out, n, &got);
    return error == SCAPE_OK && got < n ? SCAPE_ERROR_TRUNCATED : error;
}

enum scape_error scape_archive_chunk_coding(const struct scape_archive *archive, size_t i,
                                            uint32_t *layout, uint32_t *coder) {
    struct scape_chunk chunk;
    uint8_t id[2], first;
    enum scape_error error = scape_archive_chunk_at(archive, i, &chunk);
    *layout = *coder = 0;
    if (error != SCAPE_OK || chunk.repeat) {
        return SCAPE_ERROR_BAD_ARGUMENT;
    }
    if (chunk.payload_length < 3) {
        return SCAPE_ERROR_PAYLOAD_SHORT;
    }
    uint64_t payload = chunk.position + SC_BLOCK_HEADER_SIZE;
    error = peek(archive, payload, id, sizeof id);
    if (error != SCAPE_OK) {
        return error;
    }
    uint32_t number = id[0] | (uint32_t)id[1] << 8;
    const struct scape_reg_layout *row = sc_layout_find(number);
    if (row == NULL) {
        return SCAPE_ERROR_UNKNOWN_LAYOUT;
    }
    uint32_t tail = chunk.content_length % row->block_bytes; /* [LAY-003] */
    if (chunk.payload_length < 3 + tail) {
        return SCAPE_ERROR_PAYLOAD_SHORT;
    }
    error = peek(archive, payload + 2 + tail, &first, 1);
    if (error == SCAPE_OK) {
        *layout = number;
        *coder = first;
    }
    return error;
}
