/* encode_lift.c - lifting the extreme element out of every sub-block [CAN-086]. Depends on
 * encode_lift.h and encode_stream.h. */
#include "encode_lift.h"

#include "encode_stream.h"

static const struct sc_lift_rules all_rules[] = {
    {0x102, "q", 5, 1, {{SC_LIFT_ABS, 16}}},
    {0x103, "q", 5, 2, {{SC_LIFT_MIN, 0}, {SC_LIFT_MAX, 0}}},
    {0x106, "q", 5, 1, {{SC_LIFT_ABS, 32}}},
    {0x107, "q", 5, 2, {{SC_LIFT_MIN, 0}, {SC_LIFT_MAX, 0}}},
    {0x108, "q", 5, 1, {{SC_LIFT_SIGNED, 0}}},
    {0x109, "q", 5, 1, {{SC_LIFT_SIGNED, 0}}},
    {0x10A, "q", 0, 0, {{0}}},
    {0x10B, "sc", 4, 1, {{SC_LIFT_ABS, 64}}},
    {0x10B, "q", 4, 1, {{SC_LIFT_ABS, 8}}},
    {0x10C, "sc", 3, 1, {{SC_LIFT_MAX, 0}}},
    {0x10C, "m", 0, 0, {{0}}},
    {0x10C, "q", 5, 1, {{SC_LIFT_MIN, 0}}},
    {0x10D, "sc", 3, 1, {{SC_LIFT_MAX, 0}}},
    {0x10D, "m", 0, 0, {{0}}},
    {0x10D, "q", 5, 2, {{SC_LIFT_MIN, 0}, {SC_LIFT_MAX, 0}}},
    {0x10E, "sc", 4, 1, {{SC_LIFT_SIGNED, 0}}},
    {0x10E, "q", 4, 1, {{SC_LIFT_ABS, 64}}},
    {0x10F, "q", 8, 1, {{SC_LIFT_SIGNED, 0}}},
    {0x114, "q", 5, 1, {{SC_LIFT_ABS, 15}}},
    {0x117, "sc", 3, 1, {{SC_LIFT_ABS, 64}}},
    {0x117, "q", 5, 1, {{SC_LIFT_ABS, 15}}},
    {0x123, "q", 0, 0, {{0}}},
    {0x127, "q", 0, 0, {{0}}},
    {0x128, "q", 0, 0, {{0}}},
    {0x12A, "q", 0, 0, {{0}}},
};

enum {
    RULES = sizeof all_rules / sizeof *all_rules
};

const struct sc_lift_rules *sc_lift_rules(const struct scape_reg_layout *layout, uint32_t field) {
    for (size_t i = 0; i < RULES; i++) {
        if (all_rules[i].layout == layout->id &&
            strcmp(all_rules[i].field, layout->fields[field].name) == 0) {
            return &all_rules[i];
        }
    }
    return NULL;
}

bool sc_lift_models(const struct scape_reg_layout *layout) {
    for (size_t i = 0; i < RULES; i++) {
        if (all_rules[i].layout == layout->id) {
            return true;
        }
    }
    return false;
}

/* Places and values of what the k-th rule lifts, for each sub-block, in w->lifted. */
static void list_lifted(const struct sc_encode_work *w, const struct sc_lift_rules *rules,
                        const struct sc_array *values, uint32_t k, struct sc_array *places,
                        struct sc_array *lifted) {
    uint64_t blocks = values->count >> rules->log2;
    uint8_t *data = w->lifted.data + 2 * blocks * k;
    *places = (struct sc_array){data, blocks, rules->log2, 1};
    *lifted = (struct sc_array){data + blocks, blocks, values->width, 1};
}

bool sc_lift_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_lift_rules *rules,
                    const struct sc_array *values) {
    const struct sc_simple simple = {8, 64, 0};
    struct sc_array places, lifted;
    if (rules->count == 0) {
        return true;
    }
    uint64_t blocks = values->count >> rules->log2;
    if (sc_encode_scratch(w, &w->lifted, 2 * blocks * rules->count) == NULL) {
        return false;
    }
    sc_out_uint(out, SCAPE_REG_CODER_LIFT, 1);
    sc_out_uint(out, rules->log2, 1);
    sc_out_uint(out, rules->count, 1);
    for (uint32_t k = 0; k < rules->count; k++) {
        list_lifted(w, rules, values, k, &places, &lifted);
        w->loops->lift(&rules->rules[k], values->data, blocks, rules->log2,
                       (1u << rules->log2) - 1 - k, places.data, lifted.data);
        sc_encode_smallest(w, out, &places, simple);
        sc_encode_smallest(w, out, &lifted, simple);
    }
    return true;
}

/* What took a lifted element's place still stands in its own as well. */
void sc_lift_undo(const struct sc_encode_work *w, const struct sc_lift_rules *rules,
                  const struct sc_array *values) {
    struct sc_array places, lifted;
    for (uint32_t k = rules->count; k-- > 0;) {
        list_lifted(w, rules, values, k, &places, &lifted);
        for (uint64_t b = 0; b < places.count; b++) {
            values->data[(b << rules->log2) + places.data[b]] = lifted.data[b];
        }
    }
}
