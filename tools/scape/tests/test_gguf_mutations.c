/* test_gguf_mutations.c - 2,000 seeded mutations of small GGUF files: whatever a file says of
 * itself, compressing it neither crashes nor changes it. In memory, so that sanitizers see every
 * access. */
#include "codec.h"
#include "memory_file.h"
#include "plan.h"

#include "scape_gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MUTATIONS = 400, /* of each kind of file */
    INSERTED_MAX = 64,
    COLUMNS = 256,
    ALIGNMENT = 32
};

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t n) {
    return n == 0 ? 0 : (size_t)(next(state) % n);
}

/* ---- Small files: a few tensors of a few blocks ---- */

struct shape {
    const char *type; /* NULL: one tensor of every block type */
    unsigned version;
    bool big_endian;
    uint64_t rows;
};

static void put_number(struct cli_memory_writer *f, const struct shape *s, uint64_t value,
                       unsigned width) {
    unsigned char bytes[8];
    for (unsigned i = 0; i < width; i++) {
        bytes[i] = (unsigned char)(value >> 8 * (s->big_endian ? width - 1 - i : i));
    }
    assert_true(cli_memory_append(f, bytes, width));
}

static void put_size(struct cli_memory_writer *f, const struct shape *s, uint64_t value) {
    put_number(f, s, value, s->version == 1 ? 4 : 8);
}

static void put_text(struct cli_memory_writer *f, const struct shape *s, const char *text) {
    put_size(f, s, strlen(text));
    assert_true(cli_memory_append(f, text, strlen(text)));
}

static void put_keys(struct cli_memory_writer *f, const struct shape *s) {
    put_text(f, s, "general.architecture");
    put_number(f, s, 8, 4);
    put_text(f, s, "llama");
    put_text(f, s, "general.alignment");
    put_number(f, s, 4, 4);
    put_number(f, s, ALIGNMENT, 4);
    put_text(f, s, "tokenizer.ggml.tokens");
    put_number(f, s, 9, 4);
    put_number(f, s, 8, 4);
    put_size(f, s, 3);
    put_text(f, s, "<s>");
    put_text(f, s, "a");
    put_text(f, s, "tokens");
}

static bool is_chosen(const struct shape *s, const scape_gen_dtype_info *d) {
    return d->ggml_type != SCAPE_GEN_NO_GGML && d->block_elements <= COLUMNS &&
           (s->type != NULL ? strcmp(d->name, s->type) == 0 : true);
}

static size_t tensor_bytes(const struct shape *s, const scape_gen_dtype_info *d) {
    return (size_t)s->rows * COLUMNS / d->block_elements * d->block_bytes;
}

static size_t padded(size_t n) {
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void put_padding(struct cli_memory_writer *f) {
    static const unsigned char zeros[ALIGNMENT];
    assert_true(cli_memory_append(f, zeros, padded(f->size) - f->size));
}

static void put_tensor(struct cli_memory_writer *f, const struct shape *s,
                       const scape_gen_dtype_info *d) {
    size_t n = tensor_bytes(s, d);
    assert_true(cli_memory_reserve(f, f->size + n));
    assert_int_equal(scape_gen_values(f->size, d->dtype, s->rows, COLUMNS, f->data + f->size, n),
                     SCAPE_GEN_OK);
    f->size += n;
    put_padding(f);
}

static struct cli_memory_writer make_file(const struct shape *s) {
    const scape_gen_dtype_info *types = scape_gen_dtype_table();
    struct cli_memory_writer f = {NULL, 0, 0};
    uint64_t count = 0, offset = 0;
    for (size_t i = 0; types[i].name != NULL; i++) {
        count += is_chosen(s, &types[i]) ? 1 : 0;
    }
    assert_true(count > 0);
    assert_true(cli_memory_append(&f, "GGUF", 4));
    put_number(&f, s, s->version, 4);
    put_size(&f, s, count);
    put_size(&f, s, 3);
    put_keys(&f, s);
    for (size_t i = 0; types[i].name != NULL; i++) {
        if (is_chosen(s, &types[i])) {
            put_text(&f, s, types[i].name);
            put_number(&f, s, 2, 4);
            put_size(&f, s, COLUMNS);
            put_size(&f, s, s->rows);
            put_number(&f, s, types[i].ggml_type, 4);
            put_number(&f, s, offset, 8);
            offset += padded(tensor_bytes(s, &types[i]));
        }
    }
    put_padding(&f);
    for (size_t i = 0; types[i].name != NULL; i++) {
        if (is_chosen(s, &types[i])) {
            put_tensor(&f, s, &types[i]);
        }
    }
    return f;
}

/* ---- Mutations ---- */

/* Numbers that parsers trip over. */
static uint64_t edge(uint64_t *state) {
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     7,
                                     31,
                                     255,
                                     256,
                                     0x7FFFFFFF,
                                     0x80000000,
                                     0xFFFFFFFF,
                                     UINT64_C(0x100000000),
                                     UINT64_C(0x7FFFFFFFFFFFFFFF),
                                     UINT64_C(0x8000000000000000),
                                     UINT64_C(0xFFFFFFFFFFFFFFE0),
                                     UINT64_MAX};
    return edges[below(state, sizeof edges / sizeof edges[0])];
}

static void put_edge(struct cli_memory_writer *f, size_t at, uint64_t *state) {
    uint64_t value = edge(state);
    size_t width = (size_t)1 << below(state, 4);
    for (size_t i = 0; i < width && at + i < f->size; i++) {
        f->data[at + i] = (unsigned char)(value >> (8 * i));
    }
}

