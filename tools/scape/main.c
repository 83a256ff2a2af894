/* main.c - scape: finds the command and runs it. */
#include "codec.h"
#include "commands.h"
#include "message.h"
#include "study_gguf.h"
#include "temporary.h"

#include <stdio.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

static enum cli_exit (*const actions[CLI_COMMAND_COUNT])(const struct cli_options *o) = {
    [CLI_COMPRESS] = cli_compress,
    [CLI_DECOMPRESS] = cli_decompress,
    [CLI_TEST] = cli_test,
    [CLI_LIST] = cli_list,
    [CLI_INFO] = cli_info,
    [CLI_EXTRACT] = cli_extract,
    [CLI_TRAIN] = cli_train,
    [CLI_BENCH] = cli_bench,
    [CLI_SMOKE] = cli_smoke,
    [CLI_METHODS] = cli_methods,
    [CLI_DECOMPOSE] = cli_decompose,
    [CLI_RECOMPOSE] = cli_recompose,
    [CLI_JOIN] = cli_join};

enum cli_exit cli_methods(const struct cli_options *o) {
    struct codec_method m;
    for (size_t i = 0; codec_method_get(i, &m); i++) {
        printf("%-26s %s%s\n", m.name, m.text, m.needs_profile ? " (needs a profile)" : "");
    }
    for (size_t i = 0; o->verbosity > 0 && cli_study_gguf_get(i) != NULL; i++) {
        const struct cli_baseline *b = cli_study_gguf_get(i);
        printf("%-26s %s (benchmark only)\n", b->name, b->text);
    }
    return CLI_OK;
}

static enum cli_exit run(const struct cli_options *o) {
    if (o->version) {
        printf("scape %s, format %s\n", SCAPE_VERSION, codec_format_version());
        return CLI_OK;
    }
    if (o->help) {
        if (o->command < CLI_COMMAND_COUNT) {
            cli_help_command(o->command);
        } else {
            cli_help_program();
        }
        return CLI_OK;
    }
    cli_temporary_catch_signals();
    return actions[o->command](o);
}

/* The tree of a header with thousands of tensors is hundreds of thousands of small blocks. glibc
 * would keep them apart when they are freed, and join them all when a large block is asked for. */
static void tune_malloc(void) {
#if defined(__GLIBC__)
    (void)mallopt(M_MXFAST, 0);
#endif
}

int main(int argc, char **argv) {
    tune_malloc();
    struct cli_options options;
    enum cli_exit code = cli_options_parse(&options, argc, argv);
    if (code == CLI_OK) {
        code = run(&options);
    }
    cli_options_free(&options);
    if (fflush(stdout) != 0 && code == CLI_OK) {
        cli_error(NULL, "standard output cannot be written");
        code = CLI_FAILED;
    }
    return (int)code;
}
