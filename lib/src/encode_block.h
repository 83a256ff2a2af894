/* encode_block.h - the ggml block types: every field by the smallest simple coder, or lifted and
 * under tables by sub-block class [CAN-085]. Depends on encode_work.h. */
#ifndef SC_ENCODE_BLOCK_H
#define SC_ENCODE_BLOCK_H

#include "encode_work.h"

enum {
    SC_BLOCK_DTYPES = 64 /* dtypes from here on are ggml types, 64 + type */
};

/* Sets w->trial to the payload, or leaves it empty if the type has no layout or the content less
 * than a block. True if the type is one whose values are modelled. */
bool sc_encode_blocks(struct sc_encode_work *w, const uint8_t *content, size_t size,
                      uint32_t dtype);

#endif
