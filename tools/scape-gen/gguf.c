/* gguf.c - writes a GGUF header: counts, key-value block, tensor infos, padding.
 * Depends on gguf.h, rng.h, floats.h and the pseudo-words of words.h. */
#include "gguf.h"

#include "floats.h"
#include "rng.h"
#include "words.h"

#include <string.h>

/* Value types of the key-value block. */
enum {
    VALUE_U32 = 4,
    VALUE_I32 = 5,
    VALUE_F32 = 6,
    VALUE_BOOL = 7,
    VALUE_STRING = 8,
    VALUE_ARRAY = 9
};

/* Kinds of tokens, as tokenizer.ggml.token_type numbers them. */
enum {
    TOKEN_NORMAL = 1,
    TOKEN_CONTROL = 3,
    TOKEN_BYTE = 6
};

enum {
    TOKENS_MOST = 4096,
    TOKENS_SPECIAL = 3,
    TOKENS_BYTES = 256,
    HEAD_WIDTH = 32
};

typedef struct writer {
    scape_buffer *out;
    unsigned length_bytes; /* of lengths, counts and dims: 4 in version 1, then 8 */
    bool big_endian;
    uint64_t keys;
    uint64_t seed;
} writer;

static void put_u32(writer *w, uint64_t value) {
    scape_buffer_integer(w->out, value, 4, w->big_endian);
}

static void put_length(writer *w, uint64_t value) {
    scape_buffer_integer(w->out, value, w->length_bytes, w->big_endian);
}

static void put_string(writer *w, const char *text) {
    size_t length = strlen(text);
    put_length(w, length);
    scape_buffer_append(w->out, text, length);
}

static void put_key(writer *w, const char *key, uint32_t type) {
    put_string(w, key);
    put_u32(w, type);
    w->keys++;
}

static void put_array_key(writer *w, const char *key, uint32_t type, uint64_t count) {
    put_key(w, key, VALUE_ARRAY);
    put_u32(w, type);
    put_length(w, count);
}

static void add_u32(writer *w, const char *key, uint64_t value) {
    put_key(w, key, VALUE_U32);
    put_u32(w, value);
}

/* Floats are given by their bits. */
static void add_f32(writer *w, const char *key, uint32_t bits) {
    put_key(w, key, VALUE_F32);
    put_u32(w, bits);
}

static void add_bool(writer *w, const char *key, bool value) {
    put_key(w, key, VALUE_BOOL);
    scape_buffer_integer(w->out, value, 1, false);
}

static void add_string(writer *w, const char *key, const char *value) {
    put_key(w, key, VALUE_STRING);
    put_string(w, value);
}

static void add_architecture(writer *w, const scape_shape *shape, const char *type) {
    uint64_t heads = shape->width / HEAD_WIDTH;
    add_string(w, "general.architecture", "llama");
    add_string(w, "general.type", "model");
    add_string(w, "general.name", "Seeded Llama");
    add_u32(w, "general.alignment", SCAPE_GGUF_ALIGNMENT);
    add_u32(w, "general.quantization_version", 2);
    add_u32(w, "general.file_type", scape_type_file_number(type));
    add_u32(w, "llama.block_count", shape->layers);
    add_u32(w, "llama.context_length", 8192);
    add_u32(w, "llama.embedding_length", shape->width);
    add_u32(w, "llama.feed_forward_length", shape->ffn);
    add_u32(w, "llama.vocab_size", shape->vocabulary);
    add_u32(w, "llama.attention.head_count", heads);
    add_u32(w, "llama.attention.head_count_kv", heads * scape_model_kv_width(shape) / shape->width);
    add_u32(w, "llama.rope.dimension_count", HEAD_WIDTH);
    add_f32(w, "llama.rope.freq_base", 0x48F42400);                   /* 500000 */
    add_f32(w, "llama.attention.layer_norm_rms_epsilon", 0x3727C5AC); /* 1e-5 */
}

static void put_token(writer *w, uint64_t i) {
    static const char *const special[TOKENS_SPECIAL] = {"<unk>", "<s>", "</s>"};
    static const char digits[] = "0123456789ABCDEF";
    char text[SCAPE_WORD_MAX];
    if (i < TOKENS_SPECIAL) {
        put_string(w, special[i]);
    } else if (i < TOKENS_SPECIAL + TOKENS_BYTES) {
        unsigned byte = (unsigned)(i - TOKENS_SPECIAL);
        char name[] = "<0x00>";
        name[3] = digits[byte >> 4];
        name[4] = digits[byte & 15];
        put_string(w, name);
    } else {
        scape_word_spell(scape_rng_draw(w->seed, i), "", text);
        put_string(w, text);
    }
}

