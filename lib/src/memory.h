/* memory.h - the one place that allocates: the caller's hooks under the caller's limit, and buffers
 * that grow and are used again. Names that start with sc_ are internal to the library. Depends on
 * scape.h only. */
#ifndef SC_MEMORY_H
#define SC_MEMORY_H

#include "scape.h"

#include <pthread.h>

enum {
    SC_ALIGNMENT = 64, /* of every buffer: one cache line, one widest vector */
    SC_SLACK = 64      /* readable bytes behind every buffer, so that vector loads stay inside */
};

struct sc_memory {
    pthread_mutex_t lock; /* the hooks are called by one thread at a time */
    struct scape_hooks hooks;
    uint64_t limit; /* UINT64_MAX: none */
    uint64_t held, peak;
};

/* A growing array without a type. data is NULL or aligned to SC_ALIGNMENT. */
struct sc_buffer {
    uint8_t *data;
    size_t size;
    void *base; /* what the hook returned */
};

/* Whether both hooks are given or none. */
bool sc_hooks_are_whole(const struct scape_hooks *hooks);

/* hooks are whole; limit 0: none. NO_MEMORY when the lock cannot be made. */
enum scape_error sc_memory_open(struct sc_memory *memory, const struct scape_hooks *hooks,
                                uint64_t limit);
/* Counts a handle that came straight from the hooks and fits the limit. */
void sc_memory_count(struct sc_memory *memory, size_t size);
void sc_memory_close(struct sc_memory *memory);
uint64_t sc_memory_peak(struct sc_memory *memory);

/* A zeroed object, *error says why not. Released with the same size. */
void *sc_memory_new(struct sc_memory *memory, size_t size, enum scape_error *error);
void sc_memory_delete(struct sc_memory *memory, void *object, size_t size);

/* A handle, which outlives the sc_memory inside it: zeroed, straight from the hooks. limit 0: none.
 */
void *sc_handle_new(const struct scape_hooks *hooks, uint64_t limit, size_t size,
                    enum scape_error *error);
void sc_handle_delete(const struct scape_hooks *hooks, void *handle);

/* Makes room for `size` bytes; what the buffer held is lost if it grows. */
enum scape_error sc_buffer_reserve(struct sc_memory *memory, struct sc_buffer *buffer, size_t size);
/* The same, but the first `keep` bytes stay, and room at least doubles. */
enum scape_error sc_buffer_grow(struct sc_memory *memory, struct sc_buffer *buffer, size_t keep,
                                size_t size);
/* Swaps the two if the other suits `size` bytes better: it has room, or less too many, or lacks
 * less. */
void sc_buffer_suit(struct sc_buffer *buffer, struct sc_buffer *other, size_t size);
void sc_buffer_release(struct sc_memory *memory, struct sc_buffer *buffer);

#endif
