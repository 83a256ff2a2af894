/* kernel_avx2.c - bulk loops for AVX2. Depends on kernel.h.
 *
 * Eight states are one vector of 32-bit lanes, four vectors a segment. Table entries are gathered;
 * the words of the lanes that need one are spread by a byte shuffle, whose control comes from a
 * table of all 256 patterns. */
#include "kernel.h"

#include "block_class.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    VECTORS = 4
};

typedef __m256i vec;

INLINE vec dwords(uint32_t value) {
    return _mm256_set1_epi32((int)value);
}

INLINE vec load(const void *p) {
    return _mm256_loadu_si256(p);
}

struct fixed {
    vec slot_mask;
    __m128i precision, tag_bits; /* shift counts p and 2 p */
    vec place_mask, column_mask;
    __m128i place_bits, column_bits;
    vec marker;
    vec lane_to_sign;
    vec raw_pick, raw_scale, raw_low;
    vec wide_pick, wide_shift, wide_low;
    __m128i value_shift, raw_shift;
    const uint8_t (*spread)[16];
};

/* Copies, which stores to the content cannot alias. */
struct local {
    struct sc_bulk bulk;
    struct sc_sink sink;
    struct sc_contexts contexts;
    struct sc_escapes escapes;
    struct sc_lift lift;
};

struct stream {
    vec x[VECTORS];
    const uint8_t *word;
    uint64_t at;
    uint64_t row, column; /* of the element at `at` */
};

/* Contexts of 32 elements. Sums of classes are below 64, so four shuffles look them up: the sum
 * less 16 q, moved so that what is not 0..15 has its top bit set, gives 0 from all shuffles but
 * one. */
INLINE void contexts_at(const struct sc_contexts *c, struct stream *s, uint8_t *each) {
    if (c->kind != SC_CONTEXT_ROWS || s->column + SC_LANES > c->columns) {
        sc_contexts_fill(c, s->at, SC_LANES, each);
        if (c->kind == SC_CONTEXT_ROWS) {
            s->row = (s->at + SC_LANES) / c->columns;
            s->column = (s->at + SC_LANES) % c->columns;
        }
        return;
    }
    vec sums = _mm256_add_epi8(load(c->column_classes + s->column),
                               _mm256_set1_epi8((char)c->rows[s->row]));
    vec found = _mm256_setzero_si256();
    for (size_t q = 0; q < 4; q++) {
        vec map = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(c->map + 16 * q)));
        vec index = _mm256_sub_epi8(sums, _mm256_set1_epi8((char)(16 * q)));
        index = _mm256_adds_epu8(index, _mm256_set1_epi8(0x70));
        found = _mm256_or_si256(found, _mm256_shuffle_epi8(map, index));
    }
    _mm256_storeu_si256((void *)each, found);
    s->column += SC_LANES;
    if (s->column == c->columns) {
        s->column = 0;
        s->row++;
    }
}

INLINE __m128i load_four(const uint32_t *table, uint64_t two, uint64_t more) {
    __m128i found = _mm_cvtsi32_si128((int)table[(uint32_t)two]);
    found = _mm_insert_epi32(found, (int)table[two >> 32], 1);
    found = _mm_insert_epi32(found, (int)table[(uint32_t)more], 2);
    return _mm_insert_epi32(found, (int)table[more >> 32], 3);
}

/* Eight loads: on most machines faster than the gather instruction, which runs as microcode. */
INLINE vec gather(const uint32_t *table, vec index) {
    __m128i low = _mm256_castsi256_si128(index), high = _mm256_extracti128_si256(index, 1);
    low = load_four(table, (uint64_t)_mm_cvtsi128_si64(low), (uint64_t)_mm_extract_epi64(low, 1));
    high =
        load_four(table, (uint64_t)_mm_cvtsi128_si64(high), (uint64_t)_mm_extract_epi64(high, 1));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* x = freq * (x >> p) + rank, and the next words for the lanes that fall below 2^16 [RNS-012]. */
INLINE vec advance(vec x, vec freq, vec rank, const struct fixed *f, vec active, const bool lifted,
                   const uint8_t **word) {
    vec y = _mm256_add_epi32(_mm256_mullo_epi32(freq, _mm256_srl_epi32(x, f->precision)), rank);
    if (lifted) {
        y = _mm256_blendv_epi8(x, y, active);
    }
    vec low = _mm256_cmpeq_epi32(_mm256_srli_epi32(y, 16), _mm256_setzero_si256());
    uint32_t mask = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(low));
    __m128i control = _mm_load_si128((const void *)f->spread[mask]);
    __m128i words = _mm_shuffle_epi8(_mm_loadu_si128((const void *)*word), control);
    *word += 2 * (size_t)_mm_popcnt_u32(mask);
    y = _mm256_blendv_epi8(y, _mm256_slli_epi32(y, 16), low);
    return _mm256_or_si256(y, _mm256_cvtepu16_epi32(words));
}

