/* frame.c - see frame.h. The order of the checks in each function is the spec's. */
#include "frame.h"

#include <string.h>

static const uint8_t content_magic[SCAPE_REF_MAGIC_SIZE] = {0xD3, 'S', 'C',  'A',
                                                            'P',  'E', '\r', '\n'};
static const uint8_t skippable_magic[SCAPE_REF_MAGIC_SIZE] = {0xD3, 'S', 'K',  'I',
                                                              'P',  'S', '\r', '\n'};
static const uint8_t end_magic[SCAPE_REF_MAGIC_SIZE] = {'S', 'C', 'A', 'P', 'E', 'E', 'N', 'D'};

/* [FRM-002] */
enum scape_ref_error scape_ref_frame_kind_parse(const uint8_t *data, size_t size,
                                                enum scape_ref_frame_kind *kind) {
    size_t n = size < SCAPE_REF_MAGIC_SIZE ? size : SCAPE_REF_MAGIC_SIZE;
    bool content = n == 0 || memcmp(data, content_magic, n) == 0;
    bool skippable = n == 0 || memcmp(data, skippable_magic, n) == 0;
    if (!content && !skippable) {
        return SCAPE_REF_BAD_MAGIC;
    }
    *kind = content ? SCAPE_REF_FRAME_CONTENT : SCAPE_REF_FRAME_SKIPPABLE;
    return n < SCAPE_REF_MAGIC_SIZE ? SCAPE_REF_TRUNCATED : SCAPE_REF_OK;
}

/* ---- Header [FRM-020] [FRM-023] ---- */

size_t scape_ref_frame_header_size(uint8_t flags) {
    return flags & SCAPE_REF_FLAG_PROFILE_NAMED ? SCAPE_REF_HEADER_NAMED_SIZE
                                                : SCAPE_REF_HEADER_SIZE;
}

