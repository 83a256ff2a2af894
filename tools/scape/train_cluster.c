/* train_cluster.c - see train_cluster.h. */
#include "train_cluster.h"

#include "encode_tables.h"
#include "layout.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETS_MAX = 4,
    ROUNDS_MAX = 24,
    TABLES_MAX = 64
};

struct histograms {
    uint16_t *counts; /* blocks x 2^width */
    uint64_t *mean;   /* of each block, times its number of elements and then 2^16 */
    uint32_t width;
};

struct cli_trainer {
    const struct cli_train_set *sets;
    size_t set_count;
    const struct scape_ref_layout *layout;
    size_t block; /* blocks of the layout that make one of training */
    struct histograms histograms[SETS_MAX];
    size_t blocks, capacity;
    uint64_t every, seen;
    struct scape_ref_array fields[SCAPE_REF_FIELDS_MAX];
};

static size_t layout_blocks(const struct scape_ref_layout *layout, uint32_t field) {
    return layout->fields[field].count == 1 ? CLI_TRAIN_BLOCK : 1;
}

size_t cli_train_block_bytes(const struct cli_train_set *set) {
    const struct scape_ref_layout *layout = scape_ref_layout_find(set->layout);
    return layout != NULL && set->field < layout->field_count
               ? layout_blocks(layout, set->field) * layout->block_bytes
               : 0;
}

struct cli_trainer *cli_trainer_open(const struct cli_train_set *sets, size_t set_count,
                                     uint64_t every) {
    struct cli_trainer *t = calloc(1, sizeof *t);
    if (t == NULL || set_count == 0 || set_count > SETS_MAX) {
        free(t);
        return NULL;
    }
    t->sets = sets;
    t->set_count = set_count;
    t->every = every != 0 ? every : 1;
    t->layout = scape_ref_layout_find(sets[0].layout);
    bool good = t->layout != NULL && sets[0].field < t->layout->field_count;
    t->block = good ? layout_blocks(t->layout, sets[0].field) : 0;
    for (uint32_t f = 0; good && f < t->layout->field_count; f++) {
        struct scape_ref_array *a = &t->fields[f];
        a->width = t->layout->fields[f].width;
        a->size = scape_ref_array_element(a->width);
        a->data = calloc(t->block * t->layout->fields[f].count, a->size);
        good = a->data != NULL;
    }
    for (size_t i = 0; good && i < set_count; i++) {
        good = sets[i].layout == t->layout->id && sets[i].field < t->layout->field_count &&
               sets[i].tables >= 1 && sets[i].tables <= TABLES_MAX &&
               t->fields[sets[i].field].width <= SCAPE_REF_CODED_WIDTH_MAX &&
               layout_blocks(t->layout, sets[i].field) == t->block;
        t->histograms[i].width = good ? t->fields[sets[i].field].width : 0;
    }
    if (!good) {
        cli_trainer_close(t);
        t = NULL;
    }
    return t;
}

void cli_trainer_close(struct cli_trainer *t) {
    if (t == NULL) {
        return;
    }
    for (size_t f = 0; f < SCAPE_REF_FIELDS_MAX; f++) {
        free(t->fields[f].data);
    }
    for (size_t i = 0; i < t->set_count; i++) {
        free(t->histograms[i].counts);
        free(t->histograms[i].mean);
    }
    free(t);
}

size_t cli_trainer_block_bytes(const struct cli_trainer *t) {
    return t->block * t->layout->block_bytes;
}

uint64_t cli_trainer_blocks(const struct cli_trainer *t) {
    return t->seen;
}

static bool make_room(struct cli_trainer *t) {
    if (t->blocks < t->capacity) {
        return true;
    }
    size_t capacity = t->capacity == 0 ? 64 : 2 * t->capacity;
    for (size_t i = 0; i < t->set_count; i++) {
        struct histograms *h = &t->histograms[i];
        size_t row = sizeof *h->counts << h->width;
        uint16_t *counts = capacity <= SIZE_MAX / row ? realloc(h->counts, capacity * row) : NULL;
        h->counts = counts != NULL ? counts : h->counts;
        uint64_t *mean = realloc(h->mean, capacity * sizeof *mean);
        h->mean = mean != NULL ? mean : h->mean;
        if (counts == NULL || mean == NULL) {
            return false;
        }
    }
    t->capacity = capacity;
    return true;
}

bool cli_trainer_add(struct cli_trainer *t, const uint8_t *content, size_t size) {
    uint64_t blocks = size / t->layout->block_bytes;
    if (blocks == 0 || blocks > t->block || t->seen++ % t->every != 0) {
        return true;
    }
    if (!make_room(t)) {
        return false;
    }
    for (uint32_t f = 0; f < t->layout->field_count; f++) {
        t->fields[f].count = blocks * t->layout->fields[f].count;
    }
    scape_ref_layout_split(t->layout, content, blocks, t->fields);
    for (size_t i = 0; i < t->set_count; i++) {
        struct histograms *h = &t->histograms[i];
        const struct scape_ref_array *a = &t->fields[t->sets[i].field];
        uint16_t *row = h->counts + (t->blocks << h->width);
        uint64_t sum = 0;
        memset(row, 0, sizeof *row << h->width);
        for (uint64_t e = 0; e < a->count; e++) {
            uint64_t value = scape_ref_array_get(a, e);
            row[value]++;
            sum += value & t->sets[i].mask;
        }
        h->mean[t->blocks] = a->count != 0 ? (sum << 16) / a->count : 0;
    }
    t->blocks++;
    return true;
}

