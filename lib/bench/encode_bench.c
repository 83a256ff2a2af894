/* encode_bench.c - measures encoding beside zstd -3 on the same bytes:
 *   scape-encode-bench FILE [ROUNDS [THREADS [COLUMNS]]]
 * A safetensors or GGUF file is cut into its tensors, as the tools do; with COLUMNS, or where it is
 * neither, FILE is one bf16 matrix of that many columns (512 unless told). Rounds are interleaved,
 * the first is not counted, medians are printed; every file is decoded and compared. Depends on
 * scape.h, containers.h and libzstd. */
#include "bench_cut.h"
#include "scape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

enum {
    ROUNDS_MAX = 99,
    ROWS = 4
};

static const char *const names[ROWS] = {"fast", "default", "max", "zstd -3"};

struct bench {
    uint8_t *content, *file, *back;
    size_t size, room;
    struct scape_encode_options options;
    size_t file_size[ROWS];
    double seconds[ROWS][ROUNDS_MAX];
};

/* The regions live as long as the program. */
static bool cut_content(struct bench *b, uint64_t columns) {
    size_t count = 0;
    struct bench_region *cut = bench_cut(b->content, b->size, columns, &count);
    struct scape_region *regions = calloc(count + 1, sizeof *regions);
    for (size_t i = 0; cut != NULL && regions != NULL && i < count; i++) {
        regions[i] = (struct scape_region){.length = cut[i].length,
                                           .dtype = cut[i].dtype,
                                           .rank = cut[i].rank,
                                           .dims = cut[i].dims};
    }
    b->options.regions = regions;
    b->options.region_count = count;
    return cut != NULL && regions != NULL;
}

static double now(const struct bench *b) {
    struct timespec t;
    clock_gettime(b->options.threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool read_content(struct bench *b, const char *path) {
    FILE *file = fopen(path, "rb");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    if (size > 0) {
        rewind(file);
        b->size = (size_t)size;
        b->content = malloc(b->size);
        b->back = malloc(b->size);
    }
    bool good = size > 0 && b->content != NULL && b->back != NULL &&
                fread(b->content, 1, b->size, file) == b->size;
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

/* Encodes by row `row` and checks the result; false if it is wrong. */
static bool run_row(struct bench *b, int row, double *seconds) {
    size_t back = 0;
    double start = now(b);
    if (row == 3) {
        b->file_size[row] = ZSTD_compress(b->file, b->room, b->content, b->size, 3);
        *seconds = now(b) - start;
        return !ZSTD_isError(b->file_size[row]);
    }
    b->options.level = (enum scape_level)(row + 1);
    enum scape_error error = scape_compress(b->content, b->size, b->file, b->room,
                                            &b->file_size[row], &b->options, NULL);
    *seconds = now(b) - start;
    return error == SCAPE_OK &&
           scape_decompress(b->file, b->file_size[row], b->back, b->size, &back, NULL, NULL) ==
               SCAPE_OK &&
           back == b->size && memcmp(b->back, b->content, b->size) == 0;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static struct bench b;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX || !read_content(&b, argv[1])) {
        fprintf(stderr, "usage: scape-encode-bench FILE [ROUNDS [THREADS [COLUMNS]]]\n");
        return 2;
    }
    b.options.threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
    if (!cut_content(&b, argc > 4 ? strtoull(argv[4], NULL, 10) : 0)) {
        fprintf(stderr, "%s: cannot be cut\n", argv[1]);
        return 1;
    }
    b.room = ZSTD_compressBound(b.size) + (size_t)scape_compress_bound(b.size, &b.options);
    b.file = malloc(b.room);
    for (int round = -1; round < rounds && b.file != NULL; round++) {
        for (int row = 0; row < ROWS; row++) {
            double seconds;
            if (!run_row(&b, row, &seconds)) {
                fprintf(stderr, "%s: wrong result\n", names[row]);
                return 1;
            }
            if (round >= 0) {
                b.seconds[row][round] = seconds;
            }
        }
    }
    for (int row = 0; row < ROWS; row++) {
        qsort(b.seconds[row], (size_t)rounds, sizeof(double), by_value);
        printf("%-8s %8.1f MB/s  ratio %.4f\n", names[row],
               (double)b.size / 1e6 / b.seconds[row][rounds / 2],
               (double)b.size / (double)b.file_size[row]);
    }
    free(b.content);
    free(b.back);
    free(b.file);
    return 0;
}
