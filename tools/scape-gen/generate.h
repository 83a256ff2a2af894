/* generate.h - from options to a model with its header, inside the library.
 * Depends on model.h and buffer.h. */
#ifndef SCAPE_GEN_GENERATE_H
#define SCAPE_GEN_GENERATE_H

#include "buffer.h"
#include "model.h"

/* Everything about a file but its weights. */
typedef struct scape_file {
    scape_model model;
    scape_buffer header;
    size_t alignment; /* of each tensor's data, padded with zeros; 1 for none */
    bool big_endian;
} scape_file;

/* Plans a file of the given shape; free with scape_file_free whatever the result. */
scape_gen_status scape_file_plan(const scape_gen_options *options, const scape_shape *shape,
                                 scape_file *file);
void scape_file_free(scape_file *file);

/* Header, data and padding together. */
uint64_t scape_file_size(const scape_file *file);

/* Checks the options and finds the shape: the given one, or the one that comes nearest to
 * options->size without exceeding it. */
scape_gen_status scape_shape_choose(const scape_gen_options *options, scape_shape *shape,
                                    const char **reason);

/* Writes the values of one tensor. */
scape_gen_status scape_emit_tensor(const scape_shapes *shapes, const scape_tensor *t,
                                   bool big_endian, const scape_gen_sink *sink);

#endif
