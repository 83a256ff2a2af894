/* bench.h - what the parts of scape bench share: what is measured, and what came out. Depends on
 * baselines.h, options.h, jansson. */
#ifndef SCAPE_CLI_BENCH_H
#define SCAPE_CLI_BENCH_H

#include "baselines.h"
#include "options.h"

#include <jansson.h>

enum {
    BENCH_WHY = 120,
    BENCH_NAME = 96
};

/* "NAME:PACK:UNPACK" of --external; the strings are owned. */
struct bench_external {
    char *name, *pack, *unpack;
};

/* Times of the rounds that were measured. */
struct bench_times {
    double *seconds; /* room for a round more than there are iterations */
    unsigned count;
};

/* Something to measure: a baseline, two commands, or the codec by level or by method. */
struct bench_row {
    char name[BENCH_NAME];
    int level; /* 0: none */
    const struct cli_baseline *baseline;
    const struct bench_external *external;
    const char *kernel; /* NULL: the best */
    struct codec_plan plan;
    /* the result */
    struct cli_memory_writer packed;
    struct bench_times encode, decode;
    uint64_t side_bytes; /* of profiles and tables, counted beside the file */
    uint64_t bytes;      /* packed, without side bytes that are in it */
    uint64_t peak_memory;
    bool failed;
    char why[BENCH_WHY];
};

/* One file with its rows. */
struct bench {
    const struct cli_options *options;
    unsigned threads;
    struct cli_bench_input input;
    const char *path;
    struct bench_row *rows;
    size_t row_count;
};

/* Sums over files, by name. */
struct bench_total {
    char name[BENCH_NAME];
    int level;
    uint64_t bytes_in, bytes_out;
    double encode_seconds, decode_seconds; /* sums of medians */
    bool failed;
    char why[BENCH_WHY];
};

struct bench_totals {
    struct bench_total *at;
    size_t count;
    json_t *files;
};

/* In bench_run.c: rounds over all rows, a first one to warm up and to verify. False: out of memory.
 * A row that fails is marked and left out of later rounds. */
bool cli_bench_run(struct bench *b);
void cli_bench_row_free(struct bench_row *row);
double cli_bench_median(const struct bench_times *t);
/* Whether the row is timed by the processor's clock, which other programs do not disturb. */
bool cli_bench_by_cpu(const struct bench *b, const struct bench_row *row);

/* In bench_external.c. Parse prints what is wrong. Run feeds `input` to a shell command and appends
 * what it prints; false: `why` says why. */
bool cli_external_parse(const char *text, struct bench_external *out);
void cli_external_free(struct bench_external *e);
bool cli_external_run(const char *command, const struct codec_memory *input,
                      struct cli_memory_writer *output, char why[BENCH_WHY]);

/* In bench_report.c: a file's table on standard output, or its rows to totals->files; always to the
 * totals. False: out of memory. */
bool cli_bench_report(const struct bench *b, struct bench_totals *totals);
/* The one object of --json, to be freed. */
json_t *cli_bench_json(const struct cli_options *o, unsigned threads,
                       const struct bench_totals *totals);

/* In bench_chart.c: decode speed against ratio, as SVG or PNG by the name's end, by gnuplot. Prints
 * what is wrong. */
bool cli_chart_name_check(const char *path);
bool cli_chart_draw(const char *path, const struct bench_totals *totals, const char *title);

#endif
