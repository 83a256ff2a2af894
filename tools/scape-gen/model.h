/* model.h - the list of tensors of a file to be generated, and how it is made from options.
 * Depends on values.h and scape_gen.h. */
#ifndef SCAPE_GEN_MODEL_H
#define SCAPE_GEN_MODEL_H

#include "scape_gen.h"
#include "values.h"

typedef struct scape_shape {
    uint64_t layers, width, ffn, vocabulary;
} scape_shape;

typedef struct scape_model {
    scape_tensor *tensors;
    size_t count, capacity;
    uint64_t seed;
    scape_shape shape;
    bool failed; /* an allocation failed; the list is incomplete */
} scape_model;

/* What a tensor is for; decides its statistics. */
typedef enum scape_role {
    SCAPE_ROLE_MATRIX,
    SCAPE_ROLE_EMBEDDING,
    SCAPE_ROLE_NORM,
    SCAPE_ROLE_BIAS
} scape_role;

void scape_model_start(scape_model *m, uint64_t seed, const scape_shape *shape);
void scape_model_free(scape_model *m);

/* Adds a tensor with the statistics of its role; NULL when memory is short. The pointer holds until
 * the next call. */
scape_tensor *scape_model_add(scape_model *m, scape_role role, uint16_t dtype, unsigned rank,
                              const uint64_t *dims, const char *name);

/* Fills in the recipe (everything but name, dims, dtype) of a tensor from its key. */
void scape_tensor_set_recipe(scape_tensor *t, scape_role role);

/* The tensors of a transformer of m->shape. */
void scape_model_add_transformer(scape_model *m, const scape_gen_options *options);

/* Whether `name` names a mix of block types. */
bool scape_type_is_mix(const char *name);

/* Where a matrix stands, as far as mixes care. */
typedef enum scape_slot {
    SCAPE_SLOT_OTHER,
    SCAPE_SLOT_SENSITIVE, /* attention values, down projections */
    SCAPE_SLOT_OUTPUT
} scape_slot;

/* The type of a matrix when `type` (a type's or a mix's name, known to be valid) was asked for. */
uint16_t scape_mix_dtype(const char *type, scape_slot slot, uint64_t layer, uint64_t layers,
                         uint64_t matrices_before);

/* The number that general.file_type gives to a type or mix. */
uint32_t scape_type_file_number(const char *type);

/* Rows of the key and value matrices: a quarter of the width in the larger models. */
uint64_t scape_model_kv_width(const scape_shape *shape);

/* One or more tensors of every safetensors dtype, and tensors of unusual content. */
void scape_model_add_zoo(scape_model *m);

/* Bytes of a tensor's data. */
uint64_t scape_tensor_bytes(const scape_tensor *t);

#endif
