/* sizing.c - checks the options and finds a model shape for a wanted file size.
 * Depends on generate.h. */
#include "floats.h"
#include "generate.h"

#include <string.h>

enum {
    RAW_COLUMNS = 4096
};

/* Limits that keep every product of a model below 2^63. */
static const uint64_t most_layers = 4096;
static const uint64_t most_width = UINT64_C(1) << 18;
static const uint64_t most_ffn = UINT64_C(1) << 20;
static const uint64_t most_vocabulary = (UINT64_C(1) << 31);
static const uint64_t least_vocabulary = 64;

static const char *check_type(const scape_gen_options *o) {
    const scape_gen_dtype_info *info = scape_gen_dtype_parse(o->type);
    if (o->container == SCAPE_GEN_GGUF) {
        if (info == NULL ? !scape_type_is_mix(o->type) : info->ggml_type == SCAPE_GEN_NO_GGML) {
            return "this type cannot stand in a GGUF file";
        }
        return NULL;
    }
    if (info == NULL) {
        return "unknown type";
    }
    return info->in_safetensors || o->container == SCAPE_GEN_RAW
               ? NULL
               : "this type cannot stand in a safetensors file";
}

static const char *check_options(const scape_gen_options *o) {
    if (o->zoo && o->container != SCAPE_GEN_SAFETENSORS) {
        return "a zoo file is a safetensors file (in GGUF, ask for type zoo)";
    }
    if (o->size != 0 &&
        (o->zoo || o->layers != 0 || o->width != 0 || o->ffn != 0 || o->vocabulary != 0)) {
        return "a size excludes a shape";
    }
    if (o->container == SCAPE_GEN_RAW && o->size == 0) {
        return "raw output needs a size";
    }
    if (o->gguf_version < 1 || o->gguf_version > 3) {
        return "GGUF versions are 1, 2 and 3";
    }
    if (o->layers > most_layers || o->width > most_width || o->ffn > most_ffn ||
        o->vocabulary > most_vocabulary) {
        return "the shape is out of range";
    }
    return check_type(o);
}

/* The number that widths must be a multiple of. */
static uint64_t block_multiple(const scape_gen_options *o) {
    const scape_gen_dtype_info *info = scape_gen_dtype_parse(o->type);
    uint64_t multiple = info == NULL ? 256 : info->block_elements;
    return multiple < 32 ? 32 : multiple;
}

static uint64_t round_up(uint64_t value, uint64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* Gated feed-forward parts are commonly 8/3 as wide as the model. */
static uint64_t usual_ffn(uint64_t width, uint64_t multiple) {
    return round_up(width * 8 / 3, multiple);
}

static scape_gen_status file_size_of(const scape_gen_options *o, const scape_shape *shape,
                                     uint64_t *size) {
    scape_file file;
    scape_gen_status status = scape_file_plan(o, shape, &file);
    *size = status == SCAPE_GEN_OK ? scape_file_size(&file) : 0;
    scape_file_free(&file);
    return status;
}

/* Widths of known models, 2^k and 3 * 2^k, in ascending order; 0 past the end. */
static uint64_t usual_width(unsigned i) {
    uint64_t width = i % 2 == 0 ? UINT64_C(32) << (i / 2) : UINT64_C(48) << (i / 2);
    return width > 32768 ? 0 : width;
}

/* Layers that a model of this width usually has. */
static uint64_t usual_layers(uint64_t width) {
    return width < 256 ? 1 : width / 128;
}

/* The widest usual model, with the fewest layers and words, that is not too large. */
static scape_gen_status widest_shape(const scape_gen_options *o, scape_shape *shape) {
    uint64_t multiple = block_multiple(o);
    scape_gen_status status = SCAPE_GEN_BAD_OPTION;
    for (unsigned i = 0; usual_width(i) != 0; i++) {
        uint64_t width = round_up(usual_width(i), multiple);
        scape_shape next = {usual_layers(width), width, usual_ffn(width, multiple),
                            least_vocabulary};
        uint64_t size;
        scape_gen_status measured = file_size_of(o, &next, &size);
        if (measured != SCAPE_GEN_OK) {
            return measured;
        }
        if (size > o->size) {
            break;
        }
        *shape = next;
        status = SCAPE_GEN_OK;
    }
    return status;
}

/* Raises *knob, a member of *shape, as far as the wanted size and `limit` allow, by bisection: the
 * file's size rises with it. */
static scape_gen_status raise_to_fit(const scape_gen_options *o, scape_shape *shape, uint64_t *knob,
                                     uint64_t limit) {
    uint64_t low = *knob;
    uint64_t high = limit + 1;
    while (high - low > 1) {
        uint64_t size;
        *knob = low + (high - low) / 2;
        scape_gen_status status = file_size_of(o, shape, &size);
        if (status != SCAPE_GEN_OK) {
            return status;
        }
        if (size <= o->size) {
            low = *knob;
        } else {
            high = *knob;
        }
    }
    *knob = low;
    return SCAPE_GEN_OK;
}

/* The widest usual model that fits, with as many layers as fit; what is left over goes to the
 * vocabulary, a row at a time. */
static scape_gen_status shape_for_size(const scape_gen_options *o, scape_shape *shape,
                                       const char **reason) {
    scape_gen_status status = widest_shape(o, shape);
    if (status == SCAPE_GEN_BAD_OPTION) {
        *reason = "the size is too small for a model of this type";
    }
    if (status == SCAPE_GEN_OK) {
        status = raise_to_fit(o, shape, &shape->layers, most_layers);
    }
    if (status == SCAPE_GEN_OK) {
        status = raise_to_fit(o, shape, &shape->vocabulary, most_vocabulary);
    }
    if (status == SCAPE_GEN_OK && shape->vocabulary == most_vocabulary) {
        *reason = "the size is too large for a model of this type";
        status = SCAPE_GEN_BAD_OPTION;
    }
    return status;
}

scape_gen_status scape_shape_choose(const scape_gen_options *o, scape_shape *shape,
                                    const char **reason) {
    *shape = (scape_shape){0};
    *reason = check_options(o);
    if (*reason != NULL) {
        return SCAPE_GEN_BAD_OPTION;
    }
    uint64_t multiple = block_multiple(o);
    if (o->container == SCAPE_GEN_RAW) {
        const scape_gen_dtype_info *info = scape_gen_dtype_parse(o->type);
        if (o->size % info->block_bytes != 0) {
            *reason = "the size is not a multiple of the type's element or block";
            return SCAPE_GEN_BAD_OPTION;
        }
        return SCAPE_GEN_OK;
    }
    if (o->size != 0) {
        return shape_for_size(o, shape, reason);
    }
    /* A zoo has five layers, so that there is a matrix for each type. */
    shape->layers = o->layers != 0 ? o->layers : strcmp(o->type, "zoo") == 0 ? 5 : 2;
    shape->width = o->width != 0 ? o->width : 256;
    shape->ffn = o->ffn != 0 ? o->ffn : usual_ffn(shape->width, multiple);
    shape->vocabulary = o->vocabulary != 0 ? o->vocabulary : 1024;
    if (shape->width % multiple != 0 || shape->ffn % multiple != 0) {
        *reason = "width and ffn must be multiples of the type's block (at least 32)";
        return SCAPE_GEN_BAD_OPTION;
    }
    return SCAPE_GEN_OK;
}
