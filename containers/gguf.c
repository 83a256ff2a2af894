/* gguf.c - cutting GGUF files. Depends on the C library only.
 *
 *   | magic, version, counts | key-value pairs | tensor infos | padding | tensor | padding | tensor
 * | ...
 *   '------------------ one opaque region -----------------------------'
 *
 * Each tensor of a known type is a region; whatever lies between and behind them is opaque. */
#include "gguf.h"

#include <string.h>

#include "names.h"

typedef struct gguf_info {
    uint64_t dims[SCAPE_GGUF_MAX_DIMS]; /* outermost first, other than in the file */
    uint64_t begin, bytes;              /* begin: from the start of the data, then of the file */
    const scape_dtype_row *row;         /* NULL: unknown type; then bytes is not known either */
    uint8_t rank;
} gguf_info;

typedef struct gguf_tensors {
    gguf_info *infos;
    scape_names names; /* of infos, in the same order */
    uint64_t data_start;
} gguf_tensors;

uint64_t scape_gguf_size_bytes(const scape_gguf_reader *r) {
    return r->narrow ? 4 : 8;
}

uint64_t scape_gguf_size(scape_gguf_reader *r) {
    return r->narrow ? scape_cursor_u32(&r->cur) : scape_cursor_u64(&r->cur);
}

int scape_gguf_check_count(scape_gguf_reader *r, uint64_t n, uint64_t least, uint64_t most,
                           const char *what) {
    if (n > most) {
        return scape_job_reject(r->job, "gguf: more than %llu %s", (unsigned long long)most, what);
    }
    /* A product that does not fit is past every end. */
    uint64_t bytes = n > UINT64_MAX / least ? UINT64_MAX : n * least;
    if (!scape_cursor_has(&r->cur, bytes)) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", what);
    }
    return SCAPE_CUT_OK;
}

static bool known_version(uint32_t version) {
    return version >= 1 && version <= 3;
}

/* Magic, version and counts. The byte order shows in the version alone: the magic is four single
 * bytes, and big-endian writers leave it as it is. One that swapped it too is read all the same. */
static int read_start(scape_gguf_reader *r) {
    uint8_t magic[4];
    scape_cursor_take(&r->cur, magic, sizeof magic);
    uint32_t little = scape_cursor_u32(&r->cur);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", "version");
    }
    uint32_t big = little >> 24 | (little >> 8 & 0xff00) | (little & 0xff00) << 8 | little << 24;
    bool swapped = magic[0] == 'F';
    r->cur.big_endian = swapped || !known_version(little);
    r->version = r->cur.big_endian ? big : little;
    if (!known_version(r->version)) {
        return scape_job_reject(r->job, "gguf: unknown version");
    }
    r->narrow = r->version == 1;
    r->tensor_count = scape_gguf_size(r);
    r->key_count = scape_gguf_size(r);
    r->alignment = SCAPE_GGUF_ALIGNMENT;
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", "counts");
    }
    return SCAPE_CUT_OK;
}

static int read_name(scape_gguf_reader *r, scape_names *names) {
    uint64_t length = scape_gguf_size(r);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", "tensor name length");
    }
    if (length > SCAPE_GGUF_MAX_NAME) {
        return scape_job_reject(r->job, "gguf: a tensor name is longer than %d bytes",
                                SCAPE_GGUF_MAX_NAME);
    }
    int status = scape_names_add(names, r->job, &r->cur, (size_t)length);
    if (status == SCAPE_CUT_IO) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", "tensor name");
    }
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    size_t n = 0;
    const char *name = scape_names_get(names, names->count - 1, &n);
    if (!scape_utf8_valid(name, n)) {
        return scape_job_reject(r->job, "gguf: a tensor name is not UTF-8 without NUL");
    }
    return SCAPE_CUT_OK;
}

