/* block_class.c - RATIO, ZERO, MPRED, LOGDIFF [CTX-040] for any machine, as loops over arrays.
 * Depends on block_class.h.
 *
 * All numbers are integers below 2^53 [CTX-041], so doubles hold them, their sums and their
 * products exactly, and compare as the integers do. A quotient is rounded, but not up to an
 * integer: a / b lies 1 / b or more below the next integer k, half the spacing of doubles there is
 * at most k / 2^53, and k b <= a + b is less than 2^53 in every row of the registry. */
#include "block_class.h"

#include <assert.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    TILE = 128, /* classes at a time, whole groups and blocks: their arrays stay in L1 */
    GROUP_MAX = 32
};

/* Numbers of a tile's sub-blocks. */
struct tile {
    double own[TILE];    /* what RATIO compares */
    double scale[TILE];  /* of ZERO and MPRED; with MPRED times `factor` */
    double min[TILE];    /* the other number of the quotient */
    double d[TILE];      /* of the blocks, source BLOCK */
    double unit[TILE];   /* dmin of the blocks */
    uint8_t ratio[TILE]; /* RATIO classes */
};

/* Magnitudes of halves in units of 2^-24: 7 low and 8 high bits. (1024 + M) * 2^(E - 1) has the
 * bits of the half as the upper bits of its double; M alone is 1024 + M less 1024. */
INLINE void halves(const uint8_t *low, const uint8_t *high, uint64_t n, double *out) {
    for (uint64_t i = 0; i < n; i++) {
        uint64_t code = low[i] | (uint64_t)high[i] << 7;
        uint64_t tiny = code < 1024;
        uint64_t bits = ((code | tiny << 10) << 42) + (UINT64_C(1032) << 52);
        double value;
        memcpy(&value, &bits, sizeof value);
        out[i] = value - (tiny ? 1024.0 : 0.0);
    }
}

INLINE uint32_t ue4m3_units(uint32_t value) {
    uint32_t exponent = value >> 3 & 15;
    uint32_t mantissa = value & 7;
    return exponent == 0 ? mantissa : (8 + mantissa) << (exponent - 1);
}

/* What RATIO compares, of n sub-blocks from `first`. */
INLINE void own_scales(const struct scape_reg_class *row, const struct sc_array *const *in,
                       uint64_t first, uint64_t n, double *own) {
    const uint8_t *values = in[row->source == SCAPE_REG_SOURCE_BLOCK ? 4 : 0]->data + first;
    if (row->source == SCAPE_REG_SOURCE_HALF) {
        halves(values, in[1]->data + first, n, own);
    } else if (row->source == SCAPE_REG_SOURCE_UE4M3) {
        for (uint64_t i = 0; i < n; i++) {
            own[i] = (double)ue4m3_units(values[i]);
        }
    } else if (row->source == SCAPE_REG_SOURCE_SIGNED) {
        for (uint64_t i = 0; i < n; i++) {
            int32_t v = values[i];
            own[i] = v < 128 ? v : 256 - v;
        }
    } else {
        int32_t offset = row->source == SCAPE_REG_SOURCE_OFFSET ? (int32_t)row->offset : 0;
        for (uint64_t i = 0; i < n; i++) {
            int32_t v = (int32_t)values[i] - offset;
            own[i] = v < 0 ? -v : v;
        }
    }
}

/* The RATIO classes of a group of n, which is a constant where it can be. That a threshold t is at
 * most 64 n own / total, rounded down, is t * total <= 64 n own; without a total the ratio is 64.
 */
INLINE void ratio_group(const struct scape_reg_class *row, const double *own, const uint32_t n,
                        uint8_t *out) {
    double total = 0, times[GROUP_MAX];
    int64_t count[GROUP_MAX] = {0};
    for (uint32_t j = 0; j < n; j++) {
        total += own[j];
        times[j] = 64.0 * n * own[j];
    }
    for (uint32_t t = 0; t < row->threshold_count; t++) {
        double threshold = row->thresholds[t];
        double cut = total > 0 ? threshold * total : threshold - 64;
        for (uint32_t j = 0; j < n; j++) {
            count[j] += cut <= times[j];
        }
    }
    for (uint32_t j = 0; j < n; j++) {
        out[j] = (uint8_t)count[j];
    }
}

INLINE void ratio_classes(const struct scape_reg_class *row, const double *own, uint64_t n,
                          uint8_t *out) {
    uint64_t i = 0;
    for (; row->group == 8 && n - i >= 8; i += 8) {
        ratio_group(row, own + i, 8, out + i);
    }
    for (; row->group == 16 && n - i >= 16; i += 16) {
        ratio_group(row, own + i, 16, out + i);
    }
    for (; i < n; i += row->group) {
        uint32_t left = n - i < row->group ? (uint32_t)(n - i) : row->group;
        ratio_group(row, own + i, left, out + i);
    }
}

/* a / b rounded down, or `most` if that is less, and for 0 / 0, which is no number. */
INLINE double quotient(double a, double b, double most) {
    double q = a / b;
    return (double)(int32_t)(q < most ? q : most);
}

/* d and dmin of the blocks times the numbers of their sub-blocks; `each` a constant. */
INLINE void multiply(const double *d, const uint8_t *values, uint64_t n, const uint32_t each,
                     double *out) {
    for (uint64_t i = 0; i < n; i += each) {
        for (uint32_t j = 0; j < each; j++) {
            out[i + j] = d[i / each] * values[i + j];
        }
    }
}

