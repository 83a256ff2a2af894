/* encode_float.c - exponents and leading mantissa bits as symbols under tables by row and column,
 * and floats of which many are zero. Depends on encode_float.h and encode_stream.h. */
#include "encode_float.h"

#include "encode_count.h"
#include "encode_split.h"
#include "encode_stream.h"
#include "frame.h"

enum {
    SAMPLE_STEP_MAX = 16
};

#define FAST_TABLES                                                                                \
    1, {                                                                                           \
        { 1, 12 }                                                                                  \
    }
#define DEFAULT_TABLES                                                                             \
    3, {                                                                                           \
        {1, 12}, {4, 11}, {                                                                        \
            8, 11                                                                                  \
        }                                                                                          \
    }
#define MAX_TABLES                                                                                 \
    3, {                                                                                           \
        {1, 14}, {8, 14}, {                                                                        \
            16, 13                                                                                 \
        }                                                                                          \
    }

/* dtype, layout, fraction, symbols, classes, steps, rounds, sample_log2, tables; by level
 * [CAN-080]. */
static const struct sc_float_coding fast_codings[] = {
    {11, 0x12, 0, 16, 0, 0, 0, 15, FAST_TABLES}, {10, 0x21, 0, 16, 0, 0, 0, 15, FAST_TABLES},
    {12, 0x31, 0, 16, 0, 0, 0, 15, FAST_TABLES}, {13, 0x40, 2, 128, 0, 0, 0, 15, FAST_TABLES},
    {14, 0x51, 0, 16, 0, 0, 0, 15, FAST_TABLES}, {15, 0x59, 0, 16, 0, 0, 0, 15, FAST_TABLES},
};
static const struct sc_float_coding default_codings[] = {
    {11, 0x10, 2, 128, 16, 4, 0, 15, DEFAULT_TABLES},
    {10, 0x20, 3, 256, 16, 4, 0, 15, DEFAULT_TABLES},
    {12, 0x30, 2, 128, 16, 4, 0, 15, DEFAULT_TABLES},
    {13, 0x40, 2, 128, 16, 4, 0, 15, DEFAULT_TABLES},
    {14, 0x50, 3, 128, 16, 4, 0, 15, DEFAULT_TABLES},
    {15, 0x58, 2, 128, 16, 4, 0, 15, DEFAULT_TABLES},
};
static const struct sc_float_coding max_codings[] = {
    {11, 0x10, 2, 256, 24, 6, 2, 17, MAX_TABLES}, {11, 0x11, 3, 256, 24, 6, 2, 17, MAX_TABLES},
    {10, 0x20, 3, 256, 24, 6, 2, 17, MAX_TABLES}, {12, 0x30, 2, 256, 24, 6, 2, 17, MAX_TABLES},
    {13, 0x40, 2, 256, 24, 6, 2, 17, MAX_TABLES}, {14, 0x50, 3, 128, 24, 6, 2, 17, MAX_TABLES},
    {15, 0x58, 2, 128, 24, 6, 2, 17, MAX_TABLES},
};

const struct sc_float_coding *sc_float_coding(uint32_t level, uint32_t dtype, size_t i) {
    const struct sc_float_coding *codings = default_codings;
    size_t count = sizeof default_codings / sizeof *default_codings;
    if (level == SCAPE_FAST) {
        codings = fast_codings;
    } else if (level == SCAPE_MAX) {
        codings = max_codings;
        count = sizeof max_codings / sizeof *max_codings;
    }
    dtype = dtype == SCAPE_REG_DTYPE_F8_E4M3FNUZ   ? SCAPE_REG_DTYPE_F8_E4M3
            : dtype == SCAPE_REG_DTYPE_F8_E5M2FNUZ ? SCAPE_REG_DTYPE_F8_E5M2
                                                   : dtype;
    for (size_t j = 0; j < count; j++) {
        if (codings[j].dtype == dtype && i-- == 0) {
            return &codings[j];
        }
    }
    return NULL;
}

