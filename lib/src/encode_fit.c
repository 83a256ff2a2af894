/* encode_fit.c - which values get symbols, in which tables, at which levels [CAN-041] to [CAN-043],
 * and the table set's bytes. Depends on encode_fit.h and encode_shape.h. */
#include "encode_fit.h"

#include "encode_shape.h"

#include <assert.h>
#include <string.h>

enum {
    SYMBOL_COST = 512
};

/* A share of all elements, in sixteenths of a slot. */
static uint64_t sixteenths_of(uint64_t count, uint64_t total, uint32_t precision) {
    assert(total > 0);
    return 16 * (count << precision) / total;
}

static uint8_t best_level(uint64_t count, uint64_t total, uint32_t precision) { /* [CAN-043] */
    uint64_t sixteenths = sixteenths_of(count, total, precision);
    if (sixteenths <= 17) {
        return 0;
    }
    uint32_t level = (sc_log2_q8(sixteenths - 16) + 16) / 32;
    return (uint8_t)(level < SCAPE_REG_LEVEL_MAX ? level : SCAPE_REG_LEVEL_MAX);
}

/* What a symbol's elements cost, and the room that it takes from the others. */
static int64_t symbol_cost(uint64_t count, uint64_t total, uint32_t precision) {
    uint64_t f = sixteenths_of(count, total, precision);
    f = f > 17 ? f : 17;
    uint64_t own = count == 0 ? 0 : count * ((4 + precision) * 256 - sc_log2_q8(f));
    return (int64_t)(own + (total * 369 * f >> (4 + precision)) + SYMBOL_COST);
}

/* What a symbol saves over an escape. */
static int64_t symbol_gain(uint64_t count, uint64_t total, uint32_t precision, uint32_t width) {
    return (int64_t)(count * (width + precision + 2) * 256) - symbol_cost(count, total, precision);
}

/* Rising order. The keys are few or nearly in order, and no two are equal. */
static void sort_keys(uint64_t *keys, size_t n) {
    static const size_t gaps[] = {40423, 17961, 7983, 3548, 1577, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        size_t gap = gaps[g];
        for (size_t i = gap; i < n; i++) {
            uint64_t key = keys[i];
            size_t at = i;
            for (; at >= gap && keys[at - gap] > key; at -= gap) {
                keys[at] = keys[at - gap];
            }
            keys[at] = key;
        }
    }
}

static uint32_t key_count(uint64_t key) {
    return UINT32_MAX - (uint32_t)(key >> 16);
}

/* The values that occur, rising, each with its rank: (-count, value) in one number. How many;
 * `sums` is memory for as many counts as there are values. */
static size_t list_values(const struct sc_counts *c, uint64_t *keys, uint32_t *sums,
                          uint64_t *total) {
    size_t n = 0;
    *total = 0;
    memset(sums, 0, c->stride * sizeof *sums);
    for (uint32_t k = 0; k < c->tables; k++) {
        for (uint32_t v = 0; v < c->stride; v++) {
            sums[v] += c->at[(size_t)k * c->stride + v];
        }
    }
    for (uint32_t v = 0; v < c->stride; v++) {
        if (sums[v] > 0) {
            keys[n++] = (uint64_t)(UINT32_MAX - sums[v]) << 16 | (c->first + v);
            *total += sums[v];
        }
    }
    return n;
}

/* What choose_alphabet asks for. */
struct choice {
    uint32_t width, precision, max_symbols;
    bool sampled;
    uint64_t total;
    uint64_t limit; /* the last key that may be kept */
};

/* The last of the keys that are kept; others, if any, are escaped [CAN-041]. */
static uint64_t choose_alphabet(const uint64_t *keys, size_t n, const struct choice *c) {
    int64_t everything = 0, kept = 0;
    uint64_t escaped = 0, last = 0, first = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        uint64_t count = key_count(keys[i]);
        int64_t cost = symbol_cost(count, c->total, c->precision);
        everything += cost;
        first = keys[i] < first ? keys[i] : first;
        if (keys[i] <= c->limit && (int64_t)(count * (c->width + c->precision + 2) * 256) > cost) {
            kept += cost;
            last = keys[i] > last ? keys[i] : last;
        } else {
            escaped += count;
        }
    }
    if (escaped == 0 && !c->sampled) {
        return UINT64_MAX;
    }
    int64_t cost =
        kept + (int64_t)(escaped * c->width * 256) + symbol_cost(escaped, c->total, c->precision);
    if (n > c->max_symbols - c->sampled || cost < everything) {
        return last > first ? last : first;
    }
    return UINT64_MAX;
}

