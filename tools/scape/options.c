/* options.c - see options.h. Parsing and help come from the same table, so they cannot differ. */
#include "options.h"
#include "codec.h"
#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
    OPT_HELP = 1,
    OPT_VERSION,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_OUTPUT,
    OPT_STDOUT,
    OPT_FORCE,
    OPT_KEEP,
    OPT_RM,
    OPT_THREADS,
    OPT_LEVEL,
    OPT_METHOD,
    OPT_PROFILE,
    OPT_EMBED_PROFILE,
    OPT_SHA256,
    OPT_CHUNK_LOG2,
    OPT_DTYPE,
    OPT_SHAPE,
    OPT_MEMORY,
    OPT_MAX_SIZE,
    OPT_VERIFY,
    OPT_JSON,
    OPT_TENSOR,
    OPT_ALL,
    OPT_ITERATIONS,
    OPT_ONLY,
    OPT_PRINT,
    OPT_STUDY,
    OPT_BREAKDOWN,
    OPT_METHODS,
    OPT_TENSORS_OF
};

#define BIT(command) (1u << (command))
#define EVERY        ((1u << CLI_COMMAND_COUNT) - 1)
#define WRITES       (BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS) | BIT(CLI_EXTRACT) | BIT(CLI_TRAIN))
#define READS_FRAMES                                                                               \
    (BIT(CLI_DECOMPRESS) | BIT(CLI_TEST) | BIT(CLI_LIST) | BIT(CLI_INFO) | BIT(CLI_EXTRACT))
#define ENCODES (BIT(CLI_COMPRESS) | BIT(CLI_BENCH))

struct option_row {
    enum option_id id;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    unsigned commands;
    const char *text;
};

static const struct option_row rows[] = {
    {OPT_OUTPUT, 'o', "output", "FILE", WRITES, "write to FILE (- standard output; a directory: into it)"},
    {OPT_STDOUT, 'c', "stdout", NULL, WRITES, "write to standard output"},
    {OPT_FORCE, 'f', "force", NULL, WRITES | BIT(CLI_DECOMPOSE) | BIT(CLI_RECOMPOSE), "overwrite; write binary to a terminal"},
    {OPT_KEEP, 'k', "keep", NULL, BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS), "keep the input (default)"},
    {OPT_RM, 0, "rm", NULL, BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS), "remove the input after success"},
    {OPT_LEVEL, 0, "level", "LEVEL", ENCODES, "fast, default or max"},
    {OPT_METHOD, 0, "method", "NAME", ENCODES | BIT(CLI_TRAIN), "a named method (scape methods lists them)"},
    {OPT_PROFILE, 0, "profile", "FILE", READS_FRAMES | ENCODES, "profile file to use; decoding takes several"},
    {OPT_EMBED_PROFILE, 0, "embed-profile", NULL, BIT(CLI_COMPRESS), "store the profile in the output"},
    {OPT_SHA256, 0, "sha256", NULL, BIT(CLI_COMPRESS), "store the SHA-256 of the content"},
    {OPT_CHUNK_LOG2, 0, "chunk-log2", "N", ENCODES, "chunks of at most 2^N bytes, N 12 to 26"},
    {OPT_DTYPE, 0, "dtype", "TYPE", ENCODES | BIT(CLI_TRAIN), "the input is a raw array of TYPE (bf16, f32, ...)"},
    {OPT_SHAPE, 0, "shape", "RxC", ENCODES | BIT(CLI_TRAIN), "of this shape, outermost first"},
    {OPT_VERIFY, 0, "verify", NULL, BIT(CLI_COMPRESS), "decode what was written and compare"},
    {OPT_TENSOR, 0, "tensor", "NAME", BIT(CLI_EXTRACT), "tensor to extract; may be repeated"},
    {OPT_ALL, 0, "all", NULL, BIT(CLI_EXTRACT), "extract every tensor into the directory -o"},
    {OPT_JSON, 0, "json", NULL, BIT(CLI_LIST) | BIT(CLI_INFO) | BIT(CLI_BENCH), "print JSON"},
    {OPT_BREAKDOWN, 0, "breakdown", NULL, BIT(CLI_INFO), "bits per weight against the entropy under the contexts"},
    {OPT_METHODS, 0, "methods", "LIST", BIT(CLI_BENCH), "names with commas between them, or all that apply to the file"},
    {OPT_TENSORS_OF, 0, "tensors-of", "TYPE", BIT(CLI_BENCH), "measure the tensors of TYPE alone"},
    {OPT_ITERATIONS, 0, "iterations", "N", BIT(CLI_BENCH), "time each method N times, keep the best (default 1)"},
    {OPT_ONLY, 0, "only", NULL, BIT(CLI_BENCH), "leave out the general compressors"},
    {OPT_PRINT, 0, "print", NULL, BIT(CLI_SMOKE), "print the rows as the program's table has them"},
    {OPT_STUDY, 0, "study", "DIR", BIT(CLI_SMOKE), "also run on the study's fixtures in DIR"},
    {OPT_MEMORY, 0, "memory", "SIZE", READS_FRAMES | BIT(CLI_COMPRESS), "most memory the codec may hold"},
    {OPT_MAX_SIZE, 0, "max-size", "SIZE", BIT(CLI_DECOMPRESS) | BIT(CLI_TEST), "most bytes to decompress"},
    {OPT_THREADS, 'T', "threads", "N", EVERY, "accepted; one thread works, the bytes never differ"},
    {OPT_QUIET, 'q', "quiet", NULL, EVERY, "errors only"},
    {OPT_VERBOSE, 'v', "verbose", NULL, EVERY, "say more"},
    {OPT_VERSION, 'V', "version", NULL, EVERY, "print the version"},
    {OPT_HELP, 'h', "help", NULL, EVERY, "print this help"},
};