INLINE void spread(const double *d, uint64_t n, const uint32_t each, double *out) {
    for (uint64_t i = 0; i < n; i += each) {
        for (uint32_t j = 0; j < each; j++) {
            out[i + j] = d[i / each];
        }
    }
}

/* Scales and mins of source BLOCK; MPRED has no mins, but needs dmin of each sub-block. */
INLINE void block_scales(const struct scape_reg_class *row, const struct sc_array *const *in,
                         uint64_t first, uint64_t n, const uint32_t each, struct tile *t) {
    uint64_t block = first / each, blocks = n / each;
    halves(in[0]->data + block, in[1]->data + block, blocks, t->d);
    halves(in[2]->data + block, in[3]->data + block, blocks, t->unit);
    multiply(t->d, in[4]->data + first, n, each, t->scale);
    if (row->function == SCAPE_REG_CLASS_MPRED) {
        spread(t->unit, n, each, t->min);
    } else {
        multiply(t->unit, in[5]->data + first, n, each, t->min);
    }
}

INLINE void scales_and_mins(const struct scape_reg_class *row, const struct sc_array *const *in,
                            uint64_t first, uint64_t n, struct tile *t) {
    if (row->source == SCAPE_REG_SOURCE_BLOCK) {
        uint64_t each = in[4]->count / in[0]->count; /* [REG-005] */
        assert(each == 8 || each == 16);
        if (each == 8) {
            block_scales(row, in, first, n, 8, t);
        } else {
            block_scales(row, in, first, n, 16, t);
        }
        return;
    }
    const uint8_t *sign = in[4]->data + first;
    halves(in[0]->data + first, in[1]->data + first, n, t->scale);
    halves(in[2]->data + first, in[3]->data + first, n, t->min);
    for (uint64_t i = 0; i < n; i++) {
        t->min[i] = sign[i] != 0 ? t->min[i] : 0.0;
    }
}

INLINE void zero_classes(const struct scape_reg_class *row, uint64_t n, struct tile *t,
                         uint8_t *out) {
    const double num = row->num, den = row->den, low = row->low, last = row->steps - 1.0;
    const uint32_t ratios = row->threshold_count + 1;
    for (uint64_t i = 0; i < n; i++) {
        double scale = den * t->scale[i];
        double zero = quotient(num * t->min[i], scale, low + last);
        zero = scale > 0 ? zero - low : 0.0;
        uint32_t step = (uint32_t)(int32_t)(zero > 0 ? zero : 0.0);
        out[i] = (uint8_t)(step * ratios + t->ratio[i]);
    }
}

INLINE void min_classes(const struct scape_reg_class *row, uint64_t n, struct tile *t,
                        uint8_t *out) {
    const double factor = row->factor;
    for (uint64_t i = 0; i < n; i++) {
        double unit = t->min[i];
        double expected = quotient(factor * t->scale[i] + unit, 2 * unit, 63);
        out[i] = (uint8_t)((uint32_t)(int32_t)expected >> 2);
    }
}

INLINE void logdiff_classes(const struct scape_reg_class *row, const uint8_t *values,
                            uint64_t count, uint8_t *out) {
    int64_t steps = row->steps;
    for (uint64_t start = 0; start < count; start += row->group) {
        int64_t n = count - start < row->group ? (int64_t)(count - start) : row->group;
        int64_t total = 0;
        for (int64_t j = 0; j < n; j++) {
            total += values[start + (uint64_t)j];
        }
        for (int64_t j = 0; j < n; j++) {
            int64_t above = row->factor * (n * values[start + (uint64_t)j] - total);
            int64_t step = above / n - (above % n < 0) + steps / 2;
            out[start + (uint64_t)j] = (uint8_t)(step < 0 ? 0 : step >= steps ? steps - 1 : step);
        }
    }
}

void sc_block_classes(const struct scape_reg_class *row, const struct sc_array *fields,
                      uint8_t *out, uint64_t first, uint64_t count) {
    const struct sc_array *in[SCAPE_REG_CLASS_FIELDS_MAX];
    struct tile t;
    for (uint32_t i = 0; i < SCAPE_REG_CLASS_FIELDS_MAX; i++) { /* the row reads those it names */
        in[i] = &fields[row->fields[i < row->field_count ? i : 0]];
        assert(in[i]->bytes == 1);
    }
    assert(row->group <= GROUP_MAX && (row->group == 0 || TILE % row->group == 0));
    for (; first < count; first += TILE) {
        uint64_t n = count - first < TILE ? count - first : TILE;
        if (row->function == SCAPE_REG_CLASS_LOGDIFF) {
            logdiff_classes(row, in[0]->data + first, n, out + first);
            continue;
        }
        if (row->function == SCAPE_REG_CLASS_MPRED) {
            scales_and_mins(row, in, first, n, &t);
            min_classes(row, n, &t, out + first);
            continue;
        }
        own_scales(row, in, first, n, t.own);
        ratio_classes(row, t.own, n,
                      row->function == SCAPE_REG_CLASS_RATIO ? out + first : t.ratio);
        if (row->function == SCAPE_REG_CLASS_ZERO) {
            scales_and_mins(row, in, first, n, &t);
            zero_classes(row, n, &t, out + first);
        }
    }
}

void sc_block_tables(const struct scape_reg_class *classes, const struct sc_array *fields,
                     const uint8_t *map, uint8_t *out, uint64_t count) {
    sc_block_classes(classes, fields, out, 0, count);
    for (uint64_t i = 0; i < count; i++) {
        out[i] = map[out[i]];
    }
}
