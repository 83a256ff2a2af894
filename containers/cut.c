/* cut.c - recognising a container, opaque and raw cuts, and building the list of regions.
 * Depends on the C library only. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "safetensors.h"

void *scape_mem_alloc(const scape_cut_options *opt, size_t n) {
    return opt->alloc != NULL ? opt->alloc(opt->alloc_ctx, n) : malloc(n);
}

void scape_mem_free(const scape_cut_options *opt, void *p) {
    if (p == NULL) {
        return;
    }
    if (opt->release != NULL) {
        opt->release(opt->alloc_ctx, p);
    } else {
        free(p);
    }
}

void scape_job_init(scape_job *job, const scape_source *src, const scape_cut_options *opt) {
    static const scape_cut_options defaults = {0, NULL, NULL, NULL};
    job->src = src;
    job->opt = opt != NULL ? *opt : defaults;
    if (job->opt.max_header == 0) {
        job->opt.max_header = SCAPE_CUT_MAX_HEADER;
    }
    job->reason[0] = '\0';
}

int scape_job_reject(scape_job *job, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(job->reason, sizeof job->reason, format, args);
    va_end(args);
    return SCAPE_CUT_REJECTED;
}

int scape_job_cursor_failed(scape_job *job, const scape_cursor *c, const char *container,
                            const char *what) {
    switch (c->status) {
    case SCAPE_CURSOR_IO:
        return SCAPE_CUT_IO;
    case SCAPE_CURSOR_CAP:
        return scape_job_reject(job, "%s: the header is longer than the limit: %s", container,
                                what);
    default:
        return scape_job_reject(job, "%s: the file ends too early: %s", container, what);
    }
}

int scape_builder_init(scape_builder *b, scape_job *job, const char *container, size_t max_regions,
                       size_t name_bytes) {
    /* One NUL a region, which also keeps the block from being empty. */
    size_t per_region = sizeof(scape_region) + 1;
    if (max_regions > (SIZE_MAX - name_bytes - 1) / per_region) {
        return SCAPE_CUT_NOMEM;
    }
    scape_cut *cut = scape_mem_alloc(&job->opt, sizeof *cut);
    if (cut == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    cut->storage = scape_mem_alloc(&job->opt, max_regions * per_region + name_bytes + 1);
    if (cut->storage == NULL) {
        scape_mem_free(&job->opt, cut);
        return SCAPE_CUT_NOMEM;
    }
    cut->regions = cut->storage;
    cut->count = 0;
    cut->container = container;
    cut->reason[0] = '\0';
    cut->memory = job->opt;
    b->cut = cut;
    b->room = max_regions;
    b->name_at = (char *)cut->storage + max_regions * sizeof(scape_region);
    b->name_room = name_bytes + max_regions;
    return SCAPE_CUT_OK;
}

void scape_builder_tensor(scape_builder *b, uint64_t offset, uint64_t length, uint16_t dtype,
                          const uint64_t *dims, unsigned rank, const char *name, size_t name_len) {
    assert(b->room > 0 && name_len < b->name_room && rank <= SCAPE_CUT_MAX_RANK);
    scape_region *r = &b->cut->regions[b->cut->count++];
    memset(r, 0, sizeof *r);
    r->offset = offset;
    r->length = length;
    r->dtype = dtype;
    if (dtype != SCAPE_DT_OPAQUE) {
        r->rank = (uint8_t)rank;
        for (unsigned i = 0; i < rank; i++) {
            r->dims[i] = dims[i];
        }
    }
    if (name_len > 0) {
        memcpy(b->name_at, name, name_len);
    }
    b->name_at[name_len] = '\0';
    r->name = b->name_at;
    r->name_len = name_len;
    b->name_at += name_len + 1;
    b->name_room -= name_len + 1;
    b->room--;
}

void scape_builder_opaque(scape_builder *b, uint64_t offset, uint64_t length) {
    scape_builder_tensor(b, offset, length, SCAPE_DT_OPAQUE, NULL, 0, "", 0);
}

/* One region over everything, for the reason that the job holds. */
static int cut_opaque(scape_job *job, uint64_t size, scape_cut **out) {
    scape_builder b;
    int status = scape_builder_init(&b, job, "opaque", 1, 0);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    if (size > 0) {
        scape_builder_opaque(&b, 0, size);
    }
    memcpy(b.cut->reason, job->reason, sizeof job->reason);
    *out = b.cut;
    return SCAPE_CUT_OK;
}

static bool is_gguf(const uint8_t *head, size_t n) {
    return n >= 4 && (memcmp(head, "GGUF", 4) == 0 || memcmp(head, "FUGG", 4) == 0);
}

