/* scape_gen.h - the generator as a library: seeded model files and single tensors, the same bytes
 * on every machine. Depends on the C library only. */
#ifndef SCAPE_GEN_H
#define SCAPE_GEN_H

#include "dtypes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum scape_gen_status {
    SCAPE_GEN_OK = 0,
    SCAPE_GEN_BAD_OPTION = 1, /* options that contradict each other or are out of range */
    SCAPE_GEN_NO_MEMORY = 2,
    SCAPE_GEN_WRITE_FAILED = 3 /* the sink reported an error */
} scape_gen_status;

typedef enum scape_gen_container {
    SCAPE_GEN_SAFETENSORS,
    SCAPE_GEN_GGUF,
    SCAPE_GEN_RAW
} scape_gen_container;

typedef struct scape_gen_options {
    uint64_t seed;
    scape_gen_container container;
    const char *type; /* a type's name, or a mix: "Q4_K_M", "Q5_K_M", "Q3_K_M", "zoo" */
    /* Either `size`, the bytes that the file may have at most (exactly, when raw), or the shape;
     * what is 0 in the shape gets a default. */
    uint64_t size;
    uint64_t layers, width, ffn, vocabulary;
    bool zoo;              /* a file of every safetensors type and of unusual tensors */
    bool f32_norms;        /* norm vectors in F32 whatever the matrices are (always so in GGUF) */
    bool tied;             /* no output matrix: the embedding serves */
    unsigned gguf_version; /* 1, 2 or 3 */
    bool big_endian;       /* of a GGUF file */
} scape_gen_options;

/* Where a file goes: returns 0, or anything else to stop. */
typedef struct scape_gen_sink {
    int (*write)(void *context, const uint8_t *data, size_t size);
    void *context;
} scape_gen_sink;

/* Options of a small bf16 safetensors file with seed 0. */
scape_gen_options scape_gen_defaults(void);

/* Writes a file to the sink. Memory: the header, a table of tensors and buffers of 4 bytes a
 * column; none of it grows with the number of weights. When options are bad, `reason` (may be NULL)
 * is set to a fixed text that says why. */
scape_gen_status scape_gen_write(const scape_gen_options *options, const scape_gen_sink *sink,
                                 const char **reason);

/* Bytes that scape_gen_write would write. */
scape_gen_status scape_gen_measure(const scape_gen_options *options, uint64_t *size,
                                   const char **reason);

/* Names of the mixes of types that a GGUF file may have, by number; NULL past the last. */
const char *scape_gen_mix_name(size_t i);

/* Fills `out` with a rows x columns matrix of `dtype`, little-endian, as the matrices of the files
 * are: scales of rows and columns, heavy tails. columns must be a multiple of the type's
 * block_elements; `out_size` must be rows * columns / block_elements * block_bytes. */
scape_gen_status scape_gen_values(uint64_t seed, uint16_t dtype, uint64_t rows, uint64_t columns,
                                  uint8_t *out, size_t out_size);

#endif
