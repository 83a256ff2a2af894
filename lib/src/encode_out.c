/* encode_out.c - growing byte strings, varints and bit strings. Depends on encode_out.h. */
#include "encode_out.h"

#include <string.h>

enum {
    LEAST_ROOM = 256,
    COPIED_MOST = 1 << 14
};

uint8_t *sc_out_room(struct sc_out *o, size_t n) {
    if (o->error != SCAPE_OK) {
        return NULL;
    }
    if (n > SIZE_MAX / 4 - o->size) {
        o->error = SCAPE_ERROR_MEMORY;
        return NULL;
    }
    if (o->buffer.data == NULL || n > o->buffer.size - o->size) {
        size_t wanted = o->size + n + LEAST_ROOM;
        o->error = sc_buffer_grow(o->memory, &o->buffer, o->size, wanted);
        if (o->error != SCAPE_OK) {
            return NULL;
        }
    }
    return o->buffer.data + o->size;
}

void sc_out_bytes(struct sc_out *o, const void *bytes, size_t n) {
    uint8_t *room = sc_out_room(o, n);
    if (room != NULL && n > 0) {
        memcpy(room, bytes, n);
        o->size += n;
    }
}

void sc_out_uint(struct sc_out *o, uint64_t value, unsigned bytes) {
    uint8_t *room = sc_out_room(o, bytes);
    if (room != NULL) {
        for (unsigned i = 0; i < bytes; i++) {
            room[i] = (uint8_t)(value >> 8 * i);
        }
        o->size += bytes;
    }
}

void sc_out_varint(struct sc_out *o, uint64_t value) {
    while (value >= 128) {
        sc_out_uint(o, (value & 127) | 128, 1);
        value >>= 7;
    }
    sc_out_uint(o, value, 1);
}

void sc_out_release(struct sc_out *o) {
    if (o->memory != NULL) {
        sc_buffer_release(o->memory, &o->buffer);
    }
    o->size = 0;
}

void sc_out_hand_over(struct sc_out *from, struct sc_out *to) {
    if (from->error == SCAPE_OK && from->size <= COPIED_MOST) {
        to->size = 0;
        sc_out_bytes(to, from->buffer.data, from->size);
    } else {
        struct sc_out other = *from;
        *from = *to;
        *to = other;
    }
}

unsigned sc_varint_size(uint64_t value) {
    unsigned size = 1;
    while (value >= 128) {
        value >>= 7;
        size++;
    }
    return size;
}

void sc_bit_put(struct sc_bit_out *b, uint64_t value, unsigned width) {
    if (b->count + width > 63) { /* what stays and the next 48 fit */
        unsigned bytes = b->count / 8;
        sc_out_uint(b->out, b->window, bytes);
        b->window >>= 8 * bytes;
        b->count %= 8;
    }
    b->window |= (value & ((UINT64_C(1) << width) - 1)) << b->count;
    b->count += width;
}

void sc_bit_end(struct sc_bit_out *b) {
    sc_out_uint(b->out, b->window, (b->count + 7) / 8);
    b->window = 0;
    b->count = 0;
}
