/* engine.h - libscape over fuzz.h's callbacks, under limits that keep a run short. Needs libscape
 * alone, so that a harness of libscape alone can be built where nothing else is instrumented. */
#ifndef SCAPE_FUZZ_ENGINE_H
#define SCAPE_FUZZ_ENGINE_H

#include "fuzz.h"

#include <scape.h>

enum {
    FUZZ_CONTENT_LIMIT = 1 << 20,
    FUZZ_MEMORY_LIMIT = 1 << 25,
    FUZZ_THREADS_MAX = 3
};

/* One call of the library, or one handle. Set memory, source and sink before it is opened. */
struct fuzz_engine {
    struct fuzz_memory memory;
    struct fuzz_source source;
    struct fuzz_sink sink;
    struct scape_input input;
    struct scape_output output;
    struct scape_profile profile; /* the standard one */
    struct scape_decode_options options;
};

/* Without a limit of memory, so that small chunks are decoded side by side; that of content keeps
 * it small. */
void fuzz_engine_open(struct fuzz_engine *e, const uint8_t *data, size_t size, bool seekable);
/* The same, and an archive, which knows no limit of content: under FUZZ_MEMORY_LIMIT. NULL: the
 * error. */
enum scape_error fuzz_engine_open_archive(struct fuzz_engine *e, const uint8_t *data, size_t size,
                                          struct scape_archive **archive);
/* Threads read and write for themselves. */
void fuzz_engine_parallel(struct fuzz_engine *e);
/* Of what threads wrote, only that counts which the report says. */
void fuzz_engine_cut(struct fuzz_engine *e, const struct scape_report *report);
/* Everything was given back, and no more was held than allowed. */
void fuzz_engine_check(const struct fuzz_engine *e);
/* scape_decode into e->sink, checked as far as it can be by itself. */
enum scape_error fuzz_engine_decode(struct fuzz_engine *e, struct scape_report *report);

/* Kernels by number from 0 on; numbers above the count start again. */
extern const size_t fuzz_kernel_count;
void fuzz_use_kernel(size_t number);

#endif
