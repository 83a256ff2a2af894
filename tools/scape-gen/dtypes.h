/* dtypes.h - the element and block types that the generator writes: names, numbers, sizes.
 * Depends on nothing. Numbers below 64 name plain element types; 64 + n is block type n of ggml. */
#ifndef SCAPE_GEN_DTYPES_H
#define SCAPE_GEN_DTYPES_H

#include <stdint.h>

enum {
    SCAPE_GEN_BOOL = 1,
    SCAPE_GEN_U8 = 2,
    SCAPE_GEN_I8 = 3,
    SCAPE_GEN_U16 = 4,
    SCAPE_GEN_I16 = 5,
    SCAPE_GEN_U32 = 6,
    SCAPE_GEN_I32 = 7,
    SCAPE_GEN_U64 = 8,
    SCAPE_GEN_I64 = 9,
    SCAPE_GEN_F16 = 10,
    SCAPE_GEN_BF16 = 11,
    SCAPE_GEN_F32 = 12,
    SCAPE_GEN_F64 = 13,
    SCAPE_GEN_F8_E4M3 = 14,
    SCAPE_GEN_F8_E5M2 = 15,
    SCAPE_GEN_F8_E8M0 = 16,
    SCAPE_GEN_F4 = 17,
    SCAPE_GEN_F6_E2M3 = 18,
    SCAPE_GEN_F6_E3M2 = 19,
    SCAPE_GEN_C64 = 20,
    SCAPE_GEN_F8_E4M3FNUZ = 21,
    SCAPE_GEN_F8_E5M2FNUZ = 22,
    SCAPE_GEN_BLOCK = 64,
    SCAPE_GEN_Q4_0 = SCAPE_GEN_BLOCK + 2,
    SCAPE_GEN_Q4_1 = SCAPE_GEN_BLOCK + 3,
    SCAPE_GEN_Q5_0 = SCAPE_GEN_BLOCK + 6,
    SCAPE_GEN_Q5_1 = SCAPE_GEN_BLOCK + 7,
    SCAPE_GEN_Q8_0 = SCAPE_GEN_BLOCK + 8,
    SCAPE_GEN_Q8_1 = SCAPE_GEN_BLOCK + 9,
    SCAPE_GEN_Q2_K = SCAPE_GEN_BLOCK + 10,
    SCAPE_GEN_Q3_K = SCAPE_GEN_BLOCK + 11,
    SCAPE_GEN_Q4_K = SCAPE_GEN_BLOCK + 12,
    SCAPE_GEN_Q5_K = SCAPE_GEN_BLOCK + 13,
    SCAPE_GEN_Q6_K = SCAPE_GEN_BLOCK + 14,
    SCAPE_GEN_Q8_K = SCAPE_GEN_BLOCK + 15,
    SCAPE_GEN_IQ2_XXS = SCAPE_GEN_BLOCK + 16,
    SCAPE_GEN_IQ2_XS = SCAPE_GEN_BLOCK + 17,
    SCAPE_GEN_IQ3_XXS = SCAPE_GEN_BLOCK + 18,
    SCAPE_GEN_IQ1_S = SCAPE_GEN_BLOCK + 19,
    SCAPE_GEN_IQ4_NL = SCAPE_GEN_BLOCK + 20,
    SCAPE_GEN_IQ3_S = SCAPE_GEN_BLOCK + 21,
    SCAPE_GEN_IQ2_S = SCAPE_GEN_BLOCK + 22,
    SCAPE_GEN_IQ4_XS = SCAPE_GEN_BLOCK + 23,
    SCAPE_GEN_IQ1_M = SCAPE_GEN_BLOCK + 29,
    SCAPE_GEN_TQ1_0 = SCAPE_GEN_BLOCK + 34,
    SCAPE_GEN_TQ2_0 = SCAPE_GEN_BLOCK + 35,
    SCAPE_GEN_MXFP4 = SCAPE_GEN_BLOCK + 39,
    SCAPE_GEN_NVFP4 = SCAPE_GEN_BLOCK + 40,
    SCAPE_GEN_Q1_0 = SCAPE_GEN_BLOCK + 41,
    SCAPE_GEN_Q2_0 = SCAPE_GEN_BLOCK + 42
};

enum {
    SCAPE_GEN_NO_GGML = 255
};

typedef struct scape_gen_dtype_info {
    const char *name;
    uint16_t dtype;
    uint16_t block_elements;
    uint16_t block_bytes;
    uint8_t ggml_type;      /* number in a GGUF tensor info, or SCAPE_GEN_NO_GGML */
    uint8_t in_safetensors; /* whether a safetensors header may name it */
} scape_gen_dtype_info;

/* The table, ended by a row whose name is NULL. */
const scape_gen_dtype_info *scape_gen_dtype_table(void);

/* The row of a number, or NULL. */
const scape_gen_dtype_info *scape_gen_dtype_find(uint16_t dtype);

/* The row of a name in either case, or NULL. */
const scape_gen_dtype_info *scape_gen_dtype_parse(const char *name);

#endif
