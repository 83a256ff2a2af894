/* bytes.h - storing integers at unaligned places in a stated byte order.
 * Depends on <stdint.h> only; every multi-byte field of the output passes through here. */
#ifndef SCAPE_GEN_BYTES_H
#define SCAPE_GEN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stores the low `n` bytes of `value`, n in 1..8. */
static inline void scape_bytes_put(uint8_t *out, uint64_t value, unsigned n, bool big_endian) {
    for (unsigned i = 0; i < n; i++) {
        unsigned at = big_endian ? n - 1 - i : i;
        out[at] = (uint8_t)(value >> (8 * i));
    }
}

static inline void scape_bytes_put16(uint8_t *out, uint32_t value, bool big_endian) {
    scape_bytes_put(out, value, 2, big_endian);
}

#endif
