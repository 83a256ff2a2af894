/* test_streams.c - every kernel decodes the same elements, escapes and states from any bits: random
 * words under the sets of the standard profile, with contexts, lifts, segments, counts and sinks of
 * every kind. Random words end in no valid state, so all fail at the end, having decoded all. */
#include "../src/kernel.h"
#include "../src/rans.h"
#include "../src/standard.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT_MAX = 6000,
    WORD_BYTES = 2 * COUNT_MAX,
    OUT_BYTES = 2 * COUNT_MAX + 64,
    ESCAPED = 0x5a5a /* what escapes stand for; of bytes the lower one */
};

/* Memory that a stream points into, each with what may be loaded behind it. */
struct buffers {
    uint8_t words[SC_SEGMENTS_MAX * WORD_BYTES + SC_SLACK];
    uint8_t states[SC_SEGMENTS_MAX * 4 * SC_LANES];
    uint8_t blocks[COUNT_MAX + SC_SLACK], rows[COUNT_MAX + SC_SLACK], columns[COUNT_MAX + SC_SLACK];
    uint8_t escaped[2 * COUNT_MAX + SC_SLACK];
    uint8_t raw[2 * COUNT_MAX + SC_SLACK];
};

struct result {
    enum scape_error error;
    uint8_t out[OUT_BYTES];
    uint32_t states[SC_SEGMENTS_MAX][SC_LANES];
    size_t used[SC_SEGMENTS_MAX]; /* bytes of words */
    bool noted[COUNT_MAX];        /* elements that a bulk loop noted as escapes */
    bool complete;                /* all of them */
};

static void fill(struct rng *rng, uint8_t *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)rng_next(rng);
    }
}

static void random_contexts(struct rng *rng, struct buffers *b, uint32_t tables, uint64_t count,
                            struct sc_contexts *c) {
    *c = (struct sc_contexts){.kind = SC_CONTEXT_NONE};
    if (tables > 1 && rng_below(rng, 3) > 0) {
        c->kind = SC_CONTEXT_BLOCKS;
        c->blocks = b->blocks;
        c->block_log2 = rng_below(rng, 9);
        for (size_t i = 0; i < COUNT_MAX; i++) {
            b->blocks[i] = (uint8_t)rng_below(rng, tables);
        }
    } else if (tables > 1) {
        c->kind = SC_CONTEXT_ROWS;
        c->columns = 1 + rng_below(rng, (uint32_t)count);
        c->columns = rng_below(rng, 2) == 0 ? (c->columns + 31) / 32 * 32 : c->columns;
        c->rows = b->rows;
        c->column_classes = b->columns;
        for (size_t i = 0; i < COUNT_MAX; i++) {
            b->rows[i] = (uint8_t)rng_below(rng, SCAPE_REG_CLASSES_MAX);
            b->columns[i] = (uint8_t)rng_below(rng, SCAPE_REG_CLASSES_MAX);
        }
        for (size_t i = 0; i < sizeof c->map; i++) {
            c->map[i] = (uint8_t)rng_below(rng, tables);
        }
    }
}

/* A stream of random words; the reader's checks hold. */
static void random_stream(struct rng *rng, struct buffers *b, struct sc_rans *r,
                          struct sc_standard_set *set) {
    *r = (struct sc_rans){.tables = &set->tables, .standard = set, .lanes = SC_LANES};
    r->segment_count = 1u << rng_below(rng, 3);
    r->count = 1 + rng_below(rng, COUNT_MAX);
    random_contexts(rng, b, set->tables.count, r->count, &r->contexts);
    if (rng_below(rng, 2) == 0) {
        r->lift.log2 = 2 + rng_below(rng, 7);
        r->lift.count = 1 + rng_below(rng, 2);
        r->count = (r->count >> r->lift.log2 << r->lift.log2) + (UINT64_C(1) << r->lift.log2);
        uint64_t most = (uint64_t)COUNT_MAX >> r->lift.log2 << r->lift.log2;
        r->count = r->count > most ? most : r->count;
    }
    r->escapes = (struct sc_escapes){
        .present = set->tables.escape, .values = b->escaped, .count = r->count / 16, .width = 16};
    fill(rng, b->words, sizeof b->words);
    fill(rng, b->states, sizeof b->states);
    fill(rng, b->raw, sizeof b->raw);
    uint64_t per_group = (uint64_t)SC_LANES * r->segment_count;
    uint64_t size = (r->count + per_group - 1) / per_group * SC_LANES;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        struct sc_segment *g = &r->segments[s];
        g->begin = s * size < r->count ? s * size : r->count;
        g->end = (s + 1) * size < r->count ? (s + 1) * size : r->count;
        g->initial = b->states + 4 * (size_t)SC_LANES * s;
        g->first_word = b->words + (size_t)WORD_BYTES * s;
        g->words_end = g->first_word + WORD_BYTES;
        for (size_t lane = 0; lane < SC_LANES; lane++) { /* at least 2^16 */
            b->states[4 * ((size_t)SC_LANES * s + lane) + 2] |= 1;
        }
    }
    r->readable_end = b->words + sizeof b->words;
}

