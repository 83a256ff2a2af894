/* test_names.c - the model that a file belongs to, and the role of a tensor, from their names. */
#include "corpus.h"
#include "roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_models(void **state) {
    static const char *const cases[][2] = {
        {"rwkv-eng-bf16.safetensors", "rwkv-eng"},
        {"/data/rwkv-eng-Q4_K_M.gguf", "rwkv-eng"},
        {"rwkv-eng-ZOO.gguf", "rwkv-eng"},
        {"a/Llama-3-8B-IQ2_XXS.gguf", "Llama-3-8B"},
        {"Llama-3-8B.Q8_0.gguf", "Llama-3-8B"},
        {"Llama-3-8B.gguf", "Llama-3-8B"},
        {"x/big-Q4_K_M-00002-of-00009.gguf", "big"},
        {"hub/Qwen2-7B/model-00001-of-00004.safetensors", "Qwen2-7B"},
        {"hub/gpt2/model.safetensors", "gpt2"},
        {"model.safetensors", "model"},
        {"generated", "generated"},
        {"quick-q.gguf", "quick-q"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *have = study_model_name(cases[i][0]);
        assert_non_null(have);
        assert_string_equal(have, cases[i][1]);
        free(have);
    }
}

static void test_roles(void **state) {
    static const struct {
        const char *name, *role;
        unsigned layer;
    } cases[] = {
        {"model.layers.17.self_attn.q_proj.weight", "self_attn.q_proj.weight", 17},
        {"h.3.mlp.c_fc.weight", "mlp.c_fc.weight", 3},
        {"transformer.h.0.ln_1.bias", "ln_1.bias", 0},
        {"blocks.5.att.key.weight", "att.key.weight", 5},
        {"blk.31.ffn_down.weight", "ffn_down.weight", 31},
        {"model.layers.x.weight", NULL, 0},
        {"model.layers.12", NULL, 0},
        {"model.layers.99999999999.w", NULL, 0},
        {"lm_head.weight", NULL, 0},
    };
    const struct study_options none = {.command = STUDY_CROSSLAYER};
    struct study_roles roles;
    (void)state;
    assert_true(study_roles_open(&roles, &none));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned layer = 0;
        const char *role = NULL;
        bool found = study_roles_find(&roles, cases[i].name, &layer, &role);
        assert_int_equal(found, cases[i].role != NULL);
        if (found) {
            assert_string_equal(role, cases[i].role);
            assert_int_equal(layer, cases[i].layer);
        }
    }
    study_roles_close(&roles);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_models), cmocka_unit_test(test_roles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
