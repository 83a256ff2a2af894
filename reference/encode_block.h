/* encode_block.h - fields of quantised blocks: lifted extremes, tables by the classes of scales,
 * the standard tables [CAN]. Depends on encode_method. */
#ifndef SCAPE_REF_ENCODE_BLOCK_H
#define SCAPE_REF_ENCODE_BLOCK_H

#include "encode_method.h"

/* Which element of a sub-block is lifted: the first whose key is greatest. */
enum scape_ref_lift_key {
    SCAPE_REF_LIFT_MIN,    /* -value */
    SCAPE_REF_LIFT_MAX,    /* value */
    SCAPE_REF_LIFT_ABS,    /* distance from centre_x2 / 2; below it wins a tie */
    SCAPE_REF_LIFT_SIGNED, /* magnitude as two's complement; negative wins a tie */
};

struct scape_ref_lift_rule {
    enum scape_ref_lift_key key;
    uint32_t centre_x2;
};

enum {
    SCAPE_REF_DTYPE_GGML = 64,    /* number of ggml's type 0 among the dtypes */
    SCAPE_REF_LAYOUT_GGML = 0x100 /* and of its layout */
};

/* A field whose elements are lifted out of sub-blocks of 2^sub_log2. */
struct scape_ref_lifted {
    uint32_t sub_log2, lifts;
    struct scape_ref_array
        rest; /* the field with the lifted elements' places filled from the end */
    struct scape_ref_array positions[SCAPE_REF_LIFTS_MAX]; /* one a sub-block */
    struct scape_ref_array values[SCAPE_REF_LIFTS_MAX];
    struct scape_ref_buffer memory;
};

enum scape_ref_error scape_ref_lift(struct scape_ref_memory *memory, struct scape_ref_lifted *l,
                                    const struct scape_ref_array *array, uint32_t sub_log2,
                                    const struct scape_ref_lift_rule *rules, uint32_t lifts);

/* Codes the content by the block layout of the region's type: a candidate. No effect for types that
 * have none. */
enum scape_ref_error scape_ref_encode_blocks(struct scape_ref_chunk_encoder *e, uint16_t dtype,
                                             const uint8_t *content, size_t size);

/* For training: how often each value of a field of e->layout occurs under each class, lifted
 * elements left out: (*counts)[class << width | value]. *class_count 0: the field is not modelled
 * by classes. counts is the caller's to release. */
enum scape_ref_error scape_ref_block_count(struct scape_ref_chunk_encoder *e, uint32_t field,
                                           struct scape_ref_buffer *counts, uint32_t *class_count);

/* Does the model of this type leave zstd nothing to find in weights? */
bool scape_ref_block_is_modelled(uint16_t dtype);

/* The layout of a ggml type, or 0. */
uint32_t scape_ref_block_layout(uint16_t dtype);

#endif
