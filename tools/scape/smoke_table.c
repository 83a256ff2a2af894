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
    {"fast", "bf16 768x1024", 1041081, "43832c59e294d12f", false},
    {"default", "bf16 768x1024", 1032198, "12dbfa330babb9be", false},
    {"max", "bf16 768x1024", 1031378, "0b00de80747a4db2", false},
    {"bf16_split", "bf16 768x1024", 1039081, "b64814cf8cb4fcc5", false},
    {"bf16_split_k1", "bf16 768x1024", 1040013, "371d1858778e5093", false},
    {"bf16_split_mixture_k4", "bf16 768x1024", 1039810, "6c084357e986e673", false},
    {"bf16_split_ctx_k8", "bf16 768x1024", 1034909, "63820014477e28e1", false},
    {"bf16_split_zstd_19", "bf16 768x1024", 1106977, "38416f005c90acb5", true},
    {"zstd_19_bytegrouped", "bf16 768x1024", 1059304, "0cec5eda3d1e2eb1", true},
    {"fast", "f16 512x1024", 890006, "eaba0768c3c16235", false},
    {"default", "f16 512x1024", 884826, "1a836182f977eba3", false},
    {"max", "f16 512x1024", 884209, "06f52e36614f72f9", false},
    {"fp16_split", "f16 512x1024", 889261, "1ef335ae06627030", false},
    {"fast", "f32 512x512", 872205, "5a52492eae98a5b5", false},
    {"default", "f32 512x512", 868927, "2da5f1f188e85356", false},
    {"max", "f32 512x512", 868765, "43cb2c6e4a84eae0", false},
    {"fast", "f8_e4m3 512x1024", 433835, "c64391495dfb30f3", false},
    {"default", "f8_e4m3 512x1024", 427160, "92fa4886dea1aef5", false},
    {"max", "f8_e4m3 512x1024", 426605, "1c768c30af2fd636", false},
    {"fast", "f8_e5m2 512x1024", 367723, "b6e9e0b8fd79b186", false},
    {"default", "f8_e5m2 512x1024", 361773, "2f2d4f09ec9f2825", false},
    {"max", "f8_e5m2 512x1024", 361378, "365fb1990ea9660e", false},
    {"fast", "model.safetensors", 1392178, "a7172268e440c8ba", true},
    {"default", "model.safetensors", 1381865, "6053cf44550b32b5", true},
    {"max", "model.safetensors", 1381411, "349a7f77848886bb", true},
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
