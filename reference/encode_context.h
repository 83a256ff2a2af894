/* encode_context.h - row and column classes for two-dimensional float tensors [CAN]: classes from
 * the means of rows and columns, thresholds that cut the sums into equally filled contexts.
 * Depends on encode_stream. */
#ifndef SCAPE_REF_ENCODE_CONTEXT_H
#define SCAPE_REF_ENCODE_CONTEXT_H

#include "encode_stream.h"

struct scape_ref_context_choice {
    uint32_t tables;   /* contexts wanted, >= 2; fewer may result */
    uint32_t classes;  /* R: even, at most CLASSES_MAX */
    uint32_t steps;    /* classes an octave */
    uint32_t fraction; /* leading mantissa bits in a symbol: 2^fraction symbols an octave */
    uint32_t rounds;   /* of reassigning rows and columns to the class that codes them best */
    const struct scape_ref_sample *sample; /* the elements that are counted; columns to a row */
};

/* Fills context (kind BY_ROW_COLUMN) for the elements of array, sample->columns to a row. The
 * class arrays lie in block, which the caller releases. */
enum scape_ref_error scape_ref_context_fit(struct scape_ref_memory *memory,
                                           struct scape_ref_buffer *block,
                                           const struct scape_ref_array *array,
                                           const struct scape_ref_context_choice *choice,
                                           struct scape_ref_table_plan *context);

#endif
