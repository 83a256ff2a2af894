/* layout_blocks.c - joining the fields of ggml's common block types [LAY-010]: what the generic
 * engine does by the registry's row, written out, so that a compiler sees the constant counts,
 * strides and shifts and makes vectors of the loops. Depends on layout.h. */
#include "layout.h"

/* Without optimisation a function that is handed over by pointer cannot be inlined. */
#ifdef __OPTIMIZE__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* A block: the first elements of its fields in the order of the row, and its bytes. */
struct block {
    const uint8_t *in[SC_FIELDS_MAX];
    uint8_t *out;
};

/* `length` bytes, each of `count` elements that lie `stride` apart: `bits` bits of element j, from
 * bit `low` on, go to bit j * step. All but the pointers are constants. */
INLINE void pack(uint8_t *restrict out, const uint8_t *restrict in, const uint32_t length,
                 const uint32_t count, const uint32_t stride, const uint32_t low,
                 const uint32_t bits, const uint32_t step) {
    const uint32_t mask = (1u << bits) - 1;
    for (uint32_t k = 0; k < length; k++) {
        uint32_t byte = 0;
        for (uint32_t j = 0; j < count; j++) {
            byte |= (in[j * stride + k] >> low & mask) << (j * step);
        }
        out[k] = (uint8_t)byte;
    }
}

/* Low nibbles of `length` elements, and of the next `length` as high nibbles. */
INLINE void pack_nibbles(uint8_t *out, const uint8_t *in, const uint32_t length) {
    pack(out, in, length, 2, length, 0, 4, 4);
}

/* Bit `low` of eight elements as a byte. The product moves bit 8 j to bit 56 + j. */
INLINE uint8_t pack_bits(const uint8_t *in, const uint32_t low) {
    uint64_t each = sc_load_u64(in) >> low & UINT64_C(0x0101010101010101);
    return (uint8_t)(each * UINT64_C(0x0102040810204080) >> 56);
}

INLINE void store_u32(uint8_t *p, uint32_t value) {
    sc_store_u16(p, value);
    sc_store_u16(p + 2, value >> 16);
}

/* A half from its 7 low bits, its 8 high bits and its sign, which are fields f, f + 1, f + 2. */
INLINE void put_half(const struct block *b, const uint32_t f, const uint32_t at) {
    sc_store_u16(b->out + at,
                 b->in[f][0] | (uint32_t)b->in[f + 1][0] << 7 | (uint32_t)b->in[f + 2][0] << 15);
}

/* The 12 bytes of 8 scales and 8 mins of 6 bits of Q4_K and Q5_K, fields 6 and 7: four a word. */
INLINE void put_scales(const struct block *b, const uint32_t at) {
    const uint32_t top = 0x03030303, nibble = 0x0f0f0f0f;
    uint32_t s0 = sc_load_u32(b->in[6]), s1 = sc_load_u32(b->in[6] + 4);
    uint32_t m0 = sc_load_u32(b->in[7]), m1 = sc_load_u32(b->in[7] + 4);
    store_u32(b->out + at, s0 | (s1 >> 4 & top) << 6);
    store_u32(b->out + at + 4, m0 | (m1 >> 4 & top) << 6);
    store_u32(b->out + at + 8, (s1 & nibble) | (m1 & nibble) << 4);
}

INLINE void q4_0(const struct block *b) {
    put_half(b, 0, 0);
    pack_nibbles(b->out + 2, b->in[3], 16);
}

INLINE void q4_1(const struct block *b) {
    put_half(b, 0, 0);
    put_half(b, 3, 2);
    pack_nibbles(b->out + 4, b->in[6], 16);
}

/* 32 elements of 5 bits: the fifth bits in order, then the nibbles. */
INLINE void put_fives(uint8_t *out, const uint8_t *q) {
    for (uint32_t i = 0; i < 4; i++) {
        out[i] = pack_bits(q + 8 * (size_t)i, 4);
    }
    pack_nibbles(out + 4, q, 16);
}

INLINE void q5_0(const struct block *b) {
    put_half(b, 0, 0);
    put_fives(b->out + 2, b->in[3]);
}

INLINE void q5_1(const struct block *b) {
    put_half(b, 0, 0);
    put_half(b, 3, 2);
    put_fives(b->out + 4, b->in[6]);
}

INLINE void q8_0(const struct block *b) {
    put_half(b, 0, 0);
    memcpy(b->out + 2, b->in[3], 32);
}

INLINE void q2_k(const struct block *b) {
    for (uint32_t i = 0; i < 16; i++) {
        b->out[i] = (uint8_t)(b->in[6][i] | (b->in[7][i] & 15) << 4);
    }
    for (size_t i = 0; i < 2; i++) {
        pack(b->out + 16 + 32 * i, b->in[8] + 128 * i, 32, 4, 32, 0, 2, 2);
    }
    put_half(b, 0, 80);
    put_half(b, 3, 82);
}

INLINE void q3_k(const struct block *b) {
    const uint8_t *q = b->in[4], *scales = b->in[3];
    pack(b->out, q, 32, 8, 32, 2, 1, 1);
    for (size_t i = 0; i < 2; i++) {
        pack(b->out + 32 + 32 * i, q + 128 * i, 32, 4, 32, 0, 2, 2);
    }
    pack(b->out + 96, scales, 8, 2, 8, 0, 4, 4);
    pack(b->out + 104, scales, 4, 4, 4, 4, 2, 2);
    put_half(b, 0, 108);
}

