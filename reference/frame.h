/* frame.h - the structures a file is made of: frame header, block header, trailer, skippable frame;
 * each with a parser and a writer. Chapter "frame" of the spec. Depends on cursor and checksum. */
#ifndef SCAPE_REF_FRAME_H
#define SCAPE_REF_FRAME_H

#include "checksum.h"
#include "cursor.h"

#include <stdbool.h>

enum {
    SCAPE_REF_MAGIC_SIZE = 8,
    SCAPE_REF_HEADER_SIZE = 32,       /* without a profile's name */
    SCAPE_REF_HEADER_NAMED_SIZE = 64, /* with it */
    SCAPE_REF_BLOCK_HEADER_SIZE = 12,
    SCAPE_REF_BLOCK_OVERHEAD = 20, /* header and checksum */
    SCAPE_REF_REPEAT_PAYLOAD = 8,
    SCAPE_REF_TRAILER_SIZE = 72,
    SCAPE_REF_SKIPPABLE_HEADER_SIZE = 16,
    SCAPE_REF_SKIPPABLE_TRAILER_SIZE = 24,
    SCAPE_REF_END_SIZE = 24 /* frame_size, checksum, end magic: the same in both kinds of frame */
};

enum scape_ref_frame_flag {
    SCAPE_REF_FLAG_PROFILE_NAMED = 1,
    SCAPE_REF_FLAG_PROFILE_EMBEDDED = 2,
    SCAPE_REF_FLAG_CONTENT_SHA256 = 4,
    SCAPE_REF_FLAG_HAS_REPEATS = 8,
    SCAPE_REF_FLAGS_RESERVED = 0xF0
};

enum scape_ref_frame_kind {
    SCAPE_REF_FRAME_CONTENT,
    SCAPE_REF_FRAME_SKIPPABLE
};

#define SCAPE_REF_SIZE_UNKNOWN UINT64_MAX

struct scape_ref_frame_header {
    uint8_t flags;
    uint8_t chunk_limit_log2;
    uint64_t content_size;                         /* or SCAPE_REF_SIZE_UNKNOWN */
    uint8_t profile_sha256[SCAPE_REF_SHA256_SIZE]; /* when PROFILE_NAMED */
};

struct scape_ref_block_header {
    uint8_t type;
    uint32_t payload_length;
    uint32_t content_length;
};

struct scape_ref_trailer {
    uint64_t index_size; /* the whole INDEX block */
    uint64_t content_size;
    uint8_t sha256[SCAPE_REF_SHA256_SIZE]; /* zeros without CONTENT_SHA256 */
    uint64_t frame_size;
};

/* The kind of a frame from its first bytes; size is 8, or less where the input ends:
 * SCAPE_REF_TRUNCATED for what begins a magic, SCAPE_REF_BAD_MAGIC for anything else. */
enum scape_ref_error scape_ref_frame_kind_parse(const uint8_t *data, size_t size,
                                                enum scape_ref_frame_kind *kind);

/* Header. size_of tells how many bytes the header has by its flags byte. */
size_t scape_ref_frame_header_size(uint8_t flags);
enum scape_ref_error scape_ref_frame_header_parse(struct scape_ref_cursor *c,
                                                  struct scape_ref_frame_header *out);
size_t scape_ref_frame_header_write(const struct scape_ref_frame_header *header,
                                    uint8_t out[SCAPE_REF_HEADER_NAMED_SIZE]);

/* Block header: everything that can be said before the payload is read. first: no block came
 * before it in its frame. content_before: the content lengths of all blocks before, added up. */
enum scape_ref_error scape_ref_block_header_parse(struct scape_ref_cursor *c,
                                                  const struct scape_ref_frame_header *frame,
                                                  bool first, uint64_t content_before,
                                                  struct scape_ref_block_header *out);
void scape_ref_block_header_write(const struct scape_ref_block_header *header,
                                  uint8_t out[SCAPE_REF_BLOCK_HEADER_SIZE]);
bool scape_ref_block_is_extension(uint8_t type);

/* Trailer: parse looks at its own 72 bytes, agree compares it with what was read before it. */
enum scape_ref_error scape_ref_trailer_parse(struct scape_ref_cursor *c,
                                             const struct scape_ref_frame_header *frame,
                                             struct scape_ref_trailer *out);
enum scape_ref_error scape_ref_trailer_agree(const struct scape_ref_trailer *trailer,
                                             const struct scape_ref_frame_header *frame,
                                             uint64_t index_size, uint64_t content_size,
                                             uint64_t frame_size);
void scape_ref_trailer_write(const struct scape_ref_trailer *trailer,
                             uint8_t out[SCAPE_REF_TRAILER_SIZE]);

/* Skippable frame: 16 bytes before the data, 24 after it. checksum covers all that precedes it:
 * header, data and frame_size. */
enum scape_ref_error scape_ref_skippable_header_parse(struct scape_ref_cursor *c,
                                                      uint64_t *data_length);
enum scape_ref_error scape_ref_skippable_trailer_parse(struct scape_ref_cursor *c,
                                                       struct scape_ref_checksum *before,
                                                       uint64_t data_length);
void scape_ref_skippable_header_write(uint64_t data_length,
                                      uint8_t out[SCAPE_REF_SKIPPABLE_HEADER_SIZE]);
void scape_ref_skippable_trailer_write(struct scape_ref_checksum *before, uint64_t data_length,
                                       uint8_t out[SCAPE_REF_SKIPPABLE_TRAILER_SIZE]);

/* The last 24 bytes of either kind of frame: its size, for walking a file backwards. Looks at the
 * end magic only (SCAPE_REF_BAD_TRAILER); the frame's own parser does the rest. */
enum scape_ref_error scape_ref_frame_end_parse(struct scape_ref_cursor *c, uint64_t *frame_size);

#endif
