/* sha256_ni.c - SHA-256 by the processor's own instructions. Depends on sha256.h. */
#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>

bool sc_sha256_have_ni(void) {
    unsigned a, b, c, d;
    return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
           (b >> 29 & 1) != 0;
}

/* Four rounds: two instructions of two rounds each. */
#define ROUNDS(WORDS, NUMBER)                                                                      \
    do {                                                                                           \
        __m128i sum = _mm_add_epi32(                                                               \
            WORDS, _mm_loadu_si128((const void *)(sc_sha256_constants + 4 * (NUMBER))));           \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);                                             \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));                    \
    } while (0)

void sc_sha256_blocks_ni(uint32_t state[8], const uint8_t *data, size_t blocks) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const void *)state), 0xb1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const void *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (; blocks > 0; blocks--, data += 64) {
        __m128i w[4], abef_before = abef, cdgh_before = cdgh;
        for (size_t i = 0; i < 4; i++) {
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(data + 16 * i)), swap);
            ROUNDS(w[i], i);
        }
        for (size_t i = 4; i < 16; i++) {
            __m128i *first = &w[i % 4], last = w[(i + 3) % 4];
            __m128i middle = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
            *first = _mm_add_epi32(_mm_sha256msg1_epu32(*first, w[(i + 1) % 4]), middle);
            *first = _mm_sha256msg2_epu32(*first, last);
            ROUNDS(*first, i);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);
    high = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((void *)state, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}
