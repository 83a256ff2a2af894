/* encode_chunk.c - a chunk's content to the smallest payload that its level allows [CAN]:
 * candidates are written one after the other, and the shortest stays. Depends on the encode_*
 * modules, layout and libzstd (for a measurement). */
#include "encode_chunk.h"
#include "encode_block.h"

#include <string.h>
#include <zstd.h>

enum {
    PAYLOAD_HEAD = 2, /* layout number */
    CONTEXT_ELEMENTS_MIN = 1 << 14,
    ROW_ELEMENTS_MIN = 16,
    SAMPLE_STEP_MAX = 16,
    SMALL_CHUNK = 1 << 16, /* content bytes up to which level max tries everything */
    REPEAT_TABLE_LOG2 = 14,
    FAST_SYMBOLS = 16
};

static size_t element_bytes(uint16_t dtype) {
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        if (scape_ref_dtypes[i].id == dtype) {
            return scape_ref_dtypes[i].block_bytes;
        }
    }
    return 1;
}

/* Elements of a row: the last dimension, and earlier ones while it is short; 0 without rows. */
static uint64_t row_elements(const struct scape_ref_plan_region *r) {
    uint64_t n = 1;
    unsigned i = r->rank;
    if (r->rank < 2) {
        return 0;
    }
    do {
        i--;
        if (r->dims[i] == 0 || r->dims[i] > UINT32_MAX || n > UINT32_MAX) {
            return 0;
        }
        n *= r->dims[i];
    } while (i > 1 && n < ROW_ELEMENTS_MIN);
    return n;
}

size_t scape_ref_chunk_span(const struct scape_ref_plan_region *region, size_t chunk_limit) {
    size_t element = element_bytes(region->dtype);
    uint64_t row = row_elements(region);
    if (row > 0 && row <= chunk_limit / element) {
        return chunk_limit - chunk_limit % (size_t)(row * element);
    }
    return chunk_limit - chunk_limit % element;
}

/* --- candidates ----------------------------------------------------------------------------- */

enum scape_ref_error scape_ref_chunk_split(struct scape_ref_chunk_encoder *e, uint32_t layout_id,
                                           const uint8_t *content, size_t size) {
    const struct scape_ref_layout *layout = scape_ref_layout_find(layout_id);
    struct scape_ref_arena arena = {0};
    uint64_t blocks = size / layout->block_bytes;
    if (e->layout == layout && e->split_of == content && e->split_size == size) {
        return SCAPE_REF_OK;
    }
    e->layout = NULL;
    for (int cutting = 0; cutting < 2; cutting++) {
        for (uint32_t f = 0; f < layout->field_count; f++) {
            struct scape_ref_array *a = &e->fields[f];
            a->width = layout->fields[f].width;
            a->size = scape_ref_array_element(a->width);
            a->count = blocks * layout->fields[f].count;
            a->data = scape_ref_arena_take(&arena, a->count, a->size);
        }
        if (!cutting) {
            enum scape_ref_error err =
                scape_ref_buffer_reserve(e->memory, &e->field_memory, arena.used, 0);
            if (err != SCAPE_REF_OK) {
                return err;
            }
            arena = (struct scape_ref_arena){.base = e->field_memory.data};
        }
    }
    scape_ref_layout_split(layout, content, blocks, e->fields);
    e->layout = layout;
    e->split_of = content;
    e->split_size = size;
    return SCAPE_REF_OK;
}

void scape_ref_candidate_begin(struct scape_ref_chunk_encoder *e, const uint8_t *content,
                               size_t size) {
    uint8_t id[2];
    size_t tail = size % e->layout->block_bytes;
    e->trial.size = 0;
    scape_ref_store_u16le(id, (uint16_t)e->layout->id);
    scape_ref_sink_put(&e->trial, id, sizeof id);
    scape_ref_sink_put(&e->trial, content + size - tail, tail);
}

