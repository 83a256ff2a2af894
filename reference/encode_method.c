/* encode_method.c - the parameters of the levels, and the named methods: the study's codings,
 * written in this format so that they can be compared with ours [CAN]. Depends on encode_method.h.
 */
#include "encode_method.h"

#include <string.h>

enum {
    STUDY_P = 12,
    STUDY_BUCKETS = 8,
    MIXTURE_BLOCK_LOG2 = 12,
    SUPER_BLOCK_LOG2 = 8,
    ALL_SYMBOLS = 1 << STUDY_P
};

/* dtype, layout, fraction, max_symbols, classes, steps, rounds, sample_log2, {tables, p} ... */
static const struct scape_ref_float_coding fast_codings[] = {
    {SCAPE_REF_DTYPE_BF16, SCAPE_REF_LAYOUT_BF16_E8, 0, 16, 0, 0, 0, 15, 1, {{1, 12}}},
    {SCAPE_REF_DTYPE_F16, SCAPE_REF_LAYOUT_F16_E5, 0, 16, 0, 0, 0, 15, 1, {{1, 12}}},
    {SCAPE_REF_DTYPE_F32, SCAPE_REF_LAYOUT_F32_E8, 0, 16, 0, 0, 0, 15, 1, {{1, 12}}},
    {SCAPE_REF_DTYPE_F64, SCAPE_REF_LAYOUT_F64_E11M2, 2, 128, 0, 0, 0, 15, 1, {{1, 12}}},
    {SCAPE_REF_DTYPE_F8_E4M3, SCAPE_REF_LAYOUT_F8E4M3_E4, 0, 16, 0, 0, 0, 15, 1, {{1, 12}}},
    {SCAPE_REF_DTYPE_F8_E5M2, SCAPE_REF_LAYOUT_F8E5M2_E5, 0, 16, 0, 0, 0, 15, 1, {{1, 12}}},
    {0},
};

#define DEFAULT_STEPS                                                                              \
    3, {                                                                                           \
        {1, 12}, {4, 11}, {                                                                        \
            8, 11                                                                                  \
        }                                                                                          \
    }
static const struct scape_ref_float_coding default_codings[] = {
    {SCAPE_REF_DTYPE_BF16, SCAPE_REF_LAYOUT_BF16_E8M2, 2, 128, 16, 4, 0, 15, DEFAULT_STEPS},
    {SCAPE_REF_DTYPE_F16, SCAPE_REF_LAYOUT_F16_E5M3, 3, 256, 16, 4, 0, 15, DEFAULT_STEPS},
    {SCAPE_REF_DTYPE_F32, SCAPE_REF_LAYOUT_F32_E8M2, 2, 128, 16, 4, 0, 15, DEFAULT_STEPS},
    {SCAPE_REF_DTYPE_F64, SCAPE_REF_LAYOUT_F64_E11M2, 2, 128, 16, 4, 0, 15, DEFAULT_STEPS},
    {SCAPE_REF_DTYPE_F8_E4M3, SCAPE_REF_LAYOUT_F8E4M3_E4M3, 3, 128, 16, 4, 0, 15, DEFAULT_STEPS},
    {SCAPE_REF_DTYPE_F8_E5M2, SCAPE_REF_LAYOUT_F8E5M2_E5M2, 2, 128, 16, 4, 0, 15, DEFAULT_STEPS},
    {0},
};

#define MAX_STEPS                                                                                  \
    3, {                                                                                           \
        {1, 14}, {8, 14}, {                                                                        \
            16, 13                                                                                 \
        }                                                                                          \
    }
static const struct scape_ref_float_coding max_codings[] = {
    {SCAPE_REF_DTYPE_BF16, SCAPE_REF_LAYOUT_BF16_E8M2, 2, 256, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_BF16, SCAPE_REF_LAYOUT_BF16_E8M3, 3, 256, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_F16, SCAPE_REF_LAYOUT_F16_E5M3, 3, 256, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_F32, SCAPE_REF_LAYOUT_F32_E8M2, 2, 256, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_F64, SCAPE_REF_LAYOUT_F64_E11M2, 2, 256, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_F8_E4M3, SCAPE_REF_LAYOUT_F8E4M3_E4M3, 3, 128, 24, 6, 2, 17, MAX_STEPS},
    {SCAPE_REF_DTYPE_F8_E5M2, SCAPE_REF_LAYOUT_F8E5M2_E5M2, 2, 128, 24, 6, 2, 17, MAX_STEPS},
    {0},
};