void sc_start_payload(struct sc_encode_work *w, const struct scape_reg_layout *layout,
                      const uint8_t *content, size_t size) {
    static const uint8_t header[SC_BLOCK_HEADER_SIZE] = {0}; /* filled in later */
    size_t tail = size % layout->block_bytes;
    w->trial.size = 0;
    sc_out_bytes(&w->trial, header, sizeof header);
    sc_out_uint(&w->trial, layout->id, 2);
    sc_out_bytes(&w->trial, content + size - tail, tail);
}

/* The classes of the grid's rows and columns, in w->stream. */
static void put_lines(struct sc_encode_work *w, const struct sc_grid *grid) {
    const struct sc_simple simple = {8, 64, 0};
    w->stream.size = 0;
    for (uint32_t side = 0; side < 2; side++) {
        struct sc_array classes = {grid->now.lines[side], grid->line_count[side], 5, 1};
        sc_encode_smallest(w, &w->stream, &classes, simple);
    }
}

/* Bytes that the grid's present classes take at least as streams, whatever codes them: what their
 * entropy says, less 1/64 bit a class for what rounding may save. */
static uint64_t least_lines(const struct sc_grid *grid) {
    int64_t bits = 0; /* in 1/256 */
    for (uint32_t side = 0; side < 2; side++) {
        uint64_t members[SCAPE_REG_CLASSES_MAX] = {0}, n = grid->line_count[side];
        for (uint64_t i = 0; i < n; i++) {
            members[grid->now.lines[side][i]]++;
        }
        bits += (int64_t)(n * sc_log2_q8(n)) - (int64_t)(4 * n);
        for (uint32_t c = 0; c < grid->coding->classes; c++) {
            uint64_t m = members[c];
            bits -= m == 0 ? 0 : (int64_t)(m * (sc_log2_q8(m) + 1));
        }
    }
    return bits < 0 ? 0 : (uint64_t)bits / 2048;
}

/* The context part of the grid's present classes, which put_lines has coded, in w->part [CTX-010].
 */
static void put_part(struct sc_encode_work *w, const struct sc_grid *grid) {
    w->part.size = 0;
    sc_out_uint(&w->part, grid->now.threshold_count, 1);
    sc_out_uint(&w->part, SCAPE_REG_CONTEXT_ROW_COLUMN, 1);
    sc_out_varint(&w->part, grid->columns);
    sc_out_uint(&w->part, grid->coding->classes, 1);
    sc_out_bytes(&w->part, w->stream.buffer.data, w->stream.size);
    sc_out_bytes(&w->part, grid->now.thresholds, grid->now.threshold_count);
}

/* What encode_symbols finds out. */
struct symbols_choice {
    uint64_t estimate;
    bool contexts;
};

/* The cost of what was counted becomes that of all elements. */
static void scale_cost(struct sc_fit *fit, const struct sc_counts *counts, uint64_t count) {
    uint64_t counted = 0;
    for (size_t i = 0; i < (size_t)counts->tables * counts->stride; i++) {
        counted += counts->at[i];
    }
    assert(counted > 0);
    fit->cost = fit->cost / 2048 * count / counted * 2048;
}

/* Bytes that the elements and the tables of the counts may take, so that the stream can be smaller
 * than the best one; UINT64_MAX: any number. */
static uint64_t room_for_fit(const struct sc_grid *grid, const struct sc_counts *counts,
                             const struct symbols_choice *best, uint64_t count) {
    if (counts->tables == 1 || counts->sampled) {
        return UINT64_MAX;
    }
    uint64_t others = sc_fit_overhead(count) + least_lines(grid);
    return best->estimate > others ? best->estimate - others : 0;
}

/* Tries the coding's numbers of tables; the best fit is in w->best_fit, its part in w->best_part
 * and its classes in grid->best. */
