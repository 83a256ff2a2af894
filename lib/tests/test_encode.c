/* test_encode.c - the encoder writes the reference's bytes: every dtype and level, sizes around the
 * edges of lanes, segments and chunks, and content of the kinds that choose other codings. */
#include "support.h"

#include "scape_gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEBI = 1 << 20
};

/* How content is cut and encoded, for both encoders. */
struct plan {
    uint32_t dtype;
    uint64_t columns; /* 0: no dimensions */
    uint64_t length;  /* of the region */
    unsigned level, chunk_log2, threads;
    bool repeats, sha256;
};

static struct bytes expected_file(const struct bytes *content, const struct plan *p) {
    struct scape_ref_plan_region region = {.length = p->length,
                                           .dtype = (uint16_t)p->dtype,
                                           .rank = p->columns > 0 ? 2 : 0,
                                           .dims = {100, p->columns},
                                           .name = "w",
                                           .name_len = 1};
    struct scape_ref_encode_options options = {.level = (enum scape_ref_level)p->level,
                                               .chunk_log2 = p->chunk_log2,
                                               .content_size = content->size,
                                               .regions = &region,
                                               .region_count = 1,
                                               .repeats = p->repeats,
                                               .content_sha256 = p->sha256};
    return reference_encode(content, &options);
}

static void check(const struct bytes *content, const struct plan *p, const char *what) {
    uint64_t dims[2] = {100, p->columns};
    struct scape_region region = {.length = p->length,
                                  .dtype = p->dtype,
                                  .rank = p->columns > 0 ? 2 : 0,
                                  .dims = dims,
                                  .name = "w",
                                  .name_length = 1};
    struct scape_encode_options options = {.level = (enum scape_level)p->level,
                                           .chunk_log2 = p->chunk_log2,
                                           .threads = p->threads,
                                           .regions = &region,
                                           .region_count = 1,
                                           .repeats = p->repeats,
                                           .content_sha256 = p->sha256};
    char label[160];
    snprintf(label, sizeof label, "%s: dtype %u, level %u, %zu bytes, %u columns, chunks 2^%u",
             what, p->dtype, p->level, content->size, (unsigned)p->columns, p->chunk_log2);
    struct bytes want = expected_file(content, p), have = {0};
    bytes_add(&have, NULL, (size_t)scape_compress_bound(content->size, &options));
    struct scape_report report;
    enum scape_error error = scape_compress(content->data, content->size, have.data, have.size,
                                            &have.size, &options, &report);
    if (error != SCAPE_OK) {
        fail_msg("%s: have %s (%s)", label, scape_error_name(error), report.message);
    }
    assert_same_bytes(&have, &want, label);
    bytes_free(&have);
    bytes_free(&want);
}

static struct bytes make_content(uint64_t seed, uint32_t dtype, size_t size) {
    struct bytes content = {0};
    struct rng rng = {seed * 2654435761u + 88172645463325252u};
    bytes_add(&content, NULL, size);
    if (size > 0) {
        content_fill(&rng, dtype, content.data, size);
    }
    return content;
}

static void check_sizes(uint32_t dtype, const size_t *sizes, size_t count, unsigned chunk_log2) {
    for (size_t i = 0; i < count; i++) {
        struct bytes content = make_content(i, dtype, sizes[i]);
        for (unsigned level = 1; level <= 3; level++) {
            struct plan plan = {dtype, 64, sizes[i], level, chunk_log2, 1, false, false};
            check(&content, &plan, "sizes");
        }
        bytes_free(&content);
    }
}

static void test_dtypes(void **state) {
    (void)state;
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        uint32_t block = scape_ref_dtypes[i].block_bytes;
        const size_t sizes[] = {1, block, block * 200u + 1, 40000 / block * block};
        check_sizes(scape_ref_dtypes[i].id, sizes, sizeof sizes / sizeof *sizes, 0);
    }
    const size_t sizes[] = {1, 5000};
    check_sizes(60000, sizes, 2, 0); /* a dtype that nobody knows yet */
}

static void test_lane_edges(void **state) {
    (void)state;
    const size_t counts[] = {2, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 16383, 16384, 32768};
    size_t sizes[sizeof counts / sizeof *counts];
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        sizes[i] = 2 * counts[i];
    }
    check_sizes(SCAPE_REF_DTYPE_BF16, sizes, sizeof counts / sizeof *counts, 0);
    check_sizes(SCAPE_REF_DTYPE_F8_E4M3, counts, sizeof counts / sizeof *counts, 0);
}

static void test_segment_edges(void **state) {
    (void)state;
    const size_t edges[] = {1u << 17, 1u << 20};
    for (size_t i = 0; i < 2; i++) {
        for (size_t count = edges[i] - 1; count <= edges[i] + 1; count++) {
            struct bytes content = make_content(count, SCAPE_REF_DTYPE_BF16, 2 * count);
            struct plan plan = {SCAPE_REF_DTYPE_BF16, 512, 2 * count, 2, 0, 1, false, false};
            for (size_t k = 0; k < kernel_count; k++) {
                use_kernel(kernel_names[k]);
                check(&content, &plan, "segments");
            }
            use_kernel(NULL);
            bytes_free(&content);
        }
    }
}

static void test_chunk_edges(void **state) {
    (void)state;
    const size_t sizes[] = {4095, 4096, 4097, 8191, 8192, 8193, 12288 + 1};
    check_sizes(SCAPE_REF_DTYPE_BF16, sizes, sizeof sizes / sizeof *sizes, 12);
    check_sizes(SCAPE_REF_DTYPE_OPAQUE, sizes, sizeof sizes / sizeof *sizes, 12);
    check_sizes(SCAPE_REF_DTYPE_Q4_K, sizes, sizeof sizes / sizeof *sizes, 12);
}