/* The file lists the contiguous dimension first, a region last. */
static int read_dims(scape_gguf_reader *r, gguf_info *info) {
    uint32_t rank = scape_cursor_u32(&r->cur);
    if (rank > SCAPE_GGUF_MAX_DIMS) {
        return scape_job_reject(r->job, "gguf: a tensor has more than %d dimensions",
                                SCAPE_GGUF_MAX_DIMS);
    }
    info->rank = (uint8_t)rank;
    for (uint32_t i = rank; i-- > 0;) {
        info->dims[i] = scape_gguf_size(r);
    }
    uint64_t elements = 0;
    if (!scape_shape_elements(info->dims, info->rank, &elements) || elements > INT64_MAX) {
        return scape_job_reject(r->job, "gguf: the elements of a tensor do not fit 63 bits");
    }
    return SCAPE_CUT_OK;
}

static int set_type(scape_gguf_reader *r, gguf_info *info, uint32_t type) {
    info->row = scape_dtype_find_ggml(type);
    if (info->row == NULL) {
        return SCAPE_CUT_OK;
    }
    switch (scape_shape_bytes(info->row, info->dims, info->rank, &info->bytes)) {
    case SCAPE_SHAPE_OVERFLOW:
        return scape_job_reject(r->job, "gguf: the bytes of a tensor do not fit 64 bits");
    case SCAPE_SHAPE_SPLIT:
        return scape_job_reject(r->job, "gguf: a row is not a whole number of blocks");
    case SCAPE_SHAPE_OK:
        break;
    }
    return SCAPE_CUT_OK;
}

static int read_info(scape_gguf_reader *r, gguf_tensors *t, uint64_t index) {
    gguf_info *info = &t->infos[index];
    memset(info, 0, sizeof *info);
    int status = read_name(r, &t->names);
    if (status == SCAPE_CUT_OK) {
        status = read_dims(r, info);
    }
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    uint32_t type = scape_cursor_u32(&r->cur);
    info->begin = scape_cursor_u64(&r->cur);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return scape_job_cursor_failed(r->job, &r->cur, "gguf", "tensor info");
    }
    return set_type(r, info, type);
}

