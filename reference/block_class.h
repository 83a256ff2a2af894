/* block_class.h - class functions: a class for each sub-block of a quantised type's field, from the
 * scales that stand before it. Chapter "rANS" of the spec, section 4.6. Depends on bits and the
 * registry's tables. */
#ifndef SCAPE_REF_BLOCK_CLASS_H
#define SCAPE_REF_BLOCK_CLASS_H

#include "bits.h"

/* The classes of a field that has a class function. classes: block_count times the function's units
 * entries, each below its count; fields[] hold the decoded elements of those before `field`. */
void scape_ref_block_classes(const struct scape_ref_layout *layout, uint32_t field,
                             const struct scape_ref_array *fields, uint64_t block_count,
                             uint8_t *classes);

#endif
