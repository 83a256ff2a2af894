/* atlas_block.c - ggml's block types, field by field as the registry lays them out: marginal, and
 * under the classes that stand before a field. Q4_K nibbles as the study looked at them. */
#include "atlas.h"
#include "stats.h"
#include "table.h"

#include "bits.h"
#include "block_class.h"
#include "layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DTYPE_GGML = 64,
    DTYPE_Q4_K = 76,
    LAYOUT_GGML = 0x100,
    WIDTH_MAX = 16, /* of fields that are counted */
    CLASSES_MAX = 256,
    HEAD_BYTES = 16, /* of a Q4_K block, before its nibbles */
    HALVES = 2
};

static bool put(json_t *row, const char *name, double value) {
    return json_object_set_new(row, name, study_real(value)) == 0;
}

bool study_atlas_bytes(json_t *row, const unsigned char *content, size_t size) {
    uint64_t counts[256] = {0};
    for (size_t i = 0; i < size; i++) {
        counts[content[i]]++;
    }
    double h = study_entropy(counts, 256);
    return put(row, "h_byte", h) && put(row, "r_bytes", h > 0 ? 8 / h : 0);
}

/* ---- The fields of all blocks ---- */

struct fields {
    const struct scape_ref_layout *layout;
    struct scape_ref_array at[SCAPE_REF_FIELDS_MAX];
    uint64_t blocks;
};

static void close_fields(struct fields *f) {
    for (uint32_t k = 0; k < SCAPE_REF_FIELDS_MAX; k++) {
        free(f->at[k].data);
    }
}

static bool open_fields(struct fields *f, const struct scape_ref_layout *layout,
                        const unsigned char *content, size_t size) {
    *f = (struct fields){.layout = layout, .blocks = size / layout->block_bytes};
    bool good = true;
    for (uint32_t k = 0; k < layout->field_count && good; k++) {
        struct scape_ref_array *a = &f->at[k];
        a->width = layout->fields[k].width;
        a->size = scape_ref_array_element(a->width);
        a->count = f->blocks * layout->fields[k].count;
        a->data = malloc((size_t)a->count * a->size + 1);
        good = a->data != NULL;
    }
    if (good) {
        scape_ref_layout_split(layout, content, f->blocks, f->at);
    }
    return good;
}

/* Classes of a field's elements, one for `unit` of them; NULL: it has none, or no memory. */
static uint8_t *field_classes(const struct fields *f, uint32_t k, uint64_t *unit) {
    const struct scape_ref_class *c = f->layout->fields[k].classes;
    if (c == NULL || c->count > CLASSES_MAX) {
        return NULL;
    }
    uint8_t *classes = malloc((size_t)(f->blocks * c->units) + 1);
    if (classes != NULL) {
        scape_ref_block_classes(f->layout, k, f->at, f->blocks, classes);
        *unit = f->layout->fields[k].count / c->units;
    }
    return classes;
}

struct cost {
    double marginal, conditional; /* bits an element */
};

/* Fields too wide to count are taken as they are. */
static bool field_cost(const struct fields *f, uint32_t k, struct cost *out) {
    const struct scape_ref_array *a = &f->at[k];
    *out = (struct cost){a->width, a->width};
    if (a->width > WIDTH_MAX || a->count == 0) {
        return true;
    }
    uint64_t unit = 1;
    uint8_t *classes = field_classes(f, k, &unit);
    size_t values = (size_t)1 << a->width, contexts = classes != NULL ? CLASSES_MAX : 1;
    uint64_t *counts = calloc(values * (contexts + 1), sizeof *counts);
    if (counts != NULL) {
        uint64_t *all = counts + contexts * values;
        for (uint64_t i = 0; i < a->count; i++) {
            size_t value = (size_t)scape_ref_array_get(a, i);
            counts[(classes != NULL ? classes[i / unit] : 0) * values + value]++;
            all[value]++;
        }
        double adaptive = study_entropy_adaptive(counts, contexts, values);
        double alone = study_entropy_adaptive(all, 1, values);
        out->marginal = study_entropy(all, values);
        out->conditional = adaptive < alone ? adaptive : alone;
        out->conditional = out->conditional < a->width ? out->conditional : a->width;
    }
    free(classes);
    free(counts);
    return counts != NULL;
}

static bool put_fields(json_t *row, const struct fields *f) {
    double marginal = 0, conditional = 0, bits = 8.0 * f->layout->block_bytes;
    json_t *list = json_array();
    bool good = list != NULL;
    for (uint32_t k = 0; k < f->layout->field_count && good; k++) {
        const struct scape_ref_field *field = &f->layout->fields[k];
        struct cost cost;
        good = field_cost(f, k, &cost);
        marginal += cost.marginal * field->count;
        conditional += cost.conditional * field->count;
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:f, s:f}", "field", field->name, "width",
                                        (int)field->width, "count", (int)field->count, "h",
                                        cost.marginal, "h_conditional", cost.conditional));
    }
    json_object_set_new(row, "fields", list);
    return good && put(row, "r_marginal", marginal > 0 ? bits / marginal : 0) &&
           put(row, "r_conditional", conditional > 0 ? bits / conditional : 0);
}

