/* stream.h - one stream of a chunk: a coder byte, then the elements of one field. Chapters "raw
 * bits", "rANS" and "zstd and stored" of the spec. Depends on bits, memory, profile and rans. */
#ifndef SCAPE_REF_STREAM_H
#define SCAPE_REF_STREAM_H

#include "stream_work.h"

/* Reads the stream at the place, of out->count elements of out->width bits. SCAPE_REF_TRUNCATED
 * where the payload ends too early. */
enum scape_ref_error scape_ref_stream_read(struct scape_ref_cursor *c,
                                           const struct scape_ref_stream_place *place,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_array *out);

#endif
