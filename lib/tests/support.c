/* support.c - what the tests share. Depends on support.h. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__)
const char *const kernel_names[] = {"portable", "neon"};
#else
const char *const kernel_names[] = {"portable", "avx2", "avx512"};
#endif
const size_t kernel_count = sizeof kernel_names / sizeof *kernel_names;

void use_kernel(const char *name) {
    if (name == NULL) {
        unsetenv("SCAPE_KERNEL");
    } else {
        setenv("SCAPE_KERNEL", name, 1);
    }
}

void bytes_add(struct bytes *b, const void *data, size_t size) {
    if (b->size + size > b->room) {
        b->room = 2 * (b->size + size) + 64;
        b->data = realloc(b->data, b->room);
        assert_non_null(b->data);
    }
    if (size > 0 && data == NULL) {
        memset(b->data + b->size, 0, size);
    } else if (size > 0) {
        memcpy(b->data + b->size, data, size);
    }
    b->size += size;
}

void bytes_free(struct bytes *b) {
    free(b->data);
    *b = (struct bytes){0};
}

int64_t bytes_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct bytes *b = ctx;
    size_t left = offset < b->size ? b->size - (size_t)offset : 0;
    n = n < left ? n : left;
    if (n > 0) {
        memcpy(buffer, b->data + offset, n);
    }
    return (int64_t)n;
}

int64_t bytes_read(void *ctx, void *buffer, size_t n) {
    struct bytes *b = ctx;
    int64_t got = bytes_read_at(ctx, b->at, buffer, n);
    b->at += (size_t)got;
    return got;
}

int bytes_write(void *ctx, const void *data, size_t n) {
    bytes_add(ctx, data, n);
    return 0;
}

struct scape_input bytes_input(struct bytes *b) {
    return (struct scape_input){b, bytes_read, bytes_read_at, b->size};
}

int64_t counted_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct counted_bytes *c = ctx;
    c->bytes += n;
    return bytes_read_at(c->file, offset, buffer, n);
}

bool vector_read(const char *name, struct bytes *b) {
    char path[1024], buffer[65536];
    size_t n;
    snprintf(path, sizeof path, "%s/%s", SCAPE_VECTORS_DIR, name);
    FILE *file = fopen(path, "rb");
    *b = (struct bytes){0};
    if (file == NULL) {
        return false;
    }
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0) {
        bytes_add(b, buffer, n);
    }
    fclose(file);
    return true;
}

struct bytes reference_encode(const struct bytes *content,
                              const struct scape_ref_encode_options *options) {
    struct bytes source = *content, file = {0};
    source.at = 0;
    struct scape_ref_input input = {&source, bytes_read, bytes_read_at, source.size};
    struct scape_ref_output output = {&file, bytes_write};
    struct scape_ref_report report;
    enum scape_ref_error error = scape_ref_encode(&input, &output, options, NULL, &report);
    if (error != SCAPE_REF_OK) {
        fail_msg("the reference cannot encode: %d %s", (int)error, report.message);
    }
    return file;
}

struct bytes encode_tensor(const struct bytes *content, uint32_t dtype, uint32_t columns,
                           enum scape_ref_level level, unsigned chunk_log2) {
    struct scape_ref_plan_region region = {.length = content->size, .dtype = (uint16_t)dtype};
    region.name = "tensor";
    region.name_len = 6;
    region.rank = 2;
    region.dims[0] = columns > 0 ? content->size / columns : 0;
    region.dims[1] = columns;
    struct scape_ref_encode_options options = {.level = level,
                                               .chunk_log2 = chunk_log2,
                                               .content_size = content->size,
                                               .regions = &region,
                                               .region_count = content->size > 0,
                                               .content_sha256 = true,
                                               .repeats = true};
    return reference_encode(content, &options);
}

enum scape_ref_error reference_decode(struct bytes *file, struct bytes *content) {
    struct scape_ref_input input = {file, bytes_read, bytes_read_at, file->size};
    struct scape_ref_output output = {content, bytes_write};
    struct scape_ref_report report;
    file->at = 0;
    content->size = 0;
    return scape_ref_decode(&input, &output, NULL, &report);
}

enum scape_error lib_decode(const struct bytes *file, size_t capacity, struct bytes *content,
                            const struct scape_decode_options *options) {
    struct scape_report report;
    size_t size;
    content->size = 0;
    bytes_add(content, NULL, capacity);
    /* a copy of just its size, so that a sanitizer sees a read past the end */
    uint8_t *exact = malloc(file->size + (file->size == 0));
    assert_non_null(exact);
    if (file->size > 0) {
        memcpy(exact, file->data, file->size);
    }
    enum scape_error error =
        scape_decompress(exact, file->size, content->data, capacity, &size, options, &report);
    free(exact);
    assert_int_equal(report.error, error);
    assert_int_equal(report.content_bytes, size);
    content->size = size;
    return error;
}

void assert_same_bytes(const struct bytes *have, const struct bytes *want, const char *what) {
    if (have->size != want->size) {
        fail_msg("%s: have %zu bytes, want %zu", what, have->size, want->size);
    }
    for (size_t i = 0; i < want->size; i++) {
        if (have->data[i] != want->data[i]) {
            fail_msg("%s: byte %zu of %zu: have %02X, want %02X", what, i, want->size,
                     have->data[i], want->data[i]);
        }
    }
}
