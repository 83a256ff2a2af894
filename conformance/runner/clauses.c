/* clauses.c - which cases show or break which clause. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

/* The prefixes of clause ids in the order of the chapters; others follow in the alphabet's. */
static const struct chapter {
    const char *prefix, *title;
} chapters[] = {{"CNV", "Conventions"},  {"FRM", "Frames"},
                {"BLK", "Blocks"},       {"IDX", "Index"},
                {"LAY", "Layouts"},      {"RAW", "Raw bits"},
                {"RNS", "rANS streams"}, {"TBL", "Tables"},
                {"CTX", "Contexts"},     {"ZST", "Zstd and stored"},
                {"PRF", "Profiles"},     {"VAL", "Validation"},
                {"LIM", "Limits"},       {"CAN", "Canonical encoding"},
                {"SEC", "Security"},     {"EXM", "Examples"},
                {"REG", "Registry"},     {"XXH", "The checksum"},
                {"CUT", "Containers"},   {"CNF", "Conformance"}};

enum {
    CHAPTERS = sizeof chapters / sizeof chapters[0]
};

static size_t chapter_of(const char *id) {
    size_t i = 0;
    while (i < CHAPTERS && strncmp(chapters[i].prefix, id, 3) != 0) {
        i++;
    }
    return i;
}

const char *cf_chapter_title(const char *id) {
    size_t i = chapter_of(id);
    return i < CHAPTERS ? chapters[i].title : "";
}

static int compare(const void *left, const void *right) {
    const struct cf_clause *a = left;
    const struct cf_clause *b = right;
    size_t x = chapter_of(a->id);
    size_t y = chapter_of(b->id);
    return x != y ? (x < y ? -1 : 1) : strcmp(a->id, b->id);
}

static struct cf_clause *find(struct cf_clauses *clauses, const char *id) {
    for (size_t i = 0; i < clauses->count; i++) {
        if (strcmp(clauses->rows[i].id, id) == 0) {
            return &clauses->rows[i];
        }
    }
    if (clauses->count == clauses->room) {
        clauses->room = clauses->room == 0 ? 256 : 2 * clauses->room;
        clauses->rows = realloc(clauses->rows, clauses->room * sizeof *clauses->rows);
        if (clauses->rows == NULL) {
            cf_die("no memory");
        }
    }
    struct cf_clause *row = &clauses->rows[clauses->count++];
    *row = (struct cf_clause){.id = id};
    return row;
}

static void add_case(struct cf_clause *row, uint32_t number) {
    if (row->count == row->room) {
        row->room = row->room == 0 ? 16 : 2 * row->room;
        row->cases = realloc(row->cases, row->room * sizeof *row->cases);
        if (row->cases == NULL) {
            cf_die("no memory");
        }
    }
    row->cases[row->count++] = number;
}

static int compare_numbers(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* All cases of the rows that a list names, each once; `rows` has the first case of each name. */
static void add_rows(struct cf_clause *row, const struct cf_manifest *m, const json_t *rows,
                     const json_t *names) {
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) {
        const char *text = json_is_string(name) ? json_string_value(name) : "";
        const json_t *first = json_object_get(rows, text);
        size_t at = first != NULL ? (size_t)json_integer_value(first) : m->count;
        for (size_t k = at; k < m->count && m->cases[k].row == at; k++) {
            add_case(row, (uint32_t)k);
        }
    }
    if (row->count > 0) {
        qsort(row->cases, row->count, sizeof *row->cases, compare_numbers);
    }
}

/* clauses.json has all clauses, also those without a vector, and why they have none. */
static void take_list(struct cf_clauses *out, const struct cf_manifest *m, const json_t *list) {
    json_t *rows = json_object();
    for (size_t i = 0; i < m->count; i++) {
        if (m->cases[i].row == i) {
            json_object_set_new(rows, m->cases[i].name, json_integer((json_int_t)i));
        }
    }
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry) {
        const char *id = json_string_value(json_object_get(entry, "id"));
        if (id == NULL) {
            continue;
        }
        struct cf_clause *row = find(out, id);
        row->text = json_string_value(json_object_get(entry, "text"));
        row->reason = json_string_value(json_object_get(entry, "not_shown"));
        add_rows(row, m, rows, json_object_get(entry, "shown"));
        add_rows(row, m, rows, json_object_get(entry, "broken"));
    }
    json_decref(rows);
}

/* Without such a list: what the vectors name. */
static void take_names(struct cf_clauses *out, const struct cf_manifest *m) {
    for (uint32_t i = 0; i < m->count; i++) {
        size_t k;
        json_t *id;
        json_array_foreach(m->cases[i].clauses, k, id) {
            if (json_is_string(id)) {
                add_case(find(out, json_string_value(id)), i);
            }
        }
    }
}

void cf_clauses_make(struct cf_clauses *out, const struct cf_manifest *m) {
    *out = (struct cf_clauses){0};
    char *path = cf_format("%s/clauses.json", m->folder);
    json_error_t error;
    out->texts = json_load_file(path, 0, &error);
    free(path);
    const json_t *list = json_object_get(out->texts, "clauses");
    if (json_is_array(list)) {
        take_list(out, m, list);
    } else {
        take_names(out, m);
    }
    if (out->count > 0) {
        qsort(out->rows, out->count, sizeof *out->rows, compare);
    }
}

void cf_clauses_free(struct cf_clauses *clauses) {
    for (size_t i = 0; i < clauses->count; i++) {
        free(clauses->rows[i].cases);
    }
    free(clauses->rows);
    json_decref(clauses->texts);
}

enum cf_category cf_worst(const struct cf_run *run, const uint32_t *cases, size_t count,
                          size_t *bad, size_t *done) {
    enum cf_category worst = CF_CATEGORY_COUNT;
    *bad = *done = 0;
    for (size_t i = 0; run->results != NULL && i < count; i++) {
        const struct cf_result *r = &run->results[cases[i]];
        if (r->number == CF_SESSION) {
            continue;
        }
        enum cf_category category = cf_category_of(r->verdict);
        // what passes says more about a clause than what was skipped
        bool first = worst == CF_CATEGORY_COUNT || (worst == CF_SKIPPED && category == CF_PASSED);
        bool worse = category > worst && category >= CF_FAILED;
        worst = first || worse ? category : worst;
        *bad += category >= CF_FAILED;
        *done += category != CF_SKIPPED;
    }
    return worst;
}
