/* composition.h - what a model file's bytes are, by the study's five streams. Depends on
 * gguf_parts.h, archive_file.h and plan.h. */
#ifndef SCAPE_CLI_COMPOSITION_H
#define SCAPE_CLI_COMPOSITION_H

#include "archive_file.h"

/* Whether the path is a model file that a cutter knows; an archive is none. False with a message if
 * it cannot be opened. */
bool cli_composition_is_model(const char *path, bool *model);

/* scape info of a model file: prints its container and composition, or appends them to files. */
bool cli_composition_info(const struct cli_options *o, const char *path, json_t *files);

/* The composition of an archive's content, should that be GGUF: printed, or added to the object of
 * the file. False: out of memory or the archive is damaged; says so. */
bool cli_composition_of_archive(const struct cli_archive *a, json_t *file);

#endif
