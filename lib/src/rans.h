/* rans.h - rANS streams [RNS]: reading one up to its states, and decoding it. Depends on work.h. */
#ifndef SC_RANS_H
#define SC_RANS_H

#include "work.h"

/* Reads the stream of `count` elements whose coder byte was read, to its end: mode, contexts,
 * tables, escapes, states, words. Fills w->rans. The class is at the cursor. */
void sc_rans_read(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                  uint64_t count, uint32_t coder);

/* Decodes w->rans into the sink; RANS_STATE, RANS_WORDS, BAD_ESCAPE, or a memory class. After an
 * error what was written is undefined. */
enum scape_error sc_rans_run(struct sc_work *w, const struct sc_sink *sink);

/* The same as sc_rans_run for each of `count` <= SC_BESIDE works and its sink, side by side:
 * streams of one lane and one table of precision SC_BESIDE_PRECISION, nothing lifted, sinks
 * SC_SINK_SPLIT. */
void sc_rans_run_beside(struct sc_work *works, const struct sc_sink *sinks,
                        enum scape_error *errors, uint32_t count);

/* The same for `count` <= SC_PAIR works and their sinks, of one segment of 32 lanes each: two in
 * one loop where the kernel has one for them. */
void sc_rans_run_pair(struct sc_work *works, const struct sc_sink *sinks, enum scape_error *errors,
                      uint32_t count);

#endif
