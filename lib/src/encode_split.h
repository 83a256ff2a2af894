/* encode_split.h - from blocks to fields, sc_layout_join undone [LAY-010]. Depends on layout.h. */
#ifndef SC_ENCODE_SPLIT_H
#define SC_ENCODE_SPLIT_H

#include "encode_work.h"
#include "layout.h"

/* Unpacks the content's blocks into w->fields; fields[] of SC_FIELDS_MAX are set to them. False on
 * an error. There is at least one block. */
bool sc_layout_split(struct sc_encode_work *w, struct sc_buffer *memory,
                     const struct scape_reg_layout *layout, const uint8_t *content, uint64_t blocks,
                     struct sc_array *fields);

/* The same into arrays that are there, for ggml's commonest types; false: the layout is none of
 * them, nothing was done. */
bool sc_layout_split_blocks(const struct scape_reg_layout *layout, const uint8_t *content,
                            uint64_t blocks, const struct sc_array *fields);

#endif
