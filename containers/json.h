/* json.h - JSON from hostile files, by jansson, within bounds. Private to containers/. */
#ifndef SCAPE_CONTAINERS_JSON_H
#define SCAPE_CONTAINERS_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "job.h"

/* Parses n bytes into a tree for json_decref. SCAPE_CUT_OK, SCAPE_CUT_NOMEM or, with a reason that
 * begins with `container`, SCAPE_CUT_REJECTED. */
int scape_json_parse(scape_job *job, const char *container, const char *text, size_t n,
                     json_t **out);

#endif