static void run_stream(struct sc_memory *memory, struct sc_standard *standard, const char *kernel,
                       const struct sc_rans *stream, struct sc_sink sink, struct result *result) {
    struct sc_work w;
    use_kernel(kernel);
    sc_work_open(&w, memory, sc_kernel_select(), standard);
    memset(result, 0, sizeof *result);
    memset(result->out, 0xee, sizeof result->out);
    sink.out = result->out;
    w.rans = *stream;
    result->error = sc_rans_run(&w, &sink);
    for (uint32_t s = 0; s < stream->segment_count; s++) {
        memcpy(result->states[s], w.rans.segments[s].states, sizeof result->states[s]);
        result->used[s] = (size_t)(w.rans.segments[s].word - stream->segments[s].first_word);
    }
    const struct sc_escapes *e = &w.rans.escapes;
    result->complete = e->list != NULL && e->seen <= e->count;
    for (uint64_t i = 0; result->complete && i < e->seen; i++) {
        result->noted[e->list[i]] = true;
    }
    sc_work_close(&w);
}

/* Of the first segment alone, as no later one is decoded behind an error, but by bulk loops.
 * Elements that are passed over have any value; 0x5a5a is not a value of any set with an escape. */
static void compare(const struct sc_rans *r, const struct sc_sink *sink, const struct result *have,
                    const struct result *want, const char *what) {
    size_t bytes = sink->kind == SC_SINK_U8 ? 1 : 2;
    assert_int_equal(have->error, want->error);
    if (memcmp(have->states[0], want->states[0], sizeof have->states[0]) != 0 ||
        have->used[0] != want->used[0]) {
        fail_msg("%s: states differ", what);
    }
    for (uint64_t i = 0; i < r->segments[0].end; i++) {
        bool escape = sink->kind != SC_SINK_SPLIT &&
                      memcmp(want->out + bytes * i, (uint8_t[]){0x5a, 0x5a}, bytes) == 0;
        uint32_t active = sc_lift_mask(&r->lift, i / 32 * 32);
        bool passed_over = (active >> (i % 32) & 1) == 0;
        escape &= r->escapes.present && !passed_over;
        if (have->complete && (bytes == 2 || !escape)) {
            assert_int_equal(have->noted[i], escape);
        }
        if (!passed_over && !escape &&
            memcmp(have->out + bytes * i, want->out + bytes * i, bytes) != 0) {
            fail_msg("%s: element %u of %u differs", what, (unsigned)i, (unsigned)r->count);
        }
    }
    assert_int_equal(have->out[bytes * r->count], 0xee);
}

static void check_set(struct rng *rng, struct sc_memory *memory, struct sc_standard *standard,
                      uint32_t number, struct buffers *b) {
    static struct result want, have;
    const uint8_t *head = standard->sets.data + standard->sets.offsets[number];
    struct sc_cursor c = sc_cursor_make(head, 1, SCAPE_ERROR_PAYLOAD_SHORT);
    struct sc_standard_set *set =
        sc_standard_find(memory, standard, number, head[1], head[2] + 1u, &c);
    assert_non_null(set);
    for (int i = 0; i < 12; i++) {
        struct sc_rans stream;
        struct sc_sink sink = {.raw = b->raw};
        random_stream(rng, b, &stream, set);
        uint32_t kind = rng_below(rng, 3);
        sink.kind = kind == 0 ? SC_SINK_U8 : SC_SINK_U16;
        if (kind == 2 && !set->tables.escape) { /* what escapes stand for would be joined */
            sink.kind = SC_SINK_SPLIT;
            sink.raw_bits = 5 + rng_below(rng, 4);
        }
        run_stream(memory, standard, "portable", &stream, sink, &want);
        assert_int_equal(want.error, SCAPE_ERROR_RANS_STATE);
        for (size_t k = 1; k < kernel_count; k++) {
            char what[160];
            snprintf(what, sizeof what,
                     "set %u by %s, %u elements in %u segments, contexts %d of 2^%u, lift 2^%u/%u",
                     number, kernel_names[k], (unsigned)stream.count, stream.segment_count,
                     (int)stream.contexts.kind, stream.contexts.block_log2, stream.lift.log2,
                     stream.lift.count);
            run_stream(memory, standard, kernel_names[k], &stream, sink, &have);
            compare(&stream, &sink, &have, &want, what);
        }
    }
    use_kernel(NULL);
}

static void test_any_bits(void **state) {
    (void)state;
    struct sc_memory memory;
    struct sc_standard standard;
    struct rng rng = {9001};
    struct buffers *b = malloc(sizeof *b);
    assert_non_null(b);
    for (size_t i = 0; i < sizeof b->escaped; i++) {
        b->escaped[i] = ESCAPED & 255;
    }
    assert_int_equal(sc_memory_open(&memory, &(struct scape_hooks){NULL, NULL, NULL}, UINT64_MAX),
                     SCAPE_OK);
    assert_int_equal(sc_standard_open(&standard), SCAPE_OK);
    for (uint32_t number = 0; number < standard.sets.count; number++) {
        check_set(&rng, &memory, &standard, number, b);
    }
    sc_standard_close(&memory, &standard);
    sc_memory_close(&memory);
    free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
