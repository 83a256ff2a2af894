/* encode_tables.c - the canonical choice of alphabet, levels and table bytes [CAN TBL]. Nothing
 * here depends on floating point, on the machine or on the order of allocation. Depends on tables.h
 * for the step from levels to frequencies that the decoder takes as well. */
#include "encode_tables.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_COST_Q8 = 2 * 256 /* what a symbol's place in a table is taken to cost, bits / 256 */
};

uint32_t scape_ref_log2_q8(uint64_t v) {
    uint32_t e = 0;
    while (v >> e > 1) {
        e++;
    }
    uint64_t m = e >= 31 ? v >> (e - 31) : v << (31 - e); /* 1.0 is 2^31 */
    uint32_t r = e;
    for (int i = 0; i < 8; i++) {
        m = (m * m) >> 31;
        r *= 2;
        if (m >> 32 != 0) {
            m >>= 1;
            r++;
        }
    }
    return r;
}

/* The level whose frequency is nearest to count / total of 2^p, in eighths of an octave. */
static uint32_t best_level(uint64_t count, uint64_t total, uint32_t p) {
    if (total == 0) { /* nothing counted: any level will do */
        return 0;
    }
    uint64_t sixteenths = 16 * (count << p) / total;
    if (sixteenths <= 17) {
        return 0;
    }
    uint32_t level = (scape_ref_log2_q8(sixteenths - 16) + 16) / 32;
    return level < SCAPE_REF_LEVEL_MAX ? level : SCAPE_REF_LEVEL_MAX;
}

/* Bits / 256 that a symbol of this count costs: its own elements, and the room it takes from the
 * others (369 / 256 = log2 e). No symbol has less than a slot. */
static uint64_t symbol_cost_q8(uint64_t count, uint64_t total, uint32_t p) {
    if (total == 0) {
        return 0;
    }
    uint64_t f = 16 * (count << p) / total; /* sixteenths of a slot */
    f = f > 17 ? f : 17;
    uint32_t whole = scape_ref_log2_q8((uint64_t)16 << p);
    uint32_t own = scape_ref_log2_q8(f);
    return (whole > own ? count * (whole - own) : 0) + ((total * 369 * f) >> (4 + p));
}

static uint64_t escape_cost_q8(const struct scape_ref_fit *f) {
    return (uint64_t)(f->width + f->p + 2) * 256;
}

/* What giving the value a symbol saves over escaping it. */
static int64_t symbol_gain_q8(const struct scape_ref_fit *f, uint64_t count, uint64_t total) {
    return (int64_t)(count * escape_cost_q8(f)) -
           (int64_t)(symbol_cost_q8(count, total, f->p) + TABLE_COST_Q8);
}

struct value_count {
    uint64_t count;
    uint32_t value;
};

/* Most frequent first, smaller values first among equals. */
static int by_count(const void *a, const void *b) {
    const struct value_count *x = a;
    const struct value_count *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return x->value < y->value ? -1 : 1;
}

static int by_value(const void *a, const void *b) {
    const struct value_count *x = a;
    const struct value_count *y = b;
    return x->value < y->value ? -1 : 1;
}

/* Orders the values that occur by count and returns how many get a symbol of their own. */
static uint32_t keep_values(struct scape_ref_fit *f, struct value_count *list, uint32_t n,
                            uint64_t total, uint32_t max_symbols, bool may_escape) {
    uint64_t all = 0;
    uint64_t kept = 0;
    uint64_t escaped = 0;
    uint32_t keep = 0;
    qsort(list, n, sizeof *list, by_count);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t cost = symbol_cost_q8(list[i].count, total, f->p) + TABLE_COST_Q8;
        all += cost;
        if (i < max_symbols - 1 && symbol_gain_q8(f, list[i].count, total) > 0) {
            kept += cost;
            keep = i + 1;
        } else {
            escaped += list[i].count;
        }
    }
    uint64_t with_escape = kept + escaped * (uint64_t)f->width * 256 +
                           symbol_cost_q8(escaped, total, f->p) + TABLE_COST_Q8;
    bool fewer = escaped > 0 && (n > max_symbols - f->sampled || with_escape < all);
    f->escape = may_escape && (fewer || f->sampled);
    return !may_escape || !fewer ? n : keep > 0 ? keep : 1;
}

