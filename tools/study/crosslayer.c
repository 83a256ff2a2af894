/* crosslayer.c - scape-study crosslayer: what a tensor tells of the one with the same role in the
 * next layer: correlation, scalar and low-rank affine fits, and what coding the rest would take. */
#include "atlas.h"
#include "commands.h"
#include "lowrank.h"
#include "roles.h"
#include "stats.h"
#include "table.h"

#include "archive_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SYMBOL = 10, /* exponent and two leading mantissa bits; the other six are raw */
    RAW = 6,
    FACTOR_BITS = 16
};

static const struct study_column columns[] = {{"model", "Model", -1},
                                              {"role", "Role", -1},
                                              {"layer", "Layer", 0},
                                              {"elements", "Elements", 0},
                                              {"pearson", "Pearson", 4},
                                              {"alpha", "Slope", 4},
                                              {"bits_direct", "Direct", 3},
                                              {"bits_residual", "Affine rest", 3},
                                              {"bits_delta", "Lossless difference", 3},
                                              {"energy", "Energy in top ranks", 4},
                                              {"rank", "Best rank", 0},
                                              {"bits_lowrank", "Low-rank total", 3},
                                              {"h_high", "High byte", 3},
                                              {"h_high_residual", "of the rest", 3},
                                              {"h_high_change", "Change", 3}};

/* A tensor with its place. */
struct member {
    const struct study_item *item;
    unsigned layer;
    const char *role;
};

struct matrix {
    size_t rows, columns, n;
    uint16_t *bits; /* as bf16 */
    double *values;
};

/* ---- Values ---- */

static double value_of(const struct study_float *t, uint32_t word) {
    uint32_t mantissa = word & (((uint32_t)1 << t->mantissa) - 1);
    uint32_t exponent = word >> t->mantissa & (((uint32_t)1 << t->exponent) - 1);
    int bias = (1 << (t->exponent - 1)) - 1;
    bool sign = (word >> (t->mantissa + t->exponent) & 1) != 0;
    double fraction = (double)mantissa / (double)((uint32_t)1 << t->mantissa);
    double value =
        exponent == 0 ? ldexp(fraction, 1 - bias) : ldexp(1 + fraction, (int)exponent - bias);
    return sign ? -value : value;
}

/* The nearest bf16, ties to even. */
static uint16_t bf16_of(double value) {
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static void matrix_free(struct matrix *m) {
    free(m->bits);
    free(m->values);
}

static bool matrix_read(struct matrix *m, const struct study_item *item) {
    const struct study_float *t = study_float_find(item->region->dtype);
    const struct scape_region *r = item->region;
    struct codec_memory content;
    const char *reason;
    *m = (struct matrix){.n = (size_t)item->elements};
    m->columns = r->rank > 0 ? (size_t)r->dims[r->rank - 1] : 1;
    m->rows = m->columns != 0 ? m->n / m->columns : 0;
    if (t == NULL || !study_item_read(item, &content, &reason)) {
        return false;
    }
    const unsigned char *at = content.data;
    unsigned bytes = (1 + t->exponent + t->mantissa) / 8;
    m->bits = calloc(m->n + 1, sizeof *m->bits);
    m->values = calloc(m->n + 1, sizeof *m->values);
    bool good = m->bits != NULL && m->values != NULL;
    for (size_t i = 0; good && i < m->n; i++) {
        uint32_t word = 0;
        for (unsigned b = 0; b < bytes; b++) {
            word |= (uint32_t)*at++ << (8 * b);
        }
        m->values[i] = value_of(t, word);
        m->bits[i] = t->mantissa == 7 && t->exponent == 8 ? (uint16_t)word : bf16_of(m->values[i]);
    }
    free((void *)(uintptr_t)content.data);
    if (!good) {
        matrix_free(m);
    }
    return good;
}

/* ---- Costs, in bits a weight ---- */

/* Our symbol with adaptive counts, six raw bits. -1: out of memory. */
static double float_bits(const uint16_t *bits, size_t n) {
    const size_t values = (size_t)1 << SYMBOL;
    uint64_t *counts = calloc(values, sizeof *counts);
    double h = -1;
    if (counts != NULL) {
        for (size_t i = 0; i < n; i++) {
            counts[bits[i] >> (RAW - 1) & (values - 1)]++;
        }
        h = study_entropy_adaptive(counts, 1, values) + RAW;
        free(counts);
    }
    return h;
}

static double high_byte(const uint16_t *bits, size_t n) {
    uint64_t counts[256] = {0};
    for (size_t i = 0; i < n; i++) {
        counts[bits[i] >> 8]++;
    }
    return study_entropy(counts, 256);
}

/* Floats in their order, as integers. */
static int32_t ordinal(uint16_t bits) {
    int32_t magnitude = bits & 0x7FFF;
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

/* The difference of the orders of a bf16 and of its prediction, which gives it back exactly:
 * zigzag, its high byte and its low byte given how large the high one is. */
static double delta_bits(const uint16_t *bits, const uint16_t *predicted, size_t n) {
    uint64_t *counts = calloc(512 + 8 * 256, sizeof *counts);
    if (counts == NULL) {
        return -1;
    }
    uint64_t *low = counts + 512;
    for (size_t i = 0; i < n; i++) {
        int32_t d = ordinal(bits[i]) - ordinal(predicted[i]);
        uint32_t zigzag = d < 0 ? 2 * (uint32_t)-d - 1 : 2 * (uint32_t)d;
        uint32_t top = zigzag >> 8, context = top < 7 ? top : 7;
        counts[top < 511 ? top : 511]++;
        low[context * 256 + (zigzag & 255)]++;
    }
    double h = study_entropy_adaptive(counts, 1, 512) + study_entropy_adaptive(low, 8, 256);
    free(counts);
    return h;
}

/* ---- Fits ---- */

struct fit {
    double pearson, alpha, beta;
};

static struct fit fit_scalar(const struct matrix *a, const struct matrix *b) {
    struct study_pairs p = {.n = 0};
    for (size_t i = 0; i < a->n; i++) {
        if (isfinite(a->values[i]) && isfinite(b->values[i])) {
            study_pairs_add(&p, a->values[i], b->values[i]);
        }
    }
    double spread = p.n * p.xx - p.x * p.x;
    struct fit f = {.pearson = study_pearson(&p)};
    f.alpha = spread > 0 ? (p.n * p.xy - p.x * p.y) / spread : 0;
    f.beta = p.n > 0 ? (p.y - f.alpha * p.x) / p.n : 0;
    return f;
}

static double energy(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i] * values[i];
    }
    return sum;
}