static struct symbols_choice choose_tables(struct sc_encode_work *w, const struct sc_array *values,
                                           struct sc_grid *grid, const struct sc_counts *all,
                                           const struct sc_float_coding *coding) {
    struct symbols_choice best = {UINT64_MAX, false};
    bool lines = false; /* has put_lines coded these classes? */
    for (uint32_t i = 0; i < coding->table_count && !sc_encode_failed(w); i++) {
        uint32_t wanted = coding->tables[i].wanted;
        struct sc_counts counts = *all;
        if (wanted > 1 && (grid->values == NULL || !sc_grid_cut(w, grid, wanted, &counts))) {
            continue;
        }
        uint64_t most = room_for_fit(grid, &counts, &best, values->count);
        if (!sc_fit_tables_within(&w->fit, &w->order, &counts, values->width,
                                  coding->tables[i].precision, coding->symbols, most)) {
            continue;
        }
        if (counts.sampled) {
            scale_cost(&w->fit, &counts, values->count);
        }
        w->part.size = 0;
        if (counts.tables > 1) {
            if (!lines) {
                put_lines(w, grid);
                lines = coding->rounds == 0;
            }
            put_part(w, grid);
        }
        uint64_t estimate = sc_fit_estimate(&w->fit, values->count) + w->part.size;
        if (estimate < best.estimate) {
            best = (struct symbols_choice){estimate, counts.tables > 1};
            sc_fit_swap(&w->fit, &w->best_fit);
            sc_out_swap(&w->part, &w->best_part);
            if (best.contexts) {
                sc_grid_keep(grid);
            }
        }
    }
    return best;
}

/* One run in so many is counted [CAN-061]. */
static uint64_t sample_step(uint64_t count, uint32_t log2) {
    uint64_t step = count >> log2;
    return step < 1 ? 1 : step < SAMPLE_STEP_MAX ? step : SAMPLE_STEP_MAX;
}

enum {
    PART = 8 /* of the symbols, one in so many is counted before the grid counts all of them */
};

/* Begins the first field of a float, under the best number of tables. */
static void begin_symbols(struct sc_encode_work *w, const struct sc_array *values, uint64_t columns,
                          const struct sc_float_coding *coding) {
    if (sc_all_equal(values)) {
        sc_encode_constant(&w->trial, values);
        return;
    }
    bool rows = columns > 0 && columns <= values->count / 2 && values->count >= 1 << 14;
    struct sc_sample sample = {rows ? columns : values->count,
                               sample_step(values->count, coding->sample_log2)};
    uint32_t first = 0, end = 1u << values->width;
    uint32_t *totals = sc_encode_scratch(w, &w->totals, end * sizeof *totals);
    if (totals == NULL) {
        return;
    }
    if (sample.step == 1) {
        uint32_t last = 0;
        w->loops->find_range(values, &first, &last);
        end = last + 1;
    }
    bool tables = rows && coding->table_count > 1;
    bool by_grid = tables && sample.step == 1 && coding->rounds == 0;
    struct sc_array some = *values;
    some.count = by_grid ? some.count / PART : some.count;
    sc_count_sample(&some, &sample, totals, first, end);
    while (sample.step > 1 && totals[first] == 0) {
        first++;
    }
    while (sample.step > 1 && totals[end - 1] == 0) {
        end--;
    }
    const struct sc_counts all = {totals + first, 1, end - first, sample.step > 1, first};
    struct sc_grid grid = {.values = NULL};
    if (tables &&
        !sc_grid_open(w, &grid, values, &sample, &all, by_grid ? totals + first : NULL, coding)) {
        return;
    }
    struct symbols_choice best = choose_tables(w, values, &grid, &all, coding);
    if (best.estimate >= sc_packed_size(values->count, values->width)) {
        sc_encode_packed(w, &w->trial, values);
        return;
    }
    struct sc_rans_plan plan = {.coder = SCAPE_REG_CODER_RANS, .values = values};
    if (best.contexts) {
        uint8_t *contexts = sc_encode_scratch(w, &w->contexts, values->count);
        if (contexts == NULL) {
            return;
        }
        sc_grid_contexts(&grid, &grid.best, contexts);
        plan.coder = SCAPE_REG_CODER_RANS_CONTEXT;
        plan.contexts = contexts;
        plan.part = &w->best_part;
    }
    sc_rans_encode_begin(w, &plan, &w->best_fit);
}

