/* summary.c - see summary.h, and scape-study summarize and join. */
#include "summary.h"

#include "commands.h"
#include "stats.h"

#include "baselines.h"
#include "study_gguf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct study_column study_summary_columns[] = {
    {"unit", "Unit", -1},
    {"dtype", "Type", -1},
    {"method", "Method", -1},
    {"n", "n", 0},
    {"models", "Models", 0},
    {"median", "Median", 4},
    {"median_low", "2.5 %", 4},
    {"median_high", "97.5 %", 4},
    {"median_model_low", "2.5 % by model", 4},
    {"median_model_high", "97.5 % by model", 4},
    {"geometric", "Geometric mean", 4},
    {"weighted", "By bytes", 4},
    {"weighted_low", "2.5 %", 4},
    {"weighted_high", "97.5 %", 4},
    {"median_without_profile", "Median without profile", 4},
    {"encode_mb_per_s", "Encode MB/s", 1},
    {"decode_mb_per_s", "Decode MB/s", 1},
    {"study", "Study", 4},
    {"in_sample", "In-sample", -1},
    {"marked", "Marked", 0},
};
const size_t study_summary_column_count =
    sizeof study_summary_columns / sizeof study_summary_columns[0];

double study_published(const char *unit, const char *dtype, const char *method) {
    struct codec_region region = {.length = 1};
    const struct cli_bench_input in = {.regions = &region, .region_count = 1};
    bool tensor = strcmp(unit, "tensor") == 0;
    bool nibbles = strncmp(method, "qa_", 3) == 0 || strncmp(method, "qb_", 3) == 0;
    bool gguf = strcmp(dtype, "Q4_K") == 0, bf16 = strcmp(dtype, "BF16") == 0;
    if (!codec_dtype_parse(dtype, &region.dtype) || (!gguf && !bf16) ||
        (gguf && nibbles != tensor)) {
        return 0;
    }
    return cli_study_figure(method, &in);
}

/* ---- One group ---- */

struct group {
    const json_t *rows;
    struct study_sample *samples;
    double *plain, *encode, *decode;
    size_t n, encoded, decoded, marked, models;
    bool in_sample;
};

static void group_free(struct group *g) {
    free(g->samples);
    free(g->plain);
    free(g->encode);
    free(g->decode);
}

/* The number of a row's model among those seen. */
static size_t model_number(json_t *models, const json_t *row) {
    const char *name = study_row_text(row, "model");
    json_t *known = json_object_get(models, name);
    if (known == NULL) {
        known = json_integer((json_int_t)json_object_size(models));
        json_object_set_new(models, name, known);
    }
    return (size_t)json_integer_value(known);
}

static void add_row(struct group *g, const json_t *row, json_t *models) {
    if (!study_row_is_ok(row) || study_row_number(row, "ratio") <= 0) {
        g->marked++;
        return;
    }
    double share = study_row_number(row, "profile_share");
    g->samples[g->n] = (struct study_sample){
        study_row_number(row, "ratio"), study_row_number(row, "bytes_in"),
        study_row_number(row, "bytes_out") + share, model_number(models, row)};
    g->plain[g->n++] = study_row_number(row, "ratio_without_profile");
    g->in_sample = g->in_sample || json_is_true(json_object_get(row, "in_sample"));
    if (json_is_number(json_object_get(row, "encode_mb_per_s"))) {
        g->encode[g->encoded++] = study_row_number(row, "encode_mb_per_s");
    }
    if (json_is_number(json_object_get(row, "decode_mb_per_s"))) {
        g->decode[g->decoded++] = study_row_number(row, "decode_mb_per_s");
    }
}

static bool group_fill(struct group *g, const json_t *rows) {
    size_t n = json_array_size(rows);
    json_t *models = json_object();
    *g = (struct group){.rows = rows,
                        .samples = calloc(n + 1, sizeof *g->samples),
                        .plain = calloc(n + 1, sizeof *g->plain),
                        .encode = calloc(n + 1, sizeof *g->encode),
                        .decode = calloc(n + 1, sizeof *g->decode)};
    bool good = models != NULL && g->samples != NULL && g->plain != NULL && g->encode != NULL &&
                g->decode != NULL;
    for (size_t i = 0; i < n && good; i++) {
        add_row(g, json_array_get(rows, i), models);
    }
    g->models = json_object_size(models);
    json_decref(models);
    return good;
}

static void put_interval(json_t *row, const char *name, const struct study_interval *v) {
    const struct {
        const char *end;
        double value;
    } parts[] = {{"", v->value},
                 {"_low", v->low},
                 {"_high", v->high},
                 {"_model_low", v->model_low},
                 {"_model_high", v->model_high}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char key[48];
        snprintf(key, sizeof key, "%s%s", name, parts[i].end);
        json_object_set_new(row, key, study_real(parts[i].value));
    }
}