static enum scape_ref_error header_check(const struct scape_ref_frame_header *h,
                                         const uint8_t *reserved) {
    static const uint8_t zeros[5];
    const uint8_t both = SCAPE_REF_FLAG_PROFILE_NAMED | SCAPE_REF_FLAG_PROFILE_EMBEDDED;
    if ((h->flags & SCAPE_REF_FLAGS_RESERVED) || memcmp(reserved, zeros, sizeof zeros) != 0) {
        return SCAPE_REF_RESERVED;
    }
    if ((h->flags & both) == both) { /* [FRM-021] */
        return SCAPE_REF_BAD_HEADER;
    }
    if (h->chunk_limit_log2 < SCAPE_REF_CHUNK_LOG2_MIN ||
        h->chunk_limit_log2 > SCAPE_REF_CHUNK_LOG2_MAX) {
        return SCAPE_REF_LIMIT;
    }
    if (h->content_size != SCAPE_REF_SIZE_UNKNOWN &&
        h->content_size > UINT64_C(1) << SCAPE_REF_CONTENT_SIZE_LOG2_MAX) {
        return SCAPE_REF_LIMIT;
    }
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_frame_header_parse(struct scape_ref_cursor *c,
                                                  struct scape_ref_frame_header *out) {
    const uint8_t *data = c->data + c->at;
    size_t have = scape_ref_cursor_left(c);
    enum scape_ref_frame_kind kind;
    enum scape_ref_error error = scape_ref_frame_kind_parse(data, have, &kind);
    if (error) {
        return error;
    }
    if (kind != SCAPE_REF_FRAME_CONTENT) {
        return SCAPE_REF_BAD_MAGIC;
    }
    if (have > 8 && data[8] != SCAPE_REF_VERSION) {
        return SCAPE_REF_UNSUPPORTED_VERSION;
    }
    if (have < 10 || have < scape_ref_frame_header_size(data[9])) {
        return SCAPE_REF_TRUNCATED;
    }
    size_t size = scape_ref_frame_header_size(data[9]);
    *out = (struct scape_ref_frame_header){.flags = data[9],
                                           .chunk_limit_log2 = data[10],
                                           .content_size = scape_ref_load_le(data + 16, 8)};
    if (size == SCAPE_REF_HEADER_NAMED_SIZE) {
        memcpy(out->profile_sha256, data + 24, SCAPE_REF_SHA256_SIZE);
    }
    if (scape_ref_load_le(data + size - 8, 8) != scape_ref_checksum_of(data, size - 8)) {
        return SCAPE_REF_CHECKSUM;
    }
    error = header_check(out, data + 11);
    return error ? error : scape_ref_cursor_take(c, size, &data);
}

size_t scape_ref_frame_header_write(const struct scape_ref_frame_header *header,
                                    uint8_t out[SCAPE_REF_HEADER_NAMED_SIZE]) {
    size_t size = scape_ref_frame_header_size(header->flags);
    memset(out, 0, size);
    memcpy(out, content_magic, SCAPE_REF_MAGIC_SIZE);
    out[8] = (uint8_t)SCAPE_REF_VERSION;
    out[9] = header->flags;
    out[10] = header->chunk_limit_log2;
    scape_ref_store_u64le(out + 16, header->content_size);
    if (size == SCAPE_REF_HEADER_NAMED_SIZE) {
        memcpy(out + 24, header->profile_sha256, SCAPE_REF_SHA256_SIZE);
    }
    scape_ref_store_u64le(out + size - 8, scape_ref_checksum_of(out, size - 8));
    return size;
}

/* ---- Block [BLK-010] ---- */

bool scape_ref_block_is_extension(uint8_t type) {
    return type >= 0x80 && type <= 0xBF;
}

static enum scape_ref_error block_allowed(uint8_t type, const struct scape_ref_frame_header *frame,
                                          bool first) {
    bool embedded = frame->flags & SCAPE_REF_FLAG_PROFILE_EMBEDDED;
    if ((type == SCAPE_REF_BLOCK_PROFILE) != (first && embedded)) { /* [BLK-002] */
        return SCAPE_REF_BAD_ORDER;
    }
    if (type == SCAPE_REF_BLOCK_REPEAT &&
        !(frame->flags & SCAPE_REF_FLAG_HAS_REPEATS)) { /* [BLK-003] */
        return SCAPE_REF_BAD_ORDER;
    }
    return SCAPE_REF_OK;
}

/* What the payload may weigh. */
static enum scape_ref_error block_payload_length(const struct scape_ref_block_header *b) {
    uint64_t limit;
    switch (b->type) {
    case SCAPE_REF_BLOCK_REPEAT:
        return b->payload_length == SCAPE_REF_REPEAT_PAYLOAD ? SCAPE_REF_OK : SCAPE_REF_BAD_LENGTH;
    case SCAPE_REF_BLOCK_CHUNK:
        limit = b->content_length + SCAPE_REF_CHUNK_OVERHEAD_MAX;
        break;
    case SCAPE_REF_BLOCK_PROFILE:
        limit = UINT64_C(1) << SCAPE_REF_PROFILE_LOG2_MAX;
        break;
    case SCAPE_REF_BLOCK_INDEX:
        limit = UINT64_C(1) << SCAPE_REF_INDEX_LOG2_MAX;
        break;
    default:
        limit = UINT64_C(1) << SCAPE_REF_EXTENSION_LOG2_MAX;
        break;
    }
    return b->payload_length > limit ? SCAPE_REF_LIMIT : SCAPE_REF_OK;
}

/* The content length, alone and with all those before. */
static enum scape_ref_error block_content_length(const struct scape_ref_block_header *b,
                                                 const struct scape_ref_frame_header *frame,
                                                 uint64_t content_before) {
    bool has_content = b->type == SCAPE_REF_BLOCK_CHUNK || b->type == SCAPE_REF_BLOCK_REPEAT;
    if (has_content != (b->content_length != 0)) { /* [BLK-005] */
        return SCAPE_REF_BAD_LENGTH;
    }
    if (b->content_length > UINT64_C(1) << frame->chunk_limit_log2) { /* [BLK-006] */
        return SCAPE_REF_LIMIT;
    }
    uint64_t total = content_before + b->content_length; /* both far below 2^63 */
    if (frame->content_size == SCAPE_REF_SIZE_UNKNOWN) { /* [BLK-007] */
        return total > UINT64_C(1) << SCAPE_REF_CONTENT_SIZE_LOG2_MAX ? SCAPE_REF_LIMIT
                                                                      : SCAPE_REF_OK;
    }
    bool fits = b->type == SCAPE_REF_BLOCK_INDEX ? total == frame->content_size
                                                 : total <= frame->content_size;
    return fits ? SCAPE_REF_OK : SCAPE_REF_BAD_LENGTH;
}

enum scape_ref_error scape_ref_block_header_parse(struct scape_ref_cursor *c,
                                                  const struct scape_ref_frame_header *frame,
                                                  bool first, uint64_t content_before,
                                                  struct scape_ref_block_header *out) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, SCAPE_REF_BLOCK_HEADER_SIZE, &data);
    if (error) {
        return error;
    }
    *out = (struct scape_ref_block_header){data[0], (uint32_t)scape_ref_load_le(data + 4, 4),
                                           (uint32_t)scape_ref_load_le(data + 8, 4)};
    if ((out->type < SCAPE_REF_BLOCK_CHUNK || out->type > SCAPE_REF_BLOCK_INDEX) &&
        !scape_ref_block_is_extension(out->type)) { /* [BLK-001] */
        return SCAPE_REF_UNKNOWN_BLOCK;
    }
    if (data[1] || data[2] || data[3]) {
        return SCAPE_REF_RESERVED;
    }
    error = block_allowed(out->type, frame, first);
    error = error ? error : block_content_length(out, frame, content_before);
    return error ? error : block_payload_length(out);
}