/* The alphabet of the counts; `scratch` has room for a key and a count of each value. */
static void make_alphabet(struct sc_shape_set *set, const struct sc_counts *counts,
                          uint64_t *scratch, struct choice *c) {
    uint32_t *sums = (uint32_t *)(void *)(scratch + counts->stride);
    size_t n = list_values(counts, scratch, sums, &c->total);
    c->limit = UINT64_MAX;
    if (n >= c->max_symbols) {
        sort_keys(scratch, n);
        c->limit = scratch[c->max_symbols - 2];
        list_values(counts, scratch, sums, &c->total);
    }
    uint64_t last = choose_alphabet(scratch, n, c);
    set->values = 0;
    for (size_t i = 0; i < n; i++) {
        if (scratch[i] <= last) {
            set->alphabet[set->values++] = (uint16_t)scratch[i];
        }
    }
    set->escape = set->values < n || c->sampled;
}

/* What choose_range asks of one table. */
struct range {
    const uint32_t *own; /* count of each value of the alphabet */
    bool escape;
    uint64_t total;
    uint32_t precision, width;
    int64_t absent_gain; /* of a value that does not occur */
    bool sampled;
};

/* Elements that are escaped: where they may be without having been counted, one at least. */
static uint64_t escapes_of(const struct range *r, uint64_t rest) {
    return rest == 0 && r->sampled ? 1 : rest;
}

/* Values from `from` on, `n` of them in steps of `step`, that are better absent [CAN-042]. */
static uint32_t cut_range(const struct range *r, int64_t from, int64_t step, uint32_t n) {
    int64_t gain = 0;
    uint32_t absent = 0;
    for (uint32_t i = 0; i < n; i++, from += step) {
        uint32_t own = r->own[from];
        if (!r->escape) {
            gain += own;
        } else if (own == 0) {
            gain += r->absent_gain;
        } else {
            gain += symbol_gain(own, r->total, r->precision, r->width);
        }
        if (gain < 0 || (gain == 0 && own == 0)) {
            gain = 0;
            absent = i + 1;
        }
    }
    return absent;
}

/* Shape of one table: range, levels; the counts of its alphabet are in r->own. */
static void choose_shape(struct sc_shape *shape, const struct range *r, uint32_t values) {
    uint32_t peak = 0;
    assert(values > 0);
    for (uint32_t s = 1; s < values; s++) {
        peak = r->own[s] > r->own[peak] ? s : peak;
    }
    shape->first = cut_range(r, 0, 1, peak);
    shape->end = values - cut_range(r, (int64_t)values - 1, -1, values - 1 - peak);
    uint64_t rest = r->total;
    for (uint32_t s = shape->first; s < shape->end; s++) {
        shape->level[s] = best_level(r->own[s], r->total, r->precision);
        rest -= r->own[s];
    }
    rest = escapes_of(r, rest);
    shape->has_escape = rest > 0;
    shape->escape = rest > 0 ? best_level(rest, r->total, r->precision) : 0;
}

/* Cost of the table's elements under the frequencies of its present symbols. */
static uint64_t shape_cost(const struct sc_shape *shape, const struct range *r,
                           const uint16_t *frequencies, uint64_t *escapes) {
    uint64_t cost = 0, rest = r->total;
    uint32_t whole = r->precision * 256;
    for (uint32_t s = shape->first; s < shape->end; s++) {
        if (r->own[s] > 0) {
            cost += r->own[s] * (uint64_t)(whole - sc_log2_q8(frequencies[s - shape->first]));
            rest -= r->own[s];
        }
    }
    rest = escapes_of(r, rest);
    if (rest > 0) {
        uint32_t escape = frequencies[shape->end - shape->first];
        cost += rest * (uint64_t)(whole + r->width * 256 - sc_log2_q8(escape));
    }
    *escapes += rest;
    return cost;
}

