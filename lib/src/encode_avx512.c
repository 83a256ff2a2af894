/* encode_avx512.c - rANS encoding of 32 lanes as two vectors, for AVX-512 with VBMI2. Segments are
 * encoded side by side, so that one's gathers hide the other's. Depends on encode_kernel.h. */
#include "encode_kernel.h"

#include <immintrin.h>

/* Without optimisation gathers are macros of the compiler's header, which turn masks into short. */
#pragma GCC diagnostic ignored "-Wsign-conversion"

/* How codes are looked up: by gathers, or where a group of 16 has one table of few entries, by
 * permutations of it. */
enum lookup {
    LOOKUP_GATHER,
    LOOKUP_16,
    LOOKUP_32,
    LOOKUP_64
};

static void note_escapes(const struct sc_array *a, uint64_t i, uint32_t mask,
                         struct sc_word_sinks *sinks) {
    while (mask != 0) {
        uint32_t lane = 31 - (uint32_t)__builtin_clz(mask);
        mask ^= 1u << lane;
        *--sinks->escaped =
            a->bytes == 1 ? a->data[i + lane] : ((const uint16_t *)(const void *)a->data)[i + lane];
    }
}

/* Two vectors of 16 lanes: the elements of a group. */
struct pair {
    __m512i low, high;
};

/* floor(x / f) by floats that are rounded down. Where p >= 10 the quotient is below 2^22, so it is
 * at most one too small; otherwise the rest, which is then exact in a float, is divided again. */
static inline __m512i divide(__m512i x, __m512i f, bool coarse, __m512i *rank) {
    enum {
        DOWN = _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC
    };
    __m512 divisor = _mm512_cvt_roundepu32_ps(f, DOWN);
    __m512i q =
        _mm512_cvttps_epu32(_mm512_div_round_ps(_mm512_cvt_roundepu32_ps(x, DOWN), divisor, DOWN));
    __m512i rest = _mm512_sub_epi32(x, _mm512_mullo_epi32(q, f));
    if (coarse) {
        __m512i more = _mm512_cvttps_epu32(
            _mm512_div_round_ps(_mm512_cvt_roundepu32_ps(rest, DOWN), divisor, DOWN));
        *rank = _mm512_sub_epi32(rest, _mm512_mullo_epi32(more, f));
        return _mm512_add_epi32(q, more);
    }
    /* the rest less f is a greater number where it is negative */
    *rank = _mm512_min_epu32(rest, _mm512_sub_epi32(rest, f));
    __mmask16 more = _mm512_cmpge_epu32_mask(rest, f);
    return _mm512_mask_sub_epi32(q, more, q, _mm512_set1_epi32(-1));
}

/* The codes of 16 elements of places `index` in a table of few entries. */
static inline __m512i permute_codes(const uint32_t *table, __m512i index, enum lookup lookup) {
    __m512i first = _mm512_loadu_si512(table);
    if (lookup == LOOKUP_16) {
        return _mm512_permutexvar_epi32(index, first);
    }
    __m512i codes = _mm512_permutex2var_epi32(first, index, _mm512_loadu_si512(table + 16));
    if (lookup == LOOKUP_64) {
        __m512i others = _mm512_permutex2var_epi32(_mm512_loadu_si512(table + 32), index,
                                                   _mm512_loadu_si512(table + 48));
        __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32));
        codes = _mm512_mask_mov_epi32(codes, upper, others);
    }
    return codes;
}

/* The tables of 32 elements. */
static inline __m256i tables_of(const uint8_t *contexts, uint32_t run_log2, uint64_t i) {
    if (run_log2 >= 4) {
        return _mm256_set_m128i(_mm_set1_epi8((char)contexts[(i + 16) >> run_log2]),
                                _mm_set1_epi8((char)contexts[i >> run_log2]));
    }
    if (run_log2 == 0) {
        return _mm256_loadu_si256((const __m256i *)(const void *)(contexts + i));
    }
    uint8_t each[32];
    for (uint32_t k = 0; k < 32; k++) {
        each[k] = contexts[(i + k) >> run_log2];
    }
    return _mm256_loadu_si256((const __m256i *)(const void *)each);
}