enum {
    ROW_COUNT = sizeof rows / sizeof rows[0]
};

struct command_row {
    const char *name;
    const char *operands;
    const char *text;
};

static const struct command_row commands[CLI_COMMAND_COUNT] = {
    [CLI_COMPRESS] = {"compress", "[FILE|DIR|INDEX.json]...", "write FILE.scape for each file"},
    [CLI_DECOMPRESS] = {"decompress", "[FILE.scape]...", "restore each file, byte for byte"},
    [CLI_TEST] = {"test", "[FILE.scape]...", "decode and check, write nothing"},
    [CLI_LIST] = {"list", "FILE.scape...", "list the tensors"},
    [CLI_INFO] = {"info", "FILE.scape...", "show frames, chunks and totals"},
    [CLI_EXTRACT] = {"extract", "--tensor NAME... FILE.scape", "copy tensors out, reading only what they need"},
    [CLI_TRAIN] = {"train", "--method NAME FILE...", "make a profile file from model files"},
    [CLI_BENCH] = {"bench", "FILE...", "measure methods beside general compressors, in memory"},
    [CLI_SMOKE] = {"smoke", "", "check the built-in table of methods and sizes"},
    [CLI_METHODS] = {"methods", "", "list the named methods"},
    [CLI_DECOMPOSE] = {"decompose", "FILE.gguf DIR", "write a GGUF file as the study's five streams"},
    [CLI_RECOMPOSE] = {"recompose", "DIR FILE.gguf", "restore the file from its streams"},
};

void cli_help_program(void) {
    puts("usage: scape COMMAND [OPTION]... [FILE]...\n\ncommands:");
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        printf("  %-11s %s\n", commands[i].name, commands[i].text);
    }
    puts("\nscape COMMAND --help shows its options. `unscape` is scape decompress, `scapecat` is\n"
         "scape decompress -c. - is standard input or output.\n"
         "exit status: 0 success, 1 something failed, 2 wrong command line");
}

void cli_help_command(enum cli_command command) {
    printf("usage: scape %s [OPTION]... %s\n%s\n\n", commands[command].name,
           commands[command].operands, commands[command].text);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *r = &rows[i];
        if ((r->commands & BIT(command)) == 0) {
            continue;
        }
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", r->name, r->argument != NULL ? " " : "",
                 r->argument != NULL ? r->argument : "");
        if (r->letter != 0) {
            printf("  -%c, %-20s %s\n", r->letter, left, r->text);
        } else {
            printf("      %-20s %s\n", left, r->text);
        }
    }
}

bool cli_parse_size(const char *text, uint64_t *out) {
    static const char units[] = "KMGT";
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end != 0 ? strchr(units, *end) : NULL;
    unsigned shift = 0;
    if (unit != NULL) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
    }
    if (*end == 'i' && shift != 0 && end[1] == 'B') {
        end++;
    }
    if (*end == 'B') {
        end++;
    }
    if (errno != 0 || *end != 0 || value > UINT64_MAX >> shift) {
        return false;
    }
    *out = (uint64_t)value << shift;
    return true;
}

static bool parse_number(const char *text, unsigned most, unsigned *out) {
    uint64_t value;
    if (!cli_parse_size(text, &value) || value > most) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static bool parse_shape(const char *text, struct cli_options *o) {
    for (o->rank = 0; o->rank < CLI_RANK_MAX;) {
        char *end;
        errno = 0;
        if (*text < '0' || *text > '9') {
            return false;
        }
        o->shape[o->rank++] = strtoull(text, &end, 10);
        if (errno != 0 || (*end != 0 && *end != 'x')) {
            return false;
        }
        if (*end == 0) {
            return true;
        }
        text = end + 1;
    }
    return false;
}

static bool parse_level(const char *text, int *out) {
    static const char *const names[] = {"fast", "default", "max"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = CLI_LEVEL_FAST + i;
            return true;
        }
    }
    return false;
}

