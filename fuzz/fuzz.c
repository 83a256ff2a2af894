/* fuzz.c - see fuzz.h. */
#include "fuzz.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#endif
#endif

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    fflush(stdout);
    abort();
}

struct fuzz_input fuzz_input_open(const uint8_t *data, size_t size) {
    static const char end_magic[8] = {'S', 'C', 'A', 'P', 'E', 'E', 'N', 'D'};
    struct fuzz_input in = {.data = data, .size = size};
    if (size >= FUZZ_TAIL_SIZE &&
        memcmp(data + size - sizeof end_magic, end_magic, sizeof end_magic) != 0) {
        in.has_tail = true;
        in.size -= FUZZ_TAIL_SIZE;
        memcpy(in.tail, data + in.size, FUZZ_TAIL_SIZE);
    }
    return in;
}

/* ---- Memory ---- */

/* The fill is no value that anyone may read. */
static void forget(const void *data, size_t size) {
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
    __msan_allocated_memory(data, size);
#endif
#endif
    (void)data;
    (void)size;
}

void *fuzz_allocate(void *ctx, size_t size) {
    struct fuzz_memory *m = ctx;
    m->calls++;
    if ((m->fail_at != 0 && m->calls >= m->fail_at) || m->count == FUZZ_LIVE_MAX) {
        m->failed = true;
        return NULL;
    }
    void *data = malloc(size != 0 ? size : 1);
    FUZZ_CHECK(data != NULL);
    memset(data, m->fill, size < FUZZ_FILL_MAX ? size : FUZZ_FILL_MAX);
    forget(data, size);
    m->blocks[m->count].data = data;
    m->blocks[m->count++].size = size;
    m->live += size;
    m->peak = m->live > m->peak ? m->live : m->peak;
    return data;
}

void fuzz_release(void *ctx, void *memory) {
    struct fuzz_memory *m = ctx;
    size_t i = 0;
    if (!memory) {
        return;
    }
    while (i < m->count && m->blocks[i].data != memory) {
        i++;
    }
    FUZZ_CHECK(i < m->count);
    m->live -= m->blocks[i].size;
    m->blocks[i] = m->blocks[--m->count];
    free(memory);
}

struct scape_ref_hooks fuzz_hooks(struct fuzz_memory *m) {
    return (struct scape_ref_hooks){m, fuzz_allocate, fuzz_release};
}

/* ---- Input and output, of one thread or several ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Counts a call; true: it is the one that fails. */
static bool count_call(uint64_t *calls, uint64_t fail_at, bool *failed) {
    pthread_mutex_lock(&lock);
    bool fails = ++*calls == fail_at;
    *failed |= fails;
    pthread_mutex_unlock(&lock);
    return fails;
}

static int64_t read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct fuzz_source *s = ctx;
    if (count_call(&s->calls, s->fail_at, &s->failed)) {
        errno = s->error_number;
        return s->how == FUZZ_READ_ERROR ? -1 : s->how == FUZZ_READ_EXCESS ? (int64_t)n + 1 : 0;
    }
    if (offset >= s->size) {
        return 0;
    }
    size_t left = s->size - (size_t)offset;
    n = n < left ? n : left;
    n = s->slice != 0 && n > s->slice ? s->slice : n;
    if (n != 0) {
        memcpy(buffer, s->data + offset, n);
    }
    return (int64_t)n;
}

static int64_t read_next(void *ctx, void *buffer, size_t n) {
    struct fuzz_source *s = ctx;
    int64_t got = read_at(ctx, s->at, buffer, n);
    s->at += got > 0 ? (size_t)got : 0;
    return got;
}

struct scape_ref_input fuzz_source_open(struct fuzz_source *s, bool seekable) {
    return (struct scape_ref_input){.ctx = s,
                                    .read = read_next,
                                    .read_at = seekable ? read_at : NULL,
                                    .size = seekable ? s->size : 0};
}

static void put(struct fuzz_sink *s, size_t at, const void *data, size_t n) {
    size_t end = at + n;
    if (end > s->room) {
        size_t room = 2 * s->room > end ? 2 * s->room : end;
        uint8_t *grown = realloc(s->data, room);
        FUZZ_CHECK(grown != NULL);
        s->data = grown;
        s->room = room;
    }
    if (at > s->size) {
        memset(s->data + s->size, 0, at - s->size);
    }
    if (n != 0) {
        memcpy(s->data + at, data, n);
    }
    s->size = end > s->size ? end : s->size;
}

static int sink_write(void *ctx, const void *data, size_t n) {
    struct fuzz_sink *s = ctx;
    FUZZ_CHECK(!s->failed); /* nothing is written behind an error */
    if (count_call(&s->calls, s->fail_at, &s->failed)) {
        errno = s->error_number;
        return -1;
    }
    put(s, s->size, data, n);
    return 0;
}

int fuzz_sink_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct fuzz_sink *s = ctx;
    if (count_call(&s->calls, s->fail_at, &s->failed)) {
        errno = s->error_number;
        return -1;
    }
    pthread_mutex_lock(&lock);
    put(s, (size_t)offset, data, n);
    pthread_mutex_unlock(&lock);
    return 0;
}

struct scape_ref_output fuzz_sink_open(struct fuzz_sink *s) {
    return (struct scape_ref_output){s, sink_write};
}

void fuzz_sink_free(struct fuzz_sink *s) {
    free(s->data);
    *s = (struct fuzz_sink){.data = NULL};
}
