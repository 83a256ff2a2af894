/* threads.c - see threads.h. */
#include "threads.h"

#include <unistd.h>

enum {
    DEFAULT_MOST = 4, /* a shared machine's other users want some too */
    CODEC_MOST = 64
};

unsigned cli_threads(const struct cli_options *o) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned all = cores > 0 ? (unsigned)cores : 1;
    unsigned wanted = o->threads;
    if (wanted == CLI_THREADS_NOT_GIVEN) {
        wanted = o->max_memory != 0 ? 1 : all < DEFAULT_MOST ? all : DEFAULT_MOST;
    } else if (wanted == 0) {
        wanted = all;
    }
    return wanted < CODEC_MOST ? wanted : CODEC_MOST;
}

unsigned cli_threads_or_one(const struct cli_options *o) {
    return o->threads == CLI_THREADS_NOT_GIVEN ? 1 : cli_threads(o);
}
