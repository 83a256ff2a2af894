/* rans.c - decoding a rANS stream [RNS-012]: the checked loop that is right for every stream, and
 * the binding that lets a kernel do the bulk of one first. Depends on rans.h, kernel.h, sink.h. */
#include "rans.h"

#include "kernel.h"
#include "sink.h"

enum {
    GROUP_BYTES = 2 * SC_LANES,       /* words that a group can use at most */
    FLAT64_SLOTS_MAX = 1 << 14,       /* more would leave the second-level cache */
    BULK_ELEMENTS_MIN = 4 * SC_LANES, /* fewer are not worth a kernel's tables */
    ESCAPES_PER_BULK = 16             /* streams with more escapes than 1 in 16 go without */
};

#define INLINE static inline __attribute__((always_inline))

/* What a slot stands for. */
struct slot {
    uint32_t freq, rank, value;
    bool escape;
};

/* What look_up needs, apart from the stream, so that stores to its states cannot alias it. */
struct view {
    const uint64_t *flat;
    const uint32_t *columns;
    const uint16_t *frequencies, *values;
    uint32_t precision, column_bits, symbols;
    uint32_t escape; /* number of the escape symbol, or one that does not occur */
};

static struct view view_of(const struct sc_rans *r) {
    const struct sc_tables *t = r->tables;
    return (struct view){
        r->flat,      t->columns,     t->frequencies, t->values,
        t->precision, t->column_bits, t->symbols,     t->escape ? t->value_count : UINT32_MAX};
}

INLINE struct slot look_up(const struct view *t, uint32_t context, uint32_t x, const bool flat) {
    uint32_t slot = x & ((1u << t->precision) - 1);
    if (flat) {
        uint64_t entry = t->flat[((size_t)context << t->precision) + slot];
        return (struct slot){entry & 0xffff, entry >> 16 & 0xffff, entry >> 32 & 0xffff,
                             entry >> 48 != 0};
    }
    uint32_t place_bits = t->precision - t->column_bits;
    uint32_t column = slot >> place_bits;
    uint32_t place = slot & ((1u << place_bits) - 1);
    uint32_t entry = t->columns[((size_t)context << t->column_bits) + column];
    uint32_t cut = (entry & 0xffff) >> t->column_bits;
    uint32_t aliased = 0u - (place >= cut); /* all ones, or 0 */
    uint32_t alias = entry & ((1u << t->column_bits) - 1);
    uint32_t symbol = column ^ ((column ^ alias) & aliased);
    return (struct slot){t->frequencies[(size_t)context * t->symbols + symbol],
                         (place + (entry >> 16 & aliased)) & 0xffff, t->values[symbol],
                         symbol == t->escape};
}

/* The next escaped value, 0 when they are used up [RNS-015]. */
static uint32_t next_escaped(struct sc_escapes *e) {
    uint64_t number = e->seen++;
    return number < e->count ? sc_bits_at(e->values, number * e->width, e->width) : 0;
}

/* One group of 32 with enough words left for all, or the active ones of it. `all` is a constant
 * where this is inlined. Returns which are escapes. */
INLINE uint32_t whole_group(const struct view *t, struct sc_segment *g, const uint8_t *contexts,
                            uint32_t active, const bool all, const bool flat,
                            uint16_t *restrict values) {
    const uint8_t *word = g->word;
    const struct view view = *t;
    uint32_t escapes = 0;
    for (uint32_t lane = 0; lane < SC_LANES; lane++) {
        if (!all && (active >> lane & 1) == 0) {
            values[lane] = 0;
            continue;
        }
        uint32_t x = g->states[lane];
        struct slot s = look_up(&view, contexts[lane], x, flat);
        x = s.freq * (x >> view.precision) + s.rank;
        uint32_t low = x < 1u << 16; /* arithmetic, as a branch would be mispredicted often */
        g->states[lane] = x << (low << 4) | (sc_load_u16(word) & (0u - low));
        word += 2 * (size_t)low;
        values[lane] = (uint16_t)s.value;
        escapes |= (uint32_t)s.escape << lane;
    }
    g->word = word;
    return escapes;
}

static void put_group(struct sc_rans *r, const struct sc_sink *sink, uint64_t i,
                      const uint16_t *values, uint32_t escapes) {
    sc_sink_put32(sink, i, values);
    if (escapes != 0 && r->escapes.list != NULL) {
        sc_escapes_note(&r->escapes, i, escapes);
        return;
    }
    for (; escapes != 0; escapes &= escapes - 1) {
        uint64_t element = i + (uint32_t)__builtin_ctz(escapes);
        sc_sink_put(sink, element, next_escaped(&r->escapes));
    }
}

