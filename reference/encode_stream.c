/* encode_stream.c - the coders without tables' arithmetic, and the choice among all of them for one
 * field [CAN]. Depends on encode_stream.h and libzstd. */
#include "encode_stream.h"

#include <string.h>
#include <zstd.h>

enum {
    SAMPLES = 16384 /* elements looked at before a whole field is counted [CAN] */
};

void scape_ref_sink_put(struct scape_ref_sink *s, const void *data, size_t n) {
    if (n > 0 && n <= s->capacity && s->size <= s->capacity - n) {
        memcpy(s->data + s->size, data, n);
    }
    s->size += n;
}

void scape_ref_sink_u8(struct scape_ref_sink *s, uint8_t value) {
    scape_ref_sink_put(s, &value, 1);
}

void scape_ref_sink_varint(struct scape_ref_sink *s, uint64_t value) {
    uint8_t bytes[SCAPE_REF_VARINT_MAX];
    scape_ref_sink_put(s, bytes, scape_ref_store_varint(bytes, value));
}

void scape_ref_table_plan_sums(const struct scape_ref_table_plan *plan,
                               uint8_t table_of[SCAPE_REF_CLASS_SUMS]) {
    uint32_t table = 0;
    for (uint32_t sum = 0; sum < SCAPE_REF_CLASS_SUMS; sum++) {
        while (table + 1 < plan->tables && plan->thresholds[table] <= sum) {
            table++;
        }
        table_of[sum] = (uint8_t)table;
    }
}

void scape_ref_table_plan_fill(const struct scape_ref_table_plan *plan, uint64_t count,
                               uint8_t *tables) {
    if (plan->kind == SCAPE_REF_TABLE_BY_ID) {
        for (uint64_t i = 0; i < count; i++) {
            tables[i] = (uint8_t)scape_ref_array_get(&plan->ids, i >> plan->block_log2);
        }
    } else if (plan->kind == SCAPE_REF_TABLE_BY_FIELD) {
        for (uint64_t i = 0; i < count; i++) {
            tables[i] = plan->map[scape_ref_array_get(plan->by, i)];
        }
    } else if (plan->kind == SCAPE_REF_TABLE_BY_CLASS) {
        for (uint64_t i = 0; i < count; i++) {
            tables[i] = plan->map[plan->classes_of[i / plan->elements_per_class]];
        }
    } else if (plan->kind == SCAPE_REF_TABLE_BY_ROW_COLUMN) {
        uint8_t table_of[SCAPE_REF_CLASS_SUMS];
        const uint8_t *rows = plan->row_class.data;
        const uint8_t *columns = plan->column_class.data;
        uint64_t width = plan->column_class.count;
        scape_ref_table_plan_sums(plan, table_of);
        for (uint64_t row = 0, i = 0; i < count; row++) {
            for (uint64_t column = 0; column < width && i < count; column++, i++) {
                tables[i] = table_of[rows[row] + columns[column]];
            }
        }
    } else {
        memset(tables, 0, (size_t)count);
    }
}

enum scape_ref_error scape_ref_table_plan_count(struct scape_ref_memory *memory,
                                                const struct scape_ref_array *array,
                                                const struct scape_ref_table_plan *plan,
                                                uint32_t *counts) {
    const struct scape_ref_sample all = {.columns = array->count, .step = 1};
    return scape_ref_table_plan_sample(memory, array, plan, &all, counts);
}

enum scape_ref_error scape_ref_table_plan_sample(struct scape_ref_memory *memory,
                                                 const struct scape_ref_array *array,
                                                 const struct scape_ref_table_plan *plan,
                                                 const struct scape_ref_sample *sample,
                                                 uint32_t *counts) {
    struct scape_ref_buffer block = {0};
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &block, array->count, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    const uint8_t *tables = block.data;
    scape_ref_table_plan_fill(plan, array->count, block.data);
    memset(counts, 0, ((size_t)plan->tables << array->width) * sizeof *counts);
    for (uint64_t i = 0; i < array->count; i++) {
        if (scape_ref_table_plan_codes(plan, i) && scape_ref_sample_has(sample, i)) {
            counts[((size_t)tables[i] << array->width) + scape_ref_array_get(array, i)]++;
        }
    }
    scape_ref_buffer_release(memory, &block);
    return SCAPE_REF_OK;
}

bool scape_ref_array_is_constant(const struct scape_ref_array *array) {
    uint64_t first = scape_ref_array_get(array, 0);
    for (uint64_t i = 1; i < array->count; i++) {
        if (scape_ref_array_get(array, i) != first) {
            return false;
        }
    }
    return true;
}

