/* encode_rans.c - the rANS coders' encoding side [RNS CTX CAN]: the stream is coded from its last
 * element to its first, so that a decoder reads it forwards. Depends on encode_stream and tables.
 */
#include "encode_stream.h"
#include "tables.h"

#include <string.h>

enum {
    LANES_MAX = 32,
    SEGMENTS_MAX = 4,
    STATE_LOW = 1 << 16
};

/* What coding needs of the tables: a slot of every symbol of every table, by rank. */
struct slot_table {
    const struct scape_ref_fit *fit;
    uint16_t *slots;  /* [table][2^p]: slots of symbol 0 by rank, then those of symbol 1 ... */
    uint16_t *starts; /* [table][value_count + 1] */
};

/* What making columns needs: one entry a column. */
struct column_memory {
    struct scape_ref_column *columns;
    uint16_t *scratch[3];
};

/* Slots by rank: walks the columns as a decoder would [TBL-020]. */
static void invert(struct slot_table *t, const struct column_memory *m) {
    const struct scape_ref_fit *f = t->fit;
    uint32_t n = f->value_count + 1;
    uint32_t symbols = f->value_count + (f->escape ? 1 : 0);
    uint32_t bits = scape_ref_column_bits(symbols);
    uint32_t room = (uint32_t)1 << (f->p - bits);
    for (uint32_t table = 0; table < f->tables; table++) {
        const uint16_t *freq = f->frequencies + (size_t)table * n;
        uint16_t *starts = t->starts + (size_t)table * n;
        uint16_t *slots = t->slots + ((size_t)table << f->p);
        uint32_t start = 0;
        for (uint32_t s = 0; s < n; s++) {
            starts[s] = (uint16_t)start;
            start += freq[s];
        }
        scape_ref_columns_make(freq, symbols, bits, f->p, m->columns, m->scratch);
        for (uint32_t slot = 0; slot < (uint32_t)1 << f->p; slot++) {
            uint32_t column = slot / room;
            uint32_t place = slot % room;
            const struct scape_ref_column *c = &m->columns[column];
            if (place < c->cut) {
                slots[starts[column] + place] = (uint16_t)slot;
            } else {
                slots[starts[c->alias] + c->base + place - c->cut] = (uint16_t)slot;
            }
        }
    }
}

uint32_t scape_ref_lanes_code(uint64_t count) {
    return count >= (uint64_t)1 << 17 ? 3 : count >= (uint64_t)1 << 16 ? 2 : count >= 4096 ? 1 : 0;
}

static uint32_t segments_of(uint32_t lanes_code) {
    return lanes_code < 2 ? 1 : lanes_code == 2 ? 2 : 4;
}

static uint32_t lanes_of(uint32_t lanes_code) {
    return lanes_code == 0 ? 1 : LANES_MAX;
}

uint64_t scape_ref_rans_estimate(const struct scape_ref_fit *fit, uint64_t count) {
    uint32_t code = scape_ref_lanes_code(count);
    uint64_t states = (uint64_t)segments_of(code) * (1 + 3 * (uint64_t)lanes_of(code));
    return fit->cost_q8 / SCAPE_REF_COST_PER_BYTE + fit->byte_count + states + 8;
}

/* One segment's states and words. words has room for one word an element; *used counts them from
 * its end. */
static void code_segment(const struct slot_table *t, const struct scape_ref_array *array,
                         const struct scape_ref_table_plan *plan, const uint8_t *tables,
                         uint64_t begin, uint64_t end, uint32_t lanes, uint32_t states[LANES_MAX],
                         uint16_t *words, uint64_t *used) {
    const struct scape_ref_fit *f = t->fit;
    uint32_t n = f->value_count + 1;
    *used = 0;
    for (uint32_t lane = 0; lane < lanes; lane++) {
        states[lane] = STATE_LOW;
    }
    for (uint64_t i = end; i-- > begin;) {
        if (!scape_ref_table_plan_codes(plan, i)) {
            continue;
        }
        uint32_t table = tables[i];
        uint32_t symbol = scape_ref_fit_symbol(f, table, (uint32_t)scape_ref_array_get(array, i));
        uint32_t freq = f->frequencies[(size_t)table * n + symbol];
        uint32_t *x = &states[(i - begin) % lanes];
        if (*x >= (uint64_t)freq << (32 - f->p)) {
            words[(end - begin) - ++*used] = (uint16_t)*x;
            *x >>= 16;
        }
        uint32_t rank = *x % freq;
        uint32_t slot =
            t->slots[((size_t)table << f->p) + t->starts[(size_t)table * n + symbol] + rank];
        *x = ((*x / freq) << f->p) + slot;
    }
}

