/* compress.c - scape compress: each input to one frame in a file of its own, or on standard
 * output. */
#include "codec.h"
#include "commands.h"
#include "files.h"
#include "message.h"
#include "output.h"
#include "plan.h"
#include "progress.h"
#include "shard.h"
#include "threads.h"

#include <xxhash.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct job {
    const struct cli_options *options;
    struct codec_memory profile; /* data NULL: none */
    struct cli_input input;
    struct cli_output output;
    struct cli_plan plan;
    struct cli_share share; /* with --shard: whole, or the piece that is compressed */
    uint64_t at;            /* in the piece */
    struct cli_progress progress;
    XXH3_state_t *digest; /* of the content as it was read, for --verify; else NULL */
};

static int on_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct job *job = ctx;
    cli_progress_update(&job->progress, bytes_in, bytes_out);
    return 0;
}

/* A piece of the input, from its first byte on. */
static int64_t piece_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct job *job = ctx;
    struct codec_source source = cli_input_source(&job->input);
    uint64_t left = offset < job->share.length ? job->share.length - offset : 0;
    n = n < left ? n : (size_t)left;
    return n == 0 ? 0 : source.read_at(source.ctx, job->share.offset + offset, buffer, n);
}

static int64_t piece_read(void *ctx, void *buffer, size_t n) {
    struct job *job = ctx;
    int64_t got = piece_read_at(ctx, job->at, buffer, n);
    job->at += got > 0 ? (uint64_t)got : 0;
    return got;
}

static bool is_piece(const struct job *job) {
    return job->options->shards != 0 && !job->share.whole;
}

static struct codec_source source_of(struct job *job) {
    if (is_piece(job)) {
        return (struct codec_source){job, piece_read, piece_read_at, job->share.length};
    }
    return cli_input_source(&job->input);
}

/* The input's read function, watched. */
static int64_t digesting_read(void *ctx, void *buffer, size_t n) {
    struct job *job = ctx;
    struct codec_source source = source_of(job);
    int64_t got = source.read(source.ctx, buffer, n);
    if (got > 0 && XXH3_128bits_update(job->digest, buffer, (size_t)got) == XXH_ERROR) {
        return -1;
    }
    return got;
}

static int64_t digesting_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct job *job = ctx;
    struct codec_source source = source_of(job);
    return source.read_at(source.ctx, offset, buffer, n);
}

static int digesting_write(void *ctx, const void *data, size_t n) {
    return XXH3_128bits_update(ctx, data, n) == XXH_OK ? 0 : -1;
}

static int64_t stream_read(void *ctx, void *buffer, size_t n) {
    size_t got = fread(buffer, 1, n, ctx);
    return ferror((FILE *)ctx) ? -1 : (int64_t)got;
}

static int64_t stream_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    FILE *file = ctx;
    off_t here = ftello(file);
    if (here < 0 || offset > INT64_MAX || fseeko(file, (off_t)offset, SEEK_SET) != 0) {
        return -1;
    }
    int64_t got = stream_read(file, buffer, n);
    return fseeko(file, here, SEEK_SET) == 0 ? got : -1;
}