/* Eight values, and the step of their states. `context` is a number for each lane. */
INLINE vec step_flat32(const struct local *l, const struct fixed *f, vec *x, vec context,
                       vec active, const bool lifted, const uint8_t **word, vec *escapes) {
    vec slot = _mm256_and_si256(*x, f->slot_mask);
    vec entry =
        gather(l->bulk.words, _mm256_or_si256(slot, _mm256_sll_epi32(context, f->precision)));
    vec freq = _mm256_and_si256(entry, f->slot_mask);
    vec rank = _mm256_and_si256(_mm256_srl_epi32(entry, f->precision), f->slot_mask);
    vec tag = _mm256_srl_epi32(entry, f->tag_bits);
    *escapes = _mm256_cmpeq_epi32(tag, f->marker);
    *x = advance(*x, freq, rank, f, active, lifted, word);
    if (l->bulk.named) {
        vec pair = gather((const uint32_t *)(const void *)l->bulk.map, _mm256_srli_epi32(tag, 1));
        vec odd = _mm256_slli_epi32(_mm256_and_si256(tag, dwords(1)), 4);
        tag = _mm256_and_si256(_mm256_srlv_epi32(pair, odd), dwords(0xffff));
    }
    return tag;
}

INLINE vec step_columns(const struct local *l, const struct fixed *f, vec *x, vec context,
                        vec active, const bool lifted, const uint8_t **word, vec *escapes) {
    vec slot = _mm256_and_si256(*x, f->slot_mask);
    vec column = _mm256_srl_epi32(slot, f->place_bits);
    vec place = _mm256_and_si256(slot, f->place_mask);
    vec table = _mm256_sll_epi32(context, f->column_bits);
    vec entry = gather(l->bulk.columns, _mm256_or_si256(column, table));
    vec low = _mm256_and_si256(entry, dwords(0xffff));
    vec cut = _mm256_srl_epi32(low, f->column_bits);
    vec own = _mm256_cmpgt_epi32(cut, place);
    vec symbol = _mm256_blendv_epi8(_mm256_and_si256(low, f->column_mask), column, own);
    vec base = _mm256_add_epi32(place, _mm256_andnot_si256(own, _mm256_srli_epi32(entry, 16)));
    entry = gather(l->bulk.words, _mm256_or_si256(symbol, table));
    vec value = _mm256_srli_epi32(entry, 16);
    *escapes = _mm256_cmpeq_epi32(value, f->marker);
    *x = advance(*x, _mm256_and_si256(entry, dwords(0xffff)),
                 _mm256_and_si256(base, dwords(0xffff)), f, active, lifted, word);
    return value;
}

/* Eight values, 32 bits each, joined with raw bits that lie in up to three bytes. */
INLINE vec join_eight(const uint8_t *raw, const struct fixed *f, vec values) {
    vec bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)raw));
    vec bits = _mm256_srlv_epi32(_mm256_shuffle_epi8(bytes, f->wide_pick), f->wide_shift);
    vec sign = _mm256_slli_epi32(_mm256_and_si256(bits, dwords(1)), 15);
    vec rest = _mm256_and_si256(_mm256_srli_epi32(bits, 1), f->wide_low);
    return _mm256_or_si256(_mm256_sll_epi32(values, f->value_shift), _mm256_or_si256(rest, sign));
}

INLINE vec join_wide(const struct sc_sink *sink, const struct fixed *f, uint64_t i, vec values) {
    const uint8_t *raw = sink->raw + i / 8 * sink->raw_bits;
    vec low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(values));
    vec high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(values, 1));
    low = join_eight(raw, f, low);
    high = join_eight(raw + sink->raw_bits, f, high);
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xd8);
}

