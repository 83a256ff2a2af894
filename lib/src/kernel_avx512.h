/* kernel_avx512.h - what the bulk loops for AVX-512 share: states, contexts, raw bits. Depends on
 * kernel.h.
 *
 * The 32 states of a segment are two vectors of 16-bit words, H = x >> 16 and L = x & 0xffff. So
 * x >> p is one double shift, and renormalising is one masked move and one expansion of the next
 * words into the lanes that need one. */
#ifndef SC_KERNEL_AVX512_H
#define SC_KERNEL_AVX512_H

#include "kernel.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

typedef __m512i vec;

INLINE vec words(uint32_t value) {
    return _mm512_set1_epi16((short)value);
}

INLINE vec load(const void *p) {
    return _mm512_loadu_si512(p);
}

struct lanes {
    vec h, l;
};

INLINE vec narrow(vec even, vec odd) {
    __m256i low = _mm512_cvtepi32_epi16(even);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), _mm512_cvtepi32_epi16(odd), 1);
}

INLINE struct lanes load_states(const uint32_t *states) {
    vec a = load(states), b = load(states + 16);
    return (struct lanes){narrow(_mm512_srli_epi32(a, 16), _mm512_srli_epi32(b, 16)), narrow(a, b)};
}

INLINE void store_states(uint32_t *states, struct lanes x) {
    for (size_t half = 0; half < 2; half++) {
        __m256i h = half ? _mm512_extracti64x4_epi64(x.h, 1) : _mm512_castsi512_si256(x.h);
        __m256i l = half ? _mm512_extracti64x4_epi64(x.l, 1) : _mm512_castsi512_si256(x.l);
        vec wide = _mm512_or_si512(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16),
                                   _mm512_cvtepu16_epi32(l));
        _mm512_storeu_si512(states + 16 * half, wide);
    }
}

/* What stays the same through a loop. */
struct fixed {
    vec precision, slot_mask, tag_bits; /* p, 2^p - 1, 2 p - 16 */
    vec raw_pick, raw_turn, raw_mask;
    vec context_map;  /* of 64 sums */
    vec block_spread; /* number of each element's block */
    __m128i value_shift, context_shift;
    vec marker;
    vec map[4];
    vec place_bits, place_mask, column_bits, column_mask;
    __mmask32 active; /* where sub-blocks of at most 32 are lifted */
};

/* x = freq * (x >> p) + rank [RNS-012]. */
INLINE struct lanes advance(struct lanes x, vec freq, vec rank, const struct fixed *f) {
    vec low = _mm512_shrdv_epi16(x.l, x.h, f->precision);
    vec high = _mm512_srlv_epi16(x.h, f->precision);
    struct lanes y;
    y.l = _mm512_add_epi16(_mm512_mullo_epi16(freq, low), rank);
    vec top = _mm512_add_epi16(_mm512_mulhi_epu16(freq, low), _mm512_mullo_epi16(freq, high));
    __mmask32 carry = _mm512_cmplt_epu16_mask(y.l, rank);
    y.h = _mm512_mask_sub_epi16(top, carry, top, words(0xffff));
    return y;
}

INLINE struct lanes renormalise(struct lanes x, const uint8_t **word) {
    __mmask32 low = _mm512_testn_epi16_mask(x.h, x.h);
    vec next = load(*word);
    x.h = _mm512_mask_mov_epi16(x.h, low, x.l);
    x.l = _mm512_mask_expand_epi16(x.l, low, next);
    *word += 2 * (size_t)_mm_popcnt_u32(low);
    return x;
}

/* Entries of 32 words of indices: low halves to *a, high halves to *b. */
INLINE void gather(const uint32_t *table, vec index, vec *a, vec *b) {
    vec even = _mm512_i32gather_epi32(_mm512_and_si512(index, _mm512_set1_epi32(0xffff)), table, 4);
    vec odd = _mm512_i32gather_epi32(_mm512_srli_epi32(index, 16), table, 4);
    *a = _mm512_mask_blend_epi16(0xaaaaaaaau, even, _mm512_slli_epi32(odd, 16));
    *b = _mm512_mask_blend_epi16(0xaaaaaaaau, _mm512_srli_epi32(even, 16), odd);
}

