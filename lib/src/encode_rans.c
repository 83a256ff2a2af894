/* encode_rans.c - tables turned inside out, and the segments of a stream from back to front.
 * Depends on encode_rans.h. */
#include "encode_rans.h"

#include "encode_count.h"
#include "encode_kernel.h"
#include "kernel.h"

#include <assert.h>

enum {
    START_MASK = SC_CODE_ESCAPE - 1
};

static uint64_t reciprocal_of(uint32_t freq, uint32_t precision) {
    return freq == 0 ? 0 : ((UINT64_C(1) << (32 + precision)) + freq - 1) / freq;
}

/* The codes of one table: symbols of frequency 0 are escaped [CAN-021]. */
static void make_codes(const struct sc_encode_loops *loops, const struct sc_tables *t,
                       uint32_t table, struct sc_code *codes, uint16_t *slots) {
    uint32_t starts[SCAPE_REG_ALPHABET_MAX + 1]; /* of the symbols */
    const uint16_t *frequencies = t->frequencies + (size_t)table * t->symbols;
    uint32_t p = t->precision, start = table << p;
    for (uint32_t s = 0; s < t->symbols; s++) {
        uint32_t f = frequencies[s];
        starts[s] = start;
        codes[s] = (struct sc_code){0};
        if (f > 0) {
            codes[s].most = (uint16_t)((f << (16 - p)) - 1);
            codes[s].freq = (uint16_t)f;
            codes[s].start = start;
            start += f;
        }
    }
    struct sc_code *escape = &codes[t->symbols - 1];
    escape->start |= t->escape ? SC_CODE_ESCAPE : 0;
    for (uint32_t s = 0; s < t->symbols; s++) {
        if (frequencies[s] == 0) {
            codes[s] = *escape;
        }
    }
    loops->invert_slots(t, table, starts, slots);
}

/* Which code a value has: the symbol's number in every table. */
static void map_values(const struct sc_tables *t, uint32_t values, uint16_t *symbol_of) {
    for (uint32_t v = 0; v < values; v++) {
        symbol_of[v] = (uint16_t)(t->symbols - 1); /* the escape, if it occurs */
    }
    for (uint32_t s = 0; s < t->value_count; s++) {
        symbol_of[t->values[s]] = (uint16_t)s;
    }
}

/* The word's order is the file's. */
static inline void store_word(uint8_t *to, uint32_t x) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint16_t word = (uint16_t)x; /* in one store, which gcc does not make of two */
    memcpy(to, &word, sizeof word);
#else
    sc_store_u16(to, x);
#endif
}

/* Encodes one symbol; words grow downwards. For a few elements a division costs less than the
 * reciprocals of all symbols. */
static inline uint32_t step_lane(const struct sc_rans_codes *c, const struct sc_code *code,
                                 bool divide, uint32_t x, uint8_t **words) {
    uint32_t high = x >> 16;
    uint32_t over = high > code->most;
    store_word(*words - 2, x);
    *words -= 2 * (size_t)over;
    x = over ? high : x;
    uint32_t q = divide ? x / code->freq : (uint32_t)(x * code->reciprocal >> (32 + c->precision));
    uint32_t rank = x - q * code->freq;
    return (q << c->precision) + c->slots[(code->start & START_MASK) + rank];
}

static inline void encode_element(const struct sc_rans_codes *c, bool divide,
                                  const struct sc_array *a, const uint8_t *contexts,
                                  uint32_t run_log2, uint64_t i, uint32_t *state,
                                  struct sc_word_sinks *sinks) {
    uint32_t value = sc_element(a, i);
    uint32_t index = c->symbol_of[value];
    if (contexts != NULL) {
        index += contexts[i >> run_log2] * c->symbols;
    }
    const struct sc_code *code = &c->codes[index];
    if ((code->start & SC_CODE_ESCAPE) != 0) {
        *--sinks->escaped = (uint16_t)value;
    }
    *state = step_lane(c, code, divide, *state, &sinks->words);
}

