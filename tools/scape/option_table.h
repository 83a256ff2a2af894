/* option_table.h - inside the command line's parser: the table of options and commands, and what
 * takes their values. Depends on options.h. */
#ifndef SCAPE_CLI_OPTION_TABLE_H
#define SCAPE_CLI_OPTION_TABLE_H

#include "options.h"

enum option_id {
    OPT_HELP = 1,
    OPT_VERSION,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_OUTPUT,
    OPT_STDOUT,
    OPT_FORCE,
    OPT_KEEP,
    OPT_RM,
    OPT_THREADS,
    OPT_LEVEL,
    OPT_METHOD,
    OPT_PROFILE,
    OPT_EMBED_PROFILE,
    OPT_SHA256,
    OPT_CHUNK_LOG2,
    OPT_DTYPE,
    OPT_SHAPE,
    OPT_MEMORY,
    OPT_MAX_SIZE,
    OPT_VERIFY,
    OPT_JSON,
    OPT_TENSOR,
    OPT_ALL,
    OPT_ITERATIONS,
    OPT_ONLY,
    OPT_WALL,
    OPT_EXTERNAL,
    OPT_KERNEL,
    OPT_CHART,
    OPT_SPARSE,
    OPT_NO_SPARSE,
    OPT_PRINT,
    OPT_STUDY,
    OPT_BREAKDOWN,
    OPT_METHODS,
    OPT_SHARD,
    OPT_TENSORS_OF
};

struct option_row {
    enum option_id id;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    unsigned commands;
    const char *text;
};

struct command_row {
    const char *name;
    const char *operands;
    const char *text;
};

/* The row of an option by its name (n bytes) or its letter, NULL: there is none. */
const struct option_row *cli_option_find_name(const char *name, size_t n);
const struct option_row *cli_option_find_letter(char letter);
bool cli_option_is_for(const struct option_row *row, enum cli_command command);

const struct command_row *cli_command_row(enum cli_command command);
bool cli_command_find(const char *word, enum cli_command *out);

/* Store an option without a value, or one with it; false: not one of these, or a bad value. */
bool cli_option_set_flag(struct cli_options *o, enum option_id id);
bool cli_option_set_value(struct cli_options *o, enum option_id id, const char *value);

#endif
