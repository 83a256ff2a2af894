/* classes.c - for the damage test: decodes case after case from standard input, each a u32 length
 * and so many bytes, and prints a line for each: the number of the error class, and for content
 * its size and SHA-256. Depends on the reference only. */
#include "checksum.h"
#include "cursor.h"
#include "scape_ref.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CASE_MAX = 1 << 24
};

struct input {
    const uint8_t *data;
    size_t size, at;
};

struct output {
    struct scape_ref_sha256 sha;
    uint64_t size;
};

static int64_t input_read(void *ctx, void *buffer, size_t n) {
    struct input *in = ctx;
    n = n < in->size - in->at ? n : in->size - in->at;
    if (n > 0) {
        memcpy(buffer, in->data + in->at, n);
    }
    in->at += n;
    return (int64_t)n;
}

static int64_t input_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct input *in = ctx;
    if (offset >= in->size) {
        return 0;
    }
    n = n < in->size - (size_t)offset ? n : in->size - (size_t)offset;
    memcpy(buffer, in->data + (size_t)offset, n);
    return (int64_t)n;
}

static int output_write(void *ctx, const void *data, size_t n) {
    struct output *out = ctx;
    out->size += n;
    return (int)scape_ref_sha256_update(&out->sha, data, n);
}

static bool run_case(const uint8_t *data, size_t size) {
    struct input in = {data, size, 0};
    struct output out = {.size = 0};
    const struct scape_ref_input input = {
        .ctx = &in, .read = input_read, .read_at = input_read_at, .size = size};
    const struct scape_ref_output output = {&out, output_write};
    uint8_t digest[SCAPE_REF_SHA256_SIZE];
    if (scape_ref_sha256_init(&out.sha) != SCAPE_REF_OK) {
        return false;
    }
    enum scape_ref_error error = scape_ref_decode(&input, &output, NULL, NULL);
    if (scape_ref_sha256_finish(&out.sha, digest) != SCAPE_REF_OK) {
        return false;
    }
    printf("%d", (int)error);
    if (error == SCAPE_REF_OK) {
        printf(" %" PRIu64 " ", out.size);
        for (size_t i = 0; i < sizeof digest; i++) {
            printf("%02x", digest[i]);
        }
    }
    return putchar('\n') != EOF && fflush(stdout) == 0;
}

int main(void) {
    uint8_t head[4];
    bool good = true;
    while (good && fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t size = (size_t)scape_ref_load_le(head, sizeof head);
        uint8_t *data = size <= CASE_MAX ? malloc(size + 1) : NULL;
        good = data != NULL && fread(data, 1, size, stdin) == size && run_case(data, size);
        free(data);
    }
    return good ? 0 : 1;
}
