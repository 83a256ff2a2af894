/* breakdown_field.c - see breakdown_field.h. */
#include "breakdown_field.h"

#include "block_class.h"
#include "rans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONTEXTS_MAX = 256
};

/* Elements and the context of each. */
struct coded {
    const struct scape_ref_array *array;
    uint8_t *context; /* NULL: one for all */
    uint32_t contexts;
    uint64_t sub_mask, live; /* elements with (i & sub_mask) < live count */
};

/* ---- Costs of counts ---- */

/* n log2 n - sum c log2 c */
static double entropy_of(const uint32_t *counts, size_t values) {
    double bits = 0, total = 0;
    for (size_t v = 0; v < values; v++) {
        double c = counts[v];
        total += c;
        bits -= c > 0 ? c * log2(c) : 0;
    }
    return total > 0 ? bits + total * log2(total) : 0;
}

/* Adding one half to each count of an alphabet of that many symbols. */
static double adaptive_of(const uint32_t *counts, size_t values, double alphabet) {
    double nats = 0, total = 0;
    for (size_t v = 0; v < values; v++) {
        double c = counts[v];
        total += c;
        nats -= c > 0 ? lgamma(c + 0.5) - lgamma(0.5) : 0;
    }
    nats += lgamma(total + alphabet / 2) - lgamma(alphabet / 2);
    return total > 0 ? nats / log(2.0) : 0;
}

/* counts[context << width | value], and in row `contexts` their sums. */
static uint32_t *count(const struct coded *x, uint64_t *n) {
    uint32_t width = x->array->width;
    uint32_t *counts = calloc(((size_t)x->contexts + 1) << width, sizeof *counts);
    *n = 0;
    for (uint64_t i = 0; counts != NULL && i < x->array->count; i++) {
        if ((i & x->sub_mask) < x->live) {
            size_t value = (size_t)scape_ref_array_get(x->array, i);
            size_t context = x->context != NULL ? x->context[i] : 0;
            counts[(context << width) + value]++;
            counts[((size_t)x->contexts << width) + value]++;
            ++*n;
        }
    }
    return counts;
}

/* Adds the cost of the elements. The alphabet is what occurs: naming it is not counted. */
static bool add_cost(const struct coded *x, struct cli_field_cost *out) {
    size_t values = (size_t)1 << x->array->width;
    uint64_t n;
    uint32_t *counts = count(x, &n);
    double entropy = 0, adaptive = 0, alphabet = 0;
    if (counts == NULL) {
        return false;
    }
    const uint32_t *all = counts + x->contexts * values;
    for (size_t v = 0; v < values; v++) {
        alphabet += all[v] != 0 ? 1 : 0;
    }
    for (uint32_t k = 0; k < x->contexts; k++) {
        entropy += entropy_of(counts + k * values, values);
        adaptive += adaptive_of(counts + k * values, values, alphabet);
    }
    double alone = adaptive_of(all, values, alphabet), raw = (double)n * x->array->width;
    adaptive = alone < adaptive ? alone : adaptive;
    out->entropy += entropy;
    out->adaptive += raw < adaptive ? raw : adaptive;
    free(counts);
    return true;
}

/* ---- Lifted elements ---- */

struct lifted {
    uint32_t log2, lifts;
    uint8_t *positions[SCAPE_REF_LIFTS_MAX];
    uint16_t *values[SCAPE_REF_LIFTS_MAX];
    uint16_t *rest; /* of the field, as the inner stream has it */
};

static void free_lifted(struct lifted *l) {
    for (uint32_t k = 0; k < SCAPE_REF_LIFTS_MAX; k++) {
        free(l->positions[k]);
        free(l->values[k]);
    }
    free(l->rest);
}

static bool read_lift(struct scape_ref_cursor *c, struct scape_ref_stream_work *work,
                      const struct scape_ref_array *field, struct lifted *l, uint32_t k,
                      struct cli_field_cost *out) {
    uint64_t subs = field->count >> l->log2;
    l->positions[k] = malloc((size_t)subs);
    l->values[k] = malloc((size_t)subs * sizeof **l->values);
    struct scape_ref_array positions = {l->log2, 1, subs, l->positions[k]};
    struct scape_ref_array values = {field->width, field->size, subs, l->values[k]};
    const struct coded place = {&positions, NULL, 1, 0, 1}, value = {&values, NULL, 1, 0, 1};
    return l->positions[k] != NULL && l->values[k] != NULL &&
           scape_ref_nested_read(c, SCAPE_REF_NESTED_ANY, work, &positions) == SCAPE_REF_OK &&
           scape_ref_nested_read(c, SCAPE_REF_NESTED_ANY, work, &values) == SCAPE_REF_OK &&
           add_cost(&place, out) && add_cost(&value, out);
}

