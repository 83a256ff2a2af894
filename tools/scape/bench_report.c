/* bench_report.c - what a benchmark says: a table for each file, and one JSON object for all.
 * Depends on bench.h. */
#include "archive_file.h"
#include "bench.h"
#include "message.h"
#include "study_gguf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double speed(uint64_t bytes, double seconds) {
    return seconds > 0 ? (double)bytes * 1e-6 / seconds : 0;
}

static bool add_total(struct bench_totals *totals, const struct bench *b,
                      const struct bench_row *row) {
    size_t i = 0;
    while (i < totals->count && strcmp(totals->at[i].name, row->name) != 0) {
        i++;
    }
    if (i == totals->count) {
        struct bench_total *more = realloc(totals->at, (i + 1) * sizeof *more);
        if (more == NULL) {
            return false;
        }
        totals->at = more;
        totals->at[totals->count++] = (struct bench_total){.level = row->level};
        memcpy(totals->at[i].name, row->name, sizeof row->name);
    }
    struct bench_total *t = &totals->at[i];
    t->bytes_in += b->input.file.size;
    t->bytes_out += row->bytes;
    t->encode_seconds += cli_bench_median(&row->encode);
    t->decode_seconds += cli_bench_median(&row->decode);
    if (row->failed && !t->failed) {
        t->failed = true;
        memcpy(t->why, row->why, sizeof t->why);
    }
    return true;
}

static void print_row(const struct bench *b, const struct bench_row *row) {
    uint64_t size = b->input.file.size;
    if (row->failed) {
        printf("%-26s FAILED: ", row->name);
        cli_print_name(stdout, row->why, strlen(row->why));
        putchar('\n');
        return;
    }
    printf("%-26s %14" PRIu64 " %9" PRIu64 " %8.4f %8.4f %10.1f %10.1f", row->name, row->bytes,
           row->side_bytes, cli_ratio(size, row->bytes + row->side_bytes),
           cli_ratio(size, row->bytes), speed(size, cli_bench_median(&row->encode)),
           speed(size, cli_bench_median(&row->decode)));
    double figure = cli_study_figure(row->name, &b->input);
    if (figure > 0) {
        printf(" %8.4f", figure);
    }
    putchar('\n');
}

static void print_table(const struct bench *b) {
    cli_print_name(stdout, b->path, strlen(b->path));
    printf(": %zu bytes, medians of %u rounds, %u thread%s\n%-26s %14s %9s %8s %8s %10s %10s %8s\n",
           b->input.file.size, b->options->iterations, b->threads, b->threads == 1 ? "" : "s",
           "method", "bytes", "profile", "ratio", "without", "encode", "decode", "study");
    for (size_t i = 0; i < b->row_count; i++) {
        print_row(b, &b->rows[i]);
    }
    (void)fflush(stdout);
}

static json_t *row_json(const struct bench *b, const struct bench_row *row) {
    uint64_t size = b->input.file.size;
    json_t *value = json_pack(
        "{s:s, s:b, s:o, s:o, s:f, s:f, s:f, s:f, s:i, s:i, s:s, s:o, s:f}", "method", row->name,
        "ok", !row->failed, "bytes", cli_json_size(row->bytes), "profile_bytes",
        cli_json_size(row->side_bytes), "ratio", cli_ratio(size, row->bytes + row->side_bytes),
        "ratio_without_profile", cli_ratio(size, row->bytes), "encode_mb_s",
        speed(size, cli_bench_median(&row->encode)), "decode_mb_s",
        speed(size, cli_bench_median(&row->decode)), "encode_rounds", (int)row->encode.count,
        "decode_rounds", (int)row->decode.count, "clock", cli_bench_by_cpu(b, row) ? "cpu" : "wall",
        "peak_memory", cli_json_size(row->peak_memory), "study_ratio",
        cli_study_figure(row->name, &b->input));
    if (value != NULL && row->failed) {
        json_object_set_new(value, "error", cli_json_name(row->why, strlen(row->why)));
    }
    return value;
}

bool cli_bench_report(const struct bench *b, struct bench_totals *totals) {
    json_t *rows = json_array();
    bool good = true;
    for (size_t i = 0; i < b->row_count && good; i++) {
        good = add_total(totals, b, &b->rows[i]) &&
               json_array_append_new(rows, row_json(b, &b->rows[i])) == 0;
    }
    if (!b->options->json) {
        print_table(b);
    }
    json_array_append_new(
        totals->files, json_pack("{s:o, s:o, s:o}", "file", cli_json_name(b->path, strlen(b->path)),
                                 "bytes", cli_json_size(b->input.file.size), "methods", rows));
    return good;
}

static json_t *total_json(const struct bench_total *t) {
    json_t *value =
        json_pack("{s:s, s:b, s:o, s:o, s:f, s:f, s:f}", "name", t->name, "ok", !t->failed,
                  "bytes_in", cli_json_size(t->bytes_in), "bytes_out", cli_json_size(t->bytes_out),
                  "ratio", t->failed ? 0.0 : cli_ratio(t->bytes_in, t->bytes_out), "encode_mb_s",
                  t->failed ? 0.0 : speed(t->bytes_in, t->encode_seconds), "decode_mb_s",
                  t->failed ? 0.0 : speed(t->bytes_in, t->decode_seconds));
    if (value != NULL && t->failed) {
        json_object_set_new(value, "error", cli_json_name(t->why, strlen(t->why)));
    }
    return value;
}

/* The row that the top of the object tells: the level asked for, the default one, or the first. */
static const struct bench_total *main_row(const struct cli_options *o,
                                          const struct bench_totals *totals) {
    int wanted = o->level != 0 ? o->level : CLI_LEVEL_DEFAULT;
    for (size_t i = 0; i < totals->count; i++) {
        if (totals->at[i].level == wanted) {
            return &totals->at[i];
        }
    }
    return totals->count != 0 ? &totals->at[0] : NULL;
}

json_t *cli_bench_json(const struct cli_options *o, unsigned threads,
                       const struct bench_totals *totals) {
    static const struct bench_total nothing = {.failed = true};
    static const char *const levels[] = {"none", "fast", "default", "max"};
    const struct bench_total *first = main_row(o, totals);
    json_t *rows = json_array(), *missing = json_array();
    for (size_t i = 0; i < totals->count; i++) {
        json_array_append_new(rows, total_json(&totals->at[i]));
    }
    for (const char *at = cli_baselines_missing(); *at == ' ';) {
        size_t n = strcspn(at + 1, " ");
        json_array_append_new(missing, json_stringn(at + 1, n));
        at += n + 1;
    }
    first = first != NULL ? first : &nothing;
    json_t *value = total_json(first);
    if (value != NULL) {
        json_object_set_new(value, "level", json_string(levels[first->level]));
        json_object_set_new(value, "threads", json_integer(threads));
        json_object_set_new(value, "iterations", json_integer(o->iterations));
        json_object_set_new(value, "kernel", json_string(codec_kernel_name()));
        json_object_set_new(value, "not_built_in", missing);
        json_object_set_new(value, "rows", rows);
        json_object_set(value, "files", totals->files);
    }
    return value;
}
