/* test_differential.c - frames that the reference makes of seeded tensors of every dtype, level and
 * size around the edges of lanes and segments come back byte for byte, by every kernel, from front
 * to back and by ranges. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static const uint32_t sizes[] = {1,    2,    31,   32,    33,    63,     64,     65,
                                 127,  128,  129,  255,   1000,  4095,   4096,   4097,
                                 8191, 8192, 8193, 12289, 65536, 131072, 131104, 262144 + 34};

static void compare_decoders(const struct bytes *file, const struct bytes *content,
                             const char *what) {
    struct bytes out = {0};
    for (size_t k = 0; k < kernel_count; k++) {
        char label[160];
        use_kernel(kernel_names[k]);
        snprintf(label, sizeof label, "%s by %s", what, kernel_names[k]);
        enum scape_error error = lib_decode(file, content->size, &out, NULL);
        if (error != SCAPE_OK) {
            fail_msg("%s: have %s, want OK", label, scape_error_name(error));
        }
        assert_same_bytes(&out, content, label);
    }
    use_kernel(NULL);
    bytes_free(&out);
}

static void compare_ranges(struct rng *rng, struct bytes *file, const struct bytes *content,
                           const char *what) {
    struct scape_input input = bytes_input(file);
    struct scape_archive *archive;
    struct scape_report report;
    enum scape_error error = scape_archive_open(&archive, &input, NULL, &report);
    if (error != SCAPE_OK) {
        fail_msg("%s: opening: have %s", what, scape_error_name(error));
    }
    assert_int_equal(scape_archive_content_size(archive), content->size);
    struct bytes out = {0};
    bytes_add(&out, NULL, content->size);
    for (int i = 0; i < 6; i++) {
        uint32_t start = rng_below(rng, (uint32_t)content->size + 1);
        uint32_t n = rng_below(rng, (uint32_t)content->size - start + 1);
        error = scape_archive_read(archive, start, out.data, n, &report);
        if (error != SCAPE_OK) {
            fail_msg("%s: range %u+%u: have %s", what, start, n, scape_error_name(error));
        }
        struct bytes have = {out.data, n, n, 0}, want = {content->data + start, n, n, 0};
        assert_same_bytes(&have, &want, what);
    }
    scape_archive_close(archive);
    bytes_free(&out);
}

static void check_case(struct rng *rng, uint32_t dtype, uint32_t elements, uint32_t level) {
    struct bytes content = {0};
    char what[120];
    uint32_t columns = rng_below(rng, 3) == 0 ? 0 : 16 + 8 * rng_below(rng, 24);
    unsigned chunk_log2 = rng_below(rng, 3) == 0 ? 12 + rng_below(rng, 5) : 0;
    bytes_add(&content, NULL, elements);
    content_fill(rng, dtype, content.data, content.size);
    snprintf(what, sizeof what, "dtype %u, %u bytes, level %u, columns %u, chunks 2^%u", dtype,
             elements, level, columns, chunk_log2);
    struct bytes file =
        encode_tensor(&content, dtype, columns, (enum scape_ref_level)level, chunk_log2);
    compare_decoders(&file, &content, what);
    compare_ranges(rng, &file, &content, what);
    bytes_free(&file);
    bytes_free(&content);
}

static void test_every_dtype(void **state) {
    (void)state;
    struct rng rng = {7001};
    for (size_t d = 0; d < scape_ref_dtype_count; d++) {
        uint32_t block = scape_ref_dtypes[d].block_bytes;
        for (uint32_t level = 1; level <= 3; level++) {
            for (int i = 0; i < 6; i++) {
                uint32_t elements = sizes[rng_below(&rng, sizeof sizes / sizeof *sizes - 4)];
                uint32_t bytes = elements * (block <= 8 ? block : 2);
                check_case(&rng, scape_ref_dtypes[d].id, bytes + rng_below(&rng, 2), level);
            }
        }
    }
}

static void test_every_size_of_bf16(void **state) {
    (void)state;
    struct rng rng = {7002};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (uint32_t level = 1; level <= (sizes[s] < 20000 ? 3 : 2); level++) {
            check_case(&rng, SCAPE_REF_DTYPE_BF16, 2 * sizes[s], level);
        }
    }
}

static void test_large_chunks(void **state) {
    (void)state;
    struct rng rng = {7003};
    static const uint32_t dtypes[] = {SCAPE_REF_DTYPE_BF16, SCAPE_REF_DTYPE_F16,
                                      SCAPE_REF_DTYPE_F32,  SCAPE_REF_DTYPE_Q4_K,
                                      SCAPE_REF_DTYPE_Q6_K, SCAPE_REF_DTYPE_Q8_0};
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
        check_case(&rng, dtypes[d], 2300000 + rng_below(&rng, 1000), 1);
        check_case(&rng, dtypes[d], 2300000 + rng_below(&rng, 1000), 2);
    }
}

static void test_methods(void **state) {
    (void)state;
    struct rng rng = {7004};
    const struct scape_ref_method *method;
    for (size_t m = 0; (method = scape_ref_method_at(m)) != NULL; m++) {
        if (method->needs_profile) {
            continue;
        }
        struct bytes content = {0};
        bytes_add(&content, NULL, 40000 + rng_below(&rng, 50));
        content_fill(&rng, SCAPE_REF_DTYPE_BF16, content.data, content.size);
        struct scape_ref_plan_region region = {.length = content.size,
                                               .dtype = SCAPE_REF_DTYPE_BF16};
        struct scape_ref_encode_options options = {.method = method->name,
                                                   .content_size = UINT64_MAX,
                                                   .regions = &region,
                                                   .region_count = 1};
        struct bytes file = reference_encode(&content, &options);
        compare_decoders(&file, &content, method->name);
        bytes_free(&file);
        bytes_free(&content);
    }
}

/* Rows and columns of different scales, so that elements have contexts: `spread` quarter octaves
 * between the greatest and the least, and one element in 2^rarity an outlier. */
