/* kernel_neon.c - bulk loops for AArch64 with Advanced SIMD. Depends on kernel.h, sink.h,
 * checksum.h.
 *
 * Four states are one vector of 32-bit lanes, eight vectors a segment. Table entries are loaded one
 * by one; the words of the lanes that need one are spread by a byte shuffle, whose control comes
 * from a table of all 16 patterns. */
#include "block_class.h"
#include "checksum.h"
#include "kernel.h"
#include "sink.h"

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    VECTORS = 8
};

typedef uint32x4_t vec;

/* By the pattern of lanes that need a word: bytes that go to each lane, and how many there are. */
struct spread {
    uint8_t bytes[16][16];
    uint8_t counts[16];
};

struct fixed {
    vec slot_mask, place_mask, column_mask, marker;
    int32x4_t down_precision, down_tag, down_place; /* shifts to the right, as vshlq has them */
    int32x4_t up_precision, up_column;
    vec lane_bits; /* 1, 2, 4, 8 */
    uint8x16_t raw_pick;
    int16x8_t raw_down, value_up;
    uint16x8_t raw_low;
    struct sc_quads quads;
    const struct spread *spread;
};

/* Copies, which stores to the content cannot alias. */
struct local {
    struct sc_bulk bulk;
    struct sc_sink sink;
    struct sc_contexts contexts;
    struct sc_escapes escapes;
    struct sc_lift lift;
};

struct stream {
    vec x[VECTORS];
    const uint8_t *word;
    uint64_t at;
};

INLINE vec load_entries(const uint32_t *table, vec index) {
    vec found = vdupq_n_u32(0);
    found = vld1q_lane_u32(table + vgetq_lane_u32(index, 0), found, 0);
    found = vld1q_lane_u32(table + vgetq_lane_u32(index, 1), found, 1);
    found = vld1q_lane_u32(table + vgetq_lane_u32(index, 2), found, 2);
    return vld1q_lane_u32(table + vgetq_lane_u32(index, 3), found, 3);
}

/* Which of the lanes are all ones. */
INLINE uint32_t pattern_of(vec lanes, const struct fixed *f) {
    return vaddvq_u32(vandq_u32(lanes, f->lane_bits));
}

/* x = freq * (x >> p) + rank, and the next words for the lanes that fall below 2^16 [RNS-012].
 * Lanes that are not active stay. */
INLINE vec advance(vec x, vec freq, vec rank, const struct fixed *f, vec active,
                   const uint8_t **word) {
    vec y = vmlaq_u32(rank, freq, vshlq_u32(x, f->down_precision));
    y = vbslq_u32(active, y, x);
    vec low = vcltq_u32(y, vdupq_n_u32(1u << 16));
    uint32_t pattern = pattern_of(low, f);
    uint8x16_t next = vcombine_u8(vld1_u8(*word), vdup_n_u8(0));
    uint8x16_t words = vqtbl1q_u8(next, vld1q_u8(f->spread->bytes[pattern]));
    *word += 2 * (size_t)f->spread->counts[pattern];
    int32x4_t shift = vreinterpretq_s32_u32(vandq_u32(low, vdupq_n_u32(16)));
    return vorrq_u32(vshlq_u32(y, shift), vreinterpretq_u32_u8(words));
}

/* Four values, and the step of their states. `context` is a number for each lane. */
INLINE vec step_flat32(const struct local *l, const struct fixed *f, vec *x, vec context,
                       vec active, const uint8_t **word, vec *escapes) {
    vec slot = vandq_u32(*x, f->slot_mask);
    vec entry = load_entries(l->bulk.words, vorrq_u32(slot, vshlq_u32(context, f->up_precision)));
    vec freq = vandq_u32(entry, f->slot_mask);
    vec rank = vandq_u32(vshlq_u32(entry, f->down_precision), f->slot_mask);
    vec tag = vshlq_u32(entry, f->down_tag);
    *escapes = vceqq_u32(tag, f->marker);
    *x = advance(*x, freq, rank, f, active, word);
    return tag;
}

INLINE vec step_columns(const struct local *l, const struct fixed *f, vec *x, vec context,
                        vec active, const uint8_t **word, vec *escapes) {
    vec slot = vandq_u32(*x, f->slot_mask);
    vec column = vshlq_u32(slot, f->down_place);
    vec place = vandq_u32(slot, f->place_mask);
    vec table = vshlq_u32(context, f->up_column);
    vec entry = load_entries(l->bulk.columns, vorrq_u32(column, table));
    vec low = vandq_u32(entry, vdupq_n_u32(0xffff));
    vec aliased = vcgeq_u32(place, vshlq_u32(low, vnegq_s32(f->up_column)));
    vec symbol = vbslq_u32(aliased, vandq_u32(low, f->column_mask), column);
    vec rank = vaddq_u32(place, vandq_u32(aliased, vshrq_n_u32(entry, 16)));
    entry = load_entries(l->bulk.words, vorrq_u32(symbol, table));
    vec value = vshrq_n_u32(entry, 16);
    *escapes = vceqq_u32(value, f->marker);
    *x = advance(*x, vandq_u32(entry, vdupq_n_u32(0xffff)), vandq_u32(rank, vdupq_n_u32(0xffff)), f,
                 active, word);
    return value;
}

