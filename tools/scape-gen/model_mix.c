/* model_mix.c - which block type each matrix of a GGUF file gets. Depends on model.h. */
#include "model.h"

#include <string.h>

typedef struct mix {
    const char *name;
    uint16_t common;  /* most matrices */
    uint16_t precise; /* attention values and down projections of some layers */
    uint16_t output;
} mix;

/* The usual mixtures; "zoo" takes every type in turn. */
static const mix mixes[] = {
    {"Q3_K_M", SCAPE_GEN_Q3_K, SCAPE_GEN_Q5_K, SCAPE_GEN_Q6_K},
    {"Q4_K_M", SCAPE_GEN_Q4_K, SCAPE_GEN_Q6_K, SCAPE_GEN_Q6_K},
    {"Q5_K_M", SCAPE_GEN_Q5_K, SCAPE_GEN_Q6_K, SCAPE_GEN_Q6_K},
    {"zoo", 0, 0, 0},
};

enum {
    MIXES = sizeof mixes / sizeof mixes[0]
};

static const mix *mix_find(const char *name) {
    for (size_t i = 0; i < MIXES; i++) {
        if (strcmp(mixes[i].name, name) == 0) {
            return &mixes[i];
        }
    }
    return NULL;
}

const char *scape_gen_mix_name(size_t i) {
    return i < MIXES ? mixes[i].name : NULL;
}

bool scape_type_is_mix(const char *name) {
    return mix_find(name) != NULL;
}

/* Type number `n`, counted round, of those that a GGUF file can hold. */
static uint16_t nth_ggml_type(uint64_t n) {
    const scape_gen_dtype_info *info = scape_gen_dtype_table();
    for (;; info++) {
        if (info->name == NULL) {
            info = scape_gen_dtype_table();
        }
        if (info->ggml_type != SCAPE_GEN_NO_GGML && n-- == 0) {
            return info->dtype;
        }
    }
}

/* More bits go to the first and last eighth of the layers and to every third of the others. */
static bool layer_is_precise(uint64_t layer, uint64_t layers) {
    uint64_t eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
}

uint16_t scape_mix_dtype(const char *type, scape_slot slot, uint64_t layer, uint64_t layers,
                         uint64_t matrices_before) {
    const mix *m = mix_find(type);
    if (m == NULL) {
        return scape_gen_dtype_parse(type)->dtype;
    }
    if (m->common == 0) {
        return nth_ggml_type(matrices_before);
    }
    switch (slot) {
    case SCAPE_SLOT_OUTPUT:
        return m->output;
    case SCAPE_SLOT_SENSITIVE:
        return layer_is_precise(layer, layers) ? m->precise : m->common;
    case SCAPE_SLOT_OTHER:
        break;
    }
    return m->common;
}

uint32_t scape_type_file_number(const char *type) {
    static const struct {
        const char *name;
        uint32_t number;
    } numbers[] = {{"F32", 0},      {"F16", 1},     {"Q4_0", 2},     {"Q4_1", 3},    {"Q8_0", 7},
                   {"Q5_0", 8},     {"Q5_1", 9},    {"Q2_K", 10},    {"Q3_K", 11},   {"Q3_K_M", 12},
                   {"Q4_K", 14},    {"Q4_K_M", 15}, {"Q5_K", 16},    {"Q5_K_M", 17}, {"Q6_K", 18},
                   {"IQ2_XXS", 19}, {"IQ2_XS", 20}, {"IQ3_XXS", 23}, {"IQ1_S", 24},  {"IQ4_NL", 25},
                   {"IQ3_S", 26},   {"IQ2_S", 28},  {"IQ4_XS", 30},  {"IQ1_M", 31},  {"BF16", 32},
                   {"TQ1_0", 36},   {"TQ2_0", 37},  {"MXFP4", 38}};
    const scape_gen_dtype_info *info = scape_gen_dtype_parse(type);
    const char *name = info != NULL ? info->name : type;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            return numbers[i].number;
        }
    }
    return 1024; /* what readers take for "guessed" */
}
