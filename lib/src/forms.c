/* forms.c - the forms of a table set that kernels look symbols up in. Depends on kernel.h. */
#include "kernel.h"

#include <assert.h>

enum {
    MAP_ENTRIES = 256,
    UNIT = 64,
    UNITS_MAX = 16,
    PLANE_VALUES = 256,
    PLANES_SIZE_MAX = SC_PLANE_VALUE * UNIT * UNITS_MAX + 2 * PLANE_VALUES
};

enum {
    LONE_SIZE = SC_LONE_COLUMNS * (sizeof(uint64_t) + sizeof(uint16_t))
};

enum {
    WORDS_PLANES = 3,
    WORDS_COLUMN_BITS_MAX = 8
};

static uint32_t words_units(const struct sc_tables *t) {
    return t->column_bits <= 5 ? 1 : t->column_bits == 6 ? 2 : 8;
}

size_t sc_form_size(enum sc_form form, const struct sc_tables *t) {
    size_t slots = (size_t)t->count << t->precision;
    switch (form) {
    case SC_FORM_FLAT64:
        return slots * sizeof(uint64_t);
    case SC_FORM_PAIRS:
        return ((size_t)t->count << t->column_bits) * sizeof(struct sc_column_pair);
    case SC_FORM_FLAT32:
        return slots * sizeof(uint32_t) + MAP_ENTRIES * sizeof(uint16_t);
    case SC_FORM_PLANES:
        return PLANES_SIZE_MAX;
    case SC_FORM_WORDS:
        return (size_t)t->count * WORDS_PLANES * UNIT * words_units(t);
    case SC_FORM_LONE:
        return LONE_SIZE;
    case SC_FORM_COLUMNS:
        return ((size_t)t->count << t->column_bits) * sizeof(uint32_t);
    default:
        return t->count * sizeof(struct sc_alias16);
    }
}

/* One column: two stretches of slots, each of one symbol and with rising ranks. */
struct stretch {
    uint32_t symbol, frequency, rank, slots;
};

static void column_stretches(const struct sc_tables *t, uint32_t k, uint32_t column,
                             struct stretch s[2]) {
    const uint16_t *frequencies = t->frequencies + (size_t)k * t->symbols;
    uint32_t entry = t->columns[((size_t)k << t->column_bits) + column];
    uint32_t low = entry & 0xffff;
    uint32_t cut = low >> t->column_bits;
    uint32_t alias = low & ((1u << t->column_bits) - 1);
    uint32_t width = 1u << (t->precision - t->column_bits);
    s[0] = (struct stretch){column, 0, 0, cut};
    if (cut > 0) {
        s[0].frequency = frequencies[column];
    }
    s[1] = (struct stretch){alias, 0, (cut + (entry >> 16)) & 0xffff, width - cut};
    if (cut < width) {
        s[1].frequency = frequencies[alias];
    }
}

/* What is known of a symbol: freq, value, mark of escape. */
static uint64_t pair_part(const struct sc_tables *t, const uint16_t *frequencies, uint32_t symbol) {
    if (symbol >= t->symbols) {
        return 0;
    }
    uint64_t escape = t->escape && symbol == t->value_count;
    return frequencies[symbol] | (uint64_t)t->values[symbol] << 32 | escape << SC_PAIR_ESCAPE;
}

/* Column j of table k. */
static struct sc_column_pair column_pair(const struct sc_tables *t, uint32_t k, uint32_t j) {
    const uint16_t *frequencies = t->frequencies + (size_t)k * t->symbols;
    uint32_t entry = t->columns[((size_t)k << t->column_bits) + j], low = entry & 0xffff;
    uint64_t cut = low >> t->column_bits, offset = entry >> 16;
    uint32_t alias = low & ((1u << t->column_bits) - 1);
    return (struct sc_column_pair){.own = pair_part(t, frequencies, j),
                                   .alias = pair_part(t, frequencies, alias) | offset << 16 |
                                            cut << SC_PAIR_CUT};
}

