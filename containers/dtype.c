/* dtype.c - the table of types and the size of a tensor. Depends on the C library only.
 * Block sizes are ggml's public struct sizes; tests/test_gguf.c states each of them a second time.
 */
#include "dtype.h"

#include <stddef.h>
#include <string.h>

#include "containers.h"

#define SCALAR(number, size, name)                                                                 \
    { number, 1, size, false, (size) == 1, name }
#define PACKED(number, elements, size, name)                                                       \
    { number, elements, size, false, true, name }
/* ggml: 64 + type number, elements a block, bytes a block. */
#define BLOCK(type, elements, size)                                                                \
    { SCAPE_DT_GGML + (type), elements, size, true, false, NULL }
#define BYTE_BLOCK(type, elements, size)                                                           \
    { SCAPE_DT_GGML + (type), elements, size, true, true, NULL }

static const scape_dtype_row rows[] = {
    SCALAR(SCAPE_DT_BOOL, 1, "BOOL"),
    SCALAR(SCAPE_DT_U8, 1, "U8"),
    SCALAR(SCAPE_DT_I8, 1, "I8"),
    SCALAR(SCAPE_DT_U16, 2, "U16"),
    SCALAR(SCAPE_DT_I16, 2, "I16"),
    SCALAR(SCAPE_DT_U32, 4, "U32"),
    SCALAR(SCAPE_DT_I32, 4, "I32"),
    SCALAR(SCAPE_DT_U64, 8, "U64"),
    SCALAR(SCAPE_DT_I64, 8, "I64"),
    SCALAR(SCAPE_DT_F16, 2, "F16"),
    SCALAR(SCAPE_DT_BF16, 2, "BF16"),
    SCALAR(SCAPE_DT_F32, 4, "F32"),
    SCALAR(SCAPE_DT_F64, 8, "F64"),
    SCALAR(SCAPE_DT_F8_E4M3, 1, "F8_E4M3"),
    SCALAR(SCAPE_DT_F8_E5M2, 1, "F8_E5M2"),
    SCALAR(SCAPE_DT_F8_E8M0, 1, "F8_E8M0"),
    SCALAR(SCAPE_DT_F8_E4M3FNUZ, 1, "F8_E4M3FNUZ"),
    SCALAR(SCAPE_DT_F8_E5M2FNUZ, 1, "F8_E5M2FNUZ"),
    SCALAR(SCAPE_DT_C64, 8, "C64"),
    PACKED(SCAPE_DT_F4, 2, 1, "F4"),
    PACKED(SCAPE_DT_F6_E2M3, 4, 3, "F6_E2M3"),
    PACKED(SCAPE_DT_F6_E3M2, 4, 3, "F6_E3M2"),
    BLOCK(2, 32, 18),       /* Q4_0 */
    BLOCK(3, 32, 20),       /* Q4_1 */
    BLOCK(6, 32, 22),       /* Q5_0 */
    BLOCK(7, 32, 24),       /* Q5_1 */
    BLOCK(8, 32, 34),       /* Q8_0 */
    BLOCK(9, 32, 36),       /* Q8_1 */
    BLOCK(10, 256, 84),     /* Q2_K */
    BLOCK(11, 256, 110),    /* Q3_K */
    BLOCK(12, 256, 144),    /* Q4_K */
    BLOCK(13, 256, 176),    /* Q5_K */
    BLOCK(14, 256, 210),    /* Q6_K */
    BLOCK(15, 256, 292),    /* Q8_K */
    BLOCK(16, 256, 66),     /* IQ2_XXS */
    BLOCK(17, 256, 74),     /* IQ2_XS */
    BLOCK(18, 256, 98),     /* IQ3_XXS */
    BLOCK(19, 256, 50),     /* IQ1_S */
    BLOCK(20, 32, 18),      /* IQ4_NL */
    BLOCK(21, 256, 110),    /* IQ3_S */
    BLOCK(22, 256, 82),     /* IQ2_S */
    BLOCK(23, 256, 136),    /* IQ4_XS */
    BLOCK(29, 256, 56),     /* IQ1_M */
    BLOCK(34, 256, 54),     /* TQ1_0 */
    BLOCK(35, 256, 66),     /* TQ2_0 */
    BYTE_BLOCK(39, 32, 17), /* MXFP4 */
    BYTE_BLOCK(40, 64, 36), /* NVFP4 */
    BLOCK(41, 128, 18),     /* Q1_0 */
    BLOCK(42, 64, 18),      /* Q2_0 */
};

static const size_t row_count = sizeof rows / sizeof rows[0];

const scape_dtype_row *scape_dtype_find(uint16_t dtype) {
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].dtype == dtype) {
            return &rows[i];
        }
    }
    return NULL;
}

const scape_dtype_row *scape_dtype_find_name(const char *name) {
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].name != NULL && strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const scape_dtype_row *scape_dtype_find_ggml(uint32_t ggml_type) {
    switch (ggml_type) {
    case 0:
        return scape_dtype_find(SCAPE_DT_F32);
    case 1:
        return scape_dtype_find(SCAPE_DT_F16);
    case 24:
        return scape_dtype_find(SCAPE_DT_I8);
    case 25:
        return scape_dtype_find(SCAPE_DT_I16);
    case 26:
        return scape_dtype_find(SCAPE_DT_I32);
    case 27:
        return scape_dtype_find(SCAPE_DT_I64);
    case 28:
        return scape_dtype_find(SCAPE_DT_F64);
    case 30:
        return scape_dtype_find(SCAPE_DT_BF16);
    default:
        /* The bound keeps a huge type number from wrapping into a scalar's registry number. */
        return ggml_type < 1024 ? scape_dtype_find((uint16_t)(SCAPE_DT_GGML + ggml_type)) : NULL;
    }
}

bool scape_shape_elements(const uint64_t *dims, unsigned rank, uint64_t *elements) {
    uint64_t product = 1;
    for (unsigned i = 0; i < rank; i++) {
        if (dims[i] != 0 && product > UINT64_MAX / dims[i]) {
            return false;
        }
        product *= dims[i];
    }
    *elements = product;
    return true;
}

scape_shape_status scape_shape_bytes(const scape_dtype_row *row, const uint64_t *dims,
                                     unsigned rank, uint64_t *bytes) {
    uint64_t elements = 0;
    if (!scape_shape_elements(dims, rank, &elements)) {
        return SCAPE_SHAPE_OVERFLOW;
    }
    uint64_t unit = row->whole_rows ? (rank == 0 ? 1 : dims[rank - 1]) : elements;
    if (unit % row->elements != 0) {
        return SCAPE_SHAPE_SPLIT;
    }
    uint64_t blocks = elements / row->elements;
    if (blocks > UINT64_MAX / row->bytes) {
        return SCAPE_SHAPE_OVERFLOW;
    }
    *bytes = blocks * row->bytes;
    return SCAPE_SHAPE_OK;
}

int scape_cut_dtype_block(uint16_t dtype, uint32_t *elements, uint32_t *bytes) {
    const scape_dtype_row *row = scape_dtype_find(dtype);
    if (row == NULL) {
        return -1;
    }
    *elements = row->elements;
    *bytes = row->bytes;
    return 0;
}
