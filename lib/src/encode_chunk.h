/* encode_chunk.h - a chunk's payload, the smallest of its candidates [CAN-072]. Depends on
 * encode_work.h. */
#ifndef SC_ENCODE_CHUNK_H
#define SC_ENCODE_CHUNK_H

#include "encode_work.h"

/* Content and what is known of its region. */
struct sc_piece {
    const uint8_t *content;
    size_t size; /* >= 1 */
    uint32_t dtype;
    uint64_t columns;       /* elements of a row, or 0 */
    uint64_t region_length; /* as planned; UINT64_MAX for what lies behind the plan */
};

/* Two steps, with sc_rans_encode_words between them, which sets w->best to room for a block's
 * header and the payload. */
void sc_chunk_begin(struct sc_encode_work *w, const struct sc_piece *piece, uint32_t level);
enum scape_error sc_chunk_end(struct sc_encode_work *w, const struct sc_piece *piece,
                              uint32_t level);

/* Is it worth waiting for chunks like this one, to encode their streams side by side? Where the
 * stream has one segment; at max, where a chunk may need memory of libzstd, other steps prevail. */
bool sc_chunk_waits(const struct sc_piece *piece, uint32_t level);

#endif
