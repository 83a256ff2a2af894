/* main.c - scape-standard-profile: trains the tables that the specification ships
 * (spec/standard.profile) on the quantised tensors of GGUF files. For each field that is coded by
 * classes it fits up to three sets of tables, each to the chunks that it codes best. Depends on
 * reference/ and containers/. Usage: scape-standard-profile -o PROFILE FILE.gguf... */
#include "checksum.h"
#include "containers.h"
#include "encode_block.h"
#include "file_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETS_MAX = 3,
    ROUNDS = 8,
    SCALE =
        16, /* counts are multiplied by this and every value gets one more, so that none is lost */
    CHUNK_LIMIT = 1 << 22
};

/* What one field of one chunk holds: counts[class << width | value]. */
struct observation {
    uint32_t layout, field, width, classes;
    uint32_t *counts;
    uint32_t set; /* the cluster it is in */
};

struct trainer {
    struct scape_ref_memory memory;
    struct scape_ref_chunk_encoder *encoder;
    struct observation *list;
    size_t count, room;
    FILE *body;
    uint32_t sets;
};

static void fail(const char *what, const char *name) {
    fprintf(stderr, "scape-standard-profile: %s: %s\n", name, what);
    exit(1);
}

static void *grow(void *memory, size_t size) {
    void *p = realloc(memory, size);
    if (p == NULL) {
        fail("out of memory", "training");
    }
    return p;
}

static void observe(struct trainer *t, uint32_t layout, const uint8_t *content, size_t size) {
    if (scape_ref_chunk_split(t->encoder, layout, content, size) != SCAPE_REF_OK) {
        fail("cannot split", "chunk");
    }
    const struct scape_ref_layout *row = scape_ref_layout_find(layout);
    for (uint32_t f = 0; f < row->field_count; f++) {
        struct scape_ref_buffer counts = {0};
        struct observation o = {.layout = layout, .field = f, .width = row->fields[f].width};
        if (scape_ref_block_count(t->encoder, f, &counts, &o.classes) != SCAPE_REF_OK) {
            fail("cannot count", row->name);
        }
        if (o.classes > 0) {
            size_t bytes = ((size_t)o.classes << o.width) * sizeof *o.counts;
            o.counts = grow(NULL, bytes);
            memcpy(o.counts, counts.data, bytes);
            if (t->count == t->room) {
                t->room = 2 * t->room + 64;
                t->list = grow(t->list, t->room * sizeof *t->list);
            }
            t->list[t->count++] = o;
        }
        scape_ref_buffer_release(&t->memory, &counts);
    }
}

static int64_t read_file_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    FILE *f = ctx;
    if (fseeko(f, (off_t)offset, SEEK_SET) != 0) {
        return -1;
    }
    return (int64_t)fread(buffer, 1, n, f);
}

static void observe_file(struct trainer *t, const char *name) {
    FILE *f = fopen(name, "rb");
    if (f == NULL || fseeko(f, 0, SEEK_END) != 0) {
        fail("cannot open", name);
    }
    const scape_source source = {.read_at = read_file_at, .ctx = f, .size = (uint64_t)ftello(f)};
    scape_cut *cut = NULL;
    uint8_t *content = grow(NULL, CHUNK_LIMIT);
    if (scape_cut_file(&source, NULL, &cut) != 0) {
        fail("cannot read", name);
    }
    for (size_t i = 0; i < cut->count; i++) {
        const scape_region *r = &cut->regions[i];
        uint32_t layout = scape_ref_block_layout(r->dtype);
        const struct scape_ref_layout *row = layout == 0 ? NULL : scape_ref_layout_find(layout);
        for (uint64_t at = 0; row != NULL && at < r->length;) {
            size_t n = CHUNK_LIMIT - CHUNK_LIMIT % row->block_bytes;
            n = r->length - at < n ? (size_t)(r->length - at) : n;
            if (read_file_at(f, r->offset + at, content, n) != (int64_t)n) {
                fail("cannot read", name);
            }
            observe(t, layout, content, n);
            at += n;
        }
    }
    scape_cut_free(cut);
    free(content);
    fclose(f);
}