/* Elements [begin, end) from the last to the first; `begin` has lane 0. */
static inline void encode_segment(const struct sc_rans_codes *c, const struct sc_array *a,
                                  const uint8_t *contexts, uint32_t run_log2, uint64_t begin,
                                  uint64_t end, uint32_t *states, struct sc_word_sinks *sinks) {
    struct sc_word_sinks local = *sinks;
    uint64_t i = end;
    for (; (i - begin) % SC_LANES != 0; i--) {
        encode_element(c, false, a, contexts, run_log2, i - 1, &states[(i - 1 - begin) % SC_LANES],
                       &local);
    }
    for (; i > begin; i -= SC_LANES) {
        for (uint32_t lane = SC_LANES; lane-- > 0;) {
            encode_element(c, false, a, contexts, run_log2, i - SC_LANES + lane, &states[lane],
                           &local);
        }
    }
    *sinks = local;
}

/* Elements [from, end) of a segment that starts at `begin`: any number of lanes, and elements that
 * are passed over [RNS-034]. */
static void encode_slowly(const struct sc_rans_codes *c, const struct sc_rans_plan *plan,
                          uint64_t begin, uint64_t from, uint64_t end, uint32_t lanes,
                          uint32_t *states, struct sc_word_sinks *sinks) {
    uint64_t block = UINT64_C(1) << plan->lift.log2;
    assert(lanes == 1 || lanes == SC_LANES); /* a power of two, like the block */
    for (uint64_t i = end; i-- > from;) {
        if ((i & (block - 1)) < block - plan->lift.count) {
            encode_element(c, true, plan->values, plan->contexts, plan->run_log2, i,
                           &states[(i - begin) & (lanes - 1)], sinks);
        }
    }
}

enum {
    LONE_LEAST = 256,    /* elements of one lane that are worth codes by value */
    LONE_WIDTH_MAX = 12, /* of their values */
    LONE_PRECISION = 12, /* that streams side by side have */
    BESIDE = 4           /* streams of one lane */
};

/* A stream of one lane without contexts, where each step waits for the one before: the state stays
 * in a register. */
static bool goes_alone(const struct sc_rans_plan *plan) {
    return plan->lift.count == 0 && plan->contexts == NULL && plan->values->count >= LONE_LEAST &&
           plan->values->width <= LONE_WIDTH_MAX;
}

struct lone {
    const struct sc_lone_code *codes;
    struct sc_array values;
    uint32_t precision, state;
    struct sc_word_sinks sinks;
};

static inline void encode_lone_element(struct lone *l, uint32_t precision, uint32_t bytes,
                                       uint64_t i) {
    const struct sc_array a = {l->values.data, 0, 0, bytes};
    uint32_t value = sc_element(&a, i), x = l->state;
    const struct sc_lone_code *code = &l->codes[value];
    if (code->escape) {
        *--l->sinks.escaped = (uint16_t)value;
    }
    uint32_t freq = code->freq;
    bool over = x >> (32 - precision) >= freq;
    store_word(l->sinks.words - 2, x);
    l->sinks.words -= 2 * (size_t)over;
    x = over ? x >> 16 : x;
    uint32_t q = (uint32_t)(x * code->reciprocal >> (32 + precision));
    l->state = (q << precision) + code->slots[x - q * freq];
}

/* Elements from the last to number `rest`. */
static inline void encode_lone(struct lone *l, uint32_t bytes, uint64_t rest) {
    struct lone own = *l;
    for (uint64_t i = own.values.count; i-- > rest;) {
        encode_lone_element(&own, own.precision, bytes, i);
    }
    own.values.count = rest;
    *l = own;
}

