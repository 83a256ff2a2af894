/* evidence.c - see evidence.h. */
#include "evidence.h"

#include <string.h>
#include <sys/stat.h>

static bool extend(json_t *to, const json_t *from) {
    return from == NULL || json_array_extend(to, (json_t *)(uintptr_t)from) == 0;
}

static bool has(const json_t *rows, const char *key) {
    return json_object_get(json_array_get(rows, 0), key) != NULL;
}

static bool add_json(struct study_evidence *e, const char *path) {
    json_error_t error;
    json_t *value = json_load_file(path, 0, &error);
    bool good = value != NULL;
    if (!good) {
        study_error("%s: line %d: %s", path, error.line, error.text);
    } else if (json_is_object(value) && json_object_get(value, "rows") != NULL) {
        good = extend(e->atlas, json_object_get(value, "rows")) &&
               extend(e->files, json_object_get(value, "files"));
    } else if (has(value, "pearson")) {
        good = extend(e->crosslayer, value);
    } else if (has(value, "coder")) {
        good = extend(e->gap, value);
    } else if (!json_is_array(value) || json_array_size(value) != 0) {
        study_error("%s: neither an atlas nor pairs nor a gap", path);
        good = false;
    }
    json_decref(value);
    return good;
}

static bool ends_in(const char *text, const char *end) {
    size_t n = strlen(text), size = strlen(end);
    return n >= size && strcmp(text + n - size, end) == 0;
}

bool study_evidence_load(struct study_evidence *e, const struct study_words *inputs) {
    *e = (struct study_evidence){json_array(), json_array(), json_array(),
                                 json_array(), json_array(), NULL};
    bool good = true;
    for (size_t i = 0; i < inputs->count && good; i++) {
        const char *path = inputs->at[i];
        struct stat status;
        uint64_t whole;
        size_t damaged;
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            e->folder = path;
        } else if (ends_in(path, ".json")) {
            good = add_json(e, path);
        } else {
            good = study_results_read(path, e->results, &whole, &damaged);
        }
    }
    if (good) {
        e->results = study_rows_sort(e->results);
        good = e->results != NULL;
    }
    if (!good) {
        study_evidence_free(e);
    }
    return good;
}

void study_evidence_free(struct study_evidence *e) {
    json_decref(e->results);
    json_decref(e->atlas);
    json_decref(e->files);
    json_decref(e->crosslayer);
    json_decref(e->gap);
    *e = (struct study_evidence){NULL, NULL, NULL, NULL, NULL, NULL};
}
