/* layout.h - from fields to blocks: any row of the registry [LAY]. Depends on work.h. */
#ifndef SC_LAYOUT_H
#define SC_LAYOUT_H

#include "work.h"

/* The row of this id, or NULL. */
const struct scape_reg_layout *sc_layout_find(uint32_t id);

/* Raw bits of a layout that splits a 16-bit word as struct sc_sink describes, 0 for any other. */
uint32_t sc_layout_split_bits(const struct scape_reg_layout *layout);

/* Writes blocks * block_bytes bytes of content from the fields [LAY-010]. */
void sc_layout_join(const struct scape_reg_layout *layout, uint64_t blocks,
                    const struct sc_array *fields, uint8_t *content);

/* The same for ggml's common block types; false: the layout is none of them, nothing was done. */
bool sc_layout_join_blocks(const struct scape_reg_layout *layout, uint64_t blocks,
                           const struct sc_array *fields, uint8_t *content);

#endif
