/* context.c - clusters and context functions [CTX]. Depends on context.h, kernel.h and
 * stream.h. */
#include "context.h"

#include "kernel.h"
#include "stream.h"

/* A nested stream [CTX-001] of elements below `limit`, in the work's nested buffer `slot`; NULL
 * when the cursor has an error. */
static const uint8_t *read_nested(struct sc_work *w, struct sc_cursor *c, uint32_t slot,
                                  uint32_t width, uint64_t count, uint32_t limit) {
    struct sc_array array;
    if (!sc_stream_nested(w, c, slot, width, count, &array)) {
        return NULL;
    }
    uint8_t greatest = 0;
    for (uint64_t i = 0; i < count; i++) {
        greatest = array.data[i] > greatest ? array.data[i] : greatest;
    }
    sc_cursor_require(c, greatest < limit, SCAPE_ERROR_BAD_CONTEXT);
    return c->error == SCAPE_OK ? array.data : NULL;
}

void sc_context_clusters(struct sc_work *w, struct sc_cursor *c, uint64_t count, uint32_t tables,
                         struct sc_contexts *contexts) { /* [CTX-002] */
    uint32_t log2 = sc_cursor_u8(c);
    bool good = log2 >= SCAPE_REG_CLUSTER_LOG2_MIN && log2 <= SCAPE_REG_CLUSTER_LOG2_MAX;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_LIMIT)) {
        return;
    }
    uint32_t width = 1;
    while ((tables - 1) >> width != 0) {
        width++;
    }
    uint64_t clusters = (count + (UINT64_C(1) << log2) - 1) >> log2;
    const uint8_t *ids = read_nested(w, c, 0, width, clusters, tables);
    if (ids != NULL && tables > 1) {
        contexts->kind = SC_CONTEXT_BLOCKS;
        contexts->blocks = ids;
        contexts->block_log2 = log2;
    }
}

static void read_row_column(struct sc_work *w, struct sc_cursor *c, uint64_t count, uint32_t tables,
                            struct sc_contexts *contexts) { /* [CTX-010] */
    uint64_t columns = sc_cursor_varint(c);
    if (!sc_cursor_require(c, columns >= 1 && columns <= count, SCAPE_ERROR_BAD_CONTEXT)) {
        return;
    }
    uint32_t classes = sc_cursor_u8(c);
    bool good = classes >= 1 && classes <= SCAPE_REG_CLASSES_MAX;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_BAD_CONTEXT)) {
        return;
    }
    contexts->columns = columns;
    contexts->rows = read_nested(w, c, 0, 5, (count + columns - 1) / columns, classes);
    contexts->column_classes = read_nested(w, c, 1, 5, columns, classes);
    const uint8_t *thresholds = sc_cursor_take(c, tables - 1);
    if (c->error != SCAPE_OK) {
        return;
    }
    for (uint32_t i = 1; i + 1 < tables; i++) {
        sc_cursor_require(c, thresholds[i - 1] <= thresholds[i], SCAPE_ERROR_BAD_CONTEXT);
    }
    for (uint32_t sum = 0; sum < sizeof contexts->map; sum++) {
        contexts->map[sum] = 0;
        for (uint32_t i = 0; i + 1 < tables; i++) {
            contexts->map[sum] = (uint8_t)(contexts->map[sum] + (thresholds[i] <= sum));
        }
    }
    contexts->kind = tables > 1 ? SC_CONTEXT_ROWS : SC_CONTEXT_NONE;
}

