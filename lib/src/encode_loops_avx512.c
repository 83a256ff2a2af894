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

#include "encode_loops_body.h"

const struct sc_encode_loops sc_encode_loops_avx512 = SC_ENCODE_LOOPS(sc_encode_parts_avx512);
