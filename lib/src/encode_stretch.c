/* encode_stretch.c - the slots of small alphabets as stretches: ranks of a symbol whose slots
 * follow each other, two at most for each alias column. Depends on encode_rans.h. */
#include "encode_rans.h"

enum {
    VALUES_MAX = 32,
    LEAST_PRECISION = 11,
    REACH = 8, /* stretches of a symbol that the search reaches */
    NONE = 0xFFFF
};

/* The stretches of a table by their start: the number that its first rank has if the ranks of all
 * symbols are numbered through. Each as start << 16 | first slot; how many. */
static uint32_t list_stretches(const struct sc_tables *t, uint32_t table, const uint32_t *starts,
                               uint32_t *list) {
    uint32_t bits = t->column_bits, width = 1u << (t->precision - bits), n = 0;
    const uint32_t *columns = t->columns + ((size_t)table << bits);
    for (uint32_t j = 0; j < 1u << bits; j++) {
        uint32_t cut = (columns[j] & 0xFFFF) >> bits;
        uint32_t alias = columns[j] & ((1u << bits) - 1);
        uint32_t base = (cut + (columns[j] >> 16)) & 0xFFFF; /* of base - cut */
        if (cut > 0) {
            list[n++] = starts[j] << 16 | j * width;
        }
        if (cut < width) {
            list[n++] = (starts[alias] + base) << 16 | (j * width + cut);
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t key = list[i], at = i;
        for (; at > 0 && list[at - 1] > key; at--) {
            list[at] = list[at - 1];
        }
        list[at] = key;
    }
    return n;
}

/* What the kernel reads of one table, as encode_kernel.h draws it. False if a symbol has too many
 * stretches. */
static bool fill_table(const struct sc_tables *t, uint32_t table, uint32_t values,
                       uint16_t *words) {
    const uint16_t *frequencies = t->frequencies + (size_t)table * t->symbols;
    uint32_t starts[VALUES_MAX + 1] = {0}, list[2 * VALUES_MAX], total = 0;
    for (uint32_t s = 0; s < t->symbols; s++) {
        starts[s] = total;
        total += frequencies[s];
    }
    uint32_t n = list_stretches(t, table, starts, list);
    uint16_t *two = words + (size_t)SC_STRETCH_BY_NUMBER * values, *one = two + 2 * (size_t)values;
    uint16_t *offset = one + 2 * (size_t)values;
    for (uint32_t k = 0; k < n; k++) {
        two[k] = k + 2 < n ? (uint16_t)(list[k + 2] >> 16) : NONE;
        one[k] = k + 1 < n ? (uint16_t)(list[k + 1] >> 16) : NONE;
        offset[k] = (uint16_t)(list[k] - (list[k] >> 16));
    }
    for (uint32_t s = 0, first = 0; s < t->symbols; s++) {
        uint32_t f = frequencies[s], v = t->values[s], end = first;
        while (end < n && list[end] >> 16 < starts[s] + f) {
            end++;
        }
        if (f > 0) {
            float reciprocal = 1.0f / (float)f;
            reciprocal -= (double)reciprocal * f > 1 ? reciprocal / (1 << 23) : 0;
            memcpy(words + 4 * (size_t)values + 2 * (size_t)v, &reciprocal, sizeof reciprocal);
            words[v] = (uint16_t)((f << (16 - t->precision)) - 1);
            words[values + v] = (uint16_t)starts[s];
            words[2 * values + v] = (uint16_t)first;
            words[3 * values + v] = first + 4 < n ? (uint16_t)(list[first + 4] >> 16) : NONE;
        }
        if (end - first > REACH) {
            return false;
        }
        first = end;
    }
    return true;
}

/* False if some symbol has too many. */
static bool fill_tables(const struct sc_tables *t, uint32_t values, uint16_t *words) {
    size_t each = (size_t)SC_STRETCH_WORDS * values;
    memset(words, 0, t->count * each * sizeof *words);
    for (uint32_t k = 0; k < t->count; k++) {
        if (!fill_table(t, k, values, words + k * each)) {
            return false;
        }
    }
    return true;
}

bool sc_stretches_make(struct sc_encode_work *w, struct sc_coder *coder) {
    const struct sc_tables *t = &coder->tables;
    struct sc_wide_coder *wide = &coder->wide;
    uint32_t limit = t->values[t->value_count - 1] + 1u, values = limit <= 16 ? 16 : VALUES_MAX;
    uint64_t size = (uint64_t)t->count * SC_STRETCH_WORDS * values * sizeof(uint16_t);
    if (coder->stretched) {
        return wide->stretches != NULL;
    }
    coder->stretched = true;
    wide->stretches = NULL;
    if (t->escape || t->precision < LEAST_PRECISION || limit > VALUES_MAX) {
        return false;
    }
    uint16_t *words = sc_encode_scratch(w, &coder->stretches, size);
    if (words == NULL || !fill_tables(t, values, words)) {
        return false;
    }
    wide->stretches = words;
    wide->stretch_values = values;
    wide->precision = t->precision;
    return true;
}
