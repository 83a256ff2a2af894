/* model.c - the growing list of tensors and the statistics of each role.
 * Depends on model.h, rng.h, floats.h (for a bit count). */
#include "model.h"

#include "floats.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>

void scape_model_start(scape_model *m, uint64_t seed, const scape_shape *shape) {
    *m = (scape_model){.seed = seed, .shape = *shape};
}

void scape_model_free(scape_model *m) {
    free(m->tensors);
    *m = (scape_model){0};
}

uint64_t scape_tensor_bytes(const scape_tensor *t) {
    const scape_gen_dtype_info *info = scape_gen_dtype_find(t->dtype);
    return info == NULL
               ? 0
               : scape_tensor_elements(t) / info->block_elements * (uint64_t)info->block_bytes;
}

/* Narrow floats are stored scaled, so that the largest weights are near the type's end. */
static int exponent_gain(uint16_t dtype) {
    switch (dtype) {
    case SCAPE_GEN_F8_E4M3:
        return 5;
    case SCAPE_GEN_F8_E4M3FNUZ:
        return 4;
    case SCAPE_GEN_F8_E5M2:
    case SCAPE_GEN_F8_E5M2FNUZ:
        return 10;
    case SCAPE_GEN_F4:
    case SCAPE_GEN_F6_E2M3:
        return 0;
    case SCAPE_GEN_F6_E3M2:
        return 2;
    default:
        return INT32_MIN;
    }
}

/* Weights have a standard deviation of about width^-1/2. Steps of two octaves and a level in the
 * upper part of one keep the place within a pair of binades, and so the entropy of a bf16's high
 * byte, where trained models have it. */
static int weight_exponent(const scape_tensor *t) {
    int gain = exponent_gain(t->dtype);
    if (gain != INT32_MIN) {
        return gain;
    }
    if (t->dtype >= SCAPE_GEN_U8 && t->dtype <= SCAPE_GEN_I64) {
        /* Integers: a standard deviation of a twelfth of the range or so, as int8 weights have. */
        return 8 * (int)scape_gen_dtype_find(t->dtype)->block_bytes - 4;
    }
    uint64_t columns = scape_tensor_columns(t);
    return columns == 0 ? 0 : -(scape_highest_bit(columns) / 4 * 2);
}

/* Spreads and outliers of trained matrices: row scales vary by 0.08 to 0.3 octaves (standard
 * deviation), column scales likewise; a few columns are much larger. */
static void set_matrix_recipe(scape_tensor *t, uint64_t bits) {
    static const uint8_t tails[8] = {SCAPE_TAIL_LIGHT,  SCAPE_TAIL_MEDIUM, SCAPE_TAIL_LIGHT,
                                     SCAPE_TAIL_MEDIUM, SCAPE_TAIL_LIGHT,  SCAPE_TAIL_MEDIUM,
                                     SCAPE_TAIL_LIGHT,  SCAPE_TAIL_HEAVY};
    t->exponent = weight_exponent(t);
    t->level = (uint8_t)(32 + scape_rng_below(bits << 40, 40));
    t->row_spread = (uint8_t)(4 + scape_rng_below(bits << 8, 16));
    t->column_spread = (uint8_t)(4 + scape_rng_below(bits << 20, 15));
    t->outliers = (uint8_t)scape_rng_below(bits << 32, 4);
    t->outlier_octaves = 1;
    t->tail = tails[(bits >> 8) & 7];
}

/* An embedding's columns differ most: a handful of channels carries much of every vector. */
static void set_embedding_recipe(scape_tensor *t, uint64_t bits) {
    set_matrix_recipe(t, bits);
    t->column_spread = (uint8_t)(16 + scape_rng_below(bits << 20, 16));
    t->outliers = (uint8_t)(6 + scape_rng_below(bits << 32, 8));
    t->outlier_octaves = 2;
    t->tail = SCAPE_TAIL_HEAVY;
}

/* Norm weights lie about 3/8 to 7/8, with a standard deviation of 1/8 to 1/4. */
static void set_norm_recipe(scape_tensor *t, uint64_t bits) {
    t->exponent = -4;
    t->level = (uint8_t)(bits & 63);
    t->offset = (int64_t)(6 + scape_rng_below(bits << 8, 9)) << SCAPE_VALUE_POINT;
    t->tail = SCAPE_TAIL_HEAVY;
}

static void set_bias_recipe(scape_tensor *t, uint64_t bits) {
    t->exponent = -4;
    t->level = (uint8_t)(bits & 63);
    t->tail = SCAPE_TAIL_HEAVY;
}

void scape_tensor_set_recipe(scape_tensor *t, scape_role role) {
    uint64_t bits = scape_rng_draw(t->key, 0x7261);
    switch (role) {
    case SCAPE_ROLE_MATRIX:
        set_matrix_recipe(t, bits);
        break;
    case SCAPE_ROLE_EMBEDDING:
        set_embedding_recipe(t, bits);
        break;
    case SCAPE_ROLE_NORM:
        set_norm_recipe(t, bits);
        break;
    case SCAPE_ROLE_BIAS:
        set_bias_recipe(t, bits);
        break;
    }
}

static bool model_grow(scape_model *m) {
    size_t capacity = m->capacity == 0 ? 64 : m->capacity * 2;
    if (capacity > SIZE_MAX / sizeof(scape_tensor)) {
        return false;
    }
    scape_tensor *tensors = realloc(m->tensors, capacity * sizeof(scape_tensor));
    if (tensors == NULL) {
        return false;
    }
    m->tensors = tensors;
    m->capacity = capacity;
    return true;
}

scape_tensor *scape_model_add(scape_model *m, scape_role role, uint16_t dtype, unsigned rank,
                              const uint64_t *dims, const char *name) {
    if (m->failed || (m->count == m->capacity && !model_grow(m))) {
        m->failed = true;
        return NULL;
    }
    scape_tensor *t = &m->tensors[m->count];
    *t = (scape_tensor){.dtype = dtype, .rank = (uint8_t)rank, .pattern = SCAPE_PATTERN_WEIGHTS};
    size_t length = strlen(name);
    length = length < SCAPE_NAME_MAX ? length : SCAPE_NAME_MAX - 1;
    memcpy(t->name, name, length);
    for (unsigned i = 0; i < rank; i++) {
        t->dims[i] = dims[i];
    }
    t->key = scape_rng_key(m->seed, m->count);
    scape_tensor_set_recipe(t, role);
    m->count++;
    return t;
}