void scape_ref_candidate_end(struct scape_ref_chunk_encoder *e) {
    if (!scape_ref_sink_is_full(&e->trial) && (e->best.size == 0 || e->trial.size < e->best.size)) {
        struct scape_ref_sink swap = e->best;
        e->best = e->trial;
        e->trial = swap;
    }
}

/* Every field by itself, each by the coder that makes it smallest. */
static enum scape_ref_error try_fields(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                       const uint8_t *content, size_t size,
                                       const struct scape_ref_coder_choice *choice) {
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    scape_ref_candidate_begin(e, content, size);
    for (uint32_t f = 0; f < e->layout->field_count && err == SCAPE_REF_OK; f++) {
        err = scape_ref_encode_smallest(e->memory, &e->trial, &e->fields[f], choice);
    }
    scape_ref_candidate_end(e);
    return err;
}

enum scape_ref_error scape_ref_chunk_store(struct scape_ref_chunk_encoder *e,
                                           const uint8_t *content, size_t size) {
    enum scape_ref_error err = scape_ref_chunk_split(e, SCAPE_REF_LAYOUT_BYTES, content, size);
    if (err == SCAPE_REF_OK) {
        scape_ref_candidate_begin(e, content, size);
        scape_ref_encode_packed(&e->trial, &e->fields[0]);
        scape_ref_candidate_end(e);
    }
    return err;
}

/* --- floats --------------------------------------------------------------------------------- */

/* The cost of what was counted becomes that of all elements. */
static void scale_cost(struct scape_ref_fit *fit, const uint32_t *counts, uint64_t cells,
                       uint64_t count) {
    uint64_t counted = 0;
    for (uint64_t i = 0; i < cells; i++) {
        counted += counts[i];
    }
    if (fit->sampled && counted > 0) {
        fit->cost_q8 = fit->cost_q8 / SCAPE_REF_COST_PER_BYTE * count / counted;
        fit->cost_q8 *= SCAPE_REF_COST_PER_BYTE;
    }
}

/* Tables under a plan, fitted; the estimate holds the plan's own bytes too. */
static enum scape_ref_error
fit_plan(struct scape_ref_chunk_encoder *e, const struct scape_ref_array *array,
         const struct scape_ref_table_plan *plan, const struct scape_ref_sample *sample, uint32_t p,
         uint32_t max_symbols, struct scape_ref_fit *fit, uint64_t *estimate) {
    struct scape_ref_buffer block = {0};
    enum scape_ref_error err = scape_ref_buffer_reserve(
        e->memory, &block, ((uint64_t)plan->tables << array->width) * sizeof(uint32_t), 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    err = scape_ref_table_plan_sample(e->memory, array, plan, sample, block.data);
    if (err == SCAPE_REF_OK) {
        fit->sampled = sample->step > 1;
        err = scape_ref_tables_fit(e->memory, fit, block.data, array->width, plan->tables, p,
                                   max_symbols, true);
    }
    if (err == SCAPE_REF_OK) {
        scale_cost(fit, block.data, (uint64_t)plan->tables << array->width, array->count);
    }
    scape_ref_buffer_release(e->memory, &block);
    if (err == SCAPE_REF_OK) {
        struct scape_ref_sink measure = {0};
        err = scape_ref_encode_plan(e->memory, &measure, plan);
        *estimate = scape_ref_rans_estimate(fit, array->count) + measure.size;
    }
    return err;
}

/* One number of contexts for a float's symbols, kept when its estimate is the least so far. */
struct symbol_choice {
    struct scape_ref_table_plan plan;
    struct scape_ref_buffer plan_memory;
    struct scape_ref_fit fit;
    uint64_t estimate;
};

static void choice_release(struct scape_ref_chunk_encoder *e, struct symbol_choice *c) {
    scape_ref_buffer_release(e->memory, &c->plan_memory);
    scape_ref_buffer_release(e->memory, &c->fit.memory);
}

static enum scape_ref_error
consider(struct scape_ref_chunk_encoder *e, const struct scape_ref_array *symbols,
         const struct scape_ref_sample *sample, const struct scape_ref_float_coding *coding,
         const struct scape_ref_context_step *step, struct symbol_choice *best) {
    struct symbol_choice c = {.plan = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1}};
    enum scape_ref_error err = SCAPE_REF_OK;
    if (step->tables > 1) {
        const struct scape_ref_context_choice choice = {.tables = step->tables,
                                                        .classes = coding->classes,
                                                        .steps = coding->steps,
                                                        .fraction = coding->fraction,
                                                        .rounds = coding->rounds,
                                                        .sample = sample};
        err = scape_ref_context_fit(e->memory, &c.plan_memory, symbols, &choice, &c.plan);
    }
    if (err == SCAPE_REF_OK) {
        err = fit_plan(e, symbols, &c.plan, sample, step->p, coding->max_symbols, &c.fit,
                       &c.estimate);
    }
    if (err == SCAPE_REF_OK && c.estimate < best->estimate) {
        choice_release(e, best);
        *best = c;
    } else {
        choice_release(e, &c);
    }
    return err;
}