/* All raw values of the words, into w->sample. */
static bool take_all_raw(struct sc_encode_work *w, const uint8_t *content, struct sc_array *raw) {
    raw->data = sc_encode_scratch(w, &w->sample, raw->count * raw->bytes);
    if (raw->data != NULL) {
        w->loops->split_raw(content, 1, raw);
    }
    return raw->data != NULL;
}

/* The raw bits of `count` words, of which every step-th is in the sample: packed as they are read
 * where that says so. */
static void encode_raw(struct sc_encode_work *w, const uint8_t *content, uint64_t count,
                       const struct sc_array *sample, uint64_t step) {
    const struct sc_simple simple = {12, 256, 0};
    struct sc_array raw = *sample;
    if (step == 1 || sc_all_equal(sample) || sc_sample_pays(w, sample, simple)) {
        raw.count = count;
        if (step == 1 || take_all_raw(w, content, &raw)) {
            sc_encode_smallest(w, &w->trial, &raw, simple);
        }
        return;
    }
    uint64_t most = count - count % SC_PACK_ELEMENTS;
    size_t size = (size_t)(most / SC_PACK_ELEMENTS * raw.width);
    sc_out_uint(&w->trial, SCAPE_REG_CODER_PACKED, 1);
    uint8_t *room = sc_out_room(&w->trial, size + SC_PACK_SLACK);
    if (room != NULL) {
        w->loops->pack_raw(content, most, raw.width, room);
        sc_out_advance(&w->trial, size);
    }
    raw.count = count - most;
    if (take_all_raw(w, content + 2 * most, &raw)) {
        sc_pack(w, &w->trial, &raw);
    }
}

enum {
    SPLIT_TILE = 512 /* of the sample: what is read at a time stays in the first cache */
};

/* Values and a sample of the raw bits of words. False on an error. */
static bool split_sample(struct sc_encode_work *w, const struct scape_reg_layout *layout,
                         const uint8_t *content, uint64_t count) {
    uint32_t raw_bits = sc_layout_split_bits(layout), width = layout->fields[0].width;
    uint64_t step = sc_sample_step(count);
    struct sc_array values = {NULL, count, width, sc_element_bytes(width)};
    struct sc_array sample = {NULL, (count + step - 1) / step, raw_bits,
                              sc_element_bytes(raw_bits)};
    values.data = sc_encode_scratch(w, &w->fields, count * values.bytes);
    sample.data = sc_encode_scratch(w, &w->sample, sample.count * sample.bytes);
    if (values.data == NULL || sample.data == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < sample.count; i += SPLIT_TILE) {
        uint64_t end = sample.count - i < SPLIT_TILE ? sample.count : i + SPLIT_TILE;
        uint64_t first = i * step, last = end * step < count ? end * step : count;
        struct sc_array some = values, raw = sample;
        some.data += first * values.bytes;
        w->loops->split_values(content + 2 * first, last - first, raw_bits, &some);
        raw.data += i * sample.bytes;
        raw.count = end - i;
        w->loops->split_raw(content + 2 * first, step, &raw);
    }
    w->floats[0] = values;
    w->floats[1] = sample;
    return true;
}

void sc_float_begin(struct sc_encode_work *w, const uint8_t *content, size_t size, uint64_t columns,
                    const struct sc_float_coding *coding) {
    const struct scape_reg_layout *layout = sc_layout_find(coding->layout);
    uint64_t blocks = size / layout->block_bytes;
    sc_start_payload(w, layout, content, size);
    if (sc_layout_split_bits(layout) != 0
            ? split_sample(w, layout, content, blocks)
            : sc_layout_split(w, &w->fields, layout, content, blocks, w->floats)) {
        begin_symbols(w, &w->floats[0], columns, coding);
    }
}

