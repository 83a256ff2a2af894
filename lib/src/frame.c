/* frame.c - the fixed parts of a frame, each with its checks in order [FRM-023] [BLK-010]
 * [FRM-031]. Depends on frame.h. */
#include "frame.h"

#include "checksum.h"

static const uint8_t content_magic[SC_MAGIC_SIZE] = {0xD3, 'S', 'C', 'A', 'P', 'E', 0x0D, 0x0A};
static const uint8_t skip_magic[SC_MAGIC_SIZE] = {0xD3, 'S', 'K', 'I', 'P', 'S', 0x0D, 0x0A};
const uint8_t sc_end_magic[SC_MAGIC_SIZE] = {'S', 'C', 'A', 'P', 'E', 'E', 'N', 'D'};

enum scape_error sc_magic_read(const uint8_t *bytes, size_t size, enum sc_frame_kind *kind) {
    bool content = memcmp(bytes, content_magic, size) == 0;
    if (!content && memcmp(bytes, skip_magic, size) != 0) {
        return SCAPE_ERROR_BAD_MAGIC;
    }
    *kind = content ? SC_FRAME_CONTENT : SC_FRAME_SKIPPABLE;
    return size < SC_MAGIC_SIZE ? SCAPE_ERROR_TRUNCATED : SCAPE_OK;
}

enum scape_error sc_header_size(const uint8_t *bytes, size_t size, uint32_t *header_size) {
    if (size >= 9 && bytes[8] != SCAPE_REG_VERSION) {
        return SCAPE_ERROR_UNSUPPORTED_VERSION;
    }
    if (size < 10) {
        return SCAPE_ERROR_TRUNCATED;
    }
    bool named = (bytes[9] & SC_FLAG_PROFILE_NAMED) != 0;
    *header_size = named ? SC_HEADER_SIZE_NAMED : SC_HEADER_SIZE;
    return SCAPE_OK;
}

enum scape_error sc_header_read(const uint8_t *bytes, uint32_t size, struct sc_header *header) {
    if (sc_load_u64(bytes + size - SC_CHECKSUM_SIZE) !=
        sc_checksum(bytes, size - SC_CHECKSUM_SIZE)) {
        return SCAPE_ERROR_CHECKSUM;
    }
    header->flags = bytes[9];
    header->chunk_limit_log2 = bytes[10];
    header->content_size = sc_load_u64(bytes + 16);
    header->size = size;
    memset(header->profile_name, 0, SC_DIGEST_SIZE);
    if (size == SC_HEADER_SIZE_NAMED) {
        memcpy(header->profile_name, bytes + 24, SC_DIGEST_SIZE);
    }
    if (header->flags >= 16 || (bytes[11] | bytes[12] | bytes[13] | bytes[14] | bytes[15]) != 0) {
        return SCAPE_ERROR_RESERVED;
    }
    if ((header->flags & SC_FLAG_PROFILE_NAMED) != 0 &&
        (header->flags & SC_FLAG_PROFILE_EMBEDDED) != 0) { /* [FRM-021] */
        return SCAPE_ERROR_BAD_HEADER;
    }
    if (header->chunk_limit_log2 < SCAPE_REG_CHUNK_LOG2_MIN ||
        header->chunk_limit_log2 > SCAPE_REG_CHUNK_LOG2_MAX) {
        return SCAPE_ERROR_LIMIT;
    }
    bool known = header->content_size != UINT64_MAX;
    bool small = header->content_size <= UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX;
    return !known || small ? SCAPE_OK : SCAPE_ERROR_LIMIT;
}

/* [BLK-005] [BLK-006] [BLK-007] */
static enum scape_error check_content_length(const struct sc_block_place *place,
                                             const struct sc_block_header *block) {
    bool has_content =
        block->type == SCAPE_REG_BLOCK_CHUNK || block->type == SCAPE_REG_BLOCK_REPEAT;
    if ((block->content_length >= 1) != has_content) {
        return SCAPE_ERROR_BAD_LENGTH;
    }
    if (block->content_length > 1u << place->header->chunk_limit_log2) {
        return SCAPE_ERROR_LIMIT;
    }
    uint64_t known = place->header->content_size;
    uint64_t total = place->content + block->content_length;
    if (known == UINT64_MAX) {
        bool small = total <= UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX;
        return small ? SCAPE_OK : SCAPE_ERROR_LIMIT;
    }
    bool index = block->type == SCAPE_REG_BLOCK_INDEX;
    return total > known || (index && total != known) ? SCAPE_ERROR_BAD_LENGTH : SCAPE_OK;
}

