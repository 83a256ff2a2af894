/* main.c - scape-study and, under the name scape-atlas, its command atlas alone. */
#include "commands.h"

#include "codec.h"

#include <stdio.h>
#include <string.h>

static enum study_exit (*const actions[STUDY_COMMAND_COUNT])(const struct study_options *o) = {
    [STUDY_RUN] = study_run,
    [STUDY_ATLAS] = study_atlas,
    [STUDY_CROSSLAYER] = study_crosslayer,
    [STUDY_GAP] = study_gap,
    [STUDY_ORACLE] = study_oracle,
    [STUDY_AUDIT] = study_audit,
    [STUDY_ABLATION] = study_ablation,
    [STUDY_SANITY] = study_sanity,
    [STUDY_SUMMARIZE] = study_summarize,
    [STUDY_JOIN] = study_join,
    [STUDY_FIGURES] = study_figures,
    [STUDY_REPORT] = study_report};

static enum study_exit run(const struct study_options *o) {
    if (o->version) {
        printf("scape-study %s, format %s\n", SCAPE_VERSION, codec_format_version());
        return STUDY_OK;
    }
    if (o->help && o->command == STUDY_COMMAND_COUNT) {
        study_help_program();
        return STUDY_OK;
    }
    if (o->help) {
        study_help_command(o->command);
        return STUDY_OK;
    }
    return actions[o->command](o);
}

int main(int argc, char **argv) {
    static const enum study_command atlas = STUDY_ATLAS;
    struct study_options options;
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";
    bool alone = strcmp(name, "scape-atlas") == 0;
    enum study_exit code = study_options_parse(&options, alone ? &atlas : NULL, argc, argv);
    if (code == STUDY_OK) {
        code = run(&options);
    }
    study_options_free(&options);
    if (fflush(stdout) != 0 && code == STUDY_OK) {
        study_error("standard output cannot be written");
        code = STUDY_FAILED;
    }
    return (int)code;
}
