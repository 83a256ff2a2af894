/* lift.h - coder LIFT: one or two elements of every sub-block apart, the others in a rANS stream.
 * Chapter "rANS" of the spec, section 4.7. Depends on context and rans. */
#ifndef SCAPE_REF_LIFT_H
#define SCAPE_REF_LIFT_H

#include "context.h"

/* What follows the coder byte. */
enum scape_ref_error scape_ref_lift_read(struct scape_ref_cursor *c,
                                         const struct scape_ref_stream_place *place,
                                         struct scape_ref_stream_work *work,
                                         struct scape_ref_array *out);

/* Bytes of memory that the lifted elements of a field may need. */
uint64_t scape_ref_lift_memory(uint64_t element_count, uint32_t width);

#endif