static json_t *group_row(struct group *g) {
    static const char *const names[STUDY_STATISTICS] = {"median", "geometric", "weighted"};
    static const char *const copied[] = {"unit", "dtype", "method"};
    const json_t *first = json_array_get(g->rows, 0);
    struct study_interval intervals[STUDY_STATISTICS];
    json_t *row = json_object();
    for (size_t i = 0; i < 3; i++) {
        json_object_set_new(row, copied[i], json_string(study_row_text(first, copied[i])));
    }
    json_object_set_new(row, "n", json_integer((json_int_t)g->n));
    json_object_set_new(row, "models", json_integer((json_int_t)g->models));
    if (g->n != 0 && study_bootstrap(g->samples, g->n, g->models, intervals)) {
        for (size_t k = 0; k < STUDY_STATISTICS; k++) {
            put_interval(row, names[k], &intervals[k]);
        }
    }
    double study = study_published(study_row_text(first, "unit"), study_row_text(first, "dtype"),
                                   study_row_text(first, "method"));
    json_object_set_new(row, "median_without_profile", study_real(study_median(g->plain, g->n)));
    json_object_set_new(row, "encode_mb_per_s", study_real(study_median(g->encode, g->encoded)));
    json_object_set_new(row, "decode_mb_per_s", study_real(study_median(g->decode, g->decoded)));
    json_object_set_new(row, "study", study > 0 ? json_real(study) : json_null());
    json_object_set_new(row, "in_sample", json_boolean(g->in_sample));
    json_object_set_new(row, "marked", json_integer((json_int_t)g->marked));
    return row;
}

/* ---- All groups ---- */

/* Rows by unit, type and method. */
static json_t *groups_of(const json_t *rows, uint64_t least) {
    json_t *groups = json_object();
    for (size_t i = 0; groups != NULL && i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        char key[256];
        bool tensor = strcmp(study_row_text(row, "unit"), "tensor") == 0;
        if (tensor && study_row_number(row, "elements") < (double)least) {
            continue;
        }
        snprintf(key, sizeof key, "%s\t%s\t%s", study_row_text(row, "unit"),
                 study_row_text(row, "dtype"), study_row_text(row, "method"));
        json_t *group = json_object_get(groups, key);
        if (group == NULL) {
            group = json_array();
            json_object_set_new(groups, key, group);
        }
        json_array_append(group, row);
    }
    return groups;
}

struct line {
    json_t *row;
};

/* Files before tensors, types by name, methods by their median. */
static int compare_rows(const void *a, const void *b) {
    const json_t *x = ((const struct line *)a)->row, *y = ((const struct line *)b)->row;
    int order = strcmp(study_row_text(x, "unit"), study_row_text(y, "unit"));
    order = order != 0 ? order : strcmp(study_row_text(x, "dtype"), study_row_text(y, "dtype"));
    double left = study_row_number(x, "median"), right = study_row_number(y, "median");
    if (order == 0 && left != right) {
        order = left > right ? -1 : 1;
    }
    return order != 0 ? order : strcmp(study_row_text(x, "method"), study_row_text(y, "method"));
}

json_t *study_summary_make(const json_t *rows, uint64_t least) {
    json_t *groups = groups_of(rows, least), *out = json_array(), *value;
    size_t count = groups != NULL ? json_object_size(groups) : 0, used = 0;
    struct line *order = calloc(count + 1, sizeof *order);
    const char *key;
    bool good = groups != NULL && out != NULL && order != NULL;
    json_object_foreach(groups, key, value) {
        struct group g = {.rows = NULL};
        good = good && group_fill(&g, value);
        if (good) {
            order[used++].row = group_row(&g);
        }
        group_free(&g);
    }
    if (good) {
        qsort(order, used, sizeof *order, compare_rows);
    }
    for (size_t i = 0; i < used; i++) {
        json_array_append_new(out, order[i].row);
    }
    free(order);
    json_decref(groups);
    if (!good) {
        json_decref(out);
        return NULL;
    }
    return out;
}

enum study_exit study_summarize(const struct study_options *o) {
    json_t *rows = study_results_load(&o->inputs);
    json_t *summary = rows != NULL ? study_summary_make(rows, o->min_elements) : NULL;
    FILE *to = summary != NULL ? study_output_open(o) : NULL;
    bool good = to != NULL;
    if (good) {
        study_table_print(to, o->format, study_summary_columns, study_summary_column_count,
                          summary);
        good = study_output_close(o, to);
    }
    json_decref(summary);
    json_decref(rows);
    return good ? STUDY_OK : STUDY_FAILED;
}

enum study_exit study_join(const struct study_options *o) {
    struct study_writer writer;
    json_t *rows = study_results_load(&o->inputs), *there = json_array();
    bool good = rows != NULL && study_writer_open(&writer, o->output, there);
    if (good && json_array_size(there) != 0) {
        study_error("%s: holds results already", o->output);
        (void)study_writer_close(&writer);
        good = false;
    } else if (good) {
        for (size_t i = 0; i < json_array_size(rows) && good; i++) {
            good = study_writer_row(&writer, json_array_get(rows, i));
        }
        good = study_writer_close(&writer) && good;
    }
    json_decref(there);
    json_decref(rows);
    return good ? STUDY_OK : STUDY_FAILED;
}