void scape_ref_block_header_write(const struct scape_ref_block_header *header,
                                  uint8_t out[SCAPE_REF_BLOCK_HEADER_SIZE]) {
    out[0] = header->type;
    out[1] = out[2] = out[3] = 0;
    scape_ref_store_u32le(out + 4, header->payload_length);
    scape_ref_store_u32le(out + 8, header->content_length);
}

/* ---- Trailer [FRM-031] ---- */

enum scape_ref_error scape_ref_trailer_parse(struct scape_ref_cursor *c,
                                             const struct scape_ref_frame_header *frame,
                                             struct scape_ref_trailer *out) {
    static const uint8_t zeros[SCAPE_REF_SHA256_SIZE];
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, SCAPE_REF_TRAILER_SIZE, &data);
    if (error) {
        return error;
    }
    if (memcmp(data + 64, end_magic, SCAPE_REF_MAGIC_SIZE) != 0) {
        return SCAPE_REF_BAD_TRAILER;
    }
    if (scape_ref_load_le(data + 56, 8) != scape_ref_checksum_of(data, 56)) {
        return SCAPE_REF_CHECKSUM;
    }
    *out = (struct scape_ref_trailer){.index_size = scape_ref_load_le(data, 8),
                                      .content_size = scape_ref_load_le(data + 8, 8),
                                      .frame_size = scape_ref_load_le(data + 48, 8)};
    memcpy(out->sha256, data + 16, SCAPE_REF_SHA256_SIZE);
    if (!(frame->flags & SCAPE_REF_FLAG_CONTENT_SHA256) &&
        memcmp(out->sha256, zeros, sizeof zeros) != 0) {
        return SCAPE_REF_RESERVED;
    }
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_trailer_agree(const struct scape_ref_trailer *trailer,
                                             const struct scape_ref_frame_header *frame,
                                             uint64_t index_size, uint64_t content_size,
                                             uint64_t frame_size) {
    bool agree =
        trailer->index_size == index_size && trailer->content_size == content_size &&
        trailer->frame_size == frame_size &&
        (frame->content_size == SCAPE_REF_SIZE_UNKNOWN || frame->content_size == content_size);
    return agree ? SCAPE_REF_OK : SCAPE_REF_BAD_TRAILER;
}

