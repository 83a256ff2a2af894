/* rans.c - see rans.h. Checks stand in the order of [RNS-010]. */
#include "rans.h"

#include <assert.h>

/* Escaped values as they stand in the stream, and how many were called for. */
struct escapes {
    const uint8_t *packed;
    uint64_t count;
    uint64_t used;
};

struct segment {
    const uint8_t *states;
    const uint8_t *words;
    uint64_t word_count;
};

enum scape_ref_error scape_ref_rans_mode_read(struct scape_ref_cursor *c, bool nested,
                                              struct scape_ref_rans_mode *out) {
    uint8_t mode;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &mode);
    if (error) {
        return error;
    }
    uint32_t lanes = mode >> 4 & 3;
    out->precision = mode & 15;
    out->lanes = lanes == 0 ? 1 : SCAPE_REF_LANES_MAX;
    out->segments = lanes == 0 ? 1 : UINT32_C(1) << (lanes - 1);
    out->source = mode >> 6;
    if (out->precision < SCAPE_REF_RANS_P_MIN || out->precision > SCAPE_REF_RANS_P_MAX) {
        return SCAPE_REF_LIMIT;
    }
    if (out->source > SCAPE_REF_TABLES_FRAME) {
        return SCAPE_REF_RESERVED;
    }
    return nested && out->source == SCAPE_REF_TABLES_FRAME ? SCAPE_REF_UNKNOWN_CODER : SCAPE_REF_OK;
}

uint32_t scape_ref_segment_size(const struct scape_ref_rans_mode *mode, uint32_t count) {
    if (mode->lanes == 1) {
        return count;
    }
    uint32_t steps = (count + SCAPE_REF_LANES_MAX - 1) / SCAPE_REF_LANES_MAX;
    uint32_t log2 = mode->segments / 2; /* of 1, 2, 4 */
    return SCAPE_REF_LANES_MAX * ((steps + mode->segments - 1) >> log2);
}

/* Section 4.4: the tables stand here, or in a profile. */
static enum scape_ref_error read_tables(struct scape_ref_cursor *c,
                                        const struct scape_ref_rans_mode *mode,
                                        uint32_t table_count, uint32_t width,
                                        struct scape_ref_stream_work *work) {
    if (mode->source == SCAPE_REF_TABLES_INLINE) {
        return scape_ref_tables_read(c, mode->precision, table_count, width, &work->tables);
    }
    uint64_t number, shift;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &number);
    error = error ? error : scape_ref_cursor_varint(c, &shift);
    if (error) {
        return error;
    }
    const struct scape_ref_profile_sets *profile = work->frame;
    if (mode->source == SCAPE_REF_TABLES_STANDARD) {
        error = scape_ref_stream_work_standard(work, &profile);
        if (error) {
            return error;
        }
    }
    return scape_ref_profile_tables(profile, number, shift, mode->precision, table_count, width,
                                    &work->tables);
}

/* [RNS-004] */
static enum scape_ref_error read_escapes(struct scape_ref_cursor *c, uint32_t width,
                                         uint64_t element_count, struct escapes *out) {
    enum scape_ref_error error = scape_ref_cursor_varint(c, &out->count);
    if (error) {
        return error;
    }
    if (out->count > element_count) {
        return SCAPE_REF_BAD_ESCAPE;
    }
    return scape_ref_packed_take(c, out->count, width, &out->packed);
}

static enum scape_ref_error read_segments(struct scape_ref_cursor *c,
                                          const struct scape_ref_rans_mode *mode,
                                          struct segment *segments) {
    enum scape_ref_error error = SCAPE_REF_OK;
    for (uint32_t s = 0; !error && s < mode->segments; s++) {
        error = scape_ref_cursor_varint(c, &segments[s].word_count);
    }
    for (uint32_t s = 0; !error && s < mode->segments; s++) {
        error = scape_ref_cursor_take(c, 4 * (uint64_t)mode->lanes, &segments[s].states);
        if (!error && segments[s].word_count > scape_ref_cursor_left(c) / 2) {
            error = SCAPE_REF_TRUNCATED;
        }
        error = error ? error
                      : scape_ref_cursor_take(c, 2 * segments[s].word_count, &segments[s].words);
    }
    return error;
}

static enum scape_ref_error check_states(const struct scape_ref_rans_mode *mode,
                                         const struct segment *segments) { /* [RNS-011] */
    for (uint32_t s = 0; s < mode->segments; s++) {
        for (uint32_t lane = 0; lane < mode->lanes; lane++) {
            if (scape_ref_load_le(segments[s].states + (size_t)4 * lane, 4) <
                SCAPE_REF_RANS_LOWER) {
                return SCAPE_REF_RANS_STATE;
            }
        }
    }
    return SCAPE_REF_OK;
}