static void choose_alphabet(struct scape_ref_fit *f, struct value_count *list, uint32_t n,
                            uint64_t total, uint32_t max_symbols, bool may_escape) {
    f->value_count = keep_values(f, list, n, total, max_symbols, may_escape);
    qsort(list, f->value_count, sizeof *list, by_value);
    uint32_t other = f->escape ? f->value_count : SCAPE_REF_SYMBOL_NONE;
    for (uint32_t v = 0; v < (uint32_t)1 << f->width; v++) {
        f->symbol_of[v] = (uint16_t)other;
    }
    for (uint32_t s = 0; s < f->value_count && s <= max_symbols; s++) {
        f->values[s] = (uint16_t)list[s].value;
        f->symbol_of[list[s].value] = (uint16_t)s;
    }
}

/* The stretch of symbols that earns its place in a table: ends whose running gain is negative are
 * left to the escape, or cut where they do not occur at all. */
static void choose_range(const struct scape_ref_fit *f, const uint32_t *counts, uint64_t total,
                         uint32_t *first, uint32_t *end) {
    uint32_t peak = 0;
    for (uint32_t s = 1; s < f->value_count; s++) {
        if (counts[f->values[s]] > counts[f->values[peak]]) {
            peak = s;
        }
    }
    int64_t gain = 0;
    *first = 0;
    for (uint32_t s = 0; s < peak; s++) {
        uint64_t c = counts[f->values[s]];
        gain = f->escape ? gain + symbol_gain_q8(f, c, total) : gain + (int64_t)c;
        if (gain < 0 || (gain == 0 && c == 0)) {
            gain = 0;
            *first = s + 1;
        }
    }
    gain = 0;
    *end = f->value_count;
    for (uint32_t s = f->value_count - 1; s > peak; s--) {
        uint64_t c = counts[f->values[s]];
        gain = f->escape ? gain + symbol_gain_q8(f, c, total) : gain + (int64_t)c;
        if (gain < 0 || (gain == 0 && c == 0)) {
            gain = 0;
            *end = s;
        }
    }
}

/* Frequencies of the symbols [first, end) and, if it occurs, of the escape; the others have 0. */
static void make_frequencies(const struct scape_ref_fit *f, const uint8_t *levels, uint32_t first,
                             uint32_t end, bool escapes, uint16_t *frequencies) {
    memcpy(f->present_levels, levels + first, end - first);
    if (escapes) {
        f->present_levels[end - first] = levels[f->value_count];
    }
    scape_ref_frequencies_make(f->present_levels, end - first + (escapes ? 1 : 0), f->p,
                               frequencies + first);
    if (escapes) {
        uint16_t own = frequencies[end];
        frequencies[end] = 0;
        frequencies[f->value_count] = own;
    }
}

/* Levels, frequencies and cost of one table. */
static void fit_table(struct scape_ref_fit *f, uint32_t table, const uint32_t *counts) {
    uint8_t *levels = f->levels + (size_t)table * (f->value_count + 1);
    uint16_t *frequencies = f->frequencies + (size_t)table * (f->value_count + 1);
    uint64_t total = 0;
    for (uint32_t v = 0; v < (uint32_t)1 << f->width; v++) {
        total += counts[v];
    }
    uint32_t first = 0;
    uint32_t end = 0;
    choose_range(f, counts, total, &first, &end);
    uint64_t escaped = total;
    for (uint32_t s = first; s < end; s++) {
        uint64_t c = counts[f->values[s]];
        levels[s] = (uint8_t)best_level(c, total, f->p);
        escaped -= c;
    }
    escaped = escaped == 0 && f->sampled ? 1 : escaped;
    if (escaped > 0) {
        levels[f->value_count] = (uint8_t)best_level(escaped, total, f->p);
    }
    f->first[table] = first;
    f->end[table] = end;
    make_frequencies(f, levels, first, end, escaped > 0, frequencies);
    uint32_t whole = f->p * 256;
    for (uint32_t s = first; s < end; s++) {
        f->cost_q8 += (uint64_t)counts[f->values[s]] * (whole - scape_ref_log2_q8(frequencies[s]));
    }
    if (escaped > 0) {
        uint32_t own = whole - scape_ref_log2_q8(frequencies[f->value_count]);
        f->cost_q8 += escaped * (own + (uint64_t)f->width * 256);
        f->escapes += escaped;
    }
}

static int32_t level_clamp(int32_t level) {
    return level < 0                              ? 0
           : level < (int32_t)SCAPE_REF_LEVEL_MAX ? level
                                                  : (int32_t)SCAPE_REF_LEVEL_MAX;
}

/* --- the bytes of an inline table set ------------------------------------------------------- */

struct bit_writer {
    uint8_t *bytes; /* zeros before */
    uint64_t bit;
};

static void put_bits(struct bit_writer *w, uint64_t value, uint32_t width) {
    if (w->bytes != NULL && width > 0) {
        scape_ref_bits_put(w->bytes, w->bit, width, value);
    }
    w->bit += width;
}

