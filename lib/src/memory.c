/* memory.c - allocation through the caller's hooks [LIM-002]. Depends on memory.h. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *ctx, size_t size) {
    (void)ctx;
    return malloc(size);
}

static void default_release(void *ctx, void *memory) {
    (void)ctx;
    free(memory);
}

bool sc_hooks_are_whole(const struct scape_hooks *hooks) {
    return (hooks->allocate == NULL) == (hooks->release == NULL);
}

enum scape_error sc_memory_open(struct sc_memory *memory, const struct scape_hooks *hooks,
                                uint64_t limit) {
    *memory = (struct sc_memory){.hooks = *hooks, .limit = limit == 0 ? UINT64_MAX : limit};
    if (memory->hooks.allocate == NULL) {
        memory->hooks = (struct scape_hooks){NULL, default_allocate, default_release};
    }
    return pthread_mutex_init(&memory->lock, NULL) == 0 ? SCAPE_OK : SCAPE_ERROR_NO_MEMORY;
}

void sc_memory_count(struct sc_memory *memory, size_t size) {
    memory->held += size;
    memory->peak = memory->held;
}

void sc_memory_close(struct sc_memory *memory) {
    pthread_mutex_destroy(&memory->lock);
}

uint64_t sc_memory_peak(struct sc_memory *memory) {
    pthread_mutex_lock(&memory->lock);
    uint64_t peak = memory->peak;
    pthread_mutex_unlock(&memory->lock);
    return peak;
}

static void *allocate(struct sc_memory *memory, size_t size, enum scape_error *error) {
    void *object = NULL;
    pthread_mutex_lock(&memory->lock);
    if (size > memory->limit - memory->held) {
        *error = SCAPE_ERROR_MEMORY;
    } else {
        object = memory->hooks.allocate(memory->hooks.ctx, size);
        *error = object == NULL ? SCAPE_ERROR_NO_MEMORY : SCAPE_OK;
        if (object != NULL) {
            memory->held += size;
            memory->peak = memory->held > memory->peak ? memory->held : memory->peak;
        }
    }
    pthread_mutex_unlock(&memory->lock);
    return object;
}

void sc_memory_delete(struct sc_memory *memory, void *object, size_t size) {
    if (object != NULL) {
        pthread_mutex_lock(&memory->lock);
        memory->hooks.release(memory->hooks.ctx, object);
        memory->held -= size;
        pthread_mutex_unlock(&memory->lock);
    }
}

void *sc_memory_new(struct sc_memory *memory, size_t size, enum scape_error *error) {
    void *object = allocate(memory, size, error);
    if (object != NULL) {
        memset(object, 0, size);
    }
    return object;
}

void *sc_handle_new(const struct scape_hooks *hooks, uint64_t limit, size_t size,
                    enum scape_error *error) {
    void *handle = NULL;
    *error = limit != 0 && size > limit ? SCAPE_ERROR_MEMORY : SCAPE_OK;
    if (*error == SCAPE_OK) {
        handle = hooks->allocate == NULL ? malloc(size) : hooks->allocate(hooks->ctx, size);
        if (handle == NULL) {
            *error = SCAPE_ERROR_NO_MEMORY;
        } else {
            memset(handle, 0, size);
        }
    }
    return handle;
}

void sc_handle_delete(const struct scape_hooks *hooks, void *handle) {
    if (hooks->release == NULL) {
        free(handle);
    } else if (handle != NULL) {
        hooks->release(hooks->ctx, handle);
    }
}

enum {
    EXTRA = SC_ALIGNMENT + SC_SLACK
};

void sc_buffer_release(struct sc_memory *memory, struct sc_buffer *buffer) {
    sc_memory_delete(memory, buffer->base, buffer->size + EXTRA);
    *buffer = (struct sc_buffer){NULL, 0, NULL};
}

static enum scape_error buffer_make(struct sc_memory *memory, struct sc_buffer *buffer,
                                    size_t size) {
    enum scape_error error = SCAPE_OK;
    if (size > SIZE_MAX - EXTRA) {
        return SCAPE_ERROR_MEMORY;
    }
    uint8_t *base = allocate(memory, size + EXTRA, &error);
    if (base != NULL) {
        size_t skip = SC_ALIGNMENT - (size_t)((uintptr_t)base % SC_ALIGNMENT);
        *buffer = (struct sc_buffer){base + skip, size, base};
        /* vector loads may reach what nothing else has written */
        memset(buffer->data + size, 0, EXTRA - skip);
    }
    return error;
}

void sc_buffer_suit(struct sc_buffer *buffer, struct sc_buffer *other, size_t size) {
    bool better = buffer->size < size ? other->size > buffer->size
                                      : other->size >= size && other->size < buffer->size;
    if (better) {
        struct sc_buffer swap = *buffer;
        *buffer = *other;
        *other = swap;
    }
}

enum scape_error sc_buffer_reserve(struct sc_memory *memory, struct sc_buffer *buffer,
                                   size_t size) {
    if (buffer->data != NULL && size <= buffer->size) {
        return SCAPE_OK;
    }
    sc_buffer_release(memory, buffer);
    return buffer_make(memory, buffer, size);
}

enum scape_error sc_buffer_grow(struct sc_memory *memory, struct sc_buffer *buffer, size_t keep,
                                size_t size) {
    if (buffer->data != NULL && size <= buffer->size) {
        return SCAPE_OK;
    }
    size_t wanted =
        buffer->size <= SIZE_MAX / 4 && 2 * buffer->size > size ? 2 * buffer->size : size;
    struct sc_buffer larger;
    enum scape_error error = buffer_make(memory, &larger, wanted);
    if (error == SCAPE_OK) {
        if (buffer->data != NULL) {
            memcpy(larger.data, buffer->data, keep);
        }
        sc_buffer_release(memory, buffer);
        *buffer = larger;
    }
    return error;
}
