/* kernel_avx512_planes.c - the bulk loop for AVX-512 where the alias columns of all tables together
 * are few: their bytes lie in planes that byte permutes look up, so nothing is gathered. Two
 * segments go through each permute, the bytes of one beside those of the other. Depends on
 * kernel_avx512.h. */
#include "kernel_avx512.h"

/* Bytes of 64 lookups: byte 2 l is lane l of the first segment, byte 2 l + 1 of the second. Bits 8
 * and 9 of the indices are those of their contexts. */
struct index {
    vec low;
    __mmask64 bit8, bit9;
};

struct plane_constants {
    vec first;       /* 0x00ff: the bytes of the first segment */
    vec column_mask; /* c low bits of each byte */
    vec table_mask;  /* the others */
    vec place_mask;
    vec interleave; /* brings 32 bytes and 32 more into this order */
    vec escape;
    __m128i place_bits, place_turn; /* p - c and 8 - (p - c) */
    __m128i column_bits;
    vec bit8, bit9; /* bits of contexts that are bits 8 and 9 of indices */
    const uint8_t *planes[SC_PLANES];
    bool wide; /* more than 128 values */
};

/* What two sets of indices find. Tables are loaded once for both: there is one 512-bit load a
 * cycle, and 32 registers, so a table is not kept longer. */
struct found {
    vec p, q;
};

INLINE struct found look_up_two(const uint8_t *plane, const struct index *x,
                                const struct index *y) {
    struct found found = {load(plane), load(plane)};
    const vec *high = (const vec *)(const void *)(plane + 64);
    __asm__("vpermt2b %2, %1, %0" : "+v"(found.p) : "v"(x->low), "m"(*high));
    __asm__("vpermt2b %2, %1, %0" : "+v"(found.q) : "v"(y->low), "m"(*high));
    return found;
}

INLINE struct found look_up_four(const uint8_t *plane, const uint32_t units, const struct index *x,
                                 const struct index *y) {
    struct found found = look_up_two(plane, x, y);
    if (units > 2) {
        struct found more = look_up_two(plane + 128, x, y);
        found.p = _mm512_mask_mov_epi8(found.p, _mm512_movepi8_mask(x->low), more.p);
        found.q = _mm512_mask_mov_epi8(found.q, _mm512_movepi8_mask(y->low), more.q);
    }
    return found;
}

/* In a plane of `units` times 64 bytes. */
INLINE struct found look_up(const uint8_t *plane, const uint32_t units, const struct index *x,
                            const struct index *y) {
    if (units == 1) {
        vec all = load(plane);
        return (struct found){_mm512_permutexvar_epi8(x->low, all),
                              _mm512_permutexvar_epi8(y->low, all)};
    }
    struct found found = look_up_four(plane, units, x, y);
    if (units > 4) {
        struct found more = look_up_four(plane + 256, units - 4, x, y);
        found.p = _mm512_mask_mov_epi8(found.p, x->bit8, more.p);
        found.q = _mm512_mask_mov_epi8(found.q, y->bit8, more.q);
    }
    if (units > 8) {
        struct found more = look_up_four(plane + 512, units - 8, x, y);
        if (units > 12) {
            struct found last = look_up_four(plane + 768, units - 12, x, y);
            more.p = _mm512_mask_mov_epi8(more.p, x->bit8, last.p);
            more.q = _mm512_mask_mov_epi8(more.q, y->bit8, last.q);
        }
        found.p = _mm512_mask_mov_epi8(found.p, x->bit9, more.p);
        found.q = _mm512_mask_mov_epi8(found.q, y->bit9, more.q);
    }
    return found;
}

/* From each 16 bits the low byte of a and the high one of b. */
INLINE vec merge(const struct plane_constants *k, vec a, vec b) {
    return _mm512_ternarylogic_epi64(k->first, a, b, 0xca);
}

INLINE vec words_of_first(const struct plane_constants *k, vec low, vec high) {
    return merge(k, low, _mm512_slli_epi16(high, 8));
}

INLINE vec words_of_second(const struct plane_constants *k, vec low, vec high) {
    return merge(k, _mm512_srli_epi16(low, 8), high);
}

