/* generate.c - the library's entry points: plans a file, then writes header, tensors, padding.
 * Depends on generate.h and the container headers. */
#include "generate.h"

#include "gguf.h"
#include "rng.h"
#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

enum {
    RAW_COLUMNS = 4096
};

scape_gen_options scape_gen_defaults(void) {
    return (scape_gen_options){
        .container = SCAPE_GEN_SAFETENSORS, .type = "BF16", .gguf_version = 3};
}

/* A raw array is one matrix, and a row of what is left over. */
static void plan_raw(scape_model *m, const scape_gen_options *o) {
    const scape_gen_dtype_info *info = scape_gen_dtype_parse(o->type);
    uint64_t elements = o->size / info->block_bytes * info->block_elements;
    uint64_t dims[2] = {elements / RAW_COLUMNS, RAW_COLUMNS};
    scape_model_add(m, SCAPE_ROLE_MATRIX, info->dtype, 2, dims, "matrix");
    dims[0] = 1;
    dims[1] = elements % RAW_COLUMNS;
    scape_model_add(m, SCAPE_ROLE_MATRIX, info->dtype, 2, dims, "rest");
}

scape_gen_status scape_file_plan(const scape_gen_options *options, const scape_shape *shape,
                                 scape_file *file) {
    *file = (scape_file){.alignment = 1};
    scape_model *m = &file->model;
    scape_model_start(m, options->seed, shape);
    if (options->container == SCAPE_GEN_RAW) {
        plan_raw(m, options);
    } else if (options->zoo) {
        scape_model_add_zoo(m);
    } else {
        scape_model_add_transformer(m, options);
    }
    if (!m->failed && options->container == SCAPE_GEN_SAFETENSORS) {
        scape_safetensors_header(m, &file->header);
    } else if (!m->failed && options->container == SCAPE_GEN_GGUF) {
        file->alignment = SCAPE_GGUF_ALIGNMENT;
        file->big_endian = options->big_endian;
        scape_gguf_header(m, options, &file->header);
    }
    return m->failed || file->header.failed ? SCAPE_GEN_NO_MEMORY : SCAPE_GEN_OK;
}

void scape_file_free(scape_file *file) {
    scape_model_free(&file->model);
    scape_buffer_free(&file->header);
}

static size_t padding_after(uint64_t size, size_t alignment) {
    return (size_t)((alignment - size % alignment) % alignment);
}

uint64_t scape_file_size(const scape_file *file) {
    uint64_t size = file->header.size;
    for (size_t i = 0; i < file->model.count; i++) {
        uint64_t bytes = scape_tensor_bytes(&file->model.tensors[i]);
        size += bytes + padding_after(bytes, file->alignment);
    }
    return size;
}

static scape_gen_status choose_and_plan(const scape_gen_options *options, scape_file *file,
                                        const char **reason) {
    const char *ignored;
    scape_shape shape;
    scape_gen_status status =
        scape_shape_choose(options, &shape, reason != NULL ? reason : &ignored);
    if (status != SCAPE_GEN_OK) {
        *file = (scape_file){0};
        return status;
    }
    return scape_file_plan(options, &shape, file);
}

static scape_gen_status write_data(const scape_file *file, const scape_gen_sink *sink) {
    static const uint8_t zeros[SCAPE_GGUF_ALIGNMENT];
    scape_shapes *shapes = malloc(sizeof *shapes);
    if (shapes == NULL) {
        return SCAPE_GEN_NO_MEMORY;
    }
    scape_shapes_build(shapes);
    scape_gen_status status = SCAPE_GEN_OK;
    for (size_t i = 0; i < file->model.count && status == SCAPE_GEN_OK; i++) {
        const scape_tensor *t = &file->model.tensors[i];
        status = scape_emit_tensor(shapes, t, file->big_endian, sink);
        size_t padding = padding_after(scape_tensor_bytes(t), file->alignment);
        if (status == SCAPE_GEN_OK && padding != 0 &&
            sink->write(sink->context, zeros, padding) != 0) {
            status = SCAPE_GEN_WRITE_FAILED;
        }
    }
    free(shapes);
    return status;
}

scape_gen_status scape_gen_write(const scape_gen_options *options, const scape_gen_sink *sink,
                                 const char **reason) {
    scape_file file;
    scape_gen_status status = choose_and_plan(options, &file, reason);
    if (status == SCAPE_GEN_OK && file.header.size != 0 &&
        sink->write(sink->context, file.header.data, file.header.size) != 0) {
        status = SCAPE_GEN_WRITE_FAILED;
    }
    if (status == SCAPE_GEN_OK) {
        status = write_data(&file, sink);
    }
    scape_file_free(&file);
    return status;
}

scape_gen_status scape_gen_measure(const scape_gen_options *options, uint64_t *size,
                                   const char **reason) {
    scape_file file;
    scape_gen_status status = choose_and_plan(options, &file, reason);
    *size = status == SCAPE_GEN_OK ? scape_file_size(&file) : 0;
    scape_file_free(&file);
    return status;
}

/* A sink that fills memory. */
typedef struct memory_sink {
    uint8_t *out;
    size_t size, used;
} memory_sink;

static int memory_write(void *context, const uint8_t *data, size_t size) {
    memory_sink *m = context;
    if (size > m->size - m->used) {
        return 1;
    }
    memcpy(m->out + m->used, data, size);
    m->used += size;
    return 0;
}

scape_gen_status scape_gen_values(uint64_t seed, uint16_t dtype, uint64_t rows, uint64_t columns,
                                  uint8_t *out, size_t out_size) {
    const scape_gen_dtype_info *info = scape_gen_dtype_find(dtype);
    if (info == NULL || columns == 0 || columns % info->block_elements != 0 ||
        columns > UINT32_MAX || rows > (UINT64_C(1) << 56) / columns) {
        return SCAPE_GEN_BAD_OPTION;
    }
    scape_tensor t = {.dtype = dtype, .rank = 2, .dims = {rows, columns}};
    t.key = scape_rng_key(seed, 0);
    scape_tensor_set_recipe(&t, SCAPE_ROLE_MATRIX);
    if (scape_tensor_bytes(&t) != out_size) {
        return SCAPE_GEN_BAD_OPTION;
    }
    scape_shapes *shapes = malloc(sizeof *shapes);
    if (shapes == NULL) {
        return SCAPE_GEN_NO_MEMORY;
    }
    scape_shapes_build(shapes);
    memory_sink memory = {.out = out, .size = out_size};
    scape_gen_sink sink = {memory_write, &memory};
    scape_gen_status status = scape_emit_tensor(shapes, &t, false, &sink);
    free(shapes);
    return status;
}