/* As many elements of each, which do not wait for those of the others. */
static inline void encode_beside(struct lone *l, uint32_t bytes, uint64_t count) {
    struct lone a = l[0], b = l[1], c = l[2], d = l[3];
    for (uint64_t i = count; i-- > 0;) {
        encode_lone_element(&a, LONE_PRECISION, bytes, i);
        encode_lone_element(&b, LONE_PRECISION, bytes, i);
        encode_lone_element(&c, LONE_PRECISION, bytes, i);
        encode_lone_element(&d, LONE_PRECISION, bytes, i);
    }
    l[0] = a;
    l[1] = b;
    l[2] = c;
    l[3] = d;
}

/* Streams of values of so many bytes: what they have more of, one by one; then all at once. */
static inline void encode_lones(struct lone *l, uint32_t count, uint32_t bytes) {
    uint64_t least = count < BESIDE ? 0 : l[0].values.count;
    for (uint32_t k = 1; k < count; k++) {
        least = l[k].values.count < least ? l[k].values.count : least;
    }
    for (uint32_t k = 0; k < count; k++) {
        encode_lone(&l[k], bytes, least);
    }
    if (least > 0) {
        encode_beside(l, bytes, least);
    }
}

/* What does not fill a group at a segment's end; the groups that are left. */
static void open_parts(struct sc_rans_stream *r, struct sc_wide_part *parts) {
    struct sc_rans_segments *s = &r->segments;
    for (uint32_t k = 0; k < s->count; k++) {
        uint64_t groups = (s->end[k] - s->begin[k]) / SC_LANES;
        encode_slowly(&r->codes, &r->plan, s->begin[k], s->begin[k] + groups * SC_LANES, s->end[k],
                      s->lanes, s->states[k], &s->sinks[k]);
        parts[k] = (struct sc_wide_part){r->codes.wide, &r->values,   r->plan.contexts, s->begin[k],
                                         groups,        s->states[k], s->sinks[k]};
    }
}

/* One segment by the plain loop. */
static void encode_one(struct sc_rans_stream *r, uint32_t k) {
    const struct sc_rans_codes *c = &r->codes;
    const struct sc_rans_plan *plan = &r->plan;
    struct sc_rans_segments *s = &r->segments;
    const struct sc_array bytes = {plan->values->data, plan->values->count, 0, 1};
    const struct sc_array words = {plan->values->data, plan->values->count, 0, 2};
    struct sc_word_sinks *sinks = &s->sinks[k];
    uint64_t begin = s->begin[k], end = s->end[k];
    if (s->lanes == 1 || plan->lift.count > 0) {
        encode_slowly(c, plan, begin, begin, end, s->lanes, s->states[k], sinks);
    } else if (plan->values->bytes == 1 && plan->contexts == NULL) {
        encode_segment(c, &bytes, NULL, 0, begin, end, s->states[k], sinks);
    } else if (plan->values->bytes == 1) {
        encode_segment(c, &bytes, plan->contexts, plan->run_log2, begin, end, s->states[k], sinks);
    } else if (plan->contexts == NULL) {
        encode_segment(c, &words, NULL, 0, begin, end, s->states[k], sinks);
    } else {
        encode_segment(c, &words, plan->contexts, plan->run_log2, begin, end, s->states[k], sinks);
    }
}

/* The coder of the fit's tables: its own, or that of the set of the standard profile, and where the
 * tables of it stand. */
static struct sc_coder *coder_of(struct sc_encode_work *w, const struct sc_fit *fit) {
    if (!fit->standard) {
        w->coder.made = false;
        return &w->coder;
    }
    if (w->kept == NULL) {
        w->kept = sc_memory_new(w->memory, w->standard->count * sizeof *w->kept, &w->error);
    }
    return w->kept == NULL ? NULL : &w->kept[fit->set];
}

