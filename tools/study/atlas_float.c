/* atlas_float.c - floating-point tensors: bytes, fields, and our symbol under the scales of its row
 * and column. */
#include "atlas.h"
#include "stats.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BYTES_MAX = 4,
    PAIR_BITS = 10,   /* mantissas of no more bits are looked at whole, */
    LEADING_BITS = 7, /* of longer ones these */
    CONTEXTS = 16,
    OCTAVE = 8,   /* steps of a row's or column's scale */
    SIDE_BITS = 3 /* a row or column, as coded */
};

static const struct study_float floats[] = {
    {10, 5, 10, 3}, {11, 8, 7, 2}, {12, 8, 23, 2}, {14, 4, 3, 3}, {15, 5, 2, 2}};

const struct study_float *study_float_find(uint16_t dtype) {
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        if (floats[i].dtype == dtype) {
            return &floats[i];
        }
    }
    return NULL;
}

struct view {
    const struct study_float *type;
    const unsigned char *content;
    size_t count;
    unsigned bits, bytes;
};

static uint32_t word(const struct view *v, size_t i) {
    uint32_t value = 0;
    for (unsigned b = 0; b < v->bytes; b++) {
        value |= (uint32_t)v->content[i * v->bytes + b] << (8 * b);
    }
    return value;
}

/* A field of `width` bits from bit `low` on. */
struct field {
    unsigned low, width;
};

static uint32_t take(uint32_t value, struct field f) {
    return value >> f.low & (((uint32_t)1 << f.width) - 1);
}

/* Bits of a field, or of it given another one (width 0: of nothing). -1: out of memory. */
static double field_entropy(const struct view *v, struct field f, struct field given) {
    size_t values = (size_t)1 << f.width, contexts = (size_t)1 << given.width;
    uint64_t *counts = calloc(values * contexts, sizeof *counts);
    double h = -1;
    if (counts != NULL) {
        for (size_t i = 0; i < v->count; i++) {
            uint32_t value = word(v, i);
            counts[take(value, given) * values + take(value, f)]++;
        }
        h = study_entropy_given(counts, contexts, values);
        free(counts);
    }
    return h;
}

static double given_previous(const struct view *v, struct field f) {
    size_t values = (size_t)1 << f.width;
    uint64_t *counts = calloc(values * values, sizeof *counts);
    double h = -1;
    if (counts != NULL) {
        for (size_t i = 1; i < v->count; i++) {
            counts[take(word(v, i - 1), f) * values + take(word(v, i), f)]++;
        }
        h = study_entropy_given(counts, values, values);
        free(counts);
    }
    return h;
}

static bool put(json_t *row, const char *name, double value) {
    return value >= 0 && json_object_set_new(row, name, study_real(value)) == 0;
}

/* ---- Bytes and fields ---- */

static bool put_bytes(json_t *row, const struct view *v) {
    const struct field none = {0, 0};
    double sum = 0, h[BYTES_MAX];
    json_t *all = json_array();
    bool good = all != NULL;
    for (unsigned b = 0; b < v->bytes && good; b++) {
        h[b] = field_entropy(v, (struct field){8 * b, 8}, none);
        good = h[b] >= 0;
        sum += h[b];
        json_array_append_new(all, study_real(h[b]));
    }
    if (good && v->bytes == 2) {
        put(row, "h_high", h[1]);
        put(row, "h_low", h[0]);
    }
    json_object_set_new(row, "h_bytes", all);
    return good && put(row, "r_marginal", sum > 0 ? v->bits / sum : 0);
}

static bool put_fields(json_t *row, const struct view *v) {
    const struct study_float *t = v->type;
    const struct field none = {0, 0}, sign = {v->bits - 1, 1};
    const struct field exponent = {t->mantissa, t->exponent};
    unsigned width = t->mantissa <= PAIR_BITS ? t->mantissa : LEADING_BITS;
    const struct field mantissa = {t->mantissa - width, width};
    bool good = put(row, "h_sign", field_entropy(v, sign, none)) &&
                put(row, "h_exponent", field_entropy(v, exponent, none)) &&
                put(row, "h_mantissa", field_entropy(v, mantissa, none)) &&
                put(row, "h_mantissa_given_exponent", field_entropy(v, mantissa, exponent));
    if (good && v->bits == 16) {
        const struct field magnitude = {0, 15}, high = {8, 8};
        good = put(row, "h_magnitude", field_entropy(v, magnitude, none)) &&
               put(row, "h_high_given_previous", given_previous(v, high));
    }
    if (good && t->exponent == 8 && v->bits == 16) {
        const struct field se9 = {7, 9}, m7 = {0, 7};
        double h_se9 = field_entropy(v, se9, none), h_m7 = field_entropy(v, m7, none);
        good = put(row, "h_se9", h_se9) && put(row, "h_m7", h_m7) &&
               put(row, "r_split", h_se9 + h_m7 > 0 ? v->bits / (h_se9 + h_m7) : 0);
    }
    return good;
}

/* ---- Our symbol, under the scales of row and column ---- */

struct scales {
    size_t rows, columns;
    int *row, *column; /* mean of log2 |w| in eighths of an octave */
    uint8_t *context;  /* of a sum of both */
};

