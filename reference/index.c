/* index.c - see index.h. */
#include "index.h"

#include <string.h>

/* Inside the index a payload that ends early is an index that does not fit its frame. */
static enum scape_ref_error index_varint(struct scape_ref_index_reader *r, uint64_t *out) {
    enum scape_ref_error error = scape_ref_cursor_varint(&r->cursor, out);
    return error == SCAPE_REF_TRUNCATED ? SCAPE_REF_BAD_INDEX : error;
}

enum scape_ref_error scape_ref_index_open(struct scape_ref_index_reader *r, const void *payload,
                                          size_t size, uint64_t content_size,
                                          uint64_t *block_count) {
    r->cursor = scape_ref_cursor_make(payload, size);
    r->content_size = content_size;
    r->offset = 0;
    r->name_length = 0;
    return index_varint(r, block_count);
}

/* A value that must be the expected one, where there is one, and at most limit. */
static enum scape_ref_error index_value(struct scape_ref_index_reader *r, const uint64_t *expected,
                                        uint64_t limit, uint64_t *out) {
    enum scape_ref_error error = index_varint(r, out);
    if (!error && (*out > limit || (expected && *out != *expected))) {
        return SCAPE_REF_BAD_INDEX;
    }
    return error;
}

enum scape_ref_error scape_ref_index_next_block(struct scape_ref_index_reader *r,
                                                const struct scape_ref_index_block *expected,
                                                struct scape_ref_index_block *out) {
    uint64_t want[3] = {0, 0, 0};
    if (expected) {
        want[0] = expected->gap;
        want[1] = (uint64_t)expected->payload_length * 2 + (expected->is_repeat ? 1 : 0);
        want[2] = expected->content_length;
    }
    uint64_t size, content;
    enum scape_ref_error error = index_value(r, expected ? &want[0] : NULL, UINT64_MAX, &out->gap);
    error = error ? error
                  : index_value(r, expected ? &want[1] : NULL, (uint64_t)UINT32_MAX * 2 + 1, &size);
    error = error ? error : index_value(r, expected ? &want[2] : NULL, UINT32_MAX, &content);
    if (error) {
        return error;
    }
    out->payload_length = (uint32_t)(size / 2);
    out->is_repeat = size & 1;
    out->content_length = (uint32_t)content;
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_index_regions(struct scape_ref_index_reader *r,
                                             uint64_t *region_count) {
    return index_varint(r, region_count);
}

/* [IDX-006] The name: so many bytes of the name before, then new ones; none of them NUL. */
static enum scape_ref_error region_name(struct scape_ref_index_reader *r) {
    uint64_t shared, suffix;
    enum scape_ref_error error = index_varint(r, &shared);
    if (!error && shared > r->name_length) {
        return SCAPE_REF_BAD_INDEX;
    }
    error = error ? error : index_varint(r, &suffix);
    if (error) {
        return error;
    }
    if (suffix > SCAPE_REF_NAME_MAX - shared) {
        return SCAPE_REF_BAD_INDEX;
    }
    const uint8_t *bytes;
    if (scape_ref_cursor_take(&r->cursor, suffix, &bytes) ||
        (suffix != 0 && memchr(bytes, 0, (size_t)suffix))) {
        return SCAPE_REF_BAD_INDEX;
    }
    if (suffix != 0) {
        memcpy(r->name + shared, bytes, (size_t)suffix);
    }
    r->name_length = (size_t)(shared + suffix);
    return SCAPE_REF_OK;
}

/* The label: dtype, rank and dimensions mean nothing to a decoder [IDX-005]. */
static enum scape_ref_error region_label(struct scape_ref_index_reader *r,
                                         struct scape_ref_region *out) {
    uint64_t dtype, rank;
    enum scape_ref_error error = index_varint(r, &dtype);
    if (!error && dtype > UINT16_MAX) {
        return SCAPE_REF_BAD_INDEX;
    }
    error = error ? error : index_varint(r, &rank);
    if (!error && rank > SCAPE_REF_RANK_MAX) {
        return SCAPE_REF_BAD_INDEX;
    }
    if (error) {
        return error;
    }
    out->dtype = (uint16_t)dtype;
    out->rank = (uint32_t)rank;
    for (uint32_t i = 0; !error && i < out->rank; i++) {
        error = index_varint(r, &out->dims[i]);
    }
    return error;
}

enum scape_ref_error scape_ref_index_next_region(struct scape_ref_index_reader *r,
                                                 const struct scape_ref_index_starts *starts,
                                                 struct scape_ref_region *out) {
    enum scape_ref_error error = region_label(r, out);
    error = error ? error : index_varint(r, &out->length);
    if (error) {
        return error;
    }
    if (!starts->contains(starts->ctx, r->offset) || /* [IDX-004] */
        out->length > r->content_size - r->offset) { /* [IDX-003] */
        return SCAPE_REF_BAD_INDEX;
    }
    error = region_name(r);
    if (error) {
        return error;
    }
    out->offset = r->offset;
    out->name = r->name;
    out->name_length = r->name_length;
    r->offset += out->length;
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_index_close(const struct scape_ref_index_reader *r) {
    bool tiled = r->offset == r->content_size && scape_ref_cursor_left(&r->cursor) == 0;
    return tiled ? SCAPE_REF_OK : SCAPE_REF_BAD_INDEX;
}

/* ---- Writing ---- */

size_t scape_ref_index_block_write(const struct scape_ref_index_block *block,
                                   uint8_t out[SCAPE_REF_INDEX_BLOCK_MAX]) {
    size_t n = scape_ref_store_varint(out, block->gap);
    n += scape_ref_store_varint(out + n,
                                (uint64_t)block->payload_length * 2 + (block->is_repeat ? 1 : 0));
    return n + scape_ref_store_varint(out + n, block->content_length);
}

size_t scape_ref_index_region_write(const struct scape_ref_region *region, const uint8_t *previous,
                                    size_t previous_length, uint8_t *out) {
    size_t n = scape_ref_store_varint(out, region->dtype);
    n += scape_ref_store_varint(out + n, region->rank);
    for (uint32_t i = 0; i < region->rank; i++) {
        n += scape_ref_store_varint(out + n, region->dims[i]);
    }
    n += scape_ref_store_varint(out + n, region->length);
    size_t shared = 0;
    while (shared < previous_length && shared < region->name_length &&
           previous[shared] == region->name[shared]) {
        shared++;
    }
    size_t suffix = region->name_length - shared;
    n += scape_ref_store_varint(out + n, shared);
    n += scape_ref_store_varint(out + n, suffix);
    if (suffix != 0) {
        memcpy(out + n, region->name + shared, suffix);
    }
    return n + suffix;
}
