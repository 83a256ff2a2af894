/* model_transformer.c - the tensors of a decoder-only transformer, under the names that either
 * container's files use. Depends on model.h. */
#include "model.h"

#include <stdio.h>

typedef struct builder {
    scape_model *m;
    const scape_gen_options *options;
    bool gguf;
    uint16_t vector;   /* dtype of norms and biases */
    uint64_t matrices; /* so far */
} builder;

/* Names in the two worlds. */
typedef struct names {
    const char *safetensors, *gguf;
} names;

static const names name_embedding = {"model.embed_tokens.weight", "token_embd.weight"};
static const names name_output = {"lm_head.weight", "output.weight"};
static const names name_output_norm = {"model.norm.weight", "output_norm.weight"};
static const names name_attention_norm = {"input_layernorm.weight", "attn_norm.weight"};
static const names name_ffn_norm = {"post_attention_layernorm.weight", "ffn_norm.weight"};
static const names name_q = {"self_attn.q_proj", "attn_q"};
static const names name_k = {"self_attn.k_proj", "attn_k"};
static const names name_v = {"self_attn.v_proj", "attn_v"};
static const names name_o = {"self_attn.o_proj", "attn_output"};
static const names name_gate = {"mlp.gate_proj", "ffn_gate"};
static const names name_up = {"mlp.up_proj", "ffn_up"};
static const names name_down = {"mlp.down_proj", "ffn_down"};

static const char *name_of(const builder *b, const names *n) {
    return b->gguf ? n->gguf : n->safetensors;
}

static const char *layer_prefix(const builder *b) {
    return b->gguf ? "blk" : "model.layers";
}

static void add_vector(builder *b, scape_role role, uint64_t length, const char *name) {
    scape_model_add(b->m, role, b->vector, 1, &length, name);
}

static void add_matrix(builder *b, scape_role role, uint16_t dtype, uint64_t rows, uint64_t columns,
                       const char *name) {
    uint64_t dims[2] = {rows, columns};
    scape_model_add(b->m, role, dtype, 2, dims, name);
    b->matrices++;
    if (dtype == SCAPE_GEN_F8_E4M3 || dtype == SCAPE_GEN_F8_E5M2) {
        /* Scaled matrices go with the factor that undoes the scaling. */
        char scale_name[SCAPE_NAME_MAX + sizeof "_scale"];
        (void)snprintf(scale_name, sizeof scale_name, "%s_scale", name);
        scape_tensor *t =
            scape_model_add(b->m, SCAPE_ROLE_NORM, SCAPE_GEN_F32, 0, NULL, scale_name);
        if (t != NULL) {
            t->exponent = -10;
        }
    }
}

static void add_layer_vector(builder *b, scape_role role, unsigned layer, uint64_t length,
                             const names *n, const char *suffix) {
    char name[SCAPE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.%u.%s%s", layer_prefix(b), layer, name_of(b, n), suffix);
    add_vector(b, role, length, name);
}

static void add_layer_matrix(builder *b, scape_slot slot, unsigned layer, uint64_t rows,
                             uint64_t columns, const names *n) {
    uint16_t dtype =
        scape_mix_dtype(b->options->type, slot, layer, b->m->shape.layers, b->matrices);
    char name[SCAPE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.%u.%s.weight", layer_prefix(b), layer, name_of(b, n));
    add_matrix(b, SCAPE_ROLE_MATRIX, dtype, rows, columns, name);
}

static void add_layer(builder *b, unsigned layer) {
    uint64_t width = b->m->shape.width;
    uint64_t ffn = b->m->shape.ffn;
    uint64_t kv = scape_model_kv_width(&b->m->shape);
    add_layer_vector(b, SCAPE_ROLE_NORM, layer, width, &name_attention_norm, "");
    add_layer_matrix(b, SCAPE_SLOT_OTHER, layer, width, width, &name_q);
    add_layer_vector(b, SCAPE_ROLE_BIAS, layer, width, &name_q, ".bias");
    add_layer_matrix(b, SCAPE_SLOT_OTHER, layer, kv, width, &name_k);
    add_layer_vector(b, SCAPE_ROLE_BIAS, layer, kv, &name_k, ".bias");
    add_layer_matrix(b, SCAPE_SLOT_SENSITIVE, layer, kv, width, &name_v);
    add_layer_vector(b, SCAPE_ROLE_BIAS, layer, kv, &name_v, ".bias");
    add_layer_matrix(b, SCAPE_SLOT_OTHER, layer, width, width, &name_o);
    add_layer_vector(b, SCAPE_ROLE_NORM, layer, width, &name_ffn_norm, "");
    add_layer_matrix(b, SCAPE_SLOT_OTHER, layer, ffn, width, &name_gate);
    add_layer_matrix(b, SCAPE_SLOT_OTHER, layer, ffn, width, &name_up);
    add_layer_matrix(b, SCAPE_SLOT_SENSITIVE, layer, width, ffn, &name_down);
}

uint64_t scape_model_kv_width(const scape_shape *shape) {
    return shape->width >= 2048 && shape->width % 1024 == 0 ? shape->width / 4 : shape->width;
}

/* Norms and biases are kept in F32 by GGUF, in the matrices' type or BF16 by safetensors. */
static uint16_t vector_dtype(const scape_gen_options *options) {
    if (options->container == SCAPE_GEN_GGUF || options->f32_norms) {
        return SCAPE_GEN_F32;
    }
    uint16_t matrix = scape_gen_dtype_parse(options->type)->dtype;
    bool wide = matrix == SCAPE_GEN_F16 || matrix == SCAPE_GEN_F32 || matrix == SCAPE_GEN_F64;
    return wide ? matrix : SCAPE_GEN_BF16;
}

static void add_vocabulary(builder *b, scape_slot slot, const names *n) {
    const scape_shape *shape = &b->m->shape;
    uint16_t dtype = scape_mix_dtype(b->options->type, slot, 0, shape->layers, b->matrices);
    add_matrix(b, SCAPE_ROLE_EMBEDDING, dtype, shape->vocabulary, shape->width, name_of(b, n));
}

void scape_model_add_transformer(scape_model *m, const scape_gen_options *options) {
    builder b = {.m = m, .options = options, .gguf = options->container == SCAPE_GEN_GGUF};
    b.vector = vector_dtype(options);
    add_vocabulary(&b, SCAPE_SLOT_OTHER, &name_embedding);
    for (unsigned layer = 0; layer < m->shape.layers && !m->failed; layer++) {
        add_layer(&b, layer);
    }
    add_vector(&b, SCAPE_ROLE_NORM, m->shape.width, name_of(&b, &name_output_norm));
    if (!options->tied) {
        add_vocabulary(&b, SCAPE_SLOT_OUTPUT, &name_output);
    }
}
