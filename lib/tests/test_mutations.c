/* test_mutations.c - seeded frames of every dtype and level, as they are and with a few bytes
 * changed and their checksums made good again: libscape encodes the reference's bytes, and gives
 * the class and content that the reference gives, by every kernel.
 *
 *   lib-test-mutations [CASES [SEED]] */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
    MUTANTS = 100 /* of a file */
};

static unsigned long cases = 50000, seed = 9001;

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

/* The content as one frame by libscape, with each kernel, must be `want`. */
static void compare_encoders(const struct bytes *content,
                             const struct scape_encode_options *options, const struct bytes *want) {
    struct bytes have = {0};
    size_t room = (size_t)scape_compress_bound(content->size, options);
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        have.size = 0;
        bytes_add(&have, NULL, room);
        enum scape_error error = scape_compress(content->data, content->size, have.data, room,
                                                &have.size, options, NULL);
        if (error != SCAPE_OK) {
            fail_msg("encoding by %s: have %s, want OK", kernel_names[k], scape_error_name(error));
        }
        assert_same_bytes(&have, want, kernel_names[k]);
    }
    bytes_free(&have);
}

static struct bytes make_file(struct rng *rng) {
    struct bytes content = {0};
    uint32_t dtype = scape_ref_dtypes[rng_below(rng, (uint32_t)scape_ref_dtype_count)].id;
    uint32_t size = 100 + rng_below(rng, rng_below(rng, 4) == 0 ? 24000 : 3000);
    bytes_add(&content, NULL, size);
    content_fill(rng, dtype, content.data, content.size);
    uint32_t columns = 16 + 8 * rng_below(rng, 16), level = 1 + rng_below(rng, 3);
    uint64_t dims[2] = {size / columns, columns};
    struct scape_ref_plan_region region = {size, (uint16_t)dtype, 2, {dims[0], dims[1]}, "t", 1};
    struct scape_ref_encode_options options = {.level = (enum scape_ref_level)level,
                                               .chunk_log2 = 12 + rng_below(rng, 4),
                                               .content_size = size,
                                               .regions = &region,
                                               .region_count = 1};
    struct scape_region same = {
        .length = size, .dtype = dtype, .rank = 2, .dims = dims, .name = "t", .name_length = 1};
    struct scape_encode_options lib_options = {.level = (enum scape_level)level,
                                               .chunk_log2 = options.chunk_log2,
                                               .regions = &same,
                                               .region_count = 1};
    struct bytes file = reference_encode(&content, &options);
    compare_encoders(&content, &lib_options, &file);
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

static bool check_mutant(struct bytes *mutant, struct bytes *want, struct bytes *have,
                         unsigned long number) {
    enum scape_ref_error expected = reference_decode(mutant, want);
    size_t room = want->size + 5000;
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        enum scape_error error = lib_decode(mutant, room < 65536 ? 65536 : room, have, NULL);
        if ((int)error != (int)expected) {
            fail_msg("case %lu by %s: have %s, want %s", number, kernel_names[k],
                     scape_error_name(error), scape_error_name((enum scape_error)expected));
        }
        assert_same_bytes(have, want, kernel_names[k]);
    }
    return expected != SCAPE_REF_OK;
}

static void test_mutations(void **state) {
    (void)state;
    struct rng rng = {seed};
    struct bytes want = {0}, have = {0}, file = {0}, mutant = {0};
    unsigned long errors = 0;
    for (unsigned long i = 0; i < cases; i++) {
        if (i % MUTANTS == 0) {
            bytes_free(&file);
            file = make_file(&rng);
        }
        mutant.size = 0;
        bytes_add(&mutant, file.data, file.size);
        if (i % MUTANTS != 0) { /* the first is the file itself */
            mutate(&rng, &mutant);
        }
        errors += check_mutant(&mutant, &want, &have, i);
    }
    use_kernel(NULL);
    print_message("%lu cases of seed %lu by each of %zu kernels, %lu with an error\n", cases, seed,
                  kernel_count, errors);
    assert_true(errors > cases / 4);
    bytes_free(&want);
    bytes_free(&have);
    bytes_free(&file);
    bytes_free(&mutant);
}

int main(int argc, char **argv) {
    cases = argc > 1 ? strtoul(argv[1], NULL, 10) : cases;
    seed = argc > 2 ? strtoul(argv[2], NULL, 10) : seed;
    if (cases == 0 || seed == 0) {
        fputs("usage: lib-test-mutations [CASES [SEED]], both from 1\n", stderr);
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