/* Eight values in order to the sink. */
INLINE void put8(const struct sc_sink *sink, const struct fixed *f, uint64_t i, uint16x8_t values) {
    if (sink->kind == SC_SINK_U8) {
        vst1_u8(sink->out + i, vmovn_u16(values));
        return;
    }
    if (sink->kind == SC_SINK_SPLIT && sink->raw_bits > SC_RAW_IN_TWO_BYTES) {
        uint64x2_t fours = vreinterpretq_u64_u16(values);
        sc_quads_put(&f->quads, i, vgetq_lane_u64(fours, 0));
        sc_quads_put(&f->quads, i + 4, vgetq_lane_u64(fours, 1));
        return;
    }
    if (sink->kind == SC_SINK_SPLIT) {
        uint8x16_t bytes = vqtbl1q_u8(vld1q_u8(sink->raw + i / 8 * sink->raw_bits), f->raw_pick);
        uint16x8_t bits = vshlq_u16(vreinterpretq_u16_u8(bytes), f->raw_down);
        uint16x8_t rest = vandq_u16(vshrq_n_u16(bits, 1), f->raw_low);
        values = vorrq_u16(vshlq_u16(values, f->value_up), rest);
        values = vorrq_u16(values, vshlq_n_u16(bits, 15)); /* the sign is the lowest raw bit */
    }
    vst1q_u8(sink->out + 2 * i, vreinterpretq_u8_u16(values));
}

/* `found` has all bits of an element set where it is an escape. */
static void note_escapes(struct local *l, const struct fixed *f, uint64_t at, const vec *found,
                         uint32_t mask) {
    uint32_t escapes = 0;
    for (size_t v = 0; v < VECTORS; v++) {
        escapes |= pattern_of(found[v], f) << (4 * v);
    }
    sc_escapes_note(&l->escapes, at, escapes & mask);
}

/* Values of 32 elements; with `named` tags they are looked up last. */
INLINE void put_values(struct local *l, const struct fixed *f, uint64_t at, const vec *values,
                       const bool named) {
    for (size_t h = 0; h < VECTORS / 2; h++) {
        uint16x8_t eight = vcombine_u16(vmovn_u32(values[2 * h]), vmovn_u32(values[2 * h + 1]));
        if (named) {
            uint16_t each[8];
            vst1q_u16(each, eight);
            for (size_t i = 0; i < 8; i++) {
                each[i] = l->bulk.map[each[i]];
            }
            eight = vld1q_u16(each);
        }
        put8(&l->sink, f, at + 8 * h, eight);
    }
}

INLINE void step(struct local *l, struct stream *s, const struct fixed *f, const enum sc_form form,
                 const bool contexts) {
    uint8_t each[SC_LANES];
    vec values[VECTORS], found[VECTORS];
    uint32_t mask = sc_lift_mask(&l->lift, s->at);
    vec any = vdupq_n_u32(0);
    if (contexts) {
        sc_contexts_fill(&l->contexts, s->at, SC_LANES, each);
    }
    for (size_t v = 0; v < VECTORS; v++) {
        vec context = vdupq_n_u32(0);
        vec active = vtstq_u32(vdupq_n_u32(mask >> (4 * v)), f->lane_bits);
        if (contexts) {
            const uint8_t *four = each + 4 * v;
            uint64_t bytes = sc_load_u32(four);
            context = vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(bytes))));
        }
        values[v] = form == SC_FORM_FLAT32
                        ? step_flat32(l, f, &s->x[v], context, active, &s->word, &found[v])
                        : step_columns(l, f, &s->x[v], context, active, &s->word, &found[v]);
        any = vorrq_u32(any, found[v]);
    }
    put_values(l, f, s->at, values, form == SC_FORM_FLAT32 && l->bulk.named);
    if (l->bulk.escapes && vmaxvq_u32(any) != 0) {
        note_escapes(l, f, s->at, found, mask);
    }
    s->at += SC_LANES;
}

