/* atlas.h - entropies of a tensor and the ceilings that follow from them. Depends on corpus.h and
 * jansson; the ggml half on the reference's layouts. */
#ifndef SCAPE_STUDY_ATLAS_H
#define SCAPE_STUDY_ATLAS_H

#include "corpus.h"

#include <jansson.h>

/* Bits of a floating-point type, from the top: a sign, exponent, mantissa. */
struct study_float {
    uint16_t dtype;
    unsigned exponent, mantissa;
    unsigned leading; /* mantissa bits that our coder joins to the exponent */
};

/* NULL: no such type, or one of more than 32 bits. */
const struct study_float *study_float_find(uint16_t dtype);

/* Puts the tensor's entropies into the row. False: out of memory. */
bool study_atlas_float(json_t *row, const struct study_float *type,
                       const struct scape_region *region, const unsigned char *content);
bool study_atlas_block(json_t *row, const struct scape_region *region,
                       const unsigned char *content);

/* Of bytes alone: h_byte and r_bytes. */
bool study_atlas_bytes(json_t *row, const unsigned char *content, size_t size);

/* The atlas of the options' corpus: {"corpus", "rows", "summary", "files"}; NULL: printed. */
json_t *study_atlas_make(const struct study_options *o);

#endif
