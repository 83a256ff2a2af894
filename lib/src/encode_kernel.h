/* encode_kernel.h - encoding by an instruction set: pure, and the same bytes as the plain loops
 * make. Depends on work.h. */
#ifndef SC_ENCODE_KERNEL_H
#define SC_ENCODE_KERNEL_H

#include "work.h"

/* Where a segment's words and escaped values are written, downwards. What lies in the
 * SC_WORDS_SLACK bytes below the words may be overwritten. */
struct sc_word_sinks {
    uint8_t *words;
    uint16_t *escaped;
};

enum {
    SC_WORDS_SLACK = 64
};

/* Codes by table and value, at table << shift | min(value - base, limit) with value - base taken
 * mod 2^16; all values that `limit` stands for are escaped, or do not occur. A code is
 *
 *     (freq - 1) << (32 - precision) | SC_WIDE_ESCAPE if so | start
 *
 * so that with the bits below freq - 1 set it is the greatest state that needs no renormalisation.
 */
struct sc_wide_coder {
    const uint32_t *codes; /* 64 more bytes can be read */
    const uint16_t *slots;
    uint32_t shift, base, limit, precision;
    const uint16_t
        *stretches;          /* of values below stretch_values and tables without escape, or NULL */
    uint32_t stretch_values; /* V: 16 or 32 */
};

enum {
    SC_WIDE_ESCAPE_BIT = 17,
    SC_WIDE_ESCAPE = 1 << SC_WIDE_ESCAPE_BIT
};

/* A stretch is a run of ranks of one symbol whose slots follow each other. The ranks of all symbols
 * of a table are numbered through, and so are its stretches, of which a symbol has at most 8. What
 * is beyond the last stretch starts at 0xFFFF. In words, for V values:
 *
 *    0  V of (frequency << (16 - p)) - 1      6 V  2 V of where the stretch two numbers on starts
 *    V  V of the number of rank 0             8 V  2 V of where the next stretch starts
 *  2 V  V of the number of the stretch       10 V  2 V of slot - number of a rank
 *  3 V  V of where the fourth behind starts
 *  4 V  V floats of 1 / frequency, rounded down, at most 2^-23 of it too small
 */
enum {
    SC_STRETCH_BY_NUMBER = 6,
    SC_STRETCH_WORDS = 12
};

/* What is encoded of one segment: `groups` groups of 32 elements from `first` on, the last group
 * first. first is a multiple of 32. contexts[i >> run_log2] is the table of element i; NULL: all by
 * table 0. */
struct sc_wide_part {
    const struct sc_wide_coder *coder;
    const struct sc_array *values;
    const uint8_t *contexts;
    uint64_t first, groups;
    uint32_t *states;
    struct sc_word_sinks sinks;
};

/* Encodes the parts side by side, of one stream or of several whose coders have the same precision
 * and whose values the same bytes, all with contexts or all without; lift as in [RNS-034]. */
typedef void sc_encode_parts(struct sc_wide_part *parts, uint32_t part_count, uint32_t run_log2,
                             struct sc_lift lift);

/* Adds to counts[contexts[r] * stride + v] how often value v stands in run r of 32 elements, those
 * of the bits in `live`. stride is 16 or 32. */
typedef void sc_count_few(const uint8_t *values, const uint8_t *contexts, uint64_t runs,
                          uint32_t live, uint32_t stride, uint32_t *counts);

#if defined(SCAPE_KERNELS_X86)
sc_count_few sc_count_few_avx512;
sc_encode_parts sc_encode_parts_avx2, sc_encode_parts_avx512;
/* For one stream, of a coder with stretches and elements of one byte, 32 of which have one table.
 */
sc_encode_parts sc_encode_stretches_avx512;
#endif

#endif
