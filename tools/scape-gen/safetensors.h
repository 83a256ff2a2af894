/* safetensors.h - the header of a safetensors file. Depends on model.h and buffer.h. */
#ifndef SCAPE_GEN_SAFETENSORS_H
#define SCAPE_GEN_SAFETENSORS_H

#include "buffer.h"
#include "model.h"

/* Orders the tensors as the usual writers do (wider types first, then by name) and appends the
 * header: length, JSON, spaces up to a multiple of 8. The data follow in the same order. */
void scape_safetensors_header(scape_model *m, scape_buffer *out);

#endif
