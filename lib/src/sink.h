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

/* 32 values joined with raw bits; `raw_bits` is a constant where this is inlined, and i % 8 is 0,
 * so that the raw bits of eight elements are `raw_bits` whole bytes. */
static inline void sc_sink_split32(const struct sc_sink *sink, uint64_t i, const uint16_t *values,
                                   uint32_t raw_bits) {
    const uint8_t *raw = sink->raw + i / 8 * raw_bits;
    uint8_t *out = sink->out + 2 * i;
    for (uint32_t q = 0; q < 4; q++, raw += raw_bits, out += 16) {
        uint64_t packed = 0;
        for (uint32_t b = 0; b < raw_bits; b++) {
            packed |= (uint64_t)raw[b] << (8 * b);
        }
        for (uint32_t j = 0; j < 8; j++) {
            uint32_t bits = (uint32_t)(packed >> (raw_bits * j)) & ((1u << raw_bits) - 1);
            uint32_t word = (uint32_t)values[8 * (size_t)q + j] << raw_bits | bits;
            sc_store_u16(out + 2 * (size_t)j, sc_rotate_right_16(word));
        }
    }
}

/* Elements i..i+31, i % 8 == 0. */
static inline void sc_sink_put32(const struct sc_sink *sink, uint64_t i, const uint16_t *values) {
    if (sink->kind == SC_SINK_U8) {
        for (uint32_t l = 0; l < SC_LANES; l++) {
            sink->out[i + l] = (uint8_t)values[l];
        }
    } else if (sink->kind == SC_SINK_U16) {
        memcpy(sink->out + 2 * i, values, SC_LANES * sizeof *values);
    } else if (sink->raw_bits == 6) {
        sc_sink_split32(sink, i, values, 6);
    } else if (sink->raw_bits == 8) {
        sc_sink_split32(sink, i, values, 8);
    } else {
        for (uint32_t l = 0; l < SC_LANES; l++) {
            sc_sink_put(sink, i + l, values[l]);
        }
    }
}

#endif
