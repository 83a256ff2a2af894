/* encode_rans.h - rANS streams whose tables are chosen [CAN-020] to [CAN-023]. Depends on
 * encode_work.h. */
#ifndef SC_ENCODE_RANS_H
#define SC_ENCODE_RANS_H

#include "encode_work.h"

/* What is to be encoded. */
struct sc_rans_plan {
    uint32_t coder;                /* RANS or RANS_CONTEXT */
    const struct sc_array *values; /* of 1 or 2 bytes */
    const uint8_t *contexts;       /* the table of each 2^run_log2 elements; NULL: table 0 */
    uint32_t run_log2;
    struct sc_lift lift;
    const struct sc_out *part; /* the context part, or NULL */
};

/* Appends the stream from its coder byte on. Errors are those of `out` and of the work. */
void sc_rans_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_rans_plan *plan,
                    const struct sc_fit *fit);

/* The table set that the fit stands for, in the coder's tables. NULL on an error. */
struct sc_coder *sc_encode_tables(struct sc_encode_work *w, const struct sc_fit *fit,
                                  uint32_t width);

/* Sets the stretches and the precision of the coder's `wide`. False if it has none, or on an error.
 */
bool sc_stretches_make(struct sc_encode_work *w, struct sc_coder *coder);

/* Appends elements of `width` bits, packed [RAW-001]. */
void sc_pack(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values);

#endif