struct sc_coder *sc_encode_tables(struct sc_encode_work *w, const struct sc_fit *fit) {
    if (sc_encode_failed(w)) { /* the tables may be the beginning of tables only */
        return NULL;
    }
    struct sc_coder *coder = coder_of(w, fit);
    if (coder == NULL || coder->made) {
        return coder;
    }
    if (fit->standard) {
        struct sc_cursor c =
            sc_cursor_make(fit->bytes.buffer.data, fit->bytes.size, SCAPE_ERROR_BAD_TABLE);
        sc_profile_read_set(w->memory, &coder->tables, w->standard, fit->set, fit->precision,
                            fit->tables, &c);
        w->error = c.error;
    } else {
        const uint16_t *numbers = (const uint16_t *)(const void *)fit->numbers.data;
        w->error = sc_tables_make(w->memory, &coder->tables, fit->precision, fit->tables,
                                  fit->values, fit->escape, numbers, numbers + fit->values);
    }
    coder->reciprocals = coder->widened = coder->stretched = false;
    coder->symbol_of = NULL;
    coder->made = w->error == SCAPE_OK;
    return coder->made ? coder : NULL;
}

enum {
    WIDE_CODES_LOG2 = 16,
    WIDE_READABLE = 64 /* codes behind the last that a kernel may read */
};                     /* more tables and values than these are left to the plain loop */

/* Codes for a kernel, of the values from the alphabet's first to its last and one more for all
 * others. False if there are too many, or on an error. */
static bool widen(struct sc_encode_work *w, struct sc_coder *coder) {
    const struct sc_tables *t = &coder->tables;
    const struct sc_code *from = (const struct sc_code *)(const void *)coder->codes.data;
    uint32_t base = t->values[0], limit = t->values[t->value_count - 1] - base + 1, shift = 0;
    while (limit >> shift != 0) {
        shift++;
    }
    size_t count = (size_t)t->count << shift;
    if (coder->widened || count > 1u << WIDE_CODES_LOG2) {
        return coder->widened;
    }
    uint32_t *codes =
        sc_encode_scratch(w, &coder->wide_codes, (count + WIDE_READABLE) * sizeof *codes);
    if (codes == NULL) {
        return false;
    }
    for (uint32_t k = 0; k < t->count; k++) {
        for (uint32_t v = 0; v <= limit; v++) {
            uint32_t symbol = v < limit ? coder->symbol_of[base + v] : t->symbols - 1;
            const struct sc_code *code = &from[k * t->symbols + symbol];
            uint32_t escape = (code->start & SC_CODE_ESCAPE) != 0 ? SC_WIDE_ESCAPE : 0;
            codes[(size_t)k << shift | v] = ((uint32_t)code->freq - 1) << (32 - t->precision) |
                                            escape | (code->start & START_MASK);
        }
    }
    const uint16_t *slots = (const uint16_t *)(const void *)coder->slots.data;
    struct sc_wide_coder *wide = &coder->wide;
    *wide = (struct sc_wide_coder){codes, slots,        shift,           base,
                                   limit, t->precision, wide->stretches, wide->stretch_values};
    coder->widened = true;
    return true;
}

static void add_reciprocals(struct sc_coder *coder) {
    struct sc_code *codes = (struct sc_code *)(void *)coder->codes.data;
    uint32_t p = coder->tables.precision;
    for (size_t i = 0; i < (size_t)coder->tables.count * coder->tables.symbols; i++) {
        codes[i].reciprocal = reciprocal_of(codes[i].freq, p);
    }
    coder->reciprocals = true;
}

/* Can the stream be encoded by stretches, from the first element to the last? */
static bool by_stretches(struct sc_encode_work *w, struct sc_coder *coder,
                         const struct sc_rans_plan *plan) {
    return w->loops->by_stretches != NULL && plan->values->bytes == 1 &&
           plan->values->count % SC_LANES == 0 && (plan->contexts == NULL || plan->run_log2 >= 5) &&
           sc_stretches_make(w, coder);
}

