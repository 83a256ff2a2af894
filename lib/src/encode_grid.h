/* encode_grid.h - the classes of the rows and columns of a float tensor, and the contexts that they
 * give [CAN-060]. Depends on encode_work.h. */
#ifndef SC_ENCODE_GRID_H
#define SC_ENCODE_GRID_H

#include "encode_count.h"
#include "encode_work.h"

#include <assert.h>

/* A coding of a float dtype [CAN-080]. */
struct sc_float_coding {
    uint32_t dtype, layout;
    uint32_t fraction, symbols, classes, steps, rounds, sample_log2;
    uint32_t table_count;
    struct {
        uint32_t wanted, precision;
    } tables[4];
};

enum {
    SC_GRID_TABLES_MAX = 16,
    SC_GRID_SUMS = 2 * SCAPE_REG_CLASSES_MAX /* more than there are sums of two classes */
};

/* The classes of the lines of one division into tables. */
struct sc_grid_cut {
    uint8_t *lines[2]; /* classes of the rows, of the columns */
    uint32_t threshold_count;
    uint8_t thresholds[SC_GRID_TABLES_MAX];
};

/* Symbols as a matrix. */
struct sc_grid {
    const struct sc_array *values;
    uint64_t columns, line_count[2]; /* rows, columns */
    uint32_t first, stride;          /* of the counted symbols, as in struct sc_counts */
    const struct sc_float_coding *coding;
    struct sc_sample sample; /* the elements that are counted */
    struct sc_grid_cut base, now, best;
    uint64_t members[2][SCAPE_REG_CLASSES_MAX]; /* lines of each class in base */
    uint32_t *sums; /* counts by sum of classes: sums[s * stride + v - first] */
};

/* Sets the grid up with the classes that the means of rows and columns give, in base. `all` are
 * the counts of the sampled symbols; with `totals`, where all symbols are sampled and the coding
 * has no rounds, of a part of them, and all->stride counts of all symbols are put there. False on
 * an error. */
bool sc_grid_open(struct sc_encode_work *w, struct sc_grid *grid, const struct sc_array *values,
                  const struct sc_sample *sample, const struct sc_counts *all, uint32_t *totals,
                  const struct sc_float_coding *coding);

/* Classes and thresholds for `wanted` tables in grid->now, and the counts of each table in
 * w->merged. `counts->tables` is 1 if there is no context. False on an error. */
bool sc_grid_cut(struct sc_encode_work *w, struct sc_grid *grid, uint32_t wanted,
                 struct sc_counts *counts);

void sc_grid_keep(struct sc_grid *grid);

/* The table of each element under `cut`. */
void sc_grid_contexts(const struct sc_grid *grid, const struct sc_grid_cut *cut, uint8_t *contexts);

/* Counts by the sum of classes under `cut`, into grid->sums; then those of its tables. */
void sc_grid_count(struct sc_encode_work *w, struct sc_grid *grid, const struct sc_grid_cut *cut);
void sc_grid_merge(const struct sc_grid *grid, const struct sc_grid_cut *cut, uint32_t *merged);

/* Every row (side 0) or column (1) goes to the class, at most 3 from its own, that codes it in the
 * fewest bits. `merged` are the counts of the tables under grid->now. */
void sc_grid_reassign(struct sc_encode_work *w, struct sc_grid *grid, uint32_t side,
                      const uint32_t *merged);

/* Elements of line i of a side. */
static inline uint64_t sc_grid_length(const struct sc_grid *g, uint32_t side, uint64_t i) {
    assert(g->columns > 0);
    uint64_t whole = g->values->count / g->columns, rest = g->values->count % g->columns;
    return side == 1 ? whole + (i < rest) : i < whole ? g->columns : rest;
}

#endif
