/* bench.c - scape bench: ratio and speed of the codec and of general compressors on files, in
 * memory, on one thread; what does not come back byte for byte fails the run. */
#include "archive_file.h"
#include "baselines.h"
#include "commands.h"
#include "files.h"
#include "message.h"
#include "plan.h"
#include "progress.h"

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
    for (unsigned i = 0; i < b->options->iterations && good; i++) {
        packed.size = restored.size = 0;
        double start = cli_clock();
        good = pack(b, e, &packed, result);
        double middle = cli_clock();
        const struct codec_memory view = {packed.data, packed.size};
        good = good && unpack(b, e, &view, &restored, result);
        double end = cli_clock();
        if (good && (restored.size != size || memcmp(restored.data, b->input.file.data, size) != 0)) {
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
    double in_speed = speed(size, r.pack_seconds), out_speed = speed(size, r.unpack_seconds);
    if (!b->options->json) {
        printf("%-26s %14" PRIu64 " %9" PRIu64 " %8.4f %8.4f %10.1f %10.1f\n", e->name, r.packed,
               r.profile, counted, plain, in_speed, out_speed);
        (void)fflush(stdout);
        return true;
    }
    json_array_append_new(
        b->rows,
        json_pack("{s:s, s:o, s:o, s:f, s:f, s:f, s:f, s:o}", "method", e->name, "bytes",
                  cli_json_size(r.packed), "profile_bytes", cli_json_size(r.profile), "ratio",
                  counted, "ratio_without_profile", plain, "pack_mb_per_s", in_speed,
                  "unpack_mb_per_s", out_speed, "peak_memory", cli_json_size(r.peak_memory)));
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

static bool run_methods(struct bench *b, const struct codec_plan *plan) {
    const struct cli_options *o = b->options;
    size_t with_profile = 0;
    bool good = true;
    for (size_t i = 0; i < o->methods.count; i++) {
        struct codec_method method;
        struct entry e = {o->methods.at[i], NULL, *plan};
        e.plan.method = e.name;
        if (codec_method_find(e.name, &method) && method.needs_profile) {
            if (with_profile >= o->profiles.count) {
                cli_error(e.name, "left out: needs a --profile of its own");
                continue;
            }
            e.plan.profile = b->profiles[with_profile++];
        }
        good = run_entry(b, &e) && good;
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
        if (o->level == level || (o->level == 0 && o->methods.count == 0)) {
            good = run_entry(b, &e) && good;
        }
    }
    return good;
}

static bool run_all(struct bench *b) {
    const struct codec_plan plan = {.chunk_log2 = b->options->chunk_log2,
                                    .content_size = b->input.file.size,
                                    .regions = b->input.regions,
                                    .region_count = b->input.region_count};
    bool good = run_levels(b, &plan);
    good = run_methods(b, &plan) && good;
    for (size_t i = 0; !b->options->only && cli_baseline_get(i) != NULL; i++) {
        const struct entry e = {cli_baseline_get(i)->name, cli_baseline_get(i), {0}};
        good = run_entry(b, &e) && good;
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
    if (good) {
        b.input.regions = plan.regions;
        b.input.region_count = plan.count;
        b.input.element_bytes = main_element_bytes(&b.input);
        b.rows = json_array();
        if (!o->json) {
            cli_print_name(stdout, path, strlen(path));
            printf(": %zu bytes\n%-26s %14s %9s %8s %8s %10s %10s\n", b.input.file.size, "method",
                   "bytes", "profile", "ratio", "without", "pack MB/s", "unpack");
        }
        good = run_all(&b);
        json_array_append_new(files, json_pack("{s:o, s:o, s:o}", "file",
                                               cli_json_name(path, strlen(path)), "bytes",
                                               cli_json_size(b.input.file.size), "methods",
                                               b.rows));
        cli_plan_free(&plan);
    }
    free((void *)b.input.file.data);
    return good;
}

static enum cli_exit check_methods(const struct cli_options *o) {
    struct codec_method method;
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