void scape_ref_trailer_write(const struct scape_ref_trailer *trailer,
                             uint8_t out[SCAPE_REF_TRAILER_SIZE]) {
    scape_ref_store_u64le(out, trailer->index_size);
    scape_ref_store_u64le(out + 8, trailer->content_size);
    memcpy(out + 16, trailer->sha256, SCAPE_REF_SHA256_SIZE);
    scape_ref_store_u64le(out + 48, trailer->frame_size);
    scape_ref_store_u64le(out + 56, scape_ref_checksum_of(out, 56));
    memcpy(out + 64, end_magic, SCAPE_REF_MAGIC_SIZE);
}

/* ---- Skippable frame [FRM-010] [FRM-011] ---- */

static uint64_t skippable_size(uint64_t data_length) {
    return data_length + SCAPE_REF_SKIPPABLE_HEADER_SIZE + SCAPE_REF_SKIPPABLE_TRAILER_SIZE;
}

enum scape_ref_error scape_ref_skippable_header_parse(struct scape_ref_cursor *c,
                                                      uint64_t *data_length) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, SCAPE_REF_SKIPPABLE_HEADER_SIZE, &data);
    if (error) {
        return error;
    }
    *data_length = scape_ref_load_le(data + 8, 8);
    return *data_length > UINT64_C(1) << SCAPE_REF_SKIPPABLE_LOG2_MAX ? SCAPE_REF_LIMIT
                                                                      : SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_skippable_trailer_parse(struct scape_ref_cursor *c,
                                                       struct scape_ref_checksum *before,
                                                       uint64_t data_length) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, SCAPE_REF_SKIPPABLE_TRAILER_SIZE, &data);
    if (error) {
        return error;
    }
    if (memcmp(data + 16, end_magic, SCAPE_REF_MAGIC_SIZE) != 0) {
        return SCAPE_REF_BAD_TRAILER;
    }
    scape_ref_checksum_update(before, data, 8);
    if (scape_ref_load_le(data + 8, 8) != scape_ref_checksum_value(before)) {
        return SCAPE_REF_CHECKSUM;
    }
    return scape_ref_load_le(data, 8) == skippable_size(data_length) ? SCAPE_REF_OK
                                                                     : SCAPE_REF_BAD_TRAILER;
}

void scape_ref_skippable_header_write(uint64_t data_length,
                                      uint8_t out[SCAPE_REF_SKIPPABLE_HEADER_SIZE]) {
    memcpy(out, skippable_magic, SCAPE_REF_MAGIC_SIZE);
    scape_ref_store_u64le(out + 8, data_length);
}

void scape_ref_skippable_trailer_write(struct scape_ref_checksum *before, uint64_t data_length,
                                       uint8_t out[SCAPE_REF_SKIPPABLE_TRAILER_SIZE]) {
    scape_ref_store_u64le(out, skippable_size(data_length));
    scape_ref_checksum_update(before, out, 8);
    scape_ref_store_u64le(out + 8, scape_ref_checksum_value(before));
    memcpy(out + 16, end_magic, SCAPE_REF_MAGIC_SIZE);
}

enum scape_ref_error scape_ref_frame_end_parse(struct scape_ref_cursor *c, uint64_t *frame_size) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, SCAPE_REF_END_SIZE, &data);
    if (error) {
        return error;
    }
    *frame_size = scape_ref_load_le(data, 8);
    return memcmp(data + 16, end_magic, SCAPE_REF_MAGIC_SIZE) == 0 ? SCAPE_REF_OK
                                                                   : SCAPE_REF_BAD_TRAILER;
}
