/* options.c - see options.h. Parsing and help come from the same rows, so they cannot differ. */
#include "options.h"

#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(command) (1u << (command))
#define EVERY        ((1u << STUDY_COMMAND_COUNT) - 1)
#define CORPUS                                                                                     \
    (BIT(STUDY_RUN) | BIT(STUDY_ATLAS) | BIT(STUDY_CROSSLAYER) | BIT(STUDY_GAP) |                  \
     BIT(STUDY_ABLATION))
#define TABLES                                                                                     \
    (BIT(STUDY_ATLAS) | BIT(STUDY_CROSSLAYER) | BIT(STUDY_GAP) | BIT(STUDY_ORACLE) |               \
     BIT(STUDY_AUDIT) | BIT(STUDY_ABLATION) | BIT(STUDY_SUMMARIZE))
#define MEASURES (BIT(STUDY_RUN) | BIT(STUDY_ABLATION))

enum option_id {
    OPT_HELP = 1,
    OPT_VERSION,
    OPT_QUIET,
    OPT_OUTPUT,
    OPT_CORPUS,
    OPT_METHODS,
    OPT_PROFILE,
    OPT_EXTERNAL,
    OPT_JOBS,
    OPT_SHARD,
    OPT_TIMEOUT,
    OPT_IN_SAMPLE,
    OPT_NO_TIMING,
    OPT_RETRY,
    OPT_UNIT,
    OPT_MIN_ELEMENTS,
    OPT_ITERATIONS,
    OPT_JSON,
    OPT_FORMAT,
    OPT_ROLES,
    OPT_RANK,
    OPT_ORIGINAL,
    OPT_RESTORED,
    OPT_COMMAND,
    OPT_TITLE,
    OPT_NOTE
};

struct option_row {
    enum option_id id;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    unsigned commands;
    const char *text;
};

static const struct option_row rows[] = {
    {OPT_OUTPUT, 'o', "output", "FILE", EVERY & ~BIT(STUDY_SANITY),
     "write to FILE; figures: to this folder"},
    {OPT_CORPUS, 0, "corpus", "NAME", CORPUS, "name of the corpus in every row"},
    {OPT_METHODS, 0, "methods", "LIST", BIT(STUDY_RUN),
     "names with commas between them, or all (default)"},
    {OPT_PROFILE, 0, "profile", "METHOD=FILE", BIT(STUDY_RUN),
     "profile for a method; may be repeated"},
    {OPT_EXTERNAL, 0, "external", "NAME:PACK:UNPACK", BIT(STUDY_RUN),
     "a program: two shell commands; may be repeated"},
    {OPT_UNIT, 0, "unit", "tensor|file|both", BIT(STUDY_RUN), "what is measured (default both)"},
    {OPT_MIN_ELEMENTS, 0, "min-elements", "N",
     CORPUS | BIT(STUDY_SUMMARIZE) | BIT(STUDY_ORACLE) | BIT(STUDY_FIGURES) | BIT(STUDY_REPORT),
     "leave smaller tensors out (run: default 0, others: 1000)"},
    {OPT_JOBS, 'j', "jobs", "N", MEASURES, "processes at the same time (default 1)"},
    {OPT_SHARD, 0, "shard", "I/N", BIT(STUDY_RUN), "part I (from 0) of N, by content size"},
    {OPT_ITERATIONS, 0, "iterations", "N", MEASURES, "time N times, keep the best (default 1)"},
    {OPT_TIMEOUT, 0, "timeout", "SECONDS", MEASURES, "mark what takes longer (default: no limit)"},
    {OPT_IN_SAMPLE, 0, "in-sample", NULL, MEASURES,
     "measure on models that a profile was trained on; rows are marked"},
    {OPT_NO_TIMING, 0, "no-timing", NULL, MEASURES, "leave speeds and memory out of the rows"},
    {OPT_RETRY, 0, "retry", NULL, BIT(STUDY_RUN), "run again what is marked as failed"},
    {OPT_JSON, 0, "json", NULL, TABLES, "the same as --format json"},
    {OPT_FORMAT, 0, "format", "text|markdown|csv|json", TABLES, "of the tables (default text)"},
    {OPT_ROLES, 0, "roles", "FILE", BIT(STUDY_CROSSLAYER), "patterns of names instead of our own"},
    {OPT_RANK, 0, "rank", "N", BIT(STUDY_CROSSLAYER), "greatest rank of the fit (default 64)"},
    {OPT_ORIGINAL, 0, "original", "FILE", BIT(STUDY_SANITY), "the model as it was"},
    {OPT_RESTORED, 0, "restored", "FILE", BIT(STUDY_SANITY), "the model as it came back"},
    {OPT_COMMAND, 0, "command", "COMMAND", BIT(STUDY_SANITY), "shell command with {model}"},
    {OPT_TITLE, 0, "title", "TEXT", BIT(STUDY_REPORT), "heading of the page"},
    {OPT_NOTE, 0, "note", "TEXT", BIT(STUDY_REPORT), "a command to list on the page; repeatable"},
    {OPT_QUIET, 'q', "quiet", NULL, EVERY, "no progress"},
    {OPT_VERSION, 'V', "version", NULL, EVERY, "print the version"},
    {OPT_HELP, 'h', "help", NULL, EVERY, "print this help"},
};

