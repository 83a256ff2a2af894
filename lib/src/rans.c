/* rans.c - decoding a rANS stream [RNS-012]: the binding that lets a kernel do the bulk of one, and
 * the loop of rans_loop.c the rest. Depends on rans.h, rans_loop.h, kernel.h, sink.h. */
#include "rans.h"

#include "kernel.h"
#include "rans_loop.h"
#include "sink.h"

enum {
    FLAT64_SLOTS_MAX = 1 << 14,       /* more would leave the second-level cache */
    BULK_ELEMENTS_MIN = 4 * SC_LANES, /* fewer are not worth a kernel's tables */
    ESCAPES_PER_BULK = 16             /* streams with more escapes than 1 in 16 go without */
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
                sc_sink_put(sink, element, sc_escapes_next(e));
            }
        }
    }
}

static enum scape_error prepare(struct sc_work *w, const struct sc_sink *sink) {
    struct sc_rans *r = &w->rans;
    enum scape_error error =
        sc_buffer_reserve(w->memory, &w->pairs, sc_form_size(SC_FORM_PAIRS, &w->tables));
    if (error != SCAPE_OK) {
        return error;
    }
    r->pairs = (const struct sc_column_pair *)(const void *)w->pairs.data;
    sc_form_pairs(&w->tables, (struct sc_column_pair *)(void *)w->pairs.data);
    start_segments(r);
    bool bulk = w->kernel->bulk != NULL && r->lanes == SC_LANES &&
                r->count >= BULK_ELEMENTS_MIN * (uint64_t)r->segment_count &&
                r->escapes.count <= r->count / ESCAPES_PER_BULK;
    if (bulk) {
        return run_bulk(w, sink);
    }
    uint64_t slots = (uint64_t)w->tables.count << w->tables.precision;
    if (r->lanes == SC_LANES && slots <= FLAT64_SLOTS_MAX && r->count >= 2 * slots) {
        error = sc_buffer_reserve(w->memory, &w->forms, sc_form_size(SC_FORM_FLAT64, &w->tables));
        uint64_t *flat = (uint64_t *)(void *)w->forms.data;
        if (error == SCAPE_OK) {
            sc_form_flat64(&w->tables, r->pairs, flat);
            r->flat = flat;
        }
    }
    return error;
}

enum scape_error sc_rans_run(struct sc_work *w, const struct sc_sink *sink) {
    struct sc_rans *r = &w->rans;
    enum scape_error error = prepare(w, sink);
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
