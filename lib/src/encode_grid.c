/* encode_grid.c - means, classes, thresholds and contexts of rows and columns [CAN-060]. Depends on
 * encode_grid.h. */
#include "encode_grid.h"

#include "encode_count.h"

/* The symbol below which one element in 64 lies, zeros aside. */
static uint32_t floor_symbol(const struct sc_counts *all) {
    uint64_t below = 0, others = 0;
    uint32_t start = all->first == 0 ? 1 : 0;
    for (uint32_t v = start; v < all->stride; v++) {
        others += all->at[v];
    }
    for (uint32_t v = start; v < all->stride; v++) {
        below += all->at[v];
        if (below * 64 >= others) {
            return all->first + v;
        }
    }
    return 1;
}

/* Do the elements up to `symbol` make one in 64 of all, zeros aside? */
static bool reaches_floor(const struct sc_encode_loops *loops, const struct sc_array *values,
                          uint64_t zeros, uint32_t symbol) {
    uint64_t below = loops->count_upto(values, symbol) - zeros;
    return below * 64 >= values->count - zeros;
}

/* The floor symbol of all elements; `guess` is that of some. */
static uint32_t search_floor(const struct sc_encode_loops *loops, const struct sc_array *values,
                             uint32_t first, uint32_t guess) {
    uint64_t zeros = first == 0 ? loops->count_upto(values, 0) : 0;
    uint32_t start = first == 0 ? 1 : first;
    if (!reaches_floor(loops, values, zeros, guess)) {
        do {
            guess++;
        } while (!reaches_floor(loops, values, zeros, guess));
        return guess;
    }
    while (guess > start && reaches_floor(loops, values, zeros, guess - 1)) {
        guess--;
    }
    return guess;
}

enum {
    STRIP = 4096,   /* columns that are added up at a time, so that 32 bits are enough */
    BAND = 1u << 16 /* rows likewise */
};

/* Adds up one row: its own sum, and each column's. */
static uint64_t add_row(const struct sc_encode_loops *loops, const struct sc_array *a,
                        uint64_t from, uint64_t n, uint32_t least, uint32_t *columns) {
    const uint16_t *words = (const uint16_t *)(const void *)a->data + from;
    uint64_t sum = 0;
    for (uint64_t start = 0; start < n; start += STRIP) {
        uint32_t part = n - start < STRIP ? (uint32_t)(n - start) : STRIP;
        sum += a->bytes == 1
                   ? loops->add_bytes(a->data + from + start, part, least, columns + start)
                   : loops->add_words(words + start, part, least, columns + start);
    }
    return sum;
}

/* Sums of max(symbol, least) over rows and columns; `band` has room for the columns. */
static void add_lines(const struct sc_encode_loops *loops, const struct sc_grid *g, uint32_t least,
                      uint64_t *rows, uint64_t *columns, uint32_t *band) {
    memset(columns, 0, (size_t)g->columns * sizeof *columns);
    for (uint64_t start = 0; start < g->line_count[0]; start += BAND) {
        memset(band, 0, (size_t)g->columns * sizeof *band);
        for (uint64_t i = start; i < g->line_count[0] && i < start + BAND; i++) {
            uint64_t n = sc_grid_length(g, 0, i);
            rows[i] = add_row(loops, g->values, i * g->columns, n, least, band);
        }
        for (uint64_t j = 0; j < g->columns; j++) {
            columns[j] += band[j];
        }
    }
}

enum {
    MEAN_BITS = 20,
    HALF_BITS = 10
};

/* Element number `rank` of the means in rising order; they are below 2^MEAN_BITS. */
static uint64_t select_mean(const uint64_t *means, uint64_t n, uint64_t rank) {
    uint32_t bins[1 << HALF_BITS]; /* a chunk has fewer lines than 2^32 */
    uint64_t high = 0, value = 0;
    for (uint32_t digit = 0; digit < 2; digit++) {
        memset(bins, 0, sizeof bins);
        for (uint64_t i = 0; i < n; i++) {
            if (digit == 0) {
                bins[means[i] >> HALF_BITS]++;
            } else if (means[i] >> HALF_BITS == high) {
                bins[means[i] & ((1u << HALF_BITS) - 1)]++;
            }
        }
        value = 0;
        while (bins[value] <= rank) {
            rank -= bins[value++];
        }
        high = digit == 0 ? value : high;
    }
    return high << HALF_BITS | value;
}

