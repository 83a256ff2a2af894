/* memory_file.c - see memory_file.h. */
#include "memory_file.h"

#include <stdlib.h>
#include <string.h>

static int64_t reader_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct cli_memory_reader *r = ctx;
    size_t left = offset < r->size ? r->size - (size_t)offset : 0;
    n = n < left ? n : left;
    if (n != 0) {
        memcpy(buffer, r->data + offset, n);
    }
    return (int64_t)n;
}

static int64_t reader_read(void *ctx, void *buffer, size_t n) {
    struct cli_memory_reader *r = ctx;
    int64_t got = reader_read_at(ctx, r->at, buffer, n);
    r->at += (size_t)got;
    return got;
}

struct codec_source cli_memory_source(struct cli_memory_reader *r) {
    return (struct codec_source){r, reader_read, reader_read_at, r->size};
}

bool cli_memory_reserve(struct cli_memory_writer *w, size_t capacity) {
    if (capacity <= w->capacity) {
        return true;
    }
    unsigned char *data = realloc(w->data, capacity);
    if (data == NULL) {
        return false;
    }
    w->data = data;
    w->capacity = capacity;
    return true;
}

bool cli_memory_append(struct cli_memory_writer *w, const void *data, size_t n) {
    if (n > SIZE_MAX / 2 - w->size) {
        return false;
    }
    if (w->size + n > w->capacity && !cli_memory_reserve(w, 2 * (w->size + n))) {
        return false;
    }
    if (n != 0) {
        memcpy(w->data + w->size, data, n);
        w->size += n;
    }
    return true;
}

static int writer_write(void *ctx, const void *data, size_t n) {
    return cli_memory_append(ctx, data, n) ? 0 : -1;
}

struct codec_target cli_memory_target(struct cli_memory_writer *w) {
    return (struct codec_target){.ctx = w, .write = writer_write};
}

void cli_memory_free(struct cli_memory_writer *w) {
    free(w->data);
    *w = (struct cli_memory_writer){NULL, 0, 0};
}
