/* test_mutations.c - frames with a few bytes changed and their checksums made good again: libscape
 * gives the class and content that the reference gives, by every kernel. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
    CASES = 50000
};

static uint64_t load(const uint8_t *p, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

static void store_checksum(uint8_t *p, const uint8_t *from, size_t size) {
    uint64_t value = XXH3_64bits(from, size);
    for (size_t i = 0; i < 8; i++) {
        p[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Header, blocks and trailer of the one frame, as far as they can be followed. */
static void repair_checksums(struct bytes *file) {
    uint8_t *p = file->data;
    size_t at = 32;
    if (file->size < 32 + 72) {
        return;
    }
    store_checksum(p + 24, p, 24);
    while (at + 20 <= file->size - 72) {
        uint64_t length = load(p + at + 4, 4);
        if (length > file->size - 72 - at - 20) {
            break;
        }
        store_checksum(p + at + 12 + length, p + at, 12 + (size_t)length);
        at += 20 + (size_t)length;
    }
    store_checksum(p + file->size - 16, p + file->size - 72, 56);
}

static struct bytes make_file(struct rng *rng) {
    static const uint32_t dtypes[] = {
        SCAPE_REF_DTYPE_BF16,   SCAPE_REF_DTYPE_BF16,    SCAPE_REF_DTYPE_F16,
        SCAPE_REF_DTYPE_F32,    SCAPE_REF_DTYPE_F8_E4M3, SCAPE_REF_DTYPE_I32,
        SCAPE_REF_DTYPE_OPAQUE, SCAPE_REF_DTYPE_Q4_K,    SCAPE_REF_DTYPE_Q6_K,
        SCAPE_REF_DTYPE_Q8_0,   SCAPE_REF_DTYPE_Q4_0,    SCAPE_REF_DTYPE_Q5_1};
    struct bytes content = {0};
    uint32_t dtype = dtypes[rng_below(rng, sizeof dtypes / sizeof *dtypes)];
    uint32_t size = 100 + rng_below(rng, rng_below(rng, 4) == 0 ? 24000 : 3000);
    bytes_add(&content, NULL, size);
    content_fill(rng, dtype, content.data, content.size);
    uint32_t columns = 16 + 8 * rng_below(rng, 16);
    struct scape_ref_plan_region region = {size, (uint16_t)dtype, 2, {size / columns, columns}, "t",
                                           1};
    struct scape_ref_encode_options options = {.level =
                                                   (enum scape_ref_level)(1 + rng_below(rng, 2)),
                                               .chunk_log2 = 12 + rng_below(rng, 4),
                                               .content_size = UINT64_MAX,
                                               .regions = &region,
                                               .region_count = 1};
    struct bytes file = reference_encode(&content, &options);
    bytes_free(&content);
    return file;
}

static void mutate(struct rng *rng, struct bytes *file) {
    uint32_t changes = 1 + rng_below(rng, 3);
    for (uint32_t i = 0; i < changes; i++) {
        /* the head of the first payload is where the choices are, so it is hit more often */
        uint32_t at = rng_below(rng, (uint32_t)file->size);
        if (rng_below(rng, 4) != 0) {
            at = 44 + rng_below(rng, 120);
        }
        if (rng_below(rng, 2) == 0) {
            file->data[at] = (uint8_t)(file->data[at] ^ 1u << rng_below(rng, 8));
        } else {
            file->data[at] = (uint8_t)rng_next(rng);
        }
    }
    repair_checksums(file);
}

static bool check_mutant(struct bytes *mutant, struct bytes *want, struct bytes *have, int number) {
    enum scape_ref_error expected = reference_decode(mutant, want);
    size_t room = want->size + 5000;
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        enum scape_error error = lib_decode(mutant, room < 65536 ? 65536 : room, have, NULL);
        if ((int)error != (int)expected) {
            fail_msg("case %d by %s: have %s, want %s", number, kernel_names[k],
                     scape_error_name(error), scape_error_name((enum scape_error)expected));
        }
        assert_same_bytes(have, want, kernel_names[k]);
    }
    return expected != SCAPE_REF_OK;
}

static void test_mutations(void **state) {
    (void)state;
    struct rng rng = {9001};
    struct bytes want = {0}, have = {0}, file = {0}, mutant = {0};
    const char *wanted = getenv("SCAPE_TEST_CASES");
    int cases = wanted != NULL ? (int)strtol(wanted, NULL, 10) : CASES, errors = 0;
    for (int i = 0; i < cases; i++) {
        if (i % 100 == 0) {
            bytes_free(&file);
            file = make_file(&rng);
        }
        mutant.size = 0;
        bytes_add(&mutant, file.data, file.size);
        mutate(&rng, &mutant);
        errors += check_mutant(&mutant, &want, &have, i);
    }
    use_kernel(NULL);
    print_message("%d cases, %d with an error\n", cases, errors);
    assert_true(errors > cases / 4);
    bytes_free(&want);
    bytes_free(&have);
    bytes_free(&file);
    bytes_free(&mutant);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