static uint32_t token_kind(uint64_t i) {
    if (i < TOKENS_SPECIAL) {
        return TOKEN_CONTROL;
    }
    return i < TOKENS_SPECIAL + TOKENS_BYTES ? TOKEN_BYTE : TOKEN_NORMAL;
}

/* Scores fall with the token's number: -(i - 258), as a vocabulary sorted by rank has them. */
static uint32_t token_score(uint64_t i) {
    if (i < TOKENS_SPECIAL + TOKENS_BYTES) {
        return 0;
    }
    uint64_t rank = i - (TOKENS_SPECIAL + TOKENS_BYTES - 1);
    return (uint32_t)(UINT32_C(0x80000000) | scape_float_round(rank, 0, &scape_float_f32));
}

static void add_tokenizer(writer *w, uint64_t vocabulary) {
    uint64_t tokens = vocabulary < TOKENS_MOST ? vocabulary : TOKENS_MOST;
    uint64_t words = TOKENS_SPECIAL + TOKENS_BYTES;
    uint64_t merges = tokens > words ? tokens - words : 0;
    add_string(w, "tokenizer.ggml.model", "gpt2");
    add_string(w, "tokenizer.ggml.pre", "llama-bpe");
    put_array_key(w, "tokenizer.ggml.tokens", VALUE_STRING, tokens);
    for (uint64_t i = 0; i < tokens; i++) {
        put_token(w, i);
    }
    put_array_key(w, "tokenizer.ggml.scores", VALUE_F32, tokens);
    for (uint64_t i = 0; i < tokens; i++) {
        put_u32(w, token_score(i));
    }
    put_array_key(w, "tokenizer.ggml.token_type", VALUE_I32, tokens);
    for (uint64_t i = 0; i < tokens; i++) {
        put_u32(w, token_kind(i));
    }
    put_array_key(w, "tokenizer.ggml.merges", VALUE_STRING, merges);
    for (uint64_t i = 0; i < merges; i++) {
        char text[SCAPE_WORD_MAX];
        scape_word_spell(scape_rng_draw(w->seed, words + i), " ", text);
        put_string(w, text);
    }
    add_u32(w, "tokenizer.ggml.bos_token_id", 1);
    add_u32(w, "tokenizer.ggml.eos_token_id", 2);
    add_bool(w, "tokenizer.ggml.add_bos_token", true);
    add_string(w, "tokenizer.chat_template",
               "{% for m in messages %}<s>{{ m.role }}\n{{ m.content }}</s>\n{% endfor %}");
}

static void put_tensor_infos(writer *w, const scape_model *m) {
    uint64_t offset = 0;
    for (size_t i = 0; i < m->count; i++) {
        const scape_tensor *t = &m->tensors[i];
        put_string(w, t->name);
        put_u32(w, t->rank);
        for (unsigned k = t->rank; k-- > 0;) {
            put_length(w, t->dims[k]); /* the contiguous dimension comes first */
        }
        put_u32(w, scape_gen_dtype_find(t->dtype)->ggml_type);
        scape_buffer_integer(w->out, offset, 8, w->big_endian);
        uint64_t bytes = scape_tensor_bytes(t);
        offset += (bytes + SCAPE_GGUF_ALIGNMENT - 1) / SCAPE_GGUF_ALIGNMENT * SCAPE_GGUF_ALIGNMENT;
    }
}

void scape_gguf_header(const scape_model *m, const scape_gen_options *options, scape_buffer *out) {
    scape_buffer keys = {0};
    writer w = {.out = &keys, .big_endian = options->big_endian};
    w.length_bytes = options->gguf_version == 1 ? 4 : 8;
    w.seed = scape_rng_key(m->seed, UINT64_C(0x746F6B656E73));
    add_architecture(&w, &m->shape, options->type);
    add_tokenizer(&w, m->shape.vocabulary);

    w.out = out;
    scape_buffer_text(out, "GGUF");
    put_u32(&w, options->gguf_version);
    put_length(&w, m->count);
    put_length(&w, w.keys);
    scape_buffer_append(out, keys.data, keys.size);
    put_tensor_infos(&w, m);
    scape_buffer_pad(out, SCAPE_GGUF_ALIGNMENT, 0);
    out->failed = out->failed || keys.failed;
    scape_buffer_free(&keys);
}