/* One run in so many is counted [CAN-061]. */
static uint64_t sample_step(uint64_t count, const struct scape_ref_float_coding *coding) {
    uint64_t step = count >> coding->sample_log2;
    return step < 1 ? 1 : step < SAMPLE_STEP_MAX ? step : SAMPLE_STEP_MAX;
}

static enum scape_ref_error put_symbols(struct scape_ref_chunk_encoder *e,
                                        const struct scape_ref_plan_region *region,
                                        const struct scape_ref_float_coding *coding) {
    const struct scape_ref_array *symbols = &e->fields[0];
    struct symbol_choice best = {.estimate = UINT64_MAX};
    uint64_t columns = row_elements(region);
    bool rows =
        columns > 0 && columns <= symbols->count / 2 && symbols->count >= CONTEXT_ELEMENTS_MIN;
    if (scape_ref_encode_constant(&e->trial, symbols) == SCAPE_REF_OK) {
        return SCAPE_REF_OK;
    }
    const struct scape_ref_sample sample = {.columns = rows ? columns : symbols->count,
                                            .step = sample_step(symbols->count, coding)};
    enum scape_ref_error err = SCAPE_REF_OK;
    for (unsigned i = 0; i < coding->step_count && err == SCAPE_REF_OK; i++) {
        if (coding->steps_of[i].tables == 1 || rows) {
            err = consider(e, symbols, &sample, coding, &coding->steps_of[i], &best);
        }
    }
    if (err == SCAPE_REF_OK &&
        best.estimate < scape_ref_packed_size(symbols->count, symbols->width)) {
        const struct scape_ref_encode_tables tables = {.fit = &best.fit};
        err = scape_ref_encode_rans(e->memory, &e->trial, symbols, &best.plan, &tables);
    } else if (err == SCAPE_REF_OK) {
        scape_ref_encode_packed(&e->trial, symbols);
    }
    choice_release(e, &best);
    return err;
}

