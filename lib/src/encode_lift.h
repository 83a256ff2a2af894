/* encode_lift.h - which fields have elements lifted out, and the head of a LIFT stream [CAN-086].
 * Depends on encode_work.h. */
#ifndef SC_ENCODE_LIFT_H
#define SC_ENCODE_LIFT_H

#include "encode_work.h"

struct sc_lift_rules {
    uint16_t layout;
    const char *field;
    uint32_t log2; /* of the sub-block */
    uint32_t count;
    struct sc_lift_rule rules[SCAPE_REG_LIFTS_MAX];
};

/* The rules of a field, which may be none (count 0), or NULL: it is not modelled. */
const struct sc_lift_rules *sc_lift_rules(const struct scape_reg_layout *layout, uint32_t field);
/* Has the layout a field with rules? */
bool sc_lift_models(const struct scape_reg_layout *layout);

/* Appends coder, parameters and the lifted elements' streams to `out`, and leaves the rest in
 * `values`. Without rules it does nothing. False on an error. */
bool sc_lift_encode(struct sc_encode_work *w, struct sc_out *out, const struct sc_lift_rules *rules,
                    const struct sc_array *values);

/* Puts back into `values` what was last lifted out of it. */
void sc_lift_undo(const struct sc_encode_work *w, const struct sc_lift_rules *rules,
                  const struct sc_array *values);

#endif
