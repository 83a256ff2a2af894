/* train_profile.c - see train_profile.h. */
#include "train_profile.h"

#include "checksum.h"
#include "cursor.h"

#include <stdlib.h>
#include <string.h>

enum {
    PROFILE_HEAD = 16,
    Q4K_NIBBLES = 8 /* field q of the layout */
};

/* The exponent, without the sign above it, says how large a block's weights are. */
static const struct cli_recipe recipes[] = {
    {"bf16_split_k1",
     SCAPE_REF_DTYPE_BF16,
     2,
     {{SCAPE_REF_LAYOUT_BF16_SE9M7, 0, 0xFF, 1}, {SCAPE_REF_LAYOUT_BF16_SE9M7, 1, 0x7F, 1}}},
    {"bf16_split_mixture_k4",
     SCAPE_REF_DTYPE_BF16,
     2,
     {{SCAPE_REF_LAYOUT_BF16_SE9M7, 0, 0xFF, 4}, {SCAPE_REF_LAYOUT_BF16_SE9M7, 1, 0x7F, 1}}},
    {"qb_mixture_k4", SCAPE_REF_DTYPE_Q4_K, 1, {{SCAPE_REF_LAYOUT_GGML_Q4_K, Q4K_NIBBLES, 0xF, 4}}},
    {"qb_mixture_k8", SCAPE_REF_DTYPE_Q4_K, 1, {{SCAPE_REF_LAYOUT_GGML_Q4_K, Q4K_NIBBLES, 0xF, 8}}},
    {"qb_mixture_k16",
     SCAPE_REF_DTYPE_Q4_K,
     1,
     {{SCAPE_REF_LAYOUT_GGML_Q4_K, Q4K_NIBBLES, 0xF, 16}}},
};

const struct cli_recipe *cli_recipe_find(const char *method) {
    for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
        if (strcmp(recipes[i].method, method) == 0) {
            return &recipes[i];
        }
    }
    return NULL;
}

/* Appends; a failure stays until the end. */
static void put(struct cli_memory_writer *out, bool *good, const void *data, size_t n) {
    *good = *good && cli_memory_append(out, data, n);
}

static void put_varint(struct cli_memory_writer *out, bool *good, uint64_t value) {
    uint8_t text[SCAPE_REF_VARINT_MAX];
    put(out, good, text, scape_ref_store_varint(text, value));
}

static void put_examples(struct cli_memory_writer *out, bool *good,
                         const struct cli_example *examples, size_t count) {
    put_varint(out, good, count);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(examples[i].name);
        n = n < SCAPE_REF_NAME_MAX ? n : SCAPE_REF_NAME_MAX;
        put(out, good, examples[i].sha256, sizeof examples[i].sha256);
        put_varint(out, good, n);
        put(out, good, examples[i].name, n);
    }
}

static void put_set(struct cli_memory_writer *out, bool *good, const struct cli_train_set *set,
                    struct cli_trainer *t, size_t number) {
    struct cli_trained trained;
    if (!cli_trainer_fit(t, number, &trained)) {
        *good = false;
        return;
    }
    const uint8_t numbers[3] = {(uint8_t)trained.width, CLI_TRAIN_P, (uint8_t)(trained.tables - 1)};
    put_varint(out, good, set->layout);
    put_varint(out, good, set->field);
    put(out, good, numbers, sizeof numbers);
    put(out, good, trained.bytes, trained.size);
    free(trained.bytes);
}

bool cli_profile_make(const struct cli_recipe *recipe, struct cli_trainer *t,
                      const struct cli_example *examples, size_t example_count,
                      struct cli_memory_writer *out) {
    static const uint8_t head[PROFILE_HEAD] = {0xD3, 'S', 'C', 'P', 'R', 'O', '\r', '\n', 1};
    uint8_t sum[SCAPE_REF_CHECKSUM_SIZE];
    size_t start = out->size;
    bool good = true;
    put(out, &good, head, sizeof head);
    put_examples(out, &good, examples, example_count);
    put_varint(out, &good, recipe->set_count);
    for (size_t i = 0; i < recipe->set_count && good; i++) {
        put_set(out, &good, &recipe->sets[i], t, i);
    }
    size_t body = out->size - start - sizeof head;
    if (!good || body > UINT32_MAX) {
        return false;
    }
    scape_ref_store_u32le(out->data + start + 12, (uint32_t)body);
    scape_ref_store_u64le(sum, scape_ref_checksum_of(out->data + start, sizeof head + body));
    put(out, &good, sum, sizeof sum);
    return good;
}
