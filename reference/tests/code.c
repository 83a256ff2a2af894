/* code.c - see code.h. */
#include "code.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MAX = 20000,
    ELEMENTS_MAX = 20000
};

void put_bits(struct bit_writer *w, uint32_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) {
        if (w->used == 0) {
            put_le(w->b, 0, 1);
        }
        w->b->data[w->b->size - 1] |= (uint8_t)((value >> i & 1) << w->used);
        w->used = (w->used + 1) % 8;
    }
}

void put_ones(struct bit_writer *w, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        put_bits(w, 1, 1);
    }
    put_bits(w, 0, 1);
}

void put_gamma(struct bit_writer *w, uint32_t value) {
    unsigned zeros = 0;
    while (value >> zeros > 1) {
        zeros++;
    }
    put_bits(w, 0, zeros);
    put_bits(w, 1, 1);
    put_bits(w, value, zeros);
}

void put_table(struct bytes *b, uint32_t width, uint32_t first, const uint8_t *levels,
               uint32_t count, int escape_level) {
    struct bit_writer w = {b, 0};
    put_bits(&w, first, width);
    put_bits(&w, escape_level >= 0, 1);
    put_gamma(&w, count);
    put_bits(&w, 0, 1); /* no further run */
    put_gamma(&w, 1);   /* skip 0 */
    put_gamma(&w, 1);   /* drop 0 */
    if (escape_level >= 0) {
        put_bits(&w, 1, 1);
        put_bits(&w, (uint32_t)escape_level, 8);
    }
    put_bits(&w, 3, 2);
    put_bits(&w, levels[0], 8);
    for (uint32_t i = 1; i < count; i++) {
        int residual = levels[i] - levels[i - 1];
        uint32_t z = residual >= 0 ? 2 * (uint32_t)residual : 2 * (uint32_t)-residual - 1;
        put_ones(&w, z >> 3);
        put_bits(&w, z, 3);
    }
}

struct scape_ref_tables *tables_of(const struct bytes *b, size_t at, uint32_t precision,
                                   uint32_t count, uint32_t width) {
    static struct scape_ref_tables tables;
    static _Alignas(64) uint8_t memory[2 << 20];
    struct scape_ref_arena arena = {memory, 0};
    scape_ref_tables_carve(&arena, &tables);
    assert_true(arena.used <= sizeof memory);
    struct scape_ref_cursor c = scape_ref_cursor_make(b->data + at, b->size - at);
    assert_int_equal(scape_ref_tables_read(&c, precision, count, width, &tables), SCAPE_REF_OK);
    scape_ref_tables_make_columns(&tables);
    return &tables;
}

/* The slot of a symbol's rank: the other direction of what the decoder does. */
static uint32_t slot_of(const struct scape_ref_tables *t, uint32_t k, uint32_t symbol,
                        uint32_t rank) {
    uint32_t bits = t->precision - t->column_bits, width = UINT32_C(1) << bits;
    const struct scape_ref_column *columns = t->columns + ((size_t)k << t->column_bits);
    if (rank < columns[symbol].cut) {
        return symbol << bits | rank;
    }
    for (uint32_t j = 0; j < UINT32_C(1) << t->column_bits; j++) {
        const struct scape_ref_column *c = &columns[j];
        uint32_t others = width - c->cut;
        if (c->alias == symbol && rank >= c->base && rank - c->base < others) {
            return j << bits | (c->cut + rank - c->base);
        }
    }
    fail_msg("no slot for rank %u of symbol %u in table %u", rank, symbol, k);
    return 0;
}

struct coded_segment {
    uint32_t states[SCAPE_REF_LANES_MAX];
    uint16_t words[WORDS_MAX];
    uint32_t word_count;
};

/* Elements [0, count) of a segment, of which the first `coded` of each `sub` have a symbol. */
static void encode_segment(struct coded_segment *s, const struct scape_ref_tables *t,
                           uint32_t lanes, const uint16_t *symbols, const uint8_t *contexts,
                           uint32_t count, uint32_t sub, uint32_t coded) {
    s->word_count = 0;
    for (uint32_t lane = 0; lane < lanes; lane++) {
        s->states[lane] = SCAPE_REF_RANS_LOWER;
    }
    for (uint32_t i = count; i-- > 0;) {
        if (i % sub >= coded) {
            continue;
        }
        uint32_t k = contexts ? contexts[i] : 0, *x = &s->states[i % lanes];
        uint64_t freq = t->frequencies[((size_t)k << t->column_bits) + symbols[i]];
        assert_true(freq != 0);
        if (*x >= freq << (32 - t->precision)) {
            s->words[s->word_count++] = (uint16_t)*x;
            *x >>= 16;
        }
        *x = (uint32_t)(*x / freq << t->precision) |
             slot_of(t, k, symbols[i], (uint32_t)(*x % freq));
    }
}

/* States and words. */
static void put_segment(struct bytes *b, const struct coded_segment *s, uint32_t lanes) {
    for (uint32_t lane = 0; lane < lanes; lane++) {
        put_le(b, s->states[lane], 4);
    }
    for (uint32_t i = s->word_count; i-- > 0;) {
        put_le(b, s->words[i], 2);
    }
}

void put_segments(struct bytes *b, const struct scape_ref_tables *t, unsigned lanes_code,
                  const uint16_t *symbols, const uint8_t *contexts, uint32_t count) {
    static struct coded_segment segments[SCAPE_REF_SEGMENTS_MAX];
    const struct scape_ref_rans_mode mode = {t->precision, lanes_code == 0 ? 1 : 32,
                                             lanes_code == 0 ? 1 : UINT32_C(1) << (lanes_code - 1),
                                             0};
    assert_true(count <= ELEMENTS_MAX);
    uint32_t size = scape_ref_segment_size(&mode, count), first = 0;
    for (uint32_t s = 0; s < mode.segments; s++) {
        uint32_t n = size < count - first ? size : count - first;
        encode_segment(&segments[s], t, mode.lanes, symbols + first,
                       contexts ? contexts + first : NULL, n, 1, 1);
        first += n;
        put_varint(b, segments[s].word_count);
    }
    for (uint32_t s = 0; s < mode.segments; s++) {
        put_segment(b, &segments[s], mode.lanes);
    }
}

void put_segments_coded(struct bytes *b, const struct scape_ref_tables *t, const uint16_t *symbols,
                        uint32_t count, uint32_t sub, uint32_t coded) {
    static struct coded_segment segment;
    encode_segment(&segment, t, SCAPE_REF_LANES_MAX, symbols, NULL, count, sub, coded);
    put_varint(b, segment.word_count);
    put_segment(b, &segment, SCAPE_REF_LANES_MAX);
}

void put_mode(struct bytes *b, unsigned precision, unsigned lanes_code, unsigned source) {
    put_le(b, precision | lanes_code << 4 | source << 6, 1);
}
