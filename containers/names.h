/* names.h - the keys or tensor names of a header, kept to find duplicates and to label regions.
 * Private to containers/; depends on job.h. */
#ifndef SCAPE_CONTAINERS_NAMES_H
#define SCAPE_CONTAINERS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job.h"

typedef struct scape_names {
    char *text; /* all names, one behind the other; moves when a name is added */
    size_t text_len, text_room;
    size_t *ends; /* where name i ends in text */
    size_t count, room;
} scape_names;

/* Room for at most `room` names, which may be 0. SCAPE_CUT_OK or SCAPE_CUT_NOMEM. */
int scape_names_init(scape_names *names, scape_job *job, uint64_t room);
void scape_names_free(scape_names *names, scape_job *job);

/* Appends the next `length` bytes of the cursor, which must have them. SCAPE_CUT_OK,
 * SCAPE_CUT_NOMEM, or SCAPE_CUT_IO when the cursor failed (the cursor's status says how). */
int scape_names_add(scape_names *names, scape_job *job, scape_cursor *c, size_t length);

const char *scape_names_get(const scape_names *names, size_t i, size_t *length);

/* Are two names the same? SCAPE_CUT_OK or SCAPE_CUT_NOMEM. */
int scape_names_find_duplicate(const scape_names *names, scape_job *job, bool *found);

/* Well-formed UTF-8 without NUL. */
bool scape_utf8_valid(const char *text, size_t n);

#endif
