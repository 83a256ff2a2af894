/* stream.c - the coders PACKED, CONSTANT, LIFT, and the way to the others [RAW] [RNS-030]. Depends
 * on stream.h, rans.h and zstd_stream.h. */
#include "stream.h"

#include "rans.h"
#include "zstd_stream.h"

const uint8_t *sc_packed_take(struct sc_cursor *c, uint32_t width, uint64_t count) {
    uint64_t bits = count * width;
    const uint8_t *packed = sc_cursor_take(c, (bits + 7) / 8);
    if (packed != NULL && bits % 8 != 0) { /* [RAW-002] */
        sc_cursor_require(c, packed[bits / 8] >> (bits % 8) == 0, SCAPE_ERROR_NONZERO_PAD);
    }
    return c->error == SCAPE_OK ? packed : NULL;
}

/* Of elements of more than 8 bits. */
static inline void put_element(const struct sc_array *a, uint64_t i, uint32_t value) {
    if (a->bytes == 2) {
        ((uint16_t *)(void *)a->data)[i] = (uint16_t)value;
    } else {
        ((uint32_t *)(void *)a->data)[i] = value;
    }
}

/* Elements of less than 8 bits: eight of them are `width` bytes; `width` is a constant where this
 * is inlined. */
static inline void unpack_eights(const struct sc_array *a, const uint8_t *packed,
                                 const uint32_t width) {
    const uint64_t mask = (1u << width) - 1;
    uint8_t *restrict out = a->data;
    uint64_t i = 0;
    for (; a->count - i >= 8; i += 8, packed += width, out += 8) {
        uint64_t bits = sc_load_u64(packed); /* SC_SLACK bytes follow */
        for (uint32_t j = 0; j < 8; j++) {
            out[j] = (uint8_t)(bits >> (j * width) & mask);
        }
    }
    for (uint32_t j = 0; i + j < a->count; j++) {
        out[j] = (uint8_t)(sc_load_u64(packed) >> (j * width) & mask);
    }
}

static void unpack(const struct sc_array *a, const uint8_t *packed) {
    switch (a->width) {
    case 1:
        unpack_eights(a, packed, 1);
        return;
    case 2:
        unpack_eights(a, packed, 2);
        return;
    case 3:
        unpack_eights(a, packed, 3);
        return;
    case 4:
        unpack_eights(a, packed, 4);
        return;
    case 5:
        unpack_eights(a, packed, 5);
        return;
    case 6:
        unpack_eights(a, packed, 6);
        return;
    case 7:
        unpack_eights(a, packed, 7);
        return;
    case 8:
        memcpy(a->data, packed, (size_t)a->count);
        return;
    default:
        break;
    }
    for (uint64_t i = 0; i < a->count; i++) {
        put_element(a, i, sc_bits_at(packed, i * a->width, a->width));
    }
}

static void decode_constant(struct sc_cursor *c, const struct sc_array *a) { /* [RAW-010] */
    uint64_t value = sc_cursor_uint(c, (a->width + 7) / 8);
    bool fits = value >> a->width == 0;
    if (!sc_cursor_require(c, fits, SCAPE_ERROR_BAD_VALUE)) {
        return;
    }
    if (a->bytes == 1) {
        memset(a->data, (int)value, (size_t)a->count);
        return;
    }
    for (uint64_t i = 0; i < a->count; i++) {
        put_element(a, i, (uint32_t)value);
    }
}

static void decode_rans(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                        const struct sc_array *a, uint32_t coder) {
    bool narrow = a->width <= SCAPE_REG_CODED_WIDTH_MAX;
    if (sc_cursor_require(c, narrow, SCAPE_ERROR_UNKNOWN_CODER)) {
        sc_rans_read(w, place, c, a->count, coder);
    }
    if (c->error == SCAPE_OK) {
        struct sc_sink sink = {.kind = a->bytes == 1 ? SC_SINK_U8 : SC_SINK_U16, .out = a->data};
        enum scape_error error = sc_rans_run(w, &sink);
        sc_cursor_require(c, error == SCAPE_OK, error);
    }
}

/* PACKED, CONSTANT and the rANS coders. */
static void decode_plain(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                         const struct sc_array *array, uint32_t coder) {
    if (coder == SCAPE_REG_CODER_CONSTANT) {
        decode_constant(c, array);
    } else if (coder != SCAPE_REG_CODER_PACKED) {
        decode_rans(w, place, c, array, coder);
    } else {
        const uint8_t *packed = sc_packed_take(c, array->width, array->count);
        if (packed != NULL) {
            unpack(array, packed);
        }
    }
}

bool sc_stream_nested(struct sc_work *w, struct sc_cursor *c, uint32_t slot, uint32_t width,
                      uint64_t count, struct sc_array *array) {
    *array = (struct sc_array){NULL, count, width, sc_element_bytes(width)};
    if (c->error == SCAPE_OK) {
        enum scape_error error =
            sc_buffer_reserve(w->memory, &w->nested[slot], (size_t)count * array->bytes);
        sc_cursor_require(c, error == SCAPE_OK, error);
    }
    uint32_t coder = sc_cursor_u8(c);
    bool nests = coder == SCAPE_REG_CODER_PACKED || coder == SCAPE_REG_CODER_CONSTANT ||
                 coder == SCAPE_REG_CODER_RANS;
    if (sc_cursor_require(c, nests, SCAPE_ERROR_UNKNOWN_CODER)) {
        struct sc_place place = {.width = width};
        array->data = w->nested[slot].data;
        decode_plain(w, &place, c, array, coder);
    }
    return c->error == SCAPE_OK;
}

