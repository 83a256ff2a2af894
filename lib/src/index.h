/* index.h - the payload of an INDEX block [IDX]. Depends on cursor.h and frame.h. */
#ifndef SC_INDEX_H
#define SC_INDEX_H

#include "cursor.h"
#include "frame.h"

/* The regions of an index, one after the other. */
struct sc_regions {
    struct sc_cursor *cursor;
    const struct sc_block *blocks;
    size_t block_count, block; /* the next block that may start a region */
    uint64_t content_size;
    uint64_t left;  /* regions to come */
    uint64_t start; /* of the next region */
    /* of the region that was read last */
    uint32_t dtype, rank;
    uint64_t dims[SCAPE_REG_RANK_MAX];
    uint64_t region_start, length;
    size_t name_length;
    uint8_t name[SCAPE_REG_NAME_MAX];
};

/* Compares the block list at the cursor with the frame's blocks [IDX-002]. `header_end` is the
 * offset in the frame behind the header and PROFILE block. */
void sc_index_compare(struct sc_cursor *c, const struct sc_block *blocks, size_t count,
                      uint64_t header_end);

/* The cursor stands behind the block list. */
void sc_regions_start(struct sc_regions *r, struct sc_cursor *c, const struct sc_block *blocks,
                      size_t block_count, uint64_t content_size);
/* Reads the next region; false behind the last one, when everything was checked, or on an error at
 * the cursor. */
bool sc_regions_next(struct sc_regions *r);

#endif
