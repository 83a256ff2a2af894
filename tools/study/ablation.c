/* ablation.c - scape-study ablation: the whole-file methods for GGUF one after the other, each with
 * what it adds to the one before. */
#include "commands.h"
#include "results.h"
#include "run.h"
#include "summary.h"

#include <stdlib.h>
#include <string.h>

static const struct study_column columns[] = {
    {"file", "File", -1},        {"method", "Method", -1},      {"adds", "Adds", -1},
    {"bytes_in", "Bytes in", 0}, {"bytes_out", "Bytes out", 0}, {"profile_bytes", "Profile", 0},
    {"ratio", "Ratio", 4},       {"step_percent", "Step %", 3}, {"study", "Study", 4},
    {"status", "Status", -1}};

static const struct {
    const char *method, *adds;
} steps[] = {{"whole_zstd3", "zstd -3 on the file"},
             {"whole_zstd19", "zstd -19"},
             {"decomp_perstream_zstd3", "five streams, zstd -3"},
             {"decomp_perstream_zstd19", "zstd -19"},
             {"decomp_perstream_zstd19_bg", "scales transposed"},
             {"decomp_qb_full", "nibbles under four tables"},
             {"fast", "the format, level fast"},
             {"default", "contexts, lifts and standard tables"},
             {"max", "searched"}};

enum {
    STEPS = sizeof steps / sizeof steps[0]
};

static const json_t *find(const json_t *rows, const char *file, const char *method) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(study_row_text(row, "file"), file) == 0 &&
            strcmp(study_row_text(row, "method"), method) == 0) {
            return row;
        }
    }
    return NULL;
}

static void add_file(json_t *table, const json_t *rows, const char *file) {
    static const char *const copied[] = {"file",          "method", "bytes_in", "bytes_out",
                                         "profile_bytes", "ratio",  "status"};
    double before = 0;
    for (size_t s = 0; s < STEPS; s++) {
        const json_t *row = find(rows, file, steps[s].method);
        if (row == NULL) {
            continue;
        }
        json_t *line = json_pack("{s:s}", "adds", steps[s].adds);
        for (size_t k = 0; k < sizeof copied / sizeof copied[0]; k++) {
            json_object_set(line, copied[k], json_object_get(row, copied[k]));
        }
        double bytes = study_row_number(row, "bytes_out") + study_row_number(row, "profile_bytes");
        double study = study_published("file", study_row_text(row, "dtype"), steps[s].method);
        json_object_set_new(line, "step_percent",
                            before > 0 && bytes > 0 ? json_real(100 * (before / bytes - 1))
                                                    : json_null());
        json_object_set_new(line, "study", study > 0 ? json_real(study) : json_null());
        before = bytes > 0 ? bytes : before;
        json_array_append_new(table, line);
    }
}

enum study_exit study_ablation(const struct study_options *o) {
    char list[512] = "";
    for (size_t s = 0; s < STEPS; s++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", n != 0 ? "," : "", steps[s].method);
    }
    struct study_options run = *o;
    run.methods = list;
    run.tensors = false;
    run.files = run.quiet = true;
    json_t *rows = json_array(), *table = json_array();
    bool good = study_run_collect(&run, rows);
    if (good) {
        rows = study_rows_sort(rows);
        good = rows != NULL;
    }
    const char *file = "";
    for (size_t i = 0; good && i < json_array_size(rows); i++) {
        const char *name = study_row_text(json_array_get(rows, i), "file");
        if (strcmp(name, file) != 0 && find(rows, name, "whole_zstd3") != NULL) {
            add_file(table, rows, name);
        }
        file = name;
    }
    FILE *to = good ? study_output_open(o) : NULL;
    if (to != NULL) {
        study_table_print(to, o->format, columns, sizeof columns / sizeof columns[0], table);
        good = study_output_close(o, to);
    }
    json_decref(table);
    json_decref(rows);
    return good && to != NULL ? STUDY_OK : STUDY_FAILED;
}