/* Classes of a side from the sums of its lines, which become means. */
static void classify(struct sc_grid *g, uint32_t side, uint64_t *means) {
    const struct sc_float_coding *coding = g->coding;
    uint64_t n = g->line_count[side];
    for (uint64_t i = 0; i < n; i++) {
        uint64_t length = sc_grid_length(g, side, i);
        means[i] = means[i] * ((uint64_t)coding->steps * 16) / (length << coding->fraction);
    }
    int64_t median = (int64_t)select_mean(means, n, (n - 1) / 2);
    int64_t half = coding->classes / 2;
    for (uint64_t i = 0; i < n; i++) {
        int64_t above = (int64_t)means[i] - median + 8;
        int64_t step = above / 16 - (above % 16 < 0);
        step = step < -half ? -half : step > half - 1 ? half - 1 : step;
        g->base.lines[side][i] = (uint8_t)(step + half);
        g->members[side][step + half]++;
    }
}

/* The counts of all classes together. */
static void add_sums(const struct sc_grid *g, uint32_t *restrict totals) {
    memset(totals, 0, g->stride * sizeof *totals);
    for (uint32_t s = 0; s < 2 * g->coding->classes - 1; s++) {
        const uint32_t *restrict own = g->sums + (size_t)s * g->stride;
        for (uint32_t v = 0; v < g->stride; v++) {
            totals[v] += own[v];
        }
    }
}

bool sc_grid_open(struct sc_encode_work *w, struct sc_grid *grid, const struct sc_array *values,
                  const struct sc_sample *sample, const struct sc_counts *all, uint32_t *totals,
                  const struct sc_float_coding *coding) {
    uint64_t columns = sample->columns;
    uint64_t rows = (values->count + columns - 1) / columns;
    uint64_t lines = rows + columns;
    *grid = (struct sc_grid){.values = values,
                             .columns = columns,
                             .line_count = {rows, columns},
                             .first = all->first,
                             .stride = all->stride,
                             .coding = coding,
                             .sample = *sample};
    uint8_t *classes = sc_encode_scratch(w, &w->lines, 3 * lines);
    uint64_t *means = sc_encode_scratch(w, &w->means, lines * sizeof *means + columns * 4);
    grid->sums = sc_encode_scratch(w, &w->sums, (uint64_t)SC_GRID_SUMS * all->stride * 4);
    if (classes == NULL || means == NULL || grid->sums == NULL) {
        return false;
    }
    struct sc_grid_cut *cuts[3] = {&grid->base, &grid->now, &grid->best};
    for (int i = 0; i < 3; i++) {
        cuts[i]->lines[0] = classes + (size_t)i * (size_t)lines;
        cuts[i]->lines[1] = classes + (size_t)i * (size_t)lines + rows;
    }
    uint32_t least = floor_symbol(all);
    least = totals == NULL ? least : search_floor(w->loops, values, all->first, least);
    add_lines(w->loops, grid, least, means, means + rows, (uint32_t *)(void *)(means + lines));
    classify(grid, 0, means);
    classify(grid, 1, means + rows);
    if (coding->rounds == 0) {
        sc_grid_count(w, grid, &grid->base);
    }
    if (totals != NULL) {
        add_sums(grid, totals);
    }
    return true;
}

/* Thresholds that cut the elements into equal parts, by the classes in base. */
static void cut_classes(const struct sc_grid *g, struct sc_grid_cut *cut, uint32_t wanted) {
    uint32_t classes = g->coding->classes;
    uint64_t total = g->line_count[0] * g->line_count[1], below = 0;
    assert(total > 0);
    cut->threshold_count = 0;
    for (uint32_t s = 0; s < 2 * classes - 1; s++) {
        uint64_t here = 0;
        for (uint32_t r = s < classes ? 0 : s - classes + 1; r <= s && r < classes; r++) {
            here += g->members[0][r] * g->members[1][s - r];
        }
        uint64_t table = (2 * below + here) * wanted / (2 * total);
        while (cut->threshold_count < wanted - 1 && cut->threshold_count < table) {
            cut->thresholds[cut->threshold_count++] = (uint8_t)s;
        }
        below += here;
    }
}

