/* study.c - scape smoke --study DIR: the published study's three fixtures, for whoever has them.
 * Our bytes stand beside the study's figures; nothing here is one of our checks. The files are
 * looked for as fixture-1, fixture-2, fixture-3 in the order of the study's table, with any
 * extension; one that names a type (fixture-1.bf16) makes the file a raw array of it. */
#include "smoke.h"

#include "archive_file.h"
#include "message.h"
#include "output.h"
#include "plan.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The study's own figures: its bytes, and the first digits of the SHA-256 that it gives. */
struct study_row {
    const char *stem;
    uint64_t bytes;
    const char *sha256;
};

static const struct study_row study_rows[] = {
    {"fixture-1", 5660476, "fc3544c35489eb94"},
    {"fixture-2", 13472852, "c79972a64d11b717"},
    {"fixture-3", 383733236, "1c6f077f8c228cf2"},
};

/* The first entry, by name, that is the stem alone or followed by a dot. */
static char *find_file(const char *directory, const char *stem) {
    size_t n = strlen(stem);
    char *found = NULL;
    DIR *d = opendir(directory);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        bool fits = strncmp(e->d_name, stem, n) == 0 && (e->d_name[n] == 0 || e->d_name[n] == '.');
        if (fits && (found == NULL || strcmp(e->d_name, found) < 0)) {
            free(found);
            found = cli_text_copy(e->d_name, strlen(e->d_name));
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    char *path = found != NULL ? cli_path_join(directory, found) : NULL;
    free(found);
    return path;
}

static int count_only(void *ctx, const void *data, size_t n) {
    (void)ctx;
    (void)data;
    (void)n;
    return 0;
}

static bool measure_level(struct cli_input *in, const struct cli_plan *plan, int level,
                          struct codec_report *report) {
    struct codec_source source = cli_input_source(in);
    const struct codec_target target = {.write = count_only};
    const struct codec_plan options = {.level = level,
                                       .content_size = in->size,
                                       .regions = plan->regions,
                                       .region_count = plan->count,
                                       .repeats = level == CLI_LEVEL_MAX};
    return codec_encode(&source, &target, &options, report) == CODEC_OK;
}

static bool measure_file(const struct study_row *row, const char *path) {
    static const char *const levels[] = {"fast", "default", "max"};
    struct cli_options cut = {.verbosity = 0};
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    (void)(dot != NULL && codec_dtype_parse(dot + 1, &cut.dtype));
    bool good = true;
    for (int i = 0; i < 3 && good; i++) {
        struct cli_input in;
        struct cli_plan plan = {NULL, NULL, 0};
        struct codec_report report;
        good = cli_input_open(&in, path);
        if (!good) {
            break;
        }
        good = in.regular && cli_plan_make(&plan, &in, &cut) &&
               measure_level(&in, &plan, CLI_LEVEL_FAST + i, &report);
        if (good) {
            printf("  ours, %-8s %14" PRIu64 "  ratio %.4f\n", levels[i], report.output_bytes,
                   cli_ratio(report.content_bytes, report.output_bytes));
            (void)fflush(stdout);
        } else {
            cli_error(path, "cannot be measured");
        }
        if (good && i == 2) {
            printf("  the study      %14" PRIu64 "  ratio %.4f  sha256 %s (its own)\n", row->bytes,
                   cli_ratio(report.content_bytes, row->bytes), row->sha256);
        }
        cli_plan_free(&plan);
        cli_input_close(&in);
    }
    return good;
}

enum cli_exit cli_study(const struct cli_options *o) {
    bool good = true;
    puts("\nthe study's fixtures (published figures for comparison, not among the checks above)");
    for (size_t i = 0; i < sizeof study_rows / sizeof study_rows[0]; i++) {
        char *path = find_file(o->study, study_rows[i].stem);
        if (path == NULL) {
            printf("%s: not in the directory; the study: %" PRIu64 " bytes, sha256 %s\n",
                   study_rows[i].stem, study_rows[i].bytes, study_rows[i].sha256);
        } else {
            printf("%s: ", study_rows[i].stem);
            cli_print_name(stdout, path, strlen(path));
            putchar('\n');
            good = measure_file(&study_rows[i], path) && good;
        }
        free(path);
    }
    return good ? CLI_OK : CLI_FAILED;
}
