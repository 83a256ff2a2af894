/* encode_lift.c - takes the extreme element that a quantiser puts into every sub-block out of it,
 * so that tables need not pay for it [LFT CAN]. Depends on encode_block.h. */
#include "encode_block.h"

static int64_t key_of(const struct scape_ref_lift_rule *rule, uint64_t value, uint32_t width) {
    int64_t v = (int64_t)value;
    switch (rule->key) {
    case SCAPE_REF_LIFT_MIN:
        return -v;
    case SCAPE_REF_LIFT_ABS: {
        int64_t d = 2 * v - (int64_t)rule->centre_x2;
        return d < 0 ? -2 * d + 1 : 2 * d;
    }
    case SCAPE_REF_LIFT_SIGNED: {
        int64_t s = v >> (width - 1) != 0 ? v - ((int64_t)1 << width) : v;
        return s < 0 ? -4 * s + 1 : 4 * s;
    }
    case SCAPE_REF_LIFT_MAX:
    default:
        return v;
    }
}

static void carve(struct scape_ref_arena *a, struct scape_ref_lifted *l) {
    uint64_t subs = l->rest.count >> l->sub_log2;
    l->rest.data = scape_ref_arena_take(a, l->rest.count, l->rest.size);
    for (uint32_t i = 0; i < l->lifts; i++) {
        l->positions[i] = (struct scape_ref_array){
            .width = l->sub_log2, .size = scape_ref_array_element(l->sub_log2), .count = subs};
        l->values[i] =
            (struct scape_ref_array){.width = l->rest.width, .size = l->rest.size, .count = subs};
        l->positions[i].data = scape_ref_arena_take(a, subs, l->positions[i].size);
        l->values[i].data = scape_ref_arena_take(a, subs, l->values[i].size);
    }
}

/* One lift of one sub-block whose first n elements are left. */
static void lift_one(struct scape_ref_lifted *l, uint64_t sub, uint32_t lift, uint64_t n,
                     const struct scape_ref_lift_rule *rule) {
    uint64_t base = sub << l->sub_log2;
    uint64_t at = 0;
    int64_t greatest = INT64_MIN;
    for (uint64_t i = 0; i < n; i++) {
        int64_t key = key_of(rule, scape_ref_array_get(&l->rest, base + i), l->rest.width);
        if (key > greatest) {
            greatest = key;
            at = i;
        }
    }
    scape_ref_array_set(&l->positions[lift], sub, at);
    scape_ref_array_set(&l->values[lift], sub, scape_ref_array_get(&l->rest, base + at));
    scape_ref_array_set(&l->rest, base + at, scape_ref_array_get(&l->rest, base + n - 1));
}

enum scape_ref_error scape_ref_lift(struct scape_ref_memory *memory, struct scape_ref_lifted *l,
                                    const struct scape_ref_array *array, uint32_t sub_log2,
                                    const struct scape_ref_lift_rule *rules, uint32_t lifts) {
    struct scape_ref_arena arena = {0};
    l->sub_log2 = sub_log2;
    l->lifts = lifts;
    l->rest = *array;
    carve(&arena, l);
    enum scape_ref_error err = scape_ref_buffer_reserve(memory, &l->memory, arena.used, 0);
    if (err != SCAPE_REF_OK) {
        return err;
    }
    arena = (struct scape_ref_arena){.base = l->memory.data};
    carve(&arena, l);
    for (uint64_t i = 0; i < array->count; i++) {
        scape_ref_array_set(&l->rest, i, scape_ref_array_get(array, i));
    }
    for (uint64_t sub = 0; sub < array->count >> sub_log2; sub++) {
        for (uint32_t lift = 0; lift < lifts; lift++) {
            lift_one(l, sub, lift, ((uint64_t)1 << sub_log2) - lift, &rules[lift]);
        }
    }
    return SCAPE_REF_OK;
}
