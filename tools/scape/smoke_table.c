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
    {"fast", "bf16 768x1024", 1040873, "a035ea146b0e83c7", false},
    {"default", "bf16 768x1024", 1032000, "6ca83d3072889764", false},
    {"max", "bf16 768x1024", 1031184, "0be3edacbbfb7f85", false},
    {"bf16_split", "bf16 768x1024", 1038699, "02eb809ed85b8b55", false},
    {"bf16_split_k1", "bf16 768x1024", 1039621, "294201d2587e1cc2", false},
    {"bf16_split_mixture_k4", "bf16 768x1024", 1039428, "a4c846602942fe7a", false},
    {"bf16_split_ctx_k8", "bf16 768x1024", 1034513, "2a9706a33554d50c", false},
    {"bf16_split_zstd_19", "bf16 768x1024", 1106977, "38416f005c90acb5", true},
    {"zstd_19_bytegrouped", "bf16 768x1024", 1059304, "0cec5eda3d1e2eb1", true},
    {"fast", "f16 512x1024", 889816, "5b11f3590f128ce4", false},
    {"default", "f16 512x1024", 884624, "01fa5795e81734fa", false},
    {"max", "f16 512x1024", 884019, "3e7587b8a16bfaf7", false},
    {"fp16_split", "f16 512x1024", 888889, "138d0d63341c8a38", false},
    {"fast", "f32 512x512", 872011, "f1a3690c25502d62", false},
    {"default", "f32 512x512", 868723, "c4df705ef9babe69", false},
    {"max", "f32 512x512", 868551, "2d0647bb8cc9fb6b", false},
    {"fast", "f8_e4m3 512x1024", 433645, "ad385393a1189552", false},
    {"default", "f8_e4m3 512x1024", 426952, "06ea691b63cd7e37", false},
    {"max", "f8_e4m3 512x1024", 426411, "77237b4ee9a0aab8", false},
    {"fast", "f8_e5m2 512x1024", 367519, "1f217319c8e0d0be", false},
    {"default", "f8_e5m2 512x1024", 361571, "0a3e0f468a10520e", false},
    {"max", "f8_e5m2 512x1024", 361160, "4b06fb3f80442743", false},
    {"fast", "model.safetensors", 1391394, "21f96280e082cac0", true},
    {"default", "model.safetensors", 1381065, "233666e4c77e74ef", true},
    {"max", "model.safetensors", 1380636, "c2f8feb42b73e355", true},
    {"fast", "q4_k 512x1024", 274422, "ab83b2d6c9e5f058", false},
    {"default", "q4_k 512x1024", 274422, "ab83b2d6c9e5f058", false},
    {"max", "q4_k 512x1024", 274422, "0e2890abfe68d2a9", false},
    {"qb_mixture_k4", "q4_k 512x1024", 280831, "6f17574634b9bcb8", false},
    {"qb_mixture_k8", "q4_k 512x1024", 280976, "dbf706f8d16b6ce5", false},
    {"qb_mixture_k16", "q4_k 512x1024", 281115, "f7fd503814677a8c", false},
    {"fast", "q6_k 512x1024", 403249, "2bbfe64da7661289", false},
    {"default", "q6_k 512x1024", 403249, "2bbfe64da7661289", false},
    {"max", "q6_k 512x1024", 403249, "c38288960af573f9", false},
    {"fast", "q8_0 512x1024", 520635, "819cb492c8aab103", false},
    {"default", "q8_0 512x1024", 520635, "819cb492c8aab103", false},
    {"max", "q8_0 512x1024", 520635, "9074349405385d93", false},
};
const size_t cli_smoke_row_count = sizeof cli_smoke_rows / sizeof cli_smoke_rows[0];

const char cli_smoke_zstd[] = "1.5.4";
