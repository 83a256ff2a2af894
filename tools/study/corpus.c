/* corpus.c - see corpus.h. */
#include "corpus.h"

#include "archive_file.h"
#include "checksum.h"
#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DTYPE_GGML = 64, /* the first number of the registry that is a block type */
    HASH_STEP = 1 << 16
};

char *study_text_copy(const char *text, size_t n) {
    char *copy = malloc(n + 1);
    if (copy != NULL) {
        memcpy(copy, text, n);
        copy[n] = 0;
    }
    return copy;
}

bool study_is_ggml(uint16_t dtype) {
    return dtype >= DTYPE_GGML;
}

/* ---- Names of models ---- */

static bool ends_in(const char *text, size_t n, const char *end) {
    size_t size = strlen(end);
    return n > size && strncasecmp(text + n - size, end, size) == 0;
}

/* "bf16", "Q4_K_M", "IQ2_XXS": what a file's name says of its type. */
static bool is_type(const char *text, size_t n) {
    static const char *const words[] = {"bf16", "f16",   "fp16",  "f32", "fp32",  "f64",  "fp8",
                                        "int8", "mxfp4", "nvfp4", "zoo", "tq1_0", "tq2_0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == n && strncasecmp(words[i], text, n) == 0) {
            return true;
        }
    }
    size_t at = n > 0 && (text[0] == 'i' || text[0] == 'I') ? 1 : 0;
    return at + 1 < n && (text[at] == 'q' || text[at] == 'Q') &&
           isdigit((unsigned char)text[at + 1]) != 0;
}

/* Without "-00001-of-00003". */
static size_t strip_shard(const char *name, size_t n) {
    static const size_t size = sizeof "-00001-of-00003" - 1;
    if (n <= size || memcmp(name + n - 9, "-of-", 4) != 0 || name[n - size] != '-') {
        return n;
    }
    for (size_t i = 1; i < size; i++) {
        bool digit = isdigit((unsigned char)name[n - size + i]) != 0;
        if (!digit && (i < 6 || i > 9)) {
            return n;
        }
    }
    return n - size;
}

static size_t strip_type(const char *name, size_t n) {
    size_t at = n;
    while (at > 0 && strchr("-.", name[at - 1]) == NULL) {
        at--;
    }
    return at > 1 && is_type(name + at, n - at) ? at - 1 : n;
}

static bool is_nameless(const char *name, size_t n) {
    static const char *const words[] = {"model", "pytorch_model", "consolidated",
                                        "diffusion_pytorch_model", "weights"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == n && memcmp(words[i], name, n) == 0) {
            return true;
        }
    }
    return n == 0;
}

char *study_model_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t n = strlen(name);
    n -= ends_in(name, n, ".safetensors") ? 12 : ends_in(name, n, ".gguf") ? 5 : 0;
    n = strip_shard(name, n);
    n = strip_type(name, n);
    if (!is_nameless(name, n) || slash == NULL || slash == path) {
        return study_text_copy(name, n);
    }
    const char *start = slash;
    while (start > path && start[-1] != '/') {
        start--;
    }
    return study_text_copy(start, (size_t)(slash - start));
}

/* ---- Files ---- */

static int64_t read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const int *fd = ctx;
    return cli_pread(*fd, offset, buffer, n);
}

static void cut_file(struct study_file *f) {
    struct stat status;
    int fd = open(f->path, O_RDONLY);
    f->problem = "cannot be opened";
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        f->size = (uint64_t)status.st_size;
        const struct scape_source source = {read_at, &fd, f->size};
        int code = scape_cut_file(&source, NULL, &f->cut);
        f->problem = code == SCAPE_CUT_OK      ? ""
                     : code == SCAPE_CUT_NOMEM ? "out of memory"
                                               : "cannot be read";
    } else {
        f->problem = "is no regular file";
    }
    (void)close(fd);
}

