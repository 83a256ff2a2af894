/* source.h - the input: the caller's callbacks, or memory. Depends on memory.h. */
#ifndef SC_SOURCE_H
#define SC_SOURCE_H

#include "memory.h"

struct sc_source {
    struct scape_input input;
    const uint8_t *memory; /* NULL: by callbacks */
    uint64_t size;         /* of memory */
    uint64_t position;     /* bytes read */
    bool parallel;         /* any thread may call input.read_at, and none calls input.read */
};

/* Up to n bytes; *got is less at the end only. IO. */
enum scape_error sc_source_read(struct sc_source *s, void *buffer, size_t n, size_t *got);
/* The same from any offset, without moving; input.read_at is needed. */
enum scape_error sc_source_read_at(const struct sc_source *s, uint64_t offset, void *buffer,
                                   size_t n, size_t *got);
/* Bytes behind the position that any thread may read, as far as the input's size tells; 0: not
 * parallel. */
uint64_t sc_source_left(const struct sc_source *s);
/* Exactly n bytes into a buffer behind `keep` bytes, growing with what is there rather than with
 * what a length claims [SEC-002]; TRUNCATED. */
enum scape_error sc_source_fill(struct sc_source *s, struct sc_memory *memory,
                                struct sc_buffer *buffer, size_t keep, uint64_t n);
/* The next n bytes where they lie, with SC_SLACK behind them, or NULL; does not move. */
const uint8_t *sc_source_view(const struct sc_source *s, uint64_t n);

#endif