/* Every element has a symbol, and the escaped values are put aside for the side list. */
static enum scape_ref_error collect_escapes(const struct scape_ref_fit *f,
                                            const struct scape_ref_array *array,
                                            const struct scape_ref_table_plan *plan,
                                            const uint8_t *tables,
                                            struct scape_ref_array *escaped) {
    uint64_t room = escaped->count;
    escaped->count = 0;
    for (uint64_t i = 0; i < array->count; i++) {
        uint32_t table = tables[i];
        uint32_t value = (uint32_t)scape_ref_array_get(array, i);
        if (!scape_ref_table_plan_codes(plan, i)) {
            continue;
        }
        if (f->symbol_of[value] == SCAPE_REF_SYMBOL_NONE) {
            return SCAPE_REF_BAD_ARGUMENT;
        }
        uint32_t symbol = scape_ref_fit_symbol(f, table, value);
        if (f->frequencies[(size_t)table * (f->value_count + 1) + symbol] == 0) {
            return SCAPE_REF_BAD_ARGUMENT;
        }
        if (symbol == f->value_count) {
            if (escaped->count == room) {
                return SCAPE_REF_BAD_ARGUMENT;
            }
            scape_ref_array_set(escaped, escaped->count++, value);
        }
    }
    return SCAPE_REF_OK;
}

static void put_packed_values(struct scape_ref_sink *s, const struct scape_ref_array *array) {
    uint64_t size = scape_ref_packed_size(array->count, array->width);
    if (size <= s->capacity && s->size <= s->capacity - size) {
        memset(s->data + s->size, 0, (size_t)size);
        scape_ref_packed_write(array, s->data + s->size);
    }
    s->size += (size_t)size;
}

void scape_ref_encode_packed(struct scape_ref_sink *s, const struct scape_ref_array *array) {
    scape_ref_sink_u8(s, SCAPE_REF_CODER_PACKED);
    put_packed_values(s, array);
}

/* A map from values to tables as runs; none for the identity. */
static void put_map(struct scape_ref_sink *s, const uint8_t *map, uint32_t values,
                    uint32_t tables) {
    uint32_t runs = 1;
    bool identity = values == tables && map[0] == 0;
    for (uint32_t v = 1; v < values; v++) {
        runs += map[v] != map[v - 1] ? 1 : 0;
        identity = identity && map[v] == v;
    }
    scape_ref_sink_varint(s, identity ? 0 : runs);
    for (uint32_t v = 0; v < values && !identity;) {
        uint32_t run = 1;
        while (v + run < values && map[v + run] == map[v]) {
            run++;
        }
        scape_ref_sink_varint(s, run);
        scape_ref_sink_u8(s, map[v]);
        v += run;
    }
}

enum scape_ref_error scape_ref_encode_plan(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_table_plan *c) {
    const struct scape_ref_coder_choice side = {.p = 8, .max_symbols = 64};
    enum scape_ref_error err = SCAPE_REF_OK;
    if (c->kind == SCAPE_REF_TABLE_ONE) {
        return SCAPE_REF_OK;
    }
    scape_ref_sink_u8(s, (uint8_t)(c->tables - 1));
    if (c->kind == SCAPE_REF_TABLE_BY_ID) {
        scape_ref_sink_u8(s, (uint8_t)c->block_log2);
        err = scape_ref_encode_smallest(memory, s, &c->ids, &side);
    } else if (c->kind == SCAPE_REF_TABLE_BY_ROW_COLUMN) {
        scape_ref_sink_u8(s, SCAPE_REF_CONTEXT_ROW_COLUMN);
        scape_ref_sink_varint(s, c->column_class.count);
        scape_ref_sink_u8(s, (uint8_t)c->classes);
        err = scape_ref_encode_smallest(memory, s, &c->row_class, &side);
        if (err == SCAPE_REF_OK) {
            err = scape_ref_encode_smallest(memory, s, &c->column_class, &side);
        }
        scape_ref_sink_put(s, c->thresholds, c->tables - 1);
    } else if (c->kind == SCAPE_REF_TABLE_BY_FIELD) {
        scape_ref_sink_u8(s, SCAPE_REF_CONTEXT_FIELD);
        scape_ref_sink_u8(s, (uint8_t)c->field);
        put_map(s, c->map, (uint32_t)1 << c->by->width, c->tables);
    } else {
        scape_ref_sink_u8(s, SCAPE_REF_CONTEXT_BLOCK_CLASS);
        put_map(s, c->map, c->class_count, c->tables);
    }
    return err;
}

