/* option_table.c - see option_table.h. Parsing and help come from the same rows, so they cannot
 * differ. */
#include "option_table.h"
#include "message.h"

#include <stdio.h>
#include <string.h>

#define BIT(command) (1u << (command))
#define EVERY        ((1u << CLI_COMMAND_COUNT) - 1)
#define WRITES                                                                                     \
    (BIT(CLI_JOIN) | BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS) | BIT(CLI_EXTRACT) | BIT(CLI_TRAIN))
#define READS_FRAMES                                                                               \
    (BIT(CLI_DECOMPRESS) | BIT(CLI_TEST) | BIT(CLI_LIST) | BIT(CLI_INFO) | BIT(CLI_EXTRACT))
#define ENCODES (BIT(CLI_COMPRESS) | BIT(CLI_BENCH))

static const struct option_row rows[] = {
    {OPT_OUTPUT, 'o', "output", "FILE", WRITES,
     "write to FILE (- standard output; a directory: into it)"},
    {OPT_STDOUT, 'c', "stdout", NULL, WRITES, "write to standard output"},
    {OPT_FORCE, 'f', "force", NULL, WRITES | BIT(CLI_DECOMPOSE) | BIT(CLI_RECOMPOSE),
     "overwrite; write binary to a terminal"},
    {OPT_KEEP, 'k', "keep", NULL, BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS),
     "keep the input (default)"},
    {OPT_RM, 0, "rm", NULL, BIT(CLI_COMPRESS) | BIT(CLI_DECOMPRESS),
     "remove the input after success"},
    {OPT_LEVEL, 0, "level", "LEVEL", ENCODES, "fast, default or max"},
    {OPT_METHOD, 0, "method", "NAME", ENCODES | BIT(CLI_TRAIN),
     "a named method (scape methods lists them)"},
    {OPT_PROFILE, 0, "profile", "FILE", READS_FRAMES | ENCODES,
     "profile file to use; decoding takes several"},
    {OPT_EMBED_PROFILE, 0, "embed-profile", NULL, BIT(CLI_COMPRESS),
     "store the profile in the output"},
    {OPT_SHA256, 0, "sha256", NULL, BIT(CLI_COMPRESS), "store the SHA-256 of the content"},
    {OPT_CHUNK_LOG2, 0, "chunk-log2", "N", ENCODES, "chunks of at most 2^N bytes, N 12 to 26"},
    {OPT_DTYPE, 0, "dtype", "TYPE", ENCODES | BIT(CLI_TRAIN),
     "the input is a raw array of TYPE (bf16, f32, ...)"},
    {OPT_SHAPE, 0, "shape", "RxC", ENCODES | BIT(CLI_TRAIN), "of this shape, outermost first"},
    {OPT_SHARD, 0, "shard", "I/N", BIT(CLI_COMPRESS),
     "part I of N, from 0: its files, and its pieces of those that are cut"},
    {OPT_VERIFY, 0, "verify", NULL, BIT(CLI_COMPRESS), "decode what was written and compare"},
    {OPT_TENSOR, 0, "tensor", "NAME", BIT(CLI_EXTRACT), "tensor to extract; may be repeated"},
    {OPT_ALL, 0, "all", NULL, BIT(CLI_EXTRACT), "extract every tensor into the directory -o"},
    {OPT_JSON, 0, "json", NULL, BIT(CLI_LIST) | BIT(CLI_INFO) | BIT(CLI_BENCH), "print JSON"},
    {OPT_BREAKDOWN, 0, "breakdown", NULL, BIT(CLI_INFO),
     "bits per weight against the entropy under the contexts"},
    {OPT_METHODS, 0, "methods", "LIST", BIT(CLI_BENCH),
     "names with commas between them, or all that apply to the file"},
    {OPT_TENSORS_OF, 0, "tensors-of", "TYPE", BIT(CLI_BENCH), "measure the tensors of TYPE alone"},
    {OPT_ITERATIONS, 0, "iterations", "N", BIT(CLI_BENCH),
     "rounds, of which medians are taken (default 5)"},
    {OPT_EXTERNAL, 0, "external", "NAME:PACK:UNPACK", BIT(CLI_BENCH),
     "also two shell commands, standard input to output"},
    {OPT_KERNEL, 0, "kernel", "LIST", BIT(CLI_BENCH),
     "each level by these instruction sets: portable,avx2,avx512"},
    {OPT_CHART, 0, "chart", "FILE", BIT(CLI_BENCH),
     "draw speed against ratio as FILE.svg or FILE.png, by gnuplot"},
    {OPT_ONLY, 0, "only", NULL, BIT(CLI_BENCH), "leave out the general compressors"},
    {OPT_WALL, 0, "wall", NULL, BIT(CLI_BENCH),
     "time by the wall's clock, even what one thread does"},
    {OPT_PRINT, 0, "print", NULL, BIT(CLI_SMOKE), "print the rows as the program's table has them"},
    {OPT_STUDY, 0, "study", "DIR", BIT(CLI_SMOKE), "also run on the study's fixtures in DIR"},
    {OPT_MEMORY, 0, "memory", "SIZE", READS_FRAMES | BIT(CLI_COMPRESS),
     "most memory the codec may hold"},
    {OPT_MAX_SIZE, 0, "max-size", "SIZE", BIT(CLI_DECOMPRESS) | BIT(CLI_TEST),
     "most bytes to decompress"},
    {OPT_SPARSE, 0, "sparse", NULL, BIT(CLI_DECOMPRESS) | BIT(CLI_EXTRACT),
     "leave holes for long runs of zeros in a regular file (default)"},
    {OPT_NO_SPARSE, 0, "no-sparse", NULL, BIT(CLI_DECOMPRESS) | BIT(CLI_EXTRACT),
     "write every zero"},
    {OPT_THREADS, 'T', "threads", "N", EVERY,
     "threads; 0: all cores; default: all, at most 4, but 1 with --memory"},
    {OPT_QUIET, 'q', "quiet", NULL, EVERY, "errors only"},
    {OPT_VERBOSE, 'v', "verbose", NULL, EVERY, "say more"},
    {OPT_VERSION, 'V', "version", NULL, EVERY, "print the version"},
    {OPT_HELP, 'h', "help", NULL, EVERY, "print this help"},
};

