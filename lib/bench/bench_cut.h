/* bench_cut.h - the tensors of a model file, for the programs that measure. Apart from scape.h,
 * whose names those of containers.h would meet. Depends on the C library. */
#ifndef SCAPE_BENCH_CUT_H
#define SCAPE_BENCH_CUT_H

#include <stddef.h>
#include <stdint.h>

struct bench_region {
    uint64_t length, dims[8];
    uint32_t dtype, rank;
};

/* The regions of a safetensors or GGUF file; with `columns`, or where it is neither, those of one
 * bf16 matrix of that many columns (512 for 0). free() them. NULL if it cannot be done. */
struct bench_region *bench_cut(const uint8_t *content, size_t size, uint64_t columns,
                               size_t *count);

#endif
