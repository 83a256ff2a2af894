/* decode_bench.c - decode speed in memory: a .scape file by each kernel beside zstd's level 3 on
 * the same content, memcpy and the checksum of nothing else; medians of interleaved rounds. Depends
 * on scape.h and libzstd.
 *
 *   scape-decode-bench FILE.scape [ROUNDS] */
#include "scape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

enum {
    ROUNDS_MAX = 101,
    ROWS = 7
};

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    unsigned char *data = NULL;
    long end = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0) {
        rewind(file);
        data = malloc((size_t)end + 1);
    }
    if (data == NULL || fread(data, 1, (size_t)end, file) != (size_t)end) {
        fprintf(stderr, "scape-decode-bench: cannot read %s\n", path);
        exit(1);
    }
    fclose(file);
    *size = (size_t)end;
    return data;
}

struct bench {
    unsigned char *file, *content, *zstd, *out;
    size_t file_size, content_size, zstd_size;
};

static void demand(bool truth, const char *what) {
    if (!truth) {
        fprintf(stderr, "scape-decode-bench: %s\n", what);
        exit(1);
    }
}

/* One row once; returns its time. Rows: 0..2 kernels, 3 kernel with SHA-256, 4 zstd, 5 memcpy. */
static double run_row(const struct bench *b, const char *kernel, int row) {
    size_t got = b->content_size;
    struct scape_decode_options options = {.skip_sha256 = row != 3};
    if (kernel != NULL) {
        setenv("SCAPE_KERNEL", kernel, 1);
    } else {
        unsetenv("SCAPE_KERNEL");
    }
    double start = seconds();
    if (row < 4) {
        enum scape_error error =
            scape_decompress(b->file, b->file_size, b->out, b->content_size, &got, &options, NULL);
        demand(error == SCAPE_OK, scape_error_text(error));
    } else if (row == 4) {
        got = ZSTD_decompress(b->out, b->content_size, b->zstd, b->zstd_size);
    } else {
        memcpy(b->out, b->content, b->content_size);
    }
    double time = seconds() - start;
    demand(got == b->content_size && memcmp(b->out, b->content, got) == 0, "content differs");
    return time;
}

static const char *const kernels[] = {"portable", "avx2", "avx512", NULL, NULL, NULL};
static const char *const names[] = {"portable",     "avx2",    "avx512",
                                    "best, sha256", "zstd -3", "memcpy"};

int main(int argc, char **argv) {
    struct bench b;
    uint64_t content_size = 0;
    static double times[ROWS][ROUNDS_MAX];
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 9;
    demand(argc >= 2 && rounds >= 1 && rounds <= ROUNDS_MAX, "usage: FILE.scape [ROUNDS]");
    b.file = read_file(argv[1], &b.file_size);
    demand(scape_content_size(b.file, b.file_size, &content_size) == SCAPE_OK, "no SCAPE file");
    b.content_size = (size_t)content_size;
    b.content = malloc(b.content_size + 1);
    b.out = malloc(b.content_size + 1);
    b.zstd = malloc(ZSTD_compressBound(b.content_size));
    demand(b.content != NULL && b.out != NULL && b.zstd != NULL, "no memory");
    size_t got;
    enum scape_error error =
        scape_decompress(b.file, b.file_size, b.content, b.content_size, &got, NULL, NULL);
    demand(error == SCAPE_OK, scape_error_text(error));
    b.zstd_size =
        ZSTD_compress(b.zstd, ZSTD_compressBound(b.content_size), b.content, b.content_size, 3);
    demand(!ZSTD_isError(b.zstd_size), "zstd");
    for (int round = -1; round < rounds; round++) { /* the first warms up */
        for (int row = 0; row < 6; row++) {
            double time = run_row(&b, kernels[row], row);
            if (round >= 0) {
                times[row][round] = time;
            }
        }
    }
    printf("%s: %zu -> %zu bytes, ratio %.4f, %d rounds\n", argv[1], b.content_size, b.file_size,
           (double)b.content_size / (double)b.file_size, rounds);
    for (int row = 0; row < 6; row++) {
        qsort(times[row], (size_t)rounds, sizeof times[row][0], compare);
    }
    double base = times[4][rounds / 2];
    for (int row = 0; row < 6; row++) {
        double median = times[row][rounds / 2];
        printf("%-14s %8.0f MB/s %7.2f x zstd -3\n", names[row],
               (double)b.content_size / median / 1e6, base / median);
    }
    free(b.file);
    free(b.content);
    free(b.out);
    free(b.zstd);
    return 0;
}