/* For raw bits of up to 9: the two bytes that hold those of eight elements, and how far down. */
static void fix_raw(const struct sc_sink *sink, struct fixed *f) {
    uint8_t pick[16];
    int16_t down[8];
    uint32_t bits = sink->kind == SC_SINK_SPLIT ? sink->raw_bits : 1;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t first = i * bits;
        pick[2 * i] = (uint8_t)(first / 8);
        pick[2 * i + 1] = (uint8_t)((first + bits - 1) / 8);
        down[i] = (int16_t) - (int32_t)(first % 8);
    }
    f->raw_pick = vld1q_u8(pick);
    f->raw_down = vld1q_s16(down);
    f->raw_low = vdupq_n_u16((uint16_t)((1u << (bits - 1)) - 1));
    f->value_up = vdupq_n_s16((int16_t)(bits - 1));
    f->quads = sc_quads_make(sink);
}

static void fix(const struct sc_bulk *b, const struct spread *spread, struct fixed *f) {
    static const uint32_t lane_bits[4] = {1, 2, 4, 8};
    int32_t p = (int32_t)b->precision, c = (int32_t)b->column_bits;
    f->slot_mask = vdupq_n_u32((1u << p) - 1);
    f->place_mask = vdupq_n_u32((1u << (p - c)) - 1);
    f->column_mask = vdupq_n_u32((1u << c) - 1);
    f->marker = vdupq_n_u32(b->marker);
    f->up_precision = vdupq_n_s32(p);
    f->up_column = vdupq_n_s32(c);
    f->down_precision = vdupq_n_s32(-p);
    f->down_tag = vdupq_n_s32(-2 * p);
    f->down_place = vdupq_n_s32(c - p);
    f->lane_bits = vld1q_u32(lane_bits);
    f->spread = spread;
    fix_raw(b->sink, f);
}

static void fix_spread(struct spread *spread) {
    for (uint32_t pattern = 0; pattern < 16; pattern++) {
        uint8_t next = 0;
        for (size_t lane = 0; lane < 4; lane++) {
            bool takes = pattern >> lane & 1;
            uint8_t *bytes = &spread->bytes[pattern][4 * lane];
            bytes[0] = takes ? next : 0xff; /* no byte of the shuffle's source: 0 */
            bytes[1] = takes ? (uint8_t)(next + 1) : 0xff;
            bytes[2] = bytes[3] = 0xff;
            next = (uint8_t)(next + (takes ? 2 : 0));
        }
        spread->counts[pattern] = next / 2;
    }
}

/* Groups that all segments can take before a load could leave the readable bytes. */
static uint64_t safe_groups(const struct sc_bulk *b, const struct stream *s, uint64_t groups) {
    for (uint32_t i = 0; i < b->segment_count; i++) {
        uint64_t safe = (uint64_t)(b->rans->readable_end - s[i].word) / 64;
        groups = safe < groups ? safe : groups;
    }
    return groups;
}

INLINE void run(const struct sc_bulk *b, const enum sc_form form, const bool contexts) {
    struct spread spread;
    struct fixed f;
    struct stream s[SC_SEGMENTS_MAX];
    struct sc_rans *r = b->rans;
    struct local l = {*b, *b->sink, r->contexts, r->escapes, r->lift};
    fix_spread(&spread);
    fix(b, &spread, &f);
    for (uint32_t i = 0; i < b->segment_count; i++) {
        for (size_t v = 0; v < VECTORS; v++) {
            s[i].x[v] = vld1q_u32(r->segments[i].states + 4 * v);
        }
        s[i].word = r->segments[i].word;
        s[i].at = r->segments[i].at;
    }
    uint64_t left = b->groups, now;
    while (left > 0 && (now = safe_groups(b, s, left)) > 0) {
        left -= now;
        for (; now > 0; now--) {
            for (uint32_t i = 0; i < b->segment_count; i++) {
                step(&l, &s[i], &f, form, contexts);
            }
        }
    }
    r->escapes = l.escapes;
    for (uint32_t i = 0; i < b->segment_count; i++) {
        for (size_t v = 0; v < VECTORS; v++) {
            vst1q_u32(r->segments[i].states + 4 * v, s[i].x[v]);
        }
        r->segments[i].word = s[i].word;
        r->segments[i].at = s[i].at;
    }
}

static void flat32(const struct sc_bulk *b) {
    run(b, SC_FORM_FLAT32, false);
}

static void flat32_contexts(const struct sc_bulk *b) {
    run(b, SC_FORM_FLAT32, true);
}

static void columns(const struct sc_bulk *b) {
    run(b, SC_FORM_COLUMNS, false);
}

static void columns_contexts(const struct sc_bulk *b) {
    run(b, SC_FORM_COLUMNS, true);
}

static void bulk(const struct sc_bulk *b) {
    bool contexts = b->rans->contexts.kind != SC_CONTEXT_NONE;
    if (b->form == SC_FORM_FLAT32) {
        (contexts ? flat32_contexts : flat32)(b);
    } else {
        (contexts ? columns_contexts : columns)(b);
    }
}

const struct sc_kernel sc_kernel_neon = {
    .name = "neon", .checksum = sc_checksum, .bulk = bulk, .class_tables = sc_block_tables};