/* Tables fitted to the sum of the observations of a cluster. */
static void fit_set(struct trainer *t, const struct observation *list, size_t n, uint32_t set,
                    struct scape_ref_fit *fit) {
    uint32_t width = list->width;
    size_t cells = (size_t)list->classes << width;
    uint64_t *sum = grow(NULL, cells * sizeof *sum);
    uint32_t *counts = grow(NULL, cells * sizeof *counts);
    uint64_t most = 0;
    memset(sum, 0, cells * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < cells && list[i].set == set; c++) {
            sum[c] += list[i].counts[c];
            most = sum[c] > most ? sum[c] : most;
        }
    }
    uint64_t divisor = 1 + most * SCALE / ((uint64_t)1 << 28);
    for (size_t c = 0; c < cells; c++) {
        counts[c] = (uint32_t)(sum[c] * SCALE / divisor + 1);
    }
    uint32_t p = list->classes > 32 ? 11 : 12;
    if (scape_ref_tables_fit(&t->memory, fit, counts, width, list->classes, p, (uint32_t)1 << p,
                             true) != SCAPE_REF_OK) {
        fail("cannot fit", "tables");
    }
    free(sum);
    free(counts);
}

static uint64_t cost_of(const struct observation *o, const struct scape_ref_fit *fit) {
    uint64_t cost = 0;
    for (uint32_t c = 0; c < o->classes; c++) {
        for (uint32_t v = 0; v < (uint32_t)1 << o->width; v++) {
            uint64_t n = o->counts[((size_t)c << o->width) + v];
            cost += n == 0 ? 0 : n * scape_ref_fit_cost_q8(fit, c, v);
        }
    }
    return cost;
}

/* The observation that its set codes worst, compared with tables of its own. */
static size_t worst(struct trainer *t, const struct observation *list, size_t n,
                    const struct scape_ref_fit *fits) {
    size_t at = 0;
    uint64_t greatest = 0;
    for (size_t i = 0; i < n; i++) {
        struct observation one = list[i];
        struct scape_ref_fit own = {0};
        one.set = 0;
        fit_set(t, &one, 1, 0, &own);
        uint64_t now = cost_of(&list[i], &fits[list[i].set]);
        uint64_t best = cost_of(&list[i], &own);
        if (now > best && now - best > greatest) {
            greatest = now - best;
            at = i;
        }
        scape_ref_buffer_release(&t->memory, &own.memory);
    }
    return at;
}

static void put_varint(FILE *f, uint64_t v) {
    uint8_t bytes[SCAPE_REF_VARINT_MAX];
    fwrite(bytes, 1, scape_ref_store_varint(bytes, v), f);
}

static void put_set(struct trainer *t, const struct observation *o,
                    const struct scape_ref_fit *fit) {
    put_varint(t->body, o->layout);
    put_varint(t->body, o->field);
    fputc((int)o->width, t->body);
    fputc((int)fit->p, t->body);
    fputc((int)(fit->tables - 1), t->body);
    fwrite(fit->bytes, 1, fit->byte_count, t->body);
    t->sets++;
}

/* All observations of one field of one layout: cluster them and write their sets. */
static void train_field(struct trainer *t, struct observation *list, size_t n) {
    struct scape_ref_fit fits[SETS_MAX] = {{0}};
    uint32_t sets = 0;
    for (size_t i = 0; i < n; i++) {
        list[i].set = 0;
    }
    while (sets < SETS_MAX && sets < n) {
        if (sets > 0) {
            list[worst(t, list, n, fits)].set = sets;
        }
        sets++;
        for (int round = 0; round < ROUNDS; round++) {
            for (uint32_t s = 0; s < sets; s++) {
                fit_set(t, list, n, s, &fits[s]);
            }
            for (size_t i = 0; i < n; i++) {
                uint64_t least = UINT64_MAX;
                for (uint32_t s = 0; s < sets; s++) {
                    uint64_t cost = cost_of(&list[i], &fits[s]);
                    list[i].set = cost < least ? s : list[i].set;
                    least = cost < least ? cost : least;
                }
            }
        }
    }
    for (uint32_t s = 0; s < sets; s++) {
        put_set(t, list, &fits[s]);
        scape_ref_buffer_release(&t->memory, &fits[s].memory);
    }
    fprintf(stderr, "%s.%s: %zu chunks, %u sets of %u tables\n",
            scape_ref_layout_find(list->layout)->name,
            scape_ref_layout_find(list->layout)->fields[list->field].name, n, sets, list->classes);
}