const struct scape_ref_float_coding *scape_ref_float_codings(enum scape_ref_level level,
                                                             uint16_t dtype) {
    const struct scape_ref_float_coding *c = level == SCAPE_REF_ENCODE_FAST  ? fast_codings
                                             : level == SCAPE_REF_ENCODE_MAX ? max_codings
                                                                             : default_codings;
    /* the FNUZ types differ from the others in bias and special values only */
    dtype = dtype == SCAPE_REF_DTYPE_F8_E4M3FNUZ   ? SCAPE_REF_DTYPE_F8_E4M3
            : dtype == SCAPE_REF_DTYPE_F8_E5M2FNUZ ? SCAPE_REF_DTYPE_F8_E5M2
                                                   : dtype;
    while (c->dtype != 0 && c->dtype != dtype) {
        c++;
    }
    return c;
}

/* --- the study's methods -------------------------------------------------------------------- */

/* What a method does not apply to goes to zstd -19. */
static enum scape_ref_error encode_other(struct scape_ref_chunk_encoder *e, const uint8_t *content,
                                         size_t size) {
    return scape_ref_chunk_zstd(e, SCAPE_REF_LAYOUT_BYTES, content, size, 19);
}

/* The two streams of the study's split of a type, or false. */
static bool study_layout(uint16_t wanted, uint16_t dtype, uint32_t *layout) {
    *layout =
        dtype == SCAPE_REF_DTYPE_BF16 ? SCAPE_REF_LAYOUT_BF16_SE9M7 : SCAPE_REF_LAYOUT_F16_SE6M10;
    return dtype == wanted;
}

/* One table for the elements of a field, every value that occurs in it. */
static enum scape_ref_error put_one_table(struct scape_ref_chunk_encoder *e,
                                          const struct scape_ref_array *array,
                                          const struct scape_ref_table_plan *plan) {
    struct scape_ref_fit fit = {0};
    struct scape_ref_buffer block = {0};
    enum scape_ref_error err = scape_ref_buffer_reserve(
        e->memory, &block, ((uint64_t)plan->tables << array->width) * sizeof(uint32_t), 0);
    if (err == SCAPE_REF_OK) {
        err = scape_ref_table_plan_count(e->memory, array, plan, block.data);
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_tables_fit(e->memory, &fit, block.data, array->width, plan->tables, STUDY_P,
                                   ALL_SYMBOLS, false);
    }
    scape_ref_buffer_release(e->memory, &block);
    if (err == SCAPE_REF_OK) {
        const struct scape_ref_encode_tables tables = {.fit = &fit};
        err = scape_ref_encode_rans(e->memory, &e->trial, array, plan, &tables);
    }
    scape_ref_buffer_release(e->memory, &fit.memory);
    return err;
}

static enum scape_ref_error encode_split(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                         const uint8_t *content, size_t size) {
    const struct scape_ref_table_plan one = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    scape_ref_candidate_begin(e, content, size);
    for (uint32_t f = 0; f < e->layout->field_count && err == SCAPE_REF_OK; f++) {
        err = put_one_table(e, &e->fields[f], &one);
    }
    scape_ref_candidate_end(e);
    return err;
}

static enum scape_ref_error encode_bf16_split(struct scape_ref_chunk_encoder *e,
                                              const struct scape_ref_plan_region *region,
                                              const uint8_t *content, size_t size) {
    uint32_t layout = 0;
    return study_layout(SCAPE_REF_DTYPE_BF16, region->dtype, &layout)
               ? encode_split(e, layout, content, size)
               : encode_other(e, content, size);
}

static enum scape_ref_error encode_fp16_split(struct scape_ref_chunk_encoder *e,
                                              const struct scape_ref_plan_region *region,
                                              const uint8_t *content, size_t size) {
    uint32_t layout = 0;
    return study_layout(SCAPE_REF_DTYPE_F16, region->dtype, &layout)
               ? encode_split(e, layout, content, size)
               : encode_other(e, content, size);
}

