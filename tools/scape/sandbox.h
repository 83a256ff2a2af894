/* sandbox.h - gives up what decoding a stranger's file never needs: other files, programs,
 * processes, the network. Linux only, as far as the kernel has it; elsewhere nothing happens.
 * Depends on POSIX.
 */
#ifndef SCAPE_CLI_SANDBOX_H
#define SCAPE_CLI_SANDBOX_H

#include <stdbool.h>

/* What was put into force. */
struct cli_sandbox {
    bool files; /* landlock: only what was allowed can be opened, made, renamed or removed */
    bool calls; /* seccomp: no new programs, processes, sockets, executable memory */
};

/* What stays allowed, collected before it is put into force. Open descriptors keep working. */
struct cli_sandbox_plan {
    int ruleset; /* -1: there is no landlock */
};

struct cli_sandbox_plan cli_sandbox_plan(void);
/* Reading this file; of one that is not there, nothing. */
void cli_sandbox_allow_read(struct cli_sandbox_plan *plan, const char *path);
/* Making, replacing and removing files in the directory of this path, and writing to what it is
 * if it is there and no regular file (a device, a pipe). "-" is standard output: nothing. */
void cli_sandbox_allow_output(struct cli_sandbox_plan *plan, const char *path);
/* For the rest of the process. The environment variable SCAPE_SANDBOX=off leaves all as it is. */
struct cli_sandbox cli_sandbox_enter(struct cli_sandbox_plan *plan);

#endif
