/* encode_plan.c - regions to chunks and to the index. Depends on encode_plan.h. */
#include "encode_plan.h"

static uint32_t block_bytes(uint32_t dtype) {
    for (size_t i = 0; i < scape_reg_dtype_count; i++) {
        if (scape_reg_dtypes[i].id == dtype) {
            return scape_reg_dtypes[i].block_bytes;
        }
    }
    return 1;
}

/* Elements of a row, or 0 where the region has none [CAN-070]. */
static uint64_t row_elements(const struct scape_region *r) {
    uint64_t count = 1;
    for (uint32_t axis = r->rank; axis >= 2;) {
        axis--;
        uint64_t dim = r->dims[axis];
        if (dim == 0 || dim >> 32 != 0 || count >> 32 != 0) {
            return 0;
        }
        count *= dim;
        if (axis <= 1 || count >= 16) {
            return count;
        }
    }
    return 0;
}

static bool region_allowed(const struct scape_region *r) {
    return r->length <= UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX && r->dtype <= UINT16_MAX &&
           r->rank <= SCAPE_REG_RANK_MAX && (r->rank == 0 || r->dims != NULL) &&
           r->name_length <= SCAPE_REG_NAME_MAX &&
           (r->name_length == 0 || (r->name != NULL && memchr(r->name, 0, r->name_length) == NULL));
}

/* Makes the next region with content the present one. */
static void enter_region(struct sc_plan *p) {
    while (p->left == 0 && p->next < p->count) {
        const struct scape_region *r = &p->regions[p->next++];
        uint64_t size = block_bytes(r->dtype), row = row_elements(r);
        uint64_t unit = row > 0 && row <= p->chunk_limit / size ? row * size : size;
        p->left = p->length = r->length;
        p->dtype = r->dtype;
        p->columns = row;
        p->span = p->chunk_limit - p->chunk_limit % unit;
    }
    if (p->left == 0) { /* what the content has beyond the plan */
        p->behind = true;
        p->left = p->length = UINT64_MAX;
        p->dtype = SCAPE_REG_DTYPE_OPAQUE;
        p->columns = 0;
        p->span = p->chunk_limit;
    }
}

enum scape_error sc_plan_open(struct sc_plan *plan, const struct scape_region *regions,
                              size_t count, uint32_t chunk_log2) {
    *plan = (struct sc_plan){
        .regions = regions, .count = count, .chunk_limit = UINT64_C(1) << chunk_log2};
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (!region_allowed(&regions[i])) {
            return SCAPE_ERROR_BAD_ARGUMENT;
        }
        total += regions[i].length;
        if (total > UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX) {
            return SCAPE_ERROR_BAD_ARGUMENT;
        }
    }
    enter_region(plan);
    return SCAPE_OK;
}

size_t sc_plan_next(struct sc_plan *plan, struct sc_piece *piece) {
    piece->dtype = plan->dtype;
    piece->columns = plan->columns;
    piece->region_length = plan->length;
    return (size_t)(plan->left < plan->span ? plan->left : plan->span);
}

void sc_plan_advance(struct sc_plan *plan, size_t n) {
    plan->left -= n;
    if (plan->left == 0) {
        enter_region(plan);
    }
}

uint64_t sc_plan_chunks(const struct sc_plan *opened, uint64_t content_size) {
    struct sc_plan plan = *opened;
    uint64_t chunks = 0, start = 0;
    while (start < content_size) {
        uint64_t n = content_size - start < plan.left ? content_size - start : plan.left;
        chunks += (n + plan.span - 1) / plan.span;
        start += n;
        plan.left = 0;
        enter_region(&plan);
    }
    return chunks;
}

static void put_region(struct sc_out *out, const struct scape_region *r,
                       const struct scape_region *before) {
    size_t shared = 0;
    while (before != NULL && shared < r->name_length && shared < before->name_length &&
           r->name[shared] == before->name[shared]) {
        shared++;
    }
    sc_out_varint(out, r->dtype);
    sc_out_varint(out, r->rank);
    for (uint32_t i = 0; i < r->rank; i++) {
        sc_out_varint(out, r->dims[i]);
    }
    sc_out_varint(out, r->length);
    sc_out_varint(out, shared);
    sc_out_varint(out, r->name_length - shared);
    if (r->name_length > shared) {
        sc_out_bytes(out, r->name + shared, r->name_length - shared);
    }
}

/* Region i as it is listed when `left` bytes of content remain; false if it is not [CAN-012]. */
static bool listed_region(const struct sc_plan *plan, size_t i, uint64_t left,
                          struct scape_region *r) {
    *r = plan->regions[i];
    if (r->length > left) {
        if (left == 0) {
            return false;
        }
        r->length = left;
        r->dtype = SCAPE_REG_DTYPE_OPAQUE;
        r->rank = 0;
    }
    return true;
}

void sc_plan_put(struct sc_out *out, const struct sc_plan *plan, uint64_t content_size) {
    struct scape_region r, before;
    uint64_t count = 0, left = content_size;
    for (size_t i = 0; i < plan->count; i++) {
        if (listed_region(plan, i, left, &r)) {
            count++;
            left -= r.length;
        }
    }
    sc_out_varint(out, count + (left > 0));
    bool first = true;
    uint64_t rest = left;
    left = content_size;
    for (size_t i = 0; i < plan->count; i++) {
        if (listed_region(plan, i, left, &r)) {
            put_region(out, &r, first ? NULL : &before);
            left -= r.length;
            before = r;
            first = false;
        }
    }
    if (rest > 0) {
        r = (struct scape_region){.length = rest};
        put_region(out, &r, NULL);
    }
}
