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

static inline void put_element(const struct sc_array *a, uint64_t i, uint64_t value) {
    if (a->bytes == 1) {
        a->data[i] = (uint8_t)value;
    } else if (a->bytes == 2) {
        ((uint16_t *)(void *)a->data)[i] = (uint16_t)value;
    } else if (a->bytes == 4) {
        ((uint32_t *)(void *)a->data)[i] = (uint32_t)value;
    } else {
        ((uint64_t *)(void *)a->data)[i] = value;
    }
}

static inline uint32_t get_small(const struct sc_array *a, uint64_t i) {
    return a->bytes == 1 ? a->data[i] : ((const uint16_t *)(const void *)a->data)[i];
}

/* Elements of 1, 2 or 4 bits: a byte holds several. */
static void unpack_small(const struct sc_array *a, const uint8_t *packed) {
    uint32_t per_byte = 8 / a->width;
    uint32_t mask = (1u << a->width) - 1;
    uint64_t whole = a->count / per_byte;
    uint8_t *out = a->data;
    for (uint64_t i = 0; i < whole; i++) {
        for (uint32_t j = 0; j < per_byte; j++) {
            *out++ = (uint8_t)(packed[i] >> (j * a->width) & mask);
        }
    }
    for (uint64_t i = whole * per_byte; i < a->count; i++) {
        *out++ = (uint8_t)sc_bits_at(packed, i * a->width, a->width);
    }
}

static void unpack(const struct sc_array *a, const uint8_t *packed) {
    if (a->width == 8) {
        memcpy(a->data, packed, (size_t)a->count);
        return;
    }
    if (a->width == 1 || a->width == 2 || a->width == 4) {
        unpack_small(a, packed);
        return;
    }
    for (uint64_t i = 0; i < a->count; i++) {
        uint64_t start = i * a->width;
        uint64_t low = sc_bits_at(packed, start, a->width < 32 ? a->width : 32);
        uint64_t high = a->width > 32 ? sc_bits_at(packed, start + 32, a->width - 32) : 0;
        put_element(a, i, low | high << 32);
    }
}

static void decode_constant(struct sc_cursor *c, const struct sc_array *a) { /* [RAW-010] */
    uint64_t value = sc_cursor_uint(c, (a->width + 7) / 8);
    bool fits = a->width == 64 || value >> a->width == 0;
    if (!sc_cursor_require(c, fits, SCAPE_ERROR_BAD_VALUE)) {
        return;
    }
    if (a->bytes == 1) {
        memset(a->data, (int)value, (size_t)a->count);
        return;
    }
    for (uint64_t i = 0; i < a->count; i++) {
        put_element(a, i, value);
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

static void lift_back(struct sc_cursor *c, const struct sc_array *a, const struct sc_lift *lift,
                      const struct sc_array *positions, const struct sc_array *values) {
    for (uint64_t b = 0; b < a->count >> lift->log2; b++) { /* [RNS-035] */
        uint64_t first = b << lift->log2;
        for (uint32_t k = lift->count; k-- > 0;) {
            uint32_t last = (1u << lift->log2) - 1 - k;
            uint32_t at = positions[k].data[b];
            if (!sc_cursor_require(c, at <= last, SCAPE_ERROR_BAD_VALUE)) {
                return;
            }
            uint32_t value = get_small(&values[k], b);
            put_element(a, first + last, at == last ? value : get_small(a, first + at));
            put_element(a, first + at, value);
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
