/* fuzz_profile.c - a profile file through its parser, and every table of its sets through the slot
 * order, which must give each symbol its frequency. Tail: 0 whether the input is the whole file or
 * what its header and checksum are to be put around, 1 shift, 2 width. */
#include "checksum.h"
#include "fuzz.h"
#include "profile.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 16,
    SETS_CHECKED = 8
};

/* Header, body, checksum [PRF-001]. */
static uint8_t *wrap(const uint8_t *body, size_t size, size_t *file_size) {
    static const uint8_t head[HEAD_SIZE - 4] = {0xD3, 'S', 'C', 'P', 'R', 'O', '\r', '\n', 1};
    *file_size = HEAD_SIZE + size + SCAPE_REF_CHECKSUM_SIZE;
    uint8_t *file = malloc(*file_size);
    FUZZ_CHECK(file != NULL);
    memcpy(file, head, sizeof head);
    scape_ref_store_u32le(file + sizeof head, (uint32_t)size);
    if (size != 0) {
        memcpy(file + HEAD_SIZE, body, size);
    }
    scape_ref_store_u64le(file + HEAD_SIZE + size, scape_ref_checksum_of(file, HEAD_SIZE + size));
    return file;
}

/* Table k: its slots are a permutation of its symbols' ranks. */
static void check_table(const struct scape_ref_tables *t, uint32_t k) {
    static uint8_t seen[1 << SCAPE_REF_RANS_P_MAX];
    static uint32_t first[SCAPE_REF_ALPHABET_MAX + 1];
    const uint16_t *frequencies = t->frequencies + ((size_t)k << t->column_bits);
    const struct scape_ref_column *columns = t->columns + ((size_t)k << t->column_bits);
    uint32_t symbols = t->value_count + (t->escape ? 1U : 0U), total = 0;
    FUZZ_CHECK(symbols >= 1 && symbols <= SCAPE_REF_ALPHABET_MAX);
    for (uint32_t s = 0; s < symbols; s++) {
        first[s] = total;
        total += frequencies[s];
    }
    first[symbols] = total;
    FUZZ_CHECK(total == UINT32_C(1) << t->precision);
    memset(seen, 0, sizeof seen);
    for (uint32_t slot = 0; slot < total; slot++) {
        uint32_t shift = t->precision - t->column_bits;
        uint32_t j = slot >> shift, u = slot & ((1U << shift) - 1);
        const struct scape_ref_column *c = &columns[j];
        uint32_t symbol = u < c->cut ? j : c->alias;
        uint32_t rank = u < c->cut ? u : u - c->cut + c->base;
        FUZZ_CHECK(symbol < symbols && rank < frequencies[symbol]);
        FUZZ_CHECK(!seen[first[symbol] + rank]);
        seen[first[symbol] + rank] = 1;
    }
}

static void check_sets(const struct scape_ref_profile_sets *sets, struct scape_ref_tables *tables,
                       const struct fuzz_input *in) {
    for (uint32_t i = 0; i < sets->count && i < SETS_CHECKED; i++) {
        const struct scape_ref_profile_set *set = &sets->sets[i];
        FUZZ_CHECK(
            !scape_ref_profile_tables(sets, i, 0, set->precision, set->count, set->width, tables));
        scape_ref_tables_make_columns(tables);
        for (uint32_t k = 0; k < set->count; k++) {
            check_table(tables, k);
        }
        uint32_t width = in->tail[2] % SCAPE_REF_CODED_WIDTH_MAX + 1U;
        uint64_t shift = in->tail[1] < 0xF0 ? in->tail[1] : UINT64_MAX - in->tail[1];
        enum scape_ref_error error =
            scape_ref_profile_tables(sets, i, shift, set->precision, set->count, width, tables);
        FUZZ_CHECK(error == SCAPE_REF_OK || error == SCAPE_REF_BAD_TABLE);
        for (uint32_t v = 0; !error && v < tables->value_count; v++) {
            FUZZ_CHECK(tables->values[v] >> width == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    static struct scape_ref_profile_sets sets;
    struct scape_ref_tables tables;
    struct scape_ref_arena arena = {NULL, 0};
    scape_ref_tables_carve(&arena, &tables);
    uint8_t *memory = malloc((size_t)arena.used), *file = NULL;
    FUZZ_CHECK(memory != NULL);
    arena = (struct scape_ref_arena){memory, 0};
    scape_ref_tables_carve(&arena, &tables);
    size_t file_size = in.size;
    if (in.tail[0] & 1) {
        file = wrap(in.data, in.size, &file_size);
    } else {
        file = malloc(in.size != 0 ? in.size : 1);
        FUZZ_CHECK(file != NULL);
        memcpy(file, in.data, in.size);
    }
    enum scape_ref_error error = scape_ref_profile_parse(file, file_size, &tables, &sets);
    FUZZ_CHECK(error == SCAPE_REF_OK || error == SCAPE_REF_PROFILE_BAD);
    if (!error) {
        FUZZ_CHECK(sets.count <= SCAPE_REF_PROFILE_SETS_MAX);
        check_sets(&sets, &tables, &in);
    }
    free(file);
    free(memory);
    return 0;
}
