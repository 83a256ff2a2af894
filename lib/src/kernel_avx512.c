/* kernel_avx512.c - bulk loops for AVX-512 with VBMI and VBMI2. Depends on kernel.h.
 *
 * The 32 states of a segment are two vectors of 16-bit words, H = x >> 16 and L = x & 0xffff. So
 * x >> p is one double shift, and renormalising is one masked move and one expansion of the next
 * words into the lanes that need one. Table entries are 32 bits, gathered for even and odd lanes
 * and blended into two vectors A and B of 16-bit halves. Two or four segments go side by side,
 * because one alone waits for its own gathers. */
#include "kernel.h"

#include "block_class.h"

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
    vec precision, slot_mask, rest; /* p, 2^p - 1, 16 - p */
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
    if (c->kind == SC_CONTEXT_ROWS && s->column + SC_LANES <= c->columns) {
        __m256i classes = _mm256_loadu_si256((const void *)(c->column_classes + s->column));
        classes = _mm256_add_epi8(classes, _mm256_set1_epi8((char)c->rows[s->row]));
        vec picked = _mm512_permutexvar_epi8(_mm512_castsi256_si512(classes), f->context_map);
        s->column += SC_LANES;
        if (s->column == c->columns) {
            s->column = 0;
            s->row++;
        }
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

INLINE void put(const struct sc_sink *sink, uint64_t i, vec values, const struct fixed *f,
                const bool split) {
    if (split) {
        /* each word gets the two bytes that have its raw bits, rotated so that the sign, which is
         * the lowest of them, is on top and the others are at the bottom; what is between comes
         * from the value */
        const uint8_t *raw = sink->raw + i / 8 * sink->raw_bits;
        __m256i bytes = _mm256_loadu_si256((const void *)raw);
        vec spread = _mm512_permutexvar_epi8(f->raw_pick, _mm512_castsi256_si512(bytes));
        spread = _mm512_shrdv_epi16(spread, spread, f->raw_turn);
        values = _mm512_sll_epi16(values, f->value_shift);
        values = _mm512_ternarylogic_epi64(f->raw_mask, spread, values, 0xca);
    } else if (sink->kind == SC_SINK_U8) {
        _mm256_storeu_si256((void *)(sink->out + i), _mm512_cvtepi16_epi8(values));
        return;
    }
    _mm512_storeu_si512(sink->out + 2 * i, values);
}

/* Values of 32 elements, and the step of their states; one function for each form. */
INLINE vec step_flat32(const struct sc_bulk *b, struct stream *s, const struct fixed *f, vec slot,
                       __mmask32 *escapes) {
    vec a, c;
    gather(b->words, slot, &a, &c);
    vec tag = _mm512_shldv_epi16(_mm512_srlv_epi16(a, f->precision), c, f->rest);
    if (b->escapes) {
        *escapes = _mm512_cmpeq_epi16_mask(tag, f->marker);
    }
    s->x = advance(s->x, _mm512_and_si512(a, f->slot_mask), _mm512_and_si512(c, f->slot_mask), f);
    if (b->named) {
        vec low = _mm512_permutex2var_epi16(f->map[0], tag, f->map[1]);
        vec high = _mm512_permutex2var_epi16(f->map[2], tag, f->map[3]);
        tag = _mm512_mask_blend_epi16(_mm512_test_epi16_mask(tag, words(64)), low, high);
    }
    return tag;
}

INLINE vec step_columns(const struct sc_bulk *b, struct stream *s, const struct fixed *f, vec slot,
                        vec context, __mmask32 *escapes) {
    vec a, c, column = _mm512_srlv_epi16(slot, f->place_bits);
    vec place = _mm512_and_si512(slot, f->place_mask);
    vec table = _mm512_sllv_epi16(context, f->column_bits);
    gather(b->columns, _mm512_or_si512(column, table), &a, &c);
    __mmask32 aliased = _mm512_cmpge_epu16_mask(place, _mm512_srlv_epi16(a, f->column_bits));
    vec alias = _mm512_and_si512(a, f->column_mask);
    vec symbol = _mm512_mask_mov_epi16(column, aliased, alias);
    vec rank = _mm512_mask_add_epi16(place, aliased, place, c);
    gather(b->words, _mm512_or_si512(symbol, table), &a, &c);
    if (b->escapes) {
        *escapes = _mm512_cmpeq_epi16_mask(c, f->marker);
    }
    s->x = advance(s->x, a, rank, f);
    return c;
}

INLINE vec step_alias16(const struct sc_bulk *b, struct stream *s, const struct fixed *f, vec slot,
                        const struct sc_alias16 *t, __mmask32 *escapes) {
    vec column = _mm512_srlv_epi16(slot, f->place_bits);
    __mmask32 aliased =
        _mm512_cmpge_epu16_mask(slot, _mm512_permutexvar_epi16(column, load(t->from)));
    vec index = _mm512_mask_add_epi16(column, aliased, column, words(16));
    vec rank = _mm512_add_epi16(slot, _mm512_permutexvar_epi16(index, load(t->offset)));
    vec value = _mm512_permutexvar_epi16(index, load(t->value));
    if (b->escapes) {
        *escapes = _mm512_cmpeq_epi16_mask(value, f->marker);
    }
    s->x = advance(s->x, _mm512_permutexvar_epi16(index, load(t->freq)), rank, f);
    return value;
}

/* For raw bits of up to 9: two bytes of 32 elements' raw bits for each, and how to turn them. */
INLINE void fix_raw(const struct sc_sink *sink, struct fixed *f) {
    uint8_t pick[64];
    uint16_t turn[32];
    uint32_t bits = sink->kind == SC_SINK_SPLIT ? sink->raw_bits : 1;
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t first = i * bits;
        pick[2 * (size_t)i] = (uint8_t)(first / 8);
        pick[2 * (size_t)i + 1] = (uint8_t)((first + bits - 1) / 8);
        turn[i] = (uint16_t)(first % 8 + 1);
    }
    f->raw_pick = load(pick);
    f->raw_turn = load(turn);
    f->raw_mask = words(0x8000u | ((1u << (bits - 1)) - 1));
    f->value_shift = _mm_cvtsi32_si128((int)bits - 1);
}

