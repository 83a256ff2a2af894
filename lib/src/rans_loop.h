/* rans_loop.h - the loops in plain C that are right for every rANS stream. Depends on work.h. */
#ifndef SC_RANS_LOOP_H
#define SC_RANS_LOOP_H

#include "work.h"

struct sc_sink;

/* Decodes what is left of a segment, and checks its end [RNS-013] [RNS-014]. */
enum scape_error sc_segment_finish(struct sc_rans *r, struct sc_segment *g,
                                   const struct sc_sink *sink);

/* Decodes whole groups of 32 elements of streams of one lane [sc_rans_goes_beside], as many as the
 * shortest has and as leave the words that may be read; words are not checked. */
void sc_lanes_beside(struct sc_rans *const streams[SC_BESIDE],
                     const struct sc_sink sinks[SC_BESIDE]);

/* The next escaped value, 0 when they are used up [RNS-015]. */
static inline uint32_t sc_escapes_next(struct sc_escapes *e) {
    uint64_t number = e->seen++;
    return number < e->count ? sc_bits_at(e->values, number * e->width, e->width) : 0;
}

#endif