static inline struct pair look_up(const struct sc_wide_coder *c, const struct sc_array *a,
                                  const uint8_t *contexts, uint32_t run_log2, uint64_t i,
                                  enum lookup lookup) {
    __m512i values =
        a->bytes == 1
            ? _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(a->data + i)))
            : _mm512_loadu_si512(a->data + 2 * i);
    __m512i index = _mm512_sub_epi16(values, _mm512_set1_epi16((short)c->base));
    index = _mm512_min_epu16(index, _mm512_set1_epi16((short)c->limit));
    if (lookup == LOOKUP_GATHER && contexts != NULL) {
        __m512i tables = _mm512_cvtepu8_epi16(tables_of(contexts, run_log2, i));
        index = _mm512_or_si512(index, _mm512_sll_epi16(tables, _mm_cvtsi32_si128((int)c->shift)));
    }
    __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(index));
    __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(index, 1));
    if (lookup == LOOKUP_GATHER) {
        return (struct pair){_mm512_i32gather_epi32(low, c->codes, 4),
                             _mm512_i32gather_epi32(high, c->codes, 4)};
    }
    size_t first = contexts == NULL ? 0 : (size_t)contexts[i >> run_log2] << c->shift;
    size_t second = contexts == NULL ? 0 : (size_t)contexts[(i + 16) >> run_log2] << c->shift;
    return (struct pair){permute_codes(c->codes + first, low, lookup),
                         permute_codes(c->codes + second, high, lookup)};
}

static inline __m512i frequencies_of(__m512i codes) {
    const __m512i mask = _mm512_set1_epi32((1 << SC_WIDE_FREQ_BITS) - 1);
    return _mm512_sub_epi32(_mm512_and_si512(codes, mask), _mm512_set1_epi32(-1));
}

static inline __mmask16 overflows(const struct sc_wide_coder *c, __m512i x, __m512i f,
                                  __mmask16 coded) {
    __m512i limit = _mm512_sll_epi32(f, _mm_cvtsi32_si128(16 - (int)c->precision));
    return _mm512_mask_cmpge_epu32_mask(coded, _mm512_srli_epi32(x, 16), limit);
}

/* The states after the symbols; x is renormalised. What is not coded may have no slot. */
static inline __m512i advance(const struct sc_wide_coder *c, __m512i x, __m512i f, __m512i codes,
                              __mmask16 coded, bool coarse) {
    __m512i rank, q = divide(x, f, coarse, &rank);
    __m512i start =
        _mm512_and_si512(_mm512_srli_epi32(codes, SC_WIDE_FREQ_BITS), _mm512_set1_epi32(0x1FFFF));
    __m512i slot = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), coded,
                                               _mm512_add_epi32(start, rank), c->slots, 2);
    return _mm512_add_epi32(_mm512_sll_epi32(q, _mm_cvtsi32_si128((int)c->precision)),
                            _mm512_and_si512(slot, _mm512_set1_epi32(0xFFFF)));
}

/* Words of the lanes in `over`, the highest lane's at the highest place. */
static inline void put_words(struct sc_word_sinks *sinks, __mmask16 low, __mmask16 high,
                             const struct pair *x) {
    __m512i words = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(x->low)),
                                       _mm512_cvtepi32_epi16(x->high), 1);
    uint32_t over = (uint32_t)low | (uint32_t)high << 16;
    uint32_t n = (uint32_t)__builtin_popcount(over);
    sinks->words -= 2 * (size_t)n;
    _mm512_mask_storeu_epi16(sinks->words, (__mmask32)((UINT64_C(1) << n) - 1),
                             _mm512_maskz_compress_epi16(over, words));
}

/* One group of 32 elements. */
static inline void step(const struct sc_wide_coder *c, const struct sc_array *a,
                        const uint8_t *contexts, uint32_t run_log2, uint32_t coded, uint64_t i,
                        enum lookup lookup, bool coarse, struct pair *x,
                        struct sc_word_sinks *sinks) {
    struct pair codes = look_up(c, a, contexts, run_log2, i, lookup);
    __mmask16 coded_low = (__mmask16)coded, coded_high = (__mmask16)(coded >> 16);
    uint32_t escapes = (uint32_t)_mm512_cmplt_epi32_mask(codes.low, _mm512_setzero_si512()) |
                       (uint32_t)_mm512_cmplt_epi32_mask(codes.high, _mm512_setzero_si512()) << 16;
    if (__builtin_expect((escapes & coded) != 0, 0)) {
        note_escapes(a, i, escapes & coded, sinks);
    }
    struct pair f = {frequencies_of(codes.low), frequencies_of(codes.high)};
    __mmask16 low = overflows(c, x->low, f.low, coded_low);
    __mmask16 high = overflows(c, x->high, f.high, coded_high);
    put_words(sinks, low, high, x);
    struct pair y = {_mm512_mask_srli_epi32(x->low, low, x->low, 16),
                     _mm512_mask_srli_epi32(x->high, high, x->high, 16)};
    y.high = advance(c, y.high, f.high, codes.high, coded_high, coarse);
    y.low = advance(c, y.low, f.low, codes.low, coded_low, coarse);
    x->low = _mm512_mask_mov_epi32(x->low, coded_low, y.low);
    x->high = _mm512_mask_mov_epi32(x->high, coded_high, y.high);
}

