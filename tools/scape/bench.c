/* bench.c - scape bench: ratio and speed of the codec, of general compressors and of other programs
 * on files, in memory; what does not come back byte for byte fails. */
#include "bench.h"
#include "archive_file.h"
#include "bench_select.h"
#include "commands.h"
#include "files.h"
#include "message.h"
#include "plan.h"
#include "study_bf16.h"
#include "threads.h"

#include <stdlib.h>
#include <string.h>

/* What is being put together for a file. */
struct list {
    struct bench bench;
    const struct codec_memory *profiles;
    const struct bench_external *externals;
    size_t profiles_used, capacity;
    struct codec_plan plan; /* of the file, without level and method */
};

/* A new row, or NULL. */
static struct bench_row *add(struct list *l, const char *name) {
    struct bench *b = &l->bench;
    if (b->row_count == l->capacity) {
        size_t wanted = l->capacity == 0 ? 16 : 2 * l->capacity;
        struct bench_row *rows = realloc(b->rows, wanted * sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        b->rows = rows;
        l->capacity = wanted;
    }
    struct bench_row *row = &b->rows[b->row_count++];
    *row = (struct bench_row){.plan = l->plan};
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

/* The level by each instruction set of --kernel, or by the best. */
static bool add_level(struct list *l, int level) {
    static const char *const names[] = {"fast", "default", "max"};
    const char *kernel = l->bench.options->kernels;
    do {
        struct bench_row *row = add(l, names[level - CLI_LEVEL_FAST]);
        if (row == NULL) {
            return false;
        }
        row->level = row->plan.level = level;
        row->plan.repeats = level == CLI_LEVEL_MAX;
        if (kernel != NULL) {
            row->kernel = cli_bench_kernel(&kernel);
            snprintf(row->name, sizeof row->name, "%s:%s", names[level - CLI_LEVEL_FAST],
                     row->kernel);
        }
    } while (kernel != NULL);
    return true;
}

static bool add_levels(struct list *l) {
    static const char *const names[] = {"fast", "default", "max"};
    const struct cli_options *o = l->bench.options;
    bool good = true;
    for (int level = CLI_LEVEL_FAST; level <= CLI_LEVEL_MAX && good; level++) {
        const char *name = names[level - CLI_LEVEL_FAST];
        bool listed = o->method_list != NULL
                          ? cli_bench_wants(o->method_list, name, &l->bench.input)
                          : o->level == 0 && o->methods.count == 0;
        if (o->level == level || listed) {
            good = add_level(l, level);
        }
    }
    return good;
}

/* Profiles go to the methods that need one, in order. */
static bool add_method(struct list *l, const char *name) {
    struct codec_method method;
    bool needs = codec_method_find(name, &method) && method.needs_profile;
    if (needs && l->profiles_used >= l->bench.options->profiles.count) {
        cli_error(name, "left out: needs a --profile of its own");
        return true;
    }
    struct bench_row *row = add(l, name);
    if (row != NULL) {
        row->plan.method = row->name;
        if (needs) {
            row->plan.profile = l->profiles[l->profiles_used++];
        }
    }
    return row != NULL;
}

static bool add_baseline(struct list *l, const struct cli_baseline *baseline) {
    struct bench_row *row = add(l, baseline->name);
    if (row != NULL) {
        row->baseline = baseline;
    }
    return row != NULL;
}

/* What --methods names, level by level, method by method, baseline by baseline. */
static bool add_listed(struct list *l, const char *list) {
    const struct cli_bench_input *in = &l->bench.input;
    struct codec_method method;
    bool good = true;
    for (size_t i = 0; codec_method_get(i, &method); i++) {
        good = good && (!cli_bench_wants(list, method.name, in) || add_method(l, method.name));
    }
    for (size_t i = 0; cli_baseline_get(i) != NULL; i++) {
        const struct cli_baseline *b = cli_baseline_get(i);
        good = good && (!cli_bench_wants_baseline(list, b->name, in) || add_baseline(l, b));
    }
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        const struct cli_baseline *b = cli_study_gguf_get(i);
        good = good && (!cli_bench_wants(list, b->name, in) || add_baseline(l, b));
    }
    return good;
}

static bool add_usual(struct list *l) {
    const struct cli_options *o = l->bench.options;
    bool good = true;
    for (size_t i = 0; i < o->methods.count; i++) {
        good = good && add_method(l, o->methods.at[i]);
    }
    for (size_t i = 0; !o->only && cli_baseline_get(i) != NULL; i++) {
        const struct cli_baseline *b = cli_baseline_get(i);
        good = good && (!cli_baseline_is_general(b) || add_baseline(l, b));
    }
    return good;
}

static bool add_all(struct list *l) {
    const struct cli_options *o = l->bench.options;
    bool good =
        add_levels(l) && (o->method_list != NULL ? add_listed(l, o->method_list) : add_usual(l));
    for (size_t i = 0; i < o->externals.count && good; i++) {
        struct bench_row *row = add(l, l->externals[i].name);
        good = row != NULL;
        if (good) {
            row->external = &l->externals[i];
        }
    }
    for (size_t i = 0; i < l->bench.row_count; i++) { /* the rows have stopped moving */
        struct bench_row *row = &l->bench.rows[i];
        row->plan.method = row->plan.method != NULL ? row->name : NULL;
    }
    return good;
}

/* The element size that most bytes of the file have. */
static unsigned main_element_bytes(const struct cli_bench_input *in) {
    uint64_t bytes[9] = {0};
    unsigned best = 1;
    for (size_t i = 0; i < in->region_count; i++) {
        uint32_t elements, size;
        if (scape_cut_dtype_block(in->regions[i].dtype, &elements, &size) == 0 && elements == 1 &&
            size <= 8) {
            bytes[size] += in->regions[i].length;
        }
    }
    for (unsigned size = 1; size <= 8; size++) {
        best = bytes[size] > bytes[best] ? size : best;
    }
    return best;
}

/* What the study took for the price of 12-bit probabilities, as a number. */
static void say_dense_loss(const struct bench *b) {
    double dense, sparse;
    for (size_t i = 0; i < b->row_count && !b->options->json; i++) {
        const struct cli_baseline *baseline = b->rows[i].baseline;
        if (baseline != NULL && baseline->pack == cli_study_dense_pack &&
            cli_study_dense_loss(&b->input, &dense, &sparse)) {
            printf("  SE9 symbols: %.4f bits under dense tables, %.4f under sparse ones, "
                   "loss %.4f\n",
                   dense, sparse, dense - sparse);
        }
    }
}

static bool measure(struct list *l, struct bench_totals *totals) {
    struct bench *b = &l->bench;
    bool good = add_all(l) && cli_bench_run(b) && cli_bench_report(b, totals);
    if (!good) {
        cli_error(b->path, "out of memory");
    } else {
        say_dense_loss(b);
    }
    for (size_t i = 0; i < b->row_count; i++) {
        struct bench_row *row = &b->rows[i];
        if (row->failed) {
            cli_error(b->path, "%s: %s", row->name, row->why);
            good = good && row->external != NULL;
        }
        cli_bench_row_free(row);
    }
    free(b->rows);
    return good;
}

static bool bench_file(const struct cli_options *o, const struct codec_memory *profiles,
                       const struct bench_external *externals, const char *path,
                       struct bench_totals *totals) {
    struct list l = {.bench = {.options = o, .path = path}, .profiles = profiles};
    struct cli_bench_input *in = &l.bench.input;
    struct cli_plan plan;
    l.externals = externals;
    if (!cli_input_load(path, SIZE_MAX / 4, &in->file)) {
        return false;
    }
    bool good = cli_plan_make_memory(&plan, &in->file, o);
    if (good && o->tensors_of != 0) {
        cli_bench_keep(&in->file, &plan, o->tensors_of);
    }
    if (good) {
        in->regions = plan.regions;
        in->region_count = plan.count;
        in->element_bytes = main_element_bytes(in);
        l.bench.threads = cli_threads_or_one(o);
        l.plan = (struct codec_plan){.chunk_log2 = o->chunk_log2,
                                     .content_size = in->file.size,
                                     .threads = l.bench.threads,
                                     .regions = plan.regions,
                                     .region_count = plan.count};
        good = measure(&l, totals);
        cli_plan_free(&plan);
    }
    free((void *)in->file.data);
    return good;
}

static enum cli_exit check(const struct cli_options *o) {
    struct codec_method method;
    bool good = (o->method_list == NULL || cli_bench_list_check(o->method_list)) &&
                (o->kernels == NULL || cli_bench_kernels_check(o->kernels)) &&
                (o->chart == NULL || cli_chart_name_check(o->chart));
    for (size_t i = 0; i < o->methods.count && good; i++) {
        good = codec_method_find(o->methods.at[i], &method);
        if (!good) {
            cli_error(o->methods.at[i], "is no method; scape methods lists them");
        }
    }
    return good ? CLI_OK : CLI_USAGE;
}

static enum cli_exit run_files(const struct cli_options *o, const struct codec_memory *profiles,
                               const struct bench_external *externals) {
    struct cli_files files = {NULL, 0};
    struct bench_totals totals = {.files = json_array()};
    enum cli_exit code = cli_files_collect(&files, o, true);
    if (*cli_baselines_missing() != 0 && !o->only && o->verbosity >= 0) {
        cli_note("bench", "not built in:%s", cli_baselines_missing());
    }
    for (size_t i = 0; i < files.count && code != CLI_USAGE; i++) {
        if (!bench_file(o, profiles, externals, files.paths[i], &totals)) {
            code = CLI_FAILED;
        }
    }
    if (o->json && code != CLI_USAGE) {
        code =
            cli_json_print(cli_bench_json(o, cli_threads_or_one(o), &totals)) ? code : CLI_FAILED;
    }
    if (o->chart != NULL && code != CLI_USAGE) {
        const char *slash = files.count != 0 ? strrchr(files.paths[0], '/') : NULL;
        const char *title = files.count != 1 ? "all files"
                            : slash != NULL  ? slash + 1
                                             : files.paths[0];
        code = cli_chart_draw(o->chart, &totals, title) ? code : CLI_FAILED;
    }
    json_decref(totals.files);
    free(totals.at);
    cli_files_free(&files);
    return code;
}

enum cli_exit cli_bench(const struct cli_options *o) {
    enum cli_exit code = check(o);
    struct bench_external *externals = calloc(o->externals.count + 1, sizeof *externals);
    struct codec_memory *profiles = code == CLI_OK ? cli_profiles_load(o) : NULL;
    if (code == CLI_OK && (profiles == NULL || externals == NULL)) {
        code = CLI_FAILED;
    }
    for (size_t i = 0; i < o->externals.count && code == CLI_OK; i++) {
        code = cli_external_parse(o->externals.at[i], &externals[i]) ? CLI_OK : CLI_USAGE;
    }
    if (code == CLI_OK) {
        code = run_files(o, profiles, externals);
    }
    for (size_t i = 0; externals != NULL && i < o->externals.count; i++) {
        cli_external_free(&externals[i]);
    }
    free(externals);
    cli_profiles_free(profiles);
    return code;
}