static void round_all(const double *values, size_t n, uint16_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = bf16_of(values[i]);
    }
}

/* The rest of the scalar fit minus its leading ranks 1, 2, 4 ... up to the greatest: what rest and
 * factors take together at the best of them. rest is used up. */
static bool put_lowrank(json_t *row, const struct matrix *m, double *rest, uint16_t *scratch,
                        size_t most) {
    size_t least = m->rows < m->columns ? m->rows : m->columns;
    size_t rank = most < least ? most : least, done = 0, best_rank = 0;
    double *left = calloc(m->rows * rank + 1, sizeof *left);
    double *right = calloc(rank * m->columns + 1, sizeof *right);
    double whole = energy(rest, m->n), best = INFINITY;
    bool good = left != NULL && right != NULL && rank != 0 &&
                study_lowrank(rest, m->rows, m->columns, rank, left, right);
    for (size_t r = 1; good && r <= rank; r = r < rank && 2 * r > rank ? rank : 2 * r) {
        study_lowrank_subtract(rest, m->rows, m->columns, left, right, rank, done, r);
        done = r;
        round_all(rest, m->n, scratch);
        double bits = float_bits(scratch, m->n) + (double)FACTOR_BITS * (double)r *
                                                      (double)(m->rows + m->columns) / (double)m->n;
        if (bits < best) {
            best = bits;
            best_rank = r;
        }
    }
    if (good) {
        json_object_set_new(row, "ranks", json_integer((json_int_t)rank));
        json_object_set_new(row, "energy",
                            study_real(whole > 0 ? 1 - energy(rest, m->n) / whole : 0));
        json_object_set_new(row, "rank", json_integer((json_int_t)best_rank));
        json_object_set_new(row, "bits_lowrank", study_real(best));
    }
    free(left);
    free(right);
    return good;
}

static bool all_finite(const struct matrix *m) {
    for (size_t i = 0; i < m->n; i++) {
        if (!isfinite(m->values[i])) {
            return false;
        }
    }
    return true;
}

