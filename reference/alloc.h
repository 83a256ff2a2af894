/* alloc.h - the one place that allocates: every byte comes through the caller's hooks, is counted
 * against the caller's limit, and is asked for in one piece whose size was computed before.
 * Depends on the public header only. */
#ifndef SCAPE_REF_ALLOC_H
#define SCAPE_REF_ALLOC_H

#include "scape_ref.h"

struct scape_ref_memory {
    struct scape_ref_hooks hooks;
    uint64_t limit; /* UINT64_MAX when there is none */
    uint64_t used;
    uint64_t peak;
};

/* A growable block; zeros are an empty one. */
struct scape_ref_buffer {
    void *data;
    size_t size;
};

void scape_ref_memory_init(struct scape_ref_memory *m, const struct scape_ref_options *options);

/* Makes b hold at least size bytes. The first keep bytes survive; the rest are undefined.
 * SCAPE_REF_MEMORY when the limit would be passed, SCAPE_REF_NO_MEMORY when the hook has none. */
enum scape_ref_error scape_ref_buffer_reserve(struct scape_ref_memory *m,
                                              struct scape_ref_buffer *b, uint64_t size,
                                              size_t keep);
/* The same, growing by doubling: for lists whose length is not known. */
enum scape_ref_error scape_ref_buffer_grow(struct scape_ref_memory *m, struct scape_ref_buffer *b,
                                           uint64_t size, size_t keep);
void scape_ref_buffer_release(struct scape_ref_memory *m, struct scape_ref_buffer *b);

/* Cuts one block into aligned pieces. With base NULL it only adds up what would be needed, so a
 * function that carves is run twice: once to measure, once to cut. */
struct scape_ref_arena {
    uint8_t *base;
    uint64_t used;
};

void *scape_ref_arena_take(struct scape_ref_arena *a, uint64_t count, size_t element_size);

#endif