/* Codes by value, of the first table, and its slots. */
static bool make_lone_codes(struct sc_encode_work *w, struct sc_coder *coder,
                            struct sc_rans_codes *c, const struct sc_rans_plan *plan) {
    const struct sc_tables *t = &coder->tables;
    uint32_t starts[SCAPE_REG_ALPHABET_MAX], first, last, p = t->precision, start = 0;
    w->loops->find_range(plan->values, &first, &last);
    size_t slot_size = sizeof(uint16_t) << p;
    uint16_t *slots = coder->symbol_of != NULL ? (uint16_t *)(void *)coder->slots.data
                                               : sc_encode_scratch(w, &coder->slots, slot_size);
    struct sc_lone_code *codes =
        sc_encode_scratch(w, &coder->lone_codes, (last + UINT64_C(1)) * sizeof *codes);
    if (slots == NULL || codes == NULL) {
        return false;
    }
    uint32_t freq = t->frequencies[t->symbols - 1]; /* of the escape, if it occurs */
    const struct sc_lone_code escape = {reciprocal_of(freq, p), slots + ((1u << p) - freq), freq,
                                        t->escape};
    for (uint32_t v = first; v <= last; v++) {
        codes[v] = escape;
    }
    for (uint32_t s = 0; s < t->symbols; s++) {
        uint32_t v = t->values[s], f = t->frequencies[s];
        if (f > 0 && s < t->value_count && v >= first && v <= last) {
            codes[v] = (struct sc_lone_code){reciprocal_of(f, p), slots + start, f, false};
        }
        starts[s] = start;
        start += f;
    }
    if (coder->symbol_of == NULL) {
        w->loops->invert_slots(t, 0, starts, slots);
    }
    *c = (struct sc_rans_codes){.lone = codes, .precision = p};
    return true;
}

/* Codes and slots, and what a stream of `lanes` lanes asks for besides. */
static bool make_coder(struct sc_encode_work *w, struct sc_coder *coder, struct sc_rans_codes *c,
                       const struct sc_rans_plan *plan, uint32_t lanes) {
    if (lanes > 1 && by_stretches(w, coder, plan)) {
        *c = (struct sc_rans_codes){.parts = w->loops->by_stretches, .wide = &coder->wide};
        return true;
    }
    if (lanes == 1 && goes_alone(plan)) {
        return make_lone_codes(w, coder, c, plan);
    }
    const struct sc_tables *t = &coder->tables;
    uint64_t code_count = (uint64_t)t->count * t->symbols;
    uint64_t slot_count = (uint64_t)t->count << t->precision;
    uint64_t values = UINT64_C(1) << plan->values->width;
    struct sc_code *codes = sc_encode_scratch(w, &coder->codes, code_count * sizeof *codes);
    uint16_t *slots = sc_encode_scratch(w, &coder->slots, (slot_count + values) * sizeof *slots);
    if (codes == NULL || slots == NULL) {
        return false;
    }
    if (coder->symbol_of == NULL) {
        for (uint32_t k = 0; k < t->count; k++) {
            make_codes(w->loops, t, k, codes + (size_t)k * t->symbols, slots);
        }
        map_values(t, (uint32_t)values, slots + slot_count);
        coder->symbol_of = slots + slot_count;
    }
    *c = (struct sc_rans_codes){.codes = codes,
                                .slots = slots,
                                .symbol_of = coder->symbol_of,
                                .symbols = t->symbols,
                                .precision = t->precision};
    if (lanes > 1 && w->loops->parts != NULL && widen(w, coder)) {
        c->parts = w->loops->parts;
        c->wide = &coder->wide;
    } else if (lanes > 1 && !coder->reciprocals) {
        add_reciprocals(coder);
    }
    return w->error == SCAPE_OK;
}

