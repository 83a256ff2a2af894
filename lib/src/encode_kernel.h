/* encode_kernel.h - rANS encoding by an instruction set: pure, and the same words as the loop in
 * encode_rans.c makes. Depends on work.h. */
#ifndef SC_ENCODE_KERNEL_H
#define SC_ENCODE_KERNEL_H

#include "work.h"

/* Where a segment's words and the escaped values of all segments are written, downwards. */
struct sc_word_sinks {
    uint8_t *words;
    uint16_t *escaped;
};

/* Codes by table and value, at table << shift | value. */
struct sc_wide_coder {
    const uint32_t *codes;       /* freq - 1 | start << 14 | escape << 31 */
    const uint32_t *reciprocals; /* 2^32 / freq, rounded down; 2^32 - 1 for 1 */
    const uint16_t *slots;       /* 2 more bytes can be read behind them */
    uint32_t shift, precision;
};

enum {
    SC_WIDE_FREQ_BITS = 14
};

/* Encodes `groups` groups of 32 elements from `first` on, the last group first. contexts NULL: all
 * by table 0. first is a multiple of 32; lift as in [RNS-034]. */
typedef void sc_encode_groups(const struct sc_wide_coder *c, const struct sc_array *values,
                              const uint8_t *contexts, struct sc_lift lift, uint64_t first,
                              uint64_t groups, uint32_t *states, struct sc_word_sinks *sinks);

#if defined(SCAPE_KERNELS_X86)
sc_encode_groups sc_encode_groups_avx512;
#endif

#endif