/* Contexts of two segments, as bytes in the order of struct index. */
INLINE vec contexts_of_two(const struct sc_contexts *c, struct stream *a, struct stream *b,
                           const struct fixed *f, const struct plane_constants *k) {
    bool rows = c->kind == SC_CONTEXT_ROWS && a->column + SC_LANES <= c->columns &&
                b->column + SC_LANES <= c->columns;
    if (!rows) {
        vec low = contexts_at(c, a, f);
        return _mm512_or_si512(low, _mm512_slli_epi16(contexts_at(c, b, f), 8));
    }
    __m256i first = _mm256_loadu_si256((const void *)(c->column_classes + a->column));
    __m256i second = _mm256_loadu_si256((const void *)(c->column_classes + b->column));
    vec classes = _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
    classes = _mm512_permutexvar_epi8(k->interleave, classes);
    classes = _mm512_add_epi8(classes, words(c->rows[a->row] | (uint32_t)c->rows[b->row] << 8));
    next_columns(c, a);
    next_columns(c, b);
    return _mm512_permutexvar_epi8(classes, f->context_map);
}

/* One pair of segments, and what is known of their elements on the way through a step. */
struct pair {
    struct stream a, b;
    struct index column, symbol;
    vec place, offset[2], freq[2], value[2];
    __mmask64 aliased;
};

/* Columns, places and tables of the states' slots. `both`: there is a second segment. */
INLINE void split_slots(struct local *l, struct pair *p, const struct fixed *f,
                        const struct plane_constants *k, const uint32_t units, const bool both) {
    vec second = both ? p->b.x.l : words(0);
    vec column = merge(k, _mm512_srl_epi16(p->a.x.l, k->place_bits),
                       _mm512_sll_epi16(second, k->place_turn));
    column = _mm512_and_si512(column, k->column_mask);
    p->place = _mm512_and_si512(merge(k, p->a.x.l, _mm512_slli_epi16(second, 8)), k->place_mask);
    p->column.bit8 = p->column.bit9 = 0;
    if (l->contexts.kind != SC_CONTEXT_NONE) {
        vec context = both ? contexts_of_two(&l->contexts, &p->a, &p->b, f, k)
                           : contexts_at(&l->contexts, &p->a, f);
        vec table = _mm512_sll_epi16(context, k->column_bits);
        column = _mm512_ternarylogic_epi64(table, k->table_mask, column, 0xea);
        p->column.bit8 = units > 4 ? _mm512_test_epi8_mask(context, k->bit8) : 0;
        p->column.bit9 = units > 8 ? _mm512_test_epi8_mask(context, k->bit9) : 0;
    }
    p->column.low = column;
}

/* The parts of the columns and the symbols. */
INLINE void find_symbols(struct pair *p, struct pair *q, const struct plane_constants *k,
                         const uint32_t units) {
    struct found cut = look_up(k->planes[SC_PLANE_CUT], units, &p->column, &q->column);
    p->aliased = _mm512_cmpge_epu8_mask(p->place, cut.p);
    q->aliased = _mm512_cmpge_epu8_mask(q->place, cut.q);
    struct found alias = look_up(k->planes[SC_PLANE_ALIAS], units, &p->column, &q->column);
    p->symbol = p->column;
    q->symbol = q->column;
    p->symbol.low = _mm512_mask_mov_epi8(p->column.low, p->aliased, alias.p);
    q->symbol.low = _mm512_mask_mov_epi8(q->column.low, q->aliased, alias.q);
}

INLINE void find_offsets(struct pair *p, struct pair *q, const struct plane_constants *k,
                         const uint32_t units, const uint32_t part) {
    const uint8_t *plane = k->planes[SC_PLANE_OFFSET + part];
    struct found offset = look_up(plane, units, &p->column, &q->column);
    p->offset[part] = _mm512_maskz_mov_epi8(p->aliased, offset.p);
    q->offset[part] = _mm512_maskz_mov_epi8(q->aliased, offset.q);
}

INLINE void find_freqs(struct pair *p, struct pair *q, const struct plane_constants *k,
                       const uint32_t units, const uint32_t part) {
    const uint8_t *plane = k->planes[SC_PLANE_FREQ + part];
    struct found freq = look_up(plane, units, &p->symbol, &q->symbol);
    p->freq[part] = freq.p;
    q->freq[part] = freq.q;
}

INLINE void find_values(struct pair *p, struct pair *q, const struct plane_constants *k,
                        const uint32_t part) {
    const uint8_t *plane = k->planes[SC_PLANE_VALUE + part];
    struct found value = look_up_two(plane, &p->symbol, &q->symbol);
    if (k->wide) {
        value = look_up_four(plane, 4, &p->symbol, &q->symbol);
    }
    p->value[part] = value.p;
    q->value[part] = value.q;
}