/* The elements [g->at, g->end), each word checked; any lanes, any lift. */
static enum scape_error checked_elements(struct sc_rans *r, const struct view *t,
                                         struct sc_segment *g, const struct sc_sink *sink) {
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
        uint32_t x = g->states[lane];
        struct slot s = look_up(t, context, x, t->flat != NULL);
        x = s.freq * (x >> t->precision) + s.rank;
        if (x < 1u << 16) {
            if (g->word == g->words_end) {
                return SCAPE_ERROR_RANS_WORDS;
            }
            x = x << 16 | sc_load_u16(g->word);
            g->word += 2;
        }
        g->states[lane] = x;
        if (!s.escape) {
            sc_sink_put(sink, i, s.value);
        } else if (r->escapes.list != NULL) {
            sc_escapes_note(&r->escapes, i, 1);
        } else {
            sc_sink_put(sink, i, next_escaped(&r->escapes));
        }
    }
    return SCAPE_OK;
}

/* The same for one lane and one table, as in most small streams: the state stays in a register. */
static enum scape_error one_lane(struct sc_rans *r, const struct view *t, struct sc_segment *g,
                                 const struct sc_sink *sink) {
    const struct view view = *t;
    const uint8_t *word = g->word, *words_end = g->words_end;
    uint32_t x = g->states[0];
    for (uint64_t i = g->at; i < g->end; i++) {
        struct slot s = look_up(&view, 0, x, view.flat != NULL);
        x = s.freq * (x >> view.precision) + s.rank;
        if (x < 1u << 16) {
            if (word == words_end) {
                return SCAPE_ERROR_RANS_WORDS;
            }
            x = x << 16 | sc_load_u16(word);
            word += 2;
        }
        sc_sink_put(sink, i, s.escape ? next_escaped(&r->escapes) : s.value);
    }
    g->states[0] = x;
    g->word = word;
    return SCAPE_OK;
}

/* What is left of a segment, and its end [RNS-013] [RNS-014]. */
static enum scape_error finish_segment(struct sc_rans *r, struct sc_segment *g,
                                       const struct sc_sink *sink) {
    uint8_t contexts[SC_LANES] = {0};
    uint16_t values[SC_LANES];
    const struct view view = view_of(r);
    bool by_groups = r->lanes == SC_LANES;
    while (by_groups && g->end - g->at >= SC_LANES && g->words_end - g->word >= GROUP_BYTES) {
        if (r->contexts.kind != SC_CONTEXT_NONE) {
            sc_contexts_fill(&r->contexts, g->at, SC_LANES, contexts);
        }
        uint32_t active = sc_lift_mask(&r->lift, g->at);
        bool all = active == UINT32_MAX;
        bool flat = view.flat != NULL;
        uint32_t escapes = !all   ? whole_group(&view, g, contexts, active, false, flat, values)
                           : flat ? whole_group(&view, g, contexts, active, true, true, values)
                                  : whole_group(&view, g, contexts, active, true, false, values);
        put_group(r, sink, g->at, values, escapes);
        g->at += SC_LANES;
    }
    bool simple = r->lanes == 1 && r->lift.count == 0 && r->contexts.kind == SC_CONTEXT_NONE;
    enum scape_error error =
        simple ? one_lane(r, &view, g, sink) : checked_elements(r, &view, g, sink);
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

static void start_segments(struct sc_rans *r) {
    r->escapes.seen = 0;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        struct sc_segment *g = &r->segments[s];
        for (uint32_t lane = 0; lane < r->lanes; lane++) {
            g->states[lane] = sc_load_u32(g->initial + 4 * (size_t)lane);
        }
        g->word = g->first_word;
        g->at = g->begin;
    }
}

/* Groups of 32 that every segment has. */
static uint64_t common_groups(const struct sc_rans *r) {
    uint64_t groups = UINT64_MAX;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        uint64_t own = (r->segments[s].end - r->segments[s].begin) / SC_LANES;
        groups = own < groups ? own : groups;
    }
    return groups;
}

