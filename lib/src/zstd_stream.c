/* zstd_stream.c - one Zstandard frame of values [ZST-001]. What libzstd would let pass, and what it
 * decides by machine, is checked here first. Depends on zstd_stream.h. */
#include "zstd_stream.h"

/* The frame's header [ZST-002] [ZST-003] [ZST-004]. */
static bool header_allowed(const uint8_t *frame, size_t size) {
    static const uint8_t id_bytes[4] = {0, 1, 2, 4};
    struct sc_cursor c = sc_cursor_make(frame, size, SCAPE_ERROR_ZSTD_DATA);
    sc_cursor_require(&c, sc_cursor_u32(&c) == ZSTD_MAGICNUMBER, SCAPE_ERROR_ZSTD_DATA);
    uint32_t descriptor = sc_cursor_u8(&c);
    bool single_segment = (descriptor & 32) != 0;
    if (!single_segment) {
        uint32_t window = sc_cursor_u8(&c);
        uint64_t base = UINT64_C(1) << (10 + (window >> 3));
        bool small = base + base / 8 * (window & 7) <= UINT64_C(1) << SCAPE_REG_ZSTD_WINDOW_LOG_MAX;
        sc_cursor_require(&c, small, SCAPE_ERROR_ZSTD_DATA);
    }
    sc_cursor_require(&c, sc_cursor_uint(&c, id_bytes[descriptor & 3]) == 0, SCAPE_ERROR_ZSTD_DATA);
    return c.error == SCAPE_OK && (descriptor & 8) == 0;
}

/* A compressed block of no bytes is none, though libzstd takes it [ZST-009]. */
static bool block_allowed(const uint8_t *header) {
    bool compressed = (header[0] & 6) == 4;
    uint32_t size = header[0] >> 3 | (uint32_t)header[1] << 5 | (uint32_t)header[2] << 13;
    return !compressed || size >= 2;
}

/* Block by block, which checks each one's size [ZST-007], into one buffer, which needs no window
 * beside it [ZST-008]. */
static bool decode_blocks(ZSTD_DCtx *dctx, const uint8_t *frame, size_t frame_size,
                          uint8_t *content, size_t size) {
    size_t used = 0, done = 0;
    if (ZSTD_isError(ZSTD_decompressBegin(dctx))) {
        return false;
    }
    for (;;) {
        size_t next = ZSTD_nextSrcSizeToDecompress(dctx);
        if (next == 0) {
            return used == frame_size && done == size;
        }
        if (next > frame_size - used) {
            return false;
        }
        if (ZSTD_nextInputType(dctx) == ZSTDnit_blockHeader && !block_allowed(frame + used)) {
            return false;
        }
        size_t got = ZSTD_decompressContinue(dctx, content + done, size - done, frame + used, next);
        if (ZSTD_isError(got)) {
            return false;
        }
        used += next;
        done += got;
    }
}

/* libzstd does not hand on why there was no memory: the work keeps it. */
static void *zstd_allocate(void *ctx, size_t size) {
    struct sc_work *w = ctx;
    size_t *block = sc_memory_new(w->memory, size + SC_ALIGNMENT, &w->zstd_error);
    if (block == NULL) {
        return NULL;
    }
    *block = size + SC_ALIGNMENT;
    return (uint8_t *)block + SC_ALIGNMENT;
}

static void zstd_release(void *ctx, void *address) {
    struct sc_work *w = ctx;
    if (address != NULL) {
        size_t *block = (size_t *)(void *)((uint8_t *)address - SC_ALIGNMENT);
        sc_memory_delete(w->memory, block, *block);
    }
}

static uint64_t load_uint(const uint8_t *p, uint32_t bytes) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

/* Little-endian values of `bytes` bytes each to elements; false if one is too large [ZST-006]. */
static bool place_values(const struct sc_array *a, const uint8_t *content, uint32_t bytes) {
    uint64_t all = 0;
    for (uint64_t i = 0; i < a->count; i++) {
        uint64_t value = load_uint(content + i * bytes, bytes);
        all |= value;
        if (a->bytes == 1) {
            a->data[i] = (uint8_t)value;
        } else if (a->bytes == 2) {
            ((uint16_t *)(void *)a->data)[i] = (uint16_t)value;
        } else {
            ((uint32_t *)(void *)a->data)[i] = (uint32_t)value;
        }
    }
    return all >> a->width == 0;
}

void sc_zstd_decode(struct sc_work *w, struct sc_cursor *c, const struct sc_array *array) {
    uint64_t length = sc_cursor_varint(c);
    const uint8_t *frame = sc_cursor_take(c, length);
    uint32_t bytes = (array->width + 7) / 8;
    size_t size = (size_t)array->count * bytes;
    if (frame == NULL) {
        return;
    }
    if (!sc_cursor_require(c, header_allowed(frame, (size_t)length), SCAPE_ERROR_ZSTD_DATA)) {
        return;
    }
    if (w->zstd == NULL) {
        ZSTD_customMem hooks = {zstd_allocate, zstd_release, w};
        w->zstd = ZSTD_createDCtx_advanced(hooks);
        if (w->zstd == NULL) {
            sc_cursor_fail(c, w->zstd_error);
            return;
        }
    }
    uint8_t *content = array->data; /* one byte an element: in place */
    if (bytes > 1) {
        enum scape_error error = sc_buffer_reserve(w->memory, &w->packed, size);
        if (!sc_cursor_require(c, error == SCAPE_OK, error)) {
            return;
        }
        content = w->packed.data;
    }
    bool good = decode_blocks(w->zstd, frame, (size_t)length, content, size);
    if (sc_cursor_require(c, good, SCAPE_ERROR_ZSTD_DATA) && (bytes > 1 || array->width < 8)) {
        sc_cursor_require(c, place_values(array, content, bytes), SCAPE_ERROR_BAD_VALUE);
    }
}
