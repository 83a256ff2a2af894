/* encode_block.c - the fields of ggml blocks, and which tables their classes get [CAN-085]. Depends
 * on encode_block.h, encode_lift.h and block_class.h. */
#include "encode_block.h"

#include "block_class.h"
#include "encode_count.h"
#include "encode_float.h"
#include "encode_lift.h"
#include "encode_split.h"
#include "encode_stream.h"
#include "kernel.h"

#include <assert.h>

enum {
    CLASSES_MAX = 254
}; /* of a class function or a field that chooses tables */

/* A field that may be coded under tables by class. */
struct modelled {
    const struct scape_reg_layout *layout;
    const struct scape_reg_field *field;
    const struct sc_array *values; /* its elements, as they are left after lifting */
    struct sc_lift lift;           /* those that were lifted out do not count */
    uint8_t *classes;              /* of each 2^run_log2 elements */
    uint64_t runs;
    uint32_t run_log2, class_count;
    uint8_t part[2]; /* the start of the context part */
    uint32_t part_size;
    uint32_t *counts; /* of each class, of each value */
    uint32_t stride;
};

/* The table of each class, and what it costs. */
struct division {
    uint32_t tables;
    uint8_t table_of[CLASSES_MAX + 1];
    uint64_t estimate;
};

/* Which field, of as many elements a block, chooses the tables of `idx`; the field itself if none.
 */
static uint32_t chooser(const struct scape_reg_layout *layout, uint32_t number) {
    static const uint16_t layouts[] = {0x111, 0x113, 0x115, 0x116, 0x11D};
    bool listed = false;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        listed |= layouts[i] == layout->id;
    }
    for (uint32_t f = 0; listed && f < number; f++) {
        if (strcmp(layout->fields[number].name, "idx") == 0 &&
            strcmp(layout->fields[f].name, "idx_hi") == 0) {
            return f;
        }
    }
    return number;
}

/* Sets classes, class_count and part of m. False on an error. */
static bool find_classes(struct sc_encode_work *w, struct modelled *m,
                         const struct sc_array *fields, uint32_t number) {
    uint64_t blocks = m->values->count / m->field->count;
    const struct scape_reg_class *row = m->field->classes;
    uint32_t by = chooser(m->layout, number);
    uint32_t units = by != number ? m->layout->fields[by].count : row != NULL ? row->units : 1;
    uint32_t each = m->field->count / units;
    m->runs = blocks * units;
    m->classes = sc_encode_scratch(w, &w->lines, m->runs);
    if (m->classes == NULL) {
        return false;
    }
    m->part_size = 0;
    m->class_count = 1;
    if (by != number) {
        memcpy(m->classes, fields[by].data, (size_t)m->runs);
        m->class_count = 1u << fields[by].width;
        m->part[0] = SCAPE_REG_CONTEXT_FIELD;
        m->part[1] = (uint8_t)by;
        m->part_size = 2;
    } else if (row != NULL) {
        uint8_t identity[256 + SC_SLACK];
        for (uint32_t c = 0; c < sizeof identity; c++) {
            identity[c] = (uint8_t)c;
        }
        w->kernel->class_tables(row, fields, identity, m->classes, m->runs);
        m->class_count = row->count;
        m->part[0] = SCAPE_REG_CONTEXT_BLOCK_CLASS;
        m->part_size = 1;
    } else {
        memset(m->classes, 0, (size_t)m->runs);
    }
    for (m->run_log2 = 0; 2u << m->run_log2 <= each; m->run_log2++) {
    }
    assert(1u << m->run_log2 == each);
    return true;
}

/* Has every class its own table? */
static bool is_identity(const struct modelled *m, const struct division *d) {
    return d->tables == m->class_count; /* tables are in the order of the classes */
}