/* Where segments begin, and where their words and escaped values go. */
static void open_segments(struct sc_encode_work *w, uint64_t count, struct sc_rans_segments *s) {
    uint64_t unit = SC_LANES * (uint64_t)s->count; /* [RNS-003] */
    uint64_t size = s->lanes == 1 ? count : SC_LANES * ((count + unit - 1) / unit);
    for (uint32_t k = 0; k < s->count; k++) {
        s->begin[k] = k * size < count ? k * size : count;
        s->end[k] = (k + 1) * size < count ? (k + 1) * size : count;
        for (uint32_t lane = 0; lane < SC_LANES; lane++) {
            s->states[k][lane] = 1u << 16;
        }
        s->tops[k].words = w->words.data + SC_WORDS_SLACK + 2 * s->end[k];
        s->tops[k].escaped = (uint16_t *)(void *)w->escaped.data + s->end[k];
        s->sinks[k] = s->tops[k];
    }
}

/* The escaped values of all segments, moved together. */
static struct sc_array join_escapes(const struct sc_rans_segments *s, uint32_t width) {
    uint32_t last = s->count - 1;
    uint16_t *list = s->sinks[last].escaped;
    uint16_t *end = s->tops[last].escaped;
    for (uint32_t k = last; k-- > 0;) {
        size_t n = (size_t)(s->tops[k].escaped - s->sinks[k].escaped);
        list -= n;
        memmove(list, s->sinks[k].escaped, n * sizeof *list);
    }
    return (struct sc_array){(uint8_t *)(void *)list, (uint64_t)(end - list), width, 2};
}

static void put_segments(struct sc_out *out, const struct sc_rans_segments *s) {
    for (uint32_t k = 0; k < s->count; k++) {
        sc_out_varint(out, (uint64_t)(s->tops[k].words - s->sinks[k].words) / 2);
    }
    for (uint32_t k = 0; k < s->count; k++) {
        for (uint32_t lane = 0; lane < s->lanes; lane++) {
            sc_out_uint(out, s->states[k][lane], 4);
        }
        sc_out_bytes(out, s->sinks[k].words, (size_t)(s->tops[k].words - s->sinks[k].words));
    }
}

void sc_rans_encode_begin(struct sc_encode_work *w, const struct sc_rans_plan *plan,
                          const struct sc_fit *fit) {
    static const uint8_t segment_counts[4] = {1, 1, 2, 4};
    uint64_t count = plan->values->count;
    uint32_t code = sc_lanes_code(count);
    struct sc_rans_stream *r = &w->rans;
    r->fit = NULL;
    r->plan = *plan;
    r->values = *plan->values;
    r->plan.values = &r->values;
    r->segments.count = segment_counts[code];
    r->segments.lanes = code == 0 ? 1 : SC_LANES;
    void *words = sc_encode_scratch(w, &w->words, 2 * count + SC_WORDS_SLACK);
    void *escaped = sc_encode_scratch(w, &w->escaped, 2 * count);
    struct sc_coder *coder = sc_encode_tables(w, fit);
    if (words != NULL && escaped != NULL && coder != NULL &&
        make_coder(w, coder, &r->codes, &r->plan, r->segments.lanes)) {
        open_segments(w, count, &r->segments);
        r->escape = coder->tables.escape;
        r->fit = fit;
        r->waits = true;
    }
}

/* Streams whose segments a kernel encodes. */
static void run_wide(struct sc_rans_stream **streams, uint32_t count) {
    struct sc_wide_part parts[SC_SEGMENTS_MAX];
    const struct sc_rans_stream *first = streams[0];
    uint32_t each = first->segments.count; /* 1 if the streams are several */
    for (uint32_t k = 0; k < count; k++) {
        open_parts(streams[k], parts + k);
    }
    first->codes.parts(parts, count * each, first->plan.run_log2, first->plan.lift);
    for (uint32_t k = 0; k < count * each; k++) {
        streams[k / each]->segments.sinks[k % each] = parts[k].sinks;
    }
}

