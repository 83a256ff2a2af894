/* options.h - the command line, parsed: one table of options, each with the commands that take it.
 * The tool's own names begin with cli_, those of the codec's facade with codec_: scape_ is for the
 * libraries. Depends on the C library only. */
#ifndef SCAPE_CLI_OPTIONS_H
#define SCAPE_CLI_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2
};

enum cli_command {
    CLI_COMPRESS,
    CLI_DECOMPRESS,
    CLI_TEST,
    CLI_LIST,
    CLI_INFO,
    CLI_EXTRACT,
    CLI_TRAIN,
    CLI_BENCH,
    CLI_SMOKE,
    CLI_METHODS,
    CLI_DECOMPOSE,
    CLI_RECOMPOSE,
    CLI_JOIN,
    CLI_COMMAND_COUNT
};

#define CLI_THREADS_NOT_GIVEN UINT_MAX

enum {
    CLI_RANK_MAX = 8,
    CLI_LEVEL_FAST = 1,
    CLI_LEVEL_DEFAULT = 2,
    CLI_LEVEL_MAX = 3
};

/* An argument list that may repeat: pointers into argv. */
struct cli_words {
    const char **at;
    size_t count;
};

struct cli_options {
    enum cli_command command;
    int verbosity; /* -q: -1, none: 0, -v: 1 and more */
    bool help;
    bool version;
    bool force;
    bool to_stdout;
    bool remove_input;
    bool verify;
    bool json;
    bool embed_profile;
    bool sha256;
    bool all;
    bool print;
    bool breakdown;
    bool only;
    bool wall;        /* bench: no row is timed by the processor's clock */
    int sparse;       /* holes for zeros: 1 yes, -1 no, 0 not given, which means yes */
    unsigned threads; /* 0: all cores; CLI_THREADS_NOT_GIVEN */
    int level;        /* CLI_LEVEL_*; 0: not given */
    unsigned chunk_log2;
    unsigned iterations;
    uint64_t max_memory;    /* 0: no limit */
    uint64_t max_size;      /* 0: no limit */
    uint64_t shard, shards; /* part and parts; 0 parts: not given */
    uint16_t dtype;         /* 0: not given */
    uint16_t tensors_of;    /* bench: tensors of this type alone; 0: the whole file */
    unsigned rank;          /* of shape; 0: not given */
    uint64_t shape[CLI_RANK_MAX];
    const char *output;
    const char *study;
    const char *chart;
    const char *kernels;     /* bench: names with commas between; NULL: not given */
    const char *method_list; /* bench: "all", or names with commas between; NULL: not given */
    struct cli_words methods;
    struct cli_words profiles;
    struct cli_words tensors;
    struct cli_words externals;
    struct cli_words files;
    const char **storage; /* behind all words; freed by cli_options_free */
};

/* Parses argv[0] and what follows; the program's name may stand for a command (unscape, scapecat).
 * Prints what is wrong. CLI_OK or CLI_USAGE; the options must be freed either way. */
enum cli_exit cli_options_parse(struct cli_options *o, int argc, char **argv);
void cli_options_free(struct cli_options *o);

/* Help to standard output: of one command, or of the program. */
void cli_help_command(enum cli_command command);
void cli_help_program(void);

/* Whole numbers with K, M, G or T for powers of 1024, and then an optional B or iB: 512, 64K, 2GiB.
 */
bool cli_parse_size(const char *text, uint64_t *out);

#endif