/* The context part for a division, in w->part; empty if there is one table. */
static void put_part(struct sc_encode_work *w, const struct modelled *m, const struct division *d) {
    w->part.size = 0;
    if (d->tables == 1) {
        return;
    }
    sc_out_uint(&w->part, d->tables - 1, 1);
    sc_out_bytes(&w->part, m->part, m->part_size);
    bool identity = is_identity(m, d);
    uint32_t runs = 0;
    for (uint32_t c = 0; c < m->class_count; c++) {
        runs += c == 0 || d->table_of[c] != d->table_of[c - 1];
    }
    sc_out_varint(&w->part, identity ? 0 : runs);
    for (uint32_t c = 0, length = 1; c < m->class_count && !identity; c++, length++) {
        if (c + 1 == m->class_count || d->table_of[c + 1] != d->table_of[c]) {
            sc_out_varint(&w->part, length);
            sc_out_uint(&w->part, d->table_of[c], 1);
            length = 0;
        }
    }
}

static bool any_count(const uint32_t *counts, uint32_t n) {
    uint32_t any = 0;
    for (uint32_t v = 0; v < n; v++) {
        any |= counts[v];
    }
    return any != 0;
}

/* 2^shift neighbouring classes share a table; classes that do not occur join the one before. */
static void merge_classes(const struct modelled *m, uint32_t shift, uint32_t *merged,
                          struct division *d) {
    uint32_t group = UINT32_MAX;
    d->tables = 0;
    for (uint32_t c = 0; c < m->class_count; c++) {
        const uint32_t *own = m->counts + (size_t)c * m->stride;
        bool occurs = any_count(own, m->stride);
        if (occurs && c >> shift != group) {
            group = c >> shift;
            memset(merged + (size_t)d->tables++ * m->stride, 0, m->stride * sizeof *merged);
        }
        d->table_of[c] = (uint8_t)(d->tables == 0 ? 0 : d->tables - 1);
        for (uint32_t v = 0; v < m->stride && occurs; v++) {
            merged[(size_t)d->table_of[c] * m->stride + v] += own[v];
        }
    }
}

/* Keeps the fit in w->fit and its part in w->part if they are the best so far: of equals the first,
 * and own tables rather than standard ones, which are tried before. */
static void consider(struct sc_encode_work *w, const struct modelled *m, struct division *best,
                     struct division *d) {
    d->estimate = sc_fit_estimate(&w->fit, m->values->count) + w->part.size;
    if (d->estimate < best->estimate ||
        (d->estimate == best->estimate && !w->fit.standard && w->best_fit.standard)) {
        *best = *d;
        sc_fit_swap(&w->fit, &w->best_fit);
        sc_out_swap(&w->part, &w->best_part);
    }
}

/* What each value of `width` bits costs in a table of a standard set, in 1/256 bit. */
static void price_values(const struct sc_tables *t, uint32_t table, uint32_t width,
                         uint64_t *prices) {
    const uint16_t *frequencies = t->frequencies + (size_t)table * t->symbols;
    uint32_t whole = t->precision * 256, s = 0;
    uint32_t escape = t->escape ? frequencies[t->value_count] : 0;
    uint64_t other = escape == 0 ? UINT64_C(1) << 32 : whole + width * 256 - sc_log2_q8(escape);
    for (uint32_t v = 0; v < 1u << width; v++) {
        while (s < t->value_count && t->values[s] < v) {
            s++;
        }
        bool known = s < t->value_count && t->values[s] == v && frequencies[s] > 0;
        prices[v] = known ? whole - sc_log2_q8(frequencies[s]) : other;
    }
}

/* The cost of the elements under a standard set; its prices are kept. */
static uint64_t standard_cost(struct sc_encode_work *w, const struct modelled *m,
                              struct sc_coder *coder) {
    size_t cells = (size_t)m->class_count * m->stride;
    uint64_t *prices = (uint64_t *)(void *)coder->prices.data, cost = 0;
    if (prices == NULL) {
        prices = sc_encode_scratch(w, &coder->prices, cells * sizeof *prices);
        if (prices == NULL) {
            return 0;
        }
        for (uint32_t k = 0; k < m->class_count; k++) {
            price_values(&coder->tables, k, m->field->width, prices + (size_t)k * m->stride);
        }
    }
    for (size_t i = 0; i < cells; i++) {
        cost += m->counts[i] * prices[i];
    }
    return cost;
}

