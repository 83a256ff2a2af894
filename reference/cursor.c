/* cursor.c - see cursor.h. Conventions of the spec: little-endian integers, shortest LEB128. */
#include "cursor.h"

#include <stdbool.h>

struct scape_ref_cursor scape_ref_cursor_make(const void *data, size_t size) {
    return (struct scape_ref_cursor){data, size, 0};
}

size_t scape_ref_cursor_left(const struct scape_ref_cursor *c) {
    return c->size - c->at;
}

enum scape_ref_error scape_ref_cursor_take(struct scape_ref_cursor *c, uint64_t n,
                                           const uint8_t **out) {
    if (n > scape_ref_cursor_left(c)) {
        return SCAPE_REF_TRUNCATED;
    }
    *out = c->data + c->at;
    c->at += (size_t)n;
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_cursor_sub(struct scape_ref_cursor *c, uint64_t n,
                                          struct scape_ref_cursor *out) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, n, &data);
    if (!error) {
        *out = scape_ref_cursor_make(data, (size_t)n);
    }
    return error;
}

uint64_t scape_ref_load_le(const uint8_t *data, unsigned bytes) {
    uint64_t value = 0;
    for (unsigned i = bytes; i-- > 0;) {
        value = value << 8 | data[i];
    }
    return value;
}

void scape_ref_store_le(uint8_t *out, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> 8 * i);
    }
}

static enum scape_ref_error cursor_le(struct scape_ref_cursor *c, unsigned bytes, uint64_t *out) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_cursor_take(c, bytes, &data);
    if (!error) {
        *out = scape_ref_load_le(data, bytes);
    }
    return error;
}

enum scape_ref_error scape_ref_cursor_u8(struct scape_ref_cursor *c, uint8_t *out) {
    uint64_t value = 0;
    enum scape_ref_error error = cursor_le(c, 1, &value);
    *out = (uint8_t)value;
    return error;
}

enum scape_ref_error scape_ref_cursor_u16le(struct scape_ref_cursor *c, uint16_t *out) {
    uint64_t value = 0;
    enum scape_ref_error error = cursor_le(c, 2, &value);
    *out = (uint16_t)value;
    return error;
}

enum scape_ref_error scape_ref_cursor_u64le(struct scape_ref_cursor *c, uint64_t *out) {
    uint64_t value = 0;
    enum scape_ref_error error = cursor_le(c, 8, &value);
    *out = value;
    return error;
}

/* [CNV-013] */
enum scape_ref_error scape_ref_cursor_varint(struct scape_ref_cursor *c, uint64_t *out) {
    uint64_t value = 0;
    *out = 0;
    for (unsigned i = 0;; i++) {
        uint8_t byte;
        enum scape_ref_error error = scape_ref_cursor_u8(c, &byte);
        if (error) {
            return error;
        }
        bool too_large = i == SCAPE_REF_VARINT_MAX - 1 && byte > 1; /* or an eleventh byte */
        bool not_shortest = i != 0 && byte == 0;
        if (too_large || not_shortest) {
            return SCAPE_REF_BAD_VARINT;
        }
        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte < 0x80) {
            *out = value;
            return SCAPE_REF_OK;
        }
    }
}

void scape_ref_store_u16le(uint8_t *out, uint16_t value) {
    scape_ref_store_le(out, value, 2);
}

void scape_ref_store_u32le(uint8_t *out, uint32_t value) {
    scape_ref_store_le(out, value, 4);
}

void scape_ref_store_u64le(uint8_t *out, uint64_t value) {
    scape_ref_store_le(out, value, 8);
}

size_t scape_ref_store_varint(uint8_t *out, uint64_t value) {
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) {
        out[n++] = (uint8_t)(value | 0x80);
    }
    out[n++] = (uint8_t)value;
    return n;
}
