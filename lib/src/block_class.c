/* block_class.c - RATIO, ZERO, MPRED, LOGDIFF [CTX-040]: integers only, all below 2^53 [CTX-041].
 * Depends on block_class.h. */
#include "block_class.h"

#include <assert.h>

enum {
    GROUP_MAX = 32
};

/* Magnitude of a half in units of 2^-24; lo has 7 bits, hi 8. */
static uint64_t half_units(const struct sc_array *lo, const struct sc_array *hi, uint64_t i) {
    uint32_t exponent = hi->data[i] >> 3;
    uint64_t mantissa = lo->data[i] | (hi->data[i] & 7u) << 7;
    return exponent == 0 ? mantissa : (1024 + mantissa) << (exponent - 1);
}

static uint64_t ue4m3_units(uint32_t value) {
    uint32_t exponent = value >> 3 & 15;
    uint32_t mantissa = value & 7;
    return exponent == 0 ? mantissa : (uint64_t)(8 + mantissa) << (exponent - 1);
}

/* a / b rounded down, b > 0, both below 2^53, by the faster division. Rounding can only make the
 * quotient too large, and then by less than one. */
static uint64_t divide(uint64_t a, uint64_t b) {
    uint64_t quotient = (uint64_t)((double)a / (double)b);
    return quotient - (quotient * b > a);
}

/* A class function with its arrays in the order of the row. */
struct reader {
    const struct scape_reg_class *row;
    const struct sc_array *in[SCAPE_REG_CLASS_FIELDS_MAX];
    uint64_t each; /* classes a block where d and dmin stand once a block */
};

/* What RATIO compares for sub-block i. */
static uint64_t own_scale(const struct reader *r, uint64_t i) {
    uint32_t value = r->in[0]->data[i];
    switch (r->row->source) {
    case SCAPE_REG_SOURCE_HALF:
        return half_units(r->in[0], r->in[1], i);
    case SCAPE_REG_SOURCE_UE4M3:
        return ue4m3_units(value);
    case SCAPE_REG_SOURCE_SIGNED:
        return value < 128 ? value : 256 - value;
    case SCAPE_REG_SOURCE_OFFSET:
        return value > r->row->offset ? value - r->row->offset : r->row->offset - value;
    default: /* BLOCK */
        return r->in[4]->data[i];
    }
}

/* The RATIO classes of the group of `n` from `start`. */
static void ratio_group(const struct reader *r, uint64_t start, uint32_t n, uint8_t *out) {
    uint64_t own[GROUP_MAX], total = 0;
    for (uint32_t j = 0; j < n; j++) {
        own[j] = own_scale(r, start + j);
        total += own[j];
    }
    for (uint32_t j = 0; j < n; j++) {
        uint8_t class = 0;
        for (uint32_t t = 0; t < r->row->threshold_count; t++) {
            /* t <= 64 n own / total, rounded down, without the division */
            uint64_t threshold = r->row->thresholds[t];
            class =
                (uint8_t)(class + (total == 0 ? threshold <= 64
                                              : threshold * total <= (uint64_t)64 * n * own[j]));
        }
        out[j] = class;
    }
}

/* Scale and min of sub-block i as integers of one unit. */
static void scale_and_min(const struct reader *r, uint64_t i, uint64_t *scale, uint64_t *min) {
    if (r->row->source == SCAPE_REG_SOURCE_HALF) {
        *scale = half_units(r->in[0], r->in[1], i);
        *min = r->in[4]->data[i] != 0 ? half_units(r->in[2], r->in[3], i) : 0;
    } else {
        uint64_t block = i / r->each;
        *scale = half_units(r->in[0], r->in[1], block) * r->in[4]->data[i];
        *min = half_units(r->in[2], r->in[3], block) * r->in[5]->data[i];
    }
}

static void zero_group(const struct reader *r, uint64_t start, uint32_t n, uint8_t *out) {
    const struct scape_reg_class *row = r->row;
    uint8_t ratio[GROUP_MAX];
    ratio_group(r, start, n, ratio);
    for (uint32_t j = 0; j < n; j++) {
        uint64_t scale, min;
        scale_and_min(r, start + j, &scale, &min);
        uint64_t zero = scale == 0 ? 0 : divide(row->num * min, row->den * scale);
        uint64_t step = zero < row->low ? 0 : zero - row->low;
        step = step < row->steps ? step : row->steps - 1;
        out[j] = (uint8_t)(step * (row->threshold_count + 1) + ratio[j]);
    }
}

static uint8_t min_class(const struct reader *r, uint64_t i) {
    uint64_t block = i / r->each;
    uint64_t unit = half_units(r->in[2], r->in[3], block);
    uint64_t d = half_units(r->in[0], r->in[1], block);
    uint64_t product = r->row->factor * d * r->in[4]->data[i];
    uint64_t expected = unit == 0 ? 63 : divide(product + unit, 2 * unit);
    return (uint8_t)((expected < 63 ? expected : 63) >> 2);
}

static void logdiff_group(const struct reader *r, uint64_t start, uint32_t n, uint8_t *out) {
    int64_t total = 0, steps = r->row->steps;
    for (uint32_t j = 0; j < n; j++) {
        total += r->in[0]->data[start + j];
    }
    for (uint32_t j = 0; j < n; j++) {
        int64_t above = (int64_t)r->row->factor * ((int64_t)n * r->in[0]->data[start + j] - total);
        int64_t step = above / n - (above % n < 0) + steps / 2;
        out[j] = (uint8_t)(step < 0 ? 0 : step >= steps ? steps - 1 : step);
    }
}

void sc_block_classes(const struct scape_reg_class *classes, const struct sc_array *fields,
                      uint8_t *out, uint64_t count) {
    struct reader r = {.row = classes};
    for (uint32_t i = 0; i < SCAPE_REG_CLASS_FIELDS_MAX; i++) {
        r.in[i] = &fields[classes->fields[0]]; /* those that a row does not name are not read */
    }
    for (uint32_t i = 0; i < classes->field_count; i++) {
        r.in[i] = &fields[classes->fields[i]];
        assert(r.in[i]->bytes == 1);
    }
    r.each = classes->source == SCAPE_REG_SOURCE_BLOCK ? r.in[4]->count / r.in[0]->count : 1;
    if (classes->function == SCAPE_REG_CLASS_MPRED) {
        for (uint64_t i = 0; i < count; i++) {
            out[i] = min_class(&r, i);
        }
        return;
    }
    assert(classes->group >= 1 && classes->group <= GROUP_MAX);
    for (uint64_t start = 0; start < count; start += classes->group) {
        uint32_t n = count - start < classes->group ? (uint32_t)(count - start) : classes->group;
        if (classes->function == SCAPE_REG_CLASS_RATIO) {
            ratio_group(&r, start, n, out + start);
        } else if (classes->function == SCAPE_REG_CLASS_ZERO) {
            zero_group(&r, start, n, out + start);
        } else {
            logdiff_group(&r, start, n, out + start);
        }
    }
}
