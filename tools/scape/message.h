/* message.h - what the program tells people: one line a message on standard error, by verbosity,
 * with every byte of a foreign name that could command a terminal made harmless. Depends on the C
 * library only. */
#ifndef SCAPE_CLI_MESSAGE_H
#define SCAPE_CLI_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

/* "scape: SUBJECT: text". subject may be NULL; control bytes in the line become \xNN. */
void cli_error(const char *subject, const char *format, ...) CLI_PRINTF(2, 3);
void cli_note(const char *subject, const char *format, ...) CLI_PRINTF(2, 3);

/* Writes a name of n bytes: control bytes, DEL, backslash, and bytes that are no valid UTF-8 as
 * \xNN. */
void cli_print_name(FILE *to, const char *name, size_t n);

/* A line of --help: "-l, --name ARGUMENT  text"; letter 0 and argument NULL: none. `width` is that
 * of name and argument. */
void cli_help_option(char letter, const char *name, const char *argument, int width,
                     const char *text);

enum {
    CLI_SIZE_TEXT = 24
};
/* "1.50 GiB" */
const char *cli_size_text(uint64_t bytes, char out[CLI_SIZE_TEXT]);

/* whole / part, or 0 where part is 0. */
double cli_ratio(uint64_t whole, uint64_t part);

#endif