/* [TBL-020] The symbol of a state's slot by table k, and the state without it. */
static uint32_t pop_symbol(const struct scape_ref_tables *t, uint32_t k, uint32_t *state) {
    uint32_t slot = *state & ((UINT32_C(1) << t->precision) - 1);
    uint32_t column_number = slot >> (t->precision - t->column_bits);
    uint32_t place = slot & ((UINT32_C(1) << (t->precision - t->column_bits)) - 1);
    size_t base = (size_t)k << t->column_bits;
    const struct scape_ref_column *column = &t->columns[base + column_number];
    bool own = place < column->cut;
    uint32_t symbol = own ? column_number : column->alias;
    uint32_t rank = own ? place : column->base + place - column->cut;
    *state = t->frequencies[base + symbol] * (*state >> t->precision) + rank;
    return symbol;
}

/* [RNS-015] Values called for beyond the last are counted, and found out at the end. */
static uint64_t symbol_value(const struct scape_ref_tables *t, uint32_t symbol, uint32_t width,
                             struct escapes *escapes) {
    if (symbol < t->value_count) {
        return t->values[symbol];
    }
    uint64_t i = escapes->used++;
    return i < escapes->count ? scape_ref_bits_get(escapes->packed, i * width, width) : 0;
}

/* Elements [first, end) of the stream. */
static enum scape_ref_error decode_segment(const struct segment *segment, uint32_t lanes,
                                           const struct scape_ref_tables *t,
                                           const struct scape_ref_context *context, uint32_t first,
                                           uint32_t end, struct escapes *escapes,
                                           struct scape_ref_array *out) {
    uint32_t states[SCAPE_REF_LANES_MAX];
    uint64_t used = 0;
    for (uint32_t lane = 0; lane < lanes; lane++) {
        states[lane] = (uint32_t)scape_ref_load_le(segment->states + (size_t)4 * lane, 4);
    }
    for (uint32_t i = first; i < end; i++) {
        if (!scape_ref_context_codes(context, i)) {
            continue;
        }
        uint32_t *state = &states[(i - first) % lanes]; /* [RNS-005] */
        uint32_t symbol = pop_symbol(t, scape_ref_context_at(context, i), state);
        if (*state < SCAPE_REF_RANS_LOWER) { /* [RNS-012] */
            if (used == segment->word_count) {
                return SCAPE_REF_RANS_WORDS;
            }
            *state = *state << 16 | (uint32_t)scape_ref_load_le(segment->words + 2 * used, 2);
            used++;
        }
        scape_ref_array_set(out, i, symbol_value(t, symbol, out->width, escapes));
    }
    for (uint32_t lane = 0; lane < lanes; lane++) {
        if (states[lane] != SCAPE_REF_RANS_LOWER) { /* [RNS-013] */
            return SCAPE_REF_RANS_STATE;
        }
    }
    return used == segment->word_count ? SCAPE_REF_OK : SCAPE_REF_RANS_WORDS; /* [RNS-014] */
}

enum scape_ref_error
scape_ref_rans_read(struct scape_ref_cursor *c, const struct scape_ref_rans_mode *mode,
                    uint32_t table_count, const struct scape_ref_context *context,
                    struct scape_ref_stream_work *work, struct scape_ref_array *out) {
    assert(out->count <= UINT32_MAX / 2);
    struct scape_ref_tables *t = &work->tables;
    struct escapes escapes = {NULL, 0, 0};
    struct segment segments[SCAPE_REF_SEGMENTS_MAX];
    enum scape_ref_error error = read_tables(c, mode, table_count, out->width, work);
    if (!error && t->escape) {
        /* All elements, or sub_coded of each whole sub-block. */
        uint64_t coded = out->count / (context->sub_mask + UINT64_C(1)) * context->sub_coded;
        error = read_escapes(c, out->width, coded, &escapes);
    }
    error = error ? error : read_segments(c, mode, segments);
    error = error ? error : check_states(mode, segments);
    if (error) {
        return error;
    }
    scape_ref_tables_make_columns(t);
    uint32_t count = (uint32_t)out->count, size = scape_ref_segment_size(mode, count), first = 0;
    for (uint32_t s = 0; !error && s < mode->segments; s++) {
        uint32_t end = size < count - first ? first + size : count;
        error = decode_segment(&segments[s], mode->lanes, t, context, first, end, &escapes, out);
        first = end;
    }
    return !error && escapes.used != escapes.count ? SCAPE_REF_BAD_ESCAPE : error;
}
