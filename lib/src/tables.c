/* tables.c - table sets in a stream or profile: alphabet, levels, frequencies, alias columns
 * [TBL]. Depends on tables.h. */
#include "tables.h"

#include <assert.h>

enum {
    SYMBOLS_MAX = SCAPE_REG_ALPHABET_MAX
};

/* Levels of one table, and which of its value symbols are present: [first, end). */
struct levels {
    uint8_t level[SYMBOLS_MAX];
    uint32_t first, end;
    bool has_escape;
    uint8_t escape;
};

bool sc_tables_check_size(struct sc_cursor *c, uint32_t precision, uint32_t count) {
    bool good = precision >= SCAPE_REG_RANS_P_MIN && precision <= SCAPE_REG_RANS_P_MAX &&
                count <= SCAPE_REG_TABLES_MAX &&
                count << precision <= 1u << SCAPE_REG_TABLE_SLOTS_LOG2_MAX;
    return sc_cursor_require(c, good, SCAPE_ERROR_LIMIT);
}

static uint32_t read_gamma(struct sc_bits *b) { /* [TBL-002] */
    unsigned zeros = sc_bits_run(b, false, SCAPE_REG_GAMMA_ZEROS_MAX, SCAPE_ERROR_BAD_TABLE);
    return 1u << zeros | sc_bits_read(b, zeros);
}

/* The alphabet's values into values[SYMBOLS_MAX] [TBL-003] [TBL-004]. */
static bool read_alphabet(struct sc_tables *t, struct sc_bits *b, uint32_t width,
                          uint16_t *values) {
    uint32_t most = 1u << t->precision;
    most = most < SCAPE_REG_ALPHABET_MAX ? most : SCAPE_REG_ALPHABET_MAX;
    uint32_t value = sc_bits_read(b, width);
    t->escape = sc_bits_read(b, 1) != 0;
    t->value_count = 0;
    for (;;) {
        uint32_t run = read_gamma(b);
        bool fits = value + run <= 1u << width && t->value_count + run + t->escape <= most;
        if (!sc_cursor_require(b->cursor, fits, SCAPE_ERROR_BAD_TABLE)) {
            return false;
        }
        for (uint32_t i = 0; i < run; i++) {
            values[t->value_count++] = (uint16_t)value++;
        }
        if (sc_bits_read(b, 1) == 0) {
            return b->cursor->error == SCAPE_OK;
        }
        value += read_gamma(b);
    }
}

static int32_t read_residual(struct sc_bits *b, unsigned rice) { /* [TBL-007] */
    uint32_t ones = sc_bits_run(b, true, SCAPE_REG_UNARY_MAX, SCAPE_ERROR_BAD_TABLE);
    uint32_t z = ones << rice | sc_bits_read(b, rice);
    return z % 2 == 0 ? (int32_t)(z / 2) : -(int32_t)(z / 2) - 1;
}

/* What symbol i is expected to have, from the one before it and the table before [TBL-008]. */
static int32_t predict(const struct levels *l, const struct levels *before, uint32_t i) {
    int32_t guess = l->level[i - 1];
    if (i - 1 >= before->first && i < before->end) {
        guess += (int32_t)before->level[i] - (int32_t)before->level[i - 1];
    }
    return guess < 0                              ? 0
           : guess > (int32_t)SCAPE_REG_LEVEL_MAX ? (int32_t)SCAPE_REG_LEVEL_MAX
                                                  : guess;
}

static bool read_levels(const struct sc_tables *t, struct sc_bits *b, struct levels *l,
                        const struct levels *before) {
    struct sc_cursor *c = b->cursor;
    uint32_t skip = read_gamma(b) - 1;
    uint32_t drop = read_gamma(b) - 1;
    if (!sc_cursor_require(c, skip + drop <= t->value_count, SCAPE_ERROR_BAD_TABLE)) { /* 005 */
        return false;
    }
    l->first = skip;
    l->end = t->value_count - drop;
    l->has_escape = t->escape && sc_bits_read(b, 1) != 0;
    if (l->has_escape) {
        l->escape = (uint8_t)sc_bits_read(b, 8);
        sc_cursor_require(c, l->escape <= SCAPE_REG_LEVEL_MAX, SCAPE_ERROR_BAD_TABLE);
    }
    if (!sc_cursor_require(c, l->first < l->end || l->has_escape, SCAPE_ERROR_BAD_TABLE)) {
        return false;
    }
    if (l->first == l->end) {
        return true;
    }
    unsigned rice = sc_bits_read(b, 2);
    l->level[l->first] = (uint8_t)sc_bits_read(b, 8);
    sc_cursor_require(c, l->level[l->first] <= SCAPE_REG_LEVEL_MAX, SCAPE_ERROR_BAD_TABLE);
    for (uint32_t i = l->first + 1; i < l->end; i++) {
        int32_t level = predict(l, before, i) + read_residual(b, rice);
        bool good = level >= 0 && level <= (int32_t)SCAPE_REG_LEVEL_MAX; /* [TBL-009] */
        if (!sc_cursor_require(c, good, SCAPE_ERROR_BAD_TABLE)) {
            return false;
        }
        l->level[i] = (uint8_t)level;
    }
    return c->error == SCAPE_OK;
}

static uint64_t weight(uint32_t level) { /* [TBL-010] */
    static const uint16_t eighths[8] = {256, 279, 304, 332, 362, 395, 431, 470};
    return (uint64_t)eighths[level & 7] << (level >> 3);
}