/* The generator's matrices have scales of rows and columns: contexts pay. */
static void test_matrices(void **state) {
    (void)state;
    static const uint32_t dtypes[] = {SCAPE_REF_DTYPE_BF16,    SCAPE_REF_DTYPE_F16,
                                      SCAPE_REF_DTYPE_F32,     SCAPE_REF_DTYPE_F64,
                                      SCAPE_REF_DTYPE_F8_E4M3, SCAPE_REF_DTYPE_F8_E5M2};
    static const uint16_t columns[] = {16, 96, 1000};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        for (size_t j = 0; j < 3; j++) {
            size_t size = dtypes[i] == SCAPE_REF_DTYPE_F64       ? 8
                          : dtypes[i] == SCAPE_REF_DTYPE_F32     ? 4
                          : dtypes[i] >= SCAPE_REF_DTYPE_F8_E4M3 ? 1
                                                                 : 2;
            uint64_t rows = 60000 / columns[j];
            struct bytes content = {0};
            bytes_add(&content, NULL, (size_t)rows * columns[j] * size);
            assert_int_equal(scape_gen_values(i + j, (uint16_t)dtypes[i], rows, columns[j],
                                              content.data, content.size),
                             SCAPE_GEN_OK);
            content.size -= j; /* the last row is not whole */
            for (unsigned level = 1; level <= 3; level++) {
                struct plan plan = {dtypes[i], columns[j], content.size, level, 0, 1, false, true};
                check(&content, &plan, "matrices");
            }
            bytes_free(&content);
        }
    }
}

static void test_patterns(void **state) {
    (void)state;
    static const uint32_t dtypes[] = {SCAPE_REF_DTYPE_BF16, SCAPE_REF_DTYPE_F16,
                                      SCAPE_REF_DTYPE_F32, SCAPE_REF_DTYPE_OPAQUE,
                                      SCAPE_REF_DTYPE_Q6_K};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        for (unsigned pattern = 0; pattern < 4; pattern++) {
            struct bytes content = make_content(i, dtypes[i], 60000);
            for (size_t at = 0; at + 1 < content.size; at += 2) {
                bool sparse = pattern == 0 && at / 2 % 3 != 0;
                if (sparse || pattern == 1) { /* constant */
                    content.data[at] = content.data[at + 1] = 0;
                } else if (pattern == 2) { /* repeats itself */
                    memcpy(content.data + at, content.data + at % 4096, 2);
                } else if (pattern == 3 && at % 64 == 0) { /* outliers */
                    content.data[at + 1] = (uint8_t)(at >> 8);
                }
            }
            for (unsigned level = 1; level <= 3; level++) {
                struct plan plan = {dtypes[i], 100, content.size, level,
                                    13,        1,   pattern == 2, false};
                check(&content, &plan, "patterns");
            }
            bytes_free(&content);
        }
    }
}

/* Seeded cases of everything at once. SCAPE_ENCODE_CASES says how many. */
static void test_random(void **state) {
    (void)state;
    const char *wish = getenv("SCAPE_ENCODE_CASES");
    unsigned cases = wish != NULL ? (unsigned)strtoul(wish, NULL, 10) : 120;
    static const uint64_t columns[] = {0, 1, 5, 8, 16, 33, 64, 100, 512, 1000};
    for (unsigned i = 0; i < cases; i++) {
        struct rng rng = {i * UINT64_C(0x9E3779B97F4A7C15) + 1};
        uint32_t dtype = scape_ref_dtypes[rng_below(&rng, (uint32_t)scape_ref_dtype_count)].id;
        size_t size = rng_below(&rng, 4) == 0 ? rng_below(&rng, 400) : rng_below(&rng, 120000);
        use_kernel(kernel_names[i % kernel_count]);
        struct bytes content = make_content(i, dtype, size);
        struct plan plan = {.dtype = dtype,
                            .columns = columns[rng_below(&rng, 10)],
                            .length = rng_below(&rng, 3) == 0 ? rng_below(&rng, 150000) : size,
                            .level = 1 + rng_below(&rng, 3),
                            .chunk_log2 = rng_below(&rng, 2) == 0 ? 0 : 12 + rng_below(&rng, 6),
                            .threads = 1 + rng_below(&rng, 2),
                            .repeats = rng_below(&rng, 2) == 0,
                            .sha256 = rng_below(&rng, 4) == 0};
        check(&content, &plan, "random");
        bytes_free(&content);
    }
    use_kernel(NULL);
}

/* Whole model files that a user would have, as one region of bf16 without knowledge of tensors. */
static void test_real_weights(void **state) {
    (void)state;
    const char *folder = getenv("SCAPE_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/rwkv-eng-bf16.safetensors", folder == NULL ? "." : folder);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("%s is not there\n", path);
        skip();
        return;
    }
    struct bytes content = {0};
    bytes_add(&content, NULL, 6 * MEBI);
    content.size = fread(content.data, 1, content.size, file);
    fclose(file);
    struct plan plan = {SCAPE_REF_DTYPE_BF16, 512, content.size, 2, 0, 2, false, false};
    check(&content, &plan, "real weights");
    bytes_free(&content);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dtypes),        cmocka_unit_test(test_lane_edges),
        cmocka_unit_test(test_segment_edges), cmocka_unit_test(test_chunk_edges),
        cmocka_unit_test(test_matrices),      cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_random),        cmocka_unit_test(test_real_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