static bool is_safetensors(const uint8_t *head, size_t n) {
    uint64_t length = 0;
    for (size_t i = 0; n > 8 && i < 8; i++) {
        length |= (uint64_t)head[i] << (8 * i);
    }
    return n > 8 && length <= SCAPE_SAFETENSORS_MAX_HEADER && head[8] == '{';
}

static int cut_recognised(scape_job *job, scape_cut **out) {
    uint8_t head[9];
    uint64_t reach = job->src->size < job->opt.max_header ? job->src->size : job->opt.max_header;
    size_t n = reach < sizeof head ? (size_t)reach : sizeof head;
    int64_t got = n == 0 ? 0 : job->src->read_at(job->src->ctx, 0, head, n);
    if (got < 0 || (uint64_t)got > n ||
        ((uint64_t)got < n && job->src->size != SCAPE_SIZE_UNKNOWN)) {
        return SCAPE_CUT_IO;
    }
    if (is_gguf(head, (size_t)got)) {
        return scape_gguf_cut(job, out);
    }
    if (is_safetensors(head, (size_t)got)) {
        return scape_safetensors_cut(job, out);
    }
    return scape_job_reject(job, "not a known container");
}

int scape_cut_file(const scape_source *src, const scape_cut_options *opt, scape_cut **out) {
    scape_job job;
    scape_job_init(&job, src, opt);
    *out = NULL;
    int status = cut_recognised(&job, out);
    return status == SCAPE_CUT_REJECTED ? cut_opaque(&job, src->size, out) : status;
}

/* An array without a shape: whole blocks, then what is left. */
static int cut_unshaped(scape_job *job, const scape_dtype_row *row, uint64_t size,
                        scape_cut **out) {
    scape_builder b;
    int status = scape_builder_init(&b, job, "raw", 2, 0);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    if (size == SCAPE_SIZE_UNKNOWN) {
        scape_builder_tensor(&b, 0, size, row->dtype, NULL, 0, "", 0);
    } else {
        uint64_t blocks = size / row->bytes;
        uint64_t whole = blocks * row->bytes;
        if (blocks > UINT64_MAX / row->elements) {
            scape_mem_free(&job->opt, b.cut->storage);
            scape_mem_free(&job->opt, b.cut);
            return scape_job_reject(job, "raw: the number of elements does not fit 64 bits");
        }
        uint64_t elements = blocks * row->elements;
        if (whole > 0) {
            scape_builder_tensor(&b, 0, whole, row->dtype, &elements, 1, "", 0);
        }
        if (size > whole) {
            scape_builder_opaque(&b, whole, size - whole);
        }
    }
    *out = b.cut;
    return SCAPE_CUT_OK;
}

static int cut_shaped(scape_job *job, const scape_dtype_row *row, const uint64_t *dims,
                      unsigned rank, uint64_t size, scape_cut **out) {
    if (rank > SCAPE_CUT_MAX_RANK) {
        return scape_job_reject(job, "raw: more than %d dimensions", SCAPE_CUT_MAX_RANK);
    }
    uint64_t bytes = 0;
    switch (scape_shape_bytes(row, dims, rank, &bytes)) {
    case SCAPE_SHAPE_OVERFLOW:
        return scape_job_reject(job, "raw: the size of the shape does not fit 64 bits");
    case SCAPE_SHAPE_SPLIT:
        return scape_job_reject(job, "raw: the shape does not divide into whole blocks");
    case SCAPE_SHAPE_OK:
        break;
    }
    if (size != SCAPE_SIZE_UNKNOWN && size != bytes) {
        return scape_job_reject(job, "raw: the shape takes %llu bytes, the file has %llu",
                                (unsigned long long)bytes, (unsigned long long)size);
    }
    scape_builder b;
    int status = scape_builder_init(&b, job, "raw", 1, 0);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    scape_builder_tensor(&b, 0, bytes, row->dtype, dims, rank, "", 0);
    *out = b.cut;
    return SCAPE_CUT_OK;
}

int scape_cut_raw(uint16_t dtype, const uint64_t *dims, unsigned rank, uint64_t size,
                  const scape_cut_options *opt, scape_cut **out) {
    scape_job job;
    scape_job_init(&job, NULL, opt);
    *out = NULL;
    const scape_dtype_row *row = scape_dtype_find(dtype);
    int status = SCAPE_CUT_OK;
    if (row == NULL) {
        status = scape_job_reject(&job, "raw: unknown dtype %u", (unsigned)dtype);
    } else if (rank == 0) {
        status = cut_unshaped(&job, row, size, out);
    } else {
        status = cut_shaped(&job, row, dims, rank, size, out);
    }
    return status == SCAPE_CUT_REJECTED ? cut_opaque(&job, size, out) : status;
}

void scape_cut_free(scape_cut *cut) {
    if (cut == NULL) {
        return;
    }
    scape_cut_options memory = cut->memory;
    scape_mem_free(&memory, cut->storage);
    scape_mem_free(&memory, cut);
}
