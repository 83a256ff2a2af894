/* encode_stream.h - one field's stream by the simple coders [CAN-050]. Depends on encode_rans.h. */
#ifndef SC_ENCODE_STREAM_H
#define SC_ENCODE_STREAM_H

#include "encode_rans.h"

/* How encode_smallest may code. */
struct sc_simple {
    uint32_t precision, max_symbols;
    int zstd_level; /* 0: not by zstd */
};

/* Appends the smallest of CONSTANT, PACKED, RANS and, with a level, ZSTD. count >= 1. */
void sc_encode_smallest(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values,
                        struct sc_simple how);

/* Does one table save 1/64 of PACKED in a sample, every sc_sample_step()-th element of a field? If
 * not, and the sample's elements are not all equal, sc_encode_smallest takes PACKED or ZSTD. */
bool sc_sample_pays(struct sc_encode_work *w, const struct sc_array *sample, struct sc_simple how);
static inline uint64_t sc_sample_step(uint64_t count) { /* [CAN-050] */
    return count / 16384 | 1;
}

/* Appends a ZSTD stream of `size` values of 8 bits. With a limit, nothing is appended unless the
 * stream is shorter; SIZE_MAX: no limit. True when it was appended. */
bool sc_encode_zstd(struct sc_encode_work *w, struct sc_out *out, const uint8_t *bytes, size_t size,
                    int level, size_t limit);

/* Bytes of the ZSTD stream, which is not kept. */
size_t sc_zstd_size(struct sc_encode_work *w, const uint8_t *bytes, size_t size, int level);

void sc_encode_constant(struct sc_out *out, const struct sc_array *values);
void sc_encode_packed(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values);

static inline uint64_t sc_packed_size(uint64_t count, uint32_t width) {
    return (count * width + 7) / 8;
}

#endif