static enum scape_error check_payload_length(const struct sc_block_header *block) { /* [BLK-008] */
    uint64_t most = 1u << SCAPE_REG_EXTENSION_LOG2_MAX;
    if (block->type == SCAPE_REG_BLOCK_REPEAT) {
        return block->payload_length == 8 ? SCAPE_OK : SCAPE_ERROR_BAD_LENGTH;
    }
    if (block->type == SCAPE_REG_BLOCK_CHUNK) {
        most = (uint64_t)block->content_length + SCAPE_REG_CHUNK_OVERHEAD_MAX;
    } else if (block->type == SCAPE_REG_BLOCK_INDEX) {
        most = 1u << SCAPE_REG_INDEX_LOG2_MAX;
    } else if (block->type == SCAPE_REG_BLOCK_PROFILE) {
        most = 1u << SCAPE_REG_PROFILE_LOG2_MAX;
    }
    return block->payload_length <= most ? SCAPE_OK : SCAPE_ERROR_LIMIT;
}

enum scape_error sc_block_header_read(const uint8_t *bytes, const struct sc_block_place *place,
                                      struct sc_block_header *block) {
    uint32_t flags = place->header->flags;
    block->type = bytes[0];
    block->payload_length = sc_load_u32(bytes + 4);
    block->content_length = sc_load_u32(bytes + 8);
    bool known = block->type >= SCAPE_REG_BLOCK_CHUNK && block->type <= SCAPE_REG_BLOCK_INDEX;
    if (!known && !sc_block_is_extension(block->type)) { /* [BLK-001] */
        return SCAPE_ERROR_UNKNOWN_BLOCK;
    }
    if ((bytes[1] | bytes[2] | bytes[3]) != 0) {
        return SCAPE_ERROR_RESERVED;
    }
    bool profile_here = place->first && (flags & SC_FLAG_PROFILE_EMBEDDED) != 0;
    if ((block->type == SCAPE_REG_BLOCK_PROFILE) != profile_here) { /* [BLK-002] */
        return SCAPE_ERROR_BAD_ORDER;
    }
    if (block->type == SCAPE_REG_BLOCK_REPEAT && (flags & SC_FLAG_HAS_REPEATS) == 0) {
        return SCAPE_ERROR_BAD_ORDER; /* [BLK-003] */
    }
    enum scape_error error = check_content_length(place, block);
    return error == SCAPE_OK ? check_payload_length(block) : error;
}

enum scape_error sc_trailer_read(const uint8_t *bytes, const struct sc_header *header,
                                 struct sc_trailer *trailer) {
    if (memcmp(bytes + 64, sc_end_magic, SC_MAGIC_SIZE) != 0) {
        return SCAPE_ERROR_BAD_TRAILER;
    }
    if (sc_load_u64(bytes + 56) != sc_checksum(bytes, 56)) {
        return SCAPE_ERROR_CHECKSUM;
    }
    trailer->index_size = sc_load_u64(bytes);
    trailer->content_size = sc_load_u64(bytes + 8);
    memcpy(trailer->digest, bytes + 16, SC_DIGEST_SIZE);
    trailer->frame_size = sc_load_u64(bytes + 48);
    uint8_t any = 0;
    for (unsigned i = 0; i < SC_DIGEST_SIZE; i++) {
        any |= trailer->digest[i];
    }
    bool flagged = (header->flags & SC_FLAG_CONTENT_SHA256) != 0;
    return flagged || any == 0 ? SCAPE_OK : SCAPE_ERROR_RESERVED;
}

const struct sc_block *sc_block_target(const struct sc_block *blocks, size_t count, uint64_t offset,
                                       uint32_t content_length) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (blocks[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < count && blocks[low].offset == offset && !blocks[low].repeat &&
                 blocks[low].content_length == content_length;
    return found ? &blocks[low] : NULL;
}