static bool set_flag(struct cli_options *o, enum option_id id) {
    switch (id) {
    case OPT_HELP:
        o->help = true;
        return true;
    case OPT_VERSION:
        o->version = true;
        return true;
    case OPT_QUIET:
        o->verbosity = -1;
        return true;
    case OPT_VERBOSE:
        o->verbosity = o->verbosity < 0 ? 1 : o->verbosity + 1;
        return true;
    case OPT_STDOUT:
        o->to_stdout = true;
        return true;
    case OPT_FORCE:
        o->force = true;
        return true;
    case OPT_KEEP:
        o->remove_input = false;
        return true;
    case OPT_RM:
        o->remove_input = true;
        return true;
    case OPT_EMBED_PROFILE:
        o->embed_profile = true;
        return true;
    case OPT_SHA256:
        o->sha256 = true;
        return true;
    case OPT_VERIFY:
        o->verify = true;
        return true;
    case OPT_JSON:
        o->json = true;
        return true;
    case OPT_ALL:
        o->all = true;
        return true;
    case OPT_PRINT:
        o->print = true;
        return true;
    case OPT_BREAKDOWN:
        o->breakdown = true;
        return true;
    case OPT_ONLY:
        o->only = true;
        return true;
    default:
        return false;
    }
}

static bool set_value(struct cli_options *o, enum option_id id, const char *value) {
    switch (id) {
    case OPT_OUTPUT:
        o->output = value;
        return *value != 0;
    case OPT_STUDY:
        o->study = value;
        return *value != 0;
    case OPT_THREADS:
        return parse_number(value, 1u << 16, &o->threads);
    case OPT_LEVEL:
        return parse_level(value, &o->level);
    case OPT_METHOD:
        o->methods.at[o->methods.count++] = value;
        return true;
    case OPT_PROFILE:
        o->profiles.at[o->profiles.count++] = value;
        return true;
    case OPT_TENSOR:
        o->tensors.at[o->tensors.count++] = value;
        return true;
    case OPT_CHUNK_LOG2:
        return parse_number(value, 26, &o->chunk_log2) && o->chunk_log2 >= 12;
    case OPT_METHODS:
        o->method_list = value;
        return *value != 0;
    case OPT_DTYPE:
        return codec_dtype_parse(value, &o->dtype);
    case OPT_TENSORS_OF:
        return codec_dtype_parse(value, &o->tensors_of);
    case OPT_SHAPE:
        return parse_shape(value, o);
    case OPT_MEMORY:
        return cli_parse_size(value, &o->max_memory) && o->max_memory != 0;
    case OPT_MAX_SIZE:
        return cli_parse_size(value, &o->max_size) && o->max_size != 0;
    case OPT_ITERATIONS:
        return parse_number(value, 1000000, &o->iterations) && o->iterations != 0;
    default:
        return false;
    }
}

static const struct option_row *find_name(const char *name, size_t n) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static const struct option_row *find_letter(char letter) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (letter != 0 && rows[i].letter == letter) {
            return &rows[i];
        }
    }
    return NULL;
}

/* One option that was found under `word`; value is NULL when the word brings none, and is then
 * taken from the words that follow. */
static enum cli_exit apply(struct cli_options *o, const struct option_row *row, const char *word,
                           const char *value, char ***next) {
    if (row == NULL || (row->commands & BIT(o->command)) == 0) {
        cli_error(NULL, "%s does not take the option %s", commands[o->command].name, word);
        return CLI_USAGE;
    }
    if (row->argument == NULL) {
        if (value != NULL || !set_flag(o, row->id)) {
            cli_error(NULL, "--%s takes no value", row->name);
            return CLI_USAGE;
        }
        return CLI_OK;
    }
    if (value == NULL) {
        value = **next;
        if (value == NULL) {
            cli_error(NULL, "--%s needs a value: %s", row->name, row->argument);
            return CLI_USAGE;
        }
        ++*next;
    }
    if (!set_value(o, row->id, value)) {
        cli_error(NULL, "--%s: '%s' is no %s", row->name, value, row->argument);
        return CLI_USAGE;
    }
    return CLI_OK;
}

/* "-kfo FILE", "-T4": letters one by one; the first that takes a value ends the word. */
static enum cli_exit apply_letters(struct cli_options *o, const char *word, char ***next) {
    for (const char *c = word + 1; *c != 0; c++) {
        const struct option_row *row = find_letter(*c);
        char shown[3] = {'-', *c, 0};
        bool takes = row != NULL && row->argument != NULL;
        const char *value = takes && c[1] != 0 ? c + 1 : NULL;
        enum cli_exit code = apply(o, row, shown, value, next);
        if (code != CLI_OK || takes) {
            return code;
        }
    }
    return CLI_OK;
}

