/* breakdown.h - scape info --breakdown: for each type of a compressed file, field by field, the
 * bits a weight takes as stored, as coded, and as an ideal coder under the same contexts would code
 * it. Depends on the reference's random access and on jansson. */
#ifndef SCAPE_CLI_BREAKDOWN_H
#define SCAPE_CLI_BREAKDOWN_H

#include "options.h"

#include <jansson.h>

/* Prints the file's breakdown, or appends it to files. Prints what is wrong. */
bool cli_breakdown(const struct cli_options *o, const char *path, json_t *files);

#endif