static bool add_file(struct study_corpus *c, const char *path, const char *model) {
    if (c->count == c->capacity) {
        size_t capacity = c->capacity == 0 ? 16 : 2 * c->capacity;
        struct study_file *files = realloc(c->files, capacity * sizeof *files);
        if (files == NULL) {
            return false;
        }
        c->files = files;
        c->capacity = capacity;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct study_file *f = &c->files[c->count++];
    *f = (struct study_file){.path = study_text_copy(path, strlen(path)),
                             .name = study_text_copy(name, strlen(name)),
                             .model = model != NULL ? study_text_copy(model, strlen(model))
                                                    : study_model_name(path)};
    if (f->path == NULL || f->name == NULL || f->model == NULL) {
        return false;
    }
    cut_file(f);
    return true;
}

/* "MODEL=PATH", unless a file has that whole name. */
static const char *split_model(const char *input, char **model) {
    const char *equals = strchr(input, '=');
    *model = NULL;
    if (equals == NULL || equals == input || access(input, F_OK) == 0 ||
        memchr(input, '/', (size_t)(equals - input)) != NULL) {
        return input;
    }
    *model = study_text_copy(input, (size_t)(equals - input));
    return equals + 1;
}

static bool add_input(struct study_corpus *c, const char *input) {
    struct scape_file_list *list = NULL;
    char *model;
    const char *path = split_model(input, &model);
    int code = scape_files_list(path, NULL, &list);
    bool good = code == SCAPE_CUT_OK;
    if (!good) {
        study_error("%s: %s", path, code == SCAPE_CUT_IO ? strerror(errno) : "out of memory");
    } else if (list->count == 0) {
        study_error("%s: holds no model files (.safetensors, .gguf)", path);
        good = false;
    }
    for (size_t i = 0; good && i < list->count; i++) {
        good = add_file(c, list->paths[i], model);
        if (!good) {
            study_error("out of memory");
        }
    }
    scape_files_free(list);
    free(model);
    return good;
}

/* The folder of the first input. */
static char *corpus_name(const struct study_options *o) {
    if (o->corpus != NULL) {
        return study_text_copy(o->corpus, strlen(o->corpus));
    }
    char *model;
    const char *path = split_model(o->inputs.at[0], &model);
    free(model);
    size_t end = strlen(path);
    struct stat status;
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
        while (end > 0 && path[end - 1] != '/') {
            end--;
        }
        end -= end > 1 ? 1 : 0;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    return end > start ? study_text_copy(path + start, end - start) : study_text_copy(".", 1);
}

bool study_corpus_open(struct study_corpus *c, const struct study_options *o) {
    *c = (struct study_corpus){.name = corpus_name(o)};
    bool good = c->name != NULL;
    for (size_t i = 0; i < o->inputs.count && good; i++) {
        good = add_input(c, o->inputs.at[i]);
    }
    if (!good) {
        study_corpus_close(c);
    }
    return good;
}

void study_corpus_close(struct study_corpus *c) {
    for (size_t i = 0; i < c->count; i++) {
        free(c->files[i].path);
        free(c->files[i].name);
        free(c->files[i].model);
        scape_cut_free(c->files[i].cut);
    }
    free(c->files);
    free(c->name);
    *c = (struct study_corpus){NULL, NULL, 0, 0};
}

bool study_file_hash(struct study_file *f) {
    struct scape_ref_sha256 hash;
    unsigned char *buffer = malloc(HASH_STEP);
    int fd = f->hashed ? -1 : open(f->path, O_RDONLY);
    bool good = fd >= 0 && buffer != NULL && scape_ref_sha256_init(&hash) == SCAPE_REF_OK;
    if (good) {
        int64_t got = HASH_STEP;
        for (uint64_t at = 0; got == HASH_STEP && good; at += HASH_STEP) {
            got = read_at(&fd, at, buffer, HASH_STEP);
            good = got >= 0 && scape_ref_sha256_update(&hash, buffer, (size_t)got) == SCAPE_REF_OK;
        }
        if (good) {
            good = scape_ref_sha256_finish(&hash, f->sha256) == SCAPE_REF_OK;
        } else {
            scape_ref_sha256_free(&hash);
        }
    }
    if (good) {
        cli_hex_text(f->sha256, sizeof f->sha256, f->sha256_text);
        f->hashed = true;
    }
    free(buffer);
    if (fd >= 0) {
        (void)close(fd);
    }
    return f->hashed;
}

/* ---- Items ---- */

uint64_t study_region_elements(const struct scape_region *r) {
    uint32_t elements, bytes;
    if (scape_cut_dtype_block(r->dtype, &elements, &bytes) != 0) {
        return 0;
    }
    return r->length / bytes * elements;
}

static bool add_item(struct study_items *items, const struct study_item *item) {
    if (items->count == items->capacity) {
        size_t capacity = items->capacity == 0 ? 64 : 2 * items->capacity;
        struct study_item *at = realloc(items->at, capacity * sizeof *at);
        if (at == NULL) {
            return false;
        }
        items->at = at;
        items->capacity = capacity;
    }
    items->at[items->count++] = *item;
    return true;
}

bool study_items_list(struct study_items *items, struct study_corpus *c, bool tensors, bool files,
                      uint64_t least) {
    bool good = true;
    *items = (struct study_items){NULL, 0, 0};
    for (size_t i = 0; i < c->count && good; i++) {
        struct study_file *f = &c->files[i];
        const struct study_item whole = {f, NULL, 0, f->size};
        if (files || f->cut == NULL) {
            good = add_item(items, &whole);
        }
        for (size_t k = 0; tensors && f->cut != NULL && k < f->cut->count && good; k++) {
            const struct scape_region *r = &f->cut->regions[k];
            const struct study_item item = {f, r, study_region_elements(r), r->length};
            if (r->dtype != 0 && r->length != 0 && item.elements >= least) {
                good = add_item(items, &item);
            }
        }
    }
    if (!good) {
        study_items_free(items);
    }
    return good;
}

void study_items_free(struct study_items *items) {
    free(items->at);
    *items = (struct study_items){NULL, 0, 0};
}

bool study_item_read(const struct study_item *item, struct codec_memory *out, const char **reason) {
    const struct scape_region *r = item->region;
    uint64_t offset = r != NULL ? r->offset : 0;
    *out = (struct codec_memory){NULL, 0};
    *reason = "out of memory";
    if (item->file->cut == NULL) {
        *reason = item->file->problem;
        return false;
    }
    if (item->bytes >= SIZE_MAX / 4) {
        return false;
    }
    size_t size = (size_t)item->bytes;
    void *data = malloc(size + 1);
    int fd = data != NULL ? open(item->file->path, O_RDONLY) : -1;
    bool good = data != NULL;
    if (good && (fd < 0 || read_at(&fd, offset, data, size) != (int64_t)size)) {
        *reason = "cannot be read, or ends early";
        good = false;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (good) {
        *out = (struct codec_memory){data, size};
    } else {
        free(data);
    }
    return good;
}

/* ---- Parts ---- */

struct placed {
    uint64_t bytes;
    size_t index;
    const struct study_item *item;
};

/* Larger first; then by what the content is called, never by the order of the arguments. */
static int compare_placed(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->bytes != y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    int order = strcmp(x->item->file->name, y->item->file->name);
    if (order == 0) {
        const char *left = x->item->region != NULL ? x->item->region->name : "";
        const char *right = y->item->region != NULL ? y->item->region->name : "";
        order = strcmp(left, right);
    }
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index ? 1 : 0;
}

bool study_items_shard(struct study_items *items, uint64_t shard, uint64_t shards) {
    if (shards <= 1) {
        return true;
    }
    struct placed *order = calloc(items->count + 1, sizeof *order);
    bool *mine = calloc(items->count + 1, sizeof *mine);
    uint64_t *load = shards < SIZE_MAX / 16 ? calloc((size_t)shards, sizeof *load) : NULL;
    bool good = order != NULL && mine != NULL && load != NULL;
    for (size_t i = 0; i < items->count && good; i++) {
        order[i] = (struct placed){items->at[i].bytes, i, &items->at[i]};
    }
    if (good) {
        qsort(order, items->count, sizeof *order, compare_placed);
        for (size_t i = 0; i < items->count; i++) {
            size_t least = 0;
            for (size_t k = 1; k < shards; k++) {
                least = load[k] < load[least] ? k : least;
            }
            load[least] += order[i].bytes + 1;
            mine[order[i].index] = least == shard;
        }
        size_t kept = 0;
        for (size_t i = 0; i < items->count; i++) {
            if (mine[i]) {
                items->at[kept++] = items->at[i];
            }
        }
        items->count = kept;
    }
    free(order);
    free(mine);
    free(load);
    return good;
}
