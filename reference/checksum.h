/* checksum.h - the two hashes of the format: XXH3_64bits (seed 0, default secret) over structure,
 * SHA-256 over content and profiles. Depends on libxxhash and libcrypto; libcrypto keeps its own
 * context of a few hundred bytes outside the hooks. */
#ifndef SCAPE_REF_CHECKSUM_H
#define SCAPE_REF_CHECKSUM_H

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include "registry_tables.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SCAPE_REF_CHECKSUM_SIZE = 8,
    SCAPE_REF_SHA256_SIZE = 32
};

struct scape_ref_checksum {
    XXH3_state_t state;
};

uint64_t scape_ref_checksum_of(const void *data, size_t size);
void scape_ref_checksum_init(struct scape_ref_checksum *c);
void scape_ref_checksum_update(struct scape_ref_checksum *c, const void *data, size_t size);
uint64_t scape_ref_checksum_value(const struct scape_ref_checksum *c);

struct scape_ref_sha256 {
    void *ctx; /* libcrypto's */
};

enum scape_ref_error scape_ref_sha256_init(struct scape_ref_sha256 *h); /* SCAPE_REF_NO_MEMORY */
enum scape_ref_error scape_ref_sha256_update(struct scape_ref_sha256 *h, const void *data,
                                             size_t size);
/* Ends the hash and frees its context. */
enum scape_ref_error scape_ref_sha256_finish(struct scape_ref_sha256 *h,
                                             uint8_t out[SCAPE_REF_SHA256_SIZE]);
void scape_ref_sha256_free(struct scape_ref_sha256 *h); /* harmless after finish, and on zeros */
enum scape_ref_error scape_ref_sha256_of(const void *data, size_t size,
                                         uint8_t out[SCAPE_REF_SHA256_SIZE]);

#endif
