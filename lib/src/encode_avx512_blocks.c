/* encode_avx512_blocks.c - rANS encoding of runs of 32 elements of few values under one table, for
 * AVX-512 with VBMI2: what a table says fits vectors, so nothing is gathered. Depends on
 * encode_kernel.h. */
#include "encode_kernel.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

/* Two vectors of 16 states. */
struct pair {
    __m512i low, high;
};

/* The lower or upper halves of 32 words. */
INLINE __m512i halves(struct pair x, bool upper) {
    static const uint16_t places[32] = {0,  2,  4,  6,  8,  10, 12, 14, 16, 18, 20,
                                        22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42,
                                        44, 46, 48, 50, 52, 54, 56, 58, 60, 62};
    __m512i index = _mm512_loadu_si512(places);
    index = upper ? _mm512_or_si512(index, _mm512_set1_epi16(1)) : index;
    return _mm512_permutex2var_epi16(x.low, index, x.high);
}

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
INLINE __m512i divide(__m512i x, const uint16_t *table, uint32_t values, __m128i symbols) {
    enum {
        DOWN = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC
    };
    __m512i index = _mm512_cvtepu8_epi32(symbols);
    const float *entries = (const float *)(const void *)(table + 4 * (size_t)values);
    __m512 low = _mm512_loadu_ps(entries);
    __m512 reciprocal = values == 16
                            ? _mm512_permutexvar_ps(index, low)
                            : _mm512_permutex2var_ps(low, index, _mm512_loadu_ps(entries + 16));
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

/* The slots of ranks that are numbered through: the last stretch that does not start above. */
INLINE __m512i slots_of(const uint16_t *table, uint32_t values, __m512i symbols, __m512i rank) {
    __m512i at = _mm512_add_epi16(by_value(table, 1, values, symbols), rank);
    __m512i number = by_value(table, 2, values, symbols);
    __mmask32 further = _mm512_cmpge_epu16_mask(at, by_value(table, 3, values, symbols));
    number = _mm512_mask_add_epi16(number, further, number, _mm512_set1_epi16(4));
    further = _mm512_cmpge_epu16_mask(at, by_number(table, 0, values, number));
    number = _mm512_mask_add_epi16(number, further, number, _mm512_set1_epi16(2));
    further = _mm512_cmpge_epu16_mask(at, by_number(table, 1, values, number));
    number = _mm512_mask_sub_epi16(number, further, number, _mm512_set1_epi16(-1));
    return _mm512_add_epi16(at, by_number(table, 2, values, number));
}

/* One group of 32 elements; ranks and slots are below 2^13, so they are taken in 16 bits. */
INLINE void step(const uint16_t *table, uint32_t values, __m128i precision, const uint8_t *elements,
                 __mmask32 coded, struct pair *x, struct sc_word_sinks *sinks) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)elements);
    __m512i symbols = _mm512_cvtepu8_epi16(bytes);
    __m512i most = by_value(table, 0, values, symbols);
    __m512i low = halves(*x, false), high = halves(*x, true);
    __mmask32 over = _mm512_mask_cmpgt_epu16_mask(coded, high, most);
    put_words(sinks, over, low);
    struct pair y = {_mm512_mask_srli_epi32(x->low, (__mmask16)over, x->low, 16),
                     _mm512_mask_srli_epi32(x->high, (__mmask16)(over >> 16), x->high, 16)};
    struct pair q = {divide(y.low, table, values, _mm256_castsi256_si128(bytes)),
                     divide(y.high, table, values, _mm256_extracti128_si256(bytes, 1))};
    __m512i f = _mm512_srl_epi16(most, _mm_sub_epi64(_mm_cvtsi32_si128(16), precision));
    f = _mm512_sub_epi16(f, _mm512_set1_epi16(-1));
    __m512i rank = _mm512_sub_epi16(_mm512_mask_mov_epi16(low, over, high),
                                    _mm512_mullo_epi16(halves(q, false), f));
    __mmask32 more = _mm512_cmpge_epu16_mask(rank, f);
    rank = _mm512_min_epu16(rank, _mm512_sub_epi16(rank, f));
    __m512i slot = slots_of(table, values, symbols, rank);
    __m512i whole = _mm512_sll_epi16(_mm512_set1_epi16(1), precision);
    slot = _mm512_mask_add_epi16(slot, more, slot, whole);
    x->low = _mm512_mask_add_epi32(x->low, (__mmask16)coded, _mm512_sll_epi32(q.low, precision),
                                   _mm512_cvtepu16_epi32(_mm512_castsi512_si256(slot)));
    x->high = _mm512_mask_add_epi32(x->high, (__mmask16)(coded >> 16),
                                    _mm512_sll_epi32(q.high, precision),
                                    _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(slot, 1)));
}

