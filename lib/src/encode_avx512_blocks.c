/* encode_avx512_blocks.c - rANS encoding of runs of 32 elements of few values under one table, for
 * AVX-512 with VBMI2: what a table says fits vectors, so nothing is gathered. Depends on
 * encode_kernel.h. */
#include "encode_kernel.h"

#include <immintrin.h>

/* Without optimisation a function that is handed over by pointer cannot be inlined. */
#ifdef __OPTIMIZE__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

#define EVEN UINT32_C(0x55555555)

/* 32 numbers as two vectors: of the even lanes and of the odd ones. */
struct pair {
    __m512i even, odd;
};

INLINE __m512i lower_halves(struct pair x) {
    return _mm512_mask_blend_epi16(EVEN, _mm512_slli_epi32(x.odd, 16), x.even);
}

INLINE __m512i upper_halves(struct pair x) {
    return _mm512_mask_blend_epi16(EVEN, x.odd, _mm512_srli_epi32(x.even, 16));
}

INLINE struct pair join_halves(__m512i lower, __m512i upper) {
    return (struct pair){_mm512_mask_blend_epi16(EVEN, _mm512_slli_epi32(upper, 16), lower),
                         _mm512_mask_blend_epi16(EVEN, upper, _mm512_srli_epi32(lower, 16))};
}

INLINE struct pair widened(__m512i words) {
    return (struct pair){_mm512_maskz_mov_epi16(EVEN, words), _mm512_srli_epi32(words, 16)};
}

/* What is the same for all groups. */
struct fixed {
    const struct sc_wide_coder *c;
    const uint8_t *values, *contexts;
    uint32_t run_log2;
    struct sc_lift lift;
    __m128i precision, rest; /* 16 - precision */
    __m512i whole;           /* 2^precision */
};

/* A part, and how far its group is on its way. */
struct lanes {
    const struct fixed *fixed;
    uint64_t end; /* of the elements to come */
    struct pair x;
    struct sc_word_sinks sinks;
    const uint16_t *table;
    __m512i symbols, f;
    struct pair q;
    __m512i at, number;    /* of the rank, and of its stretch */
    __mmask32 coded, more; /* where the quotient is one less than it should be */
};

/* Entry `index` of the row-th array of a table, each of as many words as there are values. */
INLINE __m512i by_value(const uint16_t *table, uint32_t row, uint32_t values, __m512i index) {
    __m512i entries = _mm512_loadu_si512(table + (size_t)(row * values) / 32 * 32);
    if (values == 16 && row % 2 == 1) {
        index = _mm512_or_si512(index, _mm512_set1_epi16(16));
    }
    return _mm512_permutexvar_epi16(index, entries);
}

/* The same of stretch numbers, of which there are twice as many. */
INLINE __m512i by_number(const uint16_t *table, uint32_t row, uint32_t values, __m512i index) {
    const uint16_t *at = table + (size_t)(SC_STRETCH_BY_NUMBER + 2 * row) * values;
    __m512i entries = _mm512_loadu_si512(at);
    return values == 16 ? _mm512_permutexvar_epi16(index, entries)
                        : _mm512_permutex2var_epi16(entries, index, _mm512_loadu_si512(at + 32));
}

/* floor(x / f), or one less: all roundings are down, and together they are less than 3 / 2^23 of a
 * quotient below 2^21. */
INLINE __m512i divide(__m512i x, const uint16_t *table, uint32_t values, __m512i symbols) {
    enum {
        DOWN = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC
    };
    const float *entries = (const float *)(const void *)(table + 4 * (size_t)values);
    __m512 low = _mm512_loadu_ps(entries);
    __m512 reciprocal = values == 16
                            ? _mm512_permutexvar_ps(symbols, low)
                            : _mm512_permutex2var_ps(low, symbols, _mm512_loadu_ps(entries + 16));
    return _mm512_cvttps_epu32(
        _mm512_mul_round_ps(_mm512_cvt_roundepu32_ps(x, DOWN), reciprocal, DOWN));
}

/* The words of the lanes in `over`, the highest lane's at the highest place. */
INLINE void put_words(struct sc_word_sinks *sinks, __mmask32 over, __m512i words) {
    uint32_t n = (uint32_t)__builtin_popcount(over);
    sinks->words -= 2 * (size_t)n;
    _mm512_mask_storeu_epi16(sinks->words, (__mmask32)((UINT64_C(1) << n) - 1),
                             _mm512_maskz_compress_epi16(over, words));
}

/* One step of a group. Several parts take each step by turns, since every step waits for the one
 * before it, and so that those of others stand close behind in the program. */
typedef void part_step(struct lanes *s, const uint32_t values);

