/* support.c - see support.h. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

void put(bytes *b, const void *data, size_t n) {
    if (b->room - b->n < n) {
        b->room = 2 * b->room + n + 64;
        b->at = realloc(b->at, b->room);
        assert_non_null(b->at);
    }
    if (n > 0) {
        memcpy(b->at + b->n, data, n);
    }
    b->n += n;
}

void put_zeros(bytes *b, size_t n) {
    static const uint8_t zeros[64];
    for (; n > sizeof zeros; n -= sizeof zeros) {
        put(b, zeros, sizeof zeros);
    }
    put(b, zeros, n);
}

void put_number(bytes *b, uint64_t value, size_t width) {
    for (size_t i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (b->big ? width - 1 - i : i));
        put(b, &byte, 1);
    }
}

void bytes_free(bytes *b) {
    free(b->at);
    memset(b, 0, sizeof *b);
}

static int64_t read_memory(void *ctx, uint64_t offset, void *buf, size_t n) {
    memory_file *file = ctx;
    if (file->broken && offset + n > file->broken_from) {
        return -1;
    }
    if (offset + n > file->reach) {
        file->reach = offset + n;
    }
    size_t end = file->shrunk ? file->n - 1 : file->n;
    if (offset >= end) {
        return 0;
    }
    size_t left = end - (size_t)offset;
    size_t got = left < n ? left : n;
    memcpy(buf, file->at + offset, got);
    return (int64_t)got;
}

scape_source memory_source(memory_file *file, bool size_known) {
    scape_source src = {read_memory, file, size_known ? file->n : SCAPE_SIZE_UNKNOWN};
    return src;
}

/* A header in front of each allocation holds its size and keeps the rest aligned. */
typedef union allocation {
    size_t n;
    max_align_t align;
} allocation;

static void *count_alloc(void *ctx, size_t n) {
    counter *c = ctx;
    if (++c->calls == c->fail_at) {
        return NULL;
    }
    assert_true(n > 0);
    allocation *a = malloc(sizeof *a + n);
    assert_non_null(a);
    a->n = n;
    c->live++;
    c->now += n;
    c->peak = c->now > c->peak ? c->now : c->peak;
    return a + 1;
}

static void count_release(void *ctx, void *p) {
    counter *c = ctx;
    allocation *a = (allocation *)p - 1;
    c->live--;
    c->now -= a->n;
    free(a);
}

scape_cut_options counting_options(counter *c) {
    scape_cut_options opt = {0, count_alloc, count_release, c};
    return opt;
}

scape_cut *cut_memory(const uint8_t *at, size_t n, bool size_known, const scape_cut_options *opt) {
    memory_file file = {at, n, 0, false, false, 0};
    scape_source src = memory_source(&file, size_known);
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, opt, &cut), SCAPE_CUT_OK);
    check_cut(cut, src.size);
    return cut;
}

static void check_region_size(const scape_region *r) {
    uint32_t elements = 0;
    uint32_t size = 0;
    assert_int_equal(scape_cut_dtype_block(r->dtype, &elements, &size), 0);
    uint64_t product = 1;
    for (unsigned i = 0; i < r->rank; i++) {
        product *= r->dims[i];
    }
    assert_int_equal(product % elements, 0);
    assert_int_equal(product / elements * size, r->length);
}

void check_cut(const scape_cut *cut, uint64_t size) {
    bool opaque = strcmp(cut->container, "opaque") == 0;
    assert_int_equal(opaque, cut->reason[0] != '\0');
    uint64_t at = 0;
    for (size_t i = 0; i < cut->count; i++) {
        const scape_region *r = &cut->regions[i];
        assert_int_equal(r->offset, at);
        assert_int_equal(strlen(r->name), r->name_len);
        assert_true(r->length > 0 || r->rank > 0 || r->name_len > 0);
        if (r->dtype == 0) {
            assert_int_equal(r->rank, 0);
        } else if (r->length != SCAPE_SIZE_UNKNOWN) {
            check_region_size(r);
        }
        assert_true(r->length <= UINT64_MAX - at);
        at += r->length;
    }
    if (size != SCAPE_SIZE_UNKNOWN || opaque) {
        assert_int_equal(at, size);
    }
}

void assert_reason(const scape_cut *cut, const char *want) {
    if (strcmp(cut->container, "opaque") != 0 || strstr(cut->reason, want) == NULL) {
        fail_msg("have a %s cut, reason \"%s\", want an opaque one, reason \"...%s...\"",
                 cut->container, cut->reason, want);
    }
}

