/* oracle.c - scape-study oracle: the best method of each tensor, and what a router that always
 * picked it would gain over the best single method of the type. */
#include "commands.h"
#include "results.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct study_column columns[] = {{"dtype", "Type", -1},
                                              {"tensors", "Tensors", 0},
                                              {"single", "Best single method", -1},
                                              {"single_ratio", "Its ratio", 4},
                                              {"oracle_ratio", "Best of each", 4},
                                              {"gain_percent", "Gain %", 3},
                                              {"wins", "Wins", -1}};

static double cost_of(const json_t *row) {
    return study_row_number(row, "bytes_out") + study_row_number(row, "profile_share");
}

static void add(json_t *object, const char *key, double value) {
    double before = json_number_value(json_object_get(object, key));
    json_object_set_new(object, key, json_real(before + value));
}

static json_t *child(json_t *object, const char *key) {
    json_t *found = json_object_get(object, key);
    if (found == NULL) {
        found = json_object();
        json_object_set_new(object, key, found);
    }
    return found;
}

/* Rows of one tensor lie together: types[dtype] = {in, best, tensors, methods{}, coverage{},
 * wins{}}. Only methods that coded every tensor of the type can be its single method. */
static void add_tensor(json_t *types, const json_t *rows, size_t first, size_t end) {
    const json_t *best = NULL;
    for (size_t i = first; i < end; i++) {
        const json_t *row = json_array_get(rows, i);
        best = best == NULL || cost_of(row) < cost_of(best) ? row : best;
    }
    json_t *type = child(types, study_row_text(best, "dtype"));
    add(type, "in", study_row_number(best, "bytes_in"));
    add(type, "best", cost_of(best));
    add(type, "tensors", 1);
    add(child(type, "wins"), study_row_text(best, "method"), 1);
    for (size_t i = first; i < end; i++) {
        const json_t *row = json_array_get(rows, i);
        add(child(type, "methods"), study_row_text(row, "method"), cost_of(row));
        add(child(type, "coverage"), study_row_text(row, "method"), 1);
    }
}

static bool same_tensor(const json_t *a, const json_t *b) {
    static const char *const names[] = {"corpus", "model", "file", "file_sha256", "tensor"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(study_row_text(a, names[i]), study_row_text(b, names[i])) != 0) {
            return false;
        }
    }
    return true;
}

/* "default 20, bf16_split 3": most wins first. */
static json_t *wins_text(json_t *wins) {
    char text[512] = "";
    size_t used = 0;
    while (json_object_size(wins) != 0 && used + 64 < sizeof text) {
        const char *key, *most = NULL;
        json_t *value;
        json_object_foreach(wins, key, value) {
            bool more = most == NULL ||
                        json_number_value(value) > json_number_value(json_object_get(wins, most));
            most = more ? key : most;
        }
        int n = snprintf(text + used, sizeof text - used, "%s%s %.0f", used != 0 ? ", " : "", most,
                         json_number_value(json_object_get(wins, most)));
        used += n > 0 ? (size_t)n : 0;
        json_object_del(wins, most);
    }
    return json_string(text);
}

static json_t *type_row(const char *dtype, json_t *type) {
    double in = study_row_number(type, "in"), tensors = study_row_number(type, "tensors");
    const char *key, *single = NULL;
    double least = INFINITY;
    json_t *value;
    json_object_foreach(json_object_get(type, "methods"), key, value) {
        double covered = json_number_value(json_object_get(json_object_get(type, "coverage"), key));
        if (covered == tensors && json_number_value(value) < least) {
            least = json_number_value(value);
            single = key;
        }
    }
    double best = study_row_number(type, "best");
    return json_pack(
        "{s:s, s:i, s:s?, s:o, s:f, s:o, s:o}", "dtype", dtype, "tensors", (int)tensors, "single",
        single, "single_ratio", study_real(in / least), "oracle_ratio", in / best, "gain_percent",
        study_real(100 * (least / best - 1)), "wins", wins_text(json_object_get(type, "wins")));
}

/* Results that count: tensors that came back, coded. */
static json_t *usable(const json_t *rows, uint64_t least) {
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        if (study_row_is_ok(row) && strcmp(study_row_text(row, "unit"), "tensor") == 0 &&
            strcmp(study_row_text(row, "method"), "memcpy") != 0 && cost_of(row) > 0 &&
            study_row_number(row, "elements") >= (double)least) {
            json_array_append(out, row);
        }
    }
    return out;
}

enum study_exit study_oracle(const struct study_options *o) {
    json_t *all = study_results_load(&o->inputs);
    if (all == NULL) {
        return STUDY_FAILED;
    }
    json_t *rows = usable(all, o->min_elements), *types = json_object(), *table = json_array();
    size_t n = json_array_size(rows);
    for (size_t first = 0; first < n;) {
        size_t end = first + 1;
        while (end < n && same_tensor(json_array_get(rows, first), json_array_get(rows, end))) {
            end++;
        }
        add_tensor(types, rows, first, end);
        first = end;
    }
    const char *key;
    json_t *type;
    json_object_foreach(types, key, type) {
        json_array_append_new(table, type_row(key, type));
    }
    FILE *to = study_output_open(o);
    bool good = to != NULL;
    if (good) {
        study_table_print(to, o->format, columns, sizeof columns / sizeof columns[0], table);
        good = study_output_close(o, to);
    }
    json_decref(table);
    json_decref(types);
    json_decref(rows);
    json_decref(all);
    return good ? STUDY_OK : STUDY_FAILED;
}
