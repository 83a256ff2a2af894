/* safetensors.c - cutting safetensors files. Depends on jansson (through json.h).
 *
 *   0        8              8 + N                           end
 *   | N, u64 | JSON, N bytes | tensor bytes, without holes |
 *
 * The first 8 + N bytes are one opaque region, each tensor another, in the order of their offsets.
 */
#include "safetensors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "json.h"

typedef struct st_tensor {
    uint64_t begin, end; /* from the end of the header */
    uint64_t dims[SCAPE_CUT_MAX_RANK];
    const char *name; /* in the JSON tree */
    size_t name_len;
    size_t index; /* place in the header, so that empty tensors sort the same way everywhere */
    uint16_t dtype;
    uint8_t rank;
} st_tensor;

typedef struct st_header {
    uint64_t data_start;
    json_t *root;
    st_tensor *tensors;
    size_t count;
    size_t name_bytes;
} st_header;

/* Reads length and JSON and parses it. */
static int read_header(scape_job *job, st_header *h) {
    scape_cursor c;
    scape_cursor_open(&c, job->src, job->opt.max_header);
    uint64_t n = scape_cursor_u64(&c);
    if (!scape_cursor_has(&c, n)) {
        return scape_job_cursor_failed(job, &c, "safetensors", "header");
    }
    if (n == 0) {
        return scape_job_reject(job, "safetensors: the header is empty");
    }
    size_t length = (size_t)n; /* at most SCAPE_SAFETENSORS_MAX_HEADER */
    char *text = scape_mem_alloc(&job->opt, length);
    if (text == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    int status = SCAPE_CUT_OK;
    if (!scape_cursor_take(&c, text, length)) {
        status = scape_job_cursor_failed(job, &c, "safetensors", "header");
    } else {
        status = scape_json_parse(job, "safetensors", text, length, &h->root);
    }
    scape_mem_free(&job->opt, text);
    h->data_start = c.pos;
    return status;
}

static int check_metadata(scape_job *job, json_t *metadata) {
    if (!json_is_object(metadata)) {
        return scape_job_reject(job, "safetensors: __metadata__ is not an object");
    }
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value)) {
            return scape_job_reject(job, "safetensors: __metadata__ has a value that is no string");
        }
    }
    return SCAPE_CUT_OK;
}

static bool natural(const json_t *value, uint64_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* Reads the shape. Dimensions beyond the eighth are folded into the outermost one, so that the
 * contiguous ones keep their meaning. */
static int read_shape(scape_job *job, const json_t *shape, st_tensor *t) {
    if (!json_is_array(shape)) {
        return scape_job_reject(job, "safetensors: tensor %zu: shape is not an array", t->index);
    }
    size_t rank = json_array_size(shape);
    uint64_t elements = 1;
    for (size_t i = 0; i < rank; i++) {
        uint64_t dim = 0;
        if (!natural(json_array_get(shape, i), &dim)) {
            return scape_job_reject(
                job, "safetensors: tensor %zu: shape has a value that is no size", t->index);
        }
        if (dim != 0 && elements > UINT64_MAX / dim) {
            return scape_job_reject(job, "safetensors: tensor %zu: the elements do not fit 64 bits",
                                    t->index);
        }
        elements *= dim;
        if (i + SCAPE_CUT_MAX_RANK >= rank) {
            t->dims[t->rank++] = i + SCAPE_CUT_MAX_RANK == rank ? elements : dim;
        }
    }
    return SCAPE_CUT_OK;
}

static int read_offsets(scape_job *job, const json_t *offsets, st_tensor *t) {
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !natural(json_array_get(offsets, 0), &t->begin) ||
        !natural(json_array_get(offsets, 1), &t->end)) {
        return scape_job_reject(job, "safetensors: tensor %zu: data_offsets are not two sizes",
                                t->index);
    }
    if (t->begin > t->end) {
        return scape_job_reject(job, "safetensors: tensor %zu: data_offsets run backwards",
                                t->index);
    }
    return SCAPE_CUT_OK;
}

static int check_size(scape_job *job, const scape_dtype_row *row, const st_tensor *t) {
    uint64_t bytes = 0;
    switch (scape_shape_bytes(row, t->dims, t->rank, &bytes)) {
    case SCAPE_SHAPE_OVERFLOW:
        return scape_job_reject(job, "safetensors: tensor %zu: the bytes do not fit 64 bits",
                                t->index);
    case SCAPE_SHAPE_SPLIT:
        return scape_job_reject(job, "safetensors: tensor %zu: the elements fill no whole bytes",
                                t->index);
    case SCAPE_SHAPE_OK:
        break;
    }
    if (bytes != t->end - t->begin) {
        return scape_job_reject(
            job, "safetensors: tensor %zu: shape and dtype differ from data_offsets", t->index);
    }
    return SCAPE_CUT_OK;
}

