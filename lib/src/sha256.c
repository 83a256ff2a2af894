/* sha256.c - SHA-256. Depends on sha256.h. */
#include "sha256.h"

#include <string.h>

enum {
    BLOCK = 64
};

const uint32_t sc_sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}

static void blocks_portable(uint32_t state[8], const uint8_t *data, size_t blocks) {
    for (; blocks > 0; blocks--, data += BLOCK) {
        uint32_t w[64];
        for (unsigned i = 0; i < 16; i++) {
            const uint8_t *p = data + 4 * (size_t)i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (unsigned i = 16; i < 64; i++) {
            uint32_t a = w[i - 15], b = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
        }
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
        uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
        for (unsigned i = 0; i < 64; i++) {
            uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                          ((e & f) ^ (~e & g)) + sc_sha256_constants[i] + w[i];
            uint32_t t2 =
                (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + t1;
            d = c;
            c = b;
            b = a;
            a = t1 + t2;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}

static void add_blocks(struct sc_sha256 *s, const uint8_t *data, size_t blocks) {
#if defined(SCAPE_KERNELS_X86)
    if (s->ni) {
        sc_sha256_blocks_ni(s->state, data, blocks);
        return;
    }
#endif
    blocks_portable(s->state, data, blocks);
}

void sc_sha256_start(struct sc_sha256 *s) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->state, start, sizeof start);
    s->length = 0;
    s->ni = false;
#if defined(SCAPE_KERNELS_X86)
    s->ni = sc_sha256_have_ni();
#endif
}

void sc_sha256_add(struct sc_sha256 *s, const uint8_t *data, size_t size) {
    size_t held = s->length % BLOCK;
    s->length += size;
    if (held > 0) {
        size_t take = BLOCK - held < size ? BLOCK - held : size;
        memcpy(s->block + held, data, take);
        data += take;
        size -= take;
        if (held + take < BLOCK) {
            return;
        }
        add_blocks(s, s->block, 1);
    }
    add_blocks(s, data, size / BLOCK);
    if (size % BLOCK > 0) {
        memcpy(s->block, data + size / BLOCK * BLOCK, size % BLOCK);
    }
}

void sc_sha256_end(struct sc_sha256 *s, uint8_t digest[32]) {
    uint64_t bits = 8 * s->length;
    uint8_t pad[BLOCK + 8] = {0x80};
    size_t fill = (BLOCK + 55 - s->length % BLOCK) % BLOCK + 1;
    for (unsigned i = 0; i < 8; i++) {
        pad[fill + i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    sc_sha256_add(s, pad, fill + 8);
    for (unsigned i = 0; i < 32; i++) {
        digest[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