/* [TBL-011]; true when one symbol has all the slots. */
static bool make_frequencies(const struct sc_tables *t, const struct levels *l,
                             uint16_t *frequencies) {
    uint32_t present = l->end - l->first + l->has_escape;
    uint64_t spread = (UINT64_C(1) << t->precision) - present;
    uint64_t total = l->has_escape ? weight(l->escape) : 0;
    for (uint32_t i = l->first; i < l->end; i++) {
        total += weight(l->level[i]);
    }
    memset(frequencies, 0, t->symbols * sizeof *frequencies);
    uint64_t done = 0, before = 0;
    for (uint32_t i = l->first; i < l->end; i++) {
        done += weight(l->level[i]);
        uint64_t share = done * spread / total;
        frequencies[i] = (uint16_t)(1 + share - before);
        before = share;
    }
    if (l->has_escape) {
        frequencies[t->value_count] = (uint16_t)(1 + spread - before);
    }
    return present == 1;
}

/* [TBL-021] for one table. */
static void make_columns(const struct sc_tables *t, const uint16_t *frequencies,
                         uint32_t *columns) {
    uint32_t count = 1u << t->column_bits;
    uint32_t width = 1u << (t->precision - t->column_bits);
    uint16_t rem[SYMBOLS_MAX], under[SYMBOLS_MAX], over[SYMBOLS_MAX];
    memset(under, 0, count * sizeof *under);
    uint32_t under_count = 0, over_count = 0;
    for (uint32_t j = 0; j < count; j++) {
        rem[j] = j < t->symbols ? frequencies[j] : 0;
        under[under_count] = (uint16_t)j;
        under_count += rem[j] < width;
        over[over_count] = (uint16_t)j;
        over_count += rem[j] > width;
        columns[j] = width << t->column_bits;
    }
    while (over_count > 0) {
        assert(under_count > 0); /* as the frequencies sum up to 2^p */
        uint32_t u = under[--under_count];
        uint32_t o = over[over_count - 1];
        uint32_t cut = rem[u];
        rem[o] = (uint16_t)(rem[o] - (width - cut));
        columns[u] = cut << t->column_bits | o | (uint32_t)(uint16_t)(rem[o] - cut) << 16;
        if (rem[o] <= width) {
            over_count--;
            under[under_count] = (uint16_t)o;
            under_count += rem[o] < width;
        }
    }
}

/* values, frequencies and columns, in one buffer. */
static enum scape_error place_arrays(struct sc_memory *memory, struct sc_tables *t,
                                     const uint16_t *values) {
    t->symbols = t->value_count + t->escape;
    t->column_bits = 0;
    while (t->symbols > 1u << t->column_bits) {
        t->column_bits++;
    }
    size_t columns = (size_t)t->count << t->column_bits;
    size_t frequencies = (size_t)t->count * t->symbols;
    size_t size = columns * sizeof *t->columns + (frequencies + t->symbols) * sizeof *t->values;
    enum scape_error error = sc_buffer_reserve(memory, &t->memory, size);
    if (error == SCAPE_OK) {
        t->columns = (uint32_t *)(void *)t->memory.data;
        t->frequencies = (uint16_t *)(void *)(t->columns + columns);
        t->values = t->frequencies + frequencies;
        memcpy(t->values, values, t->value_count * sizeof *values);
        if (t->escape) {
            t->values[t->value_count] = 0;
        }
    }
    return error;
}

void sc_tables_read(struct sc_memory *memory, struct sc_tables *t, struct sc_cursor *c,
                    uint32_t precision, uint32_t count, uint32_t width) {
    struct sc_bits b = {c, 0, 0};
    struct levels levels[2];
    uint16_t values[SYMBOLS_MAX];
    t->precision = precision;
    t->count = count;
    t->certain = false;
    if (!read_alphabet(t, &b, width, values)) {
        return;
    }
    enum scape_error error = place_arrays(memory, t, values);
    if (error != SCAPE_OK) {
        sc_cursor_fail(c, error);
        return;
    }
    levels[1].first = levels[1].end = 0; /* no table before the first */
    for (uint32_t k = 0; k < count; k++) {
        uint16_t *frequencies = t->frequencies + (size_t)k * t->symbols;
        if (!read_levels(t, &b, &levels[k % 2], &levels[1 - k % 2])) {
            return;
        }
        t->certain |= make_frequencies(t, &levels[k % 2], frequencies);
        make_columns(t, frequencies, t->columns + ((size_t)k << t->column_bits));
    }
    sc_bits_end(&b);
}

enum scape_error sc_tables_make(struct sc_memory *memory, struct sc_tables *t, uint32_t precision,
                                uint32_t count, uint32_t value_count, bool escape,
                                const uint16_t *values, const uint16_t *frequencies) {
    t->precision = precision;
    t->count = count;
    t->value_count = value_count;
    t->escape = escape;
    t->certain = false;
    enum scape_error error = place_arrays(memory, t, values);
    for (uint32_t k = 0; k < count && error == SCAPE_OK; k++) {
        uint16_t *own = t->frequencies + (size_t)k * t->symbols;
        memcpy(own, frequencies + (size_t)k * t->symbols, t->symbols * sizeof *own);
        for (uint32_t s = 0; s < t->symbols; s++) {
            t->certain |= own[s] == 1u << precision;
        }
        make_columns(t, own, t->columns + ((size_t)k << t->column_bits));
    }
    return error;
}

void sc_tables_release(struct sc_memory *memory, struct sc_tables *t) {
    sc_buffer_release(memory, &t->memory);
}
