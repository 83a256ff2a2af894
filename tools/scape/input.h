/* input.h - an input file, standard input included: in order, from any place where it can seek, and
 * its first bytes for a container cutter even where it cannot. Depends on POSIX, codec.h and
 * containers.h. */
#ifndef SCAPE_CLI_INPUT_H
#define SCAPE_CLI_INPUT_H

#include "codec.h"
#include "containers.h"

#include <stdio.h>
#include <sys/stat.h>

struct cli_input {
    const char *path; /* "-": standard input */
    FILE *file;
    char *buffer; /* of the file */
    bool regular;
    uint64_t base;      /* where the content starts in the file: a redirected input may be moved */
    struct stat status; /* when it was opened */
    uint64_t size;      /* from base to the end, or CODEC_SIZE_UNKNOWN */
    /* What a cutter looked at in a pipe, until it has been read again. */
    unsigned char *head;
    size_t head_size, head_capacity, head_taken;
    bool ended;
};

/* Prints what is wrong. False: not opened. */
bool cli_input_open(struct cli_input *in, const char *path);
void cli_input_close(struct cli_input *in);

struct codec_source cli_input_source(struct cli_input *in);
struct scape_source cli_input_cut_source(struct cli_input *in);

/* n bytes at an offset of a file that can seek, fewer at its end, -1 on an error. */
int64_t cli_pread(int fd, uint64_t offset, void *buffer, size_t n);

/* Whether a regular file has another size or time than when it was opened. */
bool cli_input_changed(const struct cli_input *in);
/* Removes a regular file that was read, unless its path leads to another one by now: then, and when
 * it cannot be removed, prints it. */
bool cli_input_remove(const struct cli_input *in);

/* The whole file in memory, to be freed; at most `most` bytes. Prints what is wrong. */
bool cli_input_load(const char *path, uint64_t most, struct codec_memory *out);

#endif
