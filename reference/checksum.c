/* checksum.c - see checksum.h. */
#include "checksum.h"

#include <openssl/evp.h>

uint64_t scape_ref_checksum_of(const void *data, size_t size) {
    return XXH3_64bits(data, size);
}

void scape_ref_checksum_init(struct scape_ref_checksum *c) {
    XXH3_INITSTATE(&c->state);
    XXH3_64bits_reset(&c->state);
}

void scape_ref_checksum_update(struct scape_ref_checksum *c, const void *data, size_t size) {
    XXH3_64bits_update(&c->state, data, size);
}

uint64_t scape_ref_checksum_value(const struct scape_ref_checksum *c) {
    return XXH3_64bits_digest(&c->state);
}

enum scape_ref_error scape_ref_sha256_init(struct scape_ref_sha256 *h) {
    h->ctx = EVP_MD_CTX_new();
    if (h->ctx && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1) {
        return SCAPE_REF_OK;
    }
    scape_ref_sha256_free(h);
    return SCAPE_REF_NO_MEMORY;
}

enum scape_ref_error scape_ref_sha256_update(struct scape_ref_sha256 *h, const void *data,
                                             size_t size) {
    return EVP_DigestUpdate(h->ctx, data, size) == 1 ? SCAPE_REF_OK : SCAPE_REF_NO_MEMORY;
}

enum scape_ref_error scape_ref_sha256_finish(struct scape_ref_sha256 *h,
                                             uint8_t out[SCAPE_REF_SHA256_SIZE]) {
    int done = EVP_DigestFinal_ex(h->ctx, out, NULL);
    scape_ref_sha256_free(h);
    return done == 1 ? SCAPE_REF_OK : SCAPE_REF_NO_MEMORY;
}

void scape_ref_sha256_free(struct scape_ref_sha256 *h) {
    EVP_MD_CTX_free(h->ctx);
    h->ctx = NULL;
}

enum scape_ref_error scape_ref_sha256_of(const void *data, size_t size,
                                         uint8_t out[SCAPE_REF_SHA256_SIZE]) {
    struct scape_ref_sha256 h;
    enum scape_ref_error error = scape_ref_sha256_init(&h);
    if (error) {
        return error;
    }
    error = scape_ref_sha256_update(&h, data, size);
    if (error) {
        scape_ref_sha256_free(&h);
        return error;
    }
    return scape_ref_sha256_finish(&h, out);
}
