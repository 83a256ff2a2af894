/* rans.c - decoding a rANS stream [RNS-012]: the binding that lets a kernel do the bulk of one, and
 * the loop of rans_loop.c the rest. Depends on rans.h, rans_loop.h, kernel.h, sink.h and
 * standard.h. */
#include "rans.h"

#include "kernel.h"
#include "rans_loop.h"
#include "sink.h"
#include "standard.h"

#include <assert.h>

enum {
    FLAT64_SLOTS_MAX = 1 << 14,       /* more would leave the second-level cache */
    BULK_ELEMENTS_MIN = 4 * SC_LANES, /* fewer are not worth a kernel's tables */
    ESCAPES_PER_BULK = 16,            /* streams with more escapes than 1 in 16 go without */
    LANES_MIN = SC_FOUR + 1           /* fewer go by the loop for four as fast as by a kernel's */
};

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

static uint64_t elements_left(const struct sc_rans *r) {
    uint64_t left = 0;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        left += r->segments[s].end - r->segments[s].at;
    }
    return left;
}

/* A form of the stream's tables: the one kept with a set of the standard profile, else made in the
 * work's memory. False: the tables have no such form, or *error is set. */
static bool get_form(struct sc_work *w, enum sc_form form, struct sc_bulk *bulk,
                     enum scape_error *error) {
    const struct sc_rans *r = &w->rans;
    if (r->standard != NULL) {
        const struct sc_bulk *kept =
            sc_standard_form(w->memory, w->standard, r->standard, form, error);
        if (kept != NULL) {
            *bulk = *kept;
        }
        return kept != NULL;
    }
    struct sc_buffer *buffer = form == SC_FORM_PAIRS ? &w->pairs : &w->forms;
    *error = sc_buffer_reserve(w->memory, buffer, sc_form_size(form, r->tables));
    return *error == SCAPE_OK && sc_form_make(form, r->tables, buffer->data, bulk);
}

/* The form that suits the stream. */
static bool choose_form(struct sc_work *w, const struct sc_sink *sink, struct sc_bulk *bulk,
                        enum scape_error *error) {
    const struct sc_rans *r = &w->rans;
    const struct sc_tables *t = r->tables;
    bool blocks = r->contexts.kind == SC_CONTEXT_BLOCKS;
    bool by_group = blocks && r->contexts.block_log2 >= 5; /* 32 elements have one context */
    if (w->kernel->words && blocks && r->contexts.block_log2 >= 4 && sink->kind != SC_SINK_SPLIT &&
        get_form(w, SC_FORM_WORDS, bulk, error)) {
        return true;
    }
    if (w->kernel->alias16 && t->column_bits <= 4 && (t->count == 1 || by_group)) {
        return get_form(w, SC_FORM_ALIAS16, bulk, error);
    }
    if (w->kernel->planes && get_form(w, SC_FORM_PLANES, bulk, error)) {
        return true;
    }
    uint64_t slots = (uint64_t)t->count << t->precision;
    if (r->count >= slots && get_form(w, SC_FORM_FLAT32, bulk, error)) {
        return true;
    }
    return *error == SCAPE_OK && get_form(w, SC_FORM_COLUMNS, bulk, error);
}

/* What the kernel is to decode. False: there is no form for it, or *error is set. */
static bool open_bulk(struct sc_work *w, const struct sc_sink *sink, struct sc_bulk *bulk,
                      enum scape_error *error) {
    struct sc_rans *r = &w->rans;
    *bulk = (struct sc_bulk){0};
    if (r->escapes.present) {
        *error =
            sc_buffer_reserve(w->memory, &w->escapes, (size_t)r->escapes.count * sizeof(uint32_t));
        r->escapes.list = (uint32_t *)(void *)w->escapes.data;
    }
    if (*error != SCAPE_OK || !choose_form(w, sink, bulk, error)) {
        return false;
    }
    bulk->precision = r->tables->precision;
    bulk->column_bits = r->tables->column_bits;
    bulk->segment_count = r->segment_count;
    bulk->groups = common_groups(r);
    bulk->rans = r;
    bulk->sink = sink;
    return true;
}

/* What used words of what follows is bad, and starts again: the order of its errors is that of the
 * checked loop. */
static void restart_overrun(struct sc_rans *r) {
    bool over = false;
    for (uint32_t s = 0; s < r->segment_count; s++) {
        over |= r->segments[s].word > r->segments[s].words_end;
    }
    if (over) {
        start_segments(r);
    }
}

/* Lets the kernel decode what it can; the segments stand behind it afterwards. */
static void run_bulk(const struct sc_work *w, const struct sc_bulk *bulk) {
    w->kernel->bulk(bulk);
    restart_overrun(bulk->rans);
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
                sc_sink_put(sink, element, sc_escapes_next(e));
            }
        }
    }
}

static bool suits_kernel(const struct sc_work *w) {
    const struct sc_rans *r = &w->rans;
    return w->kernel->bulk != NULL && r->lanes == SC_LANES &&
           r->count >= BULK_ELEMENTS_MIN * (uint64_t)r->segment_count &&
           r->escapes.count <= r->count / ESCAPES_PER_BULK;
}

/* The forms for what is left; `bulk`: by a kernel. */
static enum scape_error prepare_rest(struct sc_work *w, bool bulk) {
    struct sc_rans *r = &w->rans;
    enum scape_error error = SCAPE_OK;
    struct sc_bulk form;
    uint64_t left = elements_left(r);
    if (left == 0) {
        return SCAPE_OK;
    }
    if (get_form(w, SC_FORM_PAIRS, &form, &error)) {
        r->pairs = form.pairs;
    }
    uint64_t slots = (uint64_t)r->tables->count << r->tables->precision;
    if (error == SCAPE_OK && !bulk && slots <= FLAT64_SLOTS_MAX &&
        left >= (r->lanes == SC_LANES ? 2 * slots : slots / 4) &&
        get_form(w, SC_FORM_FLAT64, &form, &error)) {
        r->flat = form.flat;
    }
    return error;
}