enum {
    ROW_COUNT = sizeof rows / sizeof rows[0]
};

static const struct {
    const char *name, *operands, *text;
} commands[STUDY_COMMAND_COUNT] = {
    [STUDY_RUN] = {"run", "-o RESULTS.jsonl[.zst] [MODEL=]FILE|DIR...",
                   "every method on every tensor and file; goes on where it was stopped"},
    [STUDY_ATLAS] = {"atlas", "[MODEL=]FILE|DIR...", "entropies and ceilings of every tensor"},
    [STUDY_CROSSLAYER] = {"crosslayer", "[MODEL=]FILE|DIR...",
                          "what tensors of adjacent layers tell of each other"},
    [STUDY_GAP] = {"gap", "[MODEL=]FILE|DIR...", "where a bf16 coder's bits above entropy go"},
    [STUDY_ORACLE] = {"oracle", "RESULTS...", "the best method of each tensor"},
    [STUDY_AUDIT] = {"audit", "FILE.scape...",
                     "what in a compressed file is profile, table, side information, payload"},
    [STUDY_ABLATION] = {"ablation", "[MODEL=]FILE.gguf|DIR...",
                        "the whole-file GGUF methods, step by step"},
    [STUDY_SANITY] = {"sanity", "--original FILE --restored FILE --command COMMAND",
                      "the same program on both files: does it say the same?"},
    [STUDY_SUMMARIZE] = {"summarize", "RESULTS...",
                         "median, geometric mean and byte-weighted ratio, with intervals"},
    [STUDY_JOIN] = {"join", "-o RESULTS RESULTS...", "parts of a run as one file, sorted"},
    [STUDY_FIGURES] = {"figures", "-o DIR RESULTS.jsonl|ATLAS.json|CROSSLAYER.json|GAP.json...",
                       "SVG, PDF and PNG of each, by gnuplot"},
    [STUDY_REPORT] = {"report",
                      "-o FILE.html [DIR] RESULTS.jsonl|ATLAS.json|CROSSLAYER.json|GAP.json...",
                      "one page with the tables, and the figures of DIR"},
};

void study_error(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    /* clang-tidy 14 does not see that the list was started */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fputs("scape-study: ", stderr);
    if (n > 0) {
        cli_print_name(stderr, text, strlen(text));
    }
    fputc('\n', stderr);
}

const char *study_command_name(enum study_command command) {
    return commands[command].name;
}

void study_help_program(void) {
    puts("usage: scape-study COMMAND [OPTION]... [FILE]...\n\ncommands:");
    for (size_t i = 0; i < STUDY_COMMAND_COUNT; i++) {
        printf("  %-11s %s\n", commands[i].name, commands[i].text);
    }
    puts("\nscape-study COMMAND --help shows its options. `scape-atlas` is scape-study atlas.\n"
         "exit status: 0 success, 1 something failed, 2 wrong command line");
}

void study_help_command(enum study_command command) {
    printf("usage: scape-study %s [OPTION]... %s\n%s\n\n", commands[command].name,
           commands[command].operands, commands[command].text);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *r = &rows[i];
        if ((r->commands & BIT(command)) != 0) {
            cli_help_option(r->letter, r->name, r->argument, 30, r->text);
        }
    }
}

/* ---- Values ---- */

static bool parse_number(const char *text, uint64_t *out) {
    uint64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out = n;
    return p != text && *p == 0;
}