/* Undoes lift k of bytes [RNS-035]; false: a position is behind the last element. It stays inside
 * its sub-block all the same, so this is known at the end. */
static bool lift_bytes_back(uint8_t *restrict data, uint64_t blocks, const struct sc_lift *lift,
                            uint32_t k, const uint8_t *restrict positions,
                            const uint8_t *restrict values) {
    const uint32_t last = (1u << lift->log2) - 1 - k;
    uint8_t greatest = 0;
    for (uint64_t b = 0; b < blocks; b++, data += (size_t)1 << lift->log2) {
        uint8_t at = positions[b];
        greatest = at > greatest ? at : greatest;
        data[last] = data[at];
        data[at] = values[b];
    }
    return greatest <= last;
}

static bool lift_words_back(uint16_t *data, uint64_t blocks, const struct sc_lift *lift, uint32_t k,
                            const uint8_t *positions, const uint16_t *values) {
    const uint32_t last = (1u << lift->log2) - 1 - k;
    uint8_t greatest = 0;
    for (uint64_t b = 0; b < blocks; b++, data += (size_t)1 << lift->log2) {
        uint8_t at = positions[b];
        greatest = at > greatest ? at : greatest;
        data[last] = data[at];
        data[at] = values[b];
    }
    return greatest <= last;
}

static void lift_back(struct sc_cursor *c, const struct sc_array *a, const struct sc_lift *lift,
                      const struct sc_array *positions, const struct sc_array *values) {
    uint64_t blocks = a->count >> lift->log2;
    for (uint32_t k = lift->count; k-- > 0;) {
        const uint8_t *at = positions[k].data;
        bool good = a->bytes == 1
                        ? lift_bytes_back(a->data, blocks, lift, k, at, values[k].data)
                        : lift_words_back((uint16_t *)(void *)a->data, blocks, lift, k, at,
                                          (const uint16_t *)(const void *)values[k].data);
        if (!sc_cursor_require(c, good, SCAPE_ERROR_BAD_VALUE)) {
            return;
        }
    }
}

static void decode_lift(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                        const struct sc_array *a) {
    struct sc_array positions[SCAPE_REG_LIFTS_MAX], values[SCAPE_REG_LIFTS_MAX];
    struct sc_place inner = *place;
    inner.lift.log2 = sc_cursor_u8(c);
    bool good =
        inner.lift.log2 >= SCAPE_REG_LIFT_LOG2_MIN && inner.lift.log2 <= SCAPE_REG_LIFT_LOG2_MAX;
    sc_cursor_require(c, good, SCAPE_ERROR_LIMIT); /* [RNS-030] */
    inner.lift.count = sc_cursor_u8(c);
    good = inner.lift.count >= 1 && inner.lift.count <= SCAPE_REG_LIFTS_MAX;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_LIMIT)) { /* [RNS-031] */
        return;
    }
    uint64_t blocks = a->count >> inner.lift.log2; /* [RNS-033] */
    sc_cursor_require(c, blocks << inner.lift.log2 == a->count, SCAPE_ERROR_BAD_LENGTH);
    for (uint32_t k = 0; k < inner.lift.count; k++) {
        if (!sc_stream_nested(w, c, 2 + 2 * k, inner.lift.log2, blocks, &positions[k]) ||
            !sc_stream_nested(w, c, 3 + 2 * k, a->width, blocks, &values[k])) {
            return;
        }
    }
    uint32_t coder = sc_cursor_u8(c);
    good = coder == SCAPE_REG_CODER_RANS || coder == SCAPE_REG_CODER_RANS_CONTEXT;
    if (sc_cursor_require(c, good, SCAPE_ERROR_UNKNOWN_CODER)) {
        decode_rans(w, &inner, c, a, coder);
    }
    if (c->error == SCAPE_OK) {
        lift_back(c, a, &inner.lift, positions, values);
    }
}

void sc_stream_decode(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                      struct sc_array *array) {
    uint32_t coder = sc_cursor_u8(c);
    if (!sc_cursor_require(c, coder <= SCAPE_REG_CODER_LIFT, SCAPE_ERROR_UNKNOWN_CODER)) {
        return;
    }
    if (coder == SCAPE_REG_CODER_ZSTD) {
        sc_zstd_decode(w, c, array);
    } else if (coder != SCAPE_REG_CODER_LIFT) {
        decode_plain(w, place, c, array, coder);
    } else if (sc_cursor_require(c, array->width <= SCAPE_REG_CODED_WIDTH_MAX,
                                 SCAPE_ERROR_UNKNOWN_CODER)) {
        decode_lift(w, place, c, array);
    }
}
