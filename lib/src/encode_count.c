/* encode_count.c - counting values. Four histograms side by side keep equal neighbours from waiting
 * for each other's counter. Depends on encode_count.h. */
#include "encode_count.h"

enum {
    SIDES = 4,
    SIDE_VALUES = 1024
};

/* All values are in [first, end), end <= SIDE_VALUES. */
static inline void count_sides(const struct sc_array *a, uint32_t *counts, uint32_t first,
                               uint32_t end) {
    uint32_t side[SIDES][SIDE_VALUES];
    for (uint32_t j = 0; j < SIDES; j++) {
        memset(side[j] + first, 0, (end - first) * sizeof *counts);
    }
    uint64_t i = 0;
    for (; i + SIDES <= a->count; i += SIDES) {
        for (uint32_t j = 0; j < SIDES; j++) {
            side[j][sc_element(a, i + j)]++;
        }
    }
    for (; i < a->count; i++) {
        side[0][sc_element(a, i)]++;
    }
    for (uint32_t v = first; v < end; v++) {
        counts[v] = side[0][v] + side[1][v] + side[2][v] + side[3][v];
    }
}

enum {
    PAIR_VALUES = 64,
    PAIRS_LEAST = 2048, /* elements that are worth so many counters */
    PAIRS_MOST = 1 << 16
};

/* Adds n values below PAIR_VALUES, n a multiple of 8 and at most PAIRS_MOST. Two neighbours are
 * counted as one number: half as many counters to wait for. */
static void count_pairs(const uint8_t *values, uint64_t n, uint32_t *counts, uint32_t stride) {
    uint16_t pairs[PAIR_VALUES][PAIR_VALUES], first[PAIR_VALUES], second[PAIR_VALUES] = {0};
    uint16_t *at = pairs[0];
    memset(pairs, 0, sizeof pairs);
    for (uint64_t i = 0; i < n; i += 8) {
        uint64_t v = sc_load_u64(values + i);
        v = (v & UINT64_C(0x00FF00FF00FF00FF)) | (v >> 2 & UINT64_C(0x0FC00FC00FC00FC0));
        at[(uint16_t)v]++;
        at[(uint16_t)(v >> 16)]++;
        at[(uint16_t)(v >> 32)]++;
        at[v >> 48]++;
    }
    for (uint32_t j = 0; j < PAIR_VALUES; j++) {
        first[j] = 0;
        for (uint32_t k = 0; k < PAIR_VALUES; k++) {
            first[j] = (uint16_t)(first[j] + pairs[j][k]);
            second[k] = (uint16_t)(second[k] + pairs[j][k]);
        }
    }
    for (uint32_t v = 0; v < stride; v++) {
        counts[v] += (uint32_t)first[v] + second[v];
    }
}

static void count_all_pairs(const struct sc_array *a, uint32_t *counts, uint32_t stride) {
    uint64_t end = a->count - a->count % 8;
    memset(counts, 0, stride * sizeof *counts);
    for (uint64_t i = 0; i < end; i += PAIRS_MOST) {
        count_pairs(a->data + i, end - i < PAIRS_MOST ? end - i : PAIRS_MOST, counts, stride);
    }
    for (uint64_t i = end; i < a->count; i++) {
        counts[a->data[i]]++;
    }
}

/* Counts in [first, end), which all values are in. */
static void count_between(const struct sc_array *a, uint32_t *counts, uint32_t first,
                          uint32_t end) {
    if (end > SIDE_VALUES || a->count < SIDE_VALUES) {
        memset(counts + first, 0, (end - first) * sizeof *counts);
        for (uint64_t i = 0; i < a->count; i++) {
            counts[sc_element(a, i)]++;
        }
    } else if (a->bytes == 1) {
        struct sc_array bytes = {a->data, a->count, a->width, 1};
        count_sides(&bytes, counts, first, end);
    } else {
        struct sc_array words = {a->data, a->count, a->width, 2};
        count_sides(&words, counts, first, end);
    }
}

void sc_count_values(const struct sc_array *a, uint64_t step, uint32_t *counts, uint32_t stride) {
    if (step == 1 && stride <= PAIR_VALUES && a->count >= PAIRS_LEAST && a->bytes == 1) {
        count_all_pairs(a, counts, stride);
        return;
    }
    if (step == 1) {
        count_between(a, counts, 0, stride);
        return;
    }
    memset(counts, 0, stride * sizeof *counts);
    for (uint64_t i = 0; i < a->count; i += step) {
        counts[sc_element(a, i)]++;
    }
}

static inline void count_some(const struct sc_array *a, uint64_t from, uint64_t n, uint32_t *own,
                              size_t side) {
    uint64_t i = 0;
    for (; i + SIDES <= n; i += SIDES) {
        own[sc_element(a, from + i)]++;
        own[side + sc_element(a, from + i + 1)]++;
        own[2 * side + sc_element(a, from + i + 2)]++;
        own[3 * side + sc_element(a, from + i + 3)]++;
    }
    for (; i < n; i++) {
        own[sc_element(a, from + i)]++;
    }
}

