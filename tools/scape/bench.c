/* bench.c - scape bench: ratio and speed of the codec and of general compressors on files, in
 * memory, on one thread; what does not come back byte for byte fails the run. */
#include "archive_file.h"
#include "bench_select.h"
#include "commands.h"
#include "files.h"
#include "message.h"
#include "plan.h"
#include "progress.h"
#include "study_bf16.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Something to measure: a baseline, or the codec by level or by method. */
struct entry {
    const char *name;
    const struct cli_baseline *baseline;
    struct codec_plan plan;
};

struct result {
    uint64_t packed, profile;
    double pack_seconds, unpack_seconds;
    uint64_t peak_memory; /* of the codec, the larger of both ways; 0: not known */
};

struct bench {
    const struct cli_options *options;
    const struct codec_memory *profiles;
    size_t profiles_used;
    struct cli_bench_input input;
    json_t *rows;
};

static bool pack(const struct bench *b, const struct entry *e, struct cli_memory_writer *out,
                 struct result *result) {
    if (e->baseline != NULL) {
        return e->baseline->pack(&b->input, out);
    }
    struct cli_memory_reader reader = {b->input.file.data, b->input.file.size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(out);
    struct codec_report report;
    bool good = codec_encode(&source, &target, &e->plan, &report) == CODEC_OK;
    if (!good) {
        cli_error(e->name, "%s", report.message);
    }
    result->peak_memory =
        report.peak_memory > result->peak_memory ? report.peak_memory : result->peak_memory;
    return good;
}

static bool unpack(const struct bench *b, const struct entry *e, const struct codec_memory *packed,
                   struct cli_memory_writer *out, struct result *result) {
    if (e->baseline != NULL) {
        return e->baseline->unpack(&b->input, packed, out);
    }
    const struct codec_limits limits = {.profiles = &e->plan.profile,
                                        .profile_count = e->plan.profile.data != NULL ? 1 : 0};
    struct cli_memory_reader reader = {packed->data, packed->size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(out);
    struct codec_report report;
    bool good = codec_decode(&source, &target, &limits, &report) == CODEC_OK;
    if (!good) {
        cli_error(e->name, "%s", report.message);
    }
    result->peak_memory =
        report.peak_memory > result->peak_memory ? report.peak_memory : result->peak_memory;
    return good;
}

/* The best time of several. Output memory is there before the clock starts. */
static bool measure(const struct bench *b, const struct entry *e, struct result *result) {
    struct cli_memory_writer packed = {NULL, 0, 0}, restored = {NULL, 0, 0};
    size_t size = b->input.file.size;
    bool good = cli_memory_reserve(&packed, size + size / 8 + 65536) &&
                cli_memory_reserve(&restored, size + 1);
    if (good) {
        memset(packed.data, 1, packed.capacity);
        memset(restored.data, 1, restored.capacity);
    }
    *result = (struct result){.profile = e->plan.profile.size};
    if (e->baseline == NULL && e->plan.method == NULL) {
        result->profile += cli_standard_bytes(&b->input);
    }
    for (unsigned i = 0; i < b->options->iterations && good; i++) {
        packed.size = restored.size = 0;
        double start = cli_clock();
        good = pack(b, e, &packed, result);
        double middle = cli_clock();
        const struct codec_memory view = {packed.data, packed.size};
        good = good && unpack(b, e, &view, &restored, result);
        double end = cli_clock();
        if (good &&
            (restored.size != size || memcmp(restored.data, b->input.file.data, size) != 0)) {
            cli_error(e->name, "the file did not come back byte for byte");
            good = false;
        }
        if (i == 0 || middle - start < result->pack_seconds) {
            result->pack_seconds = middle - start;
        }
        if (i == 0 || end - middle < result->unpack_seconds) {
            result->unpack_seconds = end - middle;
        }
    }
    result->packed = packed.size;
    if (good && e->baseline != NULL) {
        const struct codec_memory view = {packed.data, packed.size};
        result->profile = cli_study_side_bytes(e->baseline, &view);
        result->packed -= result->profile;
    }
    cli_memory_free(&packed);
    cli_memory_free(&restored);
    return good;
}

static double speed(uint64_t bytes, double seconds) {
    return seconds > 0 ? (double)bytes * 1e-6 / seconds : 0;
}

static bool run_entry(struct bench *b, const struct entry *e) {
    struct result r;
    uint64_t size = b->input.file.size;
    if (!measure(b, e, &r)) {
        cli_error(e->name, "failed");
        return false;
    }
    double counted = cli_ratio(size, r.packed + r.profile), plain = cli_ratio(size, r.packed);
    double figure = cli_study_figure(e->name, &b->input);
    double in_speed = speed(size, r.pack_seconds), out_speed = speed(size, r.unpack_seconds);
    if (!b->options->json) {
        printf("%-26s %14" PRIu64 " %9" PRIu64 " %8.4f %8.4f %10.1f %10.1f", e->name, r.packed,
               r.profile, counted, plain, in_speed, out_speed);
        if (figure > 0) {
            printf(" %8.4f", figure);
        }
        putchar('\n');
        (void)fflush(stdout);
        return true;
    }
    json_array_append_new(
        b->rows, json_pack("{s:s, s:o, s:o, s:f, s:f, s:f, s:f, s:o, s:f}", "method", e->name,
                           "bytes", cli_json_size(r.packed), "profile_bytes",
                           cli_json_size(r.profile), "ratio", counted, "ratio_without_profile",
                           plain, "pack_mb_per_s", in_speed, "unpack_mb_per_s", out_speed,
                           "peak_memory", cli_json_size(r.peak_memory), "study_ratio", figure));
    return true;
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

/* Profiles go to the methods that need one, in order. */
static bool run_method(struct bench *b, const struct codec_plan *plan, const char *name) {
    const struct cli_options *o = b->options;
    struct codec_method method;
    struct entry e = {name, NULL, *plan};
    e.plan.method = name;
    if (codec_method_find(name, &method) && method.needs_profile) {
        if (b->profiles_used >= o->profiles.count) {
            cli_error(name, "left out: needs a --profile of its own");
            return true;
        }
        e.plan.profile = b->profiles[b->profiles_used++];
    }
    return run_entry(b, &e);
}

/* What the study took for the price of 12-bit probabilities, as a number. */
static void say_dense_loss(const struct bench *b) {
    double dense, sparse;
    if (!b->options->json && cli_study_dense_loss(&b->input, &dense, &sparse)) {
        printf("  SE9 symbols: %.4f bits under dense tables, %.4f under sparse ones, loss %.4f\n",
               dense, sparse, dense - sparse);
    }
}

static bool run_baseline(struct bench *b, const struct cli_baseline *baseline) {
    const struct entry e = {baseline->name, baseline, {0}};
    bool good = run_entry(b, &e);
    if (baseline->pack == cli_study_dense_pack) {
        say_dense_loss(b);
    }
    return good;
}

static bool run_levels(struct bench *b, const struct codec_plan *plan) {
    static const char *const names[] = {"fast", "default", "max"};
    const struct cli_options *o = b->options;
    bool good = true;
    for (int level = CLI_LEVEL_FAST; level <= CLI_LEVEL_MAX; level++) {
        struct entry e = {names[level - CLI_LEVEL_FAST], NULL, *plan};
        e.plan.level = level;
        e.plan.repeats = level == CLI_LEVEL_MAX;
        bool listed = o->method_list != NULL ? cli_bench_wants(o->method_list, e.name, &b->input)
                                             : o->level == 0 && o->methods.count == 0;
        if (o->level == level || listed) {
            good = run_entry(b, &e) && good;
        }
    }
    return good;
}

/* What --methods names, level by level, method by method, baseline by baseline. */
static bool run_list(struct bench *b, const struct codec_plan *plan, const char *list) {
    struct codec_method method;
    bool good = run_levels(b, plan);
    for (size_t i = 0; codec_method_get(i, &method); i++) {
        if (cli_bench_wants(list, method.name, &b->input)) {
            good = run_method(b, plan, method.name) && good;
        }
    }
    for (size_t i = 0; cli_baseline_get(i) != NULL; i++) {
        if (cli_bench_wants_baseline(list, cli_baseline_get(i)->name, &b->input)) {
            good = run_baseline(b, cli_baseline_get(i)) && good;
        }
    }
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        if (cli_bench_wants(list, cli_study_gguf_get(i)->name, &b->input)) {
            good = run_baseline(b, cli_study_gguf_get(i)) && good;
        }
    }
    return good;
}

static bool run_all(struct bench *b) {
    const struct codec_plan plan = {.chunk_log2 = b->options->chunk_log2,
                                    .content_size = b->input.file.size,
                                    .regions = b->input.regions,
                                    .region_count = b->input.region_count};
    if (b->options->method_list != NULL) {
        return run_list(b, &plan, b->options->method_list);
    }
    bool good = run_levels(b, &plan);
    for (size_t i = 0; i < b->options->methods.count; i++) {
        good = run_method(b, &plan, b->options->methods.at[i]) && good;
    }
    for (size_t i = 0; !b->options->only && cli_baseline_get(i) != NULL; i++) {
        good = run_baseline(b, cli_baseline_get(i)) && good;
    }
    return good;
}

static bool bench_file(const struct cli_options *o, const struct codec_memory *profiles,
                       const char *path, json_t *files) {
    struct bench b = {.options = o, .profiles = profiles};
    struct cli_plan plan;
    if (!cli_input_load(path, SIZE_MAX / 4, &b.input.file)) {
        return false;
    }
    bool good = cli_plan_make_memory(&plan, &b.input.file, o);
    if (good && o->tensors_of != 0) {
        cli_bench_keep(&b.input.file, &plan, o->tensors_of);
    }
    if (good) {
        b.input.regions = plan.regions;
        b.input.region_count = plan.count;
        b.input.element_bytes = main_element_bytes(&b.input);
        b.rows = json_array();
        if (!o->json) {
            cli_print_name(stdout, path, strlen(path));
            printf(": %zu bytes\n%-26s %14s %9s %8s %8s %10s %10s %8s\n", b.input.file.size,
                   "method", "bytes", "profile", "ratio", "without", "pack MB/s", "unpack",
                   "study");
        }
        good = run_all(&b);
        json_array_append_new(
            files, json_pack("{s:o, s:o, s:o}", "file", cli_json_name(path, strlen(path)), "bytes",
                             cli_json_size(b.input.file.size), "methods", b.rows));
        cli_plan_free(&plan);
    }
    free((void *)b.input.file.data);
    return good;
}

static enum cli_exit check_methods(const struct cli_options *o) {
    struct codec_method method;
    if (o->method_list != NULL && !cli_bench_list_check(o->method_list)) {
        return CLI_USAGE;
    }
    for (size_t i = 0; i < o->methods.count; i++) {
        if (!codec_method_find(o->methods.at[i], &method)) {
            cli_error(o->methods.at[i], "is no method; scape methods lists them");
            return CLI_USAGE;
        }
    }
    return CLI_OK;
}

enum cli_exit cli_bench(const struct cli_options *o) {
    struct cli_files files = {NULL, 0};
    enum cli_exit code = check_methods(o);
    struct codec_memory *profiles = code == CLI_OK ? cli_profiles_load(o) : NULL;
    if (profiles == NULL) {
        return code == CLI_OK ? CLI_FAILED : code;
    }
    json_t *results = json_array();
    code = cli_files_collect(&files, o, true);
    for (size_t i = 0; i < files.count && code != CLI_USAGE; i++) {
        if (!bench_file(o, profiles, files.paths[i], results)) {
            code = CLI_FAILED;
        }
    }
    if (o->json && code != CLI_USAGE) {
        code = cli_json_print(results) ? code : CLI_FAILED;
    } else {
        json_decref(results);
    }
    cli_files_free(&files);
    cli_profiles_free(profiles);
    return code;
}
