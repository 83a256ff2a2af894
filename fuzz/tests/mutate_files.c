/* mutate_files.c - seeded mutations of compressed files through libscape, in one process: each ends
 * in an error or gives the very bytes of the original, by streaming, in memory and by random
 * access; what is put out before an error is a beginning of them; memory stays within what the
 * undamaged file needs, or within what its header allows. Not one of them is mended: these are
 * damages, of which the checksums must find every one. Prints counts by error class. Depends on
 * engine.h. */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CLASSES = 128,
    ROOM = 1 << 16,
    FILES_MAX = 16
};

struct pair {
    uint8_t *frame, *plain;
    size_t frame_size, plain_size;
    uint64_t peak; /* of decoding the undamaged frame */
};

static uint64_t random_state;

static uint32_t below(size_t n) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * UINT64_C(2685821657736338717) >> 32) % (n != 0 ? n : 1));
}

static uint8_t *load(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    FUZZ_CHECK(f != NULL && fseek(f, 0, SEEK_END) == 0);
    long length = ftell(f);
    FUZZ_CHECK(length >= 0 && fseek(f, 0, SEEK_SET) == 0);
    *size = (size_t)length;
    uint8_t *data = malloc(*size + ROOM);
    FUZZ_CHECK(data != NULL && fread(data, 1, *size, f) == *size);
    fclose(f);
    return data;
}

/* One of: bits, bytes, a stretch of zeros or noise, a stretch from elsewhere, cut, inserted,
 * removed, repeated, two blocks' worth swapped. Returns the new size. */
static size_t mutate(uint8_t *data, size_t size) {
    size_t at = below(size), n = below(64) + (size_t)1, from = below(size);
    n = n < size - at ? n : size - at;
    n = n < size - from ? n : size - from;
    switch (below(8)) {
    case 0:
        data[at] = (uint8_t)(data[at] ^ 1U << below(8));
        return size;
    case 1:
        data[at] = (uint8_t)below(256);
        return size;
    case 2:
        memset(data + at, below(2) != 0 ? 0xFF : 0, n);
        return size;
    case 3:
        for (size_t i = 0; i < n; i++) {
            data[at + i] = (uint8_t)below(256);
        }
        return size;
    case 4:
        memmove(data + at, data + from, n);
        return size;
    case 5:
        return at;
    case 6:
        memmove(data + at + n, data + at, size - at);
        return size + n;
    default:
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    }
}

static bool starts_with(const struct pair *p, const uint8_t *data, size_t size) {
    return size <= p->plain_size && (size == 0 || memcmp(p->plain, data, size) == 0);
}

/* The class; content is compared, memory is bounded. */
static enum scape_error decode(const struct pair *p, const uint8_t *data, size_t size,
                               uint64_t *peak) {
    struct fuzz_engine e = {.memory.fill = 0xA5};
    struct scape_report report;
    fuzz_engine_open(&e, data, size, true);
    enum scape_error error = fuzz_engine_decode(&e, &report);
    FUZZ_CHECK(starts_with(p, e.sink.data, e.sink.size));
    FUZZ_CHECK(error || e.sink.size == p->plain_size || size == 0);
    *peak = report.peak_memory;
    fuzz_sink_free(&e.sink);
    return error;
}

/* By the index: an error, or the right bytes. */
static void read_all(const struct pair *p, const uint8_t *data, size_t size) {
    struct fuzz_engine e = {.memory.fill = 0x5A};
    struct scape_archive *archive;
    if (fuzz_engine_open_archive(&e, data, size, &archive) == SCAPE_OK) {
        uint64_t length = scape_archive_content_size(archive);
        uint8_t *content = length <= FUZZ_CONTENT_LIMIT ? malloc((size_t)length + 1) : NULL;
        if (content && scape_archive_read(archive, 0, content, (size_t)length, NULL) == SCAPE_OK) {
            FUZZ_CHECK(length == p->plain_size && starts_with(p, content, (size_t)length));
        }
        free(content);
    }
    scape_archive_close(archive);
    fuzz_engine_check(&e);
}

int main(int argc, char **argv) {
    static struct pair pairs[FILES_MAX];
    static uint64_t counts[CLASSES];
    size_t pair_count = 0;
    uint64_t accepted = 0, peak, most = 0, slowest = 0,
             cases = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
    if (cases == 0 || argc < 5 || argc % 2 == 0 || argc > 3 + 2 * FILES_MAX) {
        fprintf(stderr, "use: mutate-files CASES SEED FRAME CONTENT [FRAME CONTENT]...\n");
        return 2;
    }
    random_state = strtoull(argv[2], NULL, 10) * 2 + 1;
    for (int i = 3; i < argc; i += 2) {
        struct pair *p = &pairs[pair_count++];
        p->frame = load(argv[i], &p->frame_size);
        p->plain = load(argv[i + 1], &p->plain_size);
        FUZZ_CHECK(decode(p, p->frame, p->frame_size, &p->peak) == SCAPE_OK);
    }
    for (uint64_t i = 0; i < cases; i++) {
        const struct pair *p = &pairs[below(pair_count)];
        const clock_t start = clock();
        uint8_t *copy = malloc(p->frame_size + ROOM);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, p->frame, p->frame_size);
        size_t size = p->frame_size;
        for (uint32_t left = below(3) + 1; left != 0 && size != 0; left--) {
            size = mutate(copy, size);
        }
        const bool same = size == p->frame_size && memcmp(copy, p->frame, size) == 0;
        fuzz_use_kernel(below(fuzz_kernel_count));
        enum scape_error error = decode(p, copy, size, &peak);
        FUZZ_CHECK(same ? error == SCAPE_OK : true);
        counts[error % CLASSES]++;
        accepted += error == SCAPE_OK && !same ? 1 : 0;
        most = peak > most ? peak : most;
        read_all(p, copy, size);
        free(copy);
        uint64_t took = (uint64_t)(clock() - start) * 1000 / CLOCKS_PER_SEC;
        slowest = took > slowest ? took : slowest;
    }
    printf("%" PRIu64 " mutations of %zu files\n", cases, pair_count);
    for (int c = 0; c < CLASSES; c++) {
        if (counts[c] != 0) {
            printf("  %-20s %8" PRIu64 "\n", scape_error_name((enum scape_error)c), counts[c]);
        }
    }
    /* Anything else has ended the program by now. */
    printf("each an error or the same bytes (%" PRIu64
           " of changed files), nothing but a beginning of "
           "them put out before\nmost memory %" PRIu64 " bytes (limit %d), slowest %" PRIu64
           " ms of processor time\n",
           accepted, most, (int)FUZZ_MEMORY_LIMIT, slowest);
    for (size_t i = 0; i < pair_count; i++) {
        free(pairs[i].frame);
        free(pairs[i].plain);
    }
    return 0;
}