/* log2 |w| of a value's top 16 bits, zeros as the least exponent. */
static double log_of(const struct view *v, uint32_t value) {
    const struct study_float *t = v->type;
    uint32_t exponent = take(value, (struct field){t->mantissa, t->exponent});
    uint32_t mantissa = value & (((uint32_t)1 << t->mantissa) - 1);
    return (double)exponent + (double)mantissa / (double)((uint32_t)1 << t->mantissa);
}

static void find_means(const struct view *v, struct scales *s, double *sums) {
    memset(sums, 0, (s->rows + s->columns) * sizeof *sums);
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t k = 0; k < s->columns; k++) {
            double l = log_of(v, word(v, i * s->columns + k));
            sums[i] += l;
            sums[s->rows + k] += l;
        }
    }
    for (size_t i = 0; i < s->rows; i++) {
        s->row[i] = (int)lrint(OCTAVE * sums[i] / (double)s->columns);
    }
    for (size_t k = 0; k < s->columns; k++) {
        s->column[k] = (int)lrint(OCTAVE * sums[s->rows + k] / (double)s->rows);
    }
}

/* Cuts the sums of row and column into contexts that are filled equally. */
static bool cut_sums(struct scales *s) {
    const size_t range = OCTAVE * 257 + 1; /* exponents are below 256 */
    uint64_t *rows = calloc(range, sizeof *rows), *columns = calloc(range, sizeof *columns);
    uint64_t *counts = calloc(2 * range, sizeof *counts);
    s->context = calloc(2 * range, 1);
    bool good = rows != NULL && columns != NULL && counts != NULL && s->context != NULL;
    for (size_t i = 0; i < s->rows && good; i++) {
        rows[s->row[i]]++;
    }
    for (size_t k = 0; k < s->columns && good; k++) {
        columns[s->column[k]]++;
    }
    for (size_t a = 0; a < range && good; a++) {
        for (size_t b = 0; rows[a] != 0 && b < range; b++) {
            counts[a + b] += rows[a] * columns[b];
        }
    }
    double all = (double)s->rows * (double)s->columns, before = 0;
    for (size_t sum = 0; sum < 2 * range && good; sum++) {
        double middle = before + (double)counts[sum] / 2;
        size_t context = (size_t)(middle * CONTEXTS / all);
        s->context[sum] = (uint8_t)(context < CONTEXTS ? context : CONTEXTS - 1);
        before += (double)counts[sum];
    }
    free(rows);
    free(columns);
    free(counts);
    return good;
}

/* Adaptive bits a symbol: alone, and given the scales with what these cost. */
static bool symbol_bits(const struct view *v, struct scales *s, double *alone, double *given) {
    const struct study_float *t = v->type;
    const struct field symbol = {t->mantissa - t->leading, t->exponent + t->leading};
    size_t values = (size_t)1 << symbol.width;
    uint64_t *counts = calloc(values * (CONTEXTS + 1), sizeof *counts);
    if (counts == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t k = 0; k < s->columns; k++) {
            size_t value = take(word(v, i * s->columns + k), symbol);
            size_t context = s->context[s->row[i] + s->column[k]];
            counts[context * values + value]++;
            counts[CONTEXTS * values + value]++;
        }
    }
    *alone = study_entropy_adaptive(counts + CONTEXTS * values, 1, values);
    *given = study_entropy_adaptive(counts, CONTEXTS, values) +
             (double)SIDE_BITS * (double)(s->rows + s->columns) / (double)v->count;
    free(counts);
    return true;
}

static bool put_symbol(json_t *row, const struct view *v, const struct scape_region *r) {
    const struct study_float *t = v->type;
    struct scales s = {.columns = r->rank > 0 ? (size_t)r->dims[r->rank - 1] : 1};
    if (v->count == 0) {
        return true;
    }
    if (s.columns == 0 || s.columns > v->count || v->count % s.columns != 0) {
        s.columns = v->count;
    }
    s.rows = v->count / s.columns;
    double alone = 0, given = 0, raw = v->bits - t->exponent - t->leading;
    double *sums = calloc(s.rows + s.columns, sizeof *sums);
    s.row = calloc(s.rows + 1, sizeof *s.row);
    s.column = calloc(s.columns + 1, sizeof *s.column);
    bool good = sums != NULL && s.row != NULL && s.column != NULL;
    if (good) {
        find_means(v, &s, sums);
        good = cut_sums(&s) && symbol_bits(v, &s, &alone, &given);
    }
    double best = alone < given ? alone : given;
    free(sums);
    free(s.row);
    free(s.column);
    free(s.context);
    return good && put(row, "h_symbol", alone) && put(row, "h_symbol_given_scales", given) &&
           put(row, "r_symbol", v->bits / (alone + raw)) &&
           put(row, "r_conditional", v->bits / (best + raw));
}

bool study_atlas_float(json_t *row, const struct study_float *type,
                       const struct scape_region *region, const unsigned char *content) {
    struct view v = {.type = type, .content = content, .bits = 1 + type->exponent + type->mantissa};
    v.bytes = v.bits / 8;
    v.count = (size_t)region->length / v.bytes;
    return put_bytes(row, &v) && put_fields(row, &v) && put_symbol(row, &v, region);
}