/* 16 values in order to the sink. */
INLINE void put16(const struct sc_sink *sink, const struct fixed *f, uint64_t i, vec values) {
    if (sink->kind == SC_SINK_U8) {
        __m128i bytes =
            _mm_packus_epi16(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
        _mm_storeu_si128((void *)(sink->out + i), bytes);
        return;
    }
    if (sink->kind == SC_SINK_SPLIT && sink->raw_bits > SC_RAW_IN_TWO_BYTES) {
        values = join_wide(sink, f, i, values);
    } else if (sink->kind == SC_SINK_SPLIT) {
        /* the two bytes that have an element's raw bits, its bits moved to the top by a product */
        const uint8_t *raw = sink->raw + i / 8 * sink->raw_bits;
        vec bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)raw));
        vec top = _mm256_mullo_epi16(_mm256_shuffle_epi8(bytes, f->raw_pick), f->raw_scale);
        vec bits = _mm256_srl_epi16(top, f->raw_shift); /* sign lowest */
        vec rest = _mm256_and_si256(_mm256_srli_epi16(bits, 1), f->raw_low);
        vec sign = _mm256_slli_epi16(bits, 15);
        values =
            _mm256_or_si256(_mm256_sll_epi16(values, f->value_shift), _mm256_or_si256(rest, sign));
    }
    _mm256_storeu_si256((void *)(sink->out + 2 * i), values);
}

INLINE void step(struct local *l, struct stream *s, const struct fixed *f, const enum sc_form form,
                 const bool contexts, const bool lifted) {
    uint8_t each[SC_LANES];
    vec values[VECTORS];
    uint32_t escapes = 0, mask = lifted ? sc_lift_mask(&l->lift, s->at) : UINT32_MAX;
    if (contexts) {
        contexts_at(&l->contexts, s, each);
    }
    const uint8_t *word = s->word;
#pragma GCC unroll 4
    for (size_t v = 0; v < VECTORS; v++) {
        vec found, context = _mm256_setzero_si256();
        vec active = _mm256_set1_epi32(-1);
        if (lifted) { /* the bit of each lane to its sign */
            vec bits = dwords(mask >> (8 * v));
            active = _mm256_srai_epi32(_mm256_sllv_epi32(bits, f->lane_to_sign), 31);
        }
        if (contexts) {
            context = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(each + 8 * v)));
        }
        values[v] = form == SC_FORM_FLAT32
                        ? step_flat32(l, f, &s->x[v], context, active, lifted, &word, &found)
                        : step_columns(l, f, &s->x[v], context, active, lifted, &word, &found);
        if (l->bulk.escapes) {
            uint32_t some = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(found));
            escapes |= some << (8 * v) & mask;
        }
    }
    s->word = word;
#pragma GCC unroll 2
    for (size_t h = 0; h < 2; h++) {
        vec packed = _mm256_packus_epi32(values[2 * h], values[2 * h + 1]);
        put16(&l->sink, f, s->at + 16 * h, _mm256_permute4x64_epi64(packed, 0xd8));
    }
    if (__builtin_expect(escapes != 0, 0)) {
        sc_escapes_note(&l->escapes, s->at, escapes);
    }
    s->at += SC_LANES;
}

/* For up to 9 raw bits: the two bytes that hold them of each of 16 elements, and factors that move
 * them up. For more: the four bytes from their first on, for each of eight elements. */
INLINE void fix_raw(const struct sc_sink *sink, struct fixed *f) {
    uint8_t pick[32], wide_pick[32];
    uint16_t scale[16];
    uint32_t shift[8];
    uint32_t bits = sink->kind == SC_SINK_SPLIT ? sink->raw_bits : 1;
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t first = i * bits, up = 16 - bits - first % 8;
        pick[2 * (size_t)i] = (uint8_t)(first / 8);
        pick[2 * (size_t)i + 1] = (uint8_t)((first + bits - 1) / 8);
        scale[i] = (uint16_t)(bits <= SC_RAW_IN_TWO_BYTES ? 1u << up : 0);
    }
    for (uint32_t i = 0; i < 8; i++) {
        for (uint32_t j = 0; j < 4; j++) {
            wide_pick[4 * i + j] = (uint8_t)(i * bits / 8 + j);
        }
        shift[i] = i * bits % 8;
    }
    f->raw_pick = load(pick);
    f->raw_scale = load(scale);
    f->raw_low = _mm256_set1_epi16((short)((1u << (bits - 1)) - 1));
    f->raw_shift = _mm_cvtsi32_si128((int)(16 - bits));
    f->value_shift = _mm_cvtsi32_si128((int)bits - 1);
    f->wide_pick = load(wide_pick);
    f->wide_shift = load(shift);
    f->wide_low = dwords((1u << (bits - 1)) - 1);
}

