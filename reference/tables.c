/* tables.c - see tables.h. Steps stand in the order of the spec. */
#include "tables.h"

#include <assert.h>

enum {
    ESCAPE_LEVEL_BITS = 8,
    LEVEL_BITS = 8,
    RICE_BITS = 2
};

void scape_ref_tables_carve(struct scape_ref_arena *arena, struct scape_ref_tables *t) {
    t->values = scape_ref_arena_take(arena, SCAPE_REF_ALPHABET_MAX, sizeof *t->values);
    t->frequencies = scape_ref_arena_take(arena, SCAPE_REF_SLOTS_MAX, sizeof *t->frequencies);
    t->columns = scape_ref_arena_take(arena, SCAPE_REF_SLOTS_MAX, sizeof *t->columns);
    for (int i = 0; i < 2; i++) {
        t->levels[i] = scape_ref_arena_take(arena, SCAPE_REF_ALPHABET_MAX, sizeof *t->levels[i]);
    }
    for (int i = 0; i < 3; i++) {
        t->scratch[i] = scape_ref_arena_take(arena, SCAPE_REF_ALPHABET_MAX, sizeof *t->scratch[i]);
    }
}

enum scape_ref_error scape_ref_table_size_check(uint32_t precision, uint32_t count) {
    bool good = precision >= SCAPE_REF_RANS_P_MIN && precision <= SCAPE_REF_RANS_P_MAX &&
                count <= SCAPE_REF_TABLES_MAX && count << precision <= SCAPE_REF_SLOTS_MAX;
    return good ? SCAPE_REF_OK : SCAPE_REF_LIMIT;
}

/* ---- The bit string [TBL-001] [TBL-002] ---- */

struct bit_reader {
    struct scape_ref_cursor *cursor;
    uint32_t spare; /* bits of the last byte not given out yet */
    uint32_t spare_count;
};

static enum scape_ref_error read_bits(struct bit_reader *r, uint32_t width, uint32_t *out) {
    while (r->spare_count < width) { /* at most 16 wide: never more than 23 bits held */
        uint8_t byte;
        enum scape_ref_error error = scape_ref_cursor_u8(r->cursor, &byte);
        if (error) {
            return error;
        }
        r->spare |= (uint32_t)byte << r->spare_count;
        r->spare_count += 8;
    }
    *out = r->spare & ((UINT32_C(1) << width) - 1);
    r->spare >>= width;
    r->spare_count -= width;
    return SCAPE_REF_OK;
}

/* Counts equal bits up to the first other one; more than limit of them are SCAPE_REF_BAD_TABLE. */
static enum scape_ref_error read_unary(struct bit_reader *r, uint32_t counted, uint32_t limit,
                                       uint32_t *out) {
    for (*out = 0;; ++*out) {
        uint32_t bit;
        enum scape_ref_error error = read_bits(r, 1, &bit);
        if (error || bit != counted) {
            return error;
        }
        if (*out == limit) {
            return SCAPE_REF_BAD_TABLE;
        }
    }
}

static enum scape_ref_error read_gamma(struct bit_reader *r, uint32_t *out) {
    uint32_t zeros, low;
    enum scape_ref_error error = read_unary(r, 0, SCAPE_REF_GAMMA_ZEROS_MAX, &zeros);
    error = error ? error : read_bits(r, zeros, &low);
    if (!error) {
        *out = UINT32_C(1) << zeros | low;
    }
    return error;
}

/* ---- The alphabet [TBL-003] [TBL-004] ---- */

static enum scape_ref_error read_run(struct bit_reader *r, uint32_t width, uint32_t most,
                                     uint32_t *value, struct scape_ref_tables *t) {
    uint32_t run;
    enum scape_ref_error error = read_gamma(r, &run);
    if (error) {
        return error;
    }
    if (run > (UINT32_C(1) << width) - *value ||
        t->value_count + run + (t->escape ? 1U : 0U) > most) {
        return SCAPE_REF_BAD_TABLE;
    }
    for (uint32_t i = 0; i < run; i++) {
        t->values[t->value_count++] = (uint16_t)(*value)++;
    }
    return SCAPE_REF_OK;
}

