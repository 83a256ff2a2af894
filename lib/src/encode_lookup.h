/* encode_lookup.h - codes, slots and tables for the encoding kernels of x86: scalar loads and
 * inserts, which are faster than gathers. Depends on encode_kernel.h and AVX. */
#ifndef SC_ENCODE_LOOKUP_H
#define SC_ENCODE_LOOKUP_H

#include "encode_kernel.h"

#include <immintrin.h>

/* The values of the lanes in `mask`, the highest first. */
static inline void note_escapes(const struct sc_array *a, uint64_t i, uint32_t mask,
                                struct sc_word_sinks *sinks) {
    while (mask != 0) {
        uint32_t lane = 31 - (uint32_t)__builtin_clz(mask);
        mask ^= 1u << lane;
        *--sinks->escaped =
            a->bytes == 1 ? a->data[i + lane] : ((const uint16_t *)(const void *)a->data)[i + lane];
    }
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

/* The codes at four places of 16 bits. */
static inline __m128i load_codes(const uint32_t *codes, uint64_t places) {
    __m128i v = _mm_cvtsi32_si128((int)codes[(uint16_t)places]);
    v = _mm_insert_epi32(v, (int)codes[(uint16_t)(places >> 16)], 1);
    v = _mm_insert_epi32(v, (int)codes[(uint16_t)(places >> 32)], 2);
    return _mm_insert_epi32(v, (int)codes[places >> 48], 3);
}

/* The slots at four places of 32 bits, in the lower half. */
static inline __m128i load_slots(const uint16_t *slots, const uint32_t *places) {
    uint64_t first, second;
    memcpy(&first, places, sizeof first);
    memcpy(&second, places + 2, sizeof second);
    __m128i v = _mm_cvtsi32_si128(slots[(uint32_t)first]);
    v = _mm_insert_epi16(v, (int16_t)slots[first >> 32], 1);
    v = _mm_insert_epi16(v, (int16_t)slots[(uint32_t)second], 2);
    return _mm_insert_epi16(v, (int16_t)slots[second >> 32], 3);
}

/* Slots of the 32 places. */
static inline void look_up_slots(const uint16_t *slots, const uint32_t *places, uint32_t *to) {
    for (uint32_t k = 0; k < 32; k += 8) {
        __m128i low = load_slots(slots, places + k), high = load_slots(slots, places + k + 4);
        _mm_storeu_si128((__m128i *)(void *)(to + k), _mm_cvtepu16_epi32(low));
        _mm_storeu_si128((__m128i *)(void *)(to + k + 4), _mm_cvtepu16_epi32(high));
    }
}

#endif
