/* cursor.h - the only way to read a frame's bytes: a cursor that cannot leave its range, and a bit
 * reader on top of it. The first error sticks, and reads after it give 0, so a caller checks once
 * behind several reads; requirements that come later in the spec's order cannot displace it.
 * Depends on scape.h only. */
#ifndef SC_CURSOR_H
#define SC_CURSOR_H

#include "scape.h"

#include <string.h>

struct sc_cursor {
    const uint8_t *at;
    const uint8_t *end;
    enum scape_error short_class; /* the class when the bytes run out */
    enum scape_error error;
};

static inline uint16_t sc_load_u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t sc_load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t sc_load_u64(const uint8_t *p) {
    return (uint64_t)sc_load_u32(p) | (uint64_t)sc_load_u32(p + 4) << 32;
}

static inline void sc_store_u16(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void sc_store_u64(uint8_t *p, uint64_t value) {
    for (unsigned i = 0; i < 8; i++) {
        p[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline struct sc_cursor sc_cursor_make(const uint8_t *data, size_t size,
                                              enum scape_error short_class) {
    return (struct sc_cursor){data, data + size, short_class, SCAPE_OK};
}

static inline size_t sc_cursor_left(const struct sc_cursor *c) {
    return (size_t)(c->end - c->at);
}

static inline void sc_cursor_fail(struct sc_cursor *c, enum scape_error error) {
    if (c->error == SCAPE_OK) {
        c->error = error;
    }
}

static inline bool sc_cursor_require(struct sc_cursor *c, bool truth, enum scape_error error) {
    if (!truth) {
        sc_cursor_fail(c, error);
    }
    return c->error == SCAPE_OK;
}

/* n bytes, or NULL after an error. */
static inline const uint8_t *sc_cursor_take(struct sc_cursor *c, uint64_t n) {
    if (!sc_cursor_require(c, n <= sc_cursor_left(c), c->short_class)) {
        return NULL;
    }
    const uint8_t *bytes = c->at;
    c->at += n;
    return bytes;
}

uint8_t sc_cursor_u8(struct sc_cursor *c);
uint16_t sc_cursor_u16(struct sc_cursor *c);
uint32_t sc_cursor_u32(struct sc_cursor *c);
/* Little-endian, of 1..8 bytes. */
uint64_t sc_cursor_uint(struct sc_cursor *c, unsigned bytes);
/* [CNV-013]; BAD_VARINT. */
uint64_t sc_cursor_varint(struct sc_cursor *c);

/* Bits from the least significant end [CNV-015]. Holds bytes of the cursor until sc_bits_end. */
struct sc_bits {
    struct sc_cursor *cursor;
    uint64_t window; /* bits that were fetched and not given out; zeros above `count` */
    unsigned count;
};

/* width 0..32. */
uint32_t sc_bits_read(struct sc_bits *b, unsigned width);
/* Length of the run of `bit` that comes next, and passes over the opposite bit that ends it. A run
 * longer than `most` is `too_long`. */
unsigned sc_bits_run(struct sc_bits *b, bool bit, unsigned most, enum scape_error too_long);
/* Gives back whole bytes; bits left of the last byte must be 0 (NONZERO_PAD). */
void sc_bits_end(struct sc_bits *b);

#endif