/* Reads the lifts and takes their elements out of a copy of the field again. */
static bool read_lifts(struct scape_ref_cursor *c, struct scape_ref_stream_work *work,
                       const struct scape_ref_array *field, struct lifted *l,
                       struct scape_ref_array *rest, struct cli_field_cost *out) {
    uint8_t log2 = 0, lifts = 0;
    bool good = scape_ref_cursor_u8(c, &log2) == SCAPE_REF_OK &&
                scape_ref_cursor_u8(c, &lifts) == SCAPE_REF_OK && lifts <= SCAPE_REF_LIFTS_MAX;
    l->log2 = log2;
    l->lifts = lifts;
    for (uint32_t k = 0; k < l->lifts && good; k++) {
        good = read_lift(c, work, field, l, k, out);
    }
    l->rest = good ? malloc((size_t)field->count * field->size) : NULL;
    if (l->rest == NULL) {
        return false;
    }
    memcpy(l->rest, field->data, (size_t)field->count * field->size);
    *rest = *field;
    rest->data = l->rest;
    for (uint64_t sub = 0; sub < field->count >> log2; sub++) {
        uint64_t first = sub << log2;
        for (uint32_t k = 0; k < l->lifts; k++) {
            uint64_t last = first + ((uint64_t)1 << log2) - 1 - k;
            scape_ref_array_set(rest, first + l->positions[k][sub],
                                scape_ref_array_get(rest, last));
        }
    }
    return true;
}

/* ---- Contexts ---- */

/* Of the layout's class function: the classes themselves, not what the encoder joined. */
static bool class_contexts(const struct scape_ref_chunk_work *work, uint32_t field,
                           struct coded *x) {
    const struct scape_ref_field *row = &work->layout->fields[field];
    uint64_t blocks = x->array->count / row->count;
    uint32_t unit = row->count / row->classes->units;
    uint8_t *classes = malloc((size_t)(blocks * row->classes->units));
    x->contexts = row->classes->count;
    if (classes == NULL) {
        return false;
    }
    scape_ref_block_classes(work->layout, field, work->fields, blocks, classes);
    for (uint64_t i = 0; i < x->array->count; i++) {
        x->context[i] = classes[i / unit];
    }
    free(classes);
    return true;
}

/* As the stream has them; what describes them is side information. */
static bool stream_contexts(struct scape_ref_chunk_work *work, uint32_t field, uint8_t coder,
                            struct scape_ref_cursor *c, struct coded *x,
                            struct cli_field_cost *out) {
    const struct scape_ref_stream_place place = {work->layout, field, work->fields};
    struct scape_ref_rans_mode mode;
    struct scape_ref_context context;
    bool good = scape_ref_rans_mode_read(c, false, &mode) == SCAPE_REF_OK;
    size_t start = c->at;
    good =
        good && scape_ref_context_read(c, coder, mode.precision, (uint32_t)x->array->count, &place,
                                       &work->stream, &x->contexts, &context) == SCAPE_REF_OK;
    for (uint64_t i = 0; i < x->array->count && good; i++) {
        x->context[i] = (uint8_t)scape_ref_context_at(&context, (uint32_t)i);
    }
    out->entropy += 8.0 * (double)(c->at - start);
    out->adaptive += 8.0 * (double)(c->at - start);
    return good;
}

static bool is_rans(uint8_t coder) {
    return coder == SCAPE_REF_CODER_RANS || coder == SCAPE_REF_CODER_RANS_MIXTURE ||
           coder == SCAPE_REF_CODER_RANS_CONTEXT;
}

static bool measure(struct scape_ref_chunk_work *work, uint32_t field, uint8_t coder,
                    struct scape_ref_cursor *c, struct coded *x, struct cli_field_cost *out) {
    x->context = malloc((size_t)x->array->count);
    if (x->context == NULL) {
        return false;
    }
    memset(x->context, 0, (size_t)x->array->count);
    bool good = true;
    if (work->layout->fields[field].classes != NULL) {
        good = class_contexts(work, field, x);
    } else if (is_rans(coder)) {
        good = stream_contexts(work, field, coder, c, x, out);
    }
    good = good && x->contexts <= CONTEXTS_MAX && add_cost(x, out);
    free(x->context);
    return good;
}

bool cli_field_measure(struct scape_ref_chunk_work *work, uint32_t field,
                       struct scape_ref_cursor *c, struct cli_field_cost *out) {
    const struct scape_ref_array *array = &work->fields[field];
    struct coded x = {array, NULL, 1, 0, 1};
    struct scape_ref_array rest;
    struct lifted l = {.log2 = 0};
    uint8_t coder = 0;
    *out = (struct cli_field_cost){0, 0};
    bool good = scape_ref_cursor_u8(c, &coder) == SCAPE_REF_OK;
    if (good && (coder == SCAPE_REF_CODER_ZSTD || array->width > SCAPE_REF_CODED_WIDTH_MAX)) {
        /* no model of ours: what was coded is the measure */
        out->entropy = out->adaptive = 8.0 * (double)work->streams[field].size;
        return true;
    }
    if (good && coder == SCAPE_REF_CODER_LIFT) {
        good = read_lifts(c, &work->stream, array, &l, &rest, out) &&
               scape_ref_cursor_u8(c, &coder) == SCAPE_REF_OK;
        x.array = &rest;
        x.sub_mask = ((uint64_t)1 << l.log2) - 1;
        x.live = ((uint64_t)1 << l.log2) - l.lifts;
    }
    good = good && measure(work, field, coder, c, &x, out);
    free_lifted(&l);
    return good;
}