static void run_alone(struct sc_rans_stream **streams, uint32_t count) {
    struct lone lones[BESIDE];
    for (uint32_t k = 0; k < count; k++) {
        struct sc_rans_segments *s = &streams[k]->segments;
        lones[k] = (struct lone){streams[k]->codes.lone, streams[k]->values,
                                 streams[k]->codes.precision, s->states[0][0], s->sinks[0]};
    }
    if (streams[0]->values.bytes == 1) {
        encode_lones(lones, count, 1);
    } else {
        encode_lones(lones, count, 2);
    }
    for (uint32_t k = 0; k < count; k++) {
        streams[k]->segments.states[0][0] = lones[k].state;
        streams[k]->segments.sinks[0] = lones[k].sinks;
    }
}

/* Streams that are alike. */
static void run_streams(struct sc_rans_stream **streams, uint32_t count) {
    struct sc_rans_stream *first = streams[0];
    if (first->segments.lanes > 1 && first->codes.parts != NULL) {
        run_wide(streams, count);
    } else if (first->codes.lone != NULL) {
        run_alone(streams, count);
    } else {
        for (uint32_t k = 0; k < first->segments.count; k++) {
            encode_one(first, k);
        }
    }
}

/* Can the streams be encoded side by side? */
static bool are_alike(const struct sc_rans_stream *a, const struct sc_rans_stream *b) {
    if (a->segments.count > 1 || b->segments.count > 1 || a->segments.lanes != b->segments.lanes ||
        a->values.bytes != b->values.bytes) {
        return false;
    }
    if (a->segments.lanes == 1) {
        return a->codes.lone != NULL && b->codes.lone != NULL &&
               a->codes.precision == LONE_PRECISION && b->codes.precision == LONE_PRECISION;
    }
    return a->codes.parts != NULL && a->codes.parts == b->codes.parts && a->codes.codes != NULL &&
           a->codes.precision == b->codes.precision &&
           (a->plan.contexts == NULL) == (b->plan.contexts == NULL) && a->plan.run_log2 == 0 &&
           b->plan.run_log2 == 0 && a->plan.lift.count == 0 && b->plan.lift.count == 0;
}

void sc_rans_encode_words(struct sc_encode_work *works, uint32_t count) {
    for (uint32_t k = 0; k < count; k++) {
        struct sc_rans_stream *streams[SC_SEGMENTS_MAX];
        uint32_t n = 0;
        for (uint32_t i = k; i < count && n < SC_SEGMENTS_MAX; i++) {
            struct sc_rans_stream *r = &works[i].rans;
            if (r->waits && (n == 0 ? i == k : are_alike(streams[0], r))) {
                r->waits = false;
                streams[n++] = r;
            }
        }
        if (n > 0) {
            run_streams(streams, n);
        }
    }
}

void sc_rans_encode_end(struct sc_encode_work *w, struct sc_out *out) {
    const struct sc_rans_stream *r = &w->rans;
    const struct sc_fit *fit = r->fit;
    if (fit == NULL) {
        return;
    }
    uint32_t code = sc_lanes_code(r->values.count);
    sc_out_uint(out, r->plan.coder, 1);
    sc_out_uint(out, fit->precision | code << 4 | (uint32_t)fit->standard << 6, 1);
    if (r->plan.part != NULL) {
        sc_out_bytes(out, r->plan.part->buffer.data, r->plan.part->size);
    }
    sc_out_bytes(out, fit->bytes.buffer.data, fit->bytes.size);
    if (r->escape) {
        struct sc_array list = join_escapes(&r->segments, r->values.width);
        sc_out_varint(out, list.count);
        sc_pack(w, out, &list);
    }
    put_segments(out, &r->segments);
    w->rans.fit = NULL;
}

void sc_rans_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_rans_plan *plan,
                    const struct sc_fit *fit) {
    sc_rans_encode_begin(w, plan, fit);
    sc_rans_encode_words(w, 1);
    sc_rans_encode_end(w, out);
}