static bool put_pair(json_t *row, const struct matrix *a, const struct matrix *b,
                     const struct study_options *o) {
    struct fit f = fit_scalar(a, b);
    uint16_t *scratch = calloc(b->n + 1, sizeof *scratch);
    double *rest = calloc(b->n + 1, sizeof *rest);
    bool good = scratch != NULL && rest != NULL;
    if (good) {
        for (size_t i = 0; i < b->n; i++) {
            rest[i] = f.alpha * a->values[i] + f.beta;
        }
        round_all(rest, b->n, scratch);
        double delta = delta_bits(b->bits, scratch, b->n), high = high_byte(b->bits, b->n);
        for (size_t i = 0; i < b->n; i++) {
            rest[i] = b->values[i] - rest[i];
        }
        round_all(rest, b->n, scratch);
        double high_rest = high_byte(scratch, b->n);
        json_object_set_new(row, "pearson", study_real(f.pearson));
        json_object_set_new(row, "alpha", study_real(f.alpha));
        json_object_set_new(row, "beta", study_real(f.beta));
        json_object_set_new(row, "bits_direct", study_real(float_bits(b->bits, b->n)));
        json_object_set_new(row, "bits_residual", study_real(float_bits(scratch, b->n)));
        json_object_set_new(row, "bits_delta", study_real(delta));
        json_object_set_new(row, "h_high", study_real(high));
        json_object_set_new(row, "h_high_residual", study_real(high_rest));
        json_object_set_new(row, "h_high_change", study_real(high_rest - high));
    }
    if (good && study_lowrank_available() && b->rows > 1 && b->columns > 1 && all_finite(a) &&
        all_finite(b)) {
        good = put_lowrank(row, b, rest, scratch, o->rank);
    }
    free(scratch);
    free(rest);
    return good;
}

/* ---- Pairs ---- */

static int compare_members(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    int order = strcmp(x->item->file->model, y->item->file->model);
    order = order != 0 ? order : (int)x->item->region->dtype - (int)y->item->region->dtype;
    order = order != 0 ? order : strcmp(x->role, y->role);
    return order != 0 ? order : x->layer < y->layer ? -1 : x->layer > y->layer ? 1 : 0;
}

static bool is_pair(const struct member *x, const struct member *y) {
    const struct scape_region *a = x->item->region, *b = y->item->region;
    return strcmp(x->item->file->model, y->item->file->model) == 0 &&
           strcmp(x->role, y->role) == 0 && x->layer + 1 == y->layer && a->dtype == b->dtype &&
           a->rank == b->rank && memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

static bool add_pair(json_t *rows, const struct member *x, const struct member *y,
                     const struct study_options *o) {
    struct matrix a, b;
    char dtype[CLI_DTYPE_TEXT];
    if (!matrix_read(&a, x->item)) {
        return false;
    }
    bool good = matrix_read(&b, y->item);
    if (good) {
        const char *model = y->item->file->model;
        json_t *row =
            json_pack("{s:o, s:o, s:i, s:s, s:o}", "model", cli_json_name(model, strlen(model)),
                      "role", cli_json_name(y->role, strlen(y->role)), "layer", (int)y->layer,
                      "dtype", cli_dtype_text(y->item->region->dtype, dtype), "elements",
                      cli_json_size(y->item->elements));
        good = put_pair(row, &a, &b, o) && json_array_append(rows, row) == 0;
        json_decref(row);
        matrix_free(&b);
    }
    matrix_free(&a);
    return good;
}

static bool find_pairs(json_t *rows, const struct study_items *items,
                       const struct study_options *o) {
    struct study_roles roles;
    struct member *members = calloc(items->count + 1, sizeof *members);
    size_t n = 0;
    bool good = members != NULL && study_roles_open(&roles, o);
    for (size_t i = 0; good && i < items->count; i++) {
        const struct study_item *item = &items->at[i];
        struct member m = {.item = item};
        if (item->region != NULL && study_float_find(item->region->dtype) != NULL &&
            study_roles_find(&roles, item->region->name, &m.layer, &m.role)) {
            members[n++] = m;
        }
    }
    if (good) {
        qsort(members, n, sizeof *members, compare_members);
        study_roles_close(&roles);
    }
    for (size_t i = 1; good && i < n; i++) {
        if (is_pair(&members[i - 1], &members[i])) {
            good = add_pair(rows, &members[i - 1], &members[i], o);
        }
    }
    free(members);
    return good;
}

enum study_exit study_crosslayer(const struct study_options *o) {
    struct study_corpus c;
    struct study_items items = {NULL, 0, 0};
    json_t *rows = json_array();
    bool good = study_corpus_open(&c, o);
    if (good) {
        good = study_items_list(&items, &c, true, false, o->min_elements) &&
               find_pairs(rows, &items, o);
        study_items_free(&items);
        study_corpus_close(&c);
    }
    if (!study_lowrank_available()) {
        study_error("built without OpenBLAS: no low-rank fits");
    }
    FILE *to = good ? study_output_open(o) : NULL;
    if (to != NULL) {
        study_table_print(to, o->format, columns, sizeof columns / sizeof columns[0], rows);
        good = study_output_close(o, to);
    }
    json_decref(rows);
    return good && to != NULL ? STUDY_OK : STUDY_FAILED;
}
