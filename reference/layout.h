/* layout.h - layouts: rows of the registry that say which bits of a block make which field. One
 * engine runs every row, in both directions. Chapter "layouts" of the spec. Depends on bits and on
 * the registry's tables. */
#ifndef SCAPE_REF_LAYOUT_H
#define SCAPE_REF_LAYOUT_H

#include "bits.h"

enum {
    SCAPE_REF_FIELDS_MAX = 31
}; /* more would not fit a chunk's allowed overhead */

/* The row with this id, or NULL. */
const struct scape_ref_layout *scape_ref_layout_find(uint32_t id);

/* fields[f] holds block_count * layout->fields[f].count elements, block after block, or in a planar
 * layout element after element.
 * content is block_count * layout->block_bytes bytes. */
void scape_ref_layout_split(const struct scape_ref_layout *layout, const uint8_t *content,
                            uint64_t block_count, struct scape_ref_array *fields);
void scape_ref_layout_join(const struct scape_ref_layout *layout,
                           const struct scape_ref_array *fields, uint64_t block_count,
                           uint8_t *content);

#endif
