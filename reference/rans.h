/* rans.h - the rANS decoder: mode byte, tables, escapes, segments of interleaved lanes. Chapter
 * "rANS" of the spec, sections 4.1 and 4.4. Depends on context and tables. */
#ifndef SCAPE_REF_RANS_H
#define SCAPE_REF_RANS_H

#include "context.h"

enum {
    SCAPE_REF_LANES_MAX = 32,
    SCAPE_REF_SEGMENTS_MAX = 4,
    SCAPE_REF_TABLES_INLINE = 0, /* table sources */
    SCAPE_REF_TABLES_STANDARD = 1,
    SCAPE_REF_TABLES_FRAME = 2
};

#define SCAPE_REF_RANS_LOWER (UINT32_C(1) << 16) /* states are in [2^16, 2^32) */

struct scape_ref_rans_mode {
    uint32_t precision;
    uint32_t lanes;    /* 1 or 32 */
    uint32_t segments; /* 1, 2 or 4 */
    uint32_t source;
};

/* The mode byte; a nested stream may not use the frame's profile [CTX-001]. */
enum scape_ref_error scape_ref_rans_mode_read(struct scape_ref_cursor *c, bool nested,
                                              struct scape_ref_rans_mode *out);

/* Elements of a segment, the last ones excepted [RNS-003]. */
uint32_t scape_ref_segment_size(const struct scape_ref_rans_mode *mode, uint32_t count);

/* What follows the context part: tables, escapes, word counts, states and words, decoded to
 * out->count (below 2^32) elements. */
enum scape_ref_error
scape_ref_rans_read(struct scape_ref_cursor *c, const struct scape_ref_rans_mode *mode,
                    uint32_t table_count, const struct scape_ref_context *context,
                    struct scape_ref_stream_work *work, struct scape_ref_array *out);

#endif