static void put_gamma(struct bit_writer *w, uint32_t value) {
    uint32_t z = 0;
    while (value >> z > 1) {
        z++;
    }
    put_bits(w, 0, z);
    put_bits(w, 1, 1);
    put_bits(w, value & ((1U << z) - 1), z);
}

static void put_alphabet(struct bit_writer *w, const struct scape_ref_fit *f) {
    put_bits(w, f->values[0], f->width);
    put_bits(w, f->escape ? 1 : 0, 1);
    for (uint32_t s = 0; s < f->value_count;) {
        uint32_t run = 1;
        while (s + run < f->value_count && f->values[s + run] == f->values[s] + run) {
            run++;
        }
        put_gamma(w, run);
        s += run;
        put_bits(w, s < f->value_count ? 1 : 0, 1);
        if (s < f->value_count) {
            put_gamma(w, (uint32_t)f->values[s] - f->values[s - 1] - 1);
        }
    }
}

/* False when a residual is longer under this Rice parameter than a decoder takes; under 3 none is.
 */
static bool put_residuals(struct bit_writer *w, const struct scape_ref_fit *f, uint32_t table,
                          uint32_t rice) {
    const uint8_t *levels = f->levels + (size_t)table * (f->value_count + 1);
    for (uint32_t s = f->first[table] + 1; s < f->end[table]; s++) {
        int32_t predicted = levels[s - 1];
        if (table > 0 && s - 1 >= f->first[table - 1] && s < f->end[table - 1]) {
            const uint8_t *before = levels - (f->value_count + 1);
            predicted = level_clamp(predicted + before[s] - before[s - 1]);
        }
        int32_t delta = levels[s] - predicted;
        uint32_t z = delta >= 0 ? 2 * (uint32_t)delta : 2 * (uint32_t)(-delta) - 1;
        if (z >> rice > SCAPE_REF_UNARY_MAX) {
            return false;
        }
        put_bits(w, ((uint64_t)1 << (z >> rice)) - 1, (z >> rice) + 1);
        put_bits(w, z & ((1U << rice) - 1), rice);
    }
    return true;
}

/* The Rice parameter that makes the table shortest; the smallest among equals. */
static uint32_t best_rice(const struct scape_ref_fit *f, uint32_t table) {
    uint32_t best = 0;
    uint64_t best_bits = UINT64_MAX;
    for (uint32_t rice = 0; rice <= 3; rice++) {
        struct bit_writer measure = {0};
        if (put_residuals(&measure, f, table, rice) && measure.bit < best_bits) {
            best = rice;
            best_bits = measure.bit;
        }
    }
    return best;
}

static void put_table(struct bit_writer *w, const struct scape_ref_fit *f, uint32_t table) {
    const uint8_t *levels = f->levels + (size_t)table * (f->value_count + 1);
    bool escapes = f->frequencies[(size_t)table * (f->value_count + 1) + f->value_count] != 0;
    put_gamma(w, f->first[table] + 1);
    put_gamma(w, f->value_count - f->end[table] + 1);
    if (f->escape) {
        put_bits(w, escapes ? 1 : 0, 1);
    }
    if (escapes) {
        put_bits(w, levels[f->value_count], 8);
    }
    if (f->end[table] > f->first[table]) {
        uint32_t rice = best_rice(f, table);
        put_bits(w, rice, 2);
        put_bits(w, levels[f->first[table]], 8);
        (void)put_residuals(w, f, table, rice);
    }
}

/* Writes the set, or with bytes NULL only measures it; whole bytes. */
static size_t put_set(const struct scape_ref_fit *f, uint8_t *bytes) {
    struct bit_writer w = {.bytes = bytes};
    put_alphabet(&w, f);
    for (uint32_t table = 0; table < f->tables; table++) {
        put_table(&w, f, table);
    }
    return (size_t)((w.bit + 7) / 8);
}

/* --- fitting -------------------------------------------------------------------------------- */

/* Cuts the arrays for at most v values out of one block; called once to measure, once to cut. */
static struct value_count *carve(struct scape_ref_fit *f, struct scape_ref_arena *a, uint32_t v) {
    struct value_count *list = scape_ref_arena_take(a, v, sizeof *list);
    f->values = scape_ref_arena_take(a, v, sizeof *f->values);
    f->symbol_of = scape_ref_arena_take(a, (uint64_t)1 << f->width, sizeof *f->symbol_of);
    f->frequencies =
        scape_ref_arena_take(a, (uint64_t)f->tables * ((uint64_t)v + 1), sizeof *f->frequencies);
    f->levels = scape_ref_arena_take(a, (uint64_t)f->tables * ((uint64_t)v + 1), sizeof *f->levels);
    f->present_levels = scape_ref_arena_take(a, (uint64_t)v + 1, sizeof *f->present_levels);
    f->first = scape_ref_arena_take(a, f->tables, sizeof *f->first);
    f->end = scape_ref_arena_take(a, f->tables, sizeof *f->end);
    /* 67 bits a run of the alphabet, 87 a table's head, 44 a level */
    uint64_t bits = 100 + (uint64_t)v * 67 + (uint64_t)f->tables * (87 + (uint64_t)v * 44);
    f->bytes = scape_ref_arena_take(a, bits / 8 + 1, 1);
    return list;
}