/* The exponents cut into STUDY_BUCKETS ranges of equal counts; a sign has no say. */
static void bucket_map(const struct scape_ref_array *se, uint8_t map[1 << 9]) {
    uint64_t counts[1 << 8] = {0};
    uint64_t below = 0;
    for (uint64_t i = 0; i < se->count; i++) {
        counts[scape_ref_array_get(se, i) & 0xFF]++;
    }
    unsigned next = 0; /* buckets are numbered in the order in which elements fill them */
    uint64_t last = 0;
    for (uint32_t v = 0; v < 1 << 8 && se->count > 0; v++) {
        uint64_t bucket = (2 * below + counts[v]) * STUDY_BUCKETS / (2 * se->count);
        if (counts[v] > 0 && below > 0 && bucket != last) {
            next++;
        }
        last = counts[v] > 0 ? bucket : last;
        map[v] = (uint8_t)next;
        map[v | 1 << 8] = (uint8_t)next;
        below += counts[v];
    }
}

static enum scape_ref_error encode_ctx(struct scape_ref_chunk_encoder *e,
                                       const struct scape_ref_plan_region *region,
                                       const uint8_t *content, size_t size) {
    const struct scape_ref_table_plan one = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    uint8_t map[1 << 9] = {0};
    uint32_t layout = 0;
    if (!study_layout(SCAPE_REF_DTYPE_BF16, region->dtype, &layout)) {
        return encode_other(e, content, size);
    }
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    bucket_map(&e->fields[0], map);
    const struct scape_ref_table_plan buckets = {.kind = SCAPE_REF_TABLE_BY_FIELD,
                                                 .tables = map[0xFF] + 1u,
                                                 .field = 0,
                                                 .by = &e->fields[0],
                                                 .map = map};
    scape_ref_candidate_begin(e, content, size);
    err = put_one_table(e, &e->fields[0], &one);
    if (err == SCAPE_REF_OK) {
        err = put_one_table(e, &e->fields[1], &buckets);
    }
    scape_ref_candidate_end(e);
    return err;
}

/* Each field of a layout in a zstd frame of its own. */
static enum scape_ref_error zstd_fields(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                        const uint8_t *content, size_t size) {
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    scape_ref_candidate_begin(e, content, size);
    for (uint32_t f = 0; err == SCAPE_REF_OK && f < e->layout->field_count; f++) {
        err = scape_ref_encode_zstd(e->memory, &e->trial, &e->fields[f], 19);
    }
    scape_ref_candidate_end(e);
    return err;
}

static enum scape_ref_error encode_split_zstd(struct scape_ref_chunk_encoder *e,
                                              const struct scape_ref_plan_region *region,
                                              const uint8_t *content, size_t size) {
    uint32_t layout = 0;
    return study_layout(SCAPE_REF_DTYPE_BF16, region->dtype, &layout)
               ? zstd_fields(e, layout, content, size)
               : encode_other(e, content, size);
}

static enum scape_ref_error encode_zstd_raw(struct scape_ref_chunk_encoder *e,
                                            const struct scape_ref_plan_region *region,
                                            const uint8_t *content, size_t size) {
    (void)region;
    return encode_other(e, content, size);
}

/* The planes one after the other in one frame come out larger on weights: the first plane spoils
 * the statistics with which zstd begins the next. So each has its own. */
static enum scape_ref_error encode_zstd_grouped(struct scape_ref_chunk_encoder *e,
                                                const struct scape_ref_plan_region *region,
                                                const uint8_t *content, size_t size) {
    uint32_t layout = region->dtype == SCAPE_REF_DTYPE_F32   ? SCAPE_REF_LAYOUT_PLANES4
                      : region->dtype == SCAPE_REF_DTYPE_F64 ? SCAPE_REF_LAYOUT_PLANES8
                                                             : SCAPE_REF_LAYOUT_PLANES2;
    return region->dtype == 0 || size < 8 ? encode_other(e, content, size)
                                          : zstd_fields(e, layout, content, size);
}

/* --- with a profile ------------------------------------------------------------------------- */

/* The profile's set for a field, as tables to encode with. SCAPE_REF_BAD_ARGUMENT: there is none.
 */
