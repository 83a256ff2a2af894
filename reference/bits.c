/* bits.c - see bits.h. */
#include "bits.h"

#include <string.h>

uint64_t scape_ref_packed_size(uint64_t count, uint32_t width) {
    /* In eighths first: count is at most the bits of a chunk, so nothing overflows. */
    return count / 8 * width + (count % 8 * width + 7) / 8;
}

/* [RAW-001] [RAW-002] */
enum scape_ref_error scape_ref_packed_take(struct scape_ref_cursor *c, uint64_t count,
                                           uint32_t width, const uint8_t **out) {
    uint64_t size = scape_ref_packed_size(count, width);
    enum scape_ref_error error = scape_ref_cursor_take(c, size, out);
    if (error) {
        return error;
    }
    uint64_t used = count * width % 8;
    return used != 0 && (*out)[size - 1] >> used != 0 ? SCAPE_REF_NONZERO_PAD : SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_packed_read(struct scape_ref_cursor *c,
                                           struct scape_ref_array *out) {
    const uint8_t *data;
    enum scape_ref_error error = scape_ref_packed_take(c, out->count, out->width, &data);
    for (uint64_t i = 0; !error && i < out->count; i++) {
        scape_ref_array_set(out, i, scape_ref_bits_get(data, i * out->width, out->width));
    }
    return error;
}

/* [RAW-010] [RAW-011] */
enum scape_ref_error scape_ref_constant_read(struct scape_ref_cursor *c,
                                             struct scape_ref_array *out) {
    const uint8_t *data;
    unsigned bytes = scape_ref_width_bytes(out->width);
    enum scape_ref_error error = scape_ref_cursor_take(c, bytes, &data);
    if (error) {
        return error;
    }
    uint64_t value = scape_ref_load_le(data, bytes);
    if (!scape_ref_value_fits(value, out->width)) {
        return SCAPE_REF_BAD_VALUE;
    }
    for (uint64_t i = 0; i < out->count; i++) {
        scape_ref_array_set(out, i, value);
    }
    return SCAPE_REF_OK;
}

void scape_ref_packed_write(const struct scape_ref_array *array, uint8_t *out) {
    memset(out, 0, (size_t)scape_ref_packed_size(array->count, array->width));
    for (uint64_t i = 0; i < array->count; i++) {
        scape_ref_bits_put(out, i * array->width, array->width, scape_ref_array_get(array, i));
    }
}
