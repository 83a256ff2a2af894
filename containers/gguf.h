/* gguf.h - limits of the GGUF cutter, and the part of it that walks key-value pairs.
 * Private to containers/; depends on job.h. */
#ifndef SCAPE_CONTAINERS_GGUF_H
#define SCAPE_CONTAINERS_GGUF_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"

#define SCAPE_GGUF_MAX_DIMS      4
#define SCAPE_GGUF_MAX_KEY       65535 /* bytes, as in the format's description */
#define SCAPE_GGUF_MAX_NAME      127   /* bytes; README.md says why not 63 or 64 */
#define SCAPE_GGUF_MAX_ALIGNMENT (UINT32_C(1) << 20)
#define SCAPE_GGUF_MAX_NESTING   4  /* arrays in arrays */
#define SCAPE_GGUF_ALIGNMENT     32 /* where general.alignment is absent */

typedef struct scape_gguf_reader {
    scape_job *job;
    scape_cursor cur;
    uint32_t version;
    bool narrow; /* version 1: counts, lengths and dimensions are u32, later u64 */
    uint64_t tensor_count;
    uint64_t key_count;
    uint64_t alignment;
} scape_gguf_reader;

/* A count, length or dimension. 0 after a failure. */
uint64_t scape_gguf_size(scape_gguf_reader *r);

/* Bytes that a count, length or dimension takes. */
uint64_t scape_gguf_size_bytes(const scape_gguf_reader *r);

/* Checks that n items of at least `least` bytes can follow, and no more than `most` items. */
int scape_gguf_check_count(scape_gguf_reader *r, uint64_t n, uint64_t least, uint64_t most,
                           const char *what);

/* Walks the key-value pairs; leaves the cursor behind them and the alignment in r. Nothing of the
 * values is kept. SCAPE_CUT_OK, _IO, _NOMEM or _REJECTED. */
int scape_gguf_walk_pairs(scape_gguf_reader *r);

#endif