void sc_float_end(struct sc_encode_work *w, const uint8_t *content, size_t size,
                  const struct sc_float_coding *coding) {
    const struct sc_simple simple = {12, 256, 0};
    const struct scape_reg_layout *layout = sc_layout_find(coding->layout);
    uint64_t blocks = size / layout->block_bytes;
    sc_rans_encode_end(w, &w->trial);
    if (w->error != SCAPE_OK) {
        return;
    }
    if (sc_layout_split_bits(layout) != 0) {
        encode_raw(w, content, blocks, &w->floats[1], sc_sample_step(blocks));
        return;
    }
    for (uint32_t f = 1; f < layout->field_count; f++) {
        sc_encode_smallest(w, &w->trial, &w->floats[f], simple);
    }
}

/* The context part: the first field is 0 or not, its sign aside [CTX-020]. */
static void put_sparse_part(struct sc_encode_work *w, uint32_t half) {
    w->part.size = 0;
    sc_out_uint(&w->part, 1, 1);
    sc_out_uint(&w->part, SCAPE_REG_CONTEXT_FIELD, 1);
    sc_out_uint(&w->part, 0, 1);
    sc_out_varint(&w->part, 4);
    for (uint32_t sign = 0; sign < 2; sign++) {
        sc_out_varint(&w->part, 1);
        sc_out_uint(&w->part, 0, 1);
        sc_out_varint(&w->part, half - 1);
        sc_out_uint(&w->part, 1, 1);
    }
}

void sc_encode_sparse(struct sc_encode_work *w, const uint8_t *content, size_t size,
                      uint32_t dtype) {
    const struct sc_simple simple = {12, 512, 0};
    uint32_t id = dtype == SCAPE_REG_DTYPE_BF16  ? SCAPE_REG_LAYOUT_BF16_SE9M7
                  : dtype == SCAPE_REG_DTYPE_F16 ? SCAPE_REG_LAYOUT_F16_SE6M10
                                                 : 0;
    w->trial.size = 0;
    if (id == 0 || w->loops->count_zeros(content, size / 2) * 16 < size) {
        return;
    }
    const struct scape_reg_layout *layout = sc_layout_find(id);
    struct sc_array fields[SC_FIELDS_MAX];
    if (!sc_layout_split(w, &w->fields, layout, content, size / 2, fields)) {
        return;
    }
    uint32_t half = 1u << (fields[0].width - 1), stride = 1u << fields[1].width, any = 0;
    uint8_t *contexts = sc_encode_scratch(w, &w->contexts, fields[0].count);
    uint32_t *counts = sc_encode_scratch(w, &w->merged, 2 * (uint64_t)stride * sizeof *counts);
    if (contexts == NULL || counts == NULL) {
        return;
    }
    for (uint64_t i = 0; i < fields[0].count; i++) {
        contexts[i] = (sc_element(&fields[0], i) & (half - 1)) != 0;
        any |= contexts[i];
    }
    if (any == 0) {
        return;
    }
    sc_start_payload(w, layout, content, size);
    sc_encode_smallest(w, &w->trial, &fields[0], simple);
    sc_count_contexts(&fields[1], contexts, counts, 2, stride);
    struct sc_counts both = {counts, 2, stride, false, 0};
    sc_fit_tables(&w->fit, &w->order, &both, fields[1].width, 12, 1u << 11);
    put_sparse_part(w, half);
    struct sc_rans_plan plan = {
        SCAPE_REG_CODER_RANS_CONTEXT, &fields[1], contexts, 0, {0, 0}, &w->part};
    sc_rans_encode(w, &w->trial, &plan, &w->fit);
}