/* Elements that are not passed over. */
INLINE uint32_t active_at(const struct local *l, uint64_t at, const struct fixed *f) {
    return l->lift.log2 > 5 ? sc_lift_mask(&l->lift, at) : f->active;
}

INLINE void note_escapes(struct local *l, const struct pair *p, const struct fixed *f,
                         const struct plane_constants *k, const bool both) {
    vec other = _mm512_xor_si512(p->symbol.low, k->escape);
    __mmask64 escapes = _mm512_testn_epi8_mask(other, k->column_mask);
    if (__builtin_expect(escapes != 0, 0)) {
        uint64_t every_second = UINT64_C(0x5555555555555555);
        uint32_t first = (uint32_t)_pext_u64(escapes, every_second);
        sc_escapes_note(&l->escapes, p->a.at, first & active_at(l, p->a.at, f));
        if (both) {
            uint32_t second = (uint32_t)_pext_u64(escapes, ~every_second);
            sc_escapes_note(&l->escapes, p->b.at, second & active_at(l, p->b.at, f));
        }
    }
}

INLINE void next_state(const struct local *l, struct stream *s, vec freq, vec offset,
                       const struct fixed *f) {
    vec rank = _mm512_add_epi16(_mm512_and_si512(s->x.l, f->place_mask), offset);
    struct lanes next = advance(s->x, freq, rank, f);
    if (l->lift.count > 0) {
        __mmask32 active = active_at(l, s->at, f);
        next.h = _mm512_mask_mov_epi16(s->x.h, active, next.h);
        next.l = _mm512_mask_mov_epi16(s->x.l, active, next.l);
    }
    s->x = renormalise(next, &s->word);
    s->at += SC_LANES;
}

INLINE void finish(struct local *l, struct pair *p, const struct fixed *f,
                   const struct plane_constants *k, const bool both) {
    const bool split = l->sink.kind == SC_SINK_SPLIT;
    if (l->bulk.escapes) {
        note_escapes(l, p, f, k, both);
    }
    put(&l->sink, p->a.at, words_of_first(k, p->value[0], p->value[1]), f, split);
    next_state(l, &p->a, words_of_first(k, p->freq[0], p->freq[1]),
               words_of_first(k, p->offset[0], p->offset[1]), f);
    if (both) {
        put(&l->sink, p->b.at, words_of_second(k, p->value[0], p->value[1]), f, split);
        next_state(l, &p->b, words_of_second(k, p->freq[0], p->freq[1]),
                   words_of_second(k, p->offset[0], p->offset[1]), f);
    }
}

/* 32 elements of each segment; of q's only if there are four, else what is done for it is left out
 * by the compiler. */
INLINE void step(struct local *l, struct pair *p, struct pair *q, const struct fixed *f,
                 const struct plane_constants *k, const uint32_t units, const uint32_t segments) {
    split_slots(l, p, f, k, units, segments > 1);
    if (segments > 2) {
        split_slots(l, q, f, k, units, true);
    } else {
        q->column = p->column;
        q->place = p->place;
    }
    find_symbols(p, q, k, units);
    find_offsets(p, q, k, units, 0);
    find_offsets(p, q, k, units, 1);
    find_freqs(p, q, k, units, 0);
    find_freqs(p, q, k, units, 1);
    find_values(p, q, k, 0);
    find_values(p, q, k, 1);
    finish(l, p, f, k, segments > 1);
    if (segments > 2) {
        finish(l, q, f, k, true);
    }
}

INLINE vec bytes(uint32_t value) {
    return _mm512_set1_epi8((char)value);
}

INLINE void fix_planes(const struct sc_bulk *b, const uint32_t units, struct plane_constants *k) {
    uint32_t c = b->column_bits, place_bits = b->precision - c;
    uint8_t order[64];
    for (uint32_t i = 0; i < 64; i++) {
        order[i] = (uint8_t)(i / 2 + 32 * (i % 2));
    }
    *k = (struct plane_constants){
        .first = words(0x00ff),
        .column_mask = bytes((1u << c) - 1),
        .table_mask = bytes(0xffu << c),
        .place_mask = bytes((1u << place_bits) - 1),
        .interleave = load(order),
        .escape = bytes(b->marker),
        .place_bits = _mm_cvtsi32_si128((int)place_bits),
        .place_turn = _mm_cvtsi32_si128((int)(8 - place_bits)),
        .column_bits = _mm_cvtsi32_si128((int)c),
        .bit8 = bytes(1u << (8 - c)),
        .bit9 = bytes(1u << (9 - c)),
        .wide = c > 7,
    };
    for (uint32_t i = 0; i < SC_PLANES; i++) {
        k->planes[i] = b->planes + (size_t)i * 64 * units;
    }
    k->planes[SC_PLANE_VALUE + 1] = k->planes[SC_PLANE_VALUE] + 256;
}