/* All tables together: the values that occur and their counts. */
static uint32_t pool(const struct scape_ref_fit *f, const uint32_t *counts,
                     struct value_count *list, uint64_t *total) {
    uint32_t n = 0;
    *total = 0;
    for (uint32_t v = 0; v < (uint32_t)1 << f->width; v++) {
        uint64_t count = 0;
        for (uint32_t table = 0; table < f->tables; table++) {
            count += counts[((size_t)table << f->width) + v];
        }
        if (count > 0) {
            if (list != NULL) {
                list[n] = (struct value_count){count, v};
            }
            n++;
            *total += count;
        }
    }
    return n;
}

enum scape_ref_error scape_ref_tables_fit(struct scape_ref_memory *memory, struct scape_ref_fit *f,
                                          const uint32_t *counts, uint32_t width, uint32_t tables,
                                          uint32_t p, uint32_t max_symbols, bool may_escape) {
    struct scape_ref_arena arena = {0};
    uint64_t total = 0;
    f->width = width;
    f->tables = tables;
    f->p = p;
    uint32_t n = pool(f, counts, NULL, &total);
    (void)carve(f, &arena, n);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &f->memory, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    memset(f->memory.data, 0, (size_t)arena.used);
    arena = (struct scape_ref_arena){.base = f->memory.data};
    struct value_count *list = carve(f, &arena, n);
    (void)pool(f, counts, list, &total);
    choose_alphabet(f, list, n, total, max_symbols, may_escape);
    if (f->value_count == 0 || f->value_count + (f->escape ? 1 : 0) > max_symbols) {
        return SCAPE_REF_LIMIT;
    }
    f->cost_q8 = 0;
    f->escapes = 0;
    for (uint32_t table = 0; table < tables; table++) {
        fit_table(f, table, counts + ((size_t)table << width));
    }
    f->byte_count = put_set(f, f->bytes);
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_fit_from_tables(struct scape_ref_memory *memory,
                                               struct scape_ref_fit *f,
                                               const struct scape_ref_tables *tables,
                                               uint32_t width) {
    struct scape_ref_arena arena = {0};
    uint32_t v = tables->value_count;
    f->width = width;
    f->tables = tables->count;
    f->p = tables->precision;
    (void)carve(f, &arena, v);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &f->memory, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    memset(f->memory.data, 0, (size_t)arena.used);
    arena = (struct scape_ref_arena){.base = f->memory.data};
    (void)carve(f, &arena, v);
    f->value_count = v;
    f->escape = tables->escape;
    for (uint32_t value = 0; value < (uint32_t)1 << width; value++) {
        f->symbol_of[value] = (uint16_t)(f->escape ? v : (uint32_t)SCAPE_REF_SYMBOL_NONE);
    }
    for (uint32_t s = 0; s < v; s++) {
        f->values[s] = tables->values[s];
        f->symbol_of[f->values[s]] = (uint16_t)s;
    }
    uint32_t n = v + (f->escape ? 1 : 0);
    for (uint32_t table = 0; table < f->tables; table++) {
        memcpy(f->frequencies + (size_t)table * (v + 1),
               tables->frequencies + ((size_t)table << tables->column_bits),
               n * sizeof *f->frequencies);
    }
    return SCAPE_REF_OK;
}

uint64_t scape_ref_fit_cost_q8(const struct scape_ref_fit *f, uint32_t table, uint32_t value) {
    const uint64_t impossible = (uint64_t)1 << 32;
    if (f->symbol_of[value] == SCAPE_REF_SYMBOL_NONE) {
        return impossible;
    }
    uint32_t symbol = scape_ref_fit_symbol(f, table, value);
    uint32_t freq = f->frequencies[(size_t)table * (f->value_count + 1) + symbol];
    if (freq == 0) {
        return impossible;
    }
    uint64_t cost = f->p * 256 - scape_ref_log2_q8(freq);
    return cost + (symbol == f->value_count ? (uint64_t)f->width * 256 : 0);
}
