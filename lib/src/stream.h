/* stream.h - one stream of a chunk [LAY-020]: any coder, into an array. Depends on work.h. */
#ifndef SC_STREAM_H
#define SC_STREAM_H

#include "work.h"

/* Decodes the stream at the cursor, its coder byte first, into array->data, which has room for
 * array->count elements of array->bytes bytes. The class is at the cursor. */
void sc_stream_decode(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                      struct sc_array *array);

/* A nested stream [CTX-001] of `count` elements into the work's nested buffer `slot`. False: the
 * cursor has the class. */
bool sc_stream_nested(struct sc_work *w, struct sc_cursor *c, uint32_t slot, uint32_t width,
                      uint64_t count, struct sc_array *array);

/* The bytes of a PACKED stream behind its coder byte [RAW-001], padding checked; NULL on an error.
 */
const uint8_t *sc_packed_take(struct sc_cursor *c, uint32_t width, uint64_t count);

#endif
