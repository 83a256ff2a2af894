/* fuzz_cut.c - the container cutters over any bytes: regions tile the file, and what they say of
 * themselves is true. Tail: 0 flags (below), 1 to 3 bytes of data behind the input, 4 the n-th
 * allocation fails, 5 the n-th read fails, 6 dtype and 7 rank of a raw cut. */
#include "containers.h"
#include "dtype.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLAG_SIZE_UNKNOWN = 1, /* a pipe */
    FLAG_WRAP = 2,         /* the input is the JSON of a safetensors header, without its length */
    FLAG_SMALL_HEADER = 4, /* little may be looked at */
    FLAG_RAW = 8           /* dims from the input, a raw cut */
};

/* The input, then zeros up to size: cutters do not look at tensor data. */
struct file {
    const uint8_t *data;
    size_t size;
    uint64_t virtual_size;
    uint64_t calls, fail_at;
    bool failed;
};

static int64_t file_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct file *f = ctx;
    if (++f->calls == f->fail_at) {
        f->failed = true;
        return -1;
    }
    if (offset >= f->virtual_size) {
        return 0;
    }
    n = n < f->virtual_size - offset ? n : (size_t)(f->virtual_size - offset);
    memset(buffer, 0, n);
    if (offset < f->size) {
        size_t there = f->size - (size_t)offset;
        memcpy(buffer, f->data + offset, n < there ? n : there);
    }
    return (int64_t)n;
}

static void check_region(const scape_region *r) {
    FUZZ_CHECK(r->rank <= SCAPE_CUT_MAX_RANK);
    FUZZ_CHECK(r->name != NULL && strlen(r->name) == r->name_len);
    FUZZ_CHECK(r->dtype != 0 || r->rank == 0);
    if (r->dtype != 0 && r->length != SCAPE_SIZE_UNKNOWN) {
        const scape_dtype_row *row = scape_dtype_find(r->dtype);
        uint64_t bytes = 0;
        FUZZ_CHECK(row != NULL);
        FUZZ_CHECK(scape_shape_bytes(row, r->dims, r->rank, &bytes) == SCAPE_SHAPE_OK);
        FUZZ_CHECK(bytes == r->length);
    }
}

static void check_cut(const scape_cut *cut, uint64_t size) {
    bool opaque = strcmp(cut->container, "opaque") == 0;
    uint64_t at = 0;
    FUZZ_CHECK(strlen(cut->reason) < SCAPE_CUT_REASON_SIZE);
    for (const char *c = cut->reason; *c != '\0'; c++) {
        FUZZ_CHECK(*c >= 0x20 && *c < 0x7F);
    }
    FUZZ_CHECK(opaque || cut->reason[0] == '\0');
    for (size_t i = 0; i < cut->count; i++) {
        const scape_region *r = &cut->regions[i];
        FUZZ_CHECK(r->offset == at);
        check_region(r);
        if (r->length == SCAPE_SIZE_UNKNOWN) {
            FUZZ_CHECK(size == SCAPE_SIZE_UNKNOWN && i + 1 == cut->count);
            return;
        }
        FUZZ_CHECK(r->length < SCAPE_SIZE_UNKNOWN - at);
        at += r->length;
    }
    FUZZ_CHECK(size == SCAPE_SIZE_UNKNOWN || at == size);
}

static void cut_file(const struct fuzz_input *in, const uint8_t *data, size_t size) {
    struct fuzz_memory memory = {.fill = 0xA5, .fail_at = in->tail[4]};
    struct file file = {.data = data, .size = size, .fail_at = in->tail[5]};
    file.virtual_size =
        size + in->tail[1] + ((uint64_t)in->tail[2] << 8) + ((uint64_t)in->tail[3] << 20);
    const scape_source source = {.read_at = file_read_at,
                                 .ctx = &file,
                                 .size = in->tail[0] & FLAG_SIZE_UNKNOWN ? SCAPE_SIZE_UNKNOWN
                                                                         : file.virtual_size};
    const scape_cut_options options = {.max_header = in->tail[0] & FLAG_SMALL_HEADER ? 512 : 0,
                                       .alloc = fuzz_allocate,
                                       .release = fuzz_release,
                                       .alloc_ctx = &memory};
    scape_cut *cut = NULL;
    int status = scape_cut_file(&source, &options, &cut);
    if (status == SCAPE_CUT_OK) {
        FUZZ_CHECK(cut != NULL);
        check_cut(cut, source.size);
        scape_cut_free(cut);
    } else {
        FUZZ_CHECK(cut == NULL);
        FUZZ_CHECK(status == SCAPE_CUT_NOMEM || status == SCAPE_CUT_IO);
        FUZZ_CHECK(status != SCAPE_CUT_NOMEM || memory.failed);
        FUZZ_CHECK(status != SCAPE_CUT_IO || file.failed);
    }
    FUZZ_CHECK(memory.live == 0 && memory.count == 0);
}

static void cut_raw(const struct fuzz_input *in) {
    struct fuzz_memory memory = {.fill = 0xA5, .fail_at = in->tail[4]};
    const scape_cut_options options = {
        .alloc = fuzz_allocate, .release = fuzz_release, .alloc_ctx = &memory};
    uint64_t values[SCAPE_CUT_MAX_RANK + 1] = {0}; /* the size, then dims */
    memcpy(values, in->data, in->size < sizeof values ? in->size : sizeof values);
    uint64_t size = in->tail[0] & FLAG_SIZE_UNKNOWN ? SCAPE_SIZE_UNKNOWN : values[0];
    scape_cut *cut = NULL;
    int status = scape_cut_raw(in->tail[6], values + 1, in->tail[7] % (SCAPE_CUT_MAX_RANK + 1U),
                               size, &options, &cut);
    FUZZ_CHECK(status == SCAPE_CUT_OK || (status == SCAPE_CUT_NOMEM && memory.failed));
    FUZZ_CHECK((status == SCAPE_CUT_OK) == (cut != NULL));
    if (cut) {
        check_cut(cut, size);
        scape_cut_free(cut);
    }
    FUZZ_CHECK(memory.live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    if (in.tail[0] & FLAG_RAW) {
        cut_raw(&in);
    } else if (in.tail[0] & FLAG_WRAP) {
        uint8_t *file = malloc(in.size + 8);
        FUZZ_CHECK(file != NULL);
        for (unsigned i = 0; i < 8; i++) {
            file[i] = (uint8_t)((uint64_t)in.size >> (8 * i));
        }
        if (in.size != 0) {
            memcpy(file + 8, in.data, in.size);
        }
        cut_file(&in, file, in.size + 8);
        free(file);
    } else {
        cut_file(&in, in.data, in.size);
    }
    return 0;
}
