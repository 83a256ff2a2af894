/* block_class.c - see block_class.h. All in unsigned 64-bit integers: no number reaches 2^53
 * [CTX-041]. */
#include "block_class.h"

#include <assert.h>

/* A class function with the elements of the fields it reads, in its order. */
struct reader {
    const struct scape_ref_class *c;
    const struct scape_ref_array *read[SCAPE_REF_CLASS_FIELDS_MAX];
};

static uint64_t min_u64(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t element(const struct reader *r, uint32_t number, uint64_t i) {
    return scape_ref_array_get(r->read[number], i);
}

/* ---- Scales ---- */

/* Half i of the fields low and low + 1, in units of 2^-24. */
static uint64_t half_units(const struct reader *r, uint32_t low, uint64_t i) {
    uint64_t high = element(r, low + 1, i), exponent = high >> 3;
    uint64_t mantissa = element(r, low, i) | (high & 7) << 7;
    return exponent == 0 ? mantissa : (1024 + mantissa) << (exponent - 1);
}

static uint64_t ue4m3_units(uint64_t value) {
    uint64_t exponent = value >> 3 & 15, mantissa = value & 7;
    return exponent == 0 ? mantissa : (8 + mantissa) << (exponent - 1);
}

/* What RATIO compares: the scale of sub-block i. */
static uint64_t own_scale(const struct reader *r, uint64_t i) {
    uint64_t value;
    switch (r->c->source) {
    case SCAPE_REF_SOURCE_HALF:
        return half_units(r, 0, i);
    case SCAPE_REF_SOURCE_BLOCK:
        return element(r, 4, i); /* sc */
    case SCAPE_REF_SOURCE_UE4M3:
        return ue4m3_units(element(r, 0, i));
    case SCAPE_REF_SOURCE_SIGNED:
        value = element(r, 0, i);
        return value < 128 ? value : 256 - value;
    default: /* OFFSET */
        value = element(r, 0, i);
        return value < r->c->offset ? r->c->offset - value : value - r->c->offset;
    }
}

/* ---- Functions, for the sub-blocks [start, end) of one group ---- */

static uint64_t ratio_class(const struct reader *r, uint64_t i, uint64_t size, uint64_t total) {
    uint64_t ratio = total == 0 ? 64 : 64 * size * own_scale(r, i) / total, class = 0;
    for (uint32_t t = 0; t < r->c->threshold_count; t++) {
        class += r->c->thresholds[t] <= ratio ? 1 : 0;
    }
    return class;
}

/* Where zero lies on the scale of sub-block i's elements. */
static uint64_t zero_step(const struct reader *r, uint64_t i) {
    uint64_t scale, minimum;
    if (r->c->source == SCAPE_REF_SOURCE_HALF) {
        scale = half_units(r, 0, i);
        minimum = element(r, 4, i) ? half_units(r, 2, i) : 0;
    } else {
        uint64_t block = i / r->c->units;
        scale = half_units(r, 0, block) * element(r, 4, i);
        minimum = half_units(r, 2, block) * element(r, 5, i);
    }
    uint64_t zero = scale == 0 ? 0 : r->c->num * minimum / (r->c->den * scale);
    return zero < r->c->low ? 0 : min_u64(zero - r->c->low, r->c->steps - 1);
}

static void ratio_group(const struct reader *r, uint64_t start, uint64_t end, uint8_t *classes) {
    uint64_t total = 0;
    for (uint64_t i = start; i < end; i++) {
        total += own_scale(r, i);
    }
    for (uint64_t i = start; i < end; i++) {
        uint64_t class = ratio_class(r, i, end - start, total);
        if (r->c->function == SCAPE_REF_CLASS_ZERO) {
            class += zero_step(r, i) * (r->c->threshold_count + 1);
        }
        classes[i] = (uint8_t) class;
    }
}

static void logdiff_group(const struct reader *r, uint64_t start, uint64_t end, uint8_t *classes) {
    uint64_t total = 0, size = end - start;
    for (uint64_t i = start; i < end; i++) {
        total += element(r, 0, i);
    }
    for (uint64_t i = start; i < end; i++) {
        /* The difference may be negative, and the quotient is rounded down: steps / 2 whole ones
         * are added first, and what is still negative is class 0. */
        uint64_t plus = r->c->factor * size * element(r, 0, i) + r->c->steps / 2 * size;
        uint64_t minus = r->c->factor * total;
        uint64_t class = plus < minus ? 0 : (plus - minus) / size;
        classes[i] = (uint8_t)min_u64(class, r->c->steps - 1);
    }
}

/* A quarter of the min at which zero lies where it is expected. */
static uint8_t mpred_class(const struct reader *r, uint64_t i) {
    uint64_t block = i / r->c->units, unit = half_units(r, 2, block), expected = 63;
    if (unit != 0) {
        uint64_t scale = r->c->factor * half_units(r, 0, block) * element(r, 4, i);
        expected = min_u64((scale + unit) / (2 * unit), 63);
    }
    return (uint8_t)(expected >> 2);
}

/* [CTX-040] */
void scape_ref_block_classes(const struct scape_ref_layout *layout, uint32_t field,
                             const struct scape_ref_array *fields, uint64_t block_count,
                             uint8_t *classes) {
    struct reader r = {.c = layout->fields[field].classes};
    assert(r.c);
    for (uint32_t n = 0; n < SCAPE_REF_CLASS_FIELDS_MAX; n++) { /* unused ones are field 0 */
        assert(r.c->fields[n] < field);
        r.read[n] = &fields[r.c->fields[n]];
    }
    uint64_t count = block_count * r.c->units, group = r.c->group ? r.c->group : 1;
    for (uint64_t start = 0; start < count; start += group) {
        uint64_t end = min_u64(start + group, count);
        if (r.c->function == SCAPE_REF_CLASS_MPRED) {
            classes[start] = mpred_class(&r, start); /* has no groups */
        } else if (r.c->function == SCAPE_REF_CLASS_LOGDIFF) {
            logdiff_group(&r, start, end, classes);
        } else {
            ratio_group(&r, start, end, classes);
        }
    }
}
