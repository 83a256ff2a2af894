/* index.h - the payload of the INDEX block: the list of blocks, then the regions. Read one entry at
 * a time from a payload in memory. Chapter "frame" of the spec. Depends on cursor and frame. */
#ifndef SCAPE_REF_INDEX_H
#define SCAPE_REF_INDEX_H

#include "cursor.h"

#include <stdbool.h>

/* A CHUNK or REPEAT block as the index lists it. */
struct scape_ref_index_block {
    uint64_t gap; /* bytes between the block before (or the header and profile) and this one */
    uint32_t payload_length;
    uint32_t content_length;
    bool is_repeat;
};

/* A region; offset is where it starts in the frame's content. */
struct scape_ref_region {
    uint64_t offset;
    uint64_t length;
    uint16_t dtype;
    uint32_t rank;
    uint64_t dims[SCAPE_REF_RANK_MAX];
    const uint8_t *name; /* not terminated; valid until the next region is read */
    size_t name_length;
};

struct scape_ref_index_reader {
    struct scape_ref_cursor cursor;
    uint64_t content_size;
    uint64_t offset; /* of the next region */
    size_t name_length;
    uint8_t name[SCAPE_REF_NAME_MAX]; /* of the last region read */
};

/* Whether a block's content starts at this place of the frame's content, or the content ends there.
 * Asked with rising places. */
struct scape_ref_index_starts {
    void *ctx;
    bool (*contains)(void *ctx, uint64_t offset);
};

/* In this order: open (block_count), that many next_block, regions (region_count), that many
 * next_region, close. Values are checked as they are read [IDX-007];
 * expected is the block that the frame had there, or NULL for who has not read the blocks. Errors:
 * SCAPE_REF_BAD_VARINT, SCAPE_REF_BAD_INDEX. */
enum scape_ref_error scape_ref_index_open(struct scape_ref_index_reader *r, const void *payload,
                                          size_t size, uint64_t content_size,
                                          uint64_t *block_count);
enum scape_ref_error scape_ref_index_next_block(struct scape_ref_index_reader *r,
                                                const struct scape_ref_index_block *expected,
                                                struct scape_ref_index_block *out);
enum scape_ref_error scape_ref_index_regions(struct scape_ref_index_reader *r,
                                             uint64_t *region_count);
enum scape_ref_error scape_ref_index_next_region(struct scape_ref_index_reader *r,
                                                 const struct scape_ref_index_starts *starts,
                                                 struct scape_ref_region *out);
enum scape_ref_error scape_ref_index_close(const struct scape_ref_index_reader *r);

/* The writing side: each returns the number of bytes stored. A region takes its name and at most
 * SCAPE_REF_INDEX_REGION_MAX - SCAPE_REF_NAME_MAX bytes; the previous region's name is what the
 * next one's is stored against (NULL, 0 for the first). */
enum {
    SCAPE_REF_INDEX_BLOCK_MAX = 3 * SCAPE_REF_VARINT_MAX,
    SCAPE_REF_INDEX_REGION_MAX = 13 * SCAPE_REF_VARINT_MAX + (int)SCAPE_REF_NAME_MAX
};
size_t scape_ref_index_block_write(const struct scape_ref_index_block *block,
                                   uint8_t out[SCAPE_REF_INDEX_BLOCK_MAX]);
size_t scape_ref_index_region_write(const struct scape_ref_region *region, const uint8_t *previous,
                                    size_t previous_length, uint8_t *out);

#endif
