/* encode_fit.h - from counts to a table set and its estimated cost [CAN-030] to [CAN-043]. All
 * arithmetic is on integers; costs are in 1/256 bit. Depends on encode_out.h. */
#ifndef SC_ENCODE_FIT_H
#define SC_ENCODE_FIT_H

#include "encode_out.h"
#include "registry_tables.h"

/* How often each value stands in each table: value first + v of table k is at[k * stride + v], and
 * none before the first and from first + stride on was counted. No table is empty. */
struct sc_counts {
    const uint32_t *at;
    uint32_t tables, stride;
    bool sampled; /* other values may occur, so every table has an escape */
    uint32_t first;
};

/* A table set that a stream could use. */
struct sc_fit {
    uint32_t precision, tables;
    uint64_t cost;            /* of the elements */
    struct sc_out bytes;      /* the table set, or what names a standard one */
    struct sc_buffer numbers; /* of its own set: uint16_t values, then each table's frequencies */
    uint32_t values;
    bool escape;
    bool standard;
    uint32_t set;     /* of the standard profile */
    uint64_t least;   /* bytes that elements do not cost less than, however they are coded by tables
                         that are as many, or fewer ones that some of them share */
    uint64_t escapes; /* elements that are coded as escapes; not known of a standard set */
};

extern const uint32_t sc_log2_thresholds[258];
extern const uint8_t sc_log2_bases[256];

/* log2 in 1/256, rounded down [CAN-040]; v >= 1. */
static inline uint32_t sc_log2_q8(uint64_t v) {
    uint32_t exponent = 63 - (uint32_t)__builtin_clzll(v);
    uint32_t m = (uint32_t)(exponent >= 31 ? v >> (exponent - 31) : v << (31 - exponent));
    uint32_t base = sc_log2_bases[m >> 23 & 255];
    const uint32_t *thresholds = &sc_log2_thresholds[base];
    return exponent << 8 | (base + (m > thresholds[1]) + (m > thresholds[2]));
}

/* Bytes that the counted elements do not cost less than, whatever their tables. */
uint64_t sc_fit_least(const struct sc_counts *counts);

/* Tables of the counts for values of `width` bits, at most max_symbols of them. `scratch` is memory
 * for it. The error is that of fit->bytes. */
void sc_fit_tables(struct sc_fit *fit, struct sc_buffer *scratch, const struct sc_counts *counts,
                   uint32_t width, uint32_t precision, uint32_t max_symbols);

/* The same, but false as soon as the elements and the tables are sure to be more than `most` bytes;
 * the fit is unfinished then. Sets fit->least. */
bool sc_fit_tables_within(struct sc_fit *fit, struct sc_buffer *scratch,
                          const struct sc_counts *counts, uint32_t width, uint32_t precision,
                          uint32_t max_symbols, uint64_t most);

/* [CAN-020] */
static inline uint32_t sc_lanes_code(uint64_t count) {
    return (uint32_t)(count >= 4096) + (count >= 1u << 16) + (count >= 1u << 17);
}

/* Bytes of the stream behind its context part, by estimate [CAN-051]; those of them that are
 * neither elements nor tables. */
uint64_t sc_fit_estimate(const struct sc_fit *fit, uint64_t count);
uint64_t sc_fit_overhead(uint64_t count);

#endif
