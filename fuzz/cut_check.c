/* cut_check.c - see cut_check.h. */
#include "cut_check.h"
#include "dtype.h"

#include <string.h>

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

void fuzz_cut_check(const scape_cut *cut, uint64_t size) {
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

void fuzz_cut_file(const struct fuzz_input *in, const uint8_t *data, size_t size,
                   const char *wanted) {
    struct fuzz_memory memory = {.fill = 0xA5, .fail_at = in->tail[4]};
    struct file file = {.data = data, .size = size, .fail_at = in->tail[5]};
    file.virtual_size =
        size + in->tail[1] + ((uint64_t)in->tail[2] << 8) + ((uint64_t)in->tail[3] << 20);
    const scape_source source = {.read_at = file_read_at,
                                 .ctx = &file,
                                 .size = in->tail[0] & FUZZ_CUT_SIZE_UNKNOWN ? SCAPE_SIZE_UNKNOWN
                                                                             : file.virtual_size};
    const scape_cut_options options = {.max_header = in->tail[0] & FUZZ_CUT_SMALL_HEADER ? 512 : 0,
                                       .alloc = fuzz_allocate,
                                       .release = fuzz_release,
                                       .alloc_ctx = &memory};
    scape_cut *cut = NULL;
    int status = scape_cut_file(&source, &options, &cut);
    if (status == SCAPE_CUT_OK) {
        FUZZ_CHECK(cut != NULL);
        fuzz_cut_check(cut, source.size);
        FUZZ_CHECK(wanted == NULL || strcmp(cut->container, wanted) == 0 ||
                   strcmp(cut->container, "opaque") == 0);
        scape_cut_free(cut);
    } else {
        FUZZ_CHECK(cut == NULL);
        FUZZ_CHECK(status == SCAPE_CUT_NOMEM || status == SCAPE_CUT_IO);
        FUZZ_CHECK(status != SCAPE_CUT_NOMEM || memory.failed);
        FUZZ_CHECK(status != SCAPE_CUT_IO || file.failed);
    }
    FUZZ_CHECK(memory.live == 0 && memory.count == 0);
}