/* Shuffles that bring the next words, one for each set bit of the pattern, to their lanes. */
INLINE void fix_spread(uint8_t spread[256][16]) {
    for (uint32_t pattern = 0; pattern < 256; pattern++) {
        uint32_t next = 0;
        for (size_t lane = 0; lane < 8; lane++) {
            bool takes = pattern >> lane & 1;
            spread[pattern][2 * lane] = (uint8_t)(takes ? next : 0x80);
            spread[pattern][2 * lane + 1] = (uint8_t)(takes ? next + 1 : 0x80);
            next += takes ? 2 : 0;
        }
    }
}

INLINE void fix(const struct sc_bulk *b, struct fixed *f) {
    uint32_t p = b->precision, c = b->column_bits;
    f->precision = _mm_cvtsi32_si128((int)p);
    f->tag_bits = _mm_cvtsi32_si128((int)(2 * p));
    f->slot_mask = dwords((1u << p) - 1);
    f->place_bits = _mm_cvtsi32_si128((int)(p - c));
    f->place_mask = dwords((1u << (p - c)) - 1);
    f->column_bits = _mm_cvtsi32_si128((int)c);
    f->column_mask = dwords((1u << c) - 1);
    f->marker = dwords(b->marker);
    f->lane_to_sign = _mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24);
    fix_raw(b->sink, f);
}

INLINE void run(const struct sc_bulk *b, const uint32_t segments, const enum sc_form form,
                const bool contexts, const bool lifted) {
    _Alignas(16) uint8_t spread[256][16];
    struct fixed f;
    struct stream s[SC_SEGMENTS_MAX];
    struct sc_rans *r = b->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    fix(b, &f);
    fix_spread(spread);
    f.spread = (const uint8_t(*)[16])spread;
    for (uint32_t i = 0; i < segments; i++) {
        for (size_t v = 0; v < VECTORS; v++) {
            s[i].x[v] = load(r->segments[i].states + 8 * v);
        }
        s[i].word = r->segments[i].word;
        s[i].at = r->segments[i].at;
        bool rows = r->contexts.kind == SC_CONTEXT_ROWS;
        s[i].row = rows ? s[i].at / r->contexts.columns : 0;
        s[i].column = rows ? s[i].at % r->contexts.columns : 0;
    }
    uint64_t left = b->groups;
    while (left > 0) {
        uint64_t now = left;
        for (uint32_t i = 0; i < segments; i++) {
            uint64_t safe = (uint64_t)(r->readable_end - s[i].word) / 64;
            now = safe < now ? safe : now;
        }
        if (now == 0) {
            break;
        }
        left -= now;
        for (; now > 0; now--) {
            for (uint32_t i = 0; i < segments; i++) { /* each has more state than registers */
                step(&l, &s[i], &f, form, contexts, lifted);
            }
        }
    }
    r->escapes = l.escapes;
    for (uint32_t i = 0; i < segments; i++) {
        for (size_t v = 0; v < VECTORS; v++) {
            _mm256_storeu_si256((void *)(r->segments[i].states + 8 * v), s[i].x[v]);
        }
        r->segments[i].word = s[i].word;
        r->segments[i].at = s[i].at;
    }
}

#define LOOP(NAME, FORM, CONTEXTS)                                                                 \
    static void NAME(const struct sc_bulk *b) {                                                    \
        if (b->rans->lift.count > 0) {                                                             \
            run(b, b->segment_count, FORM, CONTEXTS, true);                                        \
        } else {                                                                                   \
            run(b, b->segment_count, FORM, CONTEXTS, false);                                       \
        }                                                                                          \
    }

LOOP(flat32, SC_FORM_FLAT32, false)
LOOP(flat32_contexts, SC_FORM_FLAT32, true)
LOOP(columns, SC_FORM_COLUMNS, false)
LOOP(columns_contexts, SC_FORM_COLUMNS, true)

static void bulk(const struct sc_bulk *b) {
    bool contexts = b->rans->contexts.kind != SC_CONTEXT_NONE;
    if (b->form == SC_FORM_FLAT32) {
        (contexts ? flat32_contexts : flat32)(b);
    } else {
        (contexts ? columns_contexts : columns)(b);
    }
}

const struct sc_kernel sc_kernel_avx2 = {"avx2", false, false, false,          sc_checksum_avx2,
                                         bulk,   NULL,  NULL,  sc_block_tables};