INLINE void take_group(struct lanes *s, const uint32_t values) {
    const struct fixed *f = s->fixed;
    uint64_t i = s->end -= 32;
    const __m256i *elements = (const __m256i *)(const void *)(f->values + i);
    size_t table = f->contexts == NULL ? 0 : f->contexts[i >> f->run_log2];
    s->table = f->c->stretches + table * SC_STRETCH_WORDS * values;
    s->coded = sc_lift_mask(&f->lift, i);
    s->symbols = _mm512_cvtepu8_epi16(_mm256_loadu_si256(elements));
}

INLINE void renormalise(struct lanes *s, const uint32_t values) {
    __m512i most = by_value(s->table, 0, values, s->symbols);
    __m512i lower = lower_halves(s->x), upper = upper_halves(s->x);
    __mmask32 over = _mm512_mask_cmpgt_epu16_mask(s->coded, upper, most);
    put_words(&s->sinks, over, lower);
    s->at = _mm512_mask_mov_epi16(lower, over, upper);
    s->q = join_halves(s->at, _mm512_maskz_mov_epi16(~over, upper));
    s->f = _mm512_sub_epi16(_mm512_srl_epi16(most, s->fixed->rest), _mm512_set1_epi16(-1));
}

INLINE void divide_all(struct lanes *s, const uint32_t values) {
    struct pair symbols = widened(s->symbols);
    s->q.even = divide(s->q.even, s->table, values, symbols.even);
    s->q.odd = divide(s->q.odd, s->table, values, symbols.odd);
}

/* Ranks and slots are below 2^13, so they are taken in 16 bits. The ranks of all symbols are
 * numbered through. */
INLINE void take_rank(struct lanes *s, const uint32_t values) {
    __m512i rank = _mm512_sub_epi16(s->at, _mm512_mullo_epi16(lower_halves(s->q), s->f));
    s->more = _mm512_cmpge_epu16_mask(rank, s->f);
    rank = _mm512_min_epu16(rank, _mm512_sub_epi16(rank, s->f));
    s->at = _mm512_add_epi16(by_value(s->table, 1, values, s->symbols), rank);
}

/* The last stretch that does not start above the rank: four further, two, one. */
INLINE void search_fours(struct lanes *s, const uint32_t values) {
    __m512i number = by_value(s->table, 2, values, s->symbols);
    __mmask32 further = _mm512_cmpge_epu16_mask(s->at, by_value(s->table, 3, values, s->symbols));
    s->number = _mm512_mask_add_epi16(number, further, number, _mm512_set1_epi16(4));
}

INLINE void search_twos(struct lanes *s, const uint32_t values) {
    __mmask32 further = _mm512_cmpge_epu16_mask(s->at, by_number(s->table, 0, values, s->number));
    s->number = _mm512_mask_add_epi16(s->number, further, s->number, _mm512_set1_epi16(2));
}

INLINE void search_ones(struct lanes *s, const uint32_t values) {
    __mmask32 further = _mm512_cmpge_epu16_mask(s->at, by_number(s->table, 1, values, s->number));
    s->number = _mm512_mask_sub_epi16(s->number, further, s->number, _mm512_set1_epi16(-1));
}

INLINE void put_states(struct lanes *s, const uint32_t values) {
    __m512i slot = _mm512_add_epi16(s->at, by_number(s->table, 2, values, s->number));
    slot = _mm512_mask_add_epi16(slot, s->more, slot, s->fixed->whole);
    struct pair slots = widened(slot);
    s->x.even = _mm512_mask_add_epi32(s->x.even, (__mmask16)_pext_u32(s->coded, EVEN),
                                      _mm512_sll_epi32(s->q.even, s->fixed->precision), slots.even);
    s->x.odd = _mm512_mask_add_epi32(s->x.odd, (__mmask16)_pext_u32(s->coded, ~EVEN),
                                     _mm512_sll_epi32(s->q.odd, s->fixed->precision), slots.odd);
}

INLINE void by_turns(part_step *const take, struct lanes *s, const uint32_t values,
                     const uint32_t part_count) {
    take(&s[0], values);
    if (part_count > 1) {
        take(&s[1], values);
    }
    if (part_count > 2) {
        take(&s[2], values);
        take(&s[3], values);
    }
}

INLINE struct lanes open_part(const struct fixed *f, const struct sc_wide_part *part) {
    struct lanes s = {.fixed = f, .end = part->first + 32 * part->groups, .sinks = part->sinks};
    uint32_t even[SC_LANES / 2], odd[SC_LANES / 2];
    for (uint32_t i = 0; i < SC_LANES / 2; i++) {
        even[i] = part->states[2 * (size_t)i];
        odd[i] = part->states[2 * (size_t)i + 1];
    }
    s.x = (struct pair){_mm512_loadu_si512(even), _mm512_loadu_si512(odd)};
    return s;
}

