/* rans_loop.c - decoding segments in plain C: groups of 32 where enough words are left for all,
 * then element by element with every word checked. Depends on rans_loop.h, sink.h. */
#include "rans_loop.h"

#include "sink.h"

enum {
    GROUP_BYTES = 2 * SC_LANES /* words that a group can use at most */
};

#define INLINE static inline __attribute__((always_inline))

/* What look_up needs, apart from the stream, so that stores cannot alias it. In the loops over
 * groups the precision is a constant where it is a usual one. */
struct view {
    const uint64_t *flat;
    const struct sc_column_pair *pairs;
    uint32_t precision, place_bits;
};

static struct view view_of(const struct sc_rans *r, const uint32_t precision) {
    return (struct view){r->flat, r->pairs, precision, precision - r->tables->column_bits};
}

/* freq, rank, value and mark of escape of x's slot, in 64 bits as SC_FORM_FLAT64 has them; of the
 * rank the 16 bits above it may not be clear. */
INLINE uint64_t look_up(const struct view *t, uint32_t context, uint32_t x, const bool flat) {
    uint32_t slot = (x & ((1u << t->precision) - 1)) | context << t->precision;
    if (flat) {
        return t->flat[slot];
    }
    uint32_t place = slot & ((1u << t->place_bits) - 1);
    const struct sc_column_pair *column = &t->pairs[slot >> t->place_bits];
    uint64_t own = column->own, alias = column->alias;
    uint64_t entry = place < alias >> SC_PAIR_CUT ? own : alias;
    uint64_t rank = (entry + ((uint64_t)place << 16)) & 0xffff0000;
    return (entry & ~UINT64_C(0xffff0000)) | rank;
}

INLINE uint32_t value_of(uint64_t entry) {
    return (uint32_t)(entry >> 32) & 0xffff;
}

INLINE bool is_escape(uint64_t entry) {
    return (entry >> SC_PAIR_ESCAPE & 1) != 0;
}

/* [RNS-012]: the state behind a slot, and the next word if it wants one. By arithmetic, as a branch
 * would be mispredicted often. */
INLINE uint32_t next_state(const struct view *t, uint32_t x, uint64_t entry, const uint8_t **word) {
    x = (uint32_t)(entry & 0xffff) * (x >> t->precision) + ((uint32_t)entry >> 16);
    uint64_t longer = (uint64_t)x << 16 | sc_load_u16(*word);
    uint32_t high = x >= 1u << 16;
    *word += 2 - 2 * (size_t)high;
    return (uint32_t)(longer >> (high << 4));
}

/* States and word of a segment, where nothing aliases them. */
struct lanes {
    uint32_t states[SC_LANES];
    const uint8_t *word;
};

/* The values of 32 lanes, four in 64 bits, or those of the active ones, with enough words left.
 * `all` and `flat` are constants where this is inlined. Returns which are escapes. */
INLINE uint32_t group(const struct view *t, struct lanes *g, const uint8_t *contexts,
                      uint32_t active, const bool all, const bool flat, uint64_t *values) {
    const uint8_t *word = g->word;
    uint32_t escapes = 0;
    for (uint32_t first = 0; first < SC_LANES; first += 4) {
        uint64_t four = 0, marks = 0;
        for (uint32_t j = 0; j < 4; j++) {
            uint32_t lane = first + j;
            if (all || (active >> lane & 1) != 0) {
                uint32_t x = g->states[lane];
                uint64_t entry = look_up(t, contexts[lane], x, flat);
                g->states[lane] = next_state(t, x, entry, &word);
                four |= (entry >> 32 & 0xffff) << (16 * j);
                marks |= (entry >> SC_PAIR_ESCAPE & 1) << j;
            }
        }
        values[first / 4] = four;
        escapes |= (uint32_t)marks << first;
    }
    g->word = word;
    return escapes;
}

static void note_escapes(struct sc_rans *r, const struct sc_sink *sink, uint64_t i,
                         uint32_t escapes) {
    if (r->escapes.list != NULL) {
        sc_escapes_note(&r->escapes, i, escapes);
        return;
    }
    for (; escapes != 0; escapes &= escapes - 1) {
        uint64_t element = i + (uint32_t)__builtin_ctz(escapes);
        sc_sink_put(sink, element, sc_escapes_next(&r->escapes));
    }
}