static enum scape_ref_error read_alphabet(struct bit_reader *r, uint32_t width,
                                          struct scape_ref_tables *t) {
    uint32_t slots = UINT32_C(1) << t->precision;
    uint32_t most = slots < SCAPE_REF_ALPHABET_MAX ? slots : SCAPE_REF_ALPHABET_MAX;
    uint32_t value, escape = 0, more = 0;
    enum scape_ref_error error = read_bits(r, width, &value);
    error = error ? error : read_bits(r, 1, &escape);
    t->escape = escape;
    t->value_count = 0;
    while (!error) {
        error = read_run(r, width, most, &value, t);
        error = error ? error : read_bits(r, 1, &more);
        if (error || !more) {
            break;
        }
        uint32_t gap = 0;
        error = read_gamma(r, &gap);
        /* Beyond the last value there is room for no run: kept small, and found by the next one. */
        uint32_t end = UINT32_C(1) << width;
        value = gap > end - value ? end : value + gap;
    }
    return error;
}

/* ---- The levels [TBL-005] to [TBL-009] ---- */

/* Which value symbols a table has, and the level of its escape if it has one. */
struct present {
    uint32_t first;
    uint32_t end; /* == first: none */
    bool escape;
    uint32_t escape_level;
};

static enum scape_ref_error read_level(struct bit_reader *r, uint32_t *out) {
    enum scape_ref_error error = read_bits(r, LEVEL_BITS, out);
    return !error && *out > SCAPE_REF_LEVEL_MAX ? SCAPE_REF_BAD_TABLE : error;
}

static enum scape_ref_error read_present(struct bit_reader *r, const struct scape_ref_tables *t,
                                         struct present *out) {
    uint32_t skip, drop, escape = 0;
    enum scape_ref_error error = read_gamma(r, &skip);
    error = error ? error : read_gamma(r, &drop);
    if (error) {
        return error;
    }
    if (skip - 1 + drop - 1 > t->value_count) { /* [TBL-005] */
        return SCAPE_REF_BAD_TABLE;
    }
    out->first = skip - 1;
    out->end = t->value_count - (drop - 1);
    if (t->escape) {
        error = read_bits(r, 1, &escape);
    }
    out->escape = escape;
    out->escape_level = 0;
    if (!error && escape) {
        error = read_level(r, &out->escape_level);
    }
    if (!error && out->first == out->end && !escape) { /* [TBL-006] */
        return SCAPE_REF_BAD_TABLE;
    }
    return error;
}

/* [TBL-007] */
static enum scape_ref_error read_residual(struct bit_reader *r, uint32_t rice, int *out) {
    uint32_t ones, low = 0;
    enum scape_ref_error error = read_unary(r, 1, SCAPE_REF_UNARY_MAX, &ones);
    error = error ? error : read_bits(r, rice, &low);
    if (!error) {
        int z = (int)(ones << rice | low);
        *out = z % 2 ? -(z / 2) - 1 : z / 2;
    }
    return error;
}

/* [TBL-008] before holds the levels of the table before and was: which of them there are. */
static int predict(const uint8_t *levels, const uint8_t *before, const struct present *was,
                   uint32_t i) {
    int level = levels[i - 1];
    if (i > was->first && i < was->end) {
        level += before[i] - before[i - 1];
    }
    return level < 0 ? 0 : level > (int)SCAPE_REF_LEVEL_MAX ? (int)SCAPE_REF_LEVEL_MAX : level;
}

static enum scape_ref_error read_levels(struct bit_reader *r, const struct present *has,
                                        uint8_t *levels, const uint8_t *before,
                                        const struct present *was) {
    if (has->first == has->end) {
        return SCAPE_REF_OK;
    }
    uint32_t rice, level;
    enum scape_ref_error error = read_bits(r, RICE_BITS, &rice);
    error = error ? error : read_level(r, &level);
    if (error) {
        return error;
    }
    levels[has->first] = (uint8_t)level;
    for (uint32_t i = has->first + 1; i < has->end; i++) {
        int residual;
        error = read_residual(r, rice, &residual);
        if (error) {
            return error;
        }
        int next = predict(levels, before, was, i) + residual;
        if (next < 0 || next > (int)SCAPE_REF_LEVEL_MAX) { /* [TBL-009] */
            return SCAPE_REF_BAD_TABLE;
        }
        levels[i] = (uint8_t)next;
    }
    return SCAPE_REF_OK;
}

/* ---- Frequencies [TBL-010] [TBL-011] ---- */

static uint64_t weight(uint8_t level) {
    static const uint16_t e8[8] = {256, 279, 304, 332, 362, 395, 431, 470};
    return (uint64_t)e8[level % 8] << level / 8;
}

