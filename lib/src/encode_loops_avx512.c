/* encode_loops_avx512.c - the encoder's loops compiled for AVX-512. Depends on encode_loops_body.h.
 */
#include "encode_loops.h"

#include <immintrin.h>

#define SC_FIND_MARKED

/* The upper half of a product's lower half is that of the lower halves' product and the sum of the
 * mixed products. */
static uint32_t find_marked(const uint8_t *content, uint32_t words, uint16_t *places) {
    const __m512i factor = _mm512_set1_epi64((long long)SC_MARK_FACTOR);
    const __m512i top = _mm512_set1_epi64((long long)(UINT64_C(63) << 58));
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i += 8) {
        __mmask8 here = (__mmask8)(words - i < 8 ? (1u << (words - i)) - 1 : 0xFF);
        __m512i word = _mm512_maskz_loadu_epi64(here, content + (size_t)8 * i);
        __m512i mixed = _mm512_mullo_epi32(_mm512_shuffle_epi32(word, _MM_PERM_CDAB), factor);
        mixed = _mm512_add_epi32(mixed, _mm512_shuffle_epi32(mixed, _MM_PERM_CDAB));
        __m512i hash =
            _mm512_add_epi64(_mm512_mul_epu32(word, factor), _mm512_slli_epi64(mixed, 32));
        uint32_t marked = _mm512_testn_epi64_mask(hash, top) & here;
        for (; marked != 0; marked &= marked - 1) {
            places[n++] = (uint16_t)(i + (uint32_t)__builtin_ctz(marked));
        }
    }
    return n;
}

#define SC_LIFT

/* The rule's keys, or numbers of the same order, in 8 bits. */
static inline __m512i lift_keys(const struct sc_lift_rule *rule, __m512i v) {
    const __m512i zero = _mm512_setzero_si512(), one = _mm512_set1_epi16(1);
    __m512i twice;
    switch (rule->kind) {
    case SC_LIFT_MIN:
        return _mm512_sub_epi16(_mm512_set1_epi16(255), v);
    case SC_LIFT_MAX:
        return v;
    case SC_LIFT_ABS: /* center <= 64, so at most 129 */
        v = _mm512_sub_epi16(_mm512_add_epi16(v, v), _mm512_set1_epi16((short)rule->center));
        twice = _mm512_slli_epi16(_mm512_abs_epi16(v), 1);
        return _mm512_mask_add_epi16(twice, _mm512_cmplt_epi16_mask(v, zero), twice, one);
    default: /* SIGNED: 0, 1, -1, 2, -2, ... in order */
        v = _mm512_srai_epi16(_mm512_slli_epi16(v, 8), 8);
        twice = _mm512_slli_epi16(_mm512_abs_epi16(v), 1);
        twice = _mm512_mask_sub_epi16(twice, _mm512_cmpgt_epi16_mask(v, zero), twice, one);
        return _mm512_min_epu16(twice, _mm512_set1_epi16(255));
    }
}

/* Sub-blocks of 32 or 16 elements, one at a time: keys above what their places lack to 255, so that
 * the greatest is that of the first of equals. */
static void lift(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks, uint32_t log2,
                 uint32_t last, uint8_t *positions, uint8_t *lifted) {
    uint16_t rising[32];
    if (log2 != 5 && log2 != 4) {
        sc_lift_plainly(rule, values, blocks, log2, last, positions, lifted);
        return;
    }
    for (uint32_t i = 0; i < 32; i++) {
        rising[i] = (uint16_t)(255 - i);
    }
    const __m512i places = _mm512_loadu_si512(rising);
    const __mmask32 live = (__mmask32)((UINT64_C(2) << last) - 1);
    for (uint64_t b = 0; b < blocks; b++) {
        uint8_t *block = values + (b << log2);
        __m512i v = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(live, (const void *)block));
        __m512i keys = _mm512_or_si512(_mm512_slli_epi16(lift_keys(rule, v), 8), places);
        keys = _mm512_maskz_mov_epi16(live, keys);
        __m256i half =
            _mm256_max_epu16(_mm512_castsi512_si256(keys), _mm512_extracti64x4_epi64(keys, 1));
        __m128i most =
            _mm_max_epu16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
        most = _mm_minpos_epu16(_mm_xor_si128(most, _mm_set1_epi8(-1)));
        uint32_t at = (uint32_t)_mm_cvtsi128_si32(most) & 255; /* all bits were turned round */
        positions[b] = (uint8_t)at;
        lifted[b] = block[at];
        block[at] = block[last];
    }
}

#include "encode_loops_body.h"

const struct sc_encode_loops sc_encode_loops_avx512 = SC_ENCODE_LOOPS(sc_encode_parts_avx512);
