/* emit.c - draws, encodes and writes one tensor, a bounded piece at a time.
 * Depends on values.h, encode.h and the sink of scape_gen.h. */
#include "encode.h"
#include "generate.h"

#include <stdlib.h>

enum {
    PIECE = 4096,             /* values drawn at once: a multiple of every block size */
    OUTPUT_SIZE = 1024 * 1024 /* bytes gathered before the sink is called */
};

typedef struct emitter {
    const scape_tensor *t;
    const scape_gen_dtype_info *info;
    const scape_gen_sink *sink;
    uint32_t *columns;
    int64_t *values;
    uint8_t *output;
    size_t used;
    uint16_t stored; /* dtype to encode as */
    bool big_endian;
} emitter;

/* A counter is stored as an integer of the element's size, so it runs through bit patterns. */
static uint16_t stored_dtype(const scape_tensor *t, const scape_gen_dtype_info *info) {
    if (t->pattern != SCAPE_PATTERN_COUNTER) {
        return t->dtype;
    }
    switch (info->block_bytes) {
    case 1:
        return SCAPE_GEN_U8;
    case 2:
        return SCAPE_GEN_U16;
    case 4:
        return SCAPE_GEN_U32;
    default:
        return SCAPE_GEN_U64;
    }
}

static scape_gen_status emitter_flush(emitter *e) {
    size_t used = e->used;
    e->used = 0;
    if (used != 0 && e->sink->write(e->sink->context, e->output, used) != 0) {
        return SCAPE_GEN_WRITE_FAILED;
    }
    return SCAPE_GEN_OK;
}

static scape_gen_status emit_row(const scape_shapes *shapes, emitter *e, uint64_t row) {
    uint64_t width = scape_tensor_columns(e->t);
    int exponent = e->t->pattern == SCAPE_PATTERN_COUNTER ? SCAPE_VALUE_POINT : e->t->exponent;
    for (uint64_t column = 0; column < width;) {
        uint64_t left = width - column;
        size_t count = left < PIECE ? (size_t)left : PIECE;
        size_t bytes = count / e->info->block_elements * e->info->block_bytes;
        if (bytes > OUTPUT_SIZE - e->used) {
            scape_gen_status status = emitter_flush(e);
            if (status != SCAPE_GEN_OK) {
                return status;
            }
        }
        scape_values_draw(shapes, e->t, e->columns, row, column, count, e->values);
        scape_encode(e->stored, e->big_endian, exponent, e->values, count, e->output + e->used);
        e->used += bytes;
        column += count;
    }
    return SCAPE_GEN_OK;
}

static scape_gen_status emit_rows(const scape_shapes *shapes, emitter *e) {
    uint64_t rows = scape_tensor_elements(e->t) / scape_tensor_columns(e->t);
    scape_values_columns(shapes, e->t, e->columns);
    for (uint64_t row = 0; row < rows; row++) {
        scape_gen_status status = emit_row(shapes, e, row);
        if (status != SCAPE_GEN_OK) {
            return status;
        }
    }
    return emitter_flush(e);
}

scape_gen_status scape_emit_tensor(const scape_shapes *shapes, const scape_tensor *t,
                                   bool big_endian, const scape_gen_sink *sink) {
    if (scape_tensor_elements(t) == 0) {
        return SCAPE_GEN_OK;
    }
    uint64_t width = scape_tensor_columns(t);
    if (width > SIZE_MAX / sizeof(uint32_t)) {
        return SCAPE_GEN_NO_MEMORY;
    }
    emitter e = {.t = t, .info = scape_gen_dtype_find(t->dtype), .sink = sink};
    e.big_endian = big_endian;
    e.stored = stored_dtype(t, e.info);
    e.columns = malloc((size_t)width * sizeof(uint32_t));
    e.values = malloc(PIECE * sizeof(int64_t));
    e.output = malloc(OUTPUT_SIZE);
    scape_gen_status status = SCAPE_GEN_NO_MEMORY;
    if (e.columns != NULL && e.values != NULL && e.output != NULL) {
        status = emit_rows(shapes, &e);
    }
    free(e.columns);
    free(e.values);
    free(e.output);
    return status;
}