static void make_pairs(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    struct sc_column_pair *pairs = (struct sc_column_pair *)(void *)memory;
    bulk->pairs = pairs;
    for (uint32_t k = 0; k < t->count; k++) {
        for (uint32_t j = 0; j < 1u << t->column_bits; j++) {
            *pairs++ = column_pair(t, k, j);
        }
    }
}

/* A column is two stretches of slots, each with rising ranks; the offset counts from the column's
 * first place. */
static void make_flat64(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    const uint64_t not_cut = (UINT64_C(1) << SC_PAIR_CUT) - 1, rank = UINT64_C(0xffff0000);
    uint64_t *entries = (uint64_t *)(void *)memory;
    uint32_t width = 1u << (t->precision - t->column_bits);
    bulk->flat = entries;
    for (uint32_t column = 0; column < t->count << t->column_bits; column++) {
        uint32_t k = column >> t->column_bits;
        struct sc_column_pair pair = column_pair(t, k, column - (k << t->column_bits));
        uint64_t alias = pair.alias & not_cut;
        uint32_t cut = (uint32_t)(pair.alias >> SC_PAIR_CUT);
        for (uint32_t i = 0; i < cut; i++) {
            *entries++ = pair.own + ((uint64_t)i << 16);
        }
        for (uint32_t i = cut; i < width; i++) {
            *entries++ = (alias & ~rank) | ((alias + ((uint64_t)i << 16)) & rank);
        }
    }
}

/* A tag below `limit` that is no value of the alphabet; values rise. */
static uint32_t free_tag(const struct sc_tables *t, uint32_t limit) {
    uint32_t tag = 0;
    for (uint32_t i = 0; i < t->value_count && t->values[i] == tag; i++) {
        tag++;
    }
    return tag < limit ? tag : limit;
}

/* Values as tags if they fit, else numbers if those do. */
static bool choose_tags(const struct sc_tables *t, struct sc_bulk *bulk) {
    uint32_t limit = 1u << (2 * (16 - t->precision));
    uint32_t marker = free_tag(t, limit);
    uint32_t greatest = t->values[t->value_count - 1];
    bulk->escapes = t->escape;
    if (greatest < limit && (!t->escape || marker < limit)) {
        bulk->named = false;
        bulk->marker = (uint16_t)marker;
        return true;
    }
    bulk->named = true;
    bulk->marker = (uint16_t)t->value_count;
    return t->symbols <= limit && t->symbols <= MAP_ENTRIES;
}

static bool make_flat32(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    uint32_t p = t->precision;
    if (p > 12 || t->certain || (uint64_t)t->count << p > 1u << 16 || !choose_tags(t, bulk)) {
        return false;
    }
    uint16_t *map = (uint16_t *)(void *)memory;
    uint32_t *entries = (uint32_t *)(void *)(map + MAP_ENTRIES);
    bulk->map = map;
    bulk->words = entries;
    if (bulk->named) {
        memset(map, 0, MAP_ENTRIES * sizeof *map);
        memcpy(map, t->values, t->symbols * sizeof *map);
    }
    for (uint32_t k = 0; k < t->count; k++) {
        for (uint32_t column = 0; column < 1u << t->column_bits; column++) {
            struct stretch s[2];
            column_stretches(t, k, column, s);
            for (unsigned part = 0; part < 2; part++) {
                uint32_t symbol = s[part].symbol;
                if (s[part].slots == 0) {
                    continue;
                }
                uint32_t tag = bulk->named                             ? symbol
                               : t->escape && symbol == t->value_count ? bulk->marker
                                                                       : t->values[symbol];
                uint32_t entry = s[part].frequency | s[part].rank << p | tag << (2 * p);
                for (uint32_t i = 0; i < s[part].slots; i++) {
                    *entries++ = entry + (i << p);
                }
            }
        }
    }
    return true;
}