/* States and words of every segment, behind the word counts of all of them. */
static void put_segments(struct scape_ref_sink *s, const struct slot_table *t,
                         const struct scape_ref_array *array,
                         const struct scape_ref_table_plan *plan, const uint8_t *tables,
                         uint32_t lanes_code, uint16_t *words) {
    uint32_t states[SEGMENTS_MAX][LANES_MAX];
    uint64_t begin[SEGMENTS_MAX + 1];
    uint64_t used[SEGMENTS_MAX];
    uint32_t segments = segments_of(lanes_code);
    uint32_t lanes = lanes_of(lanes_code);
    uint64_t length = segments == 1 ? array->count
                                    : (array->count + (uint64_t)lanes * segments - 1) /
                                          ((uint64_t)lanes * segments) * lanes;
    for (uint32_t g = 0; g <= segments; g++) {
        begin[g] = g * length < array->count ? g * length : array->count;
    }
    for (uint32_t g = 0; g < segments; g++) {
        code_segment(t, array, plan, tables, begin[g], begin[g + 1], lanes, states[g],
                     words + begin[g], &used[g]);
        scape_ref_sink_varint(s, used[g]);
    }
    for (uint32_t g = 0; g < segments; g++) {
        uint8_t bytes[4];
        for (uint32_t lane = 0; lane < lanes; lane++) {
            scape_ref_store_u32le(bytes, states[g][lane]);
            scape_ref_sink_put(s, bytes, 4);
        }
        for (uint64_t i = begin[g + 1] - used[g]; i < begin[g + 1]; i++) {
            scape_ref_store_u16le(bytes, words[i]);
            scape_ref_sink_put(s, bytes, 2);
        }
    }
}

static uint8_t coder_of(const struct scape_ref_table_plan *c) {
    return c->kind == SCAPE_REF_TABLE_ONE     ? SCAPE_REF_CODER_RANS
           : c->kind == SCAPE_REF_TABLE_BY_ID ? SCAPE_REF_CODER_RANS_MIXTURE
                                              : SCAPE_REF_CODER_RANS_CONTEXT;
}

/* The memory of one call, in one block; run once to measure, once to cut. */
struct rans_memory {
    struct slot_table table;
    struct column_memory columns;
    uint8_t *table_of; /* each element's table */
    uint16_t *words;
    struct scape_ref_array escaped;
};

static void carve(struct rans_memory *m, struct scape_ref_arena *a, uint64_t count,
                  const struct scape_ref_fit *f, bool from_profile) {
    m->table.fit = f;
    m->table.slots = scape_ref_arena_take(a, (uint64_t)f->tables << f->p, sizeof(uint16_t));
    m->table.starts = scape_ref_arena_take(a, (uint64_t)f->tables * ((uint64_t)f->value_count + 1),
                                           sizeof(uint16_t));
    uint64_t columns = (uint64_t)1 << scape_ref_column_bits(f->value_count + 1);
    m->columns.columns = scape_ref_arena_take(a, columns, sizeof *m->columns.columns);
    for (int i = 0; i < 3; i++) {
        m->columns.scratch[i] = scape_ref_arena_take(a, columns, sizeof(uint16_t));
    }
    m->table_of = scape_ref_arena_take(a, count, 1);
    m->words = scape_ref_arena_take(a, count, sizeof(uint16_t));
    m->escaped.width = f->width;
    m->escaped.size = scape_ref_array_element(f->width);
    m->escaped.count = from_profile || f->sampled ? count : f->escapes;
    m->escaped.data = scape_ref_arena_take(a, m->escaped.count, m->escaped.size);
}

enum scape_ref_error scape_ref_encode_rans(struct scape_ref_memory *memory,
                                           struct scape_ref_sink *s,
                                           const struct scape_ref_array *array,
                                           const struct scape_ref_table_plan *context,
                                           const struct scape_ref_encode_tables *tables) {
    const struct scape_ref_fit *f = tables->fit;
    struct scape_ref_arena arena = {0};
    struct scape_ref_buffer block = {0};
    struct rans_memory m = {0};
    carve(&m, &arena, array->count, f, tables->source != 0);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &block, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    arena = (struct scape_ref_arena){.base = block.data};
    carve(&m, &arena, array->count, f, tables->source != 0);
    uint32_t code = scape_ref_lanes_code(array->count);
    scape_ref_table_plan_fill(context, array->count, m.table_of);
    err = collect_escapes(f, array, context, m.table_of, &m.escaped);
    if (err == SCAPE_REF_OK) {
        scape_ref_sink_u8(s, coder_of(context));
        scape_ref_sink_u8(s, (uint8_t)(f->p | code << 4 | tables->source << 6));
        err = scape_ref_encode_plan(memory, s, context);
    }
    if (err == SCAPE_REF_OK) {
        if (tables->source == 0) {
            scape_ref_sink_put(s, f->bytes, f->byte_count);
        } else {
            scape_ref_sink_varint(s, tables->set);
            scape_ref_sink_varint(s, 0); /* no shift */
        }
        if (f->escape) {
            scape_ref_sink_varint(s, m.escaped.count);
            put_packed_values(s, &m.escaped);
        }
        invert(&m.table, &m.columns);
        put_segments(s, &m.table, array, context, m.table_of, code, m.words);
    }
    scape_ref_buffer_release(memory, &block);
    return err;
}
