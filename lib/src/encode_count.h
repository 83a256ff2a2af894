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

/* The same for each context: contexts[i] < tables of element i; SC_COUNT_SKIP: not counted. */
enum {
    SC_COUNT_SKIP = 255
};
void sc_count_contexts(const struct sc_array *a, const uint8_t *contexts, uint32_t *counts,
                       uint32_t tables, uint32_t stride);

/* Are all elements equal? Any element size. */
bool sc_all_equal(const struct sc_array *a);

#endif