/* Was this set trained for the field? Some layouts share the sets of another. */
static bool set_fits(const struct sc_profile_sets *sets, uint32_t i, const struct modelled *m) {
    uint32_t family = m->layout->id == SCAPE_REG_LAYOUT_GGML_IQ4_XS ? SCAPE_REG_LAYOUT_GGML_IQ4_NL
                      : m->layout->id == SCAPE_REG_LAYOUT_GGML_Q8_1 ? SCAPE_REG_LAYOUT_GGML_Q8_0
                                                                    : m->layout->id;
    uint32_t layout = scape_reg_standard_fields[i] >> 8, field = scape_reg_standard_fields[i] & 255;
    const uint8_t *head = sets->data + sets->offsets[i]; /* width, precision, tables - 1 */
    if (layout != family || head[0] != m->field->width || head[2] + 1u != m->class_count) {
        return false;
    }
    const struct scape_reg_layout *trained = sc_layout_find(layout);
    return field < trained->field_count && strcmp(trained->fields[field].name, m->field->name) == 0;
}

static void try_standard(struct sc_encode_work *w, const struct modelled *m,
                         struct division *best) {
    struct division identity = {.tables = m->class_count};
    for (uint32_t c = 0; c < m->class_count; c++) {
        identity.table_of[c] = (uint8_t)c;
    }
    for (uint32_t i = 0; i < w->standard->count && !sc_encode_failed(w); i++) {
        if (!set_fits(w->standard, i, m)) {
            continue;
        }
        w->fit.standard = true;
        w->fit.set = i;
        w->fit.precision = w->standard->data[w->standard->offsets[i] + 1];
        w->fit.tables = m->class_count;
        w->fit.bytes.size = 0;
        sc_out_varint(&w->fit.bytes, i);
        sc_out_uint(&w->fit.bytes, 0, 1); /* shift */
        struct sc_coder *coder = sc_encode_tables(w, &w->fit);
        if (coder != NULL) {
            w->fit.cost = standard_cost(w, m, coder);
            put_part(w, m, &identity);
            consider(w, m, best, &identity);
        }
    }
}

/* Tables of the chunk's own, if they can win: standard sets, whose cost is soon known, are tried
 * before, so that most need not be fitted to the end. */
static void try_own(struct sc_encode_work *w, const struct modelled *m, uint32_t *merged,
                    struct division *best) {
    uint64_t overhead = sc_fit_overhead(m->values->count);
    for (uint32_t shift = 0; !sc_encode_failed(w); shift++) {
        struct division d;
        merge_classes(m, shift, merged, &d);
        struct sc_counts counts = {merged, d.tables, m->stride, false, 0};
        put_part(w, m, &d);
        uint32_t precision = d.tables > 32 ? 11 : 12;
        uint64_t besides = overhead + w->part.size, most = best->estimate;
        if (most < UINT64_MAX) {
            most = most > besides ? most - besides : 0;
        }
        if (sc_fit_tables_within(&w->fit, &w->order, &counts, m->field->width, precision,
                                 1u << precision, most)) {
            consider(w, m, best, &d);
        } else if (w->fit.least + overhead > best->estimate) {
            return; /* fewer tables are no shorter */
        }
        if (m->class_count >> shift <= 1) {
            return;
        }
    }
}

static bool count_classes(struct sc_encode_work *w, const struct modelled *m) {
    bool whole = m->lift.count == 0 || m->lift.log2 == 5; /* are all runs of 32 alike? */
    if (w->loops->count_few != NULL && m->run_log2 == 5 && whole && m->values->bytes == 1 &&
        (m->stride == 16 || m->stride == 32)) {
        memset(m->counts, 0, (size_t)m->class_count * m->stride * sizeof *m->counts);
        w->loops->count_few(m->values->data, m->classes, m->runs, sc_lift_mask(&m->lift, 0),
                            m->stride, m->counts);
        return true;
    }
    uint32_t *sides =
        sc_encode_scratch(w, &w->counts, sc_count_runs_scratch(m->class_count, m->stride));
    if (sides != NULL) {
        struct sc_runs runs = {m->classes, m->run_log2, m->lift};
        sc_count_runs(m->values, &runs, m->counts, m->class_count, m->stride, sides);
    }
    return sides != NULL;
}

