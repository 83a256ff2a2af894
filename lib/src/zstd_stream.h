/* zstd_stream.h - streams of coder ZSTD [ZST]. Depends on work.h and libzstd. */
#ifndef SC_ZSTD_STREAM_H
#define SC_ZSTD_STREAM_H

#include "work.h"

/* Decodes length and frame at the cursor into the array. libzstd's decoding context, of a constant
 * size, is the one thing that does not come from the caller's hooks: its interface for that is not
 * a stable one. */
void sc_zstd_decode(struct sc_work *w, struct sc_cursor *c, const struct sc_array *array);

#endif
