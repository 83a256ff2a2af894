/* plan_cut.c - the regions that a cutter finds in a plan's content. See plan.h; apart from plan.c
 * because the cutters and libscape both have a type named scape_region. */
#include "containers.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>

struct fuzz_plan_cut {
    scape_cut *cut;
    struct scape_ref_plan_region *regions;
};

static int64_t read_plan(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct fuzz_plan *p = ctx;
    size_t left = offset < p->size ? p->size - (size_t)offset : 0;
    n = n < left ? n : left;
    if (n != 0) {
        memcpy(buffer, p->content + offset, n);
    }
    return (int64_t)n;
}

struct fuzz_plan_cut *fuzz_plan_cut(struct fuzz_plan *p) {
    const scape_source source = {.read_at = read_plan, .ctx = p, .size = p->size};
    struct fuzz_plan_cut *c = calloc(1, sizeof *c);
    FUZZ_CHECK(c != NULL && scape_cut_file(&source, NULL, &c->cut) == SCAPE_CUT_OK);
    c->regions = calloc(c->cut->count + 1, sizeof *c->regions);
    FUZZ_CHECK(c->regions != NULL);
    for (size_t i = 0; i < c->cut->count; i++) {
        const scape_region *from = &c->cut->regions[i];
        c->regions[i] = (struct scape_ref_plan_region){.length = from->length,
                                                       .dtype = from->dtype,
                                                       .rank = from->rank,
                                                       .name = from->name,
                                                       .name_len = from->name_len};
        memcpy(c->regions[i].dims, from->dims, sizeof from->dims);
    }
    p->options.regions = c->regions;
    p->options.region_count = c->cut->count;
    return c;
}

void fuzz_plan_uncut(struct fuzz_plan_cut *c) {
    if (c) {
        scape_cut_free(c->cut);
        free(c->regions);
        free(c);
    }
}
