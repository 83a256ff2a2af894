/* model_zoo.c - a file with every safetensors dtype and with content that compressors meet rarely.
 * Depends on model.h. */
#include "model.h"

#include <stdio.h>

static scape_tensor *add_2d(scape_model *m, uint16_t dtype, uint64_t rows, uint64_t columns,
                            const char *name) {
    uint64_t dims[2] = {rows, columns};
    return scape_model_add(m, SCAPE_ROLE_MATRIX, dtype, 2, dims, name);
}

static void set_constant(scape_tensor *t, int64_t offset, int exponent) {
    if (t != NULL) {
        t->pattern = SCAPE_PATTERN_CONSTANT;
        t->offset = offset;
        t->exponent = exponent;
    }
}

static void set_pattern(scape_tensor *t, scape_pattern pattern) {
    if (t != NULL) {
        t->pattern = (uint8_t)pattern;
    }
}

static void add_every_dtype(scape_model *m) {
    for (const scape_gen_dtype_info *info = scape_gen_dtype_table(); info->name != NULL; info++) {
        if (!info->in_safetensors) {
            continue;
        }
        char name[SCAPE_NAME_MAX];
        (void)snprintf(name, sizeof name, "dtype.%s.weight", info->name);
        add_2d(m, info->dtype, 48, 128, name);
        (void)snprintf(name, sizeof name, "dtype.%s.zero", info->name);
        set_constant(add_2d(m, info->dtype, 16, 64, name), 0, 0);
        (void)snprintf(name, sizeof name, "dtype.%s.empty", info->name);
        add_2d(m, info->dtype, 0, 64, name);
    }
}

/* Every bit pattern of the 16-bit and 8-bit floats, in order: NaN payloads, subnormals, zeros. */
static void add_every_pattern(scape_model *m) {
    set_pattern(add_2d(m, SCAPE_GEN_BF16, 256, 256, "every.bf16"), SCAPE_PATTERN_COUNTER);
    set_pattern(add_2d(m, SCAPE_GEN_F16, 256, 256, "every.f16"), SCAPE_PATTERN_COUNTER);
    set_pattern(add_2d(m, SCAPE_GEN_F8_E4M3, 16, 16, "every.f8_e4m3"), SCAPE_PATTERN_COUNTER);
    set_pattern(add_2d(m, SCAPE_GEN_F8_E5M2, 16, 16, "every.f8_e5m2"), SCAPE_PATTERN_COUNTER);
    /* Small integers as floats: subnormals only. */
    set_pattern(add_2d(m, SCAPE_GEN_F32, 16, 64, "every.f32.subnormal"), SCAPE_PATTERN_COUNTER);
}

static void add_repeating(scape_model *m) {
    static const uint16_t floats[3] = {SCAPE_GEN_BF16, SCAPE_GEN_F16, SCAPE_GEN_F32};
    static const int64_t one = INT64_C(1) << SCAPE_VALUE_POINT;
    for (unsigned i = 0; i < 3; i++) {
        const char *type = scape_gen_dtype_find(floats[i])->name;
        char name[SCAPE_NAME_MAX];
        (void)snprintf(name, sizeof name, "repeat.%s.ones", type);
        set_constant(add_2d(m, floats[i], 64, 64, name), one, 0);
        (void)snprintf(name, sizeof name, "repeat.%s.constant", type);
        set_constant(add_2d(m, floats[i], 64, 64, name), -one / 3, 0);
        (void)snprintf(name, sizeof name, "repeat.%s.rows", type);
        set_pattern(add_2d(m, floats[i], 128, 192, name), SCAPE_PATTERN_DUPLICATED);
        (void)snprintf(name, sizeof name, "repeat.%s.sparse", type);
        set_pattern(add_2d(m, floats[i], 128, 192, name), SCAPE_PATTERN_SPARSE);
        (void)snprintf(name, sizeof name, "repeat.%s.filters", type);
        uint64_t dims[4] = {24, 16, 5, 5};
        set_pattern(scape_model_add(m, SCAPE_ROLE_MATRIX, floats[i], 4, dims, name),
                    SCAPE_PATTERN_SYMMETRIC);
    }
    set_pattern(add_2d(m, SCAPE_GEN_I64, 4, 128, "repeat.position_ids"), SCAPE_PATTERN_COUNTER);
}

/* Two names for equal bytes. */
static void add_tied(scape_model *m) {
    const uint64_t dims[2] = {512, 64};
    scape_tensor *first = scape_model_add(m, SCAPE_ROLE_EMBEDDING, SCAPE_GEN_BF16, 2, dims,
                                          "tied.embed_tokens.weight");
    uint64_t key = first == NULL ? 0 : first->key;
    scape_tensor *second =
        scape_model_add(m, SCAPE_ROLE_EMBEDDING, SCAPE_GEN_BF16, 2, dims, "tied.lm_head.weight");
    if (second != NULL) {
        second->key = key;
        scape_tensor_set_recipe(second, SCAPE_ROLE_EMBEDDING);
    }
}

static void add_odd_shapes(scape_model *m) {
    const uint64_t one[4] = {1, 1, 1, 1};
    const uint64_t odd[3] = {3, 7, 31};
    const uint64_t prime = 4099;
    scape_model_add(m, SCAPE_ROLE_MATRIX, SCAPE_GEN_F32, 0, NULL, "shape.rank0.f32");
    scape_model_add(m, SCAPE_ROLE_MATRIX, SCAPE_GEN_BF16, 0, NULL, "shape.rank0.bf16");
    scape_model_add(m, SCAPE_ROLE_MATRIX, SCAPE_GEN_F16, 4, one, "shape.rank4.one");
    scape_model_add(m, SCAPE_ROLE_MATRIX, SCAPE_GEN_BF16, 3, odd, "shape.rank3.odd");
    scape_model_add(m, SCAPE_ROLE_NORM, SCAPE_GEN_BF16, 1, &prime, "shape.rank1.prime");
    scape_model_add(m, SCAPE_ROLE_NORM, SCAPE_GEN_F32, 1, &prime, "shape.rank1.norm.f32");
    add_2d(m, SCAPE_GEN_BF16, 1023, 1, "shape.column");
    add_2d(m, SCAPE_GEN_F32, 31, 33, "shape.lanes");
}

void scape_model_add_zoo(scape_model *m) {
    add_every_dtype(m);
    add_every_pattern(m);
    add_repeating(m);
    add_tied(m);
    add_odd_shapes(m);
}
