/* bench_cut.c - cutting a model file in memory. Depends on bench_cut.h and containers.h. */
#include "bench_cut.h"

#include "containers.h"

#include <stdlib.h>
#include <string.h>

enum {
    BF16 = 11,
    COLUMNS = 512
};

struct content {
    const uint8_t *data;
    size_t size;
};

static int64_t read_content(void *ctx, uint64_t offset, void *to, size_t n) {
    const struct content *content = ctx;
    if (offset >= content->size) {
        return 0;
    }
    size_t left = content->size - (size_t)offset;
    n = n < left ? n : left;
    memcpy(to, content->data + offset, n);
    return (int64_t)n;
}

static struct bench_region *copy_regions(const scape_cut *cut, size_t *count) {
    struct bench_region *regions = calloc(cut->count + 1, sizeof *regions);
    for (size_t i = 0; regions != NULL && i < cut->count; i++) {
        regions[i].length = cut->regions[i].length;
        regions[i].dtype = cut->regions[i].dtype;
        regions[i].rank = cut->regions[i].rank;
        memcpy(regions[i].dims, cut->regions[i].dims, sizeof regions[i].dims);
    }
    *count = cut->count;
    return regions;
}

struct bench_region *bench_cut(const uint8_t *content, size_t size, uint64_t columns,
                               size_t *count) {
    struct content memory = {content, size};
    const scape_source source = {read_content, &memory, size};
    scape_cut *cut = NULL;
    if (columns == 0 && scape_cut_file(&source, NULL, &cut) != SCAPE_CUT_OK) {
        return NULL;
    }
    if (cut == NULL || strcmp(cut->container, "opaque") == 0) {
        uint64_t dims[2] = {0, columns == 0 ? COLUMNS : columns};
        dims[0] = size / 2 / dims[1];
        scape_cut_free(cut);
        cut = NULL;
        if (scape_cut_raw(BF16, dims, 2, 2 * dims[0] * dims[1], NULL, &cut) != SCAPE_CUT_OK) {
            return NULL;
        }
    }
    struct bench_region *regions = copy_regions(cut, count);
    scape_cut_free(cut);
    return regions;
}
