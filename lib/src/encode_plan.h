/* encode_plan.h - the caller's regions: checked, cut into chunks, and written to the index
 * [CAN-012] [CAN-013] [CAN-070]. Depends on encode_out.h. */
#ifndef SC_ENCODE_PLAN_H
#define SC_ENCODE_PLAN_H

#include "encode_chunk.h"
#include "frame.h"

/* Walks the regions chunk by chunk. */
struct sc_plan {
    const struct scape_region *regions;
    size_t count;
    uint64_t chunk_limit;
    size_t next;   /* region behind the present one */
    bool behind;   /* all regions are used up */
    uint64_t left; /* bytes of the present region */
    uint64_t span; /* bytes of its chunks, but the last */
    uint32_t dtype;
    uint64_t columns, length;
};

/* BAD_ARGUMENT: a region that the format cannot hold. */
enum scape_error sc_plan_open(struct sc_plan *plan, const struct scape_region *regions,
                              size_t count, uint32_t chunk_log2);

/* The most bytes that the next chunk has, and what is known of it; content is not set. */
size_t sc_plan_next(struct sc_plan *plan, struct sc_piece *piece);
/* The chunk had so many bytes; fewer than asked for only at the end of the content. */
void sc_plan_advance(struct sc_plan *plan, size_t n);

/* Chunks of content of this size, for a bound. */
uint64_t sc_plan_chunks(const struct sc_plan *opened, uint64_t content_size);

/* Appends the region list of content of this size. */
void sc_plan_put(struct sc_out *out, const struct sc_plan *plan, uint64_t content_size);

#endif
