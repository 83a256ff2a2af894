/* external.h - a codec that is a program: two shell commands, files in and out. Depends on POSIX
 * and memory_file.h. */
#ifndef SCAPE_STUDY_EXTERNAL_H
#define SCAPE_STUDY_EXTERNAL_H

#include "memory_file.h"
#include "methods.h"

enum {
    STUDY_REASON = 160
};

/* Runs the command on the bytes and appends what it wrote. seconds: the command's own time. */
bool study_external_run(const char *command, const struct codec_memory *in,
                        struct cli_memory_writer *out, double *seconds, char reason[STUDY_REASON]);

/* The command with each {name} replaced by a quoted value; NULL: out of memory. */
char *study_command_fill(const char *command, const char *const names[], const char *const values[],
                         size_t count);

#endif
