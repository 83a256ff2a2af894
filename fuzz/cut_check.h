/* cut_check.h - what holds for every cut, and the input as a file for a cutter. Depends on fuzz.h
 * and the cutters. */
#ifndef SCAPE_FUZZ_CUT_CHECK_H
#define SCAPE_FUZZ_CUT_CHECK_H

#include "containers.h"
#include "fuzz.h"

/* Cuts data, followed by zeros as tail[1..3] say: a cutter does not look at tensor data. tail[0]:
 * flags below, 4 the n-th allocation fails, 5 the n-th read fails. Checks the cut, and that its
 * container is the one that is wanted or none; wanted NULL: any. */
enum fuzz_cut_flag {
    FUZZ_CUT_SIZE_UNKNOWN = 1, /* a pipe */
    FUZZ_CUT_SMALL_HEADER = 4  /* little may be looked at */
};
void fuzz_cut_file(const struct fuzz_input *in, const uint8_t *data, size_t size,
                   const char *wanted);

/* Regions tile the file, and what they say of themselves is true. */
void fuzz_cut_check(const scape_cut *cut, uint64_t size);

#endif
