/* encode_context.c - row and column classes [CAN]. A symbol of exponent and leading mantissa bits
 * is a logarithm in steps of 1 / 2^fraction octave, so its mean over a row is the row's scale.
 * Integer arithmetic only. Depends on encode_context.h. */
#include "encode_context.h"

#include <stdlib.h>
#include <string.h>

enum {
    REACH = 3 /* classes that a line may move in one round */
};

/* One dimension of the tensor while its classes are made. */
struct side {
    uint64_t count;
    uint64_t *sum;   /* of the symbols, those below the floor taken as the floor */
    uint64_t *size;  /* elements */
    uint64_t *order; /* for the median */
    uint8_t *class;
};

struct work {
    struct scape_ref_memory *memory;
    const struct scape_ref_array *array;
    const struct scape_ref_context_choice *choice;
    struct scape_ref_table_plan *context;
    struct side rows, columns;
    uint32_t *counts;  /* [tables << width], or one table's */
    uint32_t *cost_q8; /* [symbol * tables + table]: bits / 256 of a symbol in a table */
};

static void carve_side(struct scape_ref_arena *a, struct side *s) {
    s->sum = scape_ref_arena_take(a, s->count, sizeof *s->sum);
    s->size = scape_ref_arena_take(a, s->count, sizeof *s->size);
    s->order = scape_ref_arena_take(a, s->count, sizeof *s->order);
    s->class = scape_ref_arena_take(a, s->count, sizeof *s->class);
}

static void carve(struct scape_ref_arena *a, struct work *w) {
    uint64_t cells = (uint64_t)w->choice->tables << w->array->width;
    w->counts = scape_ref_arena_take(a, cells, sizeof *w->counts);
    w->cost_q8 = scape_ref_arena_take(a, cells, sizeof *w->cost_q8);
    carve_side(a, &w->rows);
    carve_side(a, &w->columns);
}

/* The symbol below which one counted element in 64 lies, zeros aside: tiny values say nothing of a
 * row's scale, and zeros are no logarithm at all. */
static uint64_t floor_symbol(const struct work *w) {
    uint64_t values = (uint64_t)1 << w->array->width;
    memset(w->counts, 0, (size_t)values * sizeof *w->counts);
    uint64_t others = 0;
    for (uint64_t i = 0; i < w->array->count; i++) {
        if (scape_ref_sample_has(w->choice->sample, i)) {
            uint64_t v = scape_ref_array_get(w->array, i);
            w->counts[v]++;
            others += v != 0 ? 1 : 0;
        }
    }
    uint64_t below = 0;
    for (uint64_t v = 1; v < values; v++) {
        below += w->counts[v];
        if (below * 64 >= others) {
            return v;
        }
    }
    return 1;
}

