/* run.h - a run whose rows stay in memory. Depends on options.h and jansson. */
#ifndef SCAPE_STUDY_RUN_H
#define SCAPE_STUDY_RUN_H

#include "options.h"

#include <jansson.h>

/* Appends a row for each method and item of the options. False: printed. */
bool study_run_collect(const struct study_options *o, json_t *rows);

#endif
