/* spool.h - an unnamed temporary file that keeps the parts of a pipe which a decoder may need
 * again. It is made when the first part comes, in $TMPDIR or /tmp, and is gone when it is closed,
 * however the program ends. Depends on POSIX and codec.h. */
#ifndef SCAPE_CLI_SPOOL_H
#define SCAPE_CLI_SPOOL_H

#include "codec.h"

struct cli_spool {
    int fd;    /* -1: not made yet */
    int error; /* errno of what failed */
};

struct cli_spool cli_spool_make(void);
struct codec_spool cli_spool_view(struct cli_spool *spool);
void cli_spool_close(struct cli_spool *spool);

#endif
