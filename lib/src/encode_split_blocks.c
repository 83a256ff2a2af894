/* encode_split_blocks.c - taking apart the blocks of ggml's commonest types: layout_blocks.c
 * undone, and like it written out, so that a compiler sees the constant counts, strides and shifts
 * and makes vectors of the loops. Depends on encode_split.h. */
#include "encode_split.h"

/* Without optimisation a function that is handed over by pointer cannot be inlined. */
#ifdef __OPTIMIZE__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* A block: its bytes, and the first elements of its fields in the order of the row. */
struct block {
    const uint8_t *in;
    uint8_t *out[SC_FIELDS_MAX];
};

/* `length` bytes, each of `count` elements that lie `stride` apart: `bits` bits of element j, from
 * bit j * step, go to bit `low`, above what stands there. All but the pointers are constants. Eight
 * bytes at a time, whatever their order in a word. */
INLINE void unpack(uint8_t *restrict out, const uint8_t *restrict in, const uint32_t length,
                   const uint32_t count, const uint32_t stride, const uint32_t low,
                   const uint32_t bits, const uint32_t step) {
    const uint64_t mask = UINT64_C(0x0101010101010101) * ((1u << bits) - 1);
    for (uint32_t j = 0; j < count; j++) {
        for (uint32_t k = 0; k < length; k += 8) {
            uint64_t word, below = 0;
            memcpy(&word, in + k, sizeof word);
            if (low > 0) {
                memcpy(&below, out + (size_t)j * stride + k, sizeof below);
            }
            word = below | (word >> (j * step) & mask) << low;
            memcpy(out + (size_t)j * stride + k, &word, sizeof word);
        }
    }
}

INLINE void unpack_nibbles(uint8_t *out, const uint8_t *in, const uint32_t length) {
    unpack(out, in, length, 2, length, 0, 4, 4);
}

/* A half to its 7 low bits, its 8 high bits and its sign, which are fields f, f + 1, f + 2. */
INLINE void get_half(const struct block *b, const uint32_t f, const uint32_t at) {
    uint32_t half = sc_load_u16(b->in + at);
    b->out[f][0] = half & 127;
    b->out[f + 1][0] = (uint8_t)(half >> 7);
    b->out[f + 2][0] = (uint8_t)(half >> 15);
}

INLINE void store_u32(uint8_t *p, uint32_t value) {
    sc_store_u16(p, value);
    sc_store_u16(p + 2, value >> 16);
}

/* 8 scales and 8 mins of 6 bits of Q4_K and Q5_K, fields 6 and 7, four a word: four of 6 bits, and
 * four of 4 whose upper bits stand above the first four. */
INLINE void get_scales(const struct block *b, const uint32_t at) {
    const uint32_t top = 0x03030303, nibble = 0x0f0f0f0f, six = 0x3f3f3f3f;
    uint32_t s = sc_load_u32(b->in + at), m = sc_load_u32(b->in + at + 4);
    uint32_t low = sc_load_u32(b->in + at + 8);
    store_u32(b->out[6], s & six);
    store_u32(b->out[6] + 4, (low & nibble) | (s >> 6 & top) << 4);
    store_u32(b->out[7], m & six);
    store_u32(b->out[7] + 4, (low >> 4 & nibble) | (m >> 6 & top) << 4);
}

INLINE void q4_0(const struct block *b) {
    get_half(b, 0, 0);
    unpack_nibbles(b->out[3], b->in + 2, 16);
}

INLINE void q8_0(const struct block *b) {
    get_half(b, 0, 0);
    memcpy(b->out[3], b->in + 2, 32);
}

/* What Q4_K and Q5_K share: d and dmin, scales and minima, and nibbles from byte `at` on. */
INLINE void super_block(const struct block *b, const size_t at) {
    get_half(b, 0, 0);
    get_half(b, 3, 2);
    get_scales(b, 4);
    for (size_t i = 0; i < 4; i++) {
        unpack_nibbles(b->out[8] + 64 * i, b->in + at + 32 * i, 32);
    }
}

INLINE void q4_k(const struct block *b) {
    super_block(b, 16);
}

INLINE void q5_k(const struct block *b) {
    super_block(b, 48);
    unpack(b->out[8], b->in + 16, 32, 8, 32, 4, 1, 1);
}

INLINE void q6_k(const struct block *b) {
    for (size_t i = 0; i < 2; i++) {
        uint8_t *q = b->out[4] + 128 * i;
        unpack_nibbles(q, b->in + 64 * i, 64);
        unpack(q, b->in + 128 + 32 * i, 32, 4, 32, 4, 2, 2);
    }
    memcpy(b->out[3], b->in + 192, 16);
    get_half(b, 0, 208);
}

/* A loop over all blocks; all but the first three are constants where this is inlined, `counts` the
 * elements a block of each field. */
INLINE void each_block(uint64_t blocks, const struct sc_array *fields, const uint8_t *content,
                       const uint32_t bytes, const uint32_t field_count, const uint16_t *counts,
                       void (*const get)(const struct block *)) {
    struct block b = {.in = content};
    for (uint32_t f = 0; f < field_count; f++) {
        b.out[f] = fields[f].data;
    }
    for (; blocks > 0; blocks--, b.in += bytes) {
        get(&b);
        for (uint32_t f = 0; f < field_count; f++) {
            b.out[f] += counts[f];
        }
    }
}

bool sc_layout_split_blocks(const struct scape_reg_layout *layout, const uint8_t *content,
                            uint64_t blocks, const struct sc_array *fields) {
    switch (layout->id) {
#define SPLIT(ID, BYTES, GET, ...)                                                                 \
    case SCAPE_REG_LAYOUT_GGML_##ID: {                                                             \
        static const uint16_t counts[] = {__VA_ARGS__};                                            \
        each_block(blocks, fields, content, BYTES, sizeof counts / sizeof *counts, counts, GET);   \
        return true;                                                                               \
    }
        SPLIT(Q4_0, 18, q4_0, 1, 1, 1, 32)
        SPLIT(Q8_0, 34, q8_0, 1, 1, 1, 32)
        SPLIT(Q4_K, 144, q4_k, 1, 1, 1, 1, 1, 1, 8, 8, 256)
        SPLIT(Q5_K, 176, q5_k, 1, 1, 1, 1, 1, 1, 8, 8, 256)
        SPLIT(Q6_K, 210, q6_k, 1, 1, 1, 16, 256)
        SPLIT(IQ4_NL, 18, q4_0, 1, 1, 1, 32)
#undef SPLIT
    default:
        return false;
    }
}