/* What is to be encoded, and the parts, whose states stay in registers. */
struct job {
    const struct sc_wide_coder *c;
    const uint8_t *values, *contexts;
    uint32_t run_log2;
    struct sc_lift lift;
    __m128i precision;
    uint64_t first[SC_SEGMENTS_MAX], groups[SC_SEGMENTS_MAX];
    struct pair x[SC_SEGMENTS_MAX];
    struct sc_word_sinks sinks[SC_SEGMENTS_MAX];
};

/* Group g of part k, if it has so many. */
INLINE void encode_group(struct job *j, uint32_t values, uint32_t k, uint64_t g) {
    if (g < j->groups[k]) {
        uint64_t i = j->first[k] + 32 * g;
        size_t table = j->contexts == NULL ? 0 : j->contexts[i >> j->run_log2];
        step(j->c->stretches + table * SC_STRETCH_WORDS * values, values, j->precision,
             j->values + i, sc_lift_mask(&j->lift, i), &j->x[k], &j->sinks[k]);
    }
}

/* part_count is 1, 2 or 4 [RNS-003]. */
INLINE void encode(struct job j, uint32_t values, struct sc_wide_part *parts, uint32_t part_count) {
    uint64_t most = 0;
    for (uint32_t k = 0; k < part_count; k++) {
        j.first[k] = parts[k].first;
        j.groups[k] = parts[k].groups;
        j.x[k] = (struct pair){_mm512_loadu_si512(parts[k].states),
                               _mm512_loadu_si512(parts[k].states + 16)};
        j.sinks[k] = parts[k].sinks;
        most = j.groups[k] > most ? j.groups[k] : most;
    }
    for (uint64_t g = most; g-- > 0;) {
        encode_group(&j, values, 0, g);
        if (part_count > 1) {
            encode_group(&j, values, 1, g);
        }
        if (part_count > 2) {
            encode_group(&j, values, 2, g);
            encode_group(&j, values, 3, g);
        }
    }
    for (uint32_t k = 0; k < part_count; k++) {
        _mm512_storeu_si512(parts[k].states, j.x[k].low);
        _mm512_storeu_si512(parts[k].states + 16, j.x[k].high);
        parts[k].sinks = j.sinks[k];
    }
}

INLINE void encode_by(struct job j, uint32_t values, struct sc_wide_part *parts,
                      uint32_t part_count) {
    if (part_count == 4) {
        encode(j, values, parts, 4);
    } else if (part_count == 2) {
        encode(j, values, parts, 2);
    } else {
        encode(j, values, parts, 1);
    }
}

void sc_encode_stretches_avx512(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                                struct sc_lift lift) {
    const struct sc_wide_coder *c = parts->coder;
    const struct job j = {.c = c,
                          .values = parts->values->data,
                          .contexts = parts->contexts,
                          .run_log2 = run_log2,
                          .lift = lift,
                          .precision = _mm_cvtsi32_si128((int)c->precision)};
    if (c->stretch_values == 16) {
        encode_by(j, 16, parts, part_count);
    } else {
        encode_by(j, 32, parts, part_count);
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