static void fill_grid(struct rng *rng, uint32_t dtype, uint32_t columns, uint32_t spread,
                      uint32_t rarity, struct bytes *content) {
    static const float quarter[] = {1.0F, 1.1892F, 1.4142F, 1.6818F};
    uint8_t scales[2][2048];
    for (size_t i = 0; i < sizeof scales; i++) {
        (&scales[0][0])[i] = (uint8_t)rng_below(rng, spread + 1);
    }
    for (size_t i = 0; i < content->size / 2; i++) {
        uint32_t steps = scales[0][i / columns % 2048] + scales[1][i % columns], bits;
        float x = 0;
        for (int k = 0; k < 4; k++) {
            x += (float)rng_below(rng, 65536) / 65536.0F - 0.5F;
        }
        x *= quarter[steps % 4] * (float)(1u << (steps / 4)) / 64.0F;
        x *= (rng_next(rng) >> (32 - rarity)) == 0 ? 1.0e-3F : 1.0F;
        memcpy(&bits, &x, sizeof bits);
        uint32_t half = bits >> 16; /* bf16; else f16, rounded down and without subnormals */
        if (dtype == SCAPE_REF_DTYPE_F16) {
            uint32_t exponent = bits >> 23 & 0xff;
            half = (bits >> 16 & 0x8000) |
                   (exponent < 113 ? 0 : (exponent - 112) << 10 | (bits >> 13 & 0x3ff));
        }
        content->data[2 * i] = (uint8_t)half;
        content->data[2 * i + 1] = (uint8_t)(half >> 8);
    }
}

/* Chunks of four segments with many tables, rows that end inside of groups, and escapes. */
static void test_grids(void **state) {
    (void)state;
    struct rng rng = {7005};
    static const uint32_t columns[] = {512, 1000, 48, 1024};
    for (uint32_t i = 0; i < 48; i++) {
        uint32_t dtype = i % 2 == 0 ? SCAPE_REF_DTYPE_BF16 : SCAPE_REF_DTYPE_F16;
        uint32_t rows = (i % 3 == 0 ? 60000 : 262144) / columns[i % 4];
        struct bytes content = {0}, file = {0};
        char what[100];
        bytes_add(&content, NULL, (size_t)2 * rows * columns[i % 4]);
        fill_grid(&rng, dtype, columns[i % 4], i / 3, 6 + i % 8, &content);
        uint64_t dims[2] = {rows, columns[i % 4]};
        struct scape_region region = {
            .length = content.size, .dtype = dtype, .rank = 2, .dims = dims};
        struct scape_encode_options options = {
            .level = i % 5 < 2 ? SCAPE_DEFAULT : SCAPE_MAX, .regions = &region, .region_count = 1};
        bytes_add(&file, NULL, (size_t)scape_compress_bound(content.size, &options));
        assert_int_equal(scape_compress(content.data, content.size, file.data, file.size,
                                        &file.size, &options, NULL),
                         SCAPE_OK);
        snprintf(what, sizeof what, "grid %u of %u x %u", i, rows, columns[i % 4]);
        compare_decoders(&file, &content, what);
        bytes_free(&file);
        bytes_free(&content);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_dtype),  cmocka_unit_test(test_every_size_of_bf16),
        cmocka_unit_test(test_large_chunks), cmocka_unit_test(test_methods),
        cmocka_unit_test(test_grids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
