/* gguf.h - the header of a GGUF file: counts, key-value block, tensor infos.
 * Depends on model.h and buffer.h. */
#ifndef SCAPE_GEN_GGUF_H
#define SCAPE_GEN_GGUF_H

#include "buffer.h"
#include "model.h"

enum {
    SCAPE_GGUF_ALIGNMENT = 32
};

/* Appends everything that stands before the tensor data, padded to the alignment. */
void scape_gguf_header(const scape_model *m, const scape_gen_options *options, scape_buffer *out);

#endif