/* ---- Scales ---- */

static double half_value(unsigned h) {
    int exponent = (int)(h >> 10 & 31), mantissa = (int)(h & 1023);
    double value = exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
    return (h >> 15 & 1) != 0 ? -value : value;
}

/* Of each block's d with that of the next one: neighbours of one matrix have much the same. */
static bool put_scale_correlation(json_t *row, const struct fields *f) {
    struct study_pairs pairs = {.n = 0};
    double before = 0;
    if (f->layout->field_count < 3 || strcmp(f->layout->fields[0].name, "d_lo") != 0 ||
        f->layout->fields[0].count != 1) {
        return true;
    }
    for (uint64_t b = 0; b < f->blocks; b++) {
        unsigned h = (unsigned)scape_ref_array_get(&f->at[0], b) |
                     (unsigned)scape_ref_array_get(&f->at[1], b) << 7 |
                     (unsigned)scape_ref_array_get(&f->at[2], b) << 15;
        double d = (h >> 10 & 31) == 31 ? 0 : half_value(h);
        if (b != 0) {
            study_pairs_add(&pairs, before, d);
        }
        before = d;
    }
    return put(row, "scale_correlation", study_pearson(&pairs));
}

/* ---- Q4_K ---- */

/* Nibbles by themselves, as sign and magnitude, and after the one before. */
static bool put_nibbles(json_t *row, const struct scape_ref_array *q) {
    uint64_t counts[16] = {0}, after[256] = {0}, sign[2] = {0}, magnitude[9] = {0};
    unsigned before = 0;
    for (uint64_t i = 0; i < q->count; i++) {
        unsigned value = (unsigned)scape_ref_array_get(q, i) & 15;
        counts[value]++;
        sign[value >> 3]++;
        magnitude[value >= 8 ? value - 8 : 8 - value]++;
        if (i != 0) {
            after[before * 16 + value]++;
        }
        before = value;
    }
    return put(row, "h_nibble", study_entropy(counts, 16)) &&
           put(row, "h_nibble_given_previous", study_entropy_given(after, 16, 16)) &&
           put(row, "h_nibble_sign", study_entropy(sign, 2)) &&
           put(row, "h_nibble_magnitude", study_entropy(magnitude, 9));
}

/* The 16 bytes before the nibbles: together, and each place by itself, as transposing lays them. */
static bool put_heads(json_t *row, const unsigned char *content, uint64_t blocks,
                      size_t block_bytes) {
    uint64_t all[256] = {0}, place[HEAD_BYTES][256] = {{0}};
    for (uint64_t b = 0; b < blocks; b++) {
        for (size_t k = 0; k < HEAD_BYTES; k++) {
            all[content[b * block_bytes + k]]++;
            place[k][content[b * block_bytes + k]]++;
        }
    }
    double sum = 0;
    for (size_t k = 0; k < HEAD_BYTES; k++) {
        sum += study_entropy(place[k], 256);
    }
    double nibbles = 256 * json_number_value(json_object_get(row, "h_nibble"));
    double bits = 8.0 * (double)block_bytes;
    return put(row, "h_scale_byte", study_entropy(all, 256)) &&
           put(row, "h_scale_byte_by_place", sum / HEAD_BYTES) &&
           put(row, "r_q4k_marginal", nibbles + sum > 0 ? bits / (nibbles + sum) : 0) &&
           put(row, "r_q4k_nibbles", nibbles > 0 ? bits / (nibbles + 8.0 * HEAD_BYTES) : 0);
}

bool study_atlas_block(json_t *row, const struct scape_region *region,
                       const unsigned char *content) {
    const struct scape_ref_layout *layout =
        scape_ref_layout_find(LAYOUT_GGML + (uint32_t)region->dtype - DTYPE_GGML);
    struct fields f;
    size_t size = (size_t)region->length;
    bool good = study_atlas_bytes(row, content, size);
    if (!good || layout == NULL) {
        return good;
    }
    good = open_fields(&f, layout, content, size) && put_fields(row, &f) &&
           put_scale_correlation(row, &f);
    if (good && region->dtype == DTYPE_Q4_K) {
        good = put_nibbles(row, &f.at[layout->field_count - 1]) &&
               put_heads(row, content, f.blocks, layout->block_bytes);
    }
    close_fields(&f);
    return good;
}
