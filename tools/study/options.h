/* options.h - the command line of scape-study, parsed: one table of options, each with the commands
 * that take it. Depends on the C library only. */
#ifndef SCAPE_STUDY_OPTIONS_H
#define SCAPE_STUDY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum study_exit {
    STUDY_OK = 0,
    STUDY_FAILED = 1,
    STUDY_USAGE = 2
};

enum study_command {
    STUDY_RUN,
    STUDY_ATLAS,
    STUDY_CROSSLAYER,
    STUDY_GAP,
    STUDY_ORACLE,
    STUDY_AUDIT,
    STUDY_ABLATION,
    STUDY_SANITY,
    STUDY_SUMMARIZE,
    STUDY_JOIN,
    STUDY_FIGURES,
    STUDY_REPORT,
    STUDY_COMMAND_COUNT
};

enum study_format {
    STUDY_TEXT,
    STUDY_MARKDOWN,
    STUDY_CSV,
    STUDY_JSON
};

/* Arguments that may repeat: pointers into argv. */
struct study_words {
    const char **at;
    size_t count;
};

struct study_options {
    enum study_command command;
    bool help, version, quiet;
    bool in_sample;      /* measure on models that a profile was trained on, marked */
    bool no_timing;      /* leave speeds out: the results depend on the input alone */
    bool retry;          /* run again what failed before */
    bool tensors, files; /* units of run */
    enum study_format format;
    unsigned jobs, timeout, rank, iterations;
    uint64_t shard, shards; /* 0 of 1 when not given */
    uint64_t min_elements;
    const char *output, *corpus, *methods, *title, *command_line;
    const char *original, *restored; /* sanity */
    struct study_words profiles, externals, roles, notes, inputs;
    const char **storage; /* behind all words */
};

/* Parses what follows the program's name; with `fixed` NULL its first word is the command. Prints
 * what is wrong. The options must be freed either way. */
enum study_exit study_options_parse(struct study_options *o, const enum study_command *fixed,
                                    int argc, char **argv);
void study_options_free(struct study_options *o);

void study_help_program(void);
void study_help_command(enum study_command command);
const char *study_command_name(enum study_command command);

/* "scape-study: text" on standard error. */
#if defined(__GNUC__)
__attribute__((__format__(__printf__, 1, 2)))
#endif
void study_error(const char *format, ...);

#endif
