/* html.h - the parts of the page. Depends on report. */
#ifndef CF_HTML_H
#define CF_HTML_H

#include "report.h"

/* page.css and page.js as text. */
extern const char cf_page_css[];
extern const char cf_page_js[];

/* A clause and what the implementations made of its cases. */
struct cf_clause {
    const char *id;
    const char *text;   /* or NULL */
    const char *reason; /* why no vector shows it, or NULL */
    uint32_t *cases;    /* numbers, rising */
    size_t count, room;
};

struct cf_clauses {
    struct cf_clause *rows; /* in the order of the specification's chapters, then by number */
    size_t count, room;
    json_t *texts; /* clauses.json of the vectors, where it is there */
};

/* The title of the chapter or section that a clause's prefix stands for, or "". */
const char *cf_chapter_title(const char *id);

void cf_clauses_make(struct cf_clauses *out, const struct cf_manifest *m);
void cf_clauses_free(struct cf_clauses *clauses);

/* The worst category of a run's cases among the given; `bad` and `done` count those that are not
 * right and those that were run. CF_CATEGORY_COUNT when none was. */
enum cf_category cf_worst(const struct cf_run *run, const uint32_t *cases, size_t count,
                          size_t *bad, size_t *done);

/* Whether any case of the same row as this one was run. */
bool cf_row_was_run(const struct cf_report *report, size_t number);

/* The vectors, one after the other, with their hex and every run. */
void cf_html_vectors(const struct cf_report *report, FILE *out);

#endif
