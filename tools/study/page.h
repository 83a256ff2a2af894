/* page.h - parts of the report's page that come from outside: images, the machine, the versions.
 * Depends on table.h and POSIX. */
#ifndef SCAPE_STUDY_PAGE_H
#define SCAPE_STUDY_PAGE_H

#include "table.h"

/* The folder's NAME.svg inside the page, with its caption; nothing where there is no such file.
 * False: it cannot be read; printed. */
bool study_page_image(FILE *to, const char *folder, const char *name, const char *caption);

/* The section on where the numbers come from. */
void study_page_origin(FILE *to, const struct study_options *o);

#endif
