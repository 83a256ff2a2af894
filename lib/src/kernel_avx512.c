/* kernel_avx512.c - bulk loops for AVX-512 with VBMI and VBMI2. Depends on kernel_avx512.h.
 *
 * Table entries are 32 bits, gathered for even and odd lanes and blended into two vectors A and B
 * of 16-bit halves. Two or four segments go side by side, because one alone waits for its own
 * gathers.
 */
#include "kernel_avx512.h"

#include "block_class.h"

/* Values of 32 elements, and the step of their states; one function for each form. */
INLINE vec step_flat32(const struct sc_bulk *b, struct stream *s, const struct fixed *f, vec slot,
                       __mmask32 *escapes) {
    vec a, c;
    gather(b->words, slot, &a, &c);
    vec tag = _mm512_srlv_epi16(c, f->tag_bits);
    vec rank = _mm512_and_si512(_mm512_shrdv_epi16(a, c, f->precision), f->slot_mask);
    if (b->escapes) {
        *escapes = _mm512_cmpeq_epi16_mask(tag, f->marker);
    }
    s->x = advance(s->x, _mm512_and_si512(a, f->slot_mask), rank, f);
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
        close_stream(r, i, &s[i]);
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
    if (b->form == SC_FORM_WORDS) {
        sc_bulk_avx512_blocks(b);
    } else if (b->form == SC_FORM_PLANES) {
        sc_bulk_avx512_planes(b);
    } else if (b->form == SC_FORM_ALIAS16 && contexts) {
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

const struct sc_kernel sc_kernel_avx512 = {"avx512",
                                           true,
                                           true,
                                           true,
                                           sc_checksum_avx512,
                                           bulk,
                                           sc_bulk_pair_avx512_planes,
                                           sc_lanes_avx512,
                                           sc_block_tables_avx512};