INLINE void groups(struct sc_rans *r, struct sc_segment *g, const struct sc_sink *sink,
                   const uint32_t precision, const bool flat) {
    uint8_t contexts[SC_LANES] = {0};
    uint64_t values[SC_LANES / 4];
    struct lanes lanes = {.word = g->word};
    const struct view view = view_of(r, precision);
    memcpy(lanes.states, g->states, sizeof lanes.states);
    while (g->end - g->at >= SC_LANES && g->words_end - lanes.word >= GROUP_BYTES) {
        if (r->contexts.kind != SC_CONTEXT_NONE) {
            sc_contexts_fill(&r->contexts, g->at, SC_LANES, contexts);
        }
        uint32_t active = sc_lift_mask(&r->lift, g->at);
        bool all = active == UINT32_MAX;
        uint32_t escapes = all ? group(&view, &lanes, contexts, active, true, flat, values)
                               : group(&view, &lanes, contexts, active, false, flat, values);
        sc_sink_put32(sink, g->at, values);
        if (escapes != 0) {
            note_escapes(r, sink, g->at, escapes);
        }
        g->at += SC_LANES;
    }
    memcpy(g->states, lanes.states, sizeof lanes.states);
    g->word = lanes.word;
}

static void groups_flat(struct sc_rans *r, struct sc_segment *g, const struct sc_sink *sink) {
    if (r->tables->precision == 11) {
        groups(r, g, sink, 11, true);
    } else if (r->tables->precision == 12) {
        groups(r, g, sink, 12, true);
    } else {
        groups(r, g, sink, r->tables->precision, true);
    }
}

static void groups_pairs(struct sc_rans *r, struct sc_segment *g, const struct sc_sink *sink) {
    if (r->tables->precision == 12) {
        groups(r, g, sink, 12, false);
    } else {
        groups(r, g, sink, r->tables->precision, false);
    }
}

/* The elements [g->at, g->end), each word checked; any lanes, any lift. */
static enum scape_error checked_elements(struct sc_rans *r, struct sc_segment *g,
                                         const struct sc_sink *sink) {
    const struct view view = view_of(r, r->tables->precision);
    uint64_t sub_mask = (UINT64_C(1) << r->lift.log2) - 1;
    uint8_t context = 0;
    for (; g->at < g->end; g->at++) {
        uint64_t i = g->at;
        if (r->lift.count > 0 && (i & sub_mask) > sub_mask - r->lift.count) {
            continue;
        }
        uint32_t lane = (uint32_t)((i - g->begin) & (r->lanes - 1));
        if (r->contexts.kind != SC_CONTEXT_NONE) {
            sc_contexts_fill(&r->contexts, i, 1, &context);
        }
        uint64_t entry = look_up(&view, context, g->states[lane], false);
        /* words behind the last are in the slack, and not more than one is read */
        g->states[lane] = next_state(&view, g->states[lane], entry, &g->word);
        if (g->word > g->words_end) {
            return SCAPE_ERROR_RANS_WORDS;
        }
        if (!is_escape(entry)) {
            sc_sink_put(sink, i, value_of(entry));
        } else if (r->escapes.list != NULL) {
            sc_escapes_note(&r->escapes, i, 1);
        } else {
            sc_sink_put(sink, i, sc_escapes_next(&r->escapes));
        }
    }
    return SCAPE_OK;
}

/* The same for one lane and one table, as in most small streams: the state stays in a register, and
 * words are checked after as many elements as cannot leave the slack. Here every step waits for the
 * one before, so renormalising is a choice between two values that are ready early. */
INLINE enum scape_error one_lane(struct sc_rans *r, struct sc_segment *g,
                                 const struct sc_sink *sink, const uint32_t precision,
                                 const bool flat) {
    enum {
        STRIDE = SC_SLACK / 2
    };
    const struct view view = view_of(r, precision);
    const uint8_t *word = g->word;
    uint32_t x = g->states[0];
    for (uint64_t i = g->at; i < g->end;) {
        uint64_t end = g->end - i < STRIDE ? g->end : i + STRIDE;
        for (; i < end; i++) {
            uint64_t entry = look_up(&view, 0, x, flat);
            x = (uint32_t)(entry & 0xffff) * (x >> precision) + ((uint32_t)entry >> 16);
            uint32_t longer = x << 16 | sc_load_u16(word);
            bool low = x < 1u << 16;
            x = low ? longer : x;
            word += low ? 2 : 0;
            sc_sink_put(sink, i, is_escape(entry) ? sc_escapes_next(&r->escapes) : value_of(entry));
        }
        if (word > g->words_end) {
            return SCAPE_ERROR_RANS_WORDS;
        }
    }
    g->states[0] = x;
    g->word = word;
    return SCAPE_OK;
}

