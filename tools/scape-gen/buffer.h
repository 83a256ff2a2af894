/* buffer.h - a growing byte string in which headers are built, and the buffered way to the sink.
 * Depends on scape_gen.h. */
#ifndef SCAPE_GEN_BUFFER_H
#define SCAPE_GEN_BUFFER_H

#include "scape_gen.h"

typedef struct scape_buffer {
    uint8_t *data;
    size_t size, capacity;
    bool failed; /* an allocation failed; later calls do nothing */
} scape_buffer;

void scape_buffer_free(scape_buffer *b);
void scape_buffer_append(scape_buffer *b, const void *data, size_t size);
void scape_buffer_text(scape_buffer *b, const char *text);
void scape_buffer_decimal(scape_buffer *b, uint64_t value);
void scape_buffer_integer(scape_buffer *b, uint64_t value, unsigned bytes, bool big_endian);

/* Appends `fill` until the size is a multiple of `alignment`. */
void scape_buffer_pad(scape_buffer *b, size_t alignment, uint8_t fill);

#endif
