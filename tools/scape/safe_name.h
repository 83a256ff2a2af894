/* safe_name.h - file names from foreign names. Depends on the C library. */
#ifndef SCAPE_CLI_SAFE_NAME_H
#define SCAPE_CLI_SAFE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLI_SAFE_NAME = 240 /* bytes, with the NUL */
};

/* A name for a file in a directory, whatever the n bytes of `name` are: one path component that is
 * neither hidden nor special on any common system. What is unsafe becomes %NN, so different names
 * stay different; one that gets too long is cut and ends in a hash of the whole, as does one that
 * shall (hashed). ASCII letters, digits and "._-+=,@()[]" stay as they are, but . and - not in
 * front, nor the first letter of a DOS device. */
void cli_safe_name(const char *name, size_t n, const char *suffix, bool hashed,
                   char out[CLI_SAFE_NAME]);
/* The same number for two names whose safe names are one where upper and lower case are. */
uint64_t cli_safe_name_caseless(const char *name, size_t n);

#endif
