/* study_rans.c - see study_rans.h. */
#include "study_rans.h"
#include "train_cluster.h"

#include "encode_stream.h"
#include "layout.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 1 << 26, /* elements a stream: also the granularity of tables */
    P = 12,
    SUPER_BLOCK_LOG2 = 8,
    SUPER_BLOCK = 1 << SUPER_BLOCK_LOG2,
    Q4K_HEAD = 16,
    Q4K_FIELD = 8 /* the nibbles of the layout */
};

static void memory_start(struct scape_ref_memory *memory) {
    const struct scape_ref_options no_limits = {.max_memory = 0};
    scape_ref_memory_init(memory, &no_limits);
}

static struct scape_ref_array array_of(const uint8_t *elements, size_t count, uint32_t width) {
    /* the encoder reads it only; the type has no const of its own */
    return (struct scape_ref_array){
        .width = width, .size = 1, .count = count, .data = (void *)(uintptr_t)elements};
}

static bool put_stream(struct scape_ref_memory *memory, const struct scape_ref_array *array,
                       const struct scape_ref_table_plan *plan, const struct scape_ref_fit *fit,
                       struct cli_memory_writer *out) {
    const struct scape_ref_encode_tables tables = {.fit = fit};
    size_t room = 2 * (size_t)array->count + (1 << 16); /* 12 bits an element, ids and states */
    if (!cli_memory_reserve(out, out->size + room)) {
        return false;
    }
    struct scape_ref_sink sink = {.data = out->data + out->size, .capacity = room};
    bool good = scape_ref_encode_rans(memory, &sink, array, plan, &tables) == SCAPE_REF_OK &&
                !scape_ref_sink_is_full(&sink);
    out->size += good ? sink.size : 0;
    return good;
}

static bool pack_piece(const uint8_t *elements, size_t count, uint32_t width,
                       struct cli_memory_writer *out) {
    const struct scape_ref_table_plan one = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    const struct scape_ref_array array = array_of(elements, count, width);
    struct scape_ref_memory memory;
    struct scape_ref_fit fit = {0};
    uint32_t counts[1 << 8];
    memory_start(&memory);
    bool good =
        scape_ref_table_plan_count(&memory, &array, &one, counts) == SCAPE_REF_OK &&
        scape_ref_tables_fit(&memory, &fit, counts, width, 1, P, 1u << P, false) == SCAPE_REF_OK &&
        put_stream(&memory, &array, &one, &fit, out);
    scape_ref_buffer_release(&memory, &fit.memory);
    return good;
}

bool cli_rans_pack(const uint8_t *elements, size_t count, uint32_t width,
                   struct cli_memory_writer *out) {
    bool good = true;
    for (size_t at = 0; at < count && good; at += PIECE) {
        good = pack_piece(elements + at, count - at < PIECE ? count - at : PIECE, width, out);
    }
    return good;
}

/* ---- Mixture ---- */

static bool train(const uint8_t *nibbles, size_t count, uint32_t tables, struct cli_trained *out) {
    const struct cli_train_set set = {SCAPE_REF_LAYOUT_GGML_Q4_K, Q4K_FIELD, 0xF, tables};
    struct cli_trainer *t =
        cli_trainer_open(&set, 1, count / SUPER_BLOCK / CLI_TRAIN_BLOCKS_MAX + 1);
    uint8_t block[Q4K_HEAD + SUPER_BLOCK / 2] = {0};
    bool good = t != NULL;
    for (size_t at = 0; at + SUPER_BLOCK <= count && good; at += SUPER_BLOCK) {
        for (size_t i = 0; i < SUPER_BLOCK / 2; i++) {
            block[Q4K_HEAD + i] =
                (uint8_t)(nibbles[at + 2 * i] | (unsigned)nibbles[at + 2 * i + 1] << 4);
        }
        good = cli_trainer_add(t, block, sizeof block);
    }
    good = good && cli_trainer_fit(t, 0, out);
    cli_trainer_close(t);
    return good;
}