void scape_ref_frequencies_make(const uint8_t *levels, uint32_t present, uint32_t precision,
                                uint16_t *frequencies) {
    assert(present >= 1 && present <= UINT32_C(1) << precision);
    uint64_t total = 0, sum = 0, before = 0;
    for (uint32_t i = 0; i < present; i++) {
        total += weight(levels[i]);
    }
    for (uint32_t i = 0; i < present; i++) {
        sum += weight(levels[i]);
        /* Below 2^41 times 2^14: exact. */
        uint64_t share = sum * ((UINT64_C(1) << precision) - present) / total;
        frequencies[i] = (uint16_t)(1 + share - before);
        before = share;
    }
}

/* Those of one table: the present values, and the escape as the symbol after all values. */
static void make_frequencies(const struct scape_ref_tables *t, const struct present *has,
                             const uint8_t *levels, uint16_t *out) {
    uint16_t *shares = t->scratch[0];
    uint8_t present[SCAPE_REF_ALPHABET_MAX];
    uint32_t n = 0;
    for (uint32_t i = has->first; i < has->end; i++) {
        present[n++] = levels[i];
    }
    if (has->escape) {
        present[n++] = (uint8_t)has->escape_level;
    }
    scape_ref_frequencies_make(present, n, t->precision, shares);
    for (uint32_t i = 0; i < UINT32_C(1) << t->column_bits; i++) {
        out[i] = i >= has->first && i < has->end ? shares[i - has->first] : 0;
    }
    if (has->escape) {
        out[t->value_count] = shares[n - 1];
    }
}

enum scape_ref_error scape_ref_tables_read(struct scape_ref_cursor *c, uint32_t precision,
                                           uint32_t count, uint32_t width,
                                           struct scape_ref_tables *t) {
    assert(width >= 1 && width <= SCAPE_REF_CODED_WIDTH_MAX);
    struct bit_reader r = {c, 0, 0};
    t->precision = precision;
    t->count = count;
    enum scape_ref_error error = read_alphabet(&r, width, t);
    t->column_bits = scape_ref_column_bits(t->value_count + (t->escape ? 1U : 0U));
    struct present was = {0, 0, false, 0}; /* no table came before the first */
    for (uint32_t k = 0; !error && k < count; k++) {
        struct present has = was;
        uint8_t *levels = t->levels[k % 2];
        error = read_present(&r, t, &has);
        error = error ? error : read_levels(&r, &has, levels, t->levels[(k + 1) % 2], &was);
        if (!error) {
            make_frequencies(t, &has, levels, t->frequencies + ((size_t)k << t->column_bits));
        }
        was = has;
    }
    return !error && r.spare != 0 ? SCAPE_REF_NONZERO_PAD : error;
}

/* ---- Slots [TBL-020] [TBL-021] ---- */

uint32_t scape_ref_column_bits(uint32_t symbols) {
    uint32_t bits = 0;
    while (symbols > UINT32_C(1) << bits) {
        bits++;
    }
    return bits;
}

void scape_ref_columns_make(const uint16_t *frequencies, uint32_t symbols, uint32_t column_bits,
                            uint32_t precision, struct scape_ref_column *columns,
                            uint16_t *const scratch[3]) {
    uint16_t *rem = scratch[0], *under = scratch[1], *over = scratch[2];
    uint32_t width = UINT32_C(1) << (precision - column_bits), unders = 0, overs = 0;
    for (uint32_t j = 0; j < UINT32_C(1) << column_bits; j++) {
        rem[j] = j < symbols ? frequencies[j] : 0;
        columns[j] = (struct scape_ref_column){(uint16_t)width, 0, 0};
        if (rem[j] < width) {
            under[unders++] = (uint16_t)j;
        } else if (rem[j] > width) {
            over[overs++] = (uint16_t)j;
        }
    }
    while (overs != 0) {
        assert(unders != 0); /* the frequencies sum to 2^p */
        uint16_t u = under[--unders], o = over[overs - 1];
        rem[o] = (uint16_t)(rem[o] - (width - rem[u]));
        columns[u] = (struct scape_ref_column){rem[u], o, rem[o]};
        if (rem[o] < width) {
            under[unders++] = over[--overs];
        } else if (rem[o] == width) {
            overs--;
        }
    }
}

void scape_ref_tables_make_columns(struct scape_ref_tables *t) {
    uint32_t symbols = t->value_count + (t->escape ? 1U : 0U);
    for (uint32_t k = 0; k < t->count; k++) {
        size_t at = (size_t)k << t->column_bits;
        scape_ref_columns_make(t->frequencies + at, symbols, t->column_bits, t->precision,
                               t->columns + at, t->scratch);
    }
}
