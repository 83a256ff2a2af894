/* temporary.h - a file that is written before it has its final name: without any name where the
 * system can do that, so that not even SIGKILL or a power cut leaves something behind, otherwise
 * beside its place under a name that no one else has. One is open at a time. Depends on POSIX, and
 * on Linux' O_TMPFILE where there is one. */
#ifndef SCAPE_CLI_TEMPORARY_H
#define SCAPE_CLI_TEMPORARY_H

#include <stdbool.h>

enum {
    CLI_TEMPORARY_NAME = 24
};

struct cli_temporary {
    int directory; /* of the final name, opened once; -1: nothing is open */
    int fd;
    char name[CLI_TEMPORARY_NAME]; /* in the directory; "": it has none yet */
};

/* Signals that end a program remove the file's temporary name from now on. */
void cli_temporary_catch_signals(void);

struct cli_temporary cli_temporary_none(void);
/* An empty file to read and write, for its user alone, in the directory of this path; false: see
 * errno, and nothing is open. */
bool cli_temporary_open(struct cli_temporary *file, const char *path);
/* Gives it the last part of this path as its name, at once and with all its content. Without
 * `replace` an older file survives, and that is an error. Neither follows a link that has the name.
 * false: see errno, and the file is as it was. */
bool cli_temporary_publish(struct cli_temporary *file, const char *path, bool replace);
/* Closes it; one that was not published is gone. */
void cli_temporary_close(struct cli_temporary *file);

#endif
