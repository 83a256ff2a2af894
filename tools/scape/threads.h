/* threads.h - how many threads a command may use. Depends on options.h and POSIX. */
#ifndef SCAPE_CLI_THREADS_H
#define SCAPE_CLI_THREADS_H

#include "options.h"

/* -T N, 1 to the codec's most; -T 0 stands for all cores. Without -T: the cores, at most four, or
 * one where --memory sets a limit, which every thread's tables would count against. */
unsigned cli_threads(const struct cli_options *o);
/* The same, but one without -T: what is measured is compared with others that take one. */
unsigned cli_threads_or_one(const struct cli_options *o);

#endif
