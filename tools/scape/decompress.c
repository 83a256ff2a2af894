/* decompress.c - scape decompress and scape test: the same decoding, its result kept or not. */
#include "codec.h"
#include "commands.h"
#include "files.h"
#include "message.h"
#include "output.h"
#include "progress.h"
#include "sandbox.h"
#include "spool.h"
#include "threads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int drop(void *ctx, const void *data, size_t n) {
    (void)ctx;
    (void)data;
    (void)n;
    return 0;
}

static int drop_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    (void)offset;
    return drop(ctx, data, n);
}

static int on_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    cli_progress_update(ctx, bytes_in, bytes_out);
    return 0;
}

static void explain(const struct cli_input *in, const struct cli_output *out,
                    const struct codec_report *report) {
    const char *name = codec_status_name(report->status);
    const char *hint = "";
    if (strcmp(name, "IO") == 0 && out != NULL && out->error != 0) {
        cli_error(out->path != NULL ? out->path : "standard output", "%s", strerror(out->error));
        return;
    }
    if (strcmp(name, "PROFILE_MISSING") == 0) {
        hint = "; --profile gives it, scape info shows its SHA-256";
    } else if (strcmp(name, "MEMORY") == 0) {
        hint = "; --memory or --max-size is too small";
    }
    cli_error(in->path, "%s%s", report->message, hint);
}

static bool decode(const struct cli_options *o, struct cli_input *in, struct cli_output *out,
                   const struct codec_memory *profiles, struct codec_report *report) {
    struct cli_spool spool = cli_spool_make();
    const struct codec_spool spool_view = cli_spool_view(&spool);
    struct cli_progress progress = cli_progress_start(in->path, in->size, o->verbosity);
    const struct codec_limits limits = {.max_memory = o->max_memory,
                                        .max_content = o->max_size,
                                        .profiles = profiles,
                                        .profile_count = o->profiles.count,
                                        .threads = cli_threads(o),
                                        .parallel_input = in->regular,
                                        .spool = &spool_view,
                                        .progress = on_progress,
                                        .progress_ctx = &progress};
    const struct codec_source source = cli_input_source(in);
    const struct codec_target nowhere = {.write = drop, .write_at = drop_at};
    const struct codec_target target = out != NULL ? cli_output_target(out) : nowhere;
    int status = codec_decode(&source, &target, &limits, report);
    cli_progress_end(&progress);
    bool changed = cli_input_changed(in);
    if (changed) {
        cli_error(in->path, "changed while it was read");
    } else if (spool.error != 0) {
        cli_error(in->path, "its repeats need a temporary file: %s", strerror(spool.error));
    } else if (status != CODEC_OK) {
        explain(in, out, report);
    }
    cli_spool_close(&spool);
    return status == CODEC_OK && !changed;
}

static bool decompress_opened(const struct cli_options *o, struct cli_input *in, const char *output,
                              const struct codec_memory *profiles) {
    const struct cli_output_options options = {
        .input = in, .force = o->force, .sparse = o->sparse >= 0};
    struct cli_output out;
    struct codec_report report;
    if (!cli_output_open(&out, output, &options)) {
        return false;
    }
    bool good = decode(o, in, &out, profiles, &report) && cli_output_commit(&out, in);
    if (!good) {
        cli_output_abort(&out);
        return false;
    }
    if (o->verbosity > 0 || (o->verbosity == 0 && strcmp(output, "-") != 0)) {
        cli_note(in->path, "%" PRIu64 " bytes, %s", report.content_bytes, output);
    }
    return !o->remove_input || strcmp(output, "-") == 0 || cli_input_remove(in);
}

static bool decompress_file(const struct cli_options *o, const char *path,
                            const struct codec_memory *profiles) {
    struct cli_input in;
    char *output = cli_files_output(o, path, false);
    bool good = output != NULL && cli_input_open(&in, path);
    if (good) {
        good = decompress_opened(o, &in, output, profiles);
        cli_input_close(&in);
    }
    free(output);
    return good;
}

static bool test_file(const struct cli_options *o, const char *path,
                      const struct codec_memory *profiles) {
    struct cli_input in;
    struct codec_report report;
    if (!cli_input_open(&in, path)) {
        return false;
    }
    bool good = decode(o, &in, NULL, profiles, &report);
    if (good && o->verbosity >= 0) {
        cli_note(path, "good, %" PRIu64 " frames, %" PRIu64 " bytes", report.frames,
                 report.content_bytes);
    }
    cli_input_close(&in);
    return good;
}

/* A file in a directory that may be written to. */
static void allow_inside(struct cli_sandbox_plan *plan, const char *directory) {
    char *path = cli_path_join(directory, "any");
    if (path != NULL) {
        cli_sandbox_allow_output(plan, path);
    }
    free(path);
}

/* From here on only these files count, and nothing but reading and writing them is possible. */
static void enter_sandbox(const struct cli_options *o, const struct cli_files *files, bool writes) {
    struct cli_sandbox_plan plan = cli_sandbox_plan();
    const char *spools = getenv("TMPDIR");
    const bool named = writes && !o->to_stdout && o->output != NULL;
    if (named && cli_path_is_directory(o->output)) {
        allow_inside(&plan, o->output);
    } else if (named) {
        cli_sandbox_allow_output(&plan, o->output);
    }
    for (size_t i = 0; i < files->count; i++) {
        cli_sandbox_allow_read(&plan, files->paths[i]);
        if (o->remove_input || (writes && !o->to_stdout && !named)) { /* beside the input */
            cli_sandbox_allow_output(&plan, files->paths[i]);
        }
    }
    allow_inside(&plan, spools != NULL && *spools != 0 ? spools : "/tmp");
    (void)cli_sandbox_enter(&plan);
}

static enum cli_exit each_file(const struct cli_options *o,
                               bool (*action)(const struct cli_options *o, const char *path,
                                              const struct codec_memory *profiles)) {
    struct cli_files files;
    enum cli_exit code = cli_files_collect(&files, o, false);
    struct codec_memory *profiles = code == CLI_OK ? cli_profiles_load(o) : NULL;
    if (code == CLI_OK && profiles == NULL) {
        code = CLI_FAILED;
    }
    if (profiles != NULL) {
        enter_sandbox(o, &files, action == decompress_file);
    }
    for (size_t i = 0; i < files.count && profiles != NULL; i++) {
        if (!action(o, files.paths[i], profiles)) {
            code = CLI_FAILED;
        }
    }
    cli_profiles_free(profiles);
    cli_files_free(&files);
    return code;
}

enum cli_exit cli_decompress(const struct cli_options *o) {
    return each_file(o, decompress_file);
}

enum cli_exit cli_test(const struct cli_options *o) {
    return each_file(o, test_file);
}