/* Decodes what was written and compares its digest with that of what was read. */
static bool verify(struct job *job) {
    const struct codec_limits limits = {.profiles = &job->profile,
                                        .profile_count = job->profile.data != NULL ? 1 : 0,
                                        .threads = cli_threads(job->options)};
    FILE *file = cli_output_reread(&job->output);
    XXH3_state_t *digest = XXH3_createState();
    bool good = false;
    if (file != NULL && digest != NULL && XXH3_128bits_reset(digest) == XXH_OK) {
        const struct codec_source source = {file, stream_read, stream_read_at, job->output.written};
        const struct codec_target target = {.ctx = digest, .write = digesting_write};
        struct codec_report report;
        good = codec_decode(&source, &target, &limits, &report) == CODEC_OK &&
               XXH128_isEqual(XXH3_128bits_digest(digest), XXH3_128bits_digest(job->digest)) != 0;
        if (!good) {
            cli_error(job->input.path, "the output does not decode to the input: %s",
                      report.status != CODEC_OK ? report.message : "other content");
        }
    } else {
        cli_error(job->output.path, "cannot be read back for --verify");
    }
    XXH3_freeState(digest);
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

static bool start_digest(struct job *job) {
    if (!job->options->verify) {
        return true;
    }
    if (!cli_output_is_file(&job->output)) {
        cli_error(job->input.path, "--verify needs an output file");
        return false;
    }
    job->digest = XXH3_createState();
    return job->digest != NULL && XXH3_128bits_reset(job->digest) == XXH_OK;
}

static bool encode(struct job *job, struct codec_report *report) {
    const struct cli_options *o = job->options;
    struct codec_source source = source_of(job);
    const struct codec_target target = cli_output_target(&job->output);
    const char *method = o->methods.count != 0 ? o->methods.at[0] : NULL;
    const struct codec_plan plan = {
        .level = o->level,
        .method = method,
        .chunk_log2 = o->chunk_log2,
        .content_size = is_piece(job) ? job->share.length : job->input.size,
        .regions = job->plan.regions,
        .region_count = job->plan.count,
        .profile = job->profile,
        .embed_profile = o->embed_profile,
        .content_sha256 = o->sha256,
        .repeats = method == NULL && o->level == CLI_LEVEL_MAX && source.read_at != NULL,
        .threads = cli_threads(o),
        .parallel_input = job->input.regular && job->digest == NULL,
        .max_memory = o->max_memory,
        .progress = on_progress,
        .progress_ctx = job};
    if (job->digest != NULL) {
        source.ctx = job;
        source.read = digesting_read;
        source.read_at = source.read_at != NULL ? digesting_read_at : NULL;
    }
    job->progress = cli_progress_start(job->input.path, plan.content_size, o->verbosity);
    int status = codec_encode(&source, &target, &plan, report);
    cli_progress_end(&job->progress);
    if (cli_input_changed(&job->input)) {
        cli_error(job->input.path, "changed while it was read");
        return false;
    }
    if (status != CODEC_OK) {
        cli_error(job->input.path, "%s%s%s", report->message, job->output.error != 0 ? ": " : "",
                  job->output.error != 0 ? strerror(job->output.error) : "");
        return false;
    }
    return true;
}

/* Every ratio counts the profile once a file, and says what it is without it. */
static void say(const struct job *job, const char *output, const struct codec_report *r) {
    uint64_t profile = job->options->embed_profile ? 0 : job->profile.size;
    double ratio = cli_ratio(r->content_bytes, r->output_bytes + profile);
    if (job->options->verbosity < 0 || (job->options->verbosity == 0 && strcmp(output, "-") == 0)) {
        return;
    }
    if (profile == 0) {
        cli_note(job->input.path, "%" PRIu64 " -> %" PRIu64 " bytes, ratio %.4f, %s",
                 r->content_bytes, r->output_bytes, ratio, output);
    } else {
        cli_note(job->input.path,
                 "%" PRIu64 " -> %" PRIu64 " + %" PRIu64
                 " bytes of profile, ratio %.4f (%.4f without the profile), %s",
                 r->content_bytes, r->output_bytes, profile, ratio,
                 cli_ratio(r->content_bytes, r->output_bytes), output);
    }
}

/* Behind a piece: where in the whole it belongs. */
static bool put_note(struct job *job) {
    const struct cli_shard_note note = {job->share.offset, job->share.length, job->input.size};
    const struct codec_target target = cli_output_target(&job->output);
    bool good = cli_shard_note_write(&note, &target);
    if (!good) {
        cli_error(job->output.path, "%s", strerror(job->output.error));
    }
    return good;
}

static bool run(struct job *job, const char *output) {
    const struct cli_options *o = job->options;
    struct codec_report report;
    const struct cli_output_options options = {
        .input = &job->input, .force = o->force, .binary = true};
    if (!cli_output_open(&job->output, output, &options)) {
        return false;
    }
    bool good = start_digest(job) && encode(job, &report) && (!is_piece(job) || put_note(job)) &&
                (!o->verify || verify(job)) && cli_output_commit(&job->output, &job->input);
    if (!good) {
        cli_output_abort(&job->output);
        return false;
    }
    say(job, output, &report);
    return !o->remove_input || strcmp(output, "-") == 0 || cli_input_remove(&job->input);
}

/* What of the file this call compresses, and under which name. False: printed. */
static bool plan_share(struct job *job, const struct cli_shards *shards, size_t file,
                       char **output) {
    if (!cli_plan_make(&job->plan, &job->input, job->options)) {
        return false;
    }
    if (job->options->shards == 0) {
        return true;
    }
    job->share = cli_shards_take(shards, job->options, file, job->input.size, &job->plan);
    if (!job->share.none && !job->share.whole) {
        char *name = cli_shard_name(job->options, *output);
        free(*output);
        *output = name;
    }
    return *output != NULL;
}

static bool compress_file(const struct cli_options *o, const struct codec_memory *profile,
                          const struct cli_shards *shards, const struct cli_files *files,
                          size_t file) {
    struct job job = {.options = o, .profile = *profile};
    const char *path = files->paths[file];
    char *output = cli_files_output(o, path, true);
    bool good = output != NULL && cli_input_open(&job.input, path);
    if (good) {
        good = plan_share(&job, shards, file, &output) && (job.share.none || run(&job, output));
        cli_input_close(&job.input);
    }
    cli_plan_free(&job.plan);
    XXH3_freeState(job.digest);
    free(output);
    return good;
}

static enum cli_exit check_method(const struct cli_options *o) {
    struct codec_method method;
    if (o->methods.count == 0) {
        return CLI_OK;
    }
    if (!codec_method_find(o->methods.at[0], &method)) {
        cli_error(o->methods.at[0], "is no method; scape methods lists them");
        return CLI_USAGE;
    }
    if (method.needs_profile && o->profiles.count == 0) {
        cli_error(method.name, "needs --profile FILE; scape train makes one");
        return CLI_USAGE;
    }
    return CLI_OK;
}

enum cli_exit cli_compress(const struct cli_options *o) {
    struct cli_files files = {NULL, 0};
    enum cli_exit code = check_method(o);
    struct codec_memory *profiles = code == CLI_OK ? cli_profiles_load(o) : NULL;
    if (profiles == NULL) {
        return code == CLI_OK ? CLI_FAILED : code;
    }
    struct cli_shards shards = {NULL, 0};
    code = cli_files_collect(&files, o, true);
    if (code != CLI_USAGE && o->shards != 0 && !cli_shards_open(&shards, o, &files)) {
        code = CLI_USAGE;
    }
    for (size_t i = 0; i < files.count && code != CLI_USAGE; i++) {
        if (!compress_file(o, &profiles[0], &shards, &files, i)) {
            code = CLI_FAILED;
        }
    }
    cli_shards_close(&shards);
    cli_files_free(&files);
    cli_profiles_free(profiles);
    return code;
}