INLINE void run(const struct sc_bulk *b, const uint32_t segments, const uint32_t units) {
    struct fixed f;
    struct plane_constants k;
    struct pair p, q;
    struct sc_rans *r = b->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    fix(b, SC_FORM_PLANES, &f);
    fix_planes(b, units, &k);
    open_stream(r, 0, &p.a);
    open_stream(r, segments > 1 ? 1 : 0, &p.b);
    open_stream(r, segments > 2 ? 2 : 0, &q.a);
    open_stream(r, segments > 2 ? 3 : 0, &q.b);
    uint64_t left = b->groups, now;
    while (left > 0) {
        now = safe_groups(b, &p.a, left);
        now = safe_groups(b, &p.b, now);
        now = safe_groups(b, &q.a, now);
        now = safe_groups(b, &q.b, now);
        if (now == 0) {
            break;
        }
        left -= now;
        for (; now > 0; now--) {
            step(&l, &p, &q, &f, &k, units, segments);
        }
    }
    r->escapes = l.escapes;
    close_stream(r, 0, &p.a);
    if (segments > 1) {
        close_stream(r, 1, &p.b);
    }
    if (segments > 2) {
        close_stream(r, 2, &q.a);
        close_stream(r, 3, &q.b);
    }
}

/* Two streams of one segment, which do not wait for each other. Each of their parts is a variable
 * of its own: members of one structure would stay in memory. */
INLINE void run_pair(const struct sc_bulk *b, const struct sc_bulk *beside, const uint32_t units) {
    struct sc_rans *r = b->rans, *other = beside->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    struct local m = {*beside, *beside->sink, other->contexts, other->escapes, other->lift};
    struct fixed f, g;
    struct plane_constants k, n;
    struct pair p, q, none;
    fix(b, SC_FORM_PLANES, &f);
    fix(beside, SC_FORM_PLANES, &g);
    fix_planes(b, units, &k);
    fix_planes(beside, units, &n);
    open_stream(r, 0, &p.a);
    open_stream(other, 0, &q.a);
    uint64_t left = b->groups < beside->groups ? b->groups : beside->groups, now;
    while (left > 0) {
        now = safe_groups(b, &p.a, left);
        now = safe_groups(beside, &q.a, now);
        if (now == 0) {
            break;
        }
        left -= now;
        for (; now > 0; now--) {
            step(&l, &p, &none, &f, &k, units, 1);
            step(&m, &q, &none, &g, &n, units, 1);
        }
    }
    r->escapes = l.escapes;
    other->escapes = m.escapes;
    close_stream(r, 0, &p.a);
    close_stream(other, 0, &q.a);
}

#define LOOP(NAME, UNITS)                                                                          \
    static void NAME(const struct sc_bulk *b, const struct sc_bulk *beside) {                      \
        if (beside != NULL) {                                                                      \
            run_pair(b, beside, UNITS);                                                            \
        } else if (b->segment_count == 1) {                                                        \
            run(b, 1, UNITS);                                                                      \
        } else if (b->segment_count == 2) {                                                        \
            run(b, 2, UNITS);                                                                      \
        } else {                                                                                   \
            run(b, 4, UNITS);                                                                      \
        }                                                                                          \
    }

LOOP(planes1, 1)
LOOP(planes2, 2)
LOOP(planes4, 4)
LOOP(planes6, 6)
LOOP(planes8, 8)
LOOP(planes10, 10)
LOOP(planes12, 12)
LOOP(planes16, 16)

void sc_bulk_pair_avx512_planes(const struct sc_bulk *b, const struct sc_bulk *beside) {
    switch (b->units) {
    case 1:
        planes1(b, beside);
        break;
    case 2:
        planes2(b, beside);
        break;
    case 4:
        planes4(b, beside);
        break;
    case 6:
        planes6(b, beside);
        break;
    case 8:
        planes8(b, beside);
        break;
    case 10:
        planes10(b, beside);
        break;
    case 12:
        planes12(b, beside);
        break;
    default:
        planes16(b, beside);
    }
}

void sc_bulk_avx512_planes(const struct sc_bulk *b) {
    sc_bulk_pair_avx512_planes(b, NULL);
}