static void map_sums(const struct sc_grid_cut *cut, uint8_t *map) {
    for (uint32_t s = 0; s < SC_GRID_SUMS; s++) {
        map[s] = 0;
        for (uint32_t t = 0; t < cut->threshold_count; t++) {
            map[s] = (uint8_t)(map[s] + (cut->thresholds[t] <= s));
        }
    }
}

/* Where the counters of n elements from `from` on stand: by vectors, apart from the counting. */
static inline void find_places(const struct sc_array *a, uint64_t from, uint64_t n,
                               const uint32_t *offsets, uint32_t *places) {
    for (uint64_t k = 0; k < n; k++) {
        places[k] = offsets[k] + sc_element(a, from + k);
    }
}

/* The sampled elements of row i, of n elements. */
static inline void count_row(const struct sc_array *a, const struct sc_sample *sample, uint64_t i,
                             uint64_t n, uint32_t *counts, const uint32_t *offsets) {
    uint64_t from = i * sample->columns;
    for (uint64_t j = sc_sample_first(sample, i); j < n; j += sample->step * SC_SAMPLE_RUN) {
        uint64_t run = n - j < SC_SAMPLE_RUN ? n - j : SC_SAMPLE_RUN;
        uint32_t places[SC_SAMPLE_RUN];
        find_places(a, from + j, run, offsets + j, places);
        for (uint64_t k = 0; k < run; k++) {
            counts[places[k]]++;
        }
    }
}

enum {
    ROWS = 4 /* that are counted by turns, so that they wait less for each other's counters */
};

/* All elements of ROWS rows, the first of which starts at `from`. */
static inline void count_rows(const struct sc_array *a, uint64_t from, uint64_t columns,
                              uint32_t *const *counts, const uint32_t *offsets) {
    uint32_t *own[ROWS] = {counts[0], counts[1], counts[2], counts[3]};
    for (uint64_t j = 0; j < columns; j += SC_SAMPLE_RUN) {
        uint64_t run = columns - j < SC_SAMPLE_RUN ? columns - j : SC_SAMPLE_RUN;
        uint32_t places[ROWS][SC_SAMPLE_RUN];
        for (uint32_t r = 0; r < ROWS; r++) {
            find_places(a, from + r * columns + j, run, offsets + j, places[r]);
        }
        for (uint64_t k = 0; k < run; k++) {
            own[0][places[0][k]]++;
            own[1][places[1][k]]++;
            own[2][places[2][k]]++;
            own[3][places[3][k]]++;
        }
    }
}

static uint32_t *counts_of_row(const struct sc_grid *g, const struct sc_grid_cut *cut, uint64_t i) {
    return g->sums + (size_t)cut->lines[0][i] * g->stride;
}

static inline void count_grid(const struct sc_array *a, const struct sc_grid *g,
                              const struct sc_grid_cut *cut, const uint32_t *offsets) {
    uint64_t i = 0;
    for (; g->sample.step == 1 && (i + ROWS) * g->columns <= a->count; i += ROWS) {
        uint32_t *counts[ROWS];
        for (uint32_t r = 0; r < ROWS; r++) {
            counts[r] = counts_of_row(g, cut, i + r);
        }
        count_rows(a, i * g->columns, g->columns, counts, offsets);
    }
    for (; i < g->line_count[0]; i++) {
        count_row(a, &g->sample, i, sc_grid_length(g, 0, i), counts_of_row(g, cut, i), offsets);
    }
}

void sc_grid_count(struct sc_encode_work *w, struct sc_grid *grid, const struct sc_grid_cut *cut) {
    const struct sc_array *values = grid->values;
    const struct sc_array bytes = {values->data, values->count, values->width, 1};
    const struct sc_array words = {values->data, values->count, values->width, 2};
    /* behind the means there is room for a number for each column */
    uint64_t lines = grid->line_count[0] + grid->columns;
    uint32_t *offsets = (uint32_t *)(void *)(w->means.data + lines * sizeof(uint64_t));
    for (uint64_t j = 0; j < grid->columns; j++) {
        offsets[j] = cut->lines[1][j] * grid->stride - grid->first; /* mod 2^32 */
    }
    size_t cells = (2 * (size_t)grid->coding->classes - 1) * grid->stride;
    memset(grid->sums, 0, cells * sizeof *grid->sums);
    if (values->bytes == 1) {
        count_grid(&bytes, grid, cut, offsets);
    } else {
        count_grid(&words, grid, cut, offsets);
    }
}