/* The tables of the least estimate are in w->best_fit, their context part in w->best_part. */
static bool choose_tables(struct sc_encode_work *w, struct modelled *m, struct division *best) {
    m->stride = 1u << m->field->width;
    uint64_t size = (uint64_t)m->class_count * m->stride * sizeof(uint32_t);
    m->counts = sc_encode_scratch(w, &w->totals, size);
    uint32_t *merged = sc_encode_scratch(w, &w->merged, size);
    if (m->counts == NULL || merged == NULL) {
        return false;
    }
    if (!count_classes(w, m)) {
        return false;
    }
    best->estimate = UINT64_MAX;
    try_standard(w, m, best);
    try_own(w, m, merged, best);
    return !sc_encode_failed(w);
}

/* Appends to `out` the field lifted, which it is afterwards, and under tables by class, if by
 * estimate that is shorter than PACKED. */
static bool encode_modelled(struct sc_encode_work *w, struct sc_out *out,
                            const struct scape_reg_layout *layout, uint32_t number,
                            const struct sc_array *fields, const struct sc_lift_rules *rules) {
    const struct sc_array *values = &fields[number];
    struct sc_lift lift = {rules->log2, rules->count};
    struct modelled m = {
        .layout = layout, .field = &layout->fields[number], .values = values, .lift = lift};
    struct division best = {0};
    size_t start = out->size;
    if (!sc_lift_encode(w, out, rules, values) || !find_classes(w, &m, fields, number) ||
        !choose_tables(w, &m, &best)) {
        return true;
    }
    if (out->size - start + best.estimate >= sc_packed_size(values->count, values->width)) {
        out->size = start;
        return false;
    }
    struct sc_rans_plan plan = {.coder = SCAPE_REG_CODER_RANS, .values = values, .lift = lift};
    if (best.tables > 1) {
        for (uint64_t i = 0; i < m.runs && !is_identity(&m, &best); i++) {
            m.classes[i] = best.table_of[m.classes[i]];
        }
        plan.coder = SCAPE_REG_CODER_RANS_CONTEXT;
        plan.contexts = m.classes;
        plan.run_log2 = m.run_log2;
        plan.part = &w->best_part;
    }
    sc_rans_encode(w, out, &plan, &w->best_fit);
    return true;
}

static void encode_field(struct sc_encode_work *w, const struct scape_reg_layout *layout,
                         uint32_t number, const struct sc_array *fields) {
    const struct sc_simple simple = {12, 4096, 0};
    static const struct sc_lift_rules no_lift = {0};
    const struct sc_lift_rules *rules = sc_lift_rules(layout, number);
    if (rules == NULL && chooser(layout, number) != number) {
        rules = &no_lift;
    }
    bool modelled = rules != NULL && !sc_all_equal(&fields[number]);
    bool shorter = modelled && encode_modelled(w, &w->trial, layout, number, fields, rules);
    bool read_again = !shorter || number + 1 < layout->field_count;
    if (modelled && read_again && !sc_encode_failed(w)) {
        sc_lift_undo(w, rules, &fields[number]);
    }
    if (!shorter) {
        sc_encode_smallest(w, &w->trial, &fields[number], simple);
    }
}

bool sc_encode_blocks(struct sc_encode_work *w, const uint8_t *content, size_t size,
                      uint32_t dtype) {
    const struct scape_reg_layout *layout = sc_layout_find(0x100 + dtype - SC_BLOCK_DTYPES);
    struct sc_array fields[SC_FIELDS_MAX];
    w->trial.size = 0;
    if (layout == NULL) {
        return false;
    }
    if (size >= layout->block_bytes) {
        sc_start_payload(w, layout, content, size);
        if (!sc_layout_split(w, &w->fields, layout, content, size / layout->block_bytes, fields)) {
            return false;
        }
        for (uint32_t f = 0; f < layout->field_count && !sc_encode_failed(w); f++) {
            encode_field(w, layout, f, fields);
        }
    }
    return sc_lift_models(layout);
}
