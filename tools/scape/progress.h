/* progress.h - one line on standard error that says how far a long job is; only on a terminal, only
 * after a second. Depends on POSIX. */
#ifndef SCAPE_CLI_PROGRESS_H
#define SCAPE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
    bool enabled;
    bool shown;
    const char *name;
    uint64_t total; /* UINT64_MAX: not known */
    double started, last;
};

double cli_clock(void); /* seconds, from any start */
struct cli_progress cli_progress_start(const char *name, uint64_t total, int verbosity);
/* Shows done of total bytes when it is time to. */
void cli_progress_update(struct cli_progress *p, uint64_t done, uint64_t out);
/* Wipes the line. */
void cli_progress_end(struct cli_progress *p);

#endif
