/* zstd_stream.h - streams of coder ZSTD [ZST]. Depends on work.h and libzstd. */
#ifndef SC_ZSTD_STREAM_H
#define SC_ZSTD_STREAM_H

#include "work.h"

/* Decodes length and frame at the cursor into the array. Uses the part of libzstd's interface that
 * is for static linking: decoding block by block, and its allocation hooks. */
void sc_zstd_decode(struct sc_work *w, struct sc_cursor *c, const struct sc_array *array);

#endif
