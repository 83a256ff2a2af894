/* cursor.h - the bounded cursor every parser reads through: it cannot pass its end, and a read that
 * would leaves it where it was and returns SCAPE_REF_TRUNCATED (callers rename it where the spec
 * does). Depends on the error classes only. */
#ifndef SCAPE_REF_CURSOR_H
#define SCAPE_REF_CURSOR_H

#include "registry_tables.h"

#include <stddef.h>
#include <stdint.h>

struct scape_ref_cursor {
    const uint8_t *data;
    size_t size;
    size_t at; /* <= size */
};

struct scape_ref_cursor scape_ref_cursor_make(const void *data, size_t size);
size_t scape_ref_cursor_left(const struct scape_ref_cursor *c);

/* The next n bytes, or a cursor over them. */
enum scape_ref_error scape_ref_cursor_take(struct scape_ref_cursor *c, uint64_t n,
                                           const uint8_t **out);
enum scape_ref_error scape_ref_cursor_sub(struct scape_ref_cursor *c, uint64_t n,
                                          struct scape_ref_cursor *out);

enum scape_ref_error scape_ref_cursor_u8(struct scape_ref_cursor *c, uint8_t *out);
enum scape_ref_error scape_ref_cursor_u16le(struct scape_ref_cursor *c, uint16_t *out);
enum scape_ref_error scape_ref_cursor_u64le(struct scape_ref_cursor *c, uint64_t *out);

/* Unsigned LEB128 below 2^64 in its shortest form, at most 10 bytes: else SCAPE_REF_BAD_VARINT. */
enum scape_ref_error scape_ref_cursor_varint(struct scape_ref_cursor *c, uint64_t *out);

/* The writing side, for whoever builds these structures: fixed-size stores, and a varint of at most
 * SCAPE_REF_VARINT_MAX bytes whose length is returned. */
enum {
    SCAPE_REF_VARINT_MAX = 10
};
void scape_ref_store_u16le(uint8_t *out, uint16_t value);
void scape_ref_store_u32le(uint8_t *out, uint32_t value);
void scape_ref_store_u64le(uint8_t *out, uint64_t value);
size_t scape_ref_store_varint(uint8_t *out, uint64_t value);

/* The forms that depend on nothing before them. */
uint64_t scape_ref_load_le(const uint8_t *data, unsigned bytes);
void scape_ref_store_le(uint8_t *out, uint64_t value, unsigned bytes);

#endif
