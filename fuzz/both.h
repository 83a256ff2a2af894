/* both.h - encoding by the reference and by libscape, which must give the same frame. Depends on
 * encode.h, oracle.h. */
#ifndef SCAPE_FUZZ_BOTH_H
#define SCAPE_FUZZ_BOTH_H

#include "encode.h"
#include "oracle.h"

struct fuzz_both {
    const uint8_t *content;
    size_t size;
    struct scape_ref_encode_options options; /* by level; hooks are set by the call */
    unsigned threads;                        /* of libscape */
    size_t slice;                            /* most bytes of a read; 0: no limit */
};

/* The canonical frame of the content: libscape gives the reference's bytes, in memory and as a
 * stream, and both decode it to the content by every kernel. The class is that of both; the frame
 * is to be freed in any case. */
enum scape_ref_error fuzz_both_encode(const struct fuzz_both *b, struct fuzz_sink *frame);

#endif