/* One segment's own part of a loop. */
struct stream {
    struct lanes x;
    const uint8_t *word;
    uint64_t at;
    uint64_t row, column; /* of the element at `at` */
};

/* Behind 32 elements of one row. */
INLINE void next_columns(const struct sc_contexts *c, struct stream *s) {
    s->column += SC_LANES;
    if (s->column == c->columns) {
        s->column = 0;
        s->row++;
    }
}

/* Contexts of 32 elements from `at`, as 16-bit words. */
INLINE vec contexts_at(const struct sc_contexts *c, struct stream *s, const struct fixed *f) {
    if (c->kind == SC_CONTEXT_BLOCKS && c->block_log2 >= 5) {
        return words(c->blocks[s->at >> c->block_log2]);
    }
    if (c->kind == SC_CONTEXT_BLOCKS) { /* of the bytes loaded, those of further blocks go unused */
        __m256i each = _mm256_loadu_si256((const void *)(c->blocks + (s->at >> c->block_log2)));
        vec spread = _mm512_permutexvar_epi8(f->block_spread, _mm512_castsi256_si512(each));
        return _mm512_cvtepu8_epi16(_mm512_castsi512_si256(spread));
    }
    if (s->column + SC_LANES <= c->columns) {
        __m256i classes = _mm256_loadu_si256((const void *)(c->column_classes + s->column));
        classes = _mm256_add_epi8(classes, _mm256_set1_epi8((char)c->rows[s->row]));
        vec picked = _mm512_permutexvar_epi8(_mm512_castsi256_si512(classes), f->context_map);
        next_columns(c, s);
        return _mm512_cvtepu8_epi16(_mm512_castsi512_si256(picked));
    }
    uint8_t each[SC_LANES]; /* a group of several rows: seldom, so one by one */
    for (uint32_t i = 0; i < SC_LANES; i++) {
        each[i] = c->map[c->rows[s->row] + c->column_classes[s->column]];
        if (++s->column == c->columns) {
            s->column = 0;
            s->row++;
        }
    }
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const void *)each));
}

/* 32 elements' raw bits, each in a word of its own, rotated so that the sign, which is the lowest
 * of them, is on top and the others are at the bottom; what is between is to come from the value.
 */
INLINE vec raw_words(const struct sc_sink *sink, uint64_t i, const struct fixed *f) {
    const uint8_t *raw = sink->raw + i / 8 * sink->raw_bits;
    if (sink->raw_bits <= SC_RAW_IN_TWO_BYTES) {
        __m256i bytes = _mm256_loadu_si256((const void *)raw);
        vec spread = _mm512_permutexvar_epi8(f->raw_pick, _mm512_castsi256_si512(bytes));
        return _mm512_shrdv_epi16(spread, spread, f->raw_turn);
    }
    vec spread = _mm512_permutexvar_epi8(f->raw_pick, load(raw)); /* four in each 64 bits */
    spread = _mm512_multishift_epi64_epi8(f->raw_turn, spread);
    return _mm512_shrdi_epi16(spread, spread, 1);
}

INLINE void put(const struct sc_sink *sink, uint64_t i, vec values, const struct fixed *f,
                const bool split) {
    if (split) {
        values = _mm512_sll_epi16(values, f->value_shift);
        values = _mm512_ternarylogic_epi64(f->raw_mask, raw_words(sink, i, f), values, 0xca);
    } else if (sink->kind == SC_SINK_U8) {
        _mm256_storeu_si256((void *)(sink->out + i), _mm512_cvtepi16_epi8(values));
        return;
    }
    _mm512_storeu_si512(sink->out + 2 * i, values);
}