/* What no kernel has decoded yet, and the end of the stream. */
static enum scape_error finish_elements(struct sc_rans *r, const struct sc_sink *sink) {
    enum scape_error error = SCAPE_OK;
    for (uint32_t s = 0; s < r->segment_count && error == SCAPE_OK; s++) {
        error = sc_segment_finish(r, &r->segments[s], sink);
    }
    if (error == SCAPE_OK && r->escapes.seen != r->escapes.count) {
        error = SCAPE_ERROR_BAD_ESCAPE;
    }
    if (error == SCAPE_OK && r->escapes.list != NULL && r->escapes.count > 0) {
        resolve_escapes(r, sink);
    }
    return error;
}

static enum scape_error finish(struct sc_work *w, const struct sc_sink *sink, bool bulk) {
    enum scape_error error = prepare_rest(w, bulk);
    return error == SCAPE_OK ? finish_elements(&w->rans, sink) : error;
}

enum scape_error sc_rans_run(struct sc_work *w, const struct sc_sink *sink) {
    enum scape_error error = SCAPE_OK;
    struct sc_bulk bulk;
    bool suits = suits_kernel(w);
    start_segments(&w->rans);
    if (suits && open_bulk(w, sink, &bulk, &error)) {
        run_bulk(w, &bulk);
    }
    return error == SCAPE_OK ? finish(w, sink, suits) : error;
}

/* By the kernel's loop, while there are enough streams that it suits. */
static void run_lanes(struct sc_work *works, const struct sc_sink *sinks, enum scape_error *errors,
                      uint32_t count) {
    struct sc_bulk bulks[SC_BESIDE];
    uint32_t held = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct sc_bulk *bulk = &bulks[held];
        bool suits = sinks[i].raw_bits == sinks[0].raw_bits &&
                     get_form(&works[i], SC_FORM_LONE, bulk, &errors[i]);
        bulk->rans = &works[i].rans;
        bulk->sink = &sinks[i];
        held += suits && sc_lone_groups(bulk, 1) > 0;
    }
    while (held >= LANES_MIN) {
        works->kernel->lanes(bulks, held);
        uint32_t left = 0;
        for (uint32_t i = 0; i < held; i++) {
            bulks[left] = bulks[i];
            left += sc_lone_groups(&bulks[i], 1) > 0;
        }
        held = left;
    }
}

/* By the loop for four. */
static void run_fours(struct sc_work *works, const struct sc_sink *sinks, enum scape_error *errors,
                      uint32_t count) {
    struct sc_bulk bulks[SC_FOUR];
    uint32_t held = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct sc_bulk *bulk = &bulks[held];
        bulk->rans = &works[i].rans;
        bulk->sink = &sinks[i];
        held += sc_lone_groups(bulk, 1) > 0 && get_form(&works[i], SC_FORM_PAIRS, bulk, &errors[i]);
        if (held == SC_FOUR) {
            sc_lanes_four(bulks);
            held = 0;
        }
    }
}

void sc_rans_run_beside(struct sc_work *works, const struct sc_sink *sinks,
                        enum scape_error *errors, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert(works[i].rans.lanes == 1 && works[i].rans.contexts.kind == SC_CONTEXT_NONE);
        assert(works[i].rans.tables->precision == SC_BESIDE_PRECISION);
        assert(sinks[i].kind == SC_SINK_SPLIT);
        start_segments(&works[i].rans);
        errors[i] = SCAPE_OK;
    }
    if (works->kernel->lanes != NULL && count >= LANES_MIN) {
        run_lanes(works, sinks, errors, count);
    }
    if (count >= SC_FOUR) {
        run_fours(works, sinks, errors, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        restart_overrun(&works[i].rans);
        errors[i] = errors[i] == SCAPE_OK ? finish(&works[i], &sinks[i], false) : errors[i];
    }
}

/* Is there a loop for both? */
static bool makes_pair(const struct sc_kernel *kernel, const struct sc_bulk bulks[SC_PAIR]) {
    return kernel->bulk_pair != NULL && bulks[0].form == SC_FORM_PLANES &&
           bulks[1].form == SC_FORM_PLANES && bulks[0].units == bulks[1].units;
}

void sc_rans_run_pair(struct sc_work *works, const struct sc_sink *sinks, enum scape_error *errors,
                      uint32_t count) {
    struct sc_bulk bulks[SC_PAIR];
    bool suits[SC_PAIR], open[SC_PAIR] = {false, false};
    for (uint32_t i = 0; i < count; i++) {
        errors[i] = SCAPE_OK;
        start_segments(&works[i].rans);
        suits[i] = suits_kernel(&works[i]);
        open[i] = suits[i] && open_bulk(&works[i], &sinks[i], &bulks[i], &errors[i]);
    }
    if (open[0] && open[1] && makes_pair(works->kernel, bulks)) {
        works->kernel->bulk_pair(&bulks[0], &bulks[1]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct sc_segment *g = &works[i].rans.segments[0];
        if (open[i]) {
            bulks[i].groups -= (g->at - g->begin) / SC_LANES;
            run_bulk(&works[i], &bulks[i]);
        }
        errors[i] = errors[i] == SCAPE_OK ? finish(&works[i], &sinks[i], suits[i]) : errors[i];
    }
}