enum scape_ref_error scape_ref_encode_constant(struct scape_ref_sink *s,
                                               const struct scape_ref_array *array) {
    uint8_t bytes[8];
    if (!scape_ref_array_is_constant(array)) {
        return SCAPE_REF_BAD_ARGUMENT;
    }
    unsigned n = scape_ref_width_bytes(array->width);
    scape_ref_store_le(bytes, scape_ref_array_get(array, 0), n);
    scape_ref_sink_u8(s, SCAPE_REF_CODER_CONSTANT);
    scape_ref_sink_put(s, bytes, n);
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_encode_zstd(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_array *array, int level) {
    struct scape_ref_buffer block = {0};
    unsigned n = scape_ref_width_bytes(array->width);
    size_t plain = (size_t)array->count * n;
    size_t bound = ZSTD_compressBound(plain);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &block, plain + bound, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint8_t *bytes = block.data;
    for (uint64_t i = 0; i < array->count; i++) {
        scape_ref_store_le(bytes + i * n, scape_ref_array_get(array, i), n);
    }
    size_t size = ZSTD_compress(bytes + plain, bound, bytes, plain, level);
    if (ZSTD_isError(size)) {
        err = SCAPE_REF_NO_MEMORY; /* the one way to fail with room for the bound */
    } else {
        scape_ref_sink_u8(s, SCAPE_REF_CODER_ZSTD);
        scape_ref_sink_varint(s, size);
        scape_ref_sink_put(s, bytes + plain, size);
    }
    scape_ref_buffer_release(memory, &block);
    return err;
}

/* Counts every step-th element under one table and fits it. fit holds memory even on failure. */
static enum scape_ref_error fit_sample(struct scape_ref_memory *memory, struct scape_ref_fit *fit,
                                       const struct scape_ref_array *array, uint64_t step,
                                       const struct scape_ref_coder_choice *choice,
                                       uint64_t *counted) {
    struct scape_ref_buffer block = {0};
    size_t size = sizeof(uint32_t) << array->width;
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &block, size, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint32_t *counts = block.data;
    memset(counts, 0, size);
    *counted = 0;
    for (uint64_t i = 0; i < array->count; i += step) {
        counts[scape_ref_array_get(array, i)]++;
        ++*counted;
    }
    uint32_t most = choice->max_symbols < (uint32_t)1 << choice->p ? choice->max_symbols
                                                                   : (uint32_t)1 << choice->p;
    err = scape_ref_tables_fit(memory, fit, counts, array->width, 1, choice->p, most, true);
    scape_ref_buffer_release(memory, &block);
    return err;
}

/* Is a rANS stream worth its table and its time? It must save one part in 64 [CAN]. */
static bool saves_enough(uint64_t rans, uint64_t packed) {
    return rans * 64 < packed * 63;
}

/* One table for the whole field, if it pays; decided on a sample first, so that raw bits cost no
 * full count. fit is to be released by the caller. */
static enum scape_ref_error try_rans(struct scape_ref_memory *memory, struct scape_ref_fit *fit,
                                     const struct scape_ref_array *array,
                                     const struct scape_ref_coder_choice *choice, bool *pays) {
    uint64_t step = array->count / SAMPLES | 1;
    uint64_t counted = 0;
    *pays = false;
    if (array->width > SCAPE_REF_CODED_WIDTH_MAX) {
        return SCAPE_REF_OK;
    }
    uint64_t packed = scape_ref_packed_size(array->count, array->width);
    enum scape_ref_error err = SCAPE_REF_OK;
    if (step > 1) {
        err = fit_sample(memory, fit, array, step, choice, &counted);
        uint64_t sampled = scape_ref_packed_size(counted, array->width);
        if (err != SCAPE_REF_OK || !saves_enough(fit->cost_q8 / SCAPE_REF_COST_PER_BYTE, sampled)) {
            return err;
        }
    }
    err = fit_sample(memory, fit, array, 1, choice, &counted);
    *pays = err == SCAPE_REF_OK && saves_enough(scape_ref_rans_estimate(fit, counted), packed);
    return err;
}

enum scape_ref_error scape_ref_encode_smallest(struct scape_ref_memory *memory,
                                               struct scape_ref_sink *s,
                                               const struct scape_ref_array *array,
                                               const struct scape_ref_coder_choice *choice) {
    if (scape_ref_array_is_constant(array)) {
        return scape_ref_encode_constant(s, array);
    }
    const struct scape_ref_table_plan one = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    struct scape_ref_fit fit = {0};
    struct scape_ref_sink best = *s;
    bool pays = false;
    enum scape_ref_error err = try_rans(memory, &fit, array, choice, &pays);
    if (err == SCAPE_REF_OK && pays) {
        const struct scape_ref_encode_tables tables = {.fit = &fit};
        err = scape_ref_encode_rans(memory, &best, array, &one, &tables);
    } else if (err == SCAPE_REF_OK) {
        scape_ref_encode_packed(&best, array);
    }
    scape_ref_buffer_release(memory, &fit.memory);
    if (err == SCAPE_REF_OK && choice->zstd_level != 0) {
        struct scape_ref_sink measure = {.size = s->size}; /* no room: counts only */
        err = scape_ref_encode_zstd(memory, &measure, array, choice->zstd_level);
        if (err == SCAPE_REF_OK && measure.size < best.size) {
            best = *s;
            err = scape_ref_encode_zstd(memory, &best, array, choice->zstd_level);
        }
    }
    *s = best;
    return err;
}
