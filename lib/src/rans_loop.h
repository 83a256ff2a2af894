/* rans_loop.h - the loops in plain C that are right for every rANS stream. Depends on kernel.h. */
#ifndef SC_RANS_LOOP_H
#define SC_RANS_LOOP_H

#include "kernel.h"

/* Decodes what is left of a segment, and checks its end [RNS-013] [RNS-014]. */
enum scape_error sc_segment_finish(struct sc_rans *r, struct sc_segment *g,
                                   const struct sc_sink *sink);

/* Decodes streams of one lane and one table of precision SC_BESIDE_PRECISION, form PAIRS, while
 * sc_lone_groups() has some for all; words are not checked. */
void sc_lanes_four(const struct sc_bulk bulks[SC_FOUR]);

/* The next escaped value, 0 when they are used up [RNS-015]. */
static inline uint32_t sc_escapes_next(struct sc_escapes *e) {
    uint64_t number = e->seen++;
    return number < e->count ? sc_bits_at(e->values, number * e->width, e->width) : 0;
}

#endif