static int read_infos(scape_gguf_reader *r, gguf_tensors *t) {
    /* An empty name and no dimensions: two lengths, a type, an offset. */
    uint64_t least = scape_gguf_size_bytes(r) + 4 + 4 + 8;
    int status =
        scape_gguf_check_count(r, r->tensor_count, least, SCAPE_CUT_MAX_TENSORS, "tensor infos");
    if (status == SCAPE_CUT_OK) {
        status = scape_names_init(&t->names, r->job, r->tensor_count);
    }
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    t->infos = scape_mem_alloc(&r->job->opt, ((size_t)r->tensor_count + 1) * sizeof *t->infos);
    if (t->infos == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    for (uint64_t i = 0; i < r->tensor_count && status == SCAPE_CUT_OK; i++) {
        status = read_info(r, t, i);
    }
    bool duplicate = false;
    if (status == SCAPE_CUT_OK) {
        status = scape_names_find_duplicate(&t->names, r->job, &duplicate);
    }
    if (status == SCAPE_CUT_OK && duplicate) {
        return scape_job_reject(r->job, "gguf: a tensor name occurs twice");
    }
    return status;
}

/* Where the tensor data begin: the next multiple of the alignment, unless there are no tensors. */
static int find_data(scape_gguf_reader *r, gguf_tensors *t) {
    t->data_start = r->cur.pos;
    if (r->tensor_count == 0) {
        return SCAPE_CUT_OK;
    }
    uint64_t over = t->data_start % r->alignment;
    if (over > 0) {
        t->data_start +=
            r->alignment - over; /* pos <= max_header, which the caller may set to anything */
        if (t->data_start < r->cur.pos) {
            return scape_job_reject(r->job, "gguf: the start of the data does not fit 64 bits");
        }
    }
    if (t->data_start > r->job->src->size) {
        return scape_job_reject(r->job, "gguf: the file ends before the tensor data");
    }
    return SCAPE_CUT_OK;
}

/* Turns the offset of a tensor into one of the file and checks it against the tensor before, which
 * began at *last and ended at *at. A tensor of unknown type counts as having no bytes: where it
 * ends is not known, and its bytes fall to the opaque region up to the next tensor. */
static int place(scape_gguf_reader *r, const gguf_tensors *t, gguf_info *info, uint64_t *last,
                 uint64_t *at) {
    if (info->begin % r->alignment != 0) {
        return scape_job_reject(r->job, "gguf: a tensor offset is not aligned");
    }
    if (info->begin > UINT64_MAX - t->data_start ||
        info->bytes > UINT64_MAX - t->data_start - info->begin) {
        return scape_job_reject(r->job, "gguf: the end of a tensor does not fit 64 bits");
    }
    info->begin += t->data_start;
    if (info->begin < *last) {
        return scape_job_reject(r->job, "gguf: tensor offsets do not increase");
    }
    if (info->begin < *at) {
        return scape_job_reject(r->job, "gguf: tensors overlap");
    }
    if (info->begin + info->bytes > r->job->src->size) {
        return scape_job_reject(r->job, "gguf: a tensor ends behind the end of the file");
    }
    *last = info->begin;
    *at = info->begin + info->bytes;
    return SCAPE_CUT_OK;
}

static int place_tensors(scape_gguf_reader *r, gguf_tensors *t) {
    int status = find_data(r, t);
    uint64_t last = t->data_start;
    uint64_t at = t->data_start;
    for (uint64_t i = 0; i < r->tensor_count && status == SCAPE_CUT_OK; i++) {
        status = place(r, t, &t->infos[i], &last, &at);
    }
    return status;
}

static int emit(scape_gguf_reader *r, const gguf_tensors *t, scape_cut **out) {
    /* The header, and before and behind every tensor something opaque. */
    size_t most = 2 * (size_t)r->tensor_count + 2;
    scape_builder b;
    int status = scape_builder_init(&b, r->job, "gguf", most, t->names.text_len);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    scape_builder_opaque(&b, 0, t->data_start);
    uint64_t at = t->data_start;
    for (size_t i = 0; i < r->tensor_count; i++) {
        const gguf_info *info = &t->infos[i];
        if (info->row == NULL) {
            continue;
        }
        if (info->begin > at) {
            scape_builder_opaque(&b, at, info->begin - at);
        }
        size_t length = 0;
        const char *name = scape_names_get(&t->names, i, &length);
        bool readable = !r->cur.big_endian || info->row->bytewise;
        scape_builder_tensor(&b, info->begin, info->bytes,
                             readable ? info->row->dtype : SCAPE_DT_OPAQUE, info->dims, info->rank,
                             name, length);
        at = info->begin + info->bytes;
    }
    if (r->job->src->size != SCAPE_SIZE_UNKNOWN && r->job->src->size > at) {
        scape_builder_opaque(&b, at, r->job->src->size - at);
    }
    *out = b.cut;
    return SCAPE_CUT_OK;
}

int scape_gguf_cut(scape_job *job, scape_cut **out) {
    scape_gguf_reader r;
    r.job = job;
    scape_cursor_open(&r.cur, job->src, job->opt.max_header);
    gguf_tensors t;
    memset(&t, 0, sizeof t);
    int status = read_start(&r);
    if (status == SCAPE_CUT_OK) {
        status = scape_gguf_walk_pairs(&r);
    }
    if (status == SCAPE_CUT_OK) {
        status = read_infos(&r, &t);
    }
    if (status == SCAPE_CUT_OK) {
        status = place_tensors(&r, &t);
    }
    if (status == SCAPE_CUT_OK) {
        status = emit(&r, &t, out);
    }
    scape_names_free(&t.names, job);
    scape_mem_free(&job->opt, t.infos);
    return status;
}