/* Tables that were read, and their bytes again for the stream. */
static bool fit_trained(struct scape_ref_memory *memory, const struct cli_trained *trained,
                        struct scape_ref_fit *fit) {
    struct scape_ref_buffer block = {0};
    struct scape_ref_tables tables = {0};
    struct scape_ref_arena arena = {0};
    scape_ref_tables_carve(&arena, &tables);
    bool good = scape_ref_buffer_reserve(memory, &block, arena.used, 0) == SCAPE_REF_OK;
    if (good) {
        struct scape_ref_cursor c = scape_ref_cursor_make(trained->bytes, trained->size);
        arena = (struct scape_ref_arena){.base = block.data};
        scape_ref_tables_carve(&arena, &tables);
        good = scape_ref_tables_read(&c, CLI_TRAIN_P, trained->tables, trained->width, &tables) ==
                   SCAPE_REF_OK &&
               scape_ref_fit_from_tables(memory, fit, &tables, trained->width) == SCAPE_REF_OK;
    }
    fit->bytes = trained->bytes;
    fit->byte_count = trained->size;
    scape_ref_buffer_release(memory, &block);
    return good;
}

static uint32_t cheapest(const struct scape_ref_fit *fit, const uint8_t *nibbles) {
    uint64_t least = UINT64_MAX;
    uint32_t best = 0;
    for (uint32_t k = 0; k < fit->tables; k++) {
        uint64_t cost = 0;
        for (size_t i = 0; i < SUPER_BLOCK; i++) {
            cost += scape_ref_fit_cost_q8(fit, k, nibbles[i]);
        }
        best = cost < least ? k : best;
        least = cost < least ? cost : least;
    }
    return best;
}

static bool pack_mixture_piece(struct scape_ref_memory *memory, const struct scape_ref_fit *fit,
                               const uint8_t *nibbles, size_t count,
                               struct cli_memory_writer *out) {
    const struct scape_ref_array array = array_of(nibbles, count, 4);
    struct scape_ref_table_plan plan = {
        .kind = SCAPE_REF_TABLE_BY_ID, .tables = fit->tables, .block_log2 = SUPER_BLOCK_LOG2};
    plan.ids = (struct scape_ref_array){.width = 1, .size = 1, .count = count / SUPER_BLOCK};
    while ((fit->tables - 1) >> plan.ids.width != 0) {
        plan.ids.width++;
    }
    uint8_t *ids = malloc(count / SUPER_BLOCK + 1);
    if (ids == NULL) {
        return false;
    }
    plan.ids.data = ids;
    for (size_t b = 0; b < count / SUPER_BLOCK; b++) {
        ids[b] = (uint8_t)cheapest(fit, nibbles + b * SUPER_BLOCK);
    }
    bool good = put_stream(memory, &array, &plan, fit, out);
    free(ids);
    return good;
}

bool cli_rans_pack_mixture(const uint8_t *nibbles, size_t count, uint32_t tables,
                           struct cli_memory_writer *out) {
    struct scape_ref_memory memory;
    struct scape_ref_fit fit = {0};
    struct cli_trained trained = {.bytes = NULL};
    if (count == 0) {
        return true;
    }
    memory_start(&memory);
    bool good = count % SUPER_BLOCK == 0 && train(nibbles, count, tables, &trained) &&
                fit_trained(&memory, &trained, &fit);
    for (size_t at = 0; at < count && good; at += PIECE) {
        good = pack_mixture_piece(&memory, &fit, nibbles + at,
                                  count - at < PIECE ? count - at : PIECE, out);
    }
    scape_ref_buffer_release(&memory, &fit.memory);
    free(trained.bytes);
    return good;
}

/* ---- Back ---- */

bool cli_rans_unpack(const struct codec_memory *packed, size_t *at, uint8_t *elements, size_t count,
                     uint32_t width) {
    const struct scape_ref_stream_place place = {scape_ref_layout_find(SCAPE_REF_LAYOUT_BYTES), 0,
                                                 NULL};
    struct scape_ref_memory memory;
    struct scape_ref_stream_work work = {.zstd = NULL};
    struct scape_ref_cursor c = scape_ref_cursor_make(packed->data, packed->size);
    memory_start(&memory);
    c.at = *at;
    work.ids = malloc((count < PIECE ? count : PIECE) + 1);
    bool good = work.ids != NULL && scape_ref_stream_work_reserve(&memory, &work) == SCAPE_REF_OK;
    for (size_t done = 0; done < count && good; done += PIECE) {
        size_t n = count - done < PIECE ? count - done : PIECE;
        struct scape_ref_array array = array_of(elements + done, n, width);
        good = scape_ref_stream_read(&c, &place, &work, &array) == SCAPE_REF_OK;
    }
    *at = c.at;
    free(work.ids);
    scape_ref_buffer_release(&memory, &work.memory);
    return good;
}
