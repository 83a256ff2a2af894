/* lift.c - see lift.h. */
#include "lift.h"

#include "rans.h"

/* One lift: for each sub-block where the element stood, and what it was. */
struct lift {
    struct scape_ref_array positions;
    struct scape_ref_array values;
};

/* Whole sub-blocks are read only, so there are at most count >> LIFT_LOG2_MIN of them. */
uint64_t scape_ref_lift_memory(uint64_t element_count, uint32_t width) {
    uint64_t subs = element_count >> SCAPE_REF_LIFT_LOG2_MIN;
    return SCAPE_REF_LIFTS_MAX * subs * (1 + scape_ref_array_element(width));
}

/* Cuts the lifts' arrays from the work memory: the values first, which need to be aligned. */
static void place_lifts(struct lift *lifts, uint32_t count, uint32_t log2, uint64_t sub_count,
                        const struct scape_ref_array *field, uint8_t *memory) {
    for (uint32_t k = 0; k < count; k++) {
        lifts[k].values = (struct scape_ref_array){field->width, field->size, sub_count, memory};
        memory += sub_count * field->size;
    }
    for (uint32_t k = 0; k < count; k++) {
        lifts[k].positions = (struct scape_ref_array){log2, 1, sub_count, memory};
        memory += sub_count;
    }
}

static enum scape_ref_error read_inner(struct scape_ref_cursor *c, uint32_t log2, uint32_t lifts,
                                       const struct scape_ref_stream_place *place,
                                       struct scape_ref_stream_work *work,
                                       struct scape_ref_array *out) {
    struct scape_ref_rans_mode mode;
    struct scape_ref_context context;
    uint32_t table_count;
    uint8_t coder;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &coder);
    if (!error && coder != SCAPE_REF_CODER_RANS && coder != SCAPE_REF_CODER_RANS_CONTEXT) {
        return SCAPE_REF_UNKNOWN_CODER; /* [RNS-032] */
    }
    error = error ? error : scape_ref_rans_mode_read(c, false, &mode);
    error = error ? error
                  : scape_ref_context_read(c, coder, mode.precision, (uint32_t)out->count, place,
                                           work, &table_count, &context);
    context.sub_mask = (UINT32_C(1) << log2) - 1; /* [RNS-034] */
    context.sub_coded = (UINT32_C(1) << log2) - lifts;
    return error ? error : scape_ref_rans_read(c, &mode, table_count, &context, work, out);
}

/* [RNS-035] Puts the elements of one sub-block back, from the last lift to the first. */
static enum scape_ref_error put_back(struct scape_ref_array *out, uint64_t sub, uint32_t log2,
                                     const struct lift *lifts, uint32_t count) {
    uint64_t first = sub << log2, size = UINT64_C(1) << log2;
    for (uint32_t k = count; k-- > 0;) {
        uint64_t last = first + size - 1 - k;
        uint64_t at = first + scape_ref_array_get(&lifts[k].positions, sub);
        if (at > last) {
            return SCAPE_REF_BAD_VALUE;
        }
        scape_ref_array_set(out, last, scape_ref_array_get(out, at));
        scape_ref_array_set(out, at, scape_ref_array_get(&lifts[k].values, sub));
    }
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_lift_read(struct scape_ref_cursor *c,
                                         const struct scape_ref_stream_place *place,
                                         struct scape_ref_stream_work *work,
                                         struct scape_ref_array *out) {
    uint8_t log2, count;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &log2);
    if (!error && (log2 < SCAPE_REF_LIFT_LOG2_MIN || log2 > SCAPE_REF_LIFT_LOG2_MAX)) {
        return SCAPE_REF_LIMIT; /* [RNS-030] */
    }
    error = error ? error : scape_ref_cursor_u8(c, &count);
    if (error) {
        return error;
    }
    if (count < 1 || count > SCAPE_REF_LIFTS_MAX) { /* [RNS-031] */
        return SCAPE_REF_LIMIT;
    }
    uint64_t sub_count = out->count >> log2;
    if (sub_count << log2 != out->count) { /* [RNS-033]; 2 lifts are always fewer than 4 elements */
        return SCAPE_REF_BAD_LENGTH;
    }
    struct lift lifts[SCAPE_REF_LIFTS_MAX];
    place_lifts(lifts, count, log2, sub_count, out, work->lifts);
    for (uint32_t k = 0; !error && k < count; k++) {
        error = scape_ref_nested_read(c, SCAPE_REF_NESTED_ANY, work, &lifts[k].positions);
        error =
            error ? error : scape_ref_nested_read(c, SCAPE_REF_NESTED_ANY, work, &lifts[k].values);
    }
    error = error ? error : read_inner(c, log2, count, place, work, out);
    for (uint64_t sub = 0; !error && sub < sub_count; sub++) {
        error = put_back(out, sub, log2, lifts, count);
    }
    return error;
}