/* log2 of v, 1 to 2^31 - 1, at most 2^-14 wrong: 2^-15 by the polynomial, the rest by rounding. In
 * floats, of which any machine's vectors hold four. */
static inline float near_log2(uint32_t v) {
    float x = (float)(int32_t)v, t;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    float exponent = (float)((int32_t)(bits >> 23) - 127);
    bits = (bits & UINT32_MAX >> 9) | UINT32_C(127) << 23;
    memcpy(&t, &bits, sizeof t);
    t -= 1;
    float high = 0.4094703F + t * (-0.1874886F + t * 0.043005F);
    return exponent + (1.65e-05F + t * (1.4414924F + t * (-0.7064864F + t * high)));
}

/* The sum of v * log2(v) over the counts, as exact as near_log2. */
static double sum_logs(const uint32_t *counts, uint32_t n) {
    enum {
        TERMS = 64,
        SUMS = 4 /* which do not wait for each other */
    };
    float terms[TERMS + SUMS];
    double sums[SUMS] = {0};
    for (uint32_t i = 0; i < n; i += TERMS) {
        uint32_t m = n - i < TERMS ? n - i : TERMS;
        for (uint32_t j = 0; j < m; j++) {
            uint32_t v = counts[i + j];
            terms[j] = (float)(int32_t)v * near_log2(v | (v == 0));
        }
        for (uint32_t j = 0; j < SUMS; j++) {
            terms[m + j] = 0;
        }
        for (uint32_t j = 0; j < m; j += SUMS) {
            sums[0] += terms[j];
            sums[1] += terms[j + 1];
            sums[2] += terms[j + 2];
            sums[3] += terms[j + 3];
        }
    }
    return sums[0] + sums[1] + (sums[2] + sums[3]);
}

/* What a table does not cost less than: bits of its elements, whatever its frequencies, and of its
 * levels. */
struct floor {
    double elements;
    uint32_t
        levels; /* without escapes: one for each value that occurs, and a bit or more for each */
};

enum {
    TABLES_MAX = 256,
    HEAD_BITS = 12 /* of a table: two gamma codes, the Rice parameter, the first level */
};

/* Sets the floors of all tables; bytes of their elements. */
static uint64_t find_floors(const struct sc_counts *counts, struct floor *floors) {
    double all = 0;
    assert(counts->tables <= TABLES_MAX);
    for (uint32_t k = 0; k < counts->tables; k++) {
        const uint32_t *at = counts->at + (size_t)k * counts->stride;
        uint32_t total = 0, values = 0;
        for (uint32_t v = 0; v < counts->stride; v++) {
            total += at[v];
            values += at[v] > 0;
        }
        double bits = near_log2(total) - 1.0 / (1 << 13); /* less by what both are wrong */
        floors[k].elements = total * bits - sum_logs(at, counts->stride);
        floors[k].levels = values - 1;
        all += floors[k].elements;
    }
    return all < 0 ? 0 : (uint64_t)all / 8;
}

uint64_t sc_fit_least(const struct sc_counts *counts) {
    struct floor floors[TABLES_MAX];
    return find_floors(counts, floors);
}

static double floor_of(const struct floor *f, bool escape) {
    return f->elements + HEAD_BITS + (escape ? 0 : f->levels);
}

/* The frequencies of table k's present symbols, which become numbers of the fit. */
static void keep_frequencies(struct sc_fit *fit, uint32_t k, const struct sc_shape *shape,
                             const uint16_t *frequencies) {
    uint32_t symbols = fit->values + fit->escape, present = shape->end - shape->first;
    uint16_t *own = (uint16_t *)(void *)fit->numbers.data + fit->values + (size_t)k * symbols;
    memset(own, 0, symbols * sizeof *own);
    memcpy(own + shape->first, frequencies, present * sizeof *own);
    if (shape->has_escape) {
        own[fit->values] = frequencies[present];
    }
}

/* Levels and cost of every table, and the set's bytes and numbers. With floors, false as soon as
 * they are sure to be more than `most` bytes. */