INLINE void fix(const struct sc_bulk *b, const enum sc_form form, struct fixed *f) {
    uint32_t p = b->precision, c = b->column_bits;
    f->precision = words(p);
    f->rest = words(16 - p);
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

/* Groups that all segments can take before a load could leave the readable bytes. */
INLINE uint64_t safe_groups(const struct sc_bulk *b, const struct stream *s, uint32_t segments) {
    uint64_t safe = UINT64_MAX;
    for (uint32_t i = 0; i < segments; i++) {
        uint64_t left = (uint64_t)(b->rans->readable_end - s[i].word) / 64;
        safe = left < safe ? left : safe;
    }
    return safe;
}

/* Copies, which stores to the content cannot alias. */
struct local {
    struct sc_bulk bulk;
    struct sc_sink sink;
    struct sc_contexts contexts;
    struct sc_escapes escapes;
    struct sc_lift lift;
};

/* 32 elements of one segment. */
INLINE void step(struct local *l, struct stream *s, const struct fixed *f, const enum sc_form form,
                 const bool contexts, const bool split) {
    __mmask32 escapes = 0;
    const bool by_group = form == SC_FORM_ALIAS16;
    vec context = contexts && !by_group ? contexts_at(&l->contexts, s, f) : words(0);
    struct lanes before = s->x;
    vec slot = _mm512_and_si512(s->x.l, f->slot_mask), values;
    if (form == SC_FORM_FLAT32) {
        if (contexts) {
            slot = _mm512_or_si512(slot, _mm512_sll_epi16(context, f->context_shift));
        }
        values = step_flat32(&l->bulk, s, f, slot, &escapes);
    } else if (form == SC_FORM_COLUMNS) {
        values = step_columns(&l->bulk, s, f, slot, context, &escapes);
    } else {
        const struct sc_alias16 *t = l->bulk.alias;
        if (contexts) {
            t += l->contexts.blocks[s->at >> l->contexts.block_log2];
        }
        values = step_alias16(&l->bulk, s, f, slot, t, &escapes);
    }
    if (l->lift.count > 0) {
        __mmask32 active = l->lift.log2 > 5 ? sc_lift_mask(&l->lift, s->at) : f->active;
        s->x.h = _mm512_mask_mov_epi16(before.h, active, s->x.h);
        s->x.l = _mm512_mask_mov_epi16(before.l, active, s->x.l);
        escapes &= active;
    }
    put(&l->sink, s->at, values, f, split);
    s->x = renormalise(s->x, &s->word);
    if (__builtin_expect(escapes != 0, 0)) {
        sc_escapes_note(&l->escapes, s->at, escapes);
    }
    s->at += SC_LANES;
}

INLINE void run(const struct sc_bulk *b, const uint32_t segments, const enum sc_form form,
                const bool contexts, const bool split) {
    struct fixed f;
    struct stream s[SC_SEGMENTS_MAX];
    struct sc_rans *r = b->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    fix(b, form, &f);
    for (uint32_t i = 0; i < segments; i++) {
        s[i].x = load_states(r->segments[i].states);
        s[i].word = r->segments[i].word;
        s[i].at = r->segments[i].at;
        bool rows = r->contexts.kind == SC_CONTEXT_ROWS;
        s[i].row = rows ? s[i].at / r->contexts.columns : 0;
        s[i].column = rows ? s[i].at % r->contexts.columns : 0;
    }
    uint64_t left = b->groups;
    while (left > 0) {
        uint64_t now = safe_groups(b, s, segments);
        if (now == 0) {
            break;
        }
        now = now < left ? now : left;
        left -= now;
        for (; now > 0; now--) { /* written out, so that every segment's state has registers */
            step(&l, &s[0], &f, form, contexts, split);
            if (segments > 1) {
                step(&l, &s[1], &f, form, contexts, split);
            }
            if (segments > 2) {
                step(&l, &s[2], &f, form, contexts, split);
                step(&l, &s[3], &f, form, contexts, split);
            }
        }
    }
    r->escapes = l.escapes;
    for (uint32_t i = 0; i < segments; i++) {
        store_states(r->segments[i].states, s[i].x);
        r->segments[i].word = s[i].word;
        r->segments[i].at = s[i].at;
    }
}

#define LOOP(NAME, FORM, CONTEXTS, SPLIT)                                                          \
    static void NAME(const struct sc_bulk *b) {                                                    \
        if (b->segment_count == 1) {                                                               \
            run(b, 1, FORM, CONTEXTS, SPLIT);                                                      \
        } else if (b->segment_count == 2) {                                                        \
            run(b, 2, FORM, CONTEXTS, SPLIT);                                                      \
        } else {                                                                                   \
            run(b, 4, FORM, CONTEXTS, SPLIT);                                                      \
        }                                                                                          \
    }

LOOP(alias16, SC_FORM_ALIAS16, false, false)
LOOP(alias16_contexts, SC_FORM_ALIAS16, true, false)
LOOP(alias16_split, SC_FORM_ALIAS16, false, true)
LOOP(alias16_contexts_split, SC_FORM_ALIAS16, true, true)
LOOP(flat32, SC_FORM_FLAT32, false, false)
LOOP(flat32_split, SC_FORM_FLAT32, false, true)
LOOP(flat32_contexts, SC_FORM_FLAT32, true, false)
LOOP(flat32_contexts_split, SC_FORM_FLAT32, true, true)
LOOP(columns, SC_FORM_COLUMNS, false, false)
LOOP(columns_split, SC_FORM_COLUMNS, false, true)
LOOP(columns_contexts, SC_FORM_COLUMNS, true, false)
LOOP(columns_contexts_split, SC_FORM_COLUMNS, true, true)

static void bulk(const struct sc_bulk *b) {
    bool contexts = b->rans->contexts.kind != SC_CONTEXT_NONE;
    bool split = b->sink->kind == SC_SINK_SPLIT;
    if (b->form == SC_FORM_ALIAS16 && contexts) {
        (split ? alias16_contexts_split : alias16_contexts)(b);
    } else if (b->form == SC_FORM_ALIAS16) {
        (split ? alias16_split : alias16)(b);
    } else if (b->form == SC_FORM_COLUMNS && contexts) {
        (split ? columns_contexts_split : columns_contexts)(b);
    } else if (b->form == SC_FORM_COLUMNS) {
        (split ? columns_split : columns)(b);
    } else if (contexts) {
        (split ? flat32_contexts_split : flat32_contexts)(b);
    } else {
        (split ? flat32_split : flat32)(b);
    }
}

const struct sc_kernel sc_kernel_avx512 = {"avx512", true, sc_checksum_avx512, bulk,
                                           sc_block_classes_avx512};