static enum cli_exit parse_words(struct cli_options *o, char **next) {
    bool options_end = false;
    while (*next != NULL) {
        const char *word = *next++;
        enum cli_exit code = CLI_OK;
        if (options_end || word[0] != '-' || word[1] == 0) {
            o->files.at[o->files.count++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else if (word[1] == '-') {
            const char *equals = strchr(word, '=');
            size_t n = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
            code = apply(o, find_name(word + 2, n), word, equals != NULL ? equals + 1 : NULL, &next);
        } else {
            code = apply_letters(o, word, &next);
        }
        if (code != CLI_OK) {
            return code;
        }
    }
    return CLI_OK;
}

/* What no single option can know. */
static enum cli_exit check(const struct cli_options *o) {
    const char *wrong = NULL;
    bool single = o->command == CLI_COMPRESS || o->command == CLI_TRAIN;
    if (o->help || o->version) {
        return CLI_OK;
    }
    if (o->to_stdout && o->output != NULL && strcmp(o->output, "-") != 0) {
        wrong = "-c and -o exclude each other";
    } else if (single && o->methods.count > 1) {
        wrong = "only one --method";
    } else if (o->command == CLI_COMPRESS && o->profiles.count > 1) {
        wrong = "only one --profile";
    } else if (o->embed_profile && o->profiles.count == 0) {
        wrong = "--embed-profile needs --profile";
    } else if (o->rank != 0 && o->dtype == 0) {
        wrong = "--shape needs --dtype";
    } else if (o->command == CLI_TRAIN && o->methods.count == 0) {
        wrong = "train needs --method";
    } else if (o->command == CLI_EXTRACT && o->all == (o->tensors.count != 0)) {
        wrong = "extract needs either --tensor NAME or --all";
    } else if (o->command == CLI_EXTRACT && o->files.count != 1) {
        wrong = "extract takes one file";
    } else if (o->files.count == 0 && (o->command == CLI_LIST || o->command == CLI_INFO ||
                                       o->command == CLI_TRAIN || o->command == CLI_BENCH)) {
        wrong = "a file is needed";
    } else if ((o->command == CLI_DECOMPOSE || o->command == CLI_RECOMPOSE) &&
               o->files.count != 2) {
        wrong = "a file and a folder are needed";
    } else if (o->files.count != 0 && (o->command == CLI_SMOKE || o->command == CLI_METHODS)) {
        wrong = "no file is expected";
    }
    if (wrong != NULL) {
        cli_error(commands[o->command].name, "%s", wrong);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static bool find_command(const char *word, enum cli_command *out) {
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (strcmp(word, commands[i].name) == 0) {
            *out = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

static enum cli_exit reserve(struct cli_options *o, int argc) {
    size_t n = (size_t)argc + 1;
    o->storage = calloc(4 * n, sizeof *o->storage);
    if (o->storage == NULL) {
        cli_error(NULL, "out of memory");
        return CLI_FAILED;
    }
    o->methods.at = o->storage;
    o->profiles.at = o->storage + n;
    o->tensors.at = o->storage + 2 * n;
    o->files.at = o->storage + 3 * n;
    return CLI_OK;
}

enum cli_exit cli_options_parse(struct cli_options *o, int argc, char **argv) {
    *o = (struct cli_options){.command = CLI_COMMAND_COUNT, .iterations = 1};
    const char *name = argc > 0 ? argv[0] : "scape";
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    char **next = argc > 0 ? argv + 1 : argv;
    enum cli_exit code = reserve(o, argc);
    if (code != CLI_OK) {
        return code;
    }
    if (strcmp(name, "unscape") == 0 || strcmp(name, "scapecat") == 0) {
        o->command = CLI_DECOMPRESS;
        o->to_stdout = strcmp(name, "scapecat") == 0;
    } else if (*next == NULL) {
        cli_error(NULL, "a command is needed; scape --help lists them");
        return CLI_USAGE;
    } else if (strcmp(*next, "-h") == 0 || strcmp(*next, "--help") == 0 ||
               strcmp(*next, "help") == 0) {
        o->help = true;
        return CLI_OK;
    } else if (strcmp(*next, "-V") == 0 || strcmp(*next, "--version") == 0) {
        o->version = true;
        return CLI_OK;
    } else if (!find_command(*next, &o->command)) {
        cli_error(NULL, "'%s' is no command; scape --help lists them", *next);
        return CLI_USAGE;
    } else {
        next++;
    }
    code = parse_words(o, next);
    return code == CLI_OK ? check(o) : code;
}

void cli_options_free(struct cli_options *o) {
    free((void *)o->storage);
    o->storage = NULL;
}
