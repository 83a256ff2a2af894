/* plan.h - content and encoder options from a fuzzer's input, for the harnesses that encode.
 * Tail: 0 dtype, 1 level or method, 2 chunk_log2, 3 flags, 4 and 5 shape, 6 regions; 7 is left to
 * the harness. Depends on encode.h. */
#ifndef SCAPE_FUZZ_PLAN_H
#define SCAPE_FUZZ_PLAN_H

#include "encode.h"
#include "fuzz.h"

enum {
    FUZZ_PLAN_REGIONS = 4,
    FUZZ_CONTENT_MAX = 1 << 16 /* enough for every choice that the encoder makes by size */
};

struct fuzz_plan {
    uint8_t content[FUZZ_CONTENT_MAX]; /* the input over and over, or its bytes shuffled */
    size_t size;
    struct scape_ref_plan_region regions[FUZZ_PLAN_REGIONS];
    struct scape_ref_profile profile;
    struct scape_ref_encode_options options; /* hooks are the harness's */
    bool lacks_profile; /* the method needs a profile, and the plan has none for it */
};

/* copies: how often the input is repeated to make the content, as far as it fits. */
void fuzz_plan_make(struct fuzz_plan *p, const struct fuzz_input *in, size_t copies);

/* Encodes the content of the plan. */
enum scape_ref_error fuzz_plan_encode(const struct fuzz_plan *p, struct fuzz_memory *memory,
                                      struct fuzz_source *source, struct fuzz_sink *sink);

/* The regions that a cutter finds in the content take the place of the plan's, until uncut. */
struct fuzz_plan_cut;
struct fuzz_plan_cut *fuzz_plan_cut(struct fuzz_plan *p);
void fuzz_plan_uncut(struct fuzz_plan_cut *c);

#endif
