/* index.c - block list and regions, each value checked as it is read [IDX-007]. Depends on
 * index.h. */
#include "index.h"

void sc_index_compare(struct sc_cursor *c, const struct sc_block *blocks, size_t count,
                      uint64_t header_end) {
    uint64_t end = header_end;
    sc_cursor_require(c, sc_cursor_varint(c) == count, SCAPE_ERROR_BAD_INDEX);
    for (size_t i = 0; i < count && c->error == SCAPE_OK; i++) {
        const struct sc_block *b = &blocks[i];
        uint64_t size = 2 * (uint64_t)b->payload_length + b->repeat;
        sc_cursor_require(c, sc_cursor_varint(c) == b->offset - end, SCAPE_ERROR_BAD_INDEX);
        sc_cursor_require(c, sc_cursor_varint(c) == size, SCAPE_ERROR_BAD_INDEX);
        sc_cursor_require(c, sc_cursor_varint(c) == b->content_length, SCAPE_ERROR_BAD_INDEX);
        end = b->offset + SC_BLOCK_OVERHEAD + b->payload_length;
    }
}

void sc_regions_start(struct sc_regions *r, struct sc_cursor *c, const struct sc_block *blocks,
                      size_t block_count, uint64_t content_size) {
    r->cursor = c;
    r->blocks = blocks;
    r->block_count = block_count;
    r->block = 0;
    r->content_size = content_size;
    r->start = 0;
    r->name_length = 0;
    r->left = sc_cursor_varint(c);
}

/* [IDX-004]: a block's content, or the end of the content, starts where the region does. */
static bool starts_with_block(struct sc_regions *r) {
    while (r->block < r->block_count && r->blocks[r->block].content_start < r->start) {
        r->block++;
    }
    return r->start == r->content_size ||
           (r->block < r->block_count && r->blocks[r->block].content_start == r->start);
}

static void read_name(struct sc_regions *r) { /* [IDX-006] */
    struct sc_cursor *c = r->cursor;
    uint64_t shared = sc_cursor_varint(c);
    sc_cursor_require(c, shared <= r->name_length, SCAPE_ERROR_BAD_INDEX);
    uint64_t length = sc_cursor_varint(c);
    bool fits = c->error == SCAPE_OK && length <= SCAPE_REG_NAME_MAX - shared;
    sc_cursor_require(c, fits, SCAPE_ERROR_BAD_INDEX);
    const uint8_t *suffix = sc_cursor_take(c, length);
    if (suffix != NULL) {
        bool no_zero = memchr(suffix, 0, (size_t)length) == NULL;
        sc_cursor_require(c, no_zero, SCAPE_ERROR_BAD_INDEX);
        memcpy(r->name + shared, suffix, (size_t)length);
        r->name_length = (size_t)(shared + length);
    }
}

bool sc_regions_next(struct sc_regions *r) {
    struct sc_cursor *c = r->cursor;
    if (c->error != SCAPE_OK || r->left == 0) {
        sc_cursor_require(c, r->start == r->content_size, SCAPE_ERROR_BAD_INDEX);
        sc_cursor_require(c, sc_cursor_left(c) == 0, SCAPE_ERROR_BAD_INDEX);
        return false;
    }
    r->left--;
    uint64_t dtype = sc_cursor_varint(c);
    sc_cursor_require(c, dtype < 1u << 16, SCAPE_ERROR_BAD_INDEX);
    uint64_t rank = sc_cursor_varint(c);
    if (!sc_cursor_require(c, rank <= SCAPE_REG_RANK_MAX, SCAPE_ERROR_BAD_INDEX)) {
        return false;
    }
    for (uint64_t i = 0; i < rank; i++) {
        r->dims[i] = sc_cursor_varint(c);
    }
    r->length = sc_cursor_varint(c);
    if (c->error != SCAPE_OK) {
        return false;
    }
    sc_cursor_require(c, starts_with_block(r), SCAPE_ERROR_BAD_INDEX);
    sc_cursor_require(c, r->length <= r->content_size - r->start, SCAPE_ERROR_BAD_INDEX);
    read_name(r);
    r->dtype = (uint32_t)dtype;
    r->rank = (uint32_t)rank;
    r->region_start = r->start;
    r->start += r->length;
    return c->error == SCAPE_OK;
}
