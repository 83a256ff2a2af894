/* encode_loops.c - the encoder's loops for any machine. Depends on encode_loops_body.h. */
#include "encode_loops_body.h"

/* [CAN-086], moved so that it is not negative. */
static uint16_t lift_key(const struct sc_lift_rule *rule, int32_t value) {
    int32_t distance = 2 * value - rule->center, number = value < 128 ? value : value - 256;
    switch (rule->kind) {
    case SC_LIFT_MIN:
        return (uint16_t)(255 - value);
    case SC_LIFT_MAX:
        return (uint16_t)value;
    case SC_LIFT_ABS:
        return (uint16_t)(2 * (distance < 0 ? -distance : distance) + (distance < 0));
    default: /* SIGNED, of 8 bits */
        return (uint16_t)(4 * (number < 0 ? -number : number) + (number < 0));
    }
}

void sc_lift_plainly(const struct sc_lift_rule *rule, uint8_t *values, uint64_t blocks,
                     uint32_t log2, uint32_t last, uint8_t *positions, uint8_t *lifted) {
    uint16_t keys[256];
    for (int32_t v = 0; v < 256; v++) {
        keys[v] = lift_key(rule, v);
    }
    for (uint64_t b = 0; b < blocks; b++) {
        uint8_t *block = values + (b << log2);
        uint32_t at = 0, greatest = keys[block[0]];
        for (uint32_t i = 1; i <= last; i++) {
            uint32_t key = keys[block[i]];
            at = key > greatest ? i : at;
            greatest = key > greatest ? key : greatest;
        }
        positions[b] = (uint8_t)at;
        lifted[b] = block[at];
        block[at] = block[last];
    }
}

const struct sc_encode_loops sc_encode_loops_portable = SC_ENCODE_LOOPS(NULL, NULL, NULL);
