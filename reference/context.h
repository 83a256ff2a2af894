/* context.h - which table codes which element: cluster ids and context functions. Chapter "rANS" of
 * the spec, section 4.5. Depends on rans and stream_work. */
#ifndef SCAPE_REF_CONTEXT_H
#define SCAPE_REF_CONTEXT_H

#include "stream_work.h"

enum {
    SCAPE_REF_CLASS_WIDTH = 5,
    SCAPE_REF_CLASS_SUMS = 2 * SCAPE_REF_CLASSES_MAX
};

enum scape_ref_context_kind {
    SCAPE_REF_CONTEXT_KIND_NONE,       /* one table */
    SCAPE_REF_CONTEXT_KIND_CLUSTER,    /* an id for every 2^cluster_log2 elements */
    SCAPE_REF_CONTEXT_KIND_ROW_COLUMN, /* map[row class + column class] */
    SCAPE_REF_CONTEXT_KIND_FIELD,      /* map[value of another field] */
    SCAPE_REF_CONTEXT_KIND_CLASS       /* map[class of the element's sub-block] */
};

struct scape_ref_context {
    enum scape_ref_context_kind kind;
    uint32_t cluster_log2;
    const uint8_t *ids; /* cluster ids, row classes, or classes of sub-blocks */
    uint32_t unit;      /* elements that share a class */
    uint32_t columns;
    const uint8_t *column_classes;
    const uint8_t *map;
    const struct scape_ref_array *field;
    /* Element i has a symbol if (i & sub_mask) < sub_coded: the others are lifted [RNS-034]. */
    uint32_t sub_mask;
    uint32_t sub_coded;
};

#define SCAPE_REF_NESTED_ANY UINT32_MAX

static inline uint32_t scape_ref_context_at(const struct scape_ref_context *c, uint32_t i) {
    switch (c->kind) {
    case SCAPE_REF_CONTEXT_KIND_CLUSTER: /* [CTX-002] */
        return c->ids[i >> c->cluster_log2];
    case SCAPE_REF_CONTEXT_KIND_ROW_COLUMN: /* [CTX-010] */
        return c->map[c->ids[i / c->columns] + c->column_classes[i % c->columns]];
    case SCAPE_REF_CONTEXT_KIND_FIELD: /* [CTX-020] */
        return c->map[scape_ref_array_get(c->field, i)];
    case SCAPE_REF_CONTEXT_KIND_CLASS: /* [CTX-025] */
        return c->map[c->ids[i / c->unit]];
    default:
        return 0;
    }
}

static inline bool scape_ref_context_codes(const struct scape_ref_context *c, uint32_t i) {
    return (i & c->sub_mask) < c->sub_coded;
}

/* Reads the context part of a rANS stream of count elements (RANS has none, and one table): the
 * number of tables, and what context_at needs, which points into the work memory. SCAPE_REF_LIMIT,
 * SCAPE_REF_BAD_CONTEXT, and what nested streams may end in. */
enum scape_ref_error scape_ref_context_read(struct scape_ref_cursor *c, uint8_t coder,
                                            uint32_t precision, uint32_t count,
                                            const struct scape_ref_stream_place *place,
                                            struct scape_ref_stream_work *work,
                                            uint32_t *table_count, struct scape_ref_context *out);

/* A nested stream [CTX-001]; each element must be below limit, else SCAPE_REF_BAD_CONTEXT. */
enum scape_ref_error scape_ref_nested_read(struct scape_ref_cursor *c, uint32_t limit,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_array *out);

#endif
