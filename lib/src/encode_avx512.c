/* encode_avx512.c - rANS encoding of 32 lanes as two vectors, for AVX-512 with VBMI2. The quotient
 * by a 32-bit reciprocal is at most one too small, which a comparison mends. Depends on
 * encode_kernel.h. */
#include "encode_kernel.h"

#include <immintrin.h>

/* Which of the 16 elements from i on are coded. i is a multiple of 16, a lift block at least 4. */
static inline __mmask16 coded_mask(struct sc_lift lift, uint64_t i) {
    uint32_t size = 1u << lift.log2;
    if (size >= 16) {
        bool ends = (i + 16) % size == 0;
        return (__mmask16)(ends ? 0xFFFFu >> lift.count : 0xFFFFu);
    }
    uint32_t one = (1u << (size - lift.count)) - 1, mask = one;
    for (uint32_t at = size; at < 16; at += size) {
        mask |= one << at;
    }
    return (__mmask16)mask;
}

static void note_escapes(const struct sc_array *a, uint64_t i, uint32_t mask,
                         struct sc_word_sinks *sinks) {
    while (mask != 0) {
        uint32_t lane = 31 - (uint32_t)__builtin_clz(mask);
        mask ^= 1u << lane;
        *--sinks->escaped =
            a->bytes == 1 ? a->data[i + lane] : ((const uint16_t *)(const void *)a->data)[i + lane];
    }
}

/* floor(x / f) for f <= 2^14 and the remainder, from r = min(2^32 / f, 2^32 - 1). */
static inline __m512i divide(__m512i x, __m512i f, __m512i r, __m512i *rank) {
    __m512i even = _mm512_srli_epi64(_mm512_mul_epu32(x, r), 32);
    __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(r, 32));
    __m512i q = _mm512_mask_blend_epi32(0xAAAA, even, odd);
    __m512i rest = _mm512_sub_epi32(x, _mm512_mullo_epi32(q, f));
    __mmask16 more = _mm512_cmpge_epu32_mask(rest, f);
    *rank = _mm512_mask_sub_epi32(rest, more, rest, f);
    return _mm512_mask_add_epi32(q, more, q, _mm512_set1_epi32(1));
}

/* Sixteen lanes, elements i to i + 15; returns their new states. */
static inline __m512i step(const struct sc_wide_coder *c, const struct sc_array *a,
                           const uint8_t *contexts, __mmask16 coded, uint64_t i, __m512i x,
                           struct sc_word_sinks *sinks) {
    const int p = (int)c->precision;
    __m512i index =
        a->bytes == 1
            ? _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(a->data + i)))
            : _mm512_cvtepu16_epi32(
                  _mm256_loadu_si256((const __m256i *)(const void *)(a->data + 2 * i)));
    if (contexts != NULL) {
        __m512i table =
            _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(contexts + i)));
        index = _mm512_add_epi32(index, _mm512_slli_epi32(table, c->shift));
    }
    __m512i code = _mm512_i32gather_epi32(index, c->codes, 4);
    __m512i reciprocal = _mm512_i32gather_epi32(index, c->reciprocals, 4);
    __mmask16 escapes = _mm512_cmplt_epi32_mask(code, _mm512_setzero_si512()) & coded;
    if (__builtin_expect(escapes != 0, 0)) {
        note_escapes(a, i, escapes, sinks);
    }
    const __m512i freq_mask = _mm512_set1_epi32((1 << SC_WIDE_FREQ_BITS) - 1);
    __m512i f = _mm512_add_epi32(_mm512_and_si512(code, freq_mask), _mm512_set1_epi32(1));
    __m512i start =
        _mm512_and_si512(_mm512_srli_epi32(code, SC_WIDE_FREQ_BITS), _mm512_set1_epi32(0x1FFFF));
    __m512i high = _mm512_srli_epi32(x, 16);
    __m512i limit = _mm512_sll_epi32(f, _mm_cvtsi32_si128(16 - p));
    __mmask16 over = _mm512_mask_cmpge_epu32_mask(coded, high, limit);
    uint32_t n = (uint32_t)__builtin_popcount(over);
    sinks->words -= 2 * (size_t)n;
    _mm256_mask_storeu_epi16(sinks->words, (__mmask16)((1u << n) - 1),
                             _mm256_maskz_compress_epi16(over, _mm512_cvtepi32_epi16(x)));
    __m512i rank, y = _mm512_mask_mov_epi32(x, over, high);
    __m512i q = divide(y, f, reciprocal, &rank);
    __m512i slot = _mm512_i32gather_epi32(_mm512_add_epi32(start, rank), c->slots, 2);
    slot = _mm512_and_si512(slot, _mm512_set1_epi32(0xFFFF));
    y = _mm512_add_epi32(_mm512_sll_epi32(q, _mm_cvtsi32_si128(p)), slot);
    return _mm512_mask_mov_epi32(x, coded, y);
}

static inline void encode_groups(const struct sc_wide_coder *c, const struct sc_array *a,
                                 const uint8_t *contexts, struct sc_lift lift, uint64_t first,
                                 uint64_t groups, uint32_t *states, struct sc_word_sinks *sinks) {
    struct sc_word_sinks local = *sinks;
    __m512i low = _mm512_loadu_si512(states), high = _mm512_loadu_si512(states + 16);
    for (uint64_t i = first + 32 * groups; i > first;) {
        i -= 32;
        __mmask16 coded_low = 0xFFFF, coded_high = 0xFFFF;
        if (lift.count > 0) {
            coded_low = coded_mask(lift, i);
            coded_high = coded_mask(lift, i + 16);
        }
        high = step(c, a, contexts, coded_high, i + 16, high, &local);
        low = step(c, a, contexts, coded_low, i, low, &local);
    }
    _mm512_storeu_si512(states, low);
    _mm512_storeu_si512(states + 16, high);
    *sinks = local;
}

void sc_encode_groups_avx512(const struct sc_wide_coder *c, const struct sc_array *values,
                             const uint8_t *contexts, struct sc_lift lift, uint64_t first,
                             uint64_t groups, uint32_t *states, struct sc_word_sinks *sinks) {
    struct sc_array a = *values;
    if (a.bytes == 1) {
        a.bytes = 1; /* a constant, so that the loop is made for it */
        encode_groups(c, &a, contexts, lift, first, groups, states, sinks);
    } else {
        a.bytes = 2;
        encode_groups(c, &a, contexts, lift, first, groups, states, sinks);
    }
}
