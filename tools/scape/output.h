/* output.h - an output that is there whole or not at all: a temporary file, synced, then given its
 * name. One is open at a time. Depends on POSIX and codec.h. */
#ifndef SCAPE_CLI_OUTPUT_H
#define SCAPE_CLI_OUTPUT_H

#include "codec.h"
#include "input.h"
#include "temporary.h"

#include <pthread.h>

struct cli_output {
    char *path;                     /* the final name; NULL: standard output */
    struct cli_temporary temporary; /* none: written in place (standard output, a device, a pipe) */
    int fd;
    bool force;
    bool sparse; /* a regular file that gets holes for zeros */
    uint64_t written;
    unsigned char *gathered; /* bytes behind those that were written; NULL: none are gathered */
    size_t gathered_size;
    int error;            /* errno of the first failed write */
    pthread_mutex_t lock; /* of written and error, where threads write */
};

/* What a new file takes over, and must not be: NULL for none. */
struct cli_output_options {
    const struct cli_input *input;
    bool force;  /* may replace a file */
    bool binary; /* not to a terminal, unless forced */
    bool sparse; /* long runs of zeros become holes, where a file is made */
};

/* path "-": standard output. Prints what is wrong; false: nothing is open. */
bool cli_output_open(struct cli_output *out, const char *path,
                     const struct cli_output_options *options);
struct codec_target cli_output_target(struct cli_output *out);
/* What becomes a file when it is committed, and can be read before; others are written in place. */
bool cli_output_is_file(const struct cli_output *out);
/* What was written, from its start, for checking it; NULL when it cannot be read back. Nothing is
 * written after this. */
FILE *cli_output_reread(struct cli_output *out);
/* Makes the file appear under its name, with the mode and times of the input. Prints what is wrong,
 * and then nothing is left. */
bool cli_output_commit(struct cli_output *out, const struct cli_input *input);
/* Removes what was written. */
void cli_output_abort(struct cli_output *out);

/* n bytes of text and a NUL, to be freed; NULL: out of memory. */
char *cli_text_copy(const char *text, size_t n);
/* directory/name, to be freed; NULL: out of memory. */
char *cli_path_join(const char *directory, const char *name);
bool cli_path_is_directory(const char *path);

#endif