static enum scape_ref_error profile_fit(struct scape_ref_chunk_encoder *e, uint32_t field,
                                        struct scape_ref_fit *fit, uint64_t *number) {
    const struct scape_ref_profile_set *set = NULL;
    for (uint32_t i = 0; i < e->profile.count && set == NULL; i++) {
        const struct scape_ref_profile_set *s = &e->profile.sets[i];
        if (s->layout == e->layout->id && s->field == field && s->width == e->fields[field].width) {
            set = s;
            *number = i;
        }
    }
    if (set == NULL) {
        return SCAPE_REF_BAD_ARGUMENT;
    }
    enum scape_ref_error err = scape_ref_profile_tables(&e->profile, *number, 0, set->precision,
                                                        set->count, set->width, &e->tables);
    return err == SCAPE_REF_OK ? scape_ref_fit_from_tables(e->memory, fit, &e->tables, set->width)
                               : err;
}

/* Each block of elements under the table that codes it shortest; ties to the first. */
static void choose_ids(const struct scape_ref_fit *fit, const struct scape_ref_array *array,
                       struct scape_ref_table_plan *plan) {
    uint64_t block = (uint64_t)1 << plan->block_log2;
    for (uint64_t b = 0; b < plan->ids.count; b++) {
        uint64_t best = UINT64_MAX;
        for (uint32_t table = 0; table < fit->tables; table++) {
            uint64_t cost = 0;
            for (uint64_t i = b * block; i < (b + 1) * block && i < array->count; i++) {
                cost += scape_ref_fit_cost_q8(fit, table, (uint32_t)scape_ref_array_get(array, i));
            }
            if (cost < best) {
                best = cost;
                scape_ref_array_set(&plan->ids, b, table);
            }
        }
    }
}

static enum scape_ref_error put_from_profile(struct scape_ref_chunk_encoder *e, uint32_t field,
                                             uint32_t block_log2) {
    const struct scape_ref_array *array = &e->fields[field];
    struct scape_ref_fit fit = {0};
    struct scape_ref_buffer ids = {0};
    struct scape_ref_encode_tables tables = {.fit = &fit, .source = SCAPE_REF_TABLES_FRAME};
    struct scape_ref_table_plan plan = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    enum scape_ref_error err = profile_fit(e, field, &fit, &tables.set);
    if (err == SCAPE_REF_OK && fit.tables > 1) {
        plan.kind = SCAPE_REF_TABLE_BY_ID;
        plan.tables = fit.tables;
        plan.block_log2 = block_log2;
        plan.ids.width = 1;
        while ((fit.tables - 1) >> plan.ids.width != 0) {
            plan.ids.width++;
        }
        plan.ids.size = 1;
        plan.ids.count = ((array->count - 1) >> plan.block_log2) + 1;
        err = scape_ref_buffer_reserve(e->memory, &ids, plan.ids.count, 0);
        plan.ids.data = ids.data;
        if (err == SCAPE_REF_OK) {
            choose_ids(&fit, array, &plan);
        }
    }
    if (err == SCAPE_REF_OK) {
        err = scape_ref_encode_rans(e->memory, &e->trial, array, &plan, &tables);
    }
    scape_ref_buffer_release(e->memory, &ids);
    scape_ref_buffer_release(e->memory, &fit.memory);
    return err;
}

static enum scape_ref_error encode_profile(struct scape_ref_chunk_encoder *e,
                                           const struct scape_ref_plan_region *region,
                                           const uint8_t *content, size_t size) {
    uint32_t layout = 0;
    if (!study_layout(SCAPE_REF_DTYPE_BF16, region->dtype, &layout)) {
        return encode_other(e, content, size);
    }
    enum scape_ref_error err = scape_ref_chunk_split(e, layout, content, size);
    if (err == SCAPE_REF_OK) {
        scape_ref_candidate_begin(e, content, size);
        for (uint32_t f = 0; f < e->layout->field_count && err == SCAPE_REF_OK; f++) {
            err = put_from_profile(e, f, MIXTURE_BLOCK_LOG2);
        }
        scape_ref_candidate_end(e);
    }
    return err;
}

