/* stats.h - entropies of counts, medians, and the seeded bootstrap. Depends on the C library. */
#ifndef SCAPE_STUDY_STATS_H
#define SCAPE_STUDY_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits a symbol of the empirical distribution; 0 where nothing was counted. */
double study_entropy(const uint64_t *counts, size_t n);
/* Bits a symbol given its context: counts[context * n + symbol]. */
double study_entropy_given(const uint64_t *counts, size_t contexts, size_t n);
/* The same as an adaptive code learns it (Krichevsky-Trofimov, one for each context, over the
 * symbols that occur): what the tables cost is in it. */
double study_entropy_adaptive(const uint64_t *counts, size_t contexts, size_t n);

/* Pearson's coefficient from sums, 0 where either does not vary. */
struct study_pairs {
    double n, x, y, xx, yy, xy;
};
void study_pairs_add(struct study_pairs *p, double x, double y);
double study_pearson(const struct study_pairs *p);

/* The median (mean of the middle two); values are put in order. NAN where there are none. */
double study_median(double *values, size_t n);
/* By linear interpolation, as numpy does it; values must be in order. */
double study_quantile(const double *sorted, size_t n, double q);

/* A generator that gives the same numbers everywhere: splitmix64. */
struct study_random {
    uint64_t state;
};
uint64_t study_random_below(struct study_random *r, uint64_t n);

enum study_statistic {
    STUDY_MEDIAN,
    STUDY_GEOMETRIC,
    STUDY_WEIGHTED,
    STUDY_STATISTICS
};

/* A ratio with its bytes, and the number of the model it belongs to. */
struct study_sample {
    double ratio, bytes_in, bytes_out;
    size_t model;
};

struct study_interval {
    double value, low, high;      /* by tensor */
    double model_low, model_high; /* clustered by model; NAN with one model */
};

enum {
    STUDY_SEED = 42,
    STUDY_RESAMPLES = 1000
};

/* Statistics of samples with 95 % intervals from resamples of the samples, and of whole models.
 * False: out of memory. */
bool study_bootstrap(const struct study_sample *samples, size_t n, size_t models,
                     struct study_interval out[STUDY_STATISTICS]);

#endif
