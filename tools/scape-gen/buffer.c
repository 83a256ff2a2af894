/* buffer.c - see buffer.h. */
#include "buffer.h"

#include "bytes.h"

#include <stdlib.h>
#include <string.h>

void scape_buffer_free(scape_buffer *b) {
    free(b->data);
    *b = (scape_buffer){0};
}

static bool buffer_reserve(scape_buffer *b, size_t more) {
    if (b->failed || more > SIZE_MAX / 2 - b->size) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + more;
    if (need <= b->capacity) {
        return true;
    }
    size_t capacity = need < 4096 ? 4096 : need + need / 2;
    uint8_t *data = realloc(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

void scape_buffer_append(scape_buffer *b, const void *data, size_t size) {
    if (size != 0 && buffer_reserve(b, size)) {
        memcpy(b->data + b->size, data, size);
        b->size += size;
    }
}

void scape_buffer_text(scape_buffer *b, const char *text) {
    scape_buffer_append(b, text, strlen(text));
}

void scape_buffer_decimal(scape_buffer *b, uint64_t value) {
    char digits[20];
    size_t n = 0;
    do {
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    scape_buffer_append(b, digits + sizeof digits - n, n);
}

void scape_buffer_integer(scape_buffer *b, uint64_t value, unsigned bytes, bool big_endian) {
    uint8_t stored[8];
    scape_bytes_put(stored, value, sizeof stored, big_endian);
    scape_buffer_append(b, big_endian ? stored + sizeof stored - bytes : stored, bytes);
}

void scape_buffer_pad(scape_buffer *b, size_t alignment, uint8_t fill) {
    while (!b->failed && b->size % alignment != 0) {
        scape_buffer_append(b, &fill, 1);
    }
}
