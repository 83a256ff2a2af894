/* bits.h - arrays of field elements, and bit strings LSB first. Chapter "raw bits" of the spec.
 * Depends on cursor. */
#ifndef SCAPE_REF_BITS_H
#define SCAPE_REF_BITS_H

#include "cursor.h"

#include <stdbool.h>

/* The elements of one field of one chunk, all below 2^width. data is an array of uint8_t, uint16_t,
 * uint32_t or uint64_t: the smallest that holds width bits. */
struct scape_ref_array {
    uint32_t width; /* 1..64 */
    uint32_t size;  /* bytes an element: scape_ref_array_element(width) */
    uint64_t count;
    void *data;
};

static inline unsigned scape_ref_array_element(uint32_t width) {
    return width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : 8;
}

static inline uint64_t scape_ref_array_get(const struct scape_ref_array *a, uint64_t i) {
    switch (a->size) {
    case 1:
        return ((const uint8_t *)a->data)[i];
    case 2:
        return ((const uint16_t *)a->data)[i];
    case 4:
        return ((const uint32_t *)a->data)[i];
    default:
        return ((const uint64_t *)a->data)[i];
    }
}

static inline void scape_ref_array_set(struct scape_ref_array *a, uint64_t i, uint64_t value) {
    switch (a->size) {
    case 1:
        ((uint8_t *)a->data)[i] = (uint8_t)value;
        break;
    case 2:
        ((uint16_t *)a->data)[i] = (uint16_t)value;
        break;
    case 4:
        ((uint32_t *)a->data)[i] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)a->data)[i] = value;
        break;
    }
}

/* Bytes an element takes in a stream of whole bytes; never more than it takes in memory. */
static inline unsigned scape_ref_width_bytes(uint32_t width) {
    return (width + 7) / 8;
}

static inline bool scape_ref_value_fits(uint64_t value, uint32_t width) {
    return width >= 64 || value >> width == 0;
}

/* width (1..64) bits from bit `bit` of data on. */
static inline uint64_t scape_ref_bits_get(const uint8_t *data, uint64_t bit, uint32_t width) {
    uint64_t value = 0;
    for (uint32_t done = 0; done < width;) {
        uint32_t shift = (uint32_t)((bit + done) % 8);
        uint32_t n = 8 - shift < width - done ? 8 - shift : width - done;
        uint64_t part = (uint64_t)(data[(bit + done) / 8] >> shift) & ((1U << n) - 1);
        value |= part << done;
        done += n;
    }
    return value;
}

/* The same the other way; the bits of data must be zero before. */
static inline void scape_ref_bits_put(uint8_t *data, uint64_t bit, uint32_t width, uint64_t value) {
    for (uint32_t done = 0; done < width;) {
        uint32_t shift = (uint32_t)((bit + done) % 8);
        uint32_t n = 8 - shift < width - done ? 8 - shift : width - done;
        uint32_t part = (uint32_t)(value >> done) & ((1U << n) - 1);
        data[(bit + done) / 8] |= (uint8_t)(part << shift);
        done += n;
    }
}

/* Bytes of count elements of width bits, packed: ceil(count * width / 8). */
uint64_t scape_ref_packed_size(uint64_t count, uint32_t width);

/* Reads out->count elements of out->width bits each. SCAPE_REF_TRUNCATED, SCAPE_REF_NONZERO_PAD. */
enum scape_ref_error scape_ref_packed_read(struct scape_ref_cursor *c, struct scape_ref_array *out);
/* The same without unpacking: the bytes, their padding checked. */
enum scape_ref_error scape_ref_packed_take(struct scape_ref_cursor *c, uint64_t count,
                                           uint32_t width, const uint8_t **out);
/* One value for all of out->count elements. SCAPE_REF_TRUNCATED, SCAPE_REF_BAD_VALUE. */
enum scape_ref_error scape_ref_constant_read(struct scape_ref_cursor *c,
                                             struct scape_ref_array *out);
/* Writes scape_ref_packed_size bytes. */
void scape_ref_packed_write(const struct scape_ref_array *array, uint8_t *out);

#endif
