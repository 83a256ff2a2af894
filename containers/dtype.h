/* dtype.h - the geometry of every type a container can hold: what the cutters need of the registry.
 * Private to containers/; depends on nothing. */
#ifndef SCAPE_CONTAINERS_DTYPE_H
#define SCAPE_CONTAINERS_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SCAPE_DT_OPAQUE = 0,
    SCAPE_DT_BOOL = 1,
    SCAPE_DT_U8 = 2,
    SCAPE_DT_I8 = 3,
    SCAPE_DT_U16 = 4,
    SCAPE_DT_I16 = 5,
    SCAPE_DT_U32 = 6,
    SCAPE_DT_I32 = 7,
    SCAPE_DT_U64 = 8,
    SCAPE_DT_I64 = 9,
    SCAPE_DT_F16 = 10,
    SCAPE_DT_BF16 = 11,
    SCAPE_DT_F32 = 12,
    SCAPE_DT_F64 = 13,
    SCAPE_DT_F8_E4M3 = 14,
    SCAPE_DT_F8_E5M2 = 15,
    SCAPE_DT_F8_E8M0 = 16,
    SCAPE_DT_F4 = 17,
    SCAPE_DT_F6_E2M3 = 18,
    SCAPE_DT_F6_E3M2 = 19,
    SCAPE_DT_C64 = 20,
    SCAPE_DT_F8_E4M3FNUZ = 21,
    SCAPE_DT_F8_E5M2FNUZ = 22,
    SCAPE_DT_GGML = 64 /* plus the number of a ggml block type */
};

typedef struct scape_dtype_row {
    uint16_t dtype;
    uint16_t elements; /* elements of one block */
    uint16_t bytes;    /* bytes of one block */
    bool whole_rows;   /* blocks do not cross rows: the last dimension is a multiple of elements */
    bool
        bytewise; /* no field is wider than a byte, so the byte order of the file does not matter */
    const char *name; /* safetensors' name; NULL for types that only GGUF has */
} scape_dtype_row;

/* The row of a registry number, of safetensors' name, of ggml's type number; NULL if there is none.
 */
const scape_dtype_row *scape_dtype_find(uint16_t dtype);
const scape_dtype_row *scape_dtype_find_name(const char *name);
const scape_dtype_row *scape_dtype_find_ggml(uint32_t ggml_type);

typedef enum scape_shape_status {
    SCAPE_SHAPE_OK,
    SCAPE_SHAPE_OVERFLOW, /* the elements or the bytes do not fit 64 bits */
    SCAPE_SHAPE_SPLIT /* elements fill no whole number of bytes, or a row no whole number of blocks
                       */
} scape_shape_status;

/* The product of the dimensions; false if it does not fit 64 bits. No dimensions: 1. */
bool scape_shape_elements(const uint64_t *dims, unsigned rank, uint64_t *elements);

/* The bytes of a tensor; dims are outermost first. */
scape_shape_status scape_shape_bytes(const scape_dtype_row *row, const uint64_t *dims,
                                     unsigned rank, uint64_t *bytes);

#endif
