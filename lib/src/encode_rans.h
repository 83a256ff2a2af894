/* encode_rans.h - rANS streams whose tables are chosen [CAN-020] to [CAN-023]. Depends on
 * encode_work.h. */
#ifndef SC_ENCODE_RANS_H
#define SC_ENCODE_RANS_H

#include "encode_work.h"

/* Appends the stream from its coder byte on. Errors are those of `out` and of the work. */
void sc_rans_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_rans_plan *plan,
                    const struct sc_fit *fit);

/* The same in three steps, so that streams of several works are encoded side by side: all that the
 * words take, which with the plan's parts and the fit stays until the end; the words of what
 * `count` works began, if they did; what was begun is appended. */
void sc_rans_encode_begin(struct sc_encode_work *w, const struct sc_rans_plan *plan,
                          const struct sc_fit *fit);
void sc_rans_encode_words(struct sc_encode_work *works, uint32_t count);
void sc_rans_encode_end(struct sc_encode_work *w, struct sc_out *out);

/* The table set that the fit stands for, in the coder's tables. NULL on an error. */
struct sc_coder *sc_encode_tables(struct sc_encode_work *w, const struct sc_fit *fit);

/* Sets the stretches and the precision of the coder's `wide`. False if it has none, or on an error.
 */
bool sc_stretches_make(struct sc_encode_work *w, struct sc_coder *coder);

/* Appends elements of `width` bits, packed [RAW-001]. */
void sc_pack(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values);

#endif
