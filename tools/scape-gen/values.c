/* values.c - draws the values of a tensor: scales of rows and columns, heavy tails, patterns.
 * Depends on rng.h and quantiles.h; integer arithmetic only. */
#include "values.h"

#include "rng.h"

enum {
    ROW_SCALE_POINT = 12,    /* row scales reach 2^4 */
    COLUMN_SCALE_POINT = 14, /* column scales reach 2^6 */
    SCALE_POINT = SCAPE_VALUE_POINT - SCAPE_QUANTILES_POINT,
    STREAM_VALUES = 0,
    STREAM_ROWS = 1,
    STREAM_COLUMNS = 2,
    STREAM_OUTLIERS = 3,
    DUPLICATED_ROWS = 8
};

static const uint64_t scale_limit = UINT64_C(1) << 22; /* magnitude < 2^40, so v < 2^62 */

uint64_t scape_tensor_elements(const scape_tensor *t) {
    uint64_t n = 1;
    for (unsigned i = 0; i < t->rank; i++) {
        n *= t->dims[i];
    }
    return n;
}

uint64_t scape_tensor_columns(const scape_tensor *t) {
    return t->rank == 0 ? 1 : t->dims[t->rank - 1];
}

void scape_shapes_build(scape_shapes *shapes) {
    for (unsigned i = 0; i < SCAPE_TAIL_COUNT; i++) {
        scape_quantiles_build(&shapes->tails[i], (scape_tail)i);
    }
}

/* 2^(level / 64) with `point` fraction bits; level clamped to what the
 * field holds, from 2^-6 to 2^limit. */
static uint32_t power_of_two(int level, unsigned point, int limit) {
    /* 2^(1/2), 2^(1/4), ..., 2^(1/64) with 31 fraction bits */
    static const uint64_t roots[6] = {UINT64_C(3037000500), UINT64_C(2553802834),
                                      UINT64_C(2341847524), UINT64_C(2242560872),
                                      UINT64_C(2194507417), UINT64_C(2170868212)};
    int lowest = -6 * SCAPE_OCTAVE;
    int highest = limit * SCAPE_OCTAVE - 1;
    level = level < lowest ? lowest : level > highest ? highest : level;
    unsigned above = (unsigned)(level - lowest);
    uint64_t x = UINT64_C(1) << 31;
    for (unsigned i = 0; i < 6; i++) {
        if ((above >> (5 - i) & 1) != 0) {
            x = (x * roots[i]) >> 31;
        }
    }
    unsigned shift = 31 - point + 6 - above / SCAPE_OCTAVE;
    return (uint32_t)(x >> shift);
}

/* A Gaussian number times `spread`, rounded towards zero. */
static int draw_level(const scape_shapes *shapes, uint64_t bits, unsigned spread) {
    const scape_quantiles *q = &shapes->tails[SCAPE_TAIL_LIGHT];
    uint64_t size = scape_quantiles_magnitude(q, bits) >> 20; /* 16 fraction bits */
    int level = (int)((size * spread) >> (SCAPE_QUANTILES_POINT - 20));
    return scape_quantiles_sign(bits) != 0 ? -level : level;
}

void scape_values_columns(const scape_shapes *shapes, const scape_tensor *t, uint32_t *columns) {
    uint64_t n = scape_tensor_columns(t);
    uint64_t scales = scape_rng_key(t->key, STREAM_COLUMNS);
    uint64_t outliers = scape_rng_key(t->key, STREAM_OUTLIERS);
    for (uint64_t i = 0; i < n; i++) {
        int level = draw_level(shapes, scape_rng_draw(scales, i), t->column_spread);
        uint64_t bits = scape_rng_draw(outliers, i);
        if ((bits & 1023) < t->outliers) {
            level += SCAPE_OCTAVE +
                     (int)scape_rng_below(bits, t->outlier_octaves * (uint64_t)SCAPE_OCTAVE + 1);
        }
        columns[i] = power_of_two(level, COLUMN_SCALE_POINT, 20 - COLUMN_SCALE_POINT);
    }
}

static uint32_t row_scale(const scape_shapes *shapes, const scape_tensor *t, uint64_t row) {
    uint64_t bits = scape_rng_draw(scape_rng_key(t->key, STREAM_ROWS), row);
    int level = draw_level(shapes, bits, t->row_spread) + t->level;
    return power_of_two(level, ROW_SCALE_POINT, 16 - ROW_SCALE_POINT);
}

static void draw_run(const scape_quantiles *q, const scape_tensor *t, uint64_t key, uint64_t first,
                     uint64_t row_scale_bits, const uint32_t *columns, size_t count, int64_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = scape_rng_draw(key, first + i);
        uint64_t scale =
            (row_scale_bits * columns[i]) >> (ROW_SCALE_POINT + COLUMN_SCALE_POINT - SCALE_POINT);
        scale = scale < scale_limit ? scale : scale_limit - 1;
        uint64_t size = scape_quantiles_magnitude(q, bits) * scale + scape_quantiles_noise(bits);
        int64_t value = (int64_t)size;
        out[i] = (scape_quantiles_sign(bits) != 0 ? -value : value) + t->offset;
    }
}

void scape_values_draw(const scape_shapes *shapes, const scape_tensor *t, const uint32_t *columns,
                       uint64_t row, uint64_t column, size_t count, int64_t *out) {
    uint64_t width = scape_tensor_columns(t);
    if (t->pattern == SCAPE_PATTERN_CONSTANT) {
        for (size_t i = 0; i < count; i++) {
            out[i] = t->offset;
        }
        return;
    }
    if (t->pattern == SCAPE_PATTERN_COUNTER) {
        for (size_t i = 0; i < count; i++) {
            out[i] = (int64_t)(row * width + column + i);
        }
        return;
    }
    const scape_quantiles *q = &shapes->tails[t->tail];
    uint64_t key = scape_rng_key(t->key, STREAM_VALUES);
    uint64_t source = t->pattern == SCAPE_PATTERN_DUPLICATED ? row % DUPLICATED_ROWS : row;
    uint64_t scale = row_scale(shapes, t, source);
    if (t->pattern == SCAPE_PATTERN_SYMMETRIC) {
        for (size_t i = 0; i < count; i++) {
            uint64_t at = column + i;
            at = at < width - 1 - at ? at : width - 1 - at;
            draw_run(q, t, key, source * width + at, scale, columns + at, 1, out + i);
        }
        return;
    }
    draw_run(q, t, key, source * width + column, scale, columns + column, count, out);
    if (t->pattern == SCAPE_PATTERN_SPARSE) {
        for (size_t i = 0; i < count; i++) {
            if (((uint64_t)out[i] & 7) != 0) {
                out[i] = 0;
            }
        }
    }
}
