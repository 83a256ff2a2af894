/* gguf_writer.h - writing GGUF piece by piece, right or wrong, for the tests of its cutter. */
#ifndef SCAPE_CONTAINERS_TEST_GGUF_WRITER_H
#define SCAPE_CONTAINERS_TEST_GGUF_WRITER_H

#include <string.h>

#include "support.h"

enum {
    KV_U8 = 0,
    KV_U32 = 4,
    KV_I32 = 5,
    KV_STRING = 8,
    KV_ARRAY = 9,
    KV_COUNT = 13
};
enum {
    GGML_F32 = 0,
    GGML_Q4_0 = 2,
    GGML_REMOVED = 4,
    GGML_Q4_K = 12,
    GGML_I8 = 24,
    GGML_MXFP4 = 39
};

static inline void put_size(bytes *b, uint64_t value) {
    put_number(b, value, b->narrow ? 4 : 8);
}

static inline void put_string(bytes *b, const char *s) {
    put_size(b, strlen(s));
    put(b, s, strlen(s));
}

/* Magic, version, counts. Version 1 sets `narrow`. */
static inline void put_start(bytes *b, uint32_t version, uint64_t tensors, uint64_t pairs) {
    b->narrow = version == 1;
    put(b, "GGUF", 4);
    put_number(b, version, 4);
    put_size(b, tensors);
    put_size(b, pairs);
}

static inline void put_key(bytes *b, const char *key, uint32_t type) {
    put_string(b, key);
    put_number(b, type, 4);
}

static inline void put_u32_pair(bytes *b, const char *key, uint32_t value) {
    put_key(b, key, KV_U32);
    put_number(b, value, 4);
}

static inline void put_array(bytes *b, uint32_t type, uint64_t n) {
    put_number(b, type, 4);
    put_size(b, n);
}

/* A tensor info; dims as in the file, contiguous first. */
static inline void put_info(bytes *b, const char *name, unsigned rank, const uint64_t *dims,
                            uint32_t type, uint64_t offset) {
    put_string(b, name);
    put_number(b, rank, 4);
    for (unsigned i = 0; i < rank; i++) {
        put_size(b, dims[i]);
    }
    put_number(b, type, 4);
    put_number(b, offset, 8);
}

static inline void put_padding(bytes *b, size_t alignment) {
    put_zeros(b, (alignment - b->n % alignment) % alignment);
}

static inline void put_vector(bytes *b, const char *name, uint64_t n, uint32_t type,
                              uint64_t offset) {
    put_info(b, name, 1, &n, type, offset);
}

#endif
