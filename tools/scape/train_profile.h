/* train_profile.h - which methods a profile is trained for, and the profile file [PRF-001]. Depends
 * on train_cluster.h, memory_file.h and the reference's registry. */
#ifndef SCAPE_CLI_TRAIN_PROFILE_H
#define SCAPE_CLI_TRAIN_PROFILE_H

#include "memory_file.h"
#include "train_cluster.h"

enum {
    CLI_RECIPE_SETS_MAX = 2
};

/* What a method's encoder looks for in a profile: table sets, for tensors of one type. */
struct cli_recipe {
    const char *method;
    uint16_t dtype;
    size_t set_count;
    struct cli_train_set sets[CLI_RECIPE_SETS_MAX];
};

/* A training file as the profile names it. */
struct cli_example {
    const char *name;
    uint8_t sha256[CODEC_SHA256_SIZE];
};

/* NULL: no profile is trained for this method. */
const struct cli_recipe *cli_recipe_find(const char *method);

/* Fits the recipe's sets to what the trainer counted and appends the profile file to out. False:
 * out of memory, or nothing was counted. */
bool cli_profile_make(const struct cli_recipe *recipe, struct cli_trainer *t,
                      const struct cli_example *examples, size_t example_count,
                      struct cli_memory_writer *out);

#endif
