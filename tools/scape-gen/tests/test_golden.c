/* test_golden.c - files of fixed options have fixed digests: what a seed stands for never changes
 * unnoticed, and does not depend on machine, compiler or run. */
#include "support.h"

#include <string.h>

typedef struct golden {
    const char *label;
    scape_gen_options options;
    const char *sha256;
} golden;

#define SMALL      .layers = 1, .width = 64, .ffn = 96, .vocabulary = 64, .gguf_version = 3
#define SMALL_GGUF .container = SCAPE_GEN_GGUF, .width = 256, .ffn = 256, .vocabulary = 300

static const golden goldens[] = {
    {"bf16",
     {SMALL, .type = "BF16", .seed = 1},
     "f2745b655781af4a3773f43b9e81bfa374cbe6bdc8da3f038c0e0ec578bf111b"},
    {"bf16 tied, f32 norms",
     {SMALL, .type = "BF16", .tied = true, .f32_norms = true},
     "33fe6bf85fc63a8ceb1184a346745d73f756e1c02313f34565e9ed7382dcde46"},
    {"f16",
     {SMALL, .type = "F16", .seed = 2},
     "ca696dbc87860564704b26bcff01f10861f2120557dc4cfbebfaa335111029b4"},
    {"f32",
     {SMALL, .type = "F32", .seed = 3},
     "69a5916d203a164c3d6a183f7ec81f9def3d9fd16e8f3267a8a0ef0c7da5cce4"},
    {"f64",
     {SMALL, .type = "F64", .seed = 4},
     "6aecb779b853209d892d611a5476e8dcc9e818ffacc7a80326226691f0587dae"},
    {"f8_e4m3",
     {SMALL, .type = "F8_E4M3", .seed = 5},
     "35a1ddce4c92fc9e9633320b4996a17bbf96a841945b13b31926958635692e65"},
    {"f8_e5m2",
     {SMALL, .type = "F8_E5M2", .seed = 6},
     "ef726dd1d935706f6a62cd77e302bb96954077d940f4486d688b17160195bfa7"},
    {"sized",
     {.size = 400000, .type = "BF16", .seed = 7, .gguf_version = 3},
     "e04a30f6e5dec59cf4a3b8f02c54fa513cf19ed363acb008958092babf02eb27"},
    {"zoo",
     {.zoo = true, .type = "BF16", .gguf_version = 3},
     "a9b305894ae4cd5b6a34ab9cc1cd402652a9886d4c64c223ffbc98ae9604be59"},
    {"raw f32",
     {.container = SCAPE_GEN_RAW, .size = 99996, .type = "F32", .gguf_version = 3},
     "e845cf9f701cbc3733fdb38cd6b2dcba4b04c3a1b4eb831dab24f73eb222aef0"},
    {"gguf zoo",
     {SMALL_GGUF, .layers = 5, .type = "zoo", .gguf_version = 3},
     "4f6d528a6ceb88ed8fe7ed0d1952096f654ac5942af4360044a71b88907dd370"},
    {"gguf zoo big-endian",
     {SMALL_GGUF, .layers = 5, .type = "zoo", .gguf_version = 3, .big_endian = true},
     "1488f7602e782df957fef49012aabbffb290bf802d5a2decd14ea839fcdd5da8"},
    {"gguf Q4_K_M",
     {SMALL_GGUF, .layers = 1, .type = "Q4_K_M", .gguf_version = 3},
     "04ec1e2e838ff5602ea1a1af124dd7fa734c6f6063a13a384e75695e0075476d"},
    {"gguf version 1",
     {SMALL_GGUF, .layers = 1, .type = "Q8_0", .gguf_version = 1},
     "73dfd8fdf183c5216f84ec260a2572f3de585de24064afe8281a1e4681f12dc2"},
    {"gguf version 2",
     {SMALL_GGUF, .layers = 1, .type = "F16", .gguf_version = 2},
     "8dbff8abe0fa851413e6cff57a72e220b8dbc488cbc78a555a898128da6527e3"},
};

static void digest_is_golden(void **state) {
    const golden *g = *state;
    char have[65];
    test_file file = test_generate(&g->options);
    test_sha256(file.data, file.size, have);
    if (strcmp(have, g->sha256) != 0) {
        print_error("%s: have %s, want %s\n", g->label, have, g->sha256);
        fail();
    }
    test_file_free(&file);
}

static void values_are_golden(void **state) {
    (void)state;
    static uint8_t data[2 * 100 * 512];
    char have[65];
    assert_int_equal(scape_gen_values(42, SCAPE_GEN_BF16, 100, 512, data, sizeof data),
                     SCAPE_GEN_OK);
    test_sha256(data, sizeof data, have);
    assert_string_equal(have, "5f000c5b4fd13f6415f65561224363855d794f9930b18cee85bbef75c400447f");
}

static void seeds_differ(void **state) {
    (void)state;
    scape_gen_options o = {SMALL, .type = "BF16", .seed = 1};
    test_file a = test_generate(&o);
    o.seed = 2;
    test_file b = test_generate(&o);
    assert_int_equal(a.size, b.size);
    assert_memory_not_equal(a.data, b.data, a.size);
    test_file_free(&a);
    test_file_free(&b);
}

int main(void) {
    enum {
        GOLDENS = sizeof goldens / sizeof goldens[0]
    };
    struct CMUnitTest tests[GOLDENS + 2];
    for (size_t i = 0; i < GOLDENS; i++) {
        tests[i] = (struct CMUnitTest){.name = goldens[i].label,
                                       .test_func = digest_is_golden,
                                       .initial_state = (void *)(uintptr_t)&goldens[i]};
    }
    tests[GOLDENS] = (struct CMUnitTest)cmocka_unit_test(values_are_golden);
    tests[GOLDENS + 1] = (struct CMUnitTest)cmocka_unit_test(seeds_differ);
    return cmocka_run_group_tests_name("gen.golden", tests, NULL, NULL);
}
