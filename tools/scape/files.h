/* files.h - which files a command line means, and what their outputs are called. Depends on
 * containers.h and options.h. */
#ifndef SCAPE_CLI_FILES_H
#define SCAPE_CLI_FILES_H

#include "options.h"

struct cli_files {
    char **paths;
    size_t count;
};

#define CLI_SUFFIX ".scape"

/* The operands, or "-" where there are none; with expand, directories, shard indexes and split
 * files become the files they stand for, each once. CLI_USAGE when there are no operands and
 * standard input is a terminal. Free the files either way. */
enum cli_exit cli_files_collect(struct cli_files *files, const struct cli_options *o, bool expand);
void cli_files_free(struct cli_files *files);

/* Where the output for this input goes ("-": standard output), to be freed. compressing adds the
 * suffix, else it is taken off. Prints what is wrong; NULL then. */
char *cli_files_output(const struct cli_options *o, const char *input, bool compressing);

/* Loads the profile files of the options into profiles[o->profiles.count + 1], to be freed. */
struct codec_memory *cli_profiles_load(const struct cli_options *o);
void cli_profiles_free(struct codec_memory *profiles);

#endif