/* A map of [0, size) to tables, into the work's map memory [CTX-026]; NULL on an error. */
static const uint8_t *read_map(struct sc_work *w, struct sc_cursor *c, uint32_t tables,
                               uint32_t size) {
    enum scape_error error =
        sc_buffer_reserve(w->memory, &w->nested[0], (size_t)1 << SCAPE_REG_CODED_WIDTH_MAX);
    if (!sc_cursor_require(c, error == SCAPE_OK, error)) {
        return NULL;
    }
    uint8_t *map = w->nested[0].data;
    uint32_t filled = 0;
    uint64_t runs = sc_cursor_varint(c);
    sc_cursor_require(c, runs <= SCAPE_REG_MAP_RUNS_MAX, SCAPE_ERROR_BAD_CONTEXT);
    if (c->error == SCAPE_OK && runs == 0) {
        sc_cursor_require(c, tables == size, SCAPE_ERROR_BAD_CONTEXT);
        for (; c->error == SCAPE_OK && filled < size; filled++) {
            map[filled] = (uint8_t)filled;
        }
    }
    for (uint64_t i = 0; i < runs && c->error == SCAPE_OK; i++) {
        uint64_t length = sc_cursor_varint(c);
        bool fits = length >= 1 && length <= size - filled;
        if (!sc_cursor_require(c, fits, SCAPE_ERROR_BAD_CONTEXT)) {
            return NULL;
        }
        uint8_t table = sc_cursor_u8(c);
        if (!sc_cursor_require(c, table < tables, SCAPE_ERROR_BAD_CONTEXT)) {
            return NULL;
        }
        memset(map + filled, table, (size_t)length);
        filled += (uint32_t)length;
    }
    return sc_cursor_require(c, filled == size, SCAPE_ERROR_BAD_CONTEXT) ? map : NULL;
}

/* Room for `count` contexts; NULL on an error. */
static uint8_t *contexts_make(struct sc_work *w, struct sc_cursor *c, uint64_t count,
                              struct sc_contexts *contexts) {
    enum scape_error error = sc_buffer_reserve(w->memory, &w->contexts, (size_t)count);
    if (!sc_cursor_require(c, error == SCAPE_OK, error)) {
        return NULL;
    }
    contexts->kind = SC_CONTEXT_BLOCKS;
    contexts->blocks = w->contexts.data;
    return w->contexts.data;
}

static void read_field_map(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                           uint64_t count, uint32_t tables, struct sc_contexts *contexts) {
    uint32_t number = sc_cursor_u8(c);
    if (!sc_cursor_require(c, number < place->field, SCAPE_ERROR_BAD_CONTEXT)) {
        return;
    }
    const struct scape_reg_field *field = &place->layout->fields[number];
    bool good = field->count == place->layout->fields[place->field].count &&
                field->width <= SCAPE_REG_CODED_WIDTH_MAX;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_BAD_CONTEXT)) {
        return;
    }
    const uint8_t *map = read_map(w, c, tables, 1u << field->width);
    uint8_t *out = map != NULL && tables > 1 ? contexts_make(w, c, count, contexts) : NULL;
    const struct sc_array *values = &place->fields[number];
    if (out != NULL && values->bytes == 1) {
        for (uint64_t i = 0; i < count; i++) {
            out[i] = map[values->data[i]];
        }
    } else if (out != NULL) {
        const uint16_t *wide = (const uint16_t *)(const void *)values->data;
        for (uint64_t i = 0; i < count; i++) {
            out[i] = map[wide[i]];
        }
    }
}

static void read_class_map(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                           uint64_t count, uint32_t tables, struct sc_contexts *contexts) {
    const struct scape_reg_field *field = &place->layout->fields[place->field];
    const struct scape_reg_class *classes = field->classes;
    if (!sc_cursor_require(c, classes != NULL, SCAPE_ERROR_BAD_CONTEXT)) {
        return;
    }
    uint32_t sub = field->count / classes->units; /* a power of two in every row */
    const uint8_t *map = read_map(w, c, tables, classes->count);
    uint8_t *out = map != NULL && tables > 1 ? contexts_make(w, c, count / sub, contexts) : NULL;
    if (out != NULL) {
        w->kernel->class_tables(classes, place->fields, map, out, count / sub);
        contexts->block_log2 = (uint32_t)__builtin_ctz(sub);
    }
}

void sc_context_read(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                     uint64_t count, uint32_t tables, struct sc_contexts *contexts) {
    uint32_t function = sc_cursor_u8(c);
    if (c->error != SCAPE_OK) {
        return;
    }
    if (function == SCAPE_REG_CONTEXT_ROW_COLUMN) {
        read_row_column(w, c, count, tables, contexts);
    } else if (function == SCAPE_REG_CONTEXT_FIELD) {
        read_field_map(w, place, c, count, tables, contexts);
    } else if (function == SCAPE_REG_CONTEXT_BLOCK_CLASS) {
        read_class_map(w, place, c, count, tables, contexts);
    } else {
        sc_cursor_fail(c, SCAPE_ERROR_BAD_CONTEXT);
    }
}
