/* bench_run.c - the rounds of a benchmark: in each, every row encodes and decodes once, so that
 * what disturbs the machine disturbs all rows alike. Depends on bench.h and POSIX. */
#include "bench.h"
#include "study_gguf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What took longer in the first round is not repeated: its one time is precise enough. */
static const double slow_seconds = 2.0;

bool cli_bench_by_cpu(const struct bench *b, const struct bench_row *row) {
    return !b->options->wall && row->external == NULL && (b->threads == 1 || row->level == 0);
}

static double now(const struct bench *b, const struct bench_row *row) {
    struct timespec t = {0, 0};
    (void)clock_gettime(cli_bench_by_cpu(b, row) ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double cli_bench_median(const struct bench_times *t) {
    double *sorted = malloc((t->count + 1) * sizeof *sorted);
    double median = t->count != 0 ? t->seconds[t->count / 2] : 0;
    if (sorted != NULL && t->count != 0) {
        memcpy(sorted, t->seconds, t->count * sizeof *sorted);
        qsort(sorted, t->count, sizeof *sorted, by_value);
        median = (sorted[(t->count - 1) / 2] + sorted[t->count / 2]) / 2;
    }
    free(sorted);
    return median;
}

/* The codec's answer, in a row. */
static bool codec_good(struct bench_row *row, const struct codec_report *report) {
    if (report->peak_memory > row->peak_memory) {
        row->peak_memory = report->peak_memory;
    }
    if (report->status != CODEC_OK) {
        snprintf(row->why, sizeof row->why, "%.*s", BENCH_WHY - 1, report->message);
    }
    return report->status == CODEC_OK;
}

static bool pack(const struct bench *b, struct bench_row *row) {
    struct codec_report report;
    row->packed.size = 0;
    if (row->external != NULL) {
        return cli_external_run(row->external->pack, &b->input.file, &row->packed, row->why);
    }
    if (row->baseline != NULL) {
        return row->baseline->pack(&b->input, &row->packed);
    }
    if (row->plan.method == NULL) {
        codec_encode_memory(&b->input.file, &row->plan, row->packed.data, row->packed.capacity,
                            &row->packed.size, &report);
        return codec_good(row, &report);
    }
    struct cli_memory_reader reader = {b->input.file.data, b->input.file.size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(&row->packed);
    codec_encode(&source, &target, &row->plan, &report);
    return codec_good(row, &report);
}

static bool unpack(const struct bench *b, struct bench_row *row, struct cli_memory_writer *out) {
    const struct codec_memory packed = {row->packed.data, row->packed.size};
    const struct codec_limits limits = {.profiles = &row->plan.profile,
                                        .profile_count = row->plan.profile.data != NULL ? 1 : 0,
                                        .threads = row->plan.threads};
    struct codec_report report;
    out->size = 0;
    if (row->external != NULL) {
        return cli_external_run(row->external->unpack, &packed, out, row->why);
    }
    if (row->baseline != NULL) {
        return row->baseline->unpack(&b->input, &packed, out);
    }
    codec_decode_memory(&packed, &limits, out->data, out->capacity, &out->size, &report);
    return codec_good(row, &report);
}

/* Whether a side has had its time already. */
static bool is_done(const struct bench_times *t, bool warm_up) {
    return !warm_up && t->count != 0 && t->seconds[0] > slow_seconds;
}

/* The first round warms up; its time is replaced by the next unless it was long. */
static void note(struct bench_times *t, unsigned round, double seconds) {
    if (round == 1) {
        t->count = 0;
    }
    t->seconds[t->count++] = seconds;
}

static bool round_of_row(struct bench *b, struct bench_row *row, unsigned round,
                         struct cli_memory_writer *restored) {
    if (!is_done(&row->encode, round == 0)) {
        double start = now(b, row);
        if (!pack(b, row)) {
            return false;
        }
        note(&row->encode, round, now(b, row) - start);
    }
    if (!is_done(&row->decode, round == 0)) {
        double start = now(b, row);
        if (!unpack(b, row, restored)) {
            return false;
        }
        note(&row->decode, round, now(b, row) - start);
        if (restored->size != b->input.file.size ||
            memcmp(restored->data, b->input.file.data, restored->size) != 0) {
            snprintf(row->why, sizeof row->why, "did not come back byte for byte");
            return false;
        }
    }
    return true;
}

/* Output memory is there before a clock starts. */
static bool reserve(struct cli_memory_writer *w, size_t size) {
    bool good = cli_memory_reserve(w, size);
    if (good) {
        memset(w->data, 1, w->capacity);
    }
    return good;
}

static bool prepare(const struct bench *b, struct bench_row *row) {
    size_t size = b->input.file.size;
    size_t rounds = (size_t)b->options->iterations + 1;
    row->encode.seconds = malloc(rounds * sizeof(double));
    row->decode.seconds = malloc(rounds * sizeof(double));
    row->side_bytes = row->plan.profile.size;
    if (row->level != 0) {
        row->side_bytes += cli_standard_bytes(&b->input);
    }
    return row->encode.seconds != NULL && row->decode.seconds != NULL &&
           reserve(&row->packed, size + size / 8 + 65536);
}

static void finish(struct bench_row *row) {
    row->bytes = row->packed.size;
    if (!row->failed && row->baseline != NULL) {
        const struct codec_memory view = {row->packed.data, row->packed.size};
        row->side_bytes = cli_study_side_bytes(row->baseline, &view);
        row->bytes -= row->side_bytes;
    }
    if (row->failed && row->why[0] == 0) {
        snprintf(row->why, sizeof row->why, "failed");
    }
}

bool cli_bench_run(struct bench *b) {
    struct cli_memory_writer restored = {NULL, 0, 0};
    bool good = reserve(&restored, b->input.file.size + 1);
    for (size_t i = 0; i < b->row_count && good; i++) {
        good = prepare(b, &b->rows[i]);
    }
    unsigned iterations = b->options->iterations;
    unsigned rounds = iterations == 1 ? 1 : iterations + 1; /* a single one cannot warm up */
    for (unsigned round = 0; round < rounds && good; round++) {
        for (size_t i = 0; i < b->row_count; i++) {
            struct bench_row *row = &b->rows[i];
            if (row->kernel != NULL) {
                (void)setenv("SCAPE_KERNEL", row->kernel, 1);
            }
            if (!row->failed) {
                row->failed = !round_of_row(b, row, round, &restored);
            }
            if (row->kernel != NULL) {
                (void)unsetenv("SCAPE_KERNEL");
            }
        }
    }
    for (size_t i = 0; i < b->row_count; i++) {
        finish(&b->rows[i]);
    }
    cli_memory_free(&restored);
    return good;
}

void cli_bench_row_free(struct bench_row *row) {
    cli_memory_free(&row->packed);
    free(row->encode.seconds);
    free(row->decode.seconds);
}
