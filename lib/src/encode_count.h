/* encode_count.h - histograms of elements of 1 or 2 bytes. Pure: no allocation. Depends on work.h.
 */
#ifndef SC_ENCODE_COUNT_H
#define SC_ENCODE_COUNT_H

#include "work.h"

/* How an array's element i is read as a number. */
static inline uint32_t sc_element(const struct sc_array *a, uint64_t i) {
    return a->bytes == 1 ? a->data[i] : ((const uint16_t *)(const void *)a->data)[i];
}

/* Sets counts[0..stride) to how often each value stands among every step-th element from the first.
 * All values are below stride; bytes is 1 or 2. */
void sc_count_values(const struct sc_array *a, uint64_t step, uint32_t *counts, uint32_t stride);

/* Which elements are counted: runs of SC_SAMPLE_RUN of a row, those of the next row one run further
 * on, so that all rows and columns have their share [CAN-061]. */
enum {
    SC_SAMPLE_RUN = 64
};
struct sc_sample {
    uint64_t columns; /* of a row */
    uint64_t step;    /* one run of so many; 1: all */
};

/* The first sampled run of row i, which step-th ones follow. */
static inline uint64_t sc_sample_first(const struct sc_sample *s, uint64_t i) {
    return (s->step - i % s->step) % s->step * SC_SAMPLE_RUN;
}

/* How often each value of [first, end) stands among the sampled elements, none of which has
 * another. */
void sc_count_sample(const struct sc_array *a, const struct sc_sample *sample, uint32_t *counts,
                     uint32_t first, uint32_t end);

/* The same for each context: contexts[i] < tables of element i; SC_COUNT_SKIP: not counted. */
enum {
    SC_COUNT_SKIP = 255
};
void sc_count_contexts(const struct sc_array *a, const uint8_t *contexts, uint32_t *counts,
                       uint32_t tables, uint32_t stride);

/* Which context each 2^log2 elements have; those at the end of lift blocks are not counted. */
struct sc_runs {
    const uint8_t *contexts;
    uint32_t log2;
    struct sc_lift lift;
};

/* The same for runs; `scratch` has sc_count_runs_scratch() bytes. */
size_t sc_count_runs_scratch(uint32_t tables, uint32_t stride);
void sc_count_runs(const struct sc_array *a, const struct sc_runs *runs, uint32_t *counts,
                   uint32_t tables, uint32_t stride, uint32_t *scratch);

/* Are all elements equal? Any element size. */
bool sc_all_equal(const struct sc_array *a);

#endif