static void make_columns(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    uint32_t *words = (uint32_t *)(void *)memory;
    bulk->escapes = t->escape;
    bulk->marker = (uint16_t)free_tag(t, UINT16_MAX);
    bulk->columns = t->columns;
    bulk->words = words;
    for (uint32_t k = 0; k < t->count; k++) {
        const uint16_t *frequencies = t->frequencies + (size_t)k * t->symbols;
        for (uint32_t s = 0; s < 1u << t->column_bits; s++) {
            uint32_t value = s < t->value_count ? t->values[s] : bulk->marker;
            *words++ = (s < t->symbols ? frequencies[s] : 0u) | value << 16;
        }
    }
}

static void alias16_table(const struct sc_tables *t, uint32_t k, uint16_t marker,
                          struct sc_alias16 *a) {
    uint32_t width = 1u << (t->precision - t->column_bits);
    memset(a, 0, sizeof *a);
    for (uint32_t j = 0; j < 1u << t->column_bits; j++) {
        struct stretch s[2];
        column_stretches(t, k, j, s);
        for (unsigned part = 0; part < 2; part++) {
            uint32_t first = j * width + (part == 0 ? 0 : s[0].slots);
            uint32_t symbol = s[part].symbol < t->symbols ? s[part].symbol : 0;
            a->freq[16 * part + j] = (uint16_t)s[part].frequency;
            a->offset[16 * part + j] = (uint16_t)(s[part].rank - first);
            a->value[16 * part + j] = symbol < t->value_count ? t->values[symbol] : marker;
        }
        a->from[j] = a->from[j + 16] = (uint16_t)(j * width + s[0].slots);
    }
}

static void make_alias16(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    struct sc_alias16 *a = (struct sc_alias16 *)(void *)memory;
    bulk->escapes = t->escape;
    bulk->marker = (uint16_t)free_tag(t, UINT16_MAX);
    bulk->alias = a;
    for (uint32_t k = 0; k < t->count; k++) {
        alias16_table(t, k, bulk->marker, &a[k]);
    }
}

/* 64-byte units that hold `columns` columns, as many as there is a loop for; 0: too many. */
static uint32_t plane_units(uint32_t columns) {
    static const uint8_t known[] = {1, 2, 4, 6, 8, 10, 12, UNITS_MAX};
    for (size_t i = 0; i < sizeof known; i++) {
        if (columns <= known[i] * (uint32_t)UNIT) {
            return known[i];
        }
    }
    return 0;
}

/* Column j of table k, its place in the planes of `size` bytes each. */
static void plane_column(const struct sc_tables *t, uint32_t k, uint32_t j, uint8_t *planes,
                         size_t size) {
    struct stretch s[2];
    column_stretches(t, k, j, s);
    uint32_t base = k << t->column_bits, frequency = 0;
    if (j < t->symbols) {
        frequency = t->frequencies[(size_t)k * t->symbols + j];
    }
    if (s[1].slots == 0) { /* all its own: as an alias of itself, so that a cut fits a byte */
        s[1] = s[0];
        s[0].slots = 0;
    }
    uint32_t offset = s[1].rank - s[0].slots;
    uint8_t *out = planes + base + j;
    out[SC_PLANE_CUT * size] = (uint8_t)s[0].slots;
    out[SC_PLANE_ALIAS * size] = (uint8_t)(base + s[1].symbol);
    out[SC_PLANE_OFFSET * size] = (uint8_t)offset;
    out[(SC_PLANE_OFFSET + 1) * size] = (uint8_t)(offset >> 8);
    out[SC_PLANE_FREQ * size] = (uint8_t)frequency;
    out[(SC_PLANE_FREQ + 1) * size] = (uint8_t)(frequency >> 8);
}

static bool make_planes(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    uint32_t units = plane_units(t->count << t->column_bits);
    if (units == 0 || t->column_bits > 8 || t->precision - t->column_bits > 8) {
        return false;
    }
    size_t size = (size_t)units * UNIT;
    memset(memory, 0, SC_PLANE_VALUE * size);
    for (uint32_t k = 0; k < t->count; k++) {
        for (uint32_t j = 0; j < 1u << t->column_bits; j++) {
            plane_column(t, k, j, memory, size);
        }
    }
    uint8_t *values = memory + SC_PLANE_VALUE * size;
    for (uint32_t i = 0; i < PLANE_VALUES; i++) {
        uint32_t symbol = i & ((1u << t->column_bits) - 1);
        uint32_t value = symbol < t->value_count ? t->values[symbol] : 0;
        values[i] = (uint8_t)value;
        values[PLANE_VALUES + i] = (uint8_t)(value >> 8);
    }
    bulk->planes = memory;
    bulk->units = units;
    bulk->escapes = t->escape;
    bulk->marker = (uint16_t)t->value_count;
    return true;
}

