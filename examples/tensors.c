/* tensors.c - an example of libscape: compresses two arrays as a model file of two tensors, lists
 * them, and reads a part of one of them back. Depends on scape.h only.
 *
 *   cc tensors.c $(pkg-config --cflags --libs scape) -o tensors */
#include <scape.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 256,
    COLUMNS = 128
};

struct memory {
    const unsigned char *data;
    size_t size;
};

static int64_t read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct memory *file = ctx;
    size_t left = offset < file->size ? file->size - (size_t)offset : 0;
    n = n < left ? n : left;
    memcpy(buffer, file->data + offset, n);
    return (int64_t)n;
}

static void demand(enum scape_error error, const struct scape_report *report) {
    if (error != SCAPE_OK) {
        fprintf(stderr, "%s: %s (near byte %llu)\n", scape_error_name(error), report->message,
                (unsigned long long)report->position);
        exit(1);
    }
}

/* Two tensors of bf16: numbers whose upper half is that of small floats. */
static void fill(uint16_t *values, size_t count) {
    uint32_t seed = 1;
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (uint16_t)((seed >> 31) << 15 | (0x3C00u + (seed >> 24 & 0x1FFu)));
    }
}

int main(void) {
    static uint16_t content[2 * ROWS][COLUMNS], part[COLUMNS];
    static const uint64_t dims[2] = {ROWS, COLUMNS};
    fill(content[0], sizeof content / sizeof content[0][0]);
    const uint32_t bf16 = scape_dtype_number("BF16");
    const struct scape_region regions[2] = {
        {sizeof content / 2, bf16, 2, dims, "layer.0.weight", 14},
        {sizeof content / 2, bf16, 2, dims, "layer.1.weight", 14},
    };
    struct scape_encode_options options = {.regions = regions, .region_count = 2};
    struct scape_report report;

    size_t room = (size_t)scape_compress_bound(sizeof content, &options), size;
    unsigned char *file = malloc(room);
    if (file == NULL) {
        return 1;
    }
    demand(scape_compress(content, sizeof content, file, room, &size, &options, &report), &report);
    printf("%zu bytes became %zu\n", sizeof content, size);

    struct memory memory = {file, size};
    struct scape_input input = {.ctx = &memory, .read_at = read_at, .size = size};
    struct scape_archive *archive;
    struct scape_tensor tensor;
    demand(scape_archive_open(&archive, &input, NULL, &report), &report);
    for (size_t i = 0; i < scape_archive_tensor_count(archive); i++) {
        scape_archive_tensor_at(archive, i, &tensor);
        printf("%s: %s, %u dimensions, %llu bytes\n", tensor.name, scape_dtype_name(tensor.dtype),
               (unsigned)tensor.rank, (unsigned long long)tensor.length);
    }

    /* row 7 of the second tensor: only the chunk that holds it is decoded */
    demand(scape_archive_find(archive, "layer.1.weight", 14, &tensor), &report);
    demand(scape_archive_read(archive, tensor.start + 7 * sizeof part, part, sizeof part, &report),
           &report);
    int same = memcmp(part, content[ROWS + 7], sizeof part) == 0;
    printf("row 7 of %s: %s\n", tensor.name, same ? "as it was" : "DIFFERENT");
    scape_archive_close(archive);
    free(file);
    return same ? 0 : 1;
}