enum {
    ROW_COUNT = sizeof rows / sizeof rows[0]
};

static const struct command_row commands[CLI_COMMAND_COUNT] = {
    [CLI_COMPRESS] = {"compress", "[FILE|DIR|INDEX.json]...", "write FILE.scape for each file"},
    [CLI_DECOMPRESS] = {"decompress", "[FILE.scape]...", "restore each file, byte for byte"},
    [CLI_TEST] = {"test", "[FILE.scape]...", "decode and check, write nothing"},
    [CLI_LIST] = {"list", "FILE.scape...", "list the tensors"},
    [CLI_INFO] = {"info", "FILE.scape...", "show frames, chunks and totals"},
    [CLI_EXTRACT] = {"extract", "--tensor NAME... FILE.scape",
                     "copy tensors out, reading only what they need"},
    [CLI_TRAIN] = {"train", "--method NAME FILE...", "make a profile file from model files"},
    [CLI_BENCH] = {"bench", "FILE|DIR...", "measure methods beside general compressors, in memory"},
    [CLI_SMOKE] = {"smoke", "", "check the built-in table of methods and sizes"},
    [CLI_METHODS] = {"methods", "", "list the named methods; -v: those of bench alone too"},
    [CLI_DECOMPOSE] = {"decompose", "FILE.gguf DIR",
                       "write a GGUF file as the study's five streams"},
    [CLI_JOIN] = {"join", "PIECE...", "make one file of the pieces of compress --shard"},
    [CLI_RECOMPOSE] = {"recompose", "DIR FILE.gguf", "restore the file from its streams"},
};

const struct option_row *cli_option_find_name(const char *name, size_t n) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct option_row *cli_option_find_letter(char letter) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (letter != 0 && rows[i].letter == letter) {
            return &rows[i];
        }
    }
    return NULL;
}

bool cli_option_is_for(const struct option_row *row, enum cli_command command) {
    return (row->commands & BIT(command)) != 0;
}

const struct command_row *cli_command_row(enum cli_command command) {
    return &commands[command];
}

bool cli_command_find(const char *word, enum cli_command *out) {
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (strcmp(word, commands[i].name) == 0) {
            *out = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

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
        if ((r->commands & BIT(command)) != 0) {
            cli_help_option(r->letter, r->name, r->argument, 20, r->text);
        }
    }
}