/* The first field's symbols under contexts, the others each by itself. */
static enum scape_ref_error try_float(struct scape_ref_chunk_encoder *e,
                                      const struct scape_ref_plan_region *region,
                                      const uint8_t *content, size_t size,
                                      const struct scape_ref_float_coding *coding) {
    const struct scape_ref_coder_choice raw = {.p = 12, .max_symbols = 256};
    enum scape_ref_error err = scape_ref_chunk_split(e, coding->layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    scape_ref_candidate_begin(e, content, size);
    err = put_symbols(e, region, coding);
    for (uint32_t f = 1; f < e->layout->field_count && err == SCAPE_REF_OK; f++) {
        err = scape_ref_encode_smallest(e->memory, &e->trial, &e->fields[f], &raw);
    }
    scape_ref_candidate_end(e);
    return err;
}

/* Sign and exponent, and the mantissa under two tables: one for zeros (exponent 0), one for the
 * rest. What sparse tensors need. */
static enum scape_ref_error try_sparse(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                       const uint8_t *content, size_t size) {
    const struct scape_ref_coder_choice first = {.p = 12, .max_symbols = 512};
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint32_t values = (uint32_t)1 << e->fields[0].width;
    uint8_t map[1 << 9];
    for (uint32_t v = 0; v < values; v++) {
        map[v] = v % (values / 2) == 0 ? 0 : 1;
    }
    bool all_zero = true;
    for (uint64_t i = 0; i < e->fields[0].count && all_zero; i++) {
        all_zero = map[scape_ref_array_get(&e->fields[0], i)] == 0;
    }
    if (all_zero) {
        return SCAPE_REF_OK; /* the second table would be empty; byte planes do better anyway */
    }
    const struct scape_ref_table_plan plan = {
        .kind = SCAPE_REF_TABLE_BY_FIELD, .tables = 2, .field = 0, .by = &e->fields[0], .map = map};
    struct scape_ref_fit fit = {0};
    uint64_t estimate = 0;
    const struct scape_ref_sample all = {.columns = e->fields[1].count, .step = 1};
    err = fit_plan(e, &e->fields[1], &plan, &all, 12, 1 << 11, &fit, &estimate);
    if (err == SCAPE_REF_OK) {
        const struct scape_ref_encode_tables tables = {.fit = &fit};
        scape_ref_candidate_begin(e, content, size);
        err = scape_ref_encode_smallest(e->memory, &e->trial, &e->fields[0], &first);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_encode_rans(e->memory, &e->trial, &e->fields[1], &plan, &tables);
        }
        scape_ref_candidate_end(e);
    }
    scape_ref_buffer_release(e->memory, &fit.memory);
    return err;
}

/* --- what the content looks like ------------------------------------------------------------ */

/* Do 8-byte words recur? Words whose hash begins with six zero bits are looked up among those seen
 * before; one in 16 found again is much, since words of plain weights never recur. */
static enum scape_ref_error repeats_itself(struct scape_ref_chunk_encoder *e,
                                           const uint8_t *content, size_t size, bool *repeats) {
    uint64_t sampled = 0;
    uint64_t again = 0;
    enum scape_ref_error err =
        scape_ref_buffer_reserve(e->memory, &e->seen, sizeof(uint64_t) << REPEAT_TABLE_LOG2, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    uint64_t *seen = e->seen.data;
    memset(seen, 0, sizeof(uint64_t) << REPEAT_TABLE_LOG2);
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word = scape_ref_load_le(content + i, 8);
        uint64_t hash = word * UINT64_C(0x9E3779B97F4A7C15);
        if (hash >> 58 == 0) {
            uint64_t *place =
                &seen[hash >> (58 - REPEAT_TABLE_LOG2) & ((1 << REPEAT_TABLE_LOG2) - 1)];
            sampled++;
            again += *place == word ? 1 : 0;
            *place = word;
        }
    }
    *repeats = again * 16 > sampled;
    return SCAPE_REF_OK;
}

/* Is one element in 8 a zero of either sign? */
static bool is_sparse(const uint8_t *content, size_t size, size_t element) {
    uint64_t zeros = 0;
    for (size_t i = 0; i + element <= size; i += element) {
        uint64_t v = scape_ref_load_le(content + i, (unsigned)element);
        zeros += v << (65 - 8 * element) == 0 ? 1 : 0;
    }
    return zeros * 8 * element >= size;
}

/* The layout of all byte planes one after the other, or that of plain bytes. */
static uint32_t grouped_of(size_t element) {
    return element == 2   ? SCAPE_REF_LAYOUT_GROUPED2
           : element == 4 ? SCAPE_REF_LAYOUT_GROUPED4
           : element == 8 ? SCAPE_REF_LAYOUT_GROUPED8
                          : SCAPE_REF_LAYOUT_BYTES;
}

static uint32_t planes_of(size_t element) {
    return element == 2   ? SCAPE_REF_LAYOUT_PLANES2
           : element == 4 ? SCAPE_REF_LAYOUT_PLANES4
           : element == 8 ? SCAPE_REF_LAYOUT_PLANES8
                          : SCAPE_REF_LAYOUT_BYTES;
}