static bool parse_count(const char *text, uint64_t most, unsigned *out) {
    uint64_t n;
    bool good = parse_number(text, &n) && n >= 1 && n <= most;
    *out = good ? (unsigned)n : *out;
    return good;
}

static bool parse_shard(struct study_options *o, const char *text) {
    char first[24];
    const char *slash = strchr(text, '/');
    if (slash == NULL || (size_t)(slash - text) >= sizeof first) {
        return false;
    }
    memcpy(first, text, (size_t)(slash - text));
    first[slash - text] = 0;
    return parse_number(first, &o->shard) && parse_number(slash + 1, &o->shards) &&
           o->shard < o->shards;
}

static bool parse_format(struct study_options *o, const char *text) {
    static const char *const names[] = {"text", "markdown", "csv", "json"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            o->format = (enum study_format)i;
            return true;
        }
    }
    return false;
}

static bool parse_unit(struct study_options *o, const char *text) {
    bool both = strcmp(text, "both") == 0;
    o->tensors = both || strcmp(text, "tensor") == 0;
    o->files = both || strcmp(text, "file") == 0;
    return o->tensors || o->files;
}

static bool add_word(struct study_words *words, const char *value, const char *inside) {
    const char *found = strstr(value, inside);
    if (found == NULL || found == value) {
        return false;
    }
    words->at[words->count++] = value;
    return true;
}

static bool set_text(struct study_options *o, enum option_id id, const char *value) {
    const struct {
        enum option_id id;
        const char **at;
    } places[] = {{OPT_OUTPUT, &o->output},     {OPT_CORPUS, &o->corpus},
                  {OPT_METHODS, &o->methods},   {OPT_ORIGINAL, &o->original},
                  {OPT_RESTORED, &o->restored}, {OPT_COMMAND, &o->command_line},
                  {OPT_TITLE, &o->title}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].id == id) {
            *places[i].at = value;
            return value[0] != 0;
        }
    }
    return false;
}

static bool set_value(struct study_options *o, enum option_id id, const char *value) {
    switch (id) {
    case OPT_PROFILE:
        return add_word(&o->profiles, value, "=");
    case OPT_EXTERNAL:
        return add_word(&o->externals, value, ":");
    case OPT_ROLES:
        o->roles.at[o->roles.count++] = value;
        return true;
    case OPT_NOTE:
        o->notes.at[o->notes.count++] = value;
        return true;
    case OPT_SHARD:
        return parse_shard(o, value);
    case OPT_JOBS:
        return parse_count(value, 1024, &o->jobs);
    case OPT_ITERATIONS:
        return parse_count(value, 1000, &o->iterations);
    case OPT_TIMEOUT:
        return parse_count(value, 1000000, &o->timeout);
    case OPT_RANK:
        return parse_count(value, 4096, &o->rank);
    case OPT_MIN_ELEMENTS:
        return parse_number(value, &o->min_elements);
    case OPT_UNIT:
        return parse_unit(o, value);
    case OPT_FORMAT:
        return parse_format(o, value);
    default:
        return set_text(o, id, value);
    }
}

static void set_flag(struct study_options *o, enum option_id id) {
    o->help = o->help || id == OPT_HELP;
    o->version = o->version || id == OPT_VERSION;
    o->quiet = o->quiet || id == OPT_QUIET;
    o->in_sample = o->in_sample || id == OPT_IN_SAMPLE;
    o->no_timing = o->no_timing || id == OPT_NO_TIMING;
    o->retry = o->retry || id == OPT_RETRY;
    o->format = id == OPT_JSON ? STUDY_JSON : o->format;
}

/* ---- Words ---- */

static bool is_word(const struct option_row *row, const char *word) {
    if (word[1] != '-') {
        return row->letter != 0 && row->letter == word[1] &&
               (word[2] == 0 || row->argument != NULL);
    }
    size_t n = strcspn(word + 2, "=");
    return strlen(row->name) == n && memcmp(row->name, word + 2, n) == 0;
}

/* What stands in the word itself: "--name=value", "-x4"; NULL: nothing. */
static const char *value_inside(const char *word) {
    if (word[1] != '-') {
        return word[2] != 0 ? word + 2 : NULL;
    }
    const char *equals = strchr(word, '=');
    return equals != NULL ? equals + 1 : NULL;
}