/* The form that suits the tables, in the work's memory. */
static bool make_form(struct sc_work *w, struct sc_bulk *bulk) {
    const struct sc_tables *t = &w->tables;
    bool by_group = bulk->rans->contexts.kind == SC_CONTEXT_BLOCKS &&
                    bulk->rans->contexts.block_log2 >= 5; /* 32 elements have one context */
    if (w->kernel->alias16 && t->column_bits <= 4 && (t->count == 1 || by_group)) {
        sc_form_alias16(t, w->forms.data, bulk);
        return true;
    }
    bool planes = w->kernel->planes && bulk->rans->lift.count == 0;
    if (planes && sc_form_planes(t, w->forms.data, bulk)) {
        return true;
    }
    uint64_t slots = (uint64_t)t->count << t->precision;
    if (bulk->rans->count >= slots && sc_form_flat32(t, w->forms.data, bulk)) {
        return true;
    }
    if ((uint64_t)t->count << t->column_bits > 1u << 16) {
        return false;
    }
    sc_form_columns(t, w->forms.data, bulk);
    return true;
}

/* Lets the kernel decode what it can; the segments stand behind it afterwards. */
static enum scape_error run_bulk(struct sc_work *w, const struct sc_sink *sink) {
    struct sc_rans *r = &w->rans;
    struct sc_bulk bulk = {.precision = w->tables.precision,
                           .column_bits = w->tables.column_bits,
                           .segment_count = r->segment_count,
                           .groups = common_groups(r),
                           .rans = r,
                           .sink = sink};
    enum scape_error error = SCAPE_OK;
    size_t size = 0;
    for (enum sc_form form = SC_FORM_FLAT32; form <= SC_FORM_PLANES; form++) {
        size_t own = sc_form_size(form, &w->tables);
        size = own > size ? own : size;
    }
    error = sc_buffer_reserve(w->memory, &w->forms, size);
    if (error == SCAPE_OK && r->escapes.present) {
        error =
            sc_buffer_reserve(w->memory, &w->escapes, (size_t)r->escapes.count * sizeof(uint32_t));
        r->escapes.list = (uint32_t *)(void *)w->escapes.data;
    }
    if (error != SCAPE_OK || !make_form(w, &bulk)) {
        return error;
    }
    w->kernel->bulk(&bulk);
    for (uint32_t s = 0; s < r->segment_count; s++) {
        if (r->segments[s].word > r->segments[s].words_end) {
            /* Used words of what follows, so the stream is bad. The order of its errors is that of
             * the checked loop. */
            start_segments(r);
            break;
        }
    }
    return SCAPE_OK;
}

/* Values of the escapes that kernels noted, in the order of the elements. */
static void resolve_escapes(struct sc_rans *r, const struct sc_sink *sink) {
    struct sc_escapes *e = &r->escapes;
    uint64_t noted = e->count;
    e->seen = 0;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        for (uint64_t i = 0; i < noted; i++) {
            uint64_t element = e->list[i];
            if (element >= r->segments[s].begin && element < r->segments[s].end) {
                sc_sink_put(sink, element, next_escaped(e));
            }
        }
    }
}

static enum scape_error prepare(struct sc_work *w, const struct sc_sink *sink) {
    struct sc_rans *r = &w->rans;
    start_segments(r);
    bool bulk = w->kernel->bulk != NULL && r->lanes == SC_LANES &&
                r->count >= BULK_ELEMENTS_MIN * (uint64_t)r->segment_count &&
                r->escapes.count <= r->count / ESCAPES_PER_BULK;
    if (bulk) {
        return run_bulk(w, sink);
    }
    uint64_t slots = (uint64_t)w->tables.count << w->tables.precision;
    if (slots <= FLAT64_SLOTS_MAX && r->count >= 2 * slots) {
        enum scape_error error =
            sc_buffer_reserve(w->memory, &w->forms, sc_form_size(SC_FORM_FLAT64, &w->tables));
        if (error != SCAPE_OK) {
            return error;
        }
        uint64_t *flat = (uint64_t *)(void *)w->forms.data;
        sc_form_flat64(&w->tables, flat);
        r->flat = flat;
    }
    return SCAPE_OK;
}

enum scape_error sc_rans_run(struct sc_work *w, const struct sc_sink *sink) {
    struct sc_rans *r = &w->rans;
    enum scape_error error = prepare(w, sink);
    for (uint32_t s = 0; s < r->segment_count && error == SCAPE_OK; s++) {
        error = finish_segment(r, &r->segments[s], sink);
    }
    if (error == SCAPE_OK && r->escapes.seen != r->escapes.count) {
        error = SCAPE_ERROR_BAD_ESCAPE;
    }
    if (error == SCAPE_OK && r->escapes.list != NULL && r->escapes.count > 0) {
        resolve_escapes(r, sink);
    }
    return error;
}