/* Level max, when nothing says that the content repeats itself: would zstd do better than the best
 * so far even at a quick level? Then its slow levels are worth their time. */
static enum scape_ref_error zstd_is_better(struct scape_ref_chunk_encoder *e,
                                           const uint8_t *content, size_t size, size_t element,
                                           bool *better) {
    const uint32_t layouts[2] = {SCAPE_REF_LAYOUT_BYTES, grouped_of(element)};
    size_t least = SIZE_MAX;
    enum scape_ref_error err = SCAPE_REF_OK;
    for (int i = 0; i < 2 && err == SCAPE_REF_OK; i++) {
        struct scape_ref_sink measure = {0};
        err = scape_ref_chunk_split(e, layouts[i], content, size);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_encode_zstd(e->memory, &measure, &e->fields[0], 3);
        }
        least = measure.size < least ? measure.size : least;
    }
    *better = least < e->best.size;
    return err;
}

/* --- levels --------------------------------------------------------------------------------- */

static int zstd_level_of(const struct scape_ref_chunk_encoder *e) {
    switch (e->options->level) {
    case SCAPE_REF_ENCODE_FAST:
        return 3;
    case SCAPE_REF_ENCODE_MAX:
        return 19;
    case SCAPE_REF_ENCODE_DEFAULT:
    default:
        return 9;
    }
}

/* One zstd frame for the bytes in a layout's order. */
enum scape_ref_error scape_ref_chunk_zstd(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                          const uint8_t *content, size_t size, int level) {
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err == SCAPE_REF_OK) {
        scape_ref_candidate_begin(e, content, size);
        err = scape_ref_encode_zstd(e->memory, &e->trial, &e->fields[0], level);
        scape_ref_candidate_end(e);
    }
    return err;
}

/* Bytes; byte planes, each by the smallest coder; and all planes in one zstd frame. */
static enum scape_ref_error try_general(struct scape_ref_chunk_encoder *e, const uint8_t *content,
                                        size_t size, size_t element, int zstd_level) {
    const struct scape_ref_coder_choice choice = {
        .p = 12, .max_symbols = 256, .zstd_level = zstd_level};
    enum scape_ref_error err = try_fields(e, SCAPE_REF_LAYOUT_BYTES, content, size, &choice);
    if (err == SCAPE_REF_OK && size >= element && planes_of(element) != SCAPE_REF_LAYOUT_BYTES) {
        err = try_fields(e, planes_of(element), content, size, &choice);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_chunk_zstd(e, grouped_of(element), content, size, zstd_level);
        }
    }
    return err;
}

static enum scape_ref_error encode_float(struct scape_ref_chunk_encoder *e,
                                         const struct scape_ref_plan_region *region,
                                         const uint8_t *content, size_t size) {
    bool is_max = e->options->level == SCAPE_REF_ENCODE_MAX;
    size_t element = element_bytes(region->dtype);
    enum scape_ref_error err = SCAPE_REF_OK;
    const struct scape_ref_float_coding *coding =
        scape_ref_float_codings(e->options->level, region->dtype);
    uint16_t dtype = coding->dtype; /* of the codings: another than the region's for FNUZ types */
    for (; coding->dtype == dtype && err == SCAPE_REF_OK; coding++) {
        err = try_float(e, region, content, size, coding);
    }
    uint32_t sparse = region->dtype == SCAPE_REF_DTYPE_BF16  ? SCAPE_REF_LAYOUT_BF16_SE9M7
                      : region->dtype == SCAPE_REF_DTYPE_F16 ? SCAPE_REF_LAYOUT_F16_SE6M10
                                                             : SCAPE_REF_LAYOUT_BYTES;
    if (err == SCAPE_REF_OK && sparse != SCAPE_REF_LAYOUT_BYTES &&
        is_sparse(content, size, element)) {
        err = try_sparse(e, sparse, content, size);
    }
    bool general = false;
    if (err == SCAPE_REF_OK) {
        err = repeats_itself(e, content, size, &general);
    }
    general = general || (is_max && size <= SMALL_CHUNK);
    if (err == SCAPE_REF_OK && is_max && !general) {
        err = zstd_is_better(e, content, size, element, &general);
    }
    if (err == SCAPE_REF_OK && general) {
        err = try_general(e, content, size, element, zstd_level_of(e));
    }
    return err;
}

