/* plan.h - from a file to the regions that the codec is told about: by its container, or as a raw
 * array. Depends on containers.h, codec.h and input.h. */
#ifndef SCAPE_CLI_PLAN_H
#define SCAPE_CLI_PLAN_H

#include "input.h"
#include "options.h"

struct cli_plan {
    scape_cut *cut; /* owns the names */
    struct codec_region *regions;
    size_t count;
};

/* Cuts an input; what is no known container is one opaque region. Prints what is wrong. */
bool cli_plan_make(struct cli_plan *plan, struct cli_input *in, const struct cli_options *o);
/* The same for a file in memory. */
bool cli_plan_make_memory(struct cli_plan *plan, const struct codec_memory *file,
                          const struct cli_options *o);
void cli_plan_free(struct cli_plan *plan);

#endif
