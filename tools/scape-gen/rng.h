/* rng.h - the seeded random source: a counter put through a 64-bit mixer, so that element i of a
 * tensor can be drawn without drawing those before it. Depends on <stdint.h> only. */
#ifndef SCAPE_GEN_RNG_H
#define SCAPE_GEN_RNG_H

#include <stdint.h>

/* Weyl increment and mixer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", 2014; mixing constants of Stafford's variant 13). */
static inline uint64_t scape_rng_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* The draw numbered `index` of the stream `key`. */
static inline uint64_t scape_rng_draw(uint64_t key, uint64_t index) {
    return scape_rng_mix(key + (index + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

/* A key for the sub-stream `label` of `key`; sub-streams are independent of one another. */
static inline uint64_t scape_rng_key(uint64_t key, uint64_t label) {
    return scape_rng_mix(scape_rng_draw(key, label) ^ UINT64_C(0x5CA9E00000000000));
}

/* A number in [0, n), n in 1..2^32: the high half of a 32x32 product, whose bias is far below
 * anything the statistics of a file can show. */
static inline uint32_t scape_rng_below(uint64_t draw, uint64_t n) {
    return (uint32_t)(((draw >> 32) * n) >> 32);
}

#endif
