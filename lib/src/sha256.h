/* sha256.h - SHA-256 of FIPS 180-4 [CNV-017], for the content's digest and the names of profiles.
 * Plain C, so that the library needs no cryptographic one. Depends on the C library only. */
#ifndef SC_SHA256_H
#define SC_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
    bool ni; /* by sc_sha256_blocks_ni */
};

void sc_sha256_start(struct sc_sha256 *s);
void sc_sha256_add(struct sc_sha256 *s, const uint8_t *data, size_t size);
void sc_sha256_end(struct sc_sha256 *s, uint8_t digest[32]);

extern const uint32_t sc_sha256_constants[64];

#if defined(SCAPE_KERNELS_X86)
/* Blocks of 64 bytes by the processor's own instructions, where it has them. */
bool sc_sha256_have_ni(void);
void sc_sha256_blocks_ni(uint32_t state[8], const uint8_t *data, size_t blocks);
#endif

#endif