/* Up to 9 raw bits lie in two bytes: those of each element, and how to turn them. More: the eight
 * bytes that hold those of four elements, and where each byte of their words starts in these. */
INLINE void fix_raw(const struct sc_sink *sink, struct fixed *f) {
    uint8_t pick[64], shift[64];
    uint16_t turn[32];
    uint32_t bits = sink->kind == SC_SINK_SPLIT ? sink->raw_bits : 1;
    const bool two_bytes = bits <= SC_RAW_IN_TWO_BYTES;
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t first = i * bits;
        pick[2 * (size_t)i] = (uint8_t)(first / 8);
        pick[2 * (size_t)i + 1] = (uint8_t)((first + bits - 1) / 8);
        turn[i] = (uint16_t)(first % 8 + 1);
    }
    for (uint32_t i = 0; i < 64 && !two_bytes; i++) {
        uint32_t first = i / 8 * 4 * bits; /* bit of the four */
        pick[i] = (uint8_t)(first / 8 + i % 8);
        shift[i] = (uint8_t)(first % 8 + i % 8 / 2 * bits + i % 2 * 8);
    }
    f->raw_pick = load(pick);
    f->raw_turn = two_bytes ? load(turn) : load(shift);
    f->raw_mask = words(0x8000u | ((1u << (bits - 1)) - 1));
    f->value_shift = _mm_cvtsi32_si128((int)bits - 1);
}

INLINE void fix(const struct sc_bulk *b, const enum sc_form form, struct fixed *f) {
    uint32_t p = b->precision, c = b->column_bits;
    f->precision = words(p);
    f->tag_bits = words(2 * p - 16);
    f->slot_mask = words((1u << p) - 1);
    f->marker = words(b->marker);
    f->context_map = load(b->rans->contexts.map);
    f->context_shift = _mm_cvtsi32_si128((int)p);
    f->place_bits = words(p - c);
    f->place_mask = words((1u << (p - c)) - 1);
    f->column_bits = words(c);
    f->column_mask = words((1u << c) - 1);
    f->active = sc_lift_mask(&b->rans->lift, 0);
    fix_raw(b->sink, f);
    const bool named = form == SC_FORM_FLAT32 && b->named;
    for (uint32_t i = 0; i < 4; i++) {
        f->map[i] = named ? load(b->map + 32 * (size_t)i) : words(0);
    }
    uint8_t block[64];
    uint32_t block_log2 = b->rans->contexts.block_log2;
    for (uint32_t i = 0; i < 64; i++) {
        block[i] = (uint8_t)((i & 31) >> (block_log2 < 5 ? block_log2 : 5));
    }
    f->block_spread = load(block);
}

/* Of `groups`, how many the segment can take before a load could leave the readable bytes. */
INLINE uint64_t safe_groups(const struct sc_bulk *b, const struct stream *s, uint64_t groups) {
    uint64_t safe = (uint64_t)(b->rans->readable_end - s->word) / 64;
    return safe < groups ? safe : groups;
}

/* Copies, which stores to the content cannot alias. */
struct local {
    struct sc_bulk bulk;
    struct sc_sink sink;
    struct sc_contexts contexts;
    struct sc_escapes escapes;
    struct sc_lift lift;
};

INLINE void open_stream(const struct sc_rans *r, uint32_t segment, struct stream *s) {
    const struct sc_segment *g = &r->segments[segment];
    bool rows = r->contexts.kind == SC_CONTEXT_ROWS;
    s->x = load_states(g->states);
    s->word = g->word;
    s->at = g->at;
    s->row = rows ? g->at / r->contexts.columns : 0;
    s->column = rows ? g->at % r->contexts.columns : 0;
}

INLINE void close_stream(struct sc_rans *r, uint32_t segment, const struct stream *s) {
    store_states(r->segments[segment].states, s->x);
    r->segments[segment].word = s->word;
    r->segments[segment].at = s->at;
}

#endif
