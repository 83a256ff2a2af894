/* encode_reassign.c - moving rows and columns to the classes that code them best: the costly part
 * of level max [CAN-060]. Depends on encode_grid.h. */
#include "encode_grid.h"

#include "encode_count.h"

enum {
    REACH = 3,
    TRIED = 8,                  /* 2 * REACH + 1 classes, and one for the sake of vectors */
    ROW = SC_GRID_SUMS + TRIED, /* prices of a symbol, by sum of classes + REACH */
    RUN = SC_SAMPLE_RUN,
    BAND = 1u << 15 /* elements whose prices are added up in 32 bits */
};

/* prices[v * ROW + REACH + s]: the cost of symbol first + v where the classes' sum is s. */
static uint32_t *make_prices(struct sc_encode_work *w, const struct sc_grid *g,
                             const uint32_t *merged) {
    uint32_t *prices = sc_encode_scratch(w, &w->prices, (uint64_t)g->stride * ROW * 4);
    if (prices == NULL) {
        return NULL;
    }
    memset(prices, 0, (size_t)g->stride * ROW * 4);
    const struct sc_grid_cut *cut = &g->now;
    for (uint32_t k = 0; k <= cut->threshold_count; k++) {
        const uint32_t *table = merged + (size_t)k * g->stride;
        uint64_t total = 0;
        for (uint32_t v = 0; v < g->stride; v++) {
            total += table[v];
        }
        uint32_t whole = sc_log2_q8(16 * total + (UINT64_C(1) << g->values->width));
        uint32_t from = k == 0 ? 0 : cut->thresholds[k - 1];
        uint32_t to = k == cut->threshold_count ? SC_GRID_SUMS : cut->thresholds[k];
        for (uint32_t v = 0; v < g->stride; v++) {
            uint32_t price = whole - sc_log2_q8(16 * (uint64_t)table[v] + 1);
            for (uint32_t s = from; s < to; s++) {
                prices[(size_t)v * ROW + REACH + s] = price;
            }
        }
    }
    return prices;
}

static inline void add_prices(uint32_t *sums, const uint32_t *prices) {
    for (uint32_t c = 0; c < TRIED; c++) {
        sums[c] += prices[c];
    }
}

/* The class of the least cost; costs[c] is that of class at - REACH + c. */
static uint8_t best_class(const uint64_t *costs, const uint32_t *own, uint32_t at,
                          uint32_t classes) {
    uint64_t least = UINT64_MAX;
    uint32_t best = at;
    for (uint32_t c = at < REACH ? 0 : at - REACH; c < classes && c <= at + REACH; c++) {
        uint64_t cost = costs[c + REACH - at] + own[c];
        if (cost < least) {
            least = cost;
            best = c;
        }
    }
    return (uint8_t)best;
}

/* What it costs to name each class. */
static void price_classes(const struct sc_grid *g, uint32_t side, uint32_t *own) {
    uint64_t members[SCAPE_REG_CLASSES_MAX] = {0};
    uint64_t n = g->line_count[side];
    for (uint64_t i = 0; i < n; i++) {
        members[g->now.lines[side][i]]++;
    }
    uint32_t whole = sc_log2_q8(4 * n + g->coding->classes);
    for (uint32_t c = 0; c < g->coding->classes; c++) {
        own[c] = whole - sc_log2_q8(4 * members[c] + 1);
    }
}

static void reassign_rows(const struct sc_grid *g, const uint32_t *prices, const uint32_t *own) {
    uint8_t *rows = g->now.lines[0];
    const uint8_t *across = g->now.lines[1];
    for (uint64_t i = 0; i < g->line_count[0]; i++) {
        uint64_t costs[TRIED] = {0}, n = sc_grid_length(g, 0, i);
        const uint32_t *base = prices + rows[i];
        for (uint64_t j = sc_sample_first(&g->sample, i); j < n; j += g->sample.step * RUN) {
            uint64_t end = n - j < RUN ? n : j + RUN;
            uint32_t sums[TRIED] = {0};
            for (uint64_t k = j; k < end; k++) {
                size_t v = sc_element(g->values, i * g->columns + k) - g->first;
                add_prices(sums, base + v * ROW + across[k]);
            }
            for (uint32_t c = 0; c < TRIED; c++) {
                costs[c] += sums[c];
            }
        }
        rows[i] = best_class(costs, own, rows[i], g->coding->classes);
    }
}

static void reassign_columns(const struct sc_grid *g, const uint32_t *prices, const uint32_t *own,
                             uint64_t *costs, uint32_t *sums) {
    uint8_t *columns = g->now.lines[1];
    const uint8_t *across = g->now.lines[0];
    uint64_t cells = g->columns * TRIED;
    memset(costs, 0, (size_t)cells * sizeof *costs);
    for (uint64_t start = 0; start < g->line_count[0]; start += BAND) {
        memset(sums, 0, (size_t)cells * sizeof *sums);
        for (uint64_t i = start; i < g->line_count[0] && i < start + BAND; i++) {
            const uint32_t *base = prices + across[i];
            uint64_t n = sc_grid_length(g, 0, i);
            for (uint64_t j = sc_sample_first(&g->sample, i); j < n; j += g->sample.step * RUN) {
                uint64_t end = n - j < RUN ? n : j + RUN;
                for (uint64_t k = j; k < end; k++) {
                    size_t v = sc_element(g->values, i * g->columns + k) - g->first;
                    add_prices(sums + k * TRIED, base + v * ROW + columns[k]);
                }
            }
        }
        for (uint64_t j = 0; j < cells; j++) {
            costs[j] += sums[j];
        }
    }
    for (uint64_t j = 0; j < g->columns; j++) {
        columns[j] = best_class(costs + j * TRIED, own, columns[j], g->coding->classes);
    }
}

void sc_grid_reassign(struct sc_encode_work *w, struct sc_grid *grid, uint32_t side,
                      const uint32_t *merged) {
    uint32_t own[SCAPE_REG_CLASSES_MAX];
    uint32_t *prices = make_prices(w, grid, merged);
    if (prices == NULL) {
        return;
    }
    price_classes(grid, side, own);
    if (side == 0) {
        reassign_rows(grid, prices, own);
        return;
    }
    uint64_t cells = grid->columns * TRIED;
    uint64_t *costs = sc_encode_scratch(w, &w->counts, cells * 12);
    if (costs != NULL) {
        reassign_columns(grid, prices, own, costs, (uint32_t *)(void *)(costs + cells));
    }
}