/* *next is moved past a value that was taken. */
static bool apply(struct study_options *o, const char *word, char ***next) {
    const struct option_row *row = NULL;
    for (size_t i = 0; i < ROW_COUNT && row == NULL; i++) {
        bool is = is_word(&rows[i], word) && (rows[i].commands & BIT(o->command)) != 0;
        row = is ? &rows[i] : NULL;
    }
    if (row == NULL) {
        study_error("%s does not take the option %s", commands[o->command].name, word);
        return false;
    }
    const char *value = value_inside(word);
    if (row->argument == NULL) {
        set_flag(o, row->id);
        return value == NULL;
    }
    if (value == NULL && **next != NULL) {
        value = *(*next)++;
    }
    if (value == NULL || !set_value(o, row->id, value)) {
        study_error("--%s: '%s' is no %s", row->name, value != NULL ? value : "", row->argument);
        return false;
    }
    return true;
}

static const char *missing(const struct study_options *o) {
    bool writes = o->command == STUDY_RUN || o->command == STUDY_JOIN ||
                  o->command == STUDY_FIGURES || o->command == STUDY_REPORT;
    if (o->command == STUDY_SANITY) {
        return o->original == NULL || o->restored == NULL || o->command_line == NULL
                   ? "--original, --restored and --command are needed"
                   : NULL;
    }
    if (writes && o->output == NULL) {
        return "-o is needed";
    }
    return o->inputs.count == 0 ? "a file is needed" : NULL;
}

static bool find_command(const char *word, enum study_command *out) {
    for (size_t i = 0; i < STUDY_COMMAND_COUNT; i++) {
        if (strcmp(word, commands[i].name) == 0) {
            *out = (enum study_command)i;
            return true;
        }
    }
    return false;
}

static enum study_exit parse_command(struct study_options *o, char ***next) {
    const char *word = **next;
    bool help = word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
    bool version = word != NULL && (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0);
    o->command = STUDY_COMMAND_COUNT;
    o->help = help;
    o->version = version;
    if (help || version) {
        return STUDY_OK;
    }
    if (word == NULL || !find_command(word, &o->command)) {
        study_error("'%s' is no command; scape-study --help lists them", word != NULL ? word : "");
        return STUDY_USAGE;
    }
    ++*next;
    return STUDY_OK;
}

static enum study_exit parse_words(struct study_options *o, char **next) {
    bool options_end = false;
    while (*next != NULL) {
        const char *word = *next++;
        if (options_end || word[0] != '-' || word[1] == 0) {
            o->inputs.at[o->inputs.count++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else if (!apply(o, word, &next)) {
            return STUDY_USAGE;
        }
    }
    const char *wrong = o->help || o->version ? NULL : missing(o);
    if (wrong != NULL) {
        study_error("%s: %s", commands[o->command].name, wrong);
        return STUDY_USAGE;
    }
    return STUDY_OK;
}

enum study_exit study_options_parse(struct study_options *o, const enum study_command *fixed,
                                    int argc, char **argv) {
    size_t room = argc > 0 ? (size_t)argc : 1;
    *o = (struct study_options){.tensors = true,
                                .files = true,
                                .jobs = 1,
                                .shards = 1,
                                .rank = 64,
                                .iterations = 1,
                                .min_elements = UINT64_MAX};
    o->storage = calloc(5 * room, sizeof *o->storage);
    if (o->storage == NULL) {
        study_error("out of memory");
        return STUDY_FAILED;
    }
    struct study_words *all[] = {&o->profiles, &o->externals, &o->roles, &o->notes, &o->inputs};
    for (size_t i = 0; i < 5; i++) {
        all[i]->at = o->storage + i * room;
    }
    char **next = argv + (argc > 0 ? 1 : 0);
    enum study_exit code = STUDY_OK;
    if (fixed != NULL) {
        o->command = *fixed;
    } else {
        code = parse_command(o, &next);
    }
    if (code == STUDY_OK && o->command < STUDY_COMMAND_COUNT) {
        code = parse_words(o, next);
        uint64_t least = o->command == STUDY_RUN || o->command == STUDY_ABLATION ? 0 : 1000;
        o->min_elements = o->min_elements == UINT64_MAX ? least : o->min_elements;
    }
    return code;
}

void study_options_free(struct study_options *o) {
    free((void *)o->storage);
    o->storage = NULL;
}