INLINE void close_part(const struct lanes *s, struct sc_wide_part *part) {
    uint32_t even[SC_LANES / 2], odd[SC_LANES / 2];
    _mm512_storeu_si512(even, s->x.even);
    _mm512_storeu_si512(odd, s->x.odd);
    for (uint32_t i = 0; i < SC_LANES / 2; i++) {
        part->states[2 * (size_t)i] = even[i];
        part->states[2 * (size_t)i + 1] = odd[i];
    }
    part->groups = (s->end - part->first) / 32;
    part->sinks = s->sinks;
}

/* The last `groups` groups of each part, of which there are 1, 2 or 4 [RNS-003]. */
INLINE void encode_last(const struct fixed *f, const uint32_t values, struct sc_wide_part *parts,
                        const uint32_t part_count, uint64_t groups) {
    struct lanes s[SC_SEGMENTS_MAX];
    for (uint32_t k = 0; k < part_count; k++) {
        s[k] = open_part(f, &parts[k]);
    }
    for (; groups > 0; groups--) {
        by_turns(take_group, s, values, part_count);
        by_turns(renormalise, s, values, part_count);
        by_turns(divide_all, s, values, part_count);
        by_turns(take_rank, s, values, part_count);
        by_turns(search_fours, s, values, part_count);
        by_turns(search_twos, s, values, part_count);
        by_turns(search_ones, s, values, part_count);
        by_turns(put_states, s, values, part_count);
    }
    for (uint32_t k = 0; k < part_count; k++) {
        close_part(&s[k], &parts[k]);
    }
}

/* What parts have more of than others, one by one; then all at once. */
INLINE void encode(const struct fixed *f, const uint32_t values, struct sc_wide_part *parts,
                   uint32_t part_count) {
    uint64_t least = parts[0].groups;
    for (uint32_t k = 1; k < part_count; k++) {
        least = parts[k].groups < least ? parts[k].groups : least;
    }
    for (uint32_t k = 0; k < part_count; k++) {
        encode_last(f, values, &parts[k], 1, parts[k].groups - least);
    }
    if (part_count == 4) {
        encode_last(f, values, parts, 4, least);
    } else if (part_count == 2) {
        encode_last(f, values, parts, 2, least);
    } else {
        encode_last(f, values, parts, 1, least);
    }
}

void sc_encode_stretches_avx512(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                                struct sc_lift lift) {
    const struct sc_wide_coder *c = parts->coder;
    const struct fixed f = {.c = c,
                            .values = parts->values->data,
                            .contexts = parts->contexts,
                            .run_log2 = run_log2,
                            .lift = lift,
                            .precision = _mm_cvtsi32_si128((int)c->precision),
                            .rest = _mm_cvtsi32_si128(16 - (int)c->precision),
                            .whole = _mm512_set1_epi16((short)(1u << c->precision))};
    if (c->stretch_values == 16) {
        encode(&f, 16, parts, part_count);
    } else {
        encode(&f, 32, parts, part_count);
    }
}

/* Bit `bit` of the 32 bytes, in every lane. */
INLINE __m512i plane(__m256i bytes, uint32_t bit) {
    __mmask32 set = _mm256_test_epi8_mask(bytes, _mm256_set1_epi8((char)(1u << bit)));
    return _mm512_set1_epi32((int)set);
}

/* The lanes where their number has this bit. */
INLINE __m512i numbers_with(uint32_t bit) {
    __m512i number = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_maskz_set1_epi32(
        _mm512_test_epi32_mask(number, _mm512_set1_epi32((int)(1u << bit))), -1);
}

INLINE void add_ones(uint32_t *counts, __m512i bits) {
    __m512i sum = _mm512_add_epi32(_mm512_loadu_si512(counts), _mm512_popcnt_epi32(bits));
    _mm512_storeu_si512(counts, sum);
}

void sc_count_few_avx512(const uint8_t *values, const uint8_t *contexts, uint64_t runs,
                         uint32_t live, uint32_t stride, uint32_t *counts) {
    enum {
        WHERE_EQUAL = 0x82,       /* c where a = b */
        WHERE_OTHERS_EQUAL = 0x90 /* a where b = c */
    };
    const __m512i number[4] = {numbers_with(0), numbers_with(1), numbers_with(2), numbers_with(3)};
    const __m512i all = _mm512_set1_epi32((int)live);
    for (uint64_t r = 0; r < runs; r++) {
        uint32_t *own = counts + (size_t)contexts[r] * stride;
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(values + 32 * r));
        __m512i here = _mm512_ternarylogic_epi32(plane(bytes, 0), number[0], all, WHERE_EQUAL);
        for (uint32_t bit = 1; bit < 4; bit++) {
            here =
                _mm512_ternarylogic_epi32(here, plane(bytes, bit), number[bit], WHERE_OTHERS_EQUAL);
        }
        if (stride == 16) {
            add_ones(own, here);
        } else {
            add_ones(own, _mm512_andnot_si512(plane(bytes, 4), here));
            add_ones(own + 16, _mm512_and_si512(plane(bytes, 4), here));
        }
    }
}
