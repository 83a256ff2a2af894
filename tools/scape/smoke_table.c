/* smoke_table.c - the smoke test's fixtures and what each method makes of them. The rows are what
 * `scape smoke --print` prints; they change only with the canonical encoder. */
#include "smoke.h"

enum {
    DTYPE_F16 = 10,
    DTYPE_BF16 = 11,
    DTYPE_F32 = 12,
    DTYPE_F8_E4M3 = 14,
    DTYPE_F8_E5M2 = 15,
    DTYPE_Q8_0 = 72,
    DTYPE_Q4_K = 76,
    DTYPE_Q6_K = 78
};

/* name, dtype, rows, columns, file size, seed */
const struct cli_smoke_fixture cli_smoke_fixtures[] = {
    {"bf16 768x1024", DTYPE_BF16, 768, 1024, 0, 1},
    {"f16 512x1024", DTYPE_F16, 512, 1024, 0, 2},
    {"f32 512x512", DTYPE_F32, 512, 512, 0, 3},
    {"f8_e4m3 512x1024", DTYPE_F8_E4M3, 512, 1024, 0, 4},
    {"f8_e5m2 512x1024", DTYPE_F8_E5M2, 512, 1024, 0, 5},
    {"model.safetensors", 0, 0, 0, 2 << 20, 6},
    {"q4_k 512x1024", DTYPE_Q4_K, 512, 1024, 0, 7},
    {"q6_k 512x1024", DTYPE_Q6_K, 512, 1024, 0, 8},
    {"q8_0 512x1024", DTYPE_Q8_0, 512, 1024, 0, 9},
};
const size_t cli_smoke_fixture_count = sizeof cli_smoke_fixtures / sizeof cli_smoke_fixtures[0];

const struct cli_smoke_row cli_smoke_rows[] = {
    {"fast", "bf16 768x1024", 1041051, "448974b4c8784b83", false},
    {"default", "bf16 768x1024", 1032639, "daa32b5f20d8dcda", false},
    {"max", "bf16 768x1024", 1032684, "393c602f299db1ef", false},
    {"bf16_split", "bf16 768x1024", 1039081, "b64814cf8cb4fcc5", false},
    {"bf16_split_k1", "bf16 768x1024", 1040013, "371d1858778e5093", false},
    {"bf16_split_mixture_k4", "bf16 768x1024", 1039810, "6c084357e986e673", false},
    {"bf16_split_ctx_k8", "bf16 768x1024", 1034909, "63820014477e28e1", false},
    {"bf16_split_zstd_19", "bf16 768x1024", 1106977, "38416f005c90acb5", true},
    {"zstd_19_bytegrouped", "bf16 768x1024", 1059304, "0cec5eda3d1e2eb1", true},
    {"fast", "f16 512x1024", 890016, "090969fe8adeb448", false},
    {"default", "f16 512x1024", 885446, "1eeca81695d6c312", false},
    {"max", "f16 512x1024", 884839, "cd1b63b20d926db1", false},
    {"fp16_split", "f16 512x1024", 889261, "1ef335ae06627030", false},
    {"fast", "f32 512x512", 872208, "4c51d9fe319faba2", false},
    {"default", "f32 512x512", 869125, "e2f4b77e22c72a5b", false},
    {"max", "f32 512x512", 868956, "84e0c4400435ac00", false},
    {"fast", "f8_e4m3 512x1024", 433968, "9fb55e1c9a13181d", false},
    {"default", "f8_e4m3 512x1024", 427828, "24865d4c3ca2bf11", false},
    {"max", "f8_e4m3 512x1024", 427586, "bfa5006a3c374083", false},
    {"fast", "f8_e5m2 512x1024", 367718, "0acb4b3052092179", false},
    {"default", "f8_e5m2 512x1024", 362078, "8f7b3a31fa026637", false},
    {"max", "f8_e5m2 512x1024", 362139, "e6f4353d564ce766", false},
    {"fast", "model.safetensors", 1392219, "4ae6d805caea781e", true},
    {"default", "model.safetensors", 1382236, "e07bda82d713fa06", true},
    {"max", "model.safetensors", 1382028, "18ee745004924d61", true},
    {"fast", "q4_k 512x1024", 274238, "b3947ccfb8bc4a2d", false},
    {"default", "q4_k 512x1024", 274238, "b3947ccfb8bc4a2d", false},
    {"max", "q4_k 512x1024", 274238, "3485ba4191925ec8", false},
    {"qb_mixture_k4", "q4_k 512x1024", 281021, "60b9d88e4449fa5b", false},
    {"qb_mixture_k8", "q4_k 512x1024", 281178, "3af926cfd823c4c6", false},
    {"qb_mixture_k16", "q4_k 512x1024", 281303, "84297409b5679e83", false},
    {"fast", "q6_k 512x1024", 403377, "7c6a253eb305d508", false},
    {"default", "q6_k 512x1024", 403377, "7c6a253eb305d508", false},
    {"max", "q6_k 512x1024", 403377, "b45790195c45f33c", false},
    {"fast", "q8_0 512x1024", 520511, "e329b057ac93b8b8", false},
    {"default", "q8_0 512x1024", 520511, "e329b057ac93b8b8", false},
    {"max", "q8_0 512x1024", 520511, "28c894706ba89b61", false},
};
const size_t cli_smoke_row_count = sizeof cli_smoke_rows / sizeof cli_smoke_rows[0];

const char cli_smoke_zstd[] = "1.5.4";