/* `side` has SIDES histograms that are `apart` counts apart, or one where that is 0. */
static inline void count_runs(const struct sc_array *a, const struct sc_sample *s, uint32_t *side,
                              size_t apart) {
    for (uint64_t i = 0, row = 0; row < a->count; i++, row += s->columns) {
        uint64_t n = a->count - row < s->columns ? a->count - row : s->columns;
        for (uint64_t j = sc_sample_first(s, i); j < n; j += s->step * SC_SAMPLE_RUN) {
            uint64_t end = n - j < SC_SAMPLE_RUN ? n : j + SC_SAMPLE_RUN;
            count_some(a, row + j, end - j, side, apart);
        }
    }
}

void sc_count_sample(const struct sc_array *a, const struct sc_sample *sample, uint32_t *counts,
                     uint32_t first, uint32_t end) {
    const struct sc_array bytes = {a->data, a->count, a->width, 1};
    const struct sc_array words = {a->data, a->count, a->width, 2};
    uint32_t side[SIDES * SIDE_VALUES];
    bool few = end <= SIDE_VALUES; /* wide fields have more values than the sides */
    if (sample->step == 1) {
        count_between(a, counts, first, end);
        return;
    }
    memset(few ? side : counts, 0, few ? sizeof side : end * sizeof *counts);
    if (a->bytes == 1) {
        count_runs(&bytes, sample, side, SIDE_VALUES);
    } else {
        count_runs(&words, sample, few ? side : counts, few ? SIDE_VALUES : 0);
    }
    for (uint32_t v = first; few && v < end; v++) {
        counts[v] =
            side[v] + side[SIDE_VALUES + v] + side[2 * SIDE_VALUES + v] + side[3 * SIDE_VALUES + v];
    }
}

void sc_count_contexts(const struct sc_array *a, const uint8_t *contexts, uint32_t *counts,
                       uint32_t tables, uint32_t stride) {
    memset(counts, 0, (size_t)tables * stride * sizeof *counts);
    for (uint64_t i = 0; i < a->count; i++) {
        if (contexts[i] != SC_COUNT_SKIP) {
            counts[(size_t)contexts[i] * stride + sc_element(a, i)]++;
        }
    }
}

enum {
    SIDES_CELLS = 1 << 13 /* of all sides together, so that they stay in the first cache */
};

static uint32_t sides_of(uint32_t tables, uint32_t stride) {
    return (uint64_t)tables * stride * SIDES <= SIDES_CELLS ? SIDES : 1;
}

size_t sc_count_runs_scratch(uint32_t tables, uint32_t stride) {
    return (size_t)tables * stride * sides_of(tables, stride) * sizeof(uint32_t);
}

static inline void count_all_runs(const struct sc_array *a, const struct sc_runs *r,
                                  uint32_t *counts, uint32_t stride, size_t side) {
    uint64_t size = UINT64_C(1) << r->log2, block = UINT64_C(1) << r->lift.log2;
    uint64_t piece = r->lift.count > 0 && block < size ? block : size;
    for (uint64_t from = 0; from < a->count; from += piece) {
        uint64_t n = piece;
        if (r->lift.count > 0) {
            uint64_t live = (from | (block - 1)) + 1 - r->lift.count; /* end of what counts */
            n = live <= from ? 0 : live - from < piece ? live - from : piece;
        }
        count_some(a, from, n, counts + (size_t)r->contexts[from >> r->log2] * stride, side);
    }
}

void sc_count_runs(const struct sc_array *a, const struct sc_runs *runs, uint32_t *counts,
                   uint32_t tables, uint32_t stride, uint32_t *scratch) {
    const struct sc_array bytes = {a->data, a->count, a->width, 1};
    const struct sc_array words = {a->data, a->count, a->width, 2};
    if (runs->log2 == 0 && runs->lift.count == 0) {
        sc_count_contexts(a, runs->contexts, counts, tables, stride);
        return;
    }
    uint32_t sides = sides_of(tables, stride);
    size_t cells = (size_t)tables * stride, side = sides == 1 ? 0 : cells;
    memset(scratch, 0, sides * cells * sizeof *scratch);
    if (a->bytes == 1) {
        count_all_runs(&bytes, runs, scratch, stride, side);
    } else {
        count_all_runs(&words, runs, scratch, stride, side);
    }
    for (size_t i = 0; i < cells; i++) {
        counts[i] = scratch[i];
        for (uint32_t s = 1; s < sides; s++) {
            counts[i] += scratch[s * cells + i];
        }
    }
}

bool sc_all_equal(const struct sc_array *a) {
    return memcmp(a->data, a->data + a->bytes, (size_t)(a->count - 1) * a->bytes) == 0;
}
