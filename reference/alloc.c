/* alloc.c - see alloc.h. */
#include "alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_ALIGNMENT = 64
};

static void *default_allocate(void *ctx, size_t size) {
    (void)ctx;
    return malloc(size);
}

static void default_release(void *ctx, void *memory) {
    (void)ctx;
    free(memory);
}

void scape_ref_memory_init(struct scape_ref_memory *m, const struct scape_ref_options *options) {
    *m = (struct scape_ref_memory){.hooks = {NULL, default_allocate, default_release},
                                   .limit = UINT64_MAX};
    if (options && options->max_memory != 0) {
        m->limit = options->max_memory;
    }
    if (options && options->hooks.allocate) {
        m->hooks = options->hooks;
    }
}

enum scape_ref_error scape_ref_buffer_reserve(struct scape_ref_memory *m,
                                              struct scape_ref_buffer *b, uint64_t size,
                                              size_t keep) {
    assert(keep <= b->size);
    if (size <= b->size) {
        return SCAPE_REF_OK;
    }
    /* The old block is given back first unless its bytes are wanted: then both exist for a while.
     */
    if (keep == 0) {
        scape_ref_buffer_release(m, b);
    }
    if (size > m->limit || m->used > m->limit - size || size > SIZE_MAX) {
        return SCAPE_REF_MEMORY;
    }
    void *data = m->hooks.allocate(m->hooks.ctx, (size_t)size);
    if (!data) {
        return SCAPE_REF_NO_MEMORY;
    }
    m->used += size;
    m->peak = m->used > m->peak ? m->used : m->peak;
    if (keep != 0) {
        memcpy(data, b->data, keep);
        scape_ref_buffer_release(m, b);
    }
    *b = (struct scape_ref_buffer){data, (size_t)size};
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_buffer_grow(struct scape_ref_memory *m, struct scape_ref_buffer *b,
                                           uint64_t size, size_t keep) {
    if (size <= b->size) {
        return SCAPE_REF_OK;
    }
    uint64_t doubled = b->size < 1024 ? 1024 : 2 * (uint64_t)b->size;
    return scape_ref_buffer_reserve(m, b, doubled > size ? doubled : size, keep);
}

void scape_ref_buffer_release(struct scape_ref_memory *m, struct scape_ref_buffer *b) {
    if (b->data) {
        m->hooks.release(m->hooks.ctx, b->data);
        m->used -= b->size;
    }
    *b = (struct scape_ref_buffer){NULL, 0};
}

void *scape_ref_arena_take(struct scape_ref_arena *a, uint64_t count, size_t element_size) {
    /* Callers pass counts bounded by the format's chunk limit, so nothing here can overflow. */
    assert(element_size != 0 && count <= UINT64_MAX / 2 / element_size);
    uint64_t at = a->used;
    uint64_t size = count * element_size;
    a->used += (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    return a->base ? a->base + at : NULL;
}
