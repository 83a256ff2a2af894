/* frame.h - headers of frames and blocks, and trailers: bytes in, checked values out [FRM] [BLK].
 * Depends on cursor.h. */
#ifndef SC_FRAME_H
#define SC_FRAME_H

#include "cursor.h"
#include "registry_tables.h"

enum {
    SC_MAGIC_SIZE = 8,
    SC_HEADER_SIZE = 32,
    SC_HEADER_SIZE_NAMED = 64,
    SC_BLOCK_HEADER_SIZE = 12,
    SC_CHECKSUM_SIZE = 8,
    SC_BLOCK_OVERHEAD = SC_BLOCK_HEADER_SIZE + SC_CHECKSUM_SIZE,
    SC_TRAILER_SIZE = 72,
    SC_SKIPPABLE_OVERHEAD = 40,
    SC_DIGEST_SIZE = 32
};

enum {
    SC_FLAG_PROFILE_NAMED = 1,
    SC_FLAG_PROFILE_EMBEDDED = 2,
    SC_FLAG_CONTENT_SHA256 = 4,
    SC_FLAG_HAS_REPEATS = 8
};

enum sc_frame_kind {
    SC_FRAME_CONTENT,
    SC_FRAME_SKIPPABLE
};

struct sc_header {
    uint32_t flags;
    uint32_t chunk_limit_log2;
    uint64_t content_size; /* UINT64_MAX: not known */
    uint8_t profile_name[SC_DIGEST_SIZE];
    uint32_t size;
};

struct sc_block_header {
    uint32_t type;
    uint32_t payload_length;
    uint32_t content_length;
};

/* A CHUNK or REPEAT block of a frame. */
struct sc_block {
    uint64_t offset; /* from the frame's first byte */
    uint64_t content_start;
    uint32_t payload_length;
    uint32_t content_length;
    bool repeat;
};

struct sc_trailer {
    uint64_t index_size;
    uint64_t content_size;
    uint64_t frame_size;
    uint8_t digest[SC_DIGEST_SIZE];
};

extern const uint8_t sc_end_magic[SC_MAGIC_SIZE];

/* The first `size` <= 8 bytes of a frame: BAD_MAGIC, or TRUNCATED when they only begin a magic. */
enum scape_error sc_magic_read(const uint8_t *bytes, size_t size, enum sc_frame_kind *kind);

/* Bytes of the header that starts with these `size` >= 8: at least 10 to tell; TRUNCATED or
 * UNSUPPORTED_VERSION. */
enum scape_error sc_header_size(const uint8_t *bytes, size_t size, uint32_t *header_size);
/* A whole header of header->size bytes [FRM-023]. */
enum scape_error sc_header_read(const uint8_t *bytes, uint32_t size, struct sc_header *header);

/* Where a block stands. */
struct sc_block_place {
    const struct sc_header *header;
    bool first;
    uint64_t content; /* bytes of content before it */
};

/* The 12 bytes of a block's header [BLK-010]. */
enum scape_error sc_block_header_read(const uint8_t *bytes, const struct sc_block_place *place,
                                      struct sc_block_header *block);

/* The 72 bytes of a trailer, alone: end magic, checksum, reserved digest [FRM-031]. */
enum scape_error sc_trailer_read(const uint8_t *bytes, const struct sc_header *header,
                                 struct sc_trailer *trailer);

static inline bool sc_block_is_extension(uint32_t type) {
    return type >= 0x80 && type < 0xC0;
}

/* The block that starts at this offset from the frame's first byte and can be the target of a
 * REPEAT of this length [BLK-012], or NULL. The list is in the order of the frame. */
const struct sc_block *sc_block_target(const struct sc_block *blocks, size_t count, uint64_t offset,
                                       uint32_t content_length);

#endif
