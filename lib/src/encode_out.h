/* encode_out.h - where encoded bytes go: a growing byte string whose first error sticks, so that a
 * caller checks once behind several writes. Depends on memory.h. */
#ifndef SC_ENCODE_OUT_H
#define SC_ENCODE_OUT_H

#include "memory.h"

struct sc_out {
    struct sc_memory *memory;
    struct sc_buffer buffer;
    size_t size;
    enum scape_error error;
};

/* Room for n more bytes, where they would start, or NULL after an error. They count once
 * sc_out_advance has been told how many were written. */
uint8_t *sc_out_room(struct sc_out *o, size_t n);
static inline void sc_out_advance(struct sc_out *o, size_t n) {
    o->size += n;
}

void sc_out_bytes(struct sc_out *o, const void *bytes, size_t n);
/* Little-endian, of 1..8 bytes. */
void sc_out_uint(struct sc_out *o, uint64_t value, unsigned bytes);
void sc_out_varint(struct sc_out *o, uint64_t value);
void sc_out_release(struct sc_out *o);
/* Puts `from` in the place of `to`. Large ones change places; small ones are copied, so that large
 * memory stays where large ones are made. */
void sc_out_hand_over(struct sc_out *from, struct sc_out *to);

/* Bytes that a varint takes. */
unsigned sc_varint_size(uint64_t value);

/* Bits from the least significant end [CNV-015]; sc_bit_end fills the last byte with zeros. */
struct sc_bit_out {
    struct sc_out *out;
    uint64_t window;
    unsigned count;
};

/* width 0..48; bits of value above it are not written. */
void sc_bit_put(struct sc_bit_out *b, uint64_t value, unsigned width);
void sc_bit_end(struct sc_bit_out *b);

#endif
