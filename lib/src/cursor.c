/* cursor.c - bounded reading of bytes, varints and bits. Depends on cursor.h. */
#include "cursor.h"

uint8_t sc_cursor_u8(struct sc_cursor *c) {
    const uint8_t *p = sc_cursor_take(c, 1);
    return p == NULL ? 0 : p[0];
}

uint16_t sc_cursor_u16(struct sc_cursor *c) {
    const uint8_t *p = sc_cursor_take(c, 2);
    return p == NULL ? 0 : sc_load_u16(p);
}

uint32_t sc_cursor_u32(struct sc_cursor *c) {
    const uint8_t *p = sc_cursor_take(c, 4);
    return p == NULL ? 0 : sc_load_u32(p);
}

uint64_t sc_cursor_uint(struct sc_cursor *c, unsigned bytes) {
    const uint8_t *p = sc_cursor_take(c, bytes);
    uint64_t value = 0;
    for (unsigned i = 0; p != NULL && i < bytes; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

uint64_t sc_cursor_varint(struct sc_cursor *c) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 10; i++) {
        uint8_t byte = sc_cursor_u8(c);
        if (c->error != SCAPE_OK) {
            return 0;
        }
        if (i == 9 && (byte & 127) > 1) { /* beyond 2^64 */
            break;
        }
        value |= (uint64_t)(byte & 127) << (7 * i);
        if (byte < 128) {
            sc_cursor_require(c, byte != 0 || i == 0, SCAPE_ERROR_BAD_VARINT);
            return c->error == SCAPE_OK ? value : 0;
        }
    }
    sc_cursor_fail(c, SCAPE_ERROR_BAD_VARINT);
    return 0;
}

static void bits_fill(struct sc_bits *b) {
    struct sc_cursor *c = b->cursor;
    if (sc_cursor_left(c) >= 8) {
        b->window |= sc_load_u64(c->at) << b->count;
        c->at += (63 - b->count) >> 3;
        b->count |= 56;
        b->window &= UINT64_MAX >> (64 - b->count);
    } else {
        while (b->count <= 56 && c->at < c->end) {
            b->window |= (uint64_t)*c->at++ << b->count;
            b->count += 8;
        }
    }
}

uint32_t sc_bits_read(struct sc_bits *b, unsigned width) {
    if (b->count < width) {
        bits_fill(b);
    }
    if (!sc_cursor_require(b->cursor, width <= b->count, b->cursor->short_class)) {
        return 0;
    }
    uint32_t value = (uint32_t)(b->window & ((UINT64_C(1) << width) - 1));
    b->window >>= width;
    b->count -= width;
    return value;
}

unsigned sc_bits_run(struct sc_bits *b, bool bit, unsigned most, enum scape_error too_long) {
    unsigned length = 0;
    for (;;) {
        if (b->count == 0) {
            bits_fill(b);
        }
        if (!sc_cursor_require(b->cursor, b->count > 0, b->cursor->short_class)) {
            return 0;
        }
        uint64_t other = bit ? ~b->window : b->window; /* ones where the run ends */
        unsigned run = other == 0 ? 64 : (unsigned)__builtin_ctzll(other);
        bool ends = run < b->count;
        run = ends ? run : b->count;
        length += run;
        if (!sc_cursor_require(b->cursor, length <= most, too_long)) {
            return 0;
        }
        unsigned used = run + ends; /* at most the 63 bits that the window holds */
        b->window >>= used & 63;
        b->count -= used;
        if (ends) {
            return length;
        }
    }
}

void sc_bits_end(struct sc_bits *b) {
    unsigned pad = b->count % 8;
    b->cursor->at -= b->count / 8;
    sc_cursor_require(b->cursor, (b->window & ((1u << pad) - 1)) == 0, SCAPE_ERROR_NONZERO_PAD);
    b->window = 0;
    b->count = 0;
}