/* One entry of the header. A dtype that is not known yet makes the tensor opaque, not the file: its
 * bytes are where data_offsets say, and the others are worth cutting. */
static int read_tensor(scape_job *job, const json_t *entry, st_tensor *t) {
    if (!json_is_object(entry)) {
        return scape_job_reject(job, "safetensors: tensor %zu: not an object", t->index);
    }
    const json_t *dtype = json_object_get(entry, "dtype");
    if (!json_is_string(dtype)) {
        return scape_job_reject(job, "safetensors: tensor %zu: dtype is not a string", t->index);
    }
    int status = read_shape(job, json_object_get(entry, "shape"), t);
    if (status == SCAPE_CUT_OK) {
        status = read_offsets(job, json_object_get(entry, "data_offsets"), t);
    }
    const scape_dtype_row *row = scape_dtype_find_name(json_string_value(dtype));
    if (status != SCAPE_CUT_OK || row == NULL) {
        return status;
    }
    t->dtype = row->dtype;
    return check_size(job, row, t);
}

static int read_tensors(scape_job *job, st_header *h) {
    assert(json_is_object(h->root)); /* it begins with '{' */
    size_t entries = json_object_size(h->root);
    if (entries > SCAPE_CUT_MAX_TENSORS) {
        return scape_job_reject(job, "safetensors: more than %llu tensors",
                                (unsigned long long)SCAPE_CUT_MAX_TENSORS);
    }
    h->tensors = scape_mem_alloc(&job->opt, (entries + 1) * sizeof *h->tensors);
    if (h->tensors == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    const char *key;
    json_t *value;
    json_object_foreach(h->root, key, value) {
        int status = SCAPE_CUT_OK;
        if (strcmp(key, "__metadata__") == 0) {
            status = check_metadata(job, value);
        } else {
            st_tensor *t = &h->tensors[h->count];
            memset(t, 0, sizeof *t);
            t->index = h->count++;
            t->name = key;
            t->name_len = strlen(key);
            h->name_bytes += t->name_len;
            status = read_tensor(job, value, t);
        }
        if (status != SCAPE_CUT_OK) {
            return status;
        }
    }
    return SCAPE_CUT_OK;
}

static int by_offset(const void *left, const void *right) {
    const st_tensor *a = left;
    const st_tensor *b = right;
    if (a->begin != b->begin) {
        return a->begin < b->begin ? -1 : 1;
    }
    if (a->end != b->end) {
        return a->end < b->end ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The tensors must cover everything behind the header, each byte once. */
static int check_cover(scape_job *job, const st_header *h) {
    uint64_t at = 0;
    for (size_t i = 0; i < h->count; i++) {
        const st_tensor *t = &h->tensors[i];
        if (t->begin != at) {
            return scape_job_reject(job, "safetensors: tensor %zu: %s before its data_offsets",
                                    t->index, t->begin > at ? "a hole" : "an overlap");
        }
        at = t->end;
    }
    /* No overflow: at came from an int64, data_start is a little above 100,000,000 at most. */
    uint64_t size = job->src->size;
    if (size != SCAPE_SIZE_UNKNOWN && at + h->data_start != size) {
        return scape_job_reject(job, "safetensors: %s",
                                at + h->data_start > size ? "the file ends inside the tensors"
                                                          : "bytes after the last tensor");
    }
    return SCAPE_CUT_OK;
}

static int emit(scape_job *job, const st_header *h, scape_cut **out) {
    scape_builder b;
    int status = scape_builder_init(&b, job, "safetensors", h->count + 1, h->name_bytes);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    scape_builder_opaque(&b, 0, h->data_start);
    for (size_t i = 0; i < h->count; i++) {
        const st_tensor *t = &h->tensors[i];
        scape_builder_tensor(&b, h->data_start + t->begin, t->end - t->begin, t->dtype, t->dims,
                             t->rank, t->name, t->name_len);
    }
    *out = b.cut;
    return SCAPE_CUT_OK;
}

int scape_safetensors_cut(scape_job *job, scape_cut **out) {
    st_header h;
    memset(&h, 0, sizeof h);
    int status = read_header(job, &h);
    if (status == SCAPE_CUT_OK) {
        status = read_tensors(job, &h);
    }
    if (status == SCAPE_CUT_OK) {
        if (h.count > 1) {
            qsort(h.tensors, h.count, sizeof *h.tensors, by_offset);
        }
        status = check_cover(job, &h);
    }
    if (status == SCAPE_CUT_OK) {
        status = emit(job, &h, out);
    }
    scape_mem_free(&job->opt, h.tensors);
    json_decref(h.root);
    return status;
}