void assert_region(const scape_cut *cut, size_t i, uint64_t offset, uint64_t length, uint16_t dtype,
                   const char *name) {
    if (i >= cut->count) {
        fail_msg("have %zu regions of a %s cut (%s), want more than %zu", cut->count,
                 cut->container, cut->reason, i);
    }
    const scape_region *r = &cut->regions[i];
    if (r->offset != offset || r->length != length || r->dtype != dtype ||
        strcmp(r->name, name) != 0) {
        fail_msg("region %zu: have %llu + %llu, dtype %u, name \"%s\"; want %llu + %llu, dtype %u, "
                 "name \"%s\"",
                 i, (unsigned long long)r->offset, (unsigned long long)r->length,
                 (unsigned)r->dtype, r->name, (unsigned long long)offset,
                 (unsigned long long)length, (unsigned)dtype, name);
    }
}

void assert_dims(const scape_cut *cut, size_t i, unsigned rank, const uint64_t *dims) {
    assert_true(i < cut->count);
    assert_int_equal(cut->regions[i].rank, rank);
    for (unsigned k = 0; k < rank; k++) {
        assert_int_equal(cut->regions[i].dims[k], dims[k]);
    }
}

/* An exact copy on the heap, so that a sanitizer sees every byte read beyond it. */
static void cut_exact(const uint8_t *at, size_t n) {
    uint8_t *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    if (n > 0) {
        memcpy(copy, at, n);
    }
    for (int known = 0; known < 2; known++) {
        counter c = {0, 0, 0, 0, 0};
        scape_cut_options opt = counting_options(&c);
        scape_cut_free(cut_memory(copy, n, known == 1, &opt));
        assert_int_equal(c.live, 0);
        assert_true(c.peak < 100 * n + 65536);
    }
    free(copy);
}

void check_truncations(const bytes *file) {
    for (size_t n = 0; n <= file->n; n++) {
        cut_exact(file->at, n);
    }
}

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* One change: a bit, a byte, a run of bytes set to an edge value, a run taken out or doubled. */
static size_t mutate(uint8_t *at, size_t n, size_t room, uint64_t *state) {
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '[', '{', '0', '9'};
    size_t where = (size_t)(next(state) % n);
    size_t run = (size_t)(next(state) % 8) + 1;
    run = run < n - where ? run : n - where;
    switch (next(state) % 5) {
    case 0:
        at[where] ^= (uint8_t)(1u << next(state) % 8);
        return n;
    case 1:
        at[where] = (uint8_t)next(state);
        return n;
    case 2:
        memset(at + where, edges[next(state) % sizeof edges], run);
        return n;
    case 3:
        memmove(at + where, at + where + run, n - where - run);
        return n - run;
    default:
        if (run > room - n) {
            return n;
        }
        memmove(at + where + run, at + where, n - where);
        return n + run;
    }
}

void check_mutations(const bytes *file, uint64_t seed, unsigned count) {
    uint64_t state = seed;
    size_t room = file->n + 64;
    uint8_t *copy = malloc(room);
    assert_non_null(copy);
    for (unsigned i = 0; i < count; i++) {
        memcpy(copy, file->at, file->n);
        size_t n = file->n;
        for (uint64_t k = next(&state) % 3 + 1; k > 0 && n > 0; k--) {
            n = mutate(copy, n, room, &state);
        }
        cut_exact(copy, n);
    }
    free(copy);
}

void check_allocation_failures(const bytes *file) {
    for (size_t k = 1;; k++) {
        counter c = {0, k, 0, 0, 0};
        scape_cut_options opt = counting_options(&c);
        memory_file memory = {file->at, file->n, 0, false, false, 0};
        scape_source src = memory_source(&memory, true);
        scape_cut *cut = NULL;
        int status = scape_cut_file(&src, &opt, &cut);
        if (c.calls < k) {
            assert_int_equal(status, SCAPE_CUT_OK);
            assert_string_not_equal(cut->container, "opaque");
            scape_cut_free(cut);
            assert_true(k > 2);
            return;
        }
        assert_int_equal(status, SCAPE_CUT_NOMEM);
        assert_null(cut);
        assert_int_equal(c.live, 0);
    }
}

const char *data_path(const char *name) {
    static char path[4096];
    const char *dir = getenv("SCAPE_DATA");
    snprintf(path, sizeof path, "%s/%s", dir != NULL ? dir : SCAPE_DATA_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no real weights at %s\n", path);
        skip();
    } else {
        fclose(file);
    }
    return path;
}

static int64_t read_file(void *ctx, uint64_t offset, void *buf, size_t n) {
    FILE *file = ctx;
    if (fseek(file, (long)offset, SEEK_SET) != 0) {
        return -1;
    }
    return (int64_t)fread(buf, 1, n, file);
}

scape_cut *cut_path(const char *path, uint64_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (uint64_t)ftell(file);
    scape_source src = {read_file, file, *size};
    scape_cut *cut = NULL;
    assert_int_equal(scape_cut_file(&src, NULL, &cut), SCAPE_CUT_OK);
    fclose(file);
    check_cut(cut, *size);
    return cut;
}