static void insert(struct cli_memory_writer *f, size_t at, uint64_t *state) {
    unsigned char bytes[INSERTED_MAX] = {0};
    size_t n = 1 + below(state, INSERTED_MAX);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (unsigned char)next(state);
    }
    assert_true(cli_memory_append(f, bytes, n));
    memmove(f->data + at + n, f->data + at, f->size - n - at);
    memcpy(f->data + at, bytes, n);
}

static void cut_out(struct cli_memory_writer *f, size_t at, uint64_t *state) {
    size_t n = 1 + below(state, INSERTED_MAX);
    n = n < f->size - at ? n : f->size - at;
    memmove(f->data + at, f->data + at + n, f->size - at - n);
    f->size -= n;
}

/* Most of them in the header: the data has no structure to break. */
static void mutate(struct cli_memory_writer *f, uint64_t *state) {
    for (size_t rounds = 1 + below(state, 3); rounds > 0 && f->size > 0; rounds--) {
        size_t head = f->size < 4096 ? f->size : 4096;
        size_t at = below(state, below(state, 8) == 0 ? f->size : below(state, head) + 1);
        switch (below(state, 8)) {
        case 0:
            f->size = below(state, f->size);
            break;
        case 1:
            insert(f, at, state);
            break;
        case 2:
            cut_out(f, at, state);
            break;
        case 3:
        case 4:
            f->data[at] ^= (unsigned char)(1u << below(state, 8));
            break;
        default:
            put_edge(f, at, state);
            break;
        }
    }
}

/* ---- There and back ---- */

static void check_round_trip(const struct cli_memory_writer *file, uint64_t seed, int level) {
    static const struct cli_options options = {.verbosity = -1};
    const struct codec_memory content = {file->data, file->size};
    struct cli_plan plan;
    assert_true(cli_plan_make_memory(&plan, &content, &options));
    struct cli_memory_writer packed = {NULL, 0, 0}, restored = {NULL, 0, 0};
    struct cli_memory_reader in = {file->data, file->size, 0};
    const struct codec_source source = cli_memory_source(&in);
    const struct codec_target target = cli_memory_target(&packed);
    const struct codec_plan how = {.level = level,
                                   .chunk_log2 = 12 + (unsigned)(seed % 4),
                                   .content_size = file->size,
                                   .regions = plan.regions,
                                   .region_count = plan.count};
    struct codec_report report;
    if (codec_encode(&source, &target, &how, &report) != CODEC_OK) {
        fail_msg("seed %llu: encoder: have '%s', want success", (unsigned long long)seed,
                 report.message);
    }
    struct cli_memory_reader back = {packed.data, packed.size, 0};
    const struct codec_source packed_source = cli_memory_source(&back);
    const struct codec_target restored_target = cli_memory_target(&restored);
    if (codec_decode(&packed_source, &restored_target, NULL, &report) != CODEC_OK) {
        fail_msg("seed %llu: decoder: have '%s', want success", (unsigned long long)seed,
                 report.message);
    }
    if (restored.size != file->size ||
        (file->size != 0 && memcmp(restored.data, file->data, file->size) != 0)) {
        fail_msg("seed %llu: have other bytes (%zu), want the %zu of the file",
                 (unsigned long long)seed, restored.size, file->size);
    }
    cli_memory_free(&packed);
    cli_memory_free(&restored);
    cli_plan_free(&plan);
}

static void check_is_gguf(const struct cli_memory_writer *file) {
    static const struct cli_options options = {.verbosity = -1};
    const struct codec_memory content = {file->data, file->size};
    struct cli_plan plan;
    assert_true(cli_plan_make_memory(&plan, &content, &options));
    assert_string_equal(plan.cut->reason, "");
    assert_string_equal(plan.cut->container, "gguf");
    cli_plan_free(&plan);
}

static void check_mutations(const struct shape *shape, uint64_t first_seed) {
    struct cli_memory_writer original = make_file(shape);
    check_is_gguf(&original);
    check_round_trip(&original, first_seed, 2);
    for (uint64_t seed = first_seed; seed < first_seed + MUTATIONS; seed++) {
        uint64_t state = seed;
        struct cli_memory_writer file = {NULL, 0, 0};
        assert_true(cli_memory_append(&file, original.data, original.size));
        mutate(&file, &state);
        /* the slow level now and then */
        check_round_trip(&file, seed, seed % 16 == 0 ? 3 : 1 + (int)(seed % 2));
        cli_memory_free(&file);
    }
    cli_memory_free(&original);
}

static void mutations_of_q4_k_v3(void **state) {
    (void)state;
    check_mutations(&(struct shape){"Q4_K", 3, false, 64}, 1000);
}

static void mutations_of_f32_v2(void **state) {
    (void)state;
    check_mutations(&(struct shape){"F32", 2, false, 16}, 2000);
}

static void mutations_of_q8_0_v1(void **state) {
    (void)state;
    check_mutations(&(struct shape){"Q8_0", 1, false, 32}, 3000);
}

static void mutations_of_q4_0_big_endian(void **state) {
    (void)state;
    check_mutations(&(struct shape){"Q4_0", 3, true, 64}, 4000);
}

static void mutations_of_every_type(void **state) {
    (void)state;
    check_mutations(&(struct shape){NULL, 3, false, 4}, 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutations_of_q4_k_v3),    cmocka_unit_test(mutations_of_f32_v2),
        cmocka_unit_test(mutations_of_q8_0_v1),    cmocka_unit_test(mutations_of_q4_0_big_endian),
        cmocka_unit_test(mutations_of_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