static bool make_words(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    if (t->column_bits > WORDS_COLUMN_BITS_MAX || t->escape ||
        t->values[t->value_count - 1] - t->values[0] + 1u != t->value_count) {
        return false;
    }
    size_t columns = (size_t)words_units(t) * UNIT / sizeof(uint16_t);
    uint16_t *plane = (uint16_t *)(void *)memory;
    memset(memory, 0, sc_form_size(SC_FORM_WORDS, t));
    for (uint32_t k = 0; k < t->count; k++, plane += WORDS_PLANES * columns) {
        for (uint32_t j = 0; j < 1u << t->column_bits; j++) {
            uint32_t column = t->columns[((size_t)k << t->column_bits) + j];
            plane[j] = (uint16_t)column;
            plane[columns + j] = (uint16_t)(column >> 16);
        }
        memcpy(plane + 2 * columns, t->frequencies + (size_t)k * t->symbols,
               t->symbols * sizeof *plane);
    }
    bulk->planes = memory;
    bulk->units = words_units(t);
    bulk->marker = t->values[0];
    return true;
}

/* Symbol and freq of a part of an entry. */
static uint32_t lone_part(const struct sc_tables *t, uint32_t symbol) {
    uint32_t frequency = symbol < t->symbols ? t->frequencies[symbol] : 0;
    return frequency | symbol << SC_LONE_SYMBOL;
}

static bool make_lone(const struct sc_tables *t, uint8_t *memory, struct sc_bulk *bulk) {
    assert(t->count == 1 && t->precision == SC_BESIDE_PRECISION);
    if (t->certain || 1u << t->column_bits > SC_LONE_COLUMNS) {
        return false;
    }
    uint64_t *entries = (uint64_t *)(void *)memory;
    uint16_t *map = (uint16_t *)(void *)(entries + SC_LONE_COLUMNS);
    for (uint32_t j = 0; j < 1u << t->column_bits; j++) {
        uint32_t column = t->columns[j], low = column & 0xffff;
        uint32_t alias = low & ((1u << t->column_bits) - 1);
        uint32_t cut = low >> t->column_bits, offset = column >> 16;
        uint64_t other = lone_part(t, alias) | offset << SC_LONE_TOP;
        entries[j] = lone_part(t, j) | (cut - 1) << SC_LONE_TOP | other << 32;
    }
    memset(map, 0, SC_LONE_COLUMNS * sizeof *map);
    memcpy(map, t->values, t->symbols * sizeof *map);
    bulk->flat = entries;
    bulk->map = map;
    bulk->escapes = t->escape;
    bulk->marker = (uint16_t)t->value_count;
    return true;
}

bool sc_form_make(enum sc_form form, const struct sc_tables *t, uint8_t *memory,
                  struct sc_bulk *bulk) {
    bulk->form = form;
    switch (form) {
    case SC_FORM_PAIRS:
        make_pairs(t, memory, bulk);
        return true;
    case SC_FORM_FLAT64:
        make_flat64(t, memory, bulk);
        return true;
    case SC_FORM_FLAT32:
        return make_flat32(t, memory, bulk);
    case SC_FORM_COLUMNS:
        if ((uint64_t)t->count << t->column_bits > 1u << 16) {
            return false;
        }
        make_columns(t, memory, bulk);
        return true;
    case SC_FORM_PLANES:
        return make_planes(t, memory, bulk);
    case SC_FORM_WORDS:
        return make_words(t, memory, bulk);
    case SC_FORM_LONE:
        return make_lone(t, memory, bulk);
    default:
        make_alias16(t, memory, bulk);
        return true;
    }
}
