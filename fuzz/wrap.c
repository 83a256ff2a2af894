/* wrap.c - see wrap.h. */
#include "wrap.h"

#include "checksum.h"
#include "frame.h"
#include "fuzz.h"
#include "mend.h"

#include <stdlib.h>
#include <string.h>

enum {
    INDEX_ROOM = 8 * SCAPE_REF_VARINT_MAX /* one listed block, one region */
};

static const struct scape_ref_frame_header plain = {.chunk_limit_log2 = SCAPE_REF_CHUNK_LOG2_MAX,
                                                    .content_size = SCAPE_REF_SIZE_UNKNOWN};

static uint8_t *room_for(size_t size) {
    uint8_t *file = calloc(1, size);
    FUZZ_CHECK(file != NULL);
    return file;
}

static size_t put_block(uint8_t *out, uint8_t type, const uint8_t *payload, size_t size,
                        uint32_t content_length) {
    const struct scape_ref_block_header header = {type, (uint32_t)size, content_length};
    scape_ref_block_header_write(&header, out);
    if (size != 0) {
        memcpy(out + SCAPE_REF_BLOCK_HEADER_SIZE, payload, size);
    }
    scape_ref_store_u64le(out + SCAPE_REF_BLOCK_HEADER_SIZE + size,
                          scape_ref_checksum_of(out, SCAPE_REF_BLOCK_HEADER_SIZE + size));
    return size + SCAPE_REF_BLOCK_OVERHEAD;
}

uint8_t *fuzz_wrap_chunk(const uint8_t *payload, size_t size, uint32_t content_length, bool named,
                         size_t *file_size) {
    /* No blocks yet; one region, opaque and without a name: dtype, rank, length, shared, suffix. */
    uint8_t index[INDEX_ROOM] = {0, 1, 0, 0};
    size_t index_size = 4 + scape_ref_store_varint(index + 4, content_length) + 2;
    struct scape_ref_frame_header header = plain;
    const struct scape_ref_trailer trailer = {.frame_size = 0}; /* mended below */
    const size_t room = SCAPE_REF_HEADER_NAMED_SIZE + size + 2 * (size_t)SCAPE_REF_BLOCK_OVERHEAD +
                        INDEX_ROOM + SCAPE_REF_TRAILER_SIZE;
    uint8_t *file = room_for(room);
    if (named) {
        header.flags = SCAPE_REF_FLAG_PROFILE_NAMED;
        FUZZ_CHECK(!scape_ref_sha256_of(scape_ref_standard_profile, scape_ref_standard_profile_size,
                                        header.profile_sha256));
    }
    size_t n = scape_ref_frame_header_write(&header, file);
    n += put_block(file + n, SCAPE_REF_BLOCK_CHUNK, payload, size, content_length);
    n += put_block(file + n, SCAPE_REF_BLOCK_INDEX, index, index_size, 0);
    scape_ref_trailer_write(&trailer, file + n);
    *file_size = fuzz_mend_index(file, n + SCAPE_REF_TRAILER_SIZE, room);
    return file;
}

uint8_t *fuzz_wrap_index(const uint8_t *payload, size_t size, uint64_t blocks_size,
                         uint64_t content_size, size_t *file_size) {
    const uint64_t frame_size = SCAPE_REF_HEADER_SIZE + blocks_size + size +
                                SCAPE_REF_BLOCK_OVERHEAD + SCAPE_REF_TRAILER_SIZE;
    const struct scape_ref_trailer trailer = {.index_size = size + SCAPE_REF_BLOCK_OVERHEAD,
                                              .content_size = content_size,
                                              .frame_size = frame_size};
    uint8_t *file = room_for((size_t)frame_size);
    size_t n = scape_ref_frame_header_write(&plain, file) + (size_t)blocks_size;
    n += put_block(file + n, SCAPE_REF_BLOCK_INDEX, payload, size, 0);
    scape_ref_trailer_write(&trailer, file + n);
    *file_size = (size_t)frame_size;
    return file;
}