/* Q4_K: nibbles under the profile's tables, one a super-block; everything else by itself. */
static enum scape_ref_error encode_qb_mixture(struct scape_ref_chunk_encoder *e,
                                              const struct scape_ref_plan_region *region,
                                              const uint8_t *content, size_t size) {
    const struct scape_ref_coder_choice simple = {.p = STUDY_P, .max_symbols = ALL_SYMBOLS};
    const struct scape_ref_layout *layout = scape_ref_layout_find(SCAPE_REF_LAYOUT_GGML_Q4_K);
    if (region->dtype != SCAPE_REF_DTYPE_Q4_K || size < layout->block_bytes) {
        return encode_other(e, content, size);
    }
    enum scape_ref_error err = scape_ref_chunk_split(e, layout->id, content, size);
    if (err == SCAPE_REF_OK) {
        scape_ref_candidate_begin(e, content, size);
        for (uint32_t f = 0; f < layout->field_count && err == SCAPE_REF_OK; f++) {
            err = strcmp(layout->fields[f].name, "q") == 0
                      ? put_from_profile(e, f, SUPER_BLOCK_LOG2)
                      : scape_ref_encode_smallest(e->memory, &e->trial, &e->fields[f], &simple);
        }
        scape_ref_candidate_end(e);
    }
    return err;
}

/* --- the list ------------------------------------------------------------------------------- */

static const struct scape_ref_method_coder coders[] = {
    {{"bf16_split", false, "sign+exponent and mantissa, a table each per chunk"},
     encode_bf16_split},
    {{"bf16_split_k1", true, "bf16_split with one pretrained table a stream"}, encode_profile},
    {{"bf16_split_mixture_k4", true, "bf16_split under 4 pretrained tables, one a block"},
     encode_profile},
    {{"bf16_split_ctx_k8", false, "bf16_split, the mantissa under 8 exponent buckets"}, encode_ctx},
    {{"bf16_split_zstd_19", false, "the streams of bf16_split, zstd -19 each"}, encode_split_zstd},
    {{"fp16_split", false, "bf16_split's construction for f16"}, encode_fp16_split},
    {{"qb_mixture_k4", true, "Q4_K nibbles under 4 pretrained tables, one a super-block"},
     encode_qb_mixture},
    {{"qb_mixture_k8", true, "the same under 8 tables"}, encode_qb_mixture},
    {{"qb_mixture_k16", true, "the same under 16 tables"}, encode_qb_mixture},
    {{"zstd_19_raw", false, "zstd -19 on the bytes of each chunk"}, encode_zstd_raw},
    {{"zstd_19_bytegrouped", false, "zstd -19 on each byte plane of each chunk"},
     encode_zstd_grouped},
};

enum {
    METHODS = sizeof coders / sizeof *coders
};

const struct scape_ref_method *scape_ref_method_at(size_t i) {
    return i < METHODS ? &coders[i].method : NULL;
}

/* Memory for the tables of either profile, and the frame's profile if there is one. */
static enum scape_ref_error open_profiles(struct scape_ref_chunk_encoder *e) {
    const struct scape_ref_profile *p = e->options->profile;
    struct scape_ref_arena arena = {0};
    scape_ref_tables_carve(&arena, &e->tables);
    enum scape_ref_error err =
        scape_ref_buffer_reserve(e->memory, &e->profile_memory, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    arena = (struct scape_ref_arena){.base = e->profile_memory.data};
    scape_ref_tables_carve(&arena, &e->tables);
    return p != NULL ? scape_ref_profile_parse(p->data, p->size, &e->tables, &e->profile)
                     : SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_method_standard(struct scape_ref_chunk_encoder *e) {
    return e->standard.data != NULL
               ? SCAPE_REF_OK
               : scape_ref_profile_parse(scape_ref_standard_profile,
                                         scape_ref_standard_profile_size, &e->tables, &e->standard);
}

enum scape_ref_error scape_ref_method_open(struct scape_ref_chunk_encoder *e) {
    const char *name = e->options->method;
    enum scape_ref_error err = open_profiles(e);
    if (err != SCAPE_REF_OK || name == NULL) {
        return err;
    }
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(coders[i].method.name, name) == 0) {
            e->method = &coders[i];
        }
    }
    bool lacks_profile =
        e->method != NULL && e->method->method.needs_profile && e->options->profile == NULL;
    return e->method == NULL || lacks_profile ? SCAPE_REF_BAD_ARGUMENT : SCAPE_REF_OK;
}
