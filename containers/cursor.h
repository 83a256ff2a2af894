/* cursor.h - a bounded cursor over a scape_source: the only way the cutters read a file.
 * It cannot read at or past its end, and after the first failure it delivers zeros and stays
 * failed. Private to containers/; depends on containers.h. */
#ifndef SCAPE_CONTAINERS_CURSOR_H
#define SCAPE_CONTAINERS_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "containers.h"

typedef enum scape_cursor_status {
    SCAPE_CURSOR_OK,
    SCAPE_CURSOR_END, /* wanted more bytes than the input has */
    SCAPE_CURSOR_CAP, /* wanted more bytes than the caller lets a header have */
    SCAPE_CURSOR_IO   /* the source failed */
} scape_cursor_status;

typedef struct scape_cursor {
    const scape_source *src;
    uint64_t pos; /* next byte to deliver */
    uint64_t end; /* min(size of the input, cap) */
    scape_cursor_status status;
    bool big_endian;   /* of the multi-byte reads below; false at first */
    uint64_t buf_from; /* buf holds the bytes [buf_from, buf_from + buf_len) */
    size_t buf_len;
    uint8_t buf[8192];
} scape_cursor;

/* Starts at offset 0 with at most `cap` bytes in reach. */
void scape_cursor_open(scape_cursor *c, const scape_source *src, uint64_t cap);

/* Are there n more bytes? What a length is checked against before anything of that length is
 * allocated: if the size is not known, the last of the bytes is asked for. Fails as a take of n
 * bytes would. */
bool scape_cursor_has(scape_cursor *c, uint64_t n);

/* Copies the next n bytes to dst (zeros on failure), or passes over them without reading them. */
bool scape_cursor_take(scape_cursor *c, void *dst, size_t n);
bool scape_cursor_skip(scape_cursor *c, uint64_t n);

uint32_t scape_cursor_u32(scape_cursor *c);
uint64_t scape_cursor_u64(scape_cursor *c);

#endif
