/* sink.h - writing decoded values to their place. Depends on work.h. */
#ifndef SC_SINK_H
#define SC_SINK_H

#include "work.h"

static inline uint32_t sc_rotate_right_16(uint32_t word) {
    return (word >> 1 | word << 15) & 0xffff;
}

/* Element i has this value. */
static inline void sc_sink_put(const struct sc_sink *sink, uint64_t i, uint32_t value) {
    if (sink->kind == SC_SINK_U8) {
        sink->out[i] = (uint8_t)value;
    } else if (sink->kind == SC_SINK_U16) {
        ((uint16_t *)(void *)sink->out)[i] = (uint16_t)value;
    } else {
        uint32_t raw = sc_bits_at(sink->raw, i * sink->raw_bits, sink->raw_bits);
        sc_store_u16(sink->out + 2 * i, sc_rotate_right_16(value << sink->raw_bits | raw));
    }
}

/* Four values side by side in 64 bits, element i in the lowest 16, joined with raw bits: what it
 * takes to bring those beside them. Plain arithmetic, so that nothing is stored only to be loaded.
 */
struct sc_quads {
    const uint8_t *raw;
    uint8_t *out;
    uint32_t raw_bits;
    uint64_t low_two, high_two; /* raw bits of two elements, at bit 0 and at 32 */
    uint64_t even, odd;         /* of one, at 0 and 32, and at 16 and 48 */
    uint64_t without_sign;      /* all but one of each, at 0, 16, 32, 48 */
};

static inline struct sc_quads sc_quads_make(const struct sc_sink *sink) {
    uint32_t bits = sink->kind == SC_SINK_SPLIT ? sink->raw_bits : 1;
    uint64_t one = (UINT64_C(1) << bits) - 1, two = (UINT64_C(1) << 2 * bits) - 1;
    return (struct sc_quads){.raw = sink->raw,
                             .out = sink->out,
                             .raw_bits = bits,
                             .low_two = two,
                             .high_two = two << 32,
                             .even = one * UINT64_C(0x0000000100000001),
                             .odd = one * UINT64_C(0x0001000000010000),
                             .without_sign = (one >> 1) * UINT64_C(0x0001000100010001)};
}

/* Elements i..i+3; at most 11 raw bits each. */
static inline void sc_quads_put(const struct sc_quads *q, uint64_t i, uint64_t values) {
    uint64_t start = i * q->raw_bits;
    uint64_t bits = sc_load_u64(q->raw + start / 8) >> (start % 8);
    bits = (bits & q->low_two) | (bits << (32 - 2 * q->raw_bits) & q->high_two);
    bits = (bits & q->even) | (bits << (16 - q->raw_bits) & q->odd);
    uint64_t sign = bits << 15 & UINT64_C(0x8000800080008000);
    uint64_t rest = bits >> 1 & q->without_sign;
    sc_store_u64(q->out + 2 * i, values << (q->raw_bits - 1) | rest | sign);
}

/* Elements i..i+31, four in 64 bits. */
static inline void sc_sink_put32(const struct sc_sink *sink, uint64_t i, const uint64_t *values) {
    if (sink->kind == SC_SINK_SPLIT) {
        const struct sc_quads quads = sc_quads_make(sink);
        for (uint32_t j = 0; j < SC_LANES / 4; j++) {
            sc_quads_put(&quads, i + 4 * (uint64_t)j, values[j]);
        }
        return;
    }
    for (uint32_t j = 0; j < SC_LANES; j++) {
        uint64_t value = values[j / 4] >> (16 * (j % 4));
        if (sink->kind == SC_SINK_U8) {
            sink->out[i + j] = (uint8_t)value;
        } else {
            ((uint16_t *)(void *)sink->out)[i + j] = (uint16_t)value;
        }
    }
}

#endif
