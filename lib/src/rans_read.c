/* rans_read.c - a rANS stream's head [RNS-010]: everything up to the states, with its checks in
 * order. Depends on rans.h, context.h and standard.h. */
#include "context.h"
#include "rans.h"
#include "standard.h"

#include <assert.h>

/* Table source of a mode byte. */
enum {
    SOURCE_INLINE,
    SOURCE_STANDARD,
    SOURCE_FRAME,
    SOURCE_RESERVED
};

static int64_t read_zigzag(struct sc_cursor *c) { /* [CNV-014] */
    uint64_t v = sc_cursor_varint(c);
    return v % 2 == 0 ? (int64_t)(v / 2) : -(int64_t)(v / 2) - 1;
}

/* [TBL-031]: the set with its values moved by shift, all of `width` bits. */
static const struct sc_tables *shift_values(struct sc_work *w, const struct sc_tables *t,
                                            struct sc_cursor *c, int64_t shift, uint32_t width) {
    int64_t limit = (int64_t)1 << width;
    bool small = shift > -65536 && shift < 65536;
    bool good = small && t->values[0] + shift >= 0 && t->values[t->value_count - 1] + shift < limit;
    enum scape_error error = SCAPE_OK;
    if (!sc_cursor_require(c, good, SCAPE_ERROR_BAD_TABLE) || shift == 0) {
        return t;
    }
    error = sc_buffer_reserve(w->memory, &w->values, t->symbols * sizeof *t->values);
    if (!sc_cursor_require(c, error == SCAPE_OK, error)) {
        return t;
    }
    w->shifted = *t;
    w->shifted.values = (uint16_t *)(void *)w->values.data;
    for (uint32_t i = 0; i < t->value_count; i++) {
        w->shifted.values[i] = (uint16_t)(t->values[i] + shift);
    }
    if (t->escape) {
        w->shifted.values[t->value_count] = 0;
    }
    return &w->shifted;
}

/* The stream's tables into r->tables, and r->standard. */
static void read_tables(struct sc_work *w, struct sc_cursor *c, uint32_t source, uint32_t precision,
                        uint32_t count, uint32_t width) {
    struct sc_rans *r = &w->rans;
    r->tables = &w->tables;
    r->standard = NULL;
    if (source == SOURCE_INLINE) {
        sc_tables_read(w->memory, &w->tables, c, precision, count, width);
        return;
    }
    uint64_t number = sc_cursor_varint(c);
    int64_t shift = read_zigzag(c);
    if (c->error != SCAPE_OK) {
        return;
    }
    if (source == SOURCE_STANDARD) {
        r->standard = sc_standard_find(w->memory, w->standard, number, precision, count, c);
        r->tables = r->standard == NULL ? NULL : &r->standard->tables;
    } else {
        sc_profile_read_set(w->memory, &w->tables, w->frame, number, precision, count, c);
    }
    if (c->error == SCAPE_OK && r->tables != NULL) {
        r->tables = shift_values(w, r->tables, c, shift, width);
        r->standard = shift == 0 ? r->standard : NULL;
    }
}

static void read_escapes(struct sc_escapes *e, struct sc_cursor *c, bool present, uint64_t count,
                         uint32_t width) { /* [RNS-004] */
    *e = (struct sc_escapes){.present = present, .width = width};
    if (!present) {
        return;
    }
    e->count = sc_cursor_varint(c);
    if (sc_cursor_require(c, e->count <= count, SCAPE_ERROR_BAD_ESCAPE)) {
        uint64_t bits = e->count * width;
        e->values = sc_cursor_take(c, (bits + 7) / 8);
        if (e->values != NULL && bits % 8 != 0) {
            bool zero = e->values[bits / 8] >> (bits % 8) == 0;
            sc_cursor_require(c, zero, SCAPE_ERROR_NONZERO_PAD);
        }
    }
}

static void read_segments(struct sc_rans *r, struct sc_cursor *c) {
    uint64_t words[SC_SEGMENTS_MAX];
    uint64_t per_group = (uint64_t)SC_LANES * r->segment_count;
    uint64_t size = r->lanes == 1 ? r->count : (r->count + per_group - 1) / per_group * SC_LANES;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        words[s] = sc_cursor_varint(c);
    }
    for (uint32_t s = 0; s < r->segment_count; s++) { /* [RNS-003] */
        struct sc_segment *g = &r->segments[s];
        g->begin = s * size < r->count ? s * size : r->count;
        g->end = (s + 1) * size < r->count ? (s + 1) * size : r->count;
        g->initial = sc_cursor_take(c, 4 * (uint64_t)r->lanes);
        sc_cursor_require(c, words[s] <= UINT64_MAX / 2, c->short_class);
        g->first_word = sc_cursor_take(c, 2 * words[s]);
        if (c->error != SCAPE_OK) {
            return;
        }
        g->words_end = g->first_word + 2 * words[s];
    }
    for (uint32_t s = 0; s < r->segment_count; s++) { /* [RNS-011] */
        for (uint32_t lane = 0; lane < r->lanes; lane++) {
            bool good = sc_load_u32(r->segments[s].initial + 4 * (size_t)lane) >= 1u << 16;
            sc_cursor_require(c, good, SCAPE_ERROR_RANS_STATE);
        }
    }
}

void sc_rans_read(struct sc_work *w, const struct sc_place *place, struct sc_cursor *c,
                  uint64_t count, uint32_t coder) {
    struct sc_rans *r = &w->rans;
    bool nested = place->layout == NULL;
    uint32_t mode = sc_cursor_u8(c);
    uint32_t precision = mode & 15;
    uint32_t source = mode >> 6;
    bool in_range = precision >= SCAPE_REG_RANS_P_MIN && precision <= SCAPE_REG_RANS_P_MAX;
    sc_cursor_require(c, in_range, SCAPE_ERROR_LIMIT);
    sc_cursor_require(c, source != SOURCE_RESERVED, SCAPE_ERROR_RESERVED);
    if (!sc_cursor_require(c, source != SOURCE_FRAME || !nested, SCAPE_ERROR_UNKNOWN_CODER)) {
        return;
    }
    uint32_t tables = coder == SCAPE_REG_CODER_RANS ? 1 : sc_cursor_u8(c) + 1u;
    if (!sc_tables_check_size(c, precision, tables)) {
        return;
    }
    struct sc_contexts contexts = {.kind = SC_CONTEXT_NONE};
    if (coder == SCAPE_REG_CODER_RANS_MIXTURE) {
        sc_context_clusters(w, c, count, tables, &contexts);
    } else if (coder == SCAPE_REG_CODER_RANS_CONTEXT) {
        sc_context_read(w, place, c, count, tables, &contexts);
    }
    if (c->error == SCAPE_OK) {
        read_tables(w, c, source, precision, tables, place->width);
    }
    if (c->error != SCAPE_OK) {
        return;
    }
    *r = (struct sc_rans){
        .tables = r->tables, .standard = r->standard, .contexts = contexts, .count = count};
    r->lanes = (mode >> 4 & 3) == 0 ? 1 : SC_LANES;
    r->segment_count = (mode >> 4 & 3) < 2 ? 1 : (mode >> 4 & 3) == 2 ? 2 : SC_SEGMENTS_MAX;
    r->readable_end = c->end + SC_SLACK;
    r->lift = place->lift;
    uint64_t coded = count - (count >> r->lift.log2) * r->lift.count;
    assert(r->tables != NULL); /* read_tables() found some */
    read_escapes(&r->escapes, c, r->tables->escape, coded, place->width);
    if (c->error == SCAPE_OK) {
        read_segments(r, c);
    }
}
