/* encode_float.h - the codings of float dtypes [CAN-072] [CAN-080]. Depends on encode_work.h. */
#ifndef SC_ENCODE_FLOAT_H
#define SC_ENCODE_FLOAT_H

#include "encode_grid.h"

/* Coding number i of a dtype at a level, or NULL behind the last. */
const struct sc_float_coding *sc_float_coding(uint32_t level, uint32_t dtype, size_t i);

/* Sets w->trial to the payload; `columns` are the elements of a row, or 0. sc_rans_encode_words
 * goes between the two. */
void sc_float_begin(struct sc_encode_work *w, const uint8_t *content, size_t size, uint64_t columns,
                    const struct sc_float_coding *coding);
void sc_float_end(struct sc_encode_work *w, const uint8_t *content, size_t size,
                  const struct sc_float_coding *coding);

/* The sparse coding where it is a candidate; w->trial is empty where it is not. */
void sc_encode_sparse(struct sc_encode_work *w, const uint8_t *content, size_t size,
                      uint32_t dtype);

/* Sets w->trial to room for a block's header, the layout's id and the content's tail. */
void sc_start_payload(struct sc_encode_work *w, const struct scape_reg_layout *layout,
                      const uint8_t *content, size_t size);

#endif
