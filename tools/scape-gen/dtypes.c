/* dtypes.c - the table of types. Depends on dtypes.h only. */
#include "dtypes.h"

#include <stddef.h>

static const scape_gen_dtype_info table[] = {
    {"BF16", SCAPE_GEN_BF16, 1, 2, 30, 1},
    {"F16", SCAPE_GEN_F16, 1, 2, 1, 1},
    {"F32", SCAPE_GEN_F32, 1, 4, 0, 1},
    {"F64", SCAPE_GEN_F64, 1, 8, 28, 1},
    {"F8_E4M3", SCAPE_GEN_F8_E4M3, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"F8_E5M2", SCAPE_GEN_F8_E5M2, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"F8_E8M0", SCAPE_GEN_F8_E8M0, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"F8_E4M3FNUZ", SCAPE_GEN_F8_E4M3FNUZ, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"F8_E5M2FNUZ", SCAPE_GEN_F8_E5M2FNUZ, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"F6_E2M3", SCAPE_GEN_F6_E2M3, 4, 3, SCAPE_GEN_NO_GGML, 1},
    {"F6_E3M2", SCAPE_GEN_F6_E3M2, 4, 3, SCAPE_GEN_NO_GGML, 1},
    {"F4", SCAPE_GEN_F4, 2, 1, SCAPE_GEN_NO_GGML, 1},
    {"C64", SCAPE_GEN_C64, 1, 8, SCAPE_GEN_NO_GGML, 1},
    {"BOOL", SCAPE_GEN_BOOL, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"U8", SCAPE_GEN_U8, 1, 1, SCAPE_GEN_NO_GGML, 1},
    {"I8", SCAPE_GEN_I8, 1, 1, 24, 1},
    {"U16", SCAPE_GEN_U16, 1, 2, SCAPE_GEN_NO_GGML, 1},
    {"I16", SCAPE_GEN_I16, 1, 2, 25, 1},
    {"U32", SCAPE_GEN_U32, 1, 4, SCAPE_GEN_NO_GGML, 1},
    {"I32", SCAPE_GEN_I32, 1, 4, 26, 1},
    {"U64", SCAPE_GEN_U64, 1, 8, SCAPE_GEN_NO_GGML, 1},
    {"I64", SCAPE_GEN_I64, 1, 8, 27, 1},
    {"Q4_0", SCAPE_GEN_Q4_0, 32, 18, 2, 0},
    {"Q4_1", SCAPE_GEN_Q4_1, 32, 20, 3, 0},
    {"Q5_0", SCAPE_GEN_Q5_0, 32, 22, 6, 0},
    {"Q5_1", SCAPE_GEN_Q5_1, 32, 24, 7, 0},
    {"Q8_0", SCAPE_GEN_Q8_0, 32, 34, 8, 0},
    {"Q8_1", SCAPE_GEN_Q8_1, 32, 36, 9, 0},
    {"Q2_K", SCAPE_GEN_Q2_K, 256, 84, 10, 0},
    {"Q3_K", SCAPE_GEN_Q3_K, 256, 110, 11, 0},
    {"Q4_K", SCAPE_GEN_Q4_K, 256, 144, 12, 0},
    {"Q5_K", SCAPE_GEN_Q5_K, 256, 176, 13, 0},
    {"Q6_K", SCAPE_GEN_Q6_K, 256, 210, 14, 0},
    {"Q8_K", SCAPE_GEN_Q8_K, 256, 292, 15, 0},
    {"IQ1_S", SCAPE_GEN_IQ1_S, 256, 50, 19, 0},
    {"IQ1_M", SCAPE_GEN_IQ1_M, 256, 56, 29, 0},
    {"IQ2_XXS", SCAPE_GEN_IQ2_XXS, 256, 66, 16, 0},
    {"IQ2_XS", SCAPE_GEN_IQ2_XS, 256, 74, 17, 0},
    {"IQ2_S", SCAPE_GEN_IQ2_S, 256, 82, 22, 0},
    {"IQ3_XXS", SCAPE_GEN_IQ3_XXS, 256, 98, 18, 0},
    {"IQ3_S", SCAPE_GEN_IQ3_S, 256, 110, 21, 0},
    {"IQ4_NL", SCAPE_GEN_IQ4_NL, 32, 18, 20, 0},
    {"IQ4_XS", SCAPE_GEN_IQ4_XS, 256, 136, 23, 0},
    {"TQ1_0", SCAPE_GEN_TQ1_0, 256, 54, 34, 0},
    {"TQ2_0", SCAPE_GEN_TQ2_0, 256, 66, 35, 0},
    {"MXFP4", SCAPE_GEN_MXFP4, 32, 17, 39, 0},
    {"NVFP4", SCAPE_GEN_NVFP4, 64, 36, 40, 0},
    {"Q1_0", SCAPE_GEN_Q1_0, 128, 18, 41, 0},
    {"Q2_0", SCAPE_GEN_Q2_0, 64, 18, 42, 0},
    {NULL, 0, 0, 0, 0, 0}};

const scape_gen_dtype_info *scape_gen_dtype_table(void) {
    return table;
}

const scape_gen_dtype_info *scape_gen_dtype_find(uint16_t dtype) {
    for (const scape_gen_dtype_info *row = table; row->name != NULL; row++) {
        if (row->dtype == dtype) {
            return row;
        }
    }
    return NULL;
}

static char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

const scape_gen_dtype_info *scape_gen_dtype_parse(const char *name) {
    for (const scape_gen_dtype_info *row = table; row->name != NULL; row++) {
        size_t i = 0;
        while (row->name[i] != 0 && row->name[i] == to_upper(name[i])) {
            i++;
        }
        if (row->name[i] == 0 && name[i] == 0) {
            return row;
        }
    }
    return NULL;
}
