/* block_class.h - the class functions of quantised types [CTX-040]. Depends on work.h. */
#ifndef SC_BLOCK_CLASS_H
#define SC_BLOCK_CLASS_H

#include "work.h"

/* The chunk's classes [first, count), each below row->count; `fields` that the row names are
 * decoded, `first` is the start of a group. */
void sc_block_classes(const struct scape_reg_class *row, const struct sc_array *fields,
                      uint8_t *out, uint64_t first, uint64_t count);

/* map[class] of the first `count` classes. */
void sc_block_tables(const struct scape_reg_class *classes, const struct sc_array *fields,
                     const uint8_t *map, uint8_t *out, uint64_t count);

#if defined(SCAPE_KERNELS_X86)
void sc_block_tables_avx512(const struct scape_reg_class *classes, const struct sc_array *fields,
                            const uint8_t *map, uint8_t *out, uint64_t count);
#endif

#endif