void sc_grid_merge(const struct sc_grid *grid, const struct sc_grid_cut *cut, uint32_t *merged) {
    uint8_t map[SC_GRID_SUMS];
    uint32_t stride = grid->stride;
    map_sums(cut, map);
    memset(merged, 0, (size_t)(cut->threshold_count + 1) * stride * sizeof *merged);
    for (uint32_t s = 0; s < 2 * grid->coding->classes - 1; s++) {
        uint32_t *restrict table = merged + (size_t)map[s] * stride;
        const uint32_t *restrict own = grid->sums + (size_t)s * stride;
        for (uint32_t v = 0; v < stride; v++) {
            table[v] += own[v];
        }
    }
}

/* Leaves out the tables without elements, and their thresholds. */
static void drop_empty(const struct sc_grid *g, struct sc_grid_cut *cut, uint32_t *merged) {
    uint32_t kept = 0, thresholds = cut->threshold_count;
    for (uint32_t k = 0; k <= thresholds; k++) {
        uint32_t *table = merged + (size_t)k * g->stride;
        uint32_t any = 0;
        for (uint32_t v = 0; v < g->stride; v++) {
            any |= table[v];
        }
        if (any != 0) {
            if (kept > 0) {
                cut->thresholds[kept - 1] = cut->thresholds[k - 1];
            }
            memmove(merged + (size_t)kept * g->stride, table, g->stride * sizeof *table);
            kept++;
        }
    }
    cut->threshold_count = kept - 1;
}

static void copy_cut(const struct sc_grid *g, struct sc_grid_cut *to,
                     const struct sc_grid_cut *from) {
    memcpy(to->lines[0], from->lines[0], (size_t)(g->line_count[0] + g->line_count[1]));
    memcpy(to->thresholds, from->thresholds, sizeof to->thresholds);
    to->threshold_count = from->threshold_count;
}

bool sc_grid_cut(struct sc_encode_work *w, struct sc_grid *grid, uint32_t wanted,
                 struct sc_counts *counts) {
    uint32_t *merged = sc_encode_scratch(w, &w->merged, (uint64_t)wanted * grid->stride * 4);
    if (merged == NULL) {
        return false;
    }
    copy_cut(grid, &grid->now, &grid->base);
    cut_classes(grid, &grid->now, wanted);
    for (uint32_t i = 0; i < grid->coding->rounds; i++) {
        for (uint32_t side = 0; side < 2 && w->error == SCAPE_OK; side++) {
            sc_grid_count(w, grid, &grid->now);
            sc_grid_merge(grid, &grid->now, merged);
            sc_grid_reassign(w, grid, side, merged);
        }
    }
    if (grid->coding->rounds > 0) {
        sc_grid_count(w, grid, &grid->now);
    }
    sc_grid_merge(grid, &grid->now, merged);
    drop_empty(grid, &grid->now, merged);
    *counts = (struct sc_counts){merged, grid->now.threshold_count + 1, grid->stride,
                                 grid->sample.step > 1, grid->first};
    return w->error == SCAPE_OK;
}

void sc_grid_keep(struct sc_grid *grid) {
    copy_cut(grid, &grid->best, &grid->now);
}

void sc_grid_contexts(const struct sc_grid *grid, const struct sc_grid_cut *cut,
                      uint8_t *contexts) {
    uint8_t map[SC_GRID_SUMS];
    uint64_t first[SCAPE_REG_CLASSES_MAX];
    memset(first, 0xFF, sizeof first);
    map_sums(cut, map);
    for (uint64_t i = 0; i < grid->line_count[0]; i++) {
        uint32_t class = cut->lines[0][i];
        uint8_t *row = contexts + i * grid->columns;
        uint64_t n = sc_grid_length(grid, 0, i);
        if (first[class] != UINT64_MAX) { /* rows of a class are alike */
            memcpy(row, contexts + first[class] * grid->columns, (size_t)n);
            continue;
        }
        for (uint64_t j = 0; j < n; j++) {
            row[j] = map[class + cut->lines[1][j]];
        }
        first[class] = i;
    }
}