static enum scape_error one_lane_of(struct sc_rans *r, struct sc_segment *g,
                                    const struct sc_sink *sink) {
    if (r->tables->precision != 12) {
        return one_lane(r, g, sink, r->tables->precision, false);
    }
    return r->flat != NULL ? one_lane(r, g, sink, 12, true) : one_lane(r, g, sink, 12, false);
}

/* A stream of one lane on its way beside others. */
struct lone {
    const struct sc_column_pair *pairs;
    const uint8_t *word;
    uint32_t place_bits, x;
};

/* 32 elements of each: value and mark of escape, as 32 bits. The streams do not wait for each
 * other, so a step of one fills the time in which the others wait for theirs. */
INLINE void lone_groups(struct lone *lanes, uint32_t found[SC_FOUR][SC_LANES]) {
    for (uint32_t j = 0; j < SC_LANES; j++) {
        for (uint32_t i = 0; i < SC_FOUR; i++) {
            struct lone *lane = &lanes[i];
            const struct view view = {NULL, lane->pairs, SC_BESIDE_PRECISION, lane->place_bits};
            uint64_t entry = look_up(&view, 0, lane->x, false);
            lane->x = next_state(&view, lane->x, entry, &lane->word);
            found[i][j] = (uint32_t)(entry >> 32);
        }
    }
}

/* 32 elements from `at` to the sink. */
static void put_found(struct sc_rans *r, const struct sc_sink *sink, uint64_t at,
                      const uint32_t *found) {
    const uint32_t mark = 1u << (SC_PAIR_ESCAPE - 32);
    uint64_t values[SC_LANES / 4];
    uint32_t any = 0;
    for (uint32_t j = 0; j < SC_LANES / 4; j++) {
        const uint32_t *four = found + 4 * (size_t)j;
        any |= four[0] | four[1] | four[2] | four[3];
        values[j] = (four[0] & 0xffff) | (uint64_t)(four[1] & 0xffff) << 16 |
                    (uint64_t)(four[2] & 0xffff) << 32 | (uint64_t)four[3] << 48;
    }
    sc_sink_put32(sink, at, values);
    for (uint32_t j = 0; j < SC_LANES && (any & mark) != 0; j++) {
        if ((found[j] & mark) != 0) {
            sc_sink_put(sink, at + j, sc_escapes_next(&r->escapes));
        }
    }
}

void sc_lanes_four(const struct sc_bulk bulks[SC_FOUR]) {
    struct lone lanes[SC_FOUR];
    uint32_t found[SC_FOUR][SC_LANES];
    for (uint32_t i = 0; i < SC_FOUR; i++) {
        const struct sc_rans *r = bulks[i].rans;
        lanes[i] = (struct lone){.pairs = bulks[i].pairs,
                                 .word = r->segments[0].word,
                                 .place_bits = SC_BESIDE_PRECISION - r->tables->column_bits,
                                 .x = r->segments[0].states[0]};
    }
    for (uint64_t left; (left = sc_lone_groups(bulks, SC_FOUR)) > 0;) {
        for (; left > 0; left--) {
            lone_groups(lanes, found);
            for (uint32_t i = 0; i < SC_FOUR; i++) {
                struct sc_segment *g = &bulks[i].rans->segments[0];
                put_found(bulks[i].rans, bulks[i].sink, g->at, found[i]);
                g->at += SC_LANES;
            }
        }
        for (uint32_t i = 0; i < SC_FOUR; i++) {
            bulks[i].rans->segments[0].states[0] = lanes[i].x;
            bulks[i].rans->segments[0].word = lanes[i].word;
        }
    }
}

enum scape_error sc_segment_finish(struct sc_rans *r, struct sc_segment *g,
                                   const struct sc_sink *sink) {
    if (r->lanes == SC_LANES) {
        (r->flat != NULL ? groups_flat : groups_pairs)(r, g, sink);
    }
    bool simple = r->lanes == 1 && r->lift.count == 0 && r->contexts.kind == SC_CONTEXT_NONE;
    enum scape_error error = simple ? one_lane_of(r, g, sink) : checked_elements(r, g, sink);
    if (error != SCAPE_OK) {
        return error;
    }
    for (uint32_t lane = 0; lane < r->lanes; lane++) {
        if (g->states[lane] != 1u << 16) {
            return SCAPE_ERROR_RANS_STATE;
        }
    }
    return g->word == g->words_end ? SCAPE_OK : SCAPE_ERROR_RANS_WORDS;
}
