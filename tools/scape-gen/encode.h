/* encode.h - turning fixed-point values into the stored bytes of a type.
 * Depends on dtypes.h; a value v stands for v * 2^(exponent - SCAPE_VALUE_POINT). */
#ifndef SCAPE_GEN_ENCODE_H
#define SCAPE_GEN_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes `count` values, a multiple of the type's block_elements, as `dtype`, which must be in the
 * table. `out` holds count / block_elements * block_bytes bytes. Fields of more than one byte are
 * written in the given byte order. */
void scape_encode(uint16_t dtype, bool big_endian, int exponent, const int64_t *values,
                  size_t count, uint8_t *out);

#endif