/* ---- Clusters ---- */

struct seed {
    uint64_t mean;
    size_t block;
};

static int by_mean(const void *a, const void *b) {
    const struct seed *x = a;
    const struct seed *y = b;
    if (x->mean != y->mean) {
        return x->mean < y->mean ? -1 : 1;
    }
    return x->block < y->block ? -1 : 1;
}

/* The start: blocks by their mean, in K equal parts. */
static bool first_assignment(const struct cli_trainer *t, size_t set, uint8_t *cluster) {
    const size_t blocks = t->blocks;
    struct seed *seeds = blocks != 0 ? calloc(blocks, sizeof *seeds) : NULL;
    if (seeds == NULL) {
        return false;
    }
    for (size_t b = 0; b < blocks; b++) {
        seeds[b] = (struct seed){t->histograms[set].mean[b], b};
    }
    qsort(seeds, blocks, sizeof *seeds, by_mean);
    for (size_t i = 0; i < blocks; i++) {
        cluster[seeds[i].block] = (uint8_t)((uint64_t)i * t->sets[set].tables / blocks);
    }
    free(seeds);
    return true;
}

/* counts[table << width | value], one more than seen: a value that was never seen must be codable,
 * if only by the escape. */
static void count_clusters(const struct cli_trainer *t, size_t set, const uint8_t *cluster,
                           uint32_t *counts) {
    const struct histograms *h = &t->histograms[set];
    size_t values = (size_t)1 << h->width;
    for (size_t i = 0; i < t->sets[set].tables * values; i++) {
        counts[i] = 1;
    }
    for (size_t b = 0; b < t->blocks; b++) {
        const uint16_t *row = h->counts + b * values;
        uint32_t *to = counts + cluster[b] * values;
        for (size_t v = 0; v < values; v++) {
            to[v] += row[v];
        }
    }
}

/* cost[table << width | value]: code lengths in bits / 256 under the counts. */
static void price(const uint32_t *counts, size_t tables, uint32_t width, uint32_t *cost) {
    size_t values = (size_t)1 << width;
    for (size_t k = 0; k < tables; k++) {
        uint64_t total = 0;
        for (size_t v = 0; v < values; v++) {
            total += counts[k * values + v];
        }
        uint32_t whole = scape_ref_log2_q8(total);
        for (size_t v = 0; v < values; v++) {
            cost[k * values + v] = whole - scape_ref_log2_q8(counts[k * values + v]);
        }
    }
}

/* Each block to the table that codes it shortest, the first among equals; how many moved. */
static size_t assign(const struct cli_trainer *t, size_t set, const uint32_t *cost,
                     uint8_t *cluster) {
    const struct histograms *h = &t->histograms[set];
    size_t values = (size_t)1 << h->width;
    size_t moved = 0;
    for (size_t b = 0; b < t->blocks; b++) {
        const uint16_t *row = h->counts + b * values;
        uint64_t best = UINT64_MAX;
        uint8_t choice = 0;
        for (size_t k = 0; k < t->sets[set].tables; k++) {
            uint64_t sum = 0;
            for (size_t v = 0; v < values; v++) {
                sum += (uint64_t)row[v] * cost[k * values + v];
            }
            if (sum < best) {
                best = sum;
                choice = (uint8_t)k;
            }
        }
        moved += cluster[b] != choice ? 1 : 0;
        cluster[b] = choice;
    }
    return moved;
}

static bool fit_tables(const struct cli_trainer *t, size_t set, const uint32_t *counts,
                       struct cli_trained *out) {
    const struct scape_ref_options no_limits = {.max_memory = 0};
    struct scape_ref_memory memory;
    struct scape_ref_fit fit = {0};
    scape_ref_memory_init(&memory, &no_limits);
    out->width = t->histograms[set].width;
    out->tables = t->sets[set].tables;
    bool good = scape_ref_tables_fit(&memory, &fit, counts, out->width, out->tables, CLI_TRAIN_P,
                                     1u << CLI_TRAIN_P, true) == SCAPE_REF_OK;
    out->bytes = good ? malloc(fit.byte_count) : NULL;
    if (out->bytes != NULL) {
        memcpy(out->bytes, fit.bytes, fit.byte_count);
        out->size = fit.byte_count;
    }
    scape_ref_buffer_release(&memory, &fit.memory);
    return out->bytes != NULL;
}

bool cli_trainer_fit(struct cli_trainer *t, size_t set, struct cli_trained *out) {
    uint32_t width = t->histograms[set].width;
    size_t cells = (size_t)t->sets[set].tables << width;
    uint32_t *counts = calloc(cells, sizeof *counts);
    uint32_t *cost = calloc(cells, sizeof *cost);
    uint8_t *cluster = calloc(t->blocks + 1, 1);
    *out = (struct cli_trained){.bytes = NULL};
    bool good =
        counts != NULL && cost != NULL && cluster != NULL && first_assignment(t, set, cluster);
    for (int round = 0; good && round < ROUNDS_MAX; round++) {
        count_clusters(t, set, cluster, counts);
        price(counts, t->sets[set].tables, width, cost);
        if (t->sets[set].tables == 1 || assign(t, set, cost, cluster) == 0) {
            break;
        }
    }
    if (good) {
        count_clusters(t, set, cluster, counts);
        good = fit_tables(t, set, counts, out);
    }
    free(counts);
    free(cost);
    free(cluster);
    return good;
}
