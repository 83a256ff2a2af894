/* stream_work.h - what reading a stream needs beside its bytes: where in the chunk it stands, and
 * memory. Depends on bits, profile and tables. */
#ifndef SCAPE_REF_STREAM_WORK_H
#define SCAPE_REF_STREAM_WORK_H

#include "profile.h"

enum {
    SCAPE_REF_MAP_SIZE = 1 << SCAPE_REF_CODED_WIDTH_MAX
};

/* The field of a chunk whose elements the stream holds, and the fields before it, decoded. */
struct scape_ref_stream_place {
    const struct scape_ref_layout *layout;
    uint32_t field;
    const struct scape_ref_array *fields;
};

/* A constant amount, reserved once and used by one stream after the other, but for ids and lifts,
 * which the chunk brings: one byte more than its largest field has elements, and what LIFT needs.
 */
struct scape_ref_stream_work {
    struct scape_ref_buffer memory;
    void *zstd; /* libzstd's context */
    size_t zstd_size;
    struct scape_ref_tables tables;
    uint8_t *map;                            /* MAP_SIZE contexts */
    struct scape_ref_profile_sets *standard; /* room for those of the standard profile */
    bool standard_ready;
    struct scape_ref_profile_sets *own;         /* room for those of the frame's profile */
    const struct scape_ref_profile_sets *frame; /* own, or NULL when the frame has no profile */
    uint8_t *ids;
    uint8_t *lifts;
};

/* Reserves the constant part, if that was not done before. */
enum scape_ref_error scape_ref_stream_work_reserve(struct scape_ref_memory *m,
                                                   struct scape_ref_stream_work *w);

/* The standard profile, parsed when it is asked for first; the tables are overwritten. */
enum scape_ref_error scape_ref_stream_work_standard(struct scape_ref_stream_work *w,
                                                    const struct scape_ref_profile_sets **out);

#endif
