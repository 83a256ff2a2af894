/* kernel_avx512_blocks.c - the bulk loop for AVX-512 where 32 elements have one table or two, which
 * a class or a cluster chose: the alias columns of a table are looked up as 16-bit words by
 * permutes that take them from memory, so nothing is gathered and the number of tables costs
 * nothing. Depends on kernel_avx512.h. */
#include "kernel_avx512.h"

/* A table's planes, one behind the other. */
enum plane {
    PLANE_CUT, /* by the column: cut << c | alias */
    PLANE_OFFSET,
    PLANE_FREQ,
    PLANES
};

/* What stays the same through a loop. */
struct block_constants {
    struct fixed f;
    vec base; /* value of symbol 0 */
    __m128i place_bits, column_bits;
};

/* Tables of a group: of its 32 elements, or of each 16 of them. */
struct group_tables {
    const uint8_t *first, *second;
};

/* 32 words of a plane of 32 * units; the index' bits 6 and 7 choose between pairs of units. */
INLINE vec look_up(const uint8_t *plane, vec index, const uint32_t units, __mmask32 bit6,
                   __mmask32 bit7) {
    if (units == 1) {
        return _mm512_permutexvar_epi16(index, load(plane));
    }
    vec found = _mm512_permutex2var_epi16(load(plane), index, load(plane + 64));
    if (units > 2) {
        vec b = _mm512_permutex2var_epi16(load(plane + 128), index, load(plane + 192));
        vec c = _mm512_permutex2var_epi16(load(plane + 256), index, load(plane + 320));
        vec d = _mm512_permutex2var_epi16(load(plane + 384), index, load(plane + 448));
        found = _mm512_mask_mov_epi16(found, bit6, b);
        c = _mm512_mask_mov_epi16(c, bit6, d);
        found = _mm512_mask_mov_epi16(found, bit7, c);
    }
    return found;
}

/* The same for a group of one table or two. */
INLINE vec find(const struct group_tables *t, const enum plane plane, vec index,
                const uint32_t units, const bool two) {
    const size_t at = (size_t)plane * 64 * units;
    __mmask32 bit6 = units > 2 ? _mm512_test_epi16_mask(index, words(64)) : 0;
    __mmask32 bit7 = units > 2 ? _mm512_test_epi16_mask(index, words(128)) : 0;
    vec found = look_up(t->first + at, index, units, bit6, bit7);
    if (two) {
        vec other = look_up(t->second + at, index, units, bit6, bit7);
        found = _mm512_mask_mov_epi16(found, 0xffff0000u, other);
    }
    return found;
}

INLINE struct group_tables tables_at(const struct local *l, uint64_t at, const uint32_t units,
                                     const bool two) {
    const size_t size = (size_t)PLANES * 64 * units;
    const uint8_t *contexts = l->contexts.blocks + (at >> l->contexts.block_log2);
    struct group_tables t = {l->bulk.planes + size * contexts[0], NULL};
    if (two) {
        t.second = l->bulk.planes + size * contexts[1];
    }
    return t;
}

/* 32 elements of one segment. */
INLINE void step(struct local *l, struct stream *s, const struct block_constants *k,
                 const uint32_t units, const bool two) {
    const struct group_tables t = tables_at(l, s->at, units, two);
    const struct lanes before = s->x;
    vec slot = _mm512_and_si512(s->x.l, k->f.slot_mask);
    vec column = _mm512_srl_epi16(slot, k->place_bits);
    vec place = _mm512_and_si512(slot, k->f.place_mask);
    vec cut = find(&t, PLANE_CUT, column, units, two);
    __mmask32 aliased = _mm512_cmpge_epu16_mask(place, _mm512_srl_epi16(cut, k->column_bits));
    vec offset = find(&t, PLANE_OFFSET, column, units, two);
    vec rank = _mm512_mask_add_epi16(place, aliased, place, offset);
    vec alias = _mm512_and_si512(cut, k->f.column_mask);
    vec symbol = _mm512_mask_mov_epi16(column, aliased, alias);
    s->x = advance(s->x, find(&t, PLANE_FREQ, symbol, units, two), rank, &k->f);
    if (l->lift.count > 0) {
        __mmask32 active = l->lift.log2 > 5 ? sc_lift_mask(&l->lift, s->at) : k->f.active;
        s->x.h = _mm512_mask_mov_epi16(before.h, active, s->x.h);
        s->x.l = _mm512_mask_mov_epi16(before.l, active, s->x.l);
    }
    put(&l->sink, s->at, _mm512_add_epi16(symbol, k->base), &k->f, false);
    s->x = renormalise(s->x, &s->word);
    s->at += SC_LANES;
}

INLINE void run(const struct sc_bulk *b, const uint32_t segments, const uint32_t units,
                const bool two) {
    struct stream s[SC_SEGMENTS_MAX];
    struct sc_rans *r = b->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    struct block_constants k = {.base = words(b->marker),
                                .place_bits =
                                    _mm_cvtsi32_si128((int)(b->precision - b->column_bits)),
                                .column_bits = _mm_cvtsi32_si128((int)b->column_bits)};
    fix(b, SC_FORM_WORDS, &k.f);
    for (uint32_t i = 0; i < segments; i++) {
        open_stream(r, i, &s[i]);
    }
    uint64_t left = b->groups;
    while (left > 0) {
        uint64_t now = left;
        for (uint32_t i = 0; i < segments; i++) {
            now = safe_groups(b, &s[i], now);
        }
        if (now == 0) {
            break;
        }
        left -= now;
        for (; now > 0; now--) { /* written out, so that every segment's state has registers */
            step(&l, &s[0], &k, units, two);
            if (segments > 1) {
                step(&l, &s[1], &k, units, two);
            }
            if (segments > 2) {
                step(&l, &s[2], &k, units, two);
                step(&l, &s[3], &k, units, two);
            }
        }
    }
    for (uint32_t i = 0; i < segments; i++) {
        close_stream(r, i, &s[i]);
    }
}

#define LOOP(NAME, UNITS, TWO)                                                                     \
    static void NAME(const struct sc_bulk *b) {                                                    \
        if (b->segment_count == 1) {                                                               \
            run(b, 1, UNITS, TWO);                                                                 \
        } else if (b->segment_count == 2) {                                                        \
            run(b, 2, UNITS, TWO);                                                                 \
        } else {                                                                                   \
            run(b, 4, UNITS, TWO);                                                                 \
        }                                                                                          \
    }

LOOP(words1, 1, false)
LOOP(words1_two, 1, true)
LOOP(words2, 2, false)
LOOP(words2_two, 2, true)
LOOP(words8, 8, false)
LOOP(words8_two, 8, true)

void sc_bulk_avx512_blocks(const struct sc_bulk *b) {
    bool two = b->rans->contexts.block_log2 < 5;
    if (b->units == 1) {
        (two ? words1_two : words1)(b);
    } else if (b->units == 2) {
        (two ? words2_two : words2)(b);
    } else {
        (two ? words8_two : words8)(b);
    }
}
