/* encode_loops_avx512.c - the encoder's loops compiled for AVX-512. Depends on encode_loops_body.h.
 */
#include "encode_loops.h"

#include <immintrin.h>

#define SC_FIND_MARKED

/* Which of eight words are marked. The upper half of a product's lower half is that of the lower
 * halves' product and the sum of the mixed products. */
static inline __mmask8 marked_of(__m512i word) {
    const __m512i factor = _mm512_set1_epi64((long long)SC_MARK_FACTOR);
    const __m512i top = _mm512_set1_epi64((long long)(UINT64_C(63) << 58));
    __m512i mixed = _mm512_mullo_epi32(_mm512_shuffle_epi32(word, _MM_PERM_CDAB), factor);
    mixed = _mm512_add_epi32(mixed, _mm512_shuffle_epi32(mixed, _MM_PERM_CDAB));
    __m512i hash = _mm512_add_epi64(_mm512_mul_epu32(word, factor), _mm512_slli_epi64(mixed, 32));
    return _mm512_testn_epi64_mask(hash, top);
}

/* A branch for each marked word would be mispredicted. */
static uint32_t find_marked(const uint8_t *content, uint32_t words, uint16_t *places) {
    __m128i eight = _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7);
    uint32_t n = 0;
    for (uint32_t i = 0; i < words; i += 8) {
        __mmask8 here = (__mmask8)(words - i < 8 ? (1u << (words - i)) - 1 : 0xFF);
        __mmask8 marked = marked_of(_mm512_maskz_loadu_epi64(here, content + (size_t)8 * i)) & here;
        _mm_storeu_si128((__m128i *)(void *)(places + n), _mm_maskz_compress_epi16(marked, eight));
        eight = _mm_add_epi16(eight, _mm_set1_epi16(8));
        n += (uint32_t)__builtin_popcount(marked);
    }
    return n;
}

#define SC_LIFT

/* 255 less the rule's keys, or numbers of the same order. */
static inline __m256i lift_keys(const struct sc_lift_rule *rule, __m256i v) {
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi8(-1);
    __m256i twice;
    switch (rule->kind) {
    case SC_LIFT_MIN:
        return v;
    case SC_LIFT_MAX:
        return _mm256_xor_si256(v, ones);
    case SC_LIFT_ABS: /* of at most 6 bits, so that 2 v - center has 8 */
        v = _mm256_sub_epi8(_mm256_add_epi8(v, v), _mm256_set1_epi8((char)rule->center));
        twice = _mm256_abs_epi8(v);
        twice = _mm256_sub_epi8(_mm256_add_epi8(twice, twice), _mm256_cmpgt_epi8(zero, v));
        return _mm256_xor_si256(twice, ones);
    default: /* SIGNED: 0, 1, -1, 2, -2, ... in order */
        twice = _mm256_abs_epi8(v);
        twice = _mm256_add_epi8(_mm256_adds_epu8(twice, twice), _mm256_cmpgt_epi8(v, zero));
        return _mm256_xor_si256(twice, ones);
    }
}

/* Sub-blocks of up to 32 elements, one at a time: the least of neighbours, of 16 bits, of all. */
static void lift(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks, uint32_t log2,
                 uint32_t last, uint8_t *positions, uint8_t *lifted) {
    if (log2 > 5) {
        sc_lift_plainly(rule, values, blocks, log2, last, positions, lifted);
        return;
    }
    const __mmask32 live = (__mmask32)((UINT64_C(2) << last) - 1);
    const __m256i passed_over = _mm256_maskz_set1_epi8(~live, -1);
    for (uint64_t b = 0; b < blocks; b++) {
        uint8_t *block = values + (b << log2);
        __m256i v = _mm256_maskz_loadu_epi8(live, (const void *)block);
        __m256i keys = _mm256_or_si256(lift_keys(rule, v), passed_over);
        __m256i two = _mm256_min_epu8(keys, _mm256_srli_epi16(keys, 8));
        __m128i four = _mm_min_epu8(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
        __m256i least = _mm256_broadcastb_epi8(_mm_minpos_epu16(four));
        uint32_t at = (uint32_t)__builtin_ctz(_mm256_cmpeq_epi8_mask(keys, least) & live);
        positions[b] = (uint8_t)at;
        lifted[b] = block[at];
        block[at] = block[last];
    }
}

#define SC_PACK_BYTES

/* Packs as many of the values as fill whole vectors; how many these are. Neighbours are joined to
 * 16 bits, those to 32 and these to 64, whose bytes then move together. */
static uint64_t pack_vectors(const uint8_t *values, uint64_t count, uint32_t width, uint8_t *out) {
    uint8_t pick[64] = {0};
    uint64_t i = 0;
    if (width > 7) { /* a product's signed factor */
        return 0;
    }
    for (uint32_t from = 0, to = 0; from < 64; from += 8, to += width) {
        for (uint32_t j = 0; j < 8; j++) { /* those behind `width` go under the next ones */
            pick[to + j] = (uint8_t)(from + j);
        }
    }
    const __m512i moves = _mm512_loadu_si512(pick);
    const __m512i twos = _mm512_set1_epi16((short)(1 | 256 << width));
    const __m512i fours = _mm512_set1_epi32((int)(1u | 65536u << 2 * width));
    const __m512i lower = _mm512_set1_epi64((long long)((UINT64_C(1) << 4 * width) - 1));
    const __m128i apart = _mm_cvtsi32_si128(32 - 4 * (int)width);
    for (; i + 64 <= count; i += 64, out += 8 * (size_t)width) {
        __m512i v = _mm512_maddubs_epi16(twos, _mm512_loadu_si512(values + i));
        v = _mm512_madd_epi16(v, fours);
        v = _mm512_ternarylogic_epi64(lower, v, _mm512_srl_epi64(v, apart), 0xca);
        _mm512_storeu_si512(out, _mm512_permutexvar_epi8(moves, v));
    }
    return i;
}

#define SC_NUMBER_SLOTS

static inline void number_slots(uint16_t *to, uint32_t first, uint32_t n) {
    const __m256i rising = _mm256_set_epi64x(0x1F1E1D1C1B1A1918, 0x1716151413121110,
                                             0x0F0E0D0C0B0A0908, 0x0706050403020100);
    __m512i slots = _mm512_cvtepu8_epi16(rising);
    slots = _mm512_add_epi16(slots, _mm512_set1_epi16((short)first));
    for (uint32_t i = 0; i < n; i += 32) {
        __mmask32 live = n - i < 32 ? (1u << (n - i)) - 1 : UINT32_MAX;
        _mm512_mask_storeu_epi16(to + i, live, slots);
        slots = _mm512_add_epi16(slots, _mm512_set1_epi16(32));
    }
}

#include "encode_loops_body.h"

const struct sc_encode_loops sc_encode_loops_avx512 =
    SC_ENCODE_LOOPS(sc_encode_parts_avx512, sc_encode_stretches_avx512, sc_count_few_avx512);
