/* cut_check.c - see cut_check.h. */
#include "cut_check.h"
#include "dtype.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* ---- Memory ---- */

/* jansson has one allocator for the process. */
static struct {
    uint64_t calls, fail_at;
    bool silent, failed;
} json;

/* jansson 2.14 goes on when the buffer of its token cannot grow, and ends the process by an
 * assertion (load.c, lex_save): what has that buffer's sizes never fails. */
static bool may_fail(size_t n) {
    return n <= 16 || (n & (n - 1)) != 0;
}

static void *json_allocate(size_t n) {
    if (may_fail(n) && ++json.calls == json.fail_at) {
        json.failed = true;
        errno = json.silent ? 0 : ENOMEM;
        return NULL;
    }
    return malloc(n);
}

void fuzz_cut_memory_open(struct fuzz_cut_memory *m, const struct fuzz_input *in) {
    const uint8_t flags = in->tail[0];
    const bool of_json = (flags & FUZZ_CUT_JSON_FAULT) != 0;
    json_set_alloc_funcs(json_allocate, free);
    memset(&json, 0, sizeof json);
    json.silent = in->tail[7] & 1;
    json.fail_at = of_json ? in->tail[4] : 0;
    m->memory = (struct fuzz_memory){.fill = 0xA5, .fail_at = of_json ? 0 : in->tail[4]};
    m->options = (scape_cut_options){.max_header = flags & FUZZ_CUT_SMALL_HEADER ? 512 : 0};
    if (flags & FUZZ_CUT_HUGE) {
        m->options.max_header = UINT64_MAX;
    }
    if (!(flags & FUZZ_CUT_OWN_MEMORY)) {
        m->options.alloc = fuzz_allocate;
        m->options.release = fuzz_release;
        m->options.alloc_ctx = &m->memory;
    }
}

bool fuzz_cut_memory_close(const struct fuzz_cut_memory *m) {
    FUZZ_CHECK(m->memory.live == 0 && m->memory.count == 0);
    return m->memory.failed || json.failed;
}

/* ---- A file ---- */

enum {
    READS_MAX = 1 << 12 /* of a huge file, whose header has no limit: its zeros would never end */
};

/* The input, then zeros up to size: cutters do not look at tensor data. */
struct file {
    const uint8_t *data;
    size_t size;
    uint64_t virtual_size;
    uint64_t calls, fail_at;
    uint8_t how; /* it fails */
    bool failed;
};

static int64_t file_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct file *f = ctx;
    if (++f->calls == f->fail_at) {
        f->failed = true;
        return f->how == 0 ? -1 : f->how == 1 ? (int64_t)n + 1 : 0;
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
        uint32_t block_elements, block_bytes;
        FUZZ_CHECK(row != NULL);
        FUZZ_CHECK(scape_cut_dtype_block(r->dtype, &block_elements, &block_bytes) == 0);
        FUZZ_CHECK(scape_cut_dtype_block(UINT16_MAX, &block_elements, &block_bytes) != 0);
        FUZZ_CHECK(block_elements == row->elements && block_bytes == row->bytes);
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
    struct fuzz_cut_memory memory;
    struct file file = {.data = data, .size = size, .fail_at = in->tail[5], .how = in->tail[7] % 3};
    file.virtual_size =
        size + in->tail[1] + ((uint64_t)in->tail[2] << 8) + ((uint64_t)in->tail[3] << 20);
    if (in->tail[0] & FUZZ_CUT_HUGE) {
        file.virtual_size = SCAPE_SIZE_UNKNOWN - 1;
        file.fail_at = file.fail_at != 0 ? file.fail_at : READS_MAX;
    }
    const scape_source source = {.read_at = file_read_at,
                                 .ctx = &file,
                                 .size = in->tail[0] & FUZZ_CUT_SIZE_UNKNOWN ? SCAPE_SIZE_UNKNOWN
                                                                             : file.virtual_size};
    scape_cut *cut = NULL;
    fuzz_cut_memory_open(&memory, in);
    int status = scape_cut_file(&source, &memory.options, &cut);
    FUZZ_CHECK((status == SCAPE_CUT_OK) == (cut != NULL));
    if (cut) {
        fuzz_cut_check(cut, source.size);
        FUZZ_CHECK(wanted == NULL || strcmp(cut->container, wanted) == 0 ||
                   strcmp(cut->container, "opaque") == 0);
    }
    scape_cut_free(cut);
    const bool failed = fuzz_cut_memory_close(&memory);
    FUZZ_CHECK(status == SCAPE_CUT_OK || (status == SCAPE_CUT_NOMEM && failed) ||
               (status == SCAPE_CUT_IO && file.failed));
}
