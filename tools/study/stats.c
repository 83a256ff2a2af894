/* stats.c - see stats.h. */
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Entropies ---- */

/* n log2 n - sum c log2 c */
static double bits_of(const uint64_t *counts, size_t n, double *total) {
    double bits = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double c = (double)counts[i];
        sum += c;
        bits -= c > 0 ? c * log2(c) : 0;
    }
    *total += sum;
    return sum > 0 ? bits + sum * log2(sum) : 0;
}

double study_entropy(const uint64_t *counts, size_t n) {
    return study_entropy_given(counts, 1, n);
}

double study_entropy_given(const uint64_t *counts, size_t contexts, size_t n) {
    double bits = 0, total = 0;
    for (size_t k = 0; k < contexts; k++) {
        bits += bits_of(counts + k * n, n, &total);
    }
    return total > 0 ? bits / total : 0;
}

double study_entropy_adaptive(const uint64_t *counts, size_t contexts, size_t n) {
    double nats = 0, total = 0, alphabet = 0;
    for (size_t v = 0; v < n; v++) {
        bool occurs = false;
        for (size_t k = 0; k < contexts && !occurs; k++) {
            occurs = counts[k * n + v] != 0;
        }
        alphabet += occurs ? 1 : 0;
    }
    for (size_t k = 0; k < contexts; k++) {
        double sum = 0;
        for (size_t v = 0; v < n; v++) {
            double c = (double)counts[k * n + v];
            sum += c;
            nats -= c > 0 ? lgamma(c + 0.5) - lgamma(0.5) : 0;
        }
        nats += sum > 0 ? lgamma(sum + alphabet / 2) - lgamma(alphabet / 2) : 0;
        total += sum;
    }
    return total > 0 ? nats / log(2.0) / total : 0;
}

void study_pairs_add(struct study_pairs *p, double x, double y) {
    p->n += 1;
    p->x += x;
    p->y += y;
    p->xx += x * x;
    p->yy += y * y;
    p->xy += x * y;
}

double study_pearson(const struct study_pairs *p) {
    double xx = p->n * p->xx - p->x * p->x, yy = p->n * p->yy - p->y * p->y;
    return xx > 0 && yy > 0 ? (p->n * p->xy - p->x * p->y) / (sqrt(xx) * sqrt(yy)) : 0;
}

/* ---- Order ---- */

static int compare(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y ? 1 : 0;
}

double study_quantile(const double *sorted, size_t n, double q) {
    if (n == 0) {
        return NAN;
    }
    double at = q * (double)(n - 1), below = floor(at);
    size_t i = (size_t)below;
    double next = i + 1 < n ? sorted[i + 1] : sorted[i];
    return sorted[i] + (at - below) * (next - sorted[i]);
}

double study_median(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare);
    return study_quantile(values, n, 0.5);
}

/* ---- Bootstrap ---- */

static uint64_t next_random(struct study_random *r) {
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint64_t study_random_below(struct study_random *r, uint64_t n) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, value;
    do {
        value = next_random(r);
    } while (value >= limit);
    return value % n;
}

/* Samples grouped by model: those of model m are order[start[m]] to order[start[m + 1] - 1]. */
struct groups {
    size_t *order, *start;
    size_t models;
};

static bool make_groups(struct groups *g, const struct study_sample *samples, size_t n,
                        size_t models) {
    g->models = models;
    g->order = calloc(n + 1, sizeof *g->order);
    g->start = calloc(models + 2, sizeof *g->start);
    if (g->order == NULL || g->start == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        g->start[samples[i].model + 2]++;
    }
    for (size_t m = 2; m <= models + 1; m++) {
        g->start[m] += g->start[m - 1];
    }
    for (size_t i = 0; i < n; i++) {
        g->order[g->start[samples[i].model + 1]++] = i;
    }
    return true;
}