/* Quantised blocks; zstd has a chance where the content repeats itself, and at level max. */
static enum scape_ref_error encode_blocks(struct scape_ref_chunk_encoder *e,
                                          const struct scape_ref_plan_region *region,
                                          const uint8_t *content, size_t size) {
    bool general = false;
    enum scape_ref_error err = scape_ref_encode_blocks(e, region->dtype, content, size);
    if (err == SCAPE_REF_OK) {
        err = repeats_itself(e, content, size, &general);
    }
    general = general || !scape_ref_block_is_modelled(region->dtype);
    if (err == SCAPE_REF_OK && e->options->level == SCAPE_REF_ENCODE_MAX && !general) {
        err = zstd_is_better(e, content, size, 1, &general);
    }
    if (err == SCAPE_REF_OK && general) {
        err = try_general(e, content, size, 1, zstd_level_of(e));
    }
    return err;
}

enum scape_ref_error scape_ref_chunk_encode(struct scape_ref_chunk_encoder *e,
                                            const struct scape_ref_plan_region *region,
                                            const uint8_t *content, size_t size,
                                            const uint8_t **payload, size_t *payload_size) {
    size_t element = element_bytes(region->dtype);
    e->best.size = 0;
    e->layout = NULL;
    enum scape_ref_error err = scape_ref_chunk_store(e, content, size);
    if (err == SCAPE_REF_OK && size > 0) {
        if (e->method != NULL && size >= element) {
            err = e->method->encode(e, region, content, size);
        } else if (size >= element &&
                   scape_ref_float_codings(e->options->level, region->dtype)->layout != 0) {
            err = encode_float(e, region, content, size);
        } else if (region->dtype >= SCAPE_REF_DTYPE_GGML) {
            err = encode_blocks(e, region, content, size);
        } else {
            err = try_general(e, content, size, element, zstd_level_of(e));
        }
    }
    *payload = e->best.data;
    *payload_size = e->best.size;
    return err;
}

/* --- the encoder object --------------------------------------------------------------------- */

enum scape_ref_error scape_ref_chunk_encoder_open(struct scape_ref_chunk_encoder **out,
                                                  struct scape_ref_memory *memory,
                                                  const struct scape_ref_encode_options *options,
                                                  size_t chunk_limit) {
    struct scape_ref_buffer self = {0};
    uint64_t payload = (uint64_t)chunk_limit + PAYLOAD_HEAD + 1;
    *out = NULL;
    enum scape_ref_error err =
        scape_ref_buffer_reserve(memory, &self, sizeof(struct scape_ref_chunk_encoder), 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    struct scape_ref_chunk_encoder *e = self.data;
    *e = (struct scape_ref_chunk_encoder){.self = self, .memory = memory, .options = options};
    *out = e;
    err = scape_ref_buffer_reserve(memory, &e->payload_memory, 2 * payload, 0);
    if (err == SCAPE_REF_OK) {
        e->best =
            (struct scape_ref_sink){.data = e->payload_memory.data, .capacity = (size_t)payload};
        e->trial =
            (struct scape_ref_sink){.data = e->best.data + payload, .capacity = (size_t)payload};
        err = scape_ref_method_open(e);
    }
    return err;
}

void scape_ref_chunk_encoder_close(struct scape_ref_chunk_encoder *e) {
    if (e != NULL) {
        struct scape_ref_memory *memory = e->memory;
        struct scape_ref_buffer self = e->self;
        scape_ref_buffer_release(memory, &e->payload_memory);
        scape_ref_buffer_release(memory, &e->field_memory);
        scape_ref_buffer_release(memory, &e->seen);
        scape_ref_buffer_release(memory, &e->profile_memory);
        scape_ref_buffer_release(memory, &self);
    }
}