static bool fit_all(struct sc_fit *fit, const struct sc_shape_set *set,
                    const struct sc_counts *counts, uint32_t width, const struct floor *floors,
                    uint64_t most) {
    struct sc_shape shapes[2];
    uint32_t own[SC_SHAPE_SYMBOLS_MAX];
    uint16_t frequencies[SC_SHAPE_SYMBOLS_MAX + 1];
    struct sc_bit_out bits = {&fit->bytes, 0, 0};
    double left = 0; /* at least, of the tables to come */
    sc_shape_put_alphabet(&bits, set, width);
    shapes[1].first = shapes[1].end = 0; /* no table before the first */
    fit->cost = 0;
    fit->escapes = 0;
    for (uint32_t k = 0; k < counts->tables && floors != NULL; k++) {
        left += floor_of(&floors[k], set->escape);
    }
    for (uint32_t k = 0; k < counts->tables; k++) {
        if (floors != NULL) {
            double done = (double)fit->cost / 256 + 8.0 * (double)fit->bytes.size;
            if (done + left > 8.0 * (double)most + 16) { /* rounded down, they are 8 less */
                return false;
            }
            left -= floor_of(&floors[k], set->escape);
        }
        const uint32_t *at = counts->at + (size_t)k * counts->stride;
        struct range r = {own, set->escape, 0, fit->precision, width, 0, counts->sampled};
        for (uint32_t v = 0; v < counts->stride; v++) {
            r.total += at[v];
        }
        for (uint32_t s = 0; s < set->values; s++) {
            own[s] = at[set->alphabet[s] - counts->first];
        }
        r.absent_gain = symbol_gain(0, r.total, fit->precision, width);
        choose_shape(&shapes[k % 2], &r, set->values);
        sc_shape_frequencies(&shapes[k % 2], fit->precision, frequencies);
        fit->cost += shape_cost(&shapes[k % 2], &r, frequencies, &fit->escapes);
        keep_frequencies(fit, k, &shapes[k % 2], frequencies);
        sc_shape_put(&bits, set, &shapes[k % 2], &shapes[1 - k % 2]);
    }
    sc_bit_end(&bits);
    return true;
}

bool sc_fit_tables_within(struct sc_fit *fit, struct sc_buffer *scratch,
                          const struct sc_counts *counts, uint32_t width, uint32_t precision,
                          uint32_t max_symbols, uint64_t most) {
    fit->precision = precision;
    fit->tables = counts->tables;
    fit->standard = false;
    fit->bytes.size = 0;
    if (fit->bytes.error != SCAPE_OK) {
        return false;
    }
    fit->bytes.error = sc_buffer_reserve(fit->bytes.memory, scratch, counts->stride * (size_t)12);
    if (fit->bytes.error != SCAPE_OK) {
        return false;
    }
    struct floor floors[TABLES_MAX];
    bool bounded = most < UINT64_MAX;
    if (bounded) {
        fit->least = find_floors(counts, floors);
        if (fit->least > most) {
            return false;
        }
    }
    struct sc_shape_set set;
    struct choice choice = {.width = width,
                            .precision = precision,
                            .max_symbols = max_symbols,
                            .sampled = counts->sampled};
    make_alphabet(&set, counts, (uint64_t *)(void *)scratch->data, &choice);
    fit->values = set.values;
    fit->escape = set.escape;
    size_t numbers = set.values + (size_t)fit->tables * (set.values + set.escape);
    fit->bytes.error =
        sc_buffer_reserve(fit->bytes.memory, &fit->numbers, numbers * sizeof *set.alphabet);
    if (fit->bytes.error != SCAPE_OK) {
        return false;
    }
    memcpy(fit->numbers.data, set.alphabet, set.values * sizeof *set.alphabet);
    return fit_all(fit, &set, counts, width, bounded ? floors : NULL, most);
}

void sc_fit_tables(struct sc_fit *fit, struct sc_buffer *scratch, const struct sc_counts *counts,
                   uint32_t width, uint32_t precision, uint32_t max_symbols) {
    sc_fit_tables_within(fit, scratch, counts, width, precision, max_symbols, UINT64_MAX);
}

uint64_t sc_fit_overhead(uint64_t count) {
    static const uint32_t states[4] = {1 + 3, 1 + 96, 2 * (1 + 96), 4 * (1 + 96)};
    return states[sc_lanes_code(count)] + 8;
}

uint64_t sc_fit_estimate(const struct sc_fit *fit, uint64_t count) {
    return fit->cost / 2048 + fit->bytes.size + sc_fit_overhead(count);
}