INLINE void q4_k(const struct block *b) {
    put_half(b, 0, 0);
    put_half(b, 3, 2);
    put_scales(b, 4);
    for (size_t i = 0; i < 4; i++) {
        pack_nibbles(b->out + 16 + 32 * i, b->in[8] + 64 * i, 32);
    }
}

INLINE void q5_k(const struct block *b) {
    put_half(b, 0, 0);
    put_half(b, 3, 2);
    put_scales(b, 4);
    pack(b->out + 16, b->in[8], 32, 8, 32, 4, 1, 1);
    for (size_t i = 0; i < 4; i++) {
        pack_nibbles(b->out + 48 + 32 * i, b->in[8] + 64 * i, 32);
    }
}

INLINE void q6_k(const struct block *b) {
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *q = b->in[4] + 128 * i;
        pack(b->out + 64 * i, q, 64, 2, 64, 0, 4, 4);
        pack(b->out + 128 + 32 * i, q, 32, 4, 32, 4, 2, 2);
    }
    memcpy(b->out + 192, b->in[3], 16);
    put_half(b, 0, 208);
}

INLINE void iq4_xs(const struct block *b) {
    const uint8_t *scales = b->in[3];
    put_half(b, 0, 0);
    uint32_t high = 0;
    for (uint32_t i = 0; i < 8; i++) {
        high |= (scales[i] >> 4 & 3u) << (2 * i);
    }
    sc_store_u16(b->out + 2, high);
    for (size_t i = 0; i < 4; i++) {
        b->out[4 + i] = (uint8_t)((scales[2 * i] & 15) | (scales[2 * i + 1] & 15) << 4);
    }
    for (size_t i = 0; i < 8; i++) {
        pack_nibbles(b->out + 8 + 16 * i, b->in[4] + 32 * i, 16);
    }
}

INLINE void tq2_0(const struct block *b) {
    for (size_t i = 0; i < 2; i++) {
        pack(b->out + 32 * i, b->in[3] + 128 * i, 32, 4, 32, 0, 2, 2);
    }
    put_half(b, 0, 64);
}

INLINE void mxfp4(const struct block *b) {
    b->out[0] = b->in[0][0];
    pack_nibbles(b->out + 1, b->in[1], 16);
}

INLINE void nvfp4(const struct block *b) {
    memcpy(b->out, b->in[0], 4);
    for (size_t i = 0; i < 4; i++) {
        pack_nibbles(b->out + 4 + 8 * i, b->in[1] + 16 * i, 8);
    }
}

/* A loop over all blocks; all but the first three are constants where this is inlined, `counts` the
 * elements a block of each field. */
INLINE void each_block(uint64_t blocks, const struct sc_array *fields, uint8_t *content,
                       const uint32_t bytes, const uint32_t field_count, const uint16_t *counts,
                       void (*const put)(const struct block *)) {
    struct block b = {.out = content};
    for (uint32_t f = 0; f < field_count; f++) {
        b.in[f] = fields[f].data;
    }
    for (; blocks > 0; blocks--, b.out += bytes) {
        put(&b);
        for (uint32_t f = 0; f < field_count; f++) {
            b.in[f] += counts[f];
        }
    }
}

bool sc_layout_join_blocks(const struct scape_reg_layout *layout, uint64_t blocks,
                           const struct sc_array *fields, uint8_t *content) {
    switch (layout->id) {
#define JOIN(ID, BYTES, PUT, ...)                                                                  \
    case SCAPE_REG_LAYOUT_GGML_##ID: {                                                             \
        static const uint16_t counts[] = {__VA_ARGS__};                                            \
        each_block(blocks, fields, content, BYTES, sizeof counts / sizeof *counts, counts, PUT);   \
        return true;                                                                               \
    }
        JOIN(Q4_0, 18, q4_0, 1, 1, 1, 32)
        JOIN(Q4_1, 20, q4_1, 1, 1, 1, 1, 1, 1, 32)
        JOIN(Q5_0, 22, q5_0, 1, 1, 1, 32)
        JOIN(Q5_1, 24, q5_1, 1, 1, 1, 1, 1, 1, 32)
        JOIN(Q8_0, 34, q8_0, 1, 1, 1, 32)
        JOIN(Q2_K, 84, q2_k, 1, 1, 1, 1, 1, 1, 16, 16, 256)
        JOIN(Q3_K, 110, q3_k, 1, 1, 1, 16, 256)
        JOIN(Q4_K, 144, q4_k, 1, 1, 1, 1, 1, 1, 8, 8, 256)
        JOIN(Q5_K, 176, q5_k, 1, 1, 1, 1, 1, 1, 8, 8, 256)
        JOIN(Q6_K, 210, q6_k, 1, 1, 1, 16, 256)
        JOIN(IQ4_NL, 18, q4_0, 1, 1, 1, 32)
        JOIN(IQ4_XS, 136, iq4_xs, 1, 1, 1, 8, 256)
        JOIN(TQ2_0, 66, tq2_0, 1, 1, 1, 256)
        JOIN(MXFP4, 17, mxfp4, 1, 32)
        JOIN(NVFP4, 36, nvfp4, 4, 64)
#undef JOIN
    default:
        return false;
    }
}