static int by_field(const void *a, const void *b) {
    const struct observation *x = a;
    const struct observation *y = b;
    if (x->layout != y->layout) {
        return x->layout < y->layout ? -1 : 1;
    }
    return x->field < y->field ? -1 : x->field > y->field ? 1 : 0;
}

static void put_training(struct trainer *t, const char *name) {
    FILE *f = fopen(name, "rb");
    struct scape_ref_sha256 hash = {0};
    uint8_t bytes[4096];
    uint8_t digest[SCAPE_REF_SHA256_SIZE];
    if (f == NULL || scape_ref_sha256_init(&hash) != SCAPE_REF_OK) {
        fail("cannot open", name);
    }
    size_t n = 0;
    do {
        n = fread(bytes, 1, sizeof bytes, f);
        if (scape_ref_sha256_update(&hash, bytes, n) != SCAPE_REF_OK) {
            fail("cannot hash", name);
        }
    } while (n > 0);
    fclose(f);
    if (scape_ref_sha256_finish(&hash, digest) != SCAPE_REF_OK) {
        fail("cannot hash", name);
    }
    const char *base = strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1;
    fwrite(digest, 1, sizeof digest, t->body);
    put_varint(t->body, strlen(base));
    fwrite(base, 1, strlen(base), t->body);
}

/* [PRF] magic, version, length, body, checksum */
static void put_file(const char *name, const uint8_t *body, size_t size) {
    static const uint8_t magic[8] = {0xD3, 'S', 'C', 'P', 'R', 'O', 0x0D, 0x0A};
    uint8_t *file = grow(NULL, 16 + size + 8);
    memcpy(file, magic, sizeof magic);
    memset(file + 8, 0, 8);
    file[8] = 1;
    scape_ref_store_u32le(file + 12, (uint32_t)size);
    memcpy(file + 16, body, size);
    scape_ref_store_u64le(file + 16 + size, scape_ref_checksum_of(file, 16 + size));
    FILE *f = fopen(name, "wb");
    if (f == NULL || fwrite(file, 1, 24 + size, f) != 24 + size || fclose(f) != 0) {
        fail("cannot write", name);
    }
    free(file);
}

/* The sets of all fields, behind the list of what they were trained on. */
static void train(struct trainer *t, const char *output, char **files, int file_count) {
    char *sets = NULL;
    char *head = NULL;
    size_t sets_size = 0;
    size_t head_size = 0;
    qsort(t->list, t->count, sizeof *t->list, by_field);
    t->body = open_memstream(&sets, &sets_size);
    for (size_t i = 0; i < t->count;) {
        size_t n = 1;
        while (i + n < t->count && by_field(&t->list[i], &t->list[i + n]) == 0) {
            n++;
        }
        train_field(t, &t->list[i], n);
        i += n;
    }
    fclose(t->body);
    t->body = open_memstream(&head, &head_size);
    put_varint(t->body, (uint64_t)file_count);
    for (int i = 0; i < file_count; i++) {
        put_training(t, files[i]);
    }
    put_varint(t->body, t->sets);
    fwrite(sets, 1, sets_size, t->body);
    fclose(t->body);
    put_file(output, (const uint8_t *)head, head_size);
    fprintf(stderr, "%s: %u sets, %zu bytes\n", output, t->sets, head_size + 24);
    free(sets);
    free(head);
}

int main(int argc, char **argv) {
    const struct scape_ref_encode_options options = {0};
    const struct scape_ref_options memory = {0};
    struct trainer t = {0};
    if (argc < 4 || strcmp(argv[1], "-o") != 0) {
        fprintf(stderr, "usage: scape-standard-profile -o PROFILE FILE.gguf...\n");
        return 2;
    }
    scape_ref_memory_init(&t.memory, &memory);
    if (scape_ref_chunk_encoder_open(&t.encoder, &t.memory, &options, CHUNK_LIMIT) !=
        SCAPE_REF_OK) {
        fail("out of memory", "encoder");
    }
    for (int i = 3; i < argc; i++) {
        observe_file(&t, argv[i]);
    }
    train(&t, argv[2], argv + 3, argc - 3);
    for (size_t i = 0; i < t.count; i++) {
        free(t.list[i].counts);
    }
    free(t.list);
    scape_ref_chunk_encoder_close(t.encoder);
    return 0;
}