/* All parts have the same number of groups. */
static inline void encode_equal(const struct sc_wide_coder *c, const struct sc_array *a,
                                const uint8_t *contexts, uint32_t run_log2, struct sc_lift lift,
                                enum lookup lookup, bool coarse, struct sc_wide_part *parts,
                                uint32_t part_count) {
    struct pair x[SC_SEGMENTS_MAX];
    struct sc_word_sinks sinks[SC_SEGMENTS_MAX];
    for (uint32_t k = 0; k < part_count; k++) {
        x[k] = (struct pair){_mm512_loadu_si512(parts[k].states),
                             _mm512_loadu_si512(parts[k].states + 16)};
        sinks[k] = parts[k].sinks;
    }
    for (uint64_t g = parts[0].groups; g-- > 0;) {
        for (uint32_t k = 0; k < part_count; k++) {
            uint64_t i = parts[k].first + 32 * g;
            uint32_t coded = lift.count == 0 ? UINT32_MAX : sc_lift_mask(&lift, i);
            step(c, a, contexts, run_log2, coded, i, lookup, coarse, &x[k], &sinks[k]);
        }
    }
    for (uint32_t k = 0; k < part_count; k++) {
        _mm512_storeu_si512(parts[k].states, x[k].low);
        _mm512_storeu_si512(parts[k].states + 16, x[k].high);
        parts[k].sinks = sinks[k];
        parts[k].groups = 0;
    }
}

/* What the last groups have more of, part by part; then all parts at once. */
static inline void encode_parts(const struct sc_wide_coder *c, const struct sc_array *a,
                                const uint8_t *contexts, uint32_t run_log2, struct sc_lift lift,
                                enum lookup lookup, bool coarse, struct sc_wide_part *parts,
                                uint32_t part_count) {
    uint64_t least = parts[0].groups;
    for (uint32_t k = 1; k < part_count; k++) {
        least = parts[k].groups < least ? parts[k].groups : least;
    }
    for (uint32_t k = 0; k < part_count; k++) {
        struct sc_wide_part more = parts[k];
        more.first += 32 * least;
        more.groups -= least;
        encode_equal(c, a, contexts, run_log2, lift, lookup, coarse, &more, 1);
        parts[k].sinks = more.sinks;
        parts[k].groups = least;
    }
    if (part_count == 4) {
        encode_equal(c, a, contexts, run_log2, lift, lookup, coarse, parts, 4);
    } else {
        encode_equal(c, a, contexts, run_log2, lift, lookup, coarse, parts, part_count);
    }
}

static inline void encode_by(const struct sc_wide_coder *c, const struct sc_array *a,
                             const uint8_t *contexts, uint32_t run_log2, struct sc_lift lift,
                             enum lookup lookup, struct sc_wide_part *parts, uint32_t part_count) {
    enum {
        FINE_PRECISION = 10
    };
    if (c->precision >= FINE_PRECISION) {
        encode_parts(c, a, contexts, run_log2, lift, lookup, false, parts, part_count);
    } else {
        encode_parts(c, a, contexts, run_log2, lift, lookup, true, parts, part_count);
    }
}

void sc_encode_parts_avx512(const struct sc_wide_coder *c, const struct sc_array *values,
                            const uint8_t *contexts, uint32_t run_log2, struct sc_lift lift,
                            struct sc_wide_part *parts, uint32_t part_count) {
    const struct sc_array bytes = {values->data, values->count, values->width, 1};
    const struct sc_array words = {values->data, values->count, values->width, 2};
    bool permute = contexts == NULL || run_log2 >= 4;
    if (values->bytes == 2) {
        encode_by(c, &words, contexts, run_log2, lift, LOOKUP_GATHER, parts, part_count);
    } else if (permute && c->limit < 16) {
        encode_by(c, &bytes, contexts, run_log2, lift, LOOKUP_16, parts, part_count);
    } else if (permute && c->limit < 32) {
        encode_by(c, &bytes, contexts, run_log2, lift, LOOKUP_32, parts, part_count);
    } else if (permute && c->limit < 64) {
        encode_by(c, &bytes, contexts, run_log2, lift, LOOKUP_64, parts, part_count);
    } else {
        encode_by(c, &bytes, contexts, run_log2, lift, LOOKUP_GATHER, parts, part_count);
    }
}
