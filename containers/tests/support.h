/* support.h - what the container tests share: files in memory, a failing allocator, checks of a
 * cut. Depends on containers.h and cmocka. */
#ifndef SCAPE_CONTAINERS_TEST_SUPPORT_H
#define SCAPE_CONTAINERS_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "containers.h"

/* A file being written. `big` and `narrow` are GGUF's: big-endian numbers, version 1's short
 * lengths. */
typedef struct bytes {
    uint8_t *at;
    size_t n, room;
    bool big, narrow;
} bytes;

void put(bytes *b, const void *data, size_t n);
void put_zeros(bytes *b, size_t n);
void put_number(bytes *b, uint64_t value, size_t width);
void bytes_free(bytes *b);

/* A source over memory. `reach` is the first offset that nobody asked for. */
typedef struct memory_file {
    const uint8_t *at;
    size_t n;
    uint64_t reach;
    bool broken; /* reads beyond broken_from fail */
    bool shrunk; /* reads end a byte early */
    uint64_t broken_from;
} memory_file;

scape_source memory_source(memory_file *file, bool size_known);

/* Counts what is allocated. After `fail_at` allocations the next one fails (0: none does). */
typedef struct counter {
    size_t calls, fail_at, live, now, peak;
} counter;

scape_cut_options counting_options(counter *c);

/* Cuts n bytes; any status but SCAPE_CUT_OK fails the test, as does a cut that does not tile the
 * file. */
scape_cut *cut_memory(const uint8_t *at, size_t n, bool size_known, const scape_cut_options *opt);

/* No holes, no overlaps, sizes that agree with dtype and shape; tiles exactly size bytes if that is
 * known. */
void check_cut(const scape_cut *cut, uint64_t size);

void assert_reason(const scape_cut *cut, const char *want);
void assert_region(const scape_cut *cut, size_t i, uint64_t offset, uint64_t length, uint16_t dtype,
                   const char *name);
void assert_dims(const scape_cut *cut, size_t i, unsigned rank, const uint64_t *dims);

/* Cuts every prefix of a valid file, with the size known and not known. */
void check_truncations(const bytes *file);

/* Cuts `count` seeded mutations of a valid file, with the size known and not known. */
void check_mutations(const bytes *file, uint64_t seed, unsigned count);

/* Lets every allocation of a cut fail in turn: SCAPE_CUT_NOMEM each time, and nothing is left
 * behind. */
void check_allocation_failures(const bytes *file);

/* The path of a real file, in a static buffer; skips the test if there is no such file. */
const char *data_path(const char *name);

/* Cuts a file on disk; checks that it tiles. */
scape_cut *cut_path(const char *path, uint64_t *size);

#endif
