/* encode_block.c - the choice for quantised blocks [CAN]: which fields are lifted, how their tables
 * follow the classes of scales, and whether standard tables beat the chunk's own. Depends on
 * encode_block.h and block_class.h. */
#include "encode_block.h"
#include "block_class.h"

#include <string.h>

enum {
    P_MANY = 11, /* table precision for more than 32 tables, and for 32 or fewer */
    P_FEW = 12,
    CLASSES_LIMIT = 64
};

/* What is known of a field of a layout: how it is lifted, and what chooses its tables: the layout's
 * class function, or the value of another field (by). Fields that are not listed are coded by the
 * smallest coder. */
struct block_field {
    uint16_t layout;
    const char *name;
    uint8_t sub_log2, lifts;
    struct scape_ref_lift_rule rules[SCAPE_REF_LIFTS_MAX];
    const char *by;
};

#define MIN_MAX                                                                                    \
    {                                                                                              \
        {SCAPE_REF_LIFT_MIN, 0}, {                                                                 \
            SCAPE_REF_LIFT_MAX, 0                                                                  \
        }                                                                                          \
    }
static const struct block_field block_fields[] = {
    {SCAPE_REF_LAYOUT_GGML_Q4_0, "q", 5, 1, {{SCAPE_REF_LIFT_ABS, 16}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q4_1, "q", 5, 2, MIN_MAX, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q5_0, "q", 5, 1, {{SCAPE_REF_LIFT_ABS, 32}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q5_1, "q", 5, 2, MIN_MAX, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q8_0, "q", 5, 1, {{SCAPE_REF_LIFT_SIGNED, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q8_1, "q", 5, 1, {{SCAPE_REF_LIFT_SIGNED, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q2_K, "q", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q3_K, "sc", 4, 1, {{SCAPE_REF_LIFT_ABS, 64}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q3_K, "q", 4, 1, {{SCAPE_REF_LIFT_ABS, 8}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q4_K, "sc", 3, 1, {{SCAPE_REF_LIFT_MAX, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q4_K, "m", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q4_K, "q", 5, 1, {{SCAPE_REF_LIFT_MIN, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q5_K, "sc", 3, 1, {{SCAPE_REF_LIFT_MAX, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q5_K, "m", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q5_K, "q", 5, 2, MIN_MAX, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q6_K, "sc", 4, 1, {{SCAPE_REF_LIFT_SIGNED, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q6_K, "q", 4, 1, {{SCAPE_REF_LIFT_ABS, 64}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q8_K, "q", 8, 1, {{SCAPE_REF_LIFT_SIGNED, 0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_IQ4_NL, "q", 5, 1, {{SCAPE_REF_LIFT_ABS, 15}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_IQ4_XS, "sc", 3, 1, {{SCAPE_REF_LIFT_ABS, 64}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_IQ4_XS, "q", 5, 1, {{SCAPE_REF_LIFT_ABS, 15}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_MXFP4, "q", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_NVFP4, "q", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_TQ2_0, "q", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_Q2_0, "q", 0, 0, {{0}}, NULL},
    {SCAPE_REF_LAYOUT_GGML_IQ1_S, "idx", 0, 0, {{0}}, "idx_hi"},
    {SCAPE_REF_LAYOUT_GGML_IQ1_M, "idx", 0, 0, {{0}}, "idx_hi"},
    {SCAPE_REF_LAYOUT_GGML_IQ2_XS, "idx", 0, 0, {{0}}, "idx_hi"},
    {SCAPE_REF_LAYOUT_GGML_IQ2_S, "idx", 0, 0, {{0}}, "idx_hi"},
    {SCAPE_REF_LAYOUT_GGML_IQ3_S, "idx", 0, 0, {{0}}, "idx_hi"},
};

static const struct block_field *find_field(const struct scape_ref_layout *layout, uint32_t field) {
    for (size_t i = 0; i < sizeof block_fields / sizeof *block_fields; i++) {
        if (block_fields[i].layout == layout->id &&
            strcmp(block_fields[i].name, layout->fields[field].name) == 0) {
            return &block_fields[i];
        }
    }
    return NULL;
}

/* One field being coded: its elements, their classes, and the counts of each class. */
struct block_work {
    struct scape_ref_chunk_encoder *e;
    const struct scape_ref_array *array; /* what is coded: lifted or not */
    struct scape_ref_table_plan plan;    /* its map, tables and kind vary */
    enum scape_ref_table_choice kind;    /* with more than one table: BY_CLASS or BY_FIELD */
    uint8_t map[CLASSES_LIMIT];
    struct scape_ref_buffer classes;
    struct scape_ref_buffer counts; /* uint32_t[class_count << width] */
    struct scape_ref_buffer merged; /* the same, by table */
    /* the best so far */
    uint64_t estimate;
    uint8_t best_map[CLASSES_LIMIT];
    uint32_t best_tables;
    struct scape_ref_encode_tables best;
    struct scape_ref_fit fit;
};

/* The classes of a field's elements by the layout's function; one class where it has none. */
static enum scape_ref_error make_classes(struct block_work *w, uint32_t field) {
    const struct scape_ref_layout *layout = w->e->layout;
    uint64_t blocks = w->array->count / layout->fields[field].count;
    const struct scape_ref_class *function = layout->fields[field].classes;
    uint32_t per_block = function != NULL ? function->units : 1;
    uint32_t count = function != NULL ? function->count : 1;
    enum scape_ref_error err =
        scape_ref_buffer_reserve(w->e->memory, &w->classes, blocks * per_block, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    if (count > 1) {
        scape_ref_block_classes(layout, field, w->e->fields, blocks, w->classes.data);
    } else {
        memset(w->classes.data, 0, (size_t)(blocks * per_block));
    }
    w->kind = SCAPE_REF_TABLE_BY_CLASS;
    w->plan.class_count = count > 1 ? count : 1;
    w->plan.elements_per_class = layout->fields[field].count / per_block;
    w->plan.classes_of = w->classes.data;
    return SCAPE_REF_OK;
}

static uint32_t field_named(const struct scape_ref_layout *layout, const char *name) {
    uint32_t f = 0;
    while (strcmp(layout->fields[f].name, name) != 0) {
        f++;
    }
    return f;
}

static enum scape_ref_error count_classes(struct block_work *w, uint32_t field, const char *by) {
    enum scape_ref_error err = SCAPE_REF_OK;
    if (by != NULL) {
        w->kind = SCAPE_REF_TABLE_BY_FIELD;
        w->plan.field = field_named(w->e->layout, by);
        w->plan.by = &w->e->fields[w->plan.field];
        w->plan.class_count = (uint32_t)1 << w->plan.by->width;
    } else {
        err = make_classes(w, field);
    }
    w->plan.kind = w->kind;
    w->plan.map = w->map;
    w->plan.tables = w->plan.class_count;
    for (uint32_t c = 0; c < w->plan.class_count; c++) {
        w->map[c] = (uint8_t)c;
    }
    uint64_t cells = ((uint64_t)w->plan.class_count << w->array->width) * sizeof(uint32_t);
    if (err == SCAPE_REF_OK) {
        err = scape_ref_buffer_reserve(w->e->memory, &w->counts, cells, 0);
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_buffer_reserve(w->e->memory, &w->merged, cells, 0);
    }
    return err == SCAPE_REF_OK
               ? scape_ref_table_plan_count(w->e->memory, w->array, &w->plan, w->counts.data)
               : err;
}

/* 2^shift neighbouring classes share a table; classes that do not occur join the table before. */
static void merge(struct block_work *w, uint32_t shift) {
    const uint32_t *counts = w->counts.data;
    uint32_t *merged = w->merged.data;
    uint32_t values = (uint32_t)1 << w->array->width;
    uint32_t tables = 0;
    uint32_t group = UINT32_MAX;
    memset(merged, 0, ((size_t)w->plan.class_count << w->array->width) * sizeof *merged);
    for (uint32_t c = 0; c < w->plan.class_count; c++) {
        uint64_t total = 0;
        for (uint32_t v = 0; v < values; v++) {
            total += counts[((size_t)c << w->array->width) + v];
        }
        if (total > 0 && c >> shift != group) {
            group = c >> shift;
            tables++;
        }
        uint32_t table = tables > 0 ? tables - 1 : 0;
        w->map[c] = (uint8_t)table;
        for (uint32_t v = 0; v < values; v++) {
            merged[((size_t)table << w->array->width) + v] +=
                counts[((size_t)c << w->array->width) + v];
        }
    }
    w->plan.tables = tables;
    w->plan.kind = tables > 1 ? w->kind : SCAPE_REF_TABLE_ONE;
}

static enum scape_ref_error plan_bytes(struct block_work *w, uint64_t *bytes) {
    struct scape_ref_sink measure = {0};
    enum scape_ref_error err = scape_ref_encode_plan(w->e->memory, &measure, &w->plan);
    *bytes = measure.size;
    return err;
}

static void keep(struct block_work *w, uint64_t estimate, struct scape_ref_fit *fit,
                 unsigned source, uint64_t set) {
    struct scape_ref_fit old = w->fit;
    w->estimate = estimate;
    w->fit = *fit;
    *fit = old;
    memcpy(w->best_map, w->map, sizeof w->map);
    w->best_tables = w->plan.tables;
    w->best = (struct scape_ref_encode_tables){.fit = &w->fit, .source = source, .set = set};
}

static enum scape_ref_error consider_own(struct block_work *w, uint32_t shift) {
    struct scape_ref_fit fit = {0};
    uint64_t side = 0;
    merge(w, shift);
    uint32_t p = w->plan.tables > 32 ? P_MANY : P_FEW;
    enum scape_ref_error err =
        scape_ref_tables_fit(w->e->memory, &fit, w->merged.data, w->array->width, w->plan.tables, p,
                             (uint32_t)1 << p, true);
    if (err == SCAPE_REF_OK) {
        err = plan_bytes(w, &side);
    }
    uint64_t estimate = scape_ref_rans_estimate(&fit, w->array->count) + side;
    if (err == SCAPE_REF_OK && estimate < w->estimate) {
        keep(w, estimate, &fit, SCAPE_REF_TABLES_INLINE, 0);
    }
    scape_ref_buffer_release(w->e->memory, &fit.memory);
    return err;
}

/* A set of the standard profile, whose tables are the classes one to one. */
static enum scape_ref_error consider_standard(struct block_work *w, uint32_t set) {
    struct scape_ref_fit fit = {0};
    const struct scape_ref_profile_set *s = &w->e->standard.sets[set];
    uint64_t side = 0;
    const uint32_t *counts = w->counts.data;
    enum scape_ref_error err = scape_ref_profile_tables(&w->e->standard, set, 0, s->precision,
                                                        s->count, s->width, &w->e->tables);
    if (err == SCAPE_REF_OK) {
        err = scape_ref_fit_from_tables(w->e->memory, &fit, &w->e->tables, s->width);
    }
    merge(w, 0);
    for (uint32_t c = 0; c < w->plan.class_count; c++) {
        w->map[c] = (uint8_t)c;
        for (uint32_t v = 0; err == SCAPE_REF_OK && v < (uint32_t)1 << w->array->width; v++) {
            uint64_t count = counts[((size_t)c << w->array->width) + v];
            fit.cost_q8 += count == 0 ? 0 : count * scape_ref_fit_cost_q8(&fit, c, v);
        }
    }
    w->plan.tables = w->plan.class_count;
    w->plan.kind = w->plan.tables > 1 ? w->kind : SCAPE_REF_TABLE_ONE;
    if (err == SCAPE_REF_OK) {
        err = plan_bytes(w, &side);
    }
    fit.byte_count = 2; /* set number and shift */
    uint64_t estimate = scape_ref_rans_estimate(&fit, w->array->count) + side;
    if (err == SCAPE_REF_OK && estimate < w->estimate) {
        keep(w, estimate, &fit, SCAPE_REF_TABLES_STANDARD, set);
    }
    scape_ref_buffer_release(w->e->memory, &fit.memory);
    return err;
}

/* The sets that were trained for this field, or for one whose values behave alike: those that name
 * the layout whose family it belongs to. */
static bool set_fits(const struct block_work *w, const struct scape_ref_profile_set *s,
                     uint32_t field) {
    uint32_t layout = w->e->layout->id == SCAPE_REF_LAYOUT_GGML_IQ4_XS
                          ? SCAPE_REF_LAYOUT_GGML_IQ4_NL
                      : w->e->layout->id == SCAPE_REF_LAYOUT_GGML_Q8_1 ? SCAPE_REF_LAYOUT_GGML_Q8_0
                                                                       : w->e->layout->id;
    const struct scape_ref_layout *trained = scape_ref_layout_find((uint32_t)s->layout);
    return s->layout == layout && s->width == w->array->width && s->count == w->plan.class_count &&
           s->field < trained->field_count &&
           strcmp(trained->fields[s->field].name, w->e->layout->fields[field].name) == 0;
}

/* Own tables for every class, for pairs of classes and so on to one table for all; and the standard
 * ones. */
static enum scape_ref_error choose_tables(struct block_work *w, uint32_t field) {
    enum scape_ref_error err = SCAPE_REF_OK;
    w->estimate = UINT64_MAX;
    for (uint32_t shift = 0; err == SCAPE_REF_OK; shift++) {
        err = consider_own(w, shift);
        if (w->plan.class_count >> shift <= 1) {
            break;
        }
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_method_standard(w->e);
    }
    for (uint32_t i = 0; i < w->e->standard.count && err == SCAPE_REF_OK; i++) {
        if (set_fits(w, &w->e->standard.sets[i], field)) {
            err = consider_standard(w, i);
        }
    }
    w->plan.tables = w->best_tables;
    w->plan.kind = w->best_tables > 1 ? w->kind : SCAPE_REF_TABLE_ONE;
    memcpy(w->map, w->best_map, sizeof w->map);
    return err;
}

/* The coder byte of LIFT and what it lifts; nothing where no element is lifted. */
static enum scape_ref_error put_head(struct block_work *w, struct scape_ref_sink *s,
                                     const struct scape_ref_lifted *lifted) {
    const struct scape_ref_coder_choice side = {.p = 8, .max_symbols = 64};
    enum scape_ref_error err = SCAPE_REF_OK;
    if (lifted->lifts > 0) {
        scape_ref_sink_u8(s, SCAPE_REF_CODER_LIFT);
        scape_ref_sink_u8(s, (uint8_t)lifted->sub_log2);
        scape_ref_sink_u8(s, (uint8_t)lifted->lifts);
    }
    for (uint32_t i = 0; i < lifted->lifts && err == SCAPE_REF_OK; i++) {
        err = scape_ref_encode_smallest(w->e->memory, s, &lifted->positions[i], &side);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_encode_smallest(w->e->memory, s, &lifted->values[i], &side);
        }
    }
    return err;
}

/* The field with its extremes lifted, and counted by class. */
static enum scape_ref_error prepare(struct block_work *w, uint32_t field,
                                    const struct block_field *known,
                                    struct scape_ref_lifted *lifted) {
    enum scape_ref_error err = SCAPE_REF_OK;
    w->array = &w->e->fields[field];
    if (known->lifts > 0) {
        err = scape_ref_lift(w->e->memory, lifted, w->array, known->sub_log2, known->rules,
                             known->lifts);
        w->array = &lifted->rest;
        w->plan.sub_log2 = known->sub_log2;
        w->plan.live = ((uint32_t)1 << known->sub_log2) - known->lifts;
    }
    return err == SCAPE_REF_OK ? count_classes(w, field, known->by) : err;
}

static void release(struct block_work *w, struct scape_ref_lifted *lifted) {
    scape_ref_buffer_release(w->e->memory, &lifted->memory);
    scape_ref_buffer_release(w->e->memory, &w->classes);
    scape_ref_buffer_release(w->e->memory, &w->counts);
    scape_ref_buffer_release(w->e->memory, &w->merged);
    scape_ref_buffer_release(w->e->memory, &w->fit.memory);
}

enum scape_ref_error scape_ref_block_count(struct scape_ref_chunk_encoder *e, uint32_t field,
                                           struct scape_ref_buffer *counts, uint32_t *class_count) {
    const struct block_field *known = find_field(e->layout, field);
    struct scape_ref_lifted lifted = {0};
    struct block_work w = {.e = e};
    *class_count = 0;
    if (known == NULL || known->by != NULL) {
        return SCAPE_REF_OK;
    }
    enum scape_ref_error err = prepare(&w, field, known, &lifted);
    if (err == SCAPE_REF_OK) {
        *class_count = w.plan.class_count;
        *counts = w.counts;
        w.counts = (struct scape_ref_buffer){0};
    }
    release(&w, &lifted);
    return err;
}

/* Writes the field by classes and lifts, unless PACKED is as short by estimate. */
static enum scape_ref_error try_lifted(struct scape_ref_chunk_encoder *e, uint32_t field,
                                       const struct block_field *known, bool *written) {
    struct scape_ref_lifted lifted = {0};
    struct block_work w = {.e = e};
    struct scape_ref_sink head = {0};
    enum scape_ref_error err = prepare(&w, field, known, &lifted);
    if (err == SCAPE_REF_OK) {
        err = choose_tables(&w, field);
    }
    if (err == SCAPE_REF_OK) {
        err = put_head(&w, &head, &lifted);
    }
    *written = head.size + w.estimate < scape_ref_packed_size(w.array->count, w.array->width);
    if (err == SCAPE_REF_OK && *written) {
        err = put_head(&w, &e->trial, &lifted);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_encode_rans(e->memory, &e->trial, w.array, &w.plan, &w.best);
        }
    }
    release(&w, &lifted);
    return err;
}

/* Writes one field to the trial payload: by classes and lifts, or by the smallest simple coder. */
static enum scape_ref_error put_field(struct scape_ref_chunk_encoder *e, uint32_t field) {
    const struct scape_ref_coder_choice simple = {.p = P_FEW, .max_symbols = 1 << P_FEW};
    const struct block_field *known = find_field(e->layout, field);
    bool written = false;
    enum scape_ref_error err = SCAPE_REF_OK;
    if (known != NULL && !scape_ref_array_is_constant(&e->fields[field])) {
        err = try_lifted(e, field, known, &written);
    }
    return err == SCAPE_REF_OK && !written
               ? scape_ref_encode_smallest(e->memory, &e->trial, &e->fields[field], &simple)
               : err;
}

uint32_t scape_ref_block_layout(uint16_t dtype) {
    return dtype < SCAPE_REF_DTYPE_GGML
               ? 0
               : (uint32_t)(SCAPE_REF_LAYOUT_GGML + dtype - SCAPE_REF_DTYPE_GGML);
}

bool scape_ref_block_is_modelled(uint16_t dtype) {
    for (size_t i = 0; i < sizeof block_fields / sizeof *block_fields; i++) {
        if (block_fields[i].layout == scape_ref_block_layout(dtype) && block_fields[i].by == NULL) {
            return true;
        }
    }
    return false;
}

enum scape_ref_error scape_ref_encode_blocks(struct scape_ref_chunk_encoder *e, uint16_t dtype,
                                             const uint8_t *content, size_t size) {
    uint32_t id = scape_ref_block_layout(dtype);
    const struct scape_ref_layout *layout = id == 0 ? NULL : scape_ref_layout_find(id);
    if (layout == NULL || size < layout->block_bytes) {
        return SCAPE_REF_OK;
    }
    enum scape_ref_error err = scape_ref_chunk_split(e, id, content, size);
    if (err == SCAPE_REF_OK) {
        scape_ref_candidate_begin(e, content, size);
        for (uint32_t f = 0; f < layout->field_count && err == SCAPE_REF_OK; f++) {
            err = put_field(e, f);
        }
        scape_ref_candidate_end(e);
    }
    return err;
}
