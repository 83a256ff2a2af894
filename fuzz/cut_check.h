/* cut_check.h - what holds for every cut, and the input as a file for a cutter. Depends on fuzz.h
 * and the cutters. */
#ifndef SCAPE_FUZZ_CUT_CHECK_H
#define SCAPE_FUZZ_CUT_CHECK_H

#include "containers.h"
#include "fuzz.h"

enum fuzz_cut_flag {
    FUZZ_CUT_SIZE_UNKNOWN = 1, /* a pipe */
    FUZZ_CUT_SMALL_HEADER = 4, /* little may be looked at */
    FUZZ_CUT_JSON_FAULT =
        16, /* the allocation that fails is one of jansson's; tail[7] odd: without errno */
    FUZZ_CUT_OWN_MEMORY = 32, /* the cutter's own allocator */
    FUZZ_CUT_HUGE = 64        /* all may be looked at, and the zeros go on to the largest size */
};

/* A cutter's options, from tail[0] and, what allocation fails, tail[4]. */
struct fuzz_cut_memory {
    struct fuzz_memory memory;
    scape_cut_options options;
};
void fuzz_cut_memory_open(struct fuzz_cut_memory *m, const struct fuzz_input *in);
/* Checks that everything was given back. Returns whether an allocation failed. */
bool fuzz_cut_memory_close(const struct fuzz_cut_memory *m);

/* Cuts data, followed by zeros as tail[1..3] say: a cutter does not look at tensor data. The
 * tail[5]-th read fails: by tail[7] it is an error, more than was asked for, or less. Checks the
 * cut, and that its container is the one that is wanted or none; wanted NULL: any. */
void fuzz_cut_file(const struct fuzz_input *in, const uint8_t *data, size_t size,
                   const char *wanted);

/* Regions tile the file, and what they say of themselves is true. */
void fuzz_cut_check(const scape_cut *cut, uint64_t size);

#endif