/* The statistics of the samples with these numbers. */
static void statistics(const struct study_sample *samples, const size_t *picked, size_t n,
                       double *room, double out[STUDY_STATISTICS]) {
    double logs = 0, in = 0, packed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct study_sample *s = &samples[picked != NULL ? picked[i] : i];
        room[i] = s->ratio;
        logs += log(s->ratio);
        in += s->bytes_in;
        packed += s->bytes_out;
    }
    out[STUDY_MEDIAN] = study_median(room, n);
    out[STUDY_GEOMETRIC] = n != 0 ? exp(logs / (double)n) : NAN;
    out[STUDY_WEIGHTED] = packed > 0 ? in / packed : NAN;
}

struct bootstrap {
    const struct study_sample *samples;
    size_t n;
    struct groups groups;
    struct study_random random;
    size_t *picked; /* room for resamples of models, which grow */
    double *room;
    size_t capacity;
};

static bool reserve(struct bootstrap *b, size_t n) {
    if (n <= b->capacity) {
        return true;
    }
    size_t *picked = realloc(b->picked, 2 * n * sizeof *picked);
    b->picked = picked != NULL ? picked : b->picked;
    double *room = picked != NULL ? realloc(b->room, 2 * n * sizeof *room) : NULL;
    b->room = room != NULL ? room : b->room;
    b->capacity = room != NULL ? 2 * n : b->capacity;
    return room != NULL;
}

static bool resample(struct bootstrap *b, bool by_model, double out[STUDY_STATISTICS]) {
    size_t n = 0;
    for (size_t i = 0; i < b->n && !by_model; i++) {
        b->picked[n++] = (size_t)study_random_below(&b->random, b->n);
    }
    for (size_t i = 0; i < b->groups.models && by_model; i++) {
        size_t m = (size_t)study_random_below(&b->random, b->groups.models);
        size_t first = b->groups.start[m], size = b->groups.start[m + 1] - first;
        if (!reserve(b, n + size)) {
            return false;
        }
        memcpy(b->picked + n, b->groups.order + first, size * sizeof *b->picked);
        n += size;
    }
    statistics(b->samples, b->picked, n, b->room, out);
    return true;
}

static bool intervals(struct bootstrap *b, bool by_model, double low[STUDY_STATISTICS],
                      double high[STUDY_STATISTICS]) {
    double *all = calloc((size_t)STUDY_RESAMPLES * STUDY_STATISTICS, sizeof *all);
    bool good = all != NULL;
    b->random.state = STUDY_SEED;
    for (size_t i = 0; i < STUDY_RESAMPLES && good; i++) {
        double one[STUDY_STATISTICS];
        good = resample(b, by_model, one);
        for (size_t k = 0; k < STUDY_STATISTICS && good; k++) {
            all[k * STUDY_RESAMPLES + i] = one[k];
        }
    }
    for (size_t k = 0; k < STUDY_STATISTICS && good; k++) {
        double *values = all + k * STUDY_RESAMPLES;
        qsort(values, STUDY_RESAMPLES, sizeof *values, compare);
        low[k] = study_quantile(values, STUDY_RESAMPLES, 0.025);
        high[k] = study_quantile(values, STUDY_RESAMPLES, 0.975);
    }
    free(all);
    return good;
}

bool study_bootstrap(const struct study_sample *samples, size_t n, size_t models,
                     struct study_interval out[STUDY_STATISTICS]) {
    struct bootstrap b = {.samples = samples, .n = n};
    double value[STUDY_STATISTICS], low[STUDY_STATISTICS], high[STUDY_STATISTICS];
    double model_low[STUDY_STATISTICS] = {NAN, NAN, NAN};
    double model_high[STUDY_STATISTICS] = {NAN, NAN, NAN};
    bool good = n != 0 && reserve(&b, n) && make_groups(&b.groups, samples, n, models);
    if (good) {
        statistics(samples, NULL, n, b.room, value);
        good = intervals(&b, false, low, high) &&
               (models < 2 || intervals(&b, true, model_low, model_high));
    }
    for (size_t k = 0; k < STUDY_STATISTICS && good; k++) {
        out[k] = (struct study_interval){value[k], low[k], high[k], model_low[k], model_high[k]};
    }
    free(b.groups.order);
    free(b.groups.start);
    free(b.picked);
    free(b.room);
    return good;
}
