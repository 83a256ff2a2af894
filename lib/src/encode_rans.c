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

/* The slot of each rank of each symbol of a table, in the order of the symbols [CAN-022]. */
static void invert_slots(const struct sc_tables *t, uint32_t table, const uint32_t *starts,
                         uint16_t *slots) {
    uint32_t bits = t->column_bits;
    uint32_t width = 1u << (t->precision - bits);
    const uint32_t *columns = t->columns + ((size_t)table << bits);
    for (uint32_t j = 0; j < 1u << bits; j++) {
        uint32_t cut = (columns[j] & 0xFFFF) >> bits;
        uint32_t alias = columns[j] & ((1u << bits) - 1);
        uint32_t first = j << (t->precision - bits);
        for (uint32_t i = 0; i < cut; i++) {
            slots[starts[j] + i] = (uint16_t)(first + i);
        }
        uint32_t more = columns[j] >> 16; /* base - cut */
        for (uint32_t i = cut; i < width; i++) {
            slots[starts[alias] + ((i + more) & 0xFFFF)] = (uint16_t)(first + i);
        }
    }
}

/* The codes of one table: symbols of frequency 0 are escaped [CAN-021]. */
static void make_codes(const struct sc_tables *t, uint32_t table, struct sc_code *codes,
                       uint16_t *slots) {
    uint32_t starts[SCAPE_REG_ALPHABET_MAX + 1] = {0};
    const uint16_t *frequencies = t->frequencies + (size_t)table * t->symbols;
    uint32_t p = t->precision, start = table << p;
    for (uint32_t s = 0; s < t->symbols; s++) {
        uint32_t f = frequencies[s];
        starts[s] = start;
        codes[s] = (struct sc_code){0};
        if (f > 0) {
            codes[s].reciprocal = ((UINT64_C(1) << (32 + p)) + f - 1) / f;
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
    invert_slots(t, table, starts, slots);
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

/* What the inner loop reads. */
struct coder {
    const struct sc_code *codes;
    const uint16_t *slots;
    const uint16_t *symbol_of;
    uint32_t symbols, precision;
    sc_encode_groups *groups; /* a kernel, or NULL */
    struct sc_wide_coder wide;
};

/* Encodes one symbol; words grow downwards. */
static inline uint32_t step_lane(const struct coder *c, const struct sc_code *code, uint32_t x,
                                 uint8_t **words) {
    uint32_t high = x >> 16;
    uint32_t over = high > code->most;
    sc_store_u16(*words - 2, x);
    *words -= 2 * (size_t)over;
    x = over ? high : x;
    uint32_t q = (uint32_t)(x * code->reciprocal >> (32 + c->precision));
    uint32_t rank = x - q * code->freq;
    return (q << c->precision) + c->slots[(code->start & START_MASK) + rank];
}

static inline void encode_element(const struct coder *c, const struct sc_array *a,
                                  const uint8_t *contexts, uint64_t i, uint32_t *state,
                                  struct sc_word_sinks *sinks) {
    uint32_t value = sc_element(a, i);
    uint32_t index = c->symbol_of[value];
    if (contexts != NULL) {
        index += contexts[i] * c->symbols;
    }
    const struct sc_code *code = &c->codes[index];
    if ((code->start & SC_CODE_ESCAPE) != 0) {
        *--sinks->escaped = (uint16_t)value;
    }
    *state = step_lane(c, code, *state, &sinks->words);
}

/* Elements [begin, end) from the last to the first; `begin` has lane 0. */
static inline void encode_segment(const struct coder *c, const struct sc_array *a,
                                  const uint8_t *contexts, uint64_t begin, uint64_t end,
                                  uint32_t *states, struct sc_word_sinks *sinks) {
    struct sc_word_sinks local = *sinks;
    uint64_t i = end;
    for (; (i - begin) % SC_LANES != 0; i--) {
        encode_element(c, a, contexts, i - 1, &states[(i - 1 - begin) % SC_LANES], &local);
    }
    for (; i > begin; i -= SC_LANES) {
        for (uint32_t lane = SC_LANES; lane-- > 0;) {
            encode_element(c, a, contexts, i - SC_LANES + lane, &states[lane], &local);
        }
    }
    *sinks = local;
}

/* Elements [from, end) of a segment that starts at `begin`: any number of lanes, and elements that
 * are passed over [RNS-034]. */
static void encode_slowly(const struct coder *c, const struct sc_rans_plan *plan, uint64_t begin,
                          uint64_t from, uint64_t end, uint32_t lanes, uint32_t *states,
                          struct sc_word_sinks *sinks) {
    uint64_t block = UINT64_C(1) << plan->lift.log2;
    assert(lanes > 0);
    for (uint64_t i = end; i-- > from;) {
        if (i % block < block - plan->lift.count) {
            encode_element(c, plan->values, plan->contexts, i, &states[(i - begin) % lanes], sinks);
        }
    }
}

static void encode_part(const struct coder *c, const struct sc_rans_plan *plan, uint64_t begin,
                        uint64_t end, uint32_t lanes, uint32_t *states,
                        struct sc_word_sinks *sinks) {
    struct sc_array a = *plan->values;
    if (lanes > 1 && c->groups != NULL) {
        uint64_t groups = (end - begin) / SC_LANES;
        encode_slowly(c, plan, begin, begin + groups * SC_LANES, end, lanes, states, sinks);
        c->groups(&c->wide, &a, plan->contexts, plan->lift, begin, groups, states, sinks);
    } else if (lanes == 1 || plan->lift.count > 0) {
        encode_slowly(c, plan, begin, begin, end, lanes, states, sinks);
    } else if (a.bytes == 1) {
        a.bytes = 1;
        if (plan->contexts == NULL) {
            encode_segment(c, &a, NULL, begin, end, states, sinks);
        } else {
            encode_segment(c, &a, plan->contexts, begin, end, states, sinks);
        }
    } else {
        a.bytes = 2;
        if (plan->contexts == NULL) {
            encode_segment(c, &a, NULL, begin, end, states, sinks);
        } else {
            encode_segment(c, &a, plan->contexts, begin, end, states, sinks);
        }
    }
}

bool sc_encode_tables(struct sc_encode_work *w, const struct sc_fit *fit, uint32_t width) {
    if (sc_encode_failed(w)) { /* the tables may be the beginning of tables only */
        return false;
    }
    struct sc_cursor c =
        sc_cursor_make(fit->bytes.buffer.data, fit->bytes.size, SCAPE_ERROR_BAD_TABLE);
    if (fit->standard) {
        sc_profile_read_set(w->memory, &w->tables, w->standard->sets, fit->set, fit->precision,
                            fit->tables, &c);
    } else {
        sc_tables_read(w->memory, &w->tables, &c, fit->precision, fit->tables, width);
    }
    w->error = c.error;
    return w->error == SCAPE_OK;
}

enum {
    WIDE_CODES_LOG2 = 17
}; /* more tables and values than these are left to the plain loop */

/* Chooses a kernel and makes its codes. */
static void widen_coder(struct sc_encode_work *w, struct coder *c, uint32_t width) {
    const struct sc_tables *t = &w->tables;
    uint64_t count = (uint64_t)t->count << width;
#if defined(SCAPE_KERNELS_X86)
    c->groups = w->kernel == &sc_kernel_avx512 ? sc_encode_groups_avx512 : NULL;
#endif
    if (c->groups == NULL || count > 1u << WIDE_CODES_LOG2) {
        c->groups = NULL;
        return;
    }
    uint32_t *codes = sc_encode_scratch(w, &w->wide, 2 * count * sizeof *codes);
    if (codes == NULL) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint32_t symbol = c->symbol_of[i & ((1u << width) - 1)];
        const struct sc_code *code = &c->codes[(i >> width) * t->symbols + symbol];
        uint64_t reciprocal = code->reciprocal >> t->precision;
        uint32_t escape = (code->start & SC_CODE_ESCAPE) != 0;
        codes[i] = ((uint32_t)code->freq - 1) % (1u << SC_WIDE_FREQ_BITS) |
                   (code->start & START_MASK) << SC_WIDE_FREQ_BITS | escape << 31;
        codes[count + i] = reciprocal > UINT32_MAX ? UINT32_MAX : (uint32_t)reciprocal;
    }
    c->wide = (struct sc_wide_coder){codes, codes + count, c->slots, width, t->precision};
}

static bool make_coder(struct sc_encode_work *w, struct coder *c, uint32_t width, uint64_t count) {
    const struct sc_tables *t = &w->tables;
    uint64_t code_count = (uint64_t)t->count * t->symbols;
    uint64_t slot_count = (uint64_t)t->count << t->precision;
    uint64_t values = UINT64_C(1) << width;
    struct sc_code *codes = sc_encode_scratch(w, &w->codes, code_count * sizeof *codes);
    uint16_t *slots = sc_encode_scratch(w, &w->slots, (slot_count + values) * sizeof *slots);
    if (codes == NULL || slots == NULL) {
        return false;
    }
    for (uint32_t k = 0; k < t->count; k++) {
        make_codes(t, k, codes + (size_t)k * t->symbols, slots);
    }
    map_values(t, (uint32_t)values, slots + slot_count);
    *c = (struct coder){.codes = codes,
                        .slots = slots,
                        .symbol_of = slots + slot_count,
                        .symbols = t->symbols,
                        .precision = t->precision};
    if (sc_lanes_code(count) > 0) {
        widen_coder(w, c, width);
    }
    return w->error == SCAPE_OK;
}

/* The segments of a stream, encoded: their words stand in w->words, each group at the end of its
 * share. */
struct segments {
    uint32_t count, lanes;
    uint32_t states[SC_SEGMENTS_MAX][SC_LANES];
    const uint8_t *words[SC_SEGMENTS_MAX];
    uint64_t word_count[SC_SEGMENTS_MAX];
};

static void encode_segments(struct sc_encode_work *w, const struct coder *c,
                            const struct sc_rans_plan *plan, struct segments *s,
                            struct sc_word_sinks *sinks) {
    uint64_t count = plan->values->count;
    uint64_t unit = SC_LANES * (uint64_t)s->count; /* [RNS-003] */
    uint64_t size = s->lanes == 1 ? count : SC_LANES * ((count + unit - 1) / unit);
    for (uint32_t k = s->count; k-- > 0;) {
        uint64_t begin = k * size < count ? k * size : count;
        uint64_t end = (k + 1) * size < count ? (k + 1) * size : count;
        for (uint32_t lane = 0; lane < SC_LANES; lane++) {
            s->states[k][lane] = 1u << 16;
        }
        uint8_t *top = w->words.data + 2 * (end + 1);
        sinks->words = top;
        encode_part(c, plan, begin, end, s->lanes, s->states[k], sinks);
        s->words[k] = sinks->words;
        s->word_count[k] = (uint64_t)(top - sinks->words) / 2;
    }
}

static void put_segments(struct sc_out *out, const struct segments *s) {
    for (uint32_t k = 0; k < s->count; k++) {
        sc_out_varint(out, s->word_count[k]);
    }
    for (uint32_t k = 0; k < s->count; k++) {
        for (uint32_t lane = 0; lane < s->lanes; lane++) {
            sc_out_uint(out, s->states[k][lane], 4);
        }
        sc_out_bytes(out, s->words[k], (size_t)(2 * s->word_count[k]));
    }
}

void sc_rans_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_rans_plan *plan,
                    const struct sc_fit *fit) {
    static const uint8_t segment_counts[4] = {1, 1, 2, 4};
    uint64_t count = plan->values->count;
    uint32_t width = plan->values->width;
    uint32_t code = sc_lanes_code(count);
    struct coder c;
    /* a word an element, and one below the first that is written before it is known to be needed */
    void *words = sc_encode_scratch(w, &w->words, 2 * (count + 1));
    uint16_t *escaped = sc_encode_scratch(w, &w->escaped, 2 * count);
    if (words == NULL || escaped == NULL || !sc_encode_tables(w, fit, width) ||
        !make_coder(w, &c, width, count)) {
        return;
    }
    struct segments s = {.count = segment_counts[code], .lanes = code == 0 ? 1 : SC_LANES};
    struct sc_word_sinks sinks = {NULL, escaped + count};
    encode_segments(w, &c, plan, &s, &sinks);
    sc_out_uint(out, plan->coder, 1);
    sc_out_uint(out, fit->precision | code << 4 | (uint32_t)fit->standard << 6, 1);
    if (plan->part != NULL) {
        sc_out_bytes(out, plan->part->buffer.data, plan->part->size);
    }
    sc_out_bytes(out, fit->bytes.buffer.data, fit->bytes.size);
    if (w->tables.escape) {
        struct sc_array list = {(uint8_t *)(void *)sinks.escaped,
                                (uint64_t)(escaped + count - sinks.escaped), width, 2};
        sc_out_varint(out, list.count);
        sc_pack(out, &list);
    }
    put_segments(out, &s);
}
