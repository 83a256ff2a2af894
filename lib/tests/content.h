/* content.h - seeded content that looks like tensors of any dtype. Depends on the C library. */
#ifndef SCAPE_LIB_TEST_CONTENT_H
#define SCAPE_LIB_TEST_CONTENT_H

#include <stddef.h>
#include <stdint.h>

/* A small generator (xorshift64*), the same on every machine. */
struct rng {
    uint64_t state;
};

uint32_t rng_next(struct rng *rng);
/* 0..n - 1. */
uint32_t rng_below(struct rng *rng, uint32_t n);

/* Fills size bytes: bell-shaped numbers for the float dtypes, small ones for integers, plausible
 * blocks for ggml's types, text for opaque bytes. Every eighth seed has outliers. */
void content_fill(struct rng *rng, uint32_t dtype, uint8_t *out, size_t size);

#endif