static void add_up(struct work *w) {
    uint64_t least = floor_symbol(w);
    memset(w->rows.sum, 0, (size_t)w->rows.count * sizeof *w->rows.sum);
    memset(w->rows.size, 0, (size_t)w->rows.count * sizeof *w->rows.size);
    memset(w->columns.sum, 0, (size_t)w->columns.count * sizeof *w->columns.sum);
    memset(w->columns.size, 0, (size_t)w->columns.count * sizeof *w->columns.size);
    for (uint64_t i = 0; i < w->array->count; i++) {
        uint64_t v = scape_ref_array_get(w->array, i);
        uint64_t row = i / w->columns.count;
        uint64_t column = i % w->columns.count;
        v = v > least ? v : least;
        w->rows.sum[row] += v;
        w->rows.size[row]++;
        w->columns.sum[column] += v;
        w->columns.size[column]++;
    }
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* A class is the mean's distance from the median mean, in steps, about the middle class. */
static void classes_of_means(const struct work *w, struct side *s) {
    int64_t half = w->choice->classes / 2;
    for (uint64_t i = 0; i < s->count; i++) {
        /* sixteenths of a step */
        s->sum[i] = s->sum[i] * w->choice->steps * 16 / (s->size[i] << w->choice->fraction);
        s->order[i] = s->sum[i];
    }
    qsort(s->order, (size_t)s->count, sizeof *s->order, by_size);
    uint64_t median = s->order[(s->count - 1) / 2];
    for (uint64_t i = 0; i < s->count; i++) {
        int64_t d = (int64_t)s->sum[i] - (int64_t)median + 8;
        int64_t step = d >= 0 ? d / 16 : -((15 - d) / 16); /* rounded down */
        step = step < -half ? -half : step > half - 1 ? half - 1 : step;
        s->class[i] = (uint8_t)(step + half);
    }
}

/* Thresholds that cut the sums of classes into contexts of equal numbers of elements. */
static void cut(struct work *w) {
    uint64_t rows[SCAPE_REF_CLASSES_MAX] = {0};
    uint64_t columns[SCAPE_REF_CLASSES_MAX] = {0};
    uint64_t sums[2 * SCAPE_REF_CLASSES_MAX] = {0};
    uint32_t classes = w->choice->classes;
    uint64_t total = w->rows.count * w->columns.count;
    for (uint64_t i = 0; i < w->rows.count; i++) {
        rows[w->rows.class[i]]++;
    }
    for (uint64_t i = 0; i < w->columns.count; i++) {
        columns[w->columns.class[i]]++;
    }
    for (uint32_t r = 0; r < classes; r++) {
        for (uint32_t c = 0; c < classes; c++) {
            sums[r + c] += rows[r] * columns[c];
        }
    }
    struct scape_ref_table_plan *context = w->context;
    uint64_t below = 0;
    context->tables = 1;
    for (uint32_t s = 0; s + 1 < 2 * classes; s++) {
        uint64_t table = (2 * below + sums[s]) * w->choice->tables / (2 * total);
        while (context->tables - 1 < table && context->tables < w->choice->tables) {
            context->thresholds[context->tables++ - 1] = (uint8_t)s;
        }
        below += sums[s];
    }
}

/* Numbers the tables that occur without gaps; one that is left alone needs no contexts. */
static enum scape_ref_error drop_unused(struct work *w) {
    struct scape_ref_table_plan *c = w->context;
    uint32_t values = (uint32_t)1 << w->array->width;
    bool used[SCAPE_REF_TABLES_MAX] = {false};
    enum scape_ref_error err =
        scape_ref_table_plan_sample(w->memory, w->array, c, w->choice->sample, w->counts);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    for (uint32_t table = 0; table < c->tables; table++) {
        for (uint32_t v = 0; v < values && !used[table]; v++) {
            used[table] = w->counts[((size_t)table << w->array->width) + v] != 0;
        }
    }
    uint32_t kept = 0; /* tables; table t begins at threshold t - 1 */
    for (uint32_t table = 0; table < c->tables; table++) {
        if (used[table]) {
            if (kept > 0) {
                c->thresholds[kept - 1] = c->thresholds[table - 1];
            }
            kept++;
        }
    }
    c->tables = kept;
    if (kept == 1) {
        c->kind = SCAPE_REF_TABLE_ONE;
    }
    return SCAPE_REF_OK;
}

/* The cost of every symbol in every table, smoothed so that none is infinite. */
static enum scape_ref_error price(struct work *w) {
    uint32_t values = (uint32_t)1 << w->array->width;
    uint32_t tables = w->context->tables;
    enum scape_ref_error err =
        scape_ref_table_plan_sample(w->memory, w->array, w->context, w->choice->sample, w->counts);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    for (uint32_t table = 0; table < tables; table++) {
        const uint32_t *counts = w->counts + ((size_t)table << w->array->width);
        uint64_t total = 0;
        for (uint32_t v = 0; v < values; v++) {
            total += counts[v];
        }
        uint32_t whole = scape_ref_log2_q8(16 * total + values);
        for (uint32_t v = 0; v < values; v++) {
            w->cost_q8[(size_t)v * tables + table] =
                whole - scape_ref_log2_q8(16 * (uint64_t)counts[v] + 1);
        }
    }
    return SCAPE_REF_OK;
}

/* Moves each row (or column) to the class within REACH of its own under which it costs least; rare
 * classes cost more, as their numbers will. The elements of line i are those at i * line_step and
 * every step from there. */
static void reassign(struct work *w, struct side *lines, const struct side *across,
                     uint64_t line_step, uint64_t step) {
    uint32_t classes = w->choice->classes;
    uint8_t table_of[SCAPE_REF_CLASS_SUMS];
    uint64_t rarity[SCAPE_REF_CLASSES_MAX] = {0};
    scape_ref_table_plan_sums(w->context, table_of);
    for (uint64_t i = 0; i < lines->count; i++) {
        rarity[lines->class[i]]++;
    }
    for (uint32_t class = 0; class < classes; class ++) {
        rarity[class] = scape_ref_log2_q8(4 * lines->count + classes) -
                        scape_ref_log2_q8(4 * rarity[class] + 1);
    }
    for (uint64_t i = 0; i < lines->count; i++) {
        uint32_t own = lines->class[i];
        uint32_t low = own > (uint32_t)REACH ? own - (uint32_t)REACH : 0;
        uint32_t high = own + (uint32_t)REACH < classes ? own + (uint32_t)REACH : classes - 1;
        uint64_t cost[2 * REACH + 1] = {0};
        memcpy(cost, rarity + low, (high - low + 1) * sizeof *cost);
        uint64_t at = i * line_step;
        for (uint64_t j = 0; j < across->count && at < w->array->count; j++, at += step) {
            if (!scape_ref_sample_has(w->choice->sample, at)) {
                continue;
            }
            const uint32_t *prices =
                w->cost_q8 + scape_ref_array_get(w->array, at) * w->context->tables;
            const uint8_t *tables = table_of + low + across->class[j];
            for (uint32_t k = 0; k <= high - low; k++) {
                cost[k] += prices[tables[k]];
            }
        }
        uint32_t best = 0;
        for (uint32_t k = 1; k <= high - low; k++) {
            best = cost[k] < cost[best] ? k : best;
        }
        lines->class[i] = (uint8_t)(low + best);
    }
}

enum scape_ref_error scape_ref_context_fit(struct scape_ref_memory *memory,
                                           struct scape_ref_buffer *block,
                                           const struct scape_ref_array *array,
                                           const struct scape_ref_context_choice *choice,
                                           struct scape_ref_table_plan *context) {
    struct scape_ref_arena arena = {0};
    struct work w = {.memory = memory, .array = array, .choice = choice, .context = context};
    uint64_t columns = choice->sample->columns;
    w.rows.count = (array->count + columns - 1) / columns;
    w.columns.count = columns;
    carve(&arena, &w);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, block, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    arena = (struct scape_ref_arena){.base = block->data};
    carve(&arena, &w);
    add_up(&w);
    classes_of_means(&w, &w.rows);
    classes_of_means(&w, &w.columns);
    context->kind = SCAPE_REF_TABLE_BY_ROW_COLUMN;
    context->classes = choice->classes;
    context->row_class = (struct scape_ref_array){
        .width = SCAPE_REF_CLASS_WIDTH, .size = 1, .count = w.rows.count, .data = w.rows.class};
    context->column_class = (struct scape_ref_array){
        .width = SCAPE_REF_CLASS_WIDTH, .size = 1, .count = columns, .data = w.columns.class};
    cut(&w);
    for (uint32_t round = 0; round < choice->rounds && err == SCAPE_REF_OK; round++) {
        err = price(&w);
        if (err == SCAPE_REF_OK) {
            reassign(&w, &w.rows, &w.columns, columns, 1);
            err = price(&w);
        }
        if (err == SCAPE_REF_OK) {
            reassign(&w, &w.columns, &w.rows, 1, columns);
        }
    }
    return err == SCAPE_REF_OK ? drop_unused(&w) : err;
}
