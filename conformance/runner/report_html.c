/* report_html.c - the results as one page that needs no other file: a summary, the matrix of
 * clauses and implementations, and every vector. */
#include "html.h"

#include <string.h>

static void put_number(size_t number, FILE *out) {
    fprintf(out, "<td class=\"number\">%zu</td>", number);
}

static void put_summary_row(const struct cf_run *run, FILE *out) {
    const char *what;
    enum cf_verdict fault = cf_run_fault(run, &what);
    bool good = cf_run_good(run);
    fputs("<tr><th scope=\"row\">", out);
    cf_put_xml(out, run->adapter.label);
    fputs("</th><td>", out);
    cf_put_xml(out, run->adapter.name);
    fputc(' ', out);
    cf_put_xml(out, run->adapter.version);
    fprintf(out, "</td><td><span class=\"state %s\">%s</span>", good ? "passed" : "failed",
            good ? "\xE2\x9C\x93 conforms" : "\xE2\x9C\x97 does not");
    if (fault != CF_PASS) {
        fprintf(out, "<br>%s: ", cf_verdict_names[fault]);
        cf_put_xml(out, what);
    }
    fputs("</td>", out);
    for (unsigned i = 0; i < CF_CATEGORY_COUNT; i++) {
        put_number(run->counts[i], out);
    }
    fprintf(out, "<td class=\"number\">%.1f s</td><td>", run->seconds);
    const char *comma = "";
    for (unsigned i = 0; i < CF_CLASS_COUNT; i++) {
        if (run->adapter.classes & 1U << i) {
            fprintf(out, "%s%s", comma, cf_class_names[i]);
            comma = ", ";
        }
    }
    fputs("</td></tr>\n", out);
}

static void put_summary(const struct cf_report *report, FILE *out) {
    fputs("<section id=\"summary\"><h2>Implementations</h2>\n<div class=\"wide\"><table><thead><tr>"
          "<th scope=\"col\">Adapter</th><th scope=\"col\">Name</th><th scope=\"col\">Result</th>",
          out);
    for (unsigned i = 0; i < CF_CATEGORY_COUNT; i++) {
        fprintf(out, "<th scope=\"col\">%c%s</th>", cf_category_names[i][0] - 32,
                cf_category_names[i] + 1);
    }
    fputs("<th scope=\"col\">Time</th><th scope=\"col\">Classes</th></tr></thead><tbody>\n", out);
    for (size_t i = 0; i < report->run_count; i++) {
        put_summary_row(&report->runs[i], out);
    }
    fputs("</tbody></table></div></section>\n", out);
}

/* ---- the matrix ---- */

static void put_cell(const struct cf_run *run, const struct cf_clause *clause, FILE *out) {
    size_t bad, done;
    enum cf_category worst = cf_worst(run, clause->cases, clause->count, &bad, &done);
    if (clause->count == 0) {
        fputs("<td><span class=\"soft\">no case</span></td>", out);
    } else if (worst == CF_CATEGORY_COUNT) {
        fputs("<td><span class=\"state none\">not run</span></td>", out);
    } else if (bad > 0) {
        fprintf(out, "<td><span class=\"state failed\">\xE2\x9C\x97 %zu of %zu</span></td>", bad,
                done);
    } else if (worst == CF_SKIPPED) {
        fputs("<td><span class=\"state skipped\">\xE2\x80\x93 skipped</span></td>", out);
    } else {
        fprintf(out, "<td><span class=\"state passed\">\xE2\x9C\x93 %zu</span></td>", done);
    }
}

static bool is_first_of_row(const struct cf_case *cases, const struct cf_clause *clause, size_t i) {
    return i == 0 || cases[clause->cases[i]].row != cases[clause->cases[i - 1]].row;
}

/* The vectors of a clause, each once, that somebody ran. */
static void put_links(const struct cf_report *report, const struct cf_clause *clause, FILE *out) {
    const struct cf_case *cases = report->manifest->cases;
    size_t rows = 0;
    for (size_t i = 0; i < clause->count; i++) {
        rows += is_first_of_row(cases, clause, i) && cf_row_was_run(report, clause->cases[i]);
    }
    fprintf(out, "<details><summary>%zu vector%s</summary><div>", rows, rows == 1 ? "" : "s");
    for (size_t i = 0; i < clause->count; i++) {
        if (is_first_of_row(cases, clause, i) && cf_row_was_run(report, clause->cases[i])) {
            const char *name = cases[cases[clause->cases[i]].row].name;
            fputs("<a href=\"#", out);
            cf_put_xml(out, name);
            fputs("\">", out);
            cf_put_xml(out, name);
            fputs("</a> ", out);
        }
    }
    fputs("</div></details>", out);
}

static void put_clause(const struct cf_report *report, const struct cf_clause *clause, FILE *out) {
    fprintf(out, "<tr id=\"%s\"><th scope=\"row\"><code>%s</code></th>", clause->id, clause->id);
    for (size_t i = 0; i < report->run_count; i++) {
        put_cell(&report->runs[i], clause, out);
    }
    fputs("<td class=\"clause\">", out);
    if (clause->text != NULL) {
        fputs("<span class=\"say\">", out);
        cf_put_xml(out, clause->text);
        fputs("</span>", out);
    }
    if (clause->count > 0) {
        put_links(report, clause, out);
    } else if (clause->reason != NULL) {
        fputs("<br><span class=\"say\">No vector: ", out);
        cf_put_xml(out, clause->reason);
        fputs("</span>", out);
    }
    fputs("</td></tr>\n", out);
}

static bool was_run(const struct cf_report *report, const struct cf_clause *clause) {
    bool run = false;
    for (size_t i = 0; i < report->run_count; i++) {
        size_t bad, done;
        run = run || cf_worst(&report->runs[i], clause->cases, clause->count, &bad, &done) !=
                         CF_CATEGORY_COUNT;
    }
    return run;
}

static void put_matrix(const struct cf_report *report, const struct cf_clauses *clauses,
                       FILE *out) {
    fputs("<section id=\"matrix\"><h2>Clauses</h2>\n<p class=\"soft\">Cases that show or break a "
          "clause of the specification, by implementation.</p>\n<div class=\"wide\"><table><thead>"
          "<tr><th scope=\"col\">Clause</th>",
          out);
    for (size_t i = 0; i < report->run_count; i++) {
        fputs("<th scope=\"col\">", out);
        cf_put_xml(out, report->runs[i].adapter.label);
        fputs("</th>", out);
    }
    fputs("<th scope=\"col\">Vectors</th></tr></thead><tbody>\n", out);
    const char *chapter = NULL;
    bool all_run = true; // else clauses without a vector say nothing about this run
    for (size_t i = 0; i < clauses->count; i++) {
        all_run = all_run && (clauses->rows[i].count == 0 || was_run(report, &clauses->rows[i]));
    }
    for (size_t i = 0; i < clauses->count; i++) {
        const struct cf_clause *clause = &clauses->rows[i];
        if (!was_run(report, clause) && (clause->count > 0 || !all_run)) {
            continue;
        }
        if (chapter == NULL || strncmp(clause->id, chapter, 3) != 0) {
            fprintf(out,
                    "<tr class=\"chapter\"><th scope=\"rowgroup\" colspan=\"%zu\">%.3s"
                    "<span class=\"soft\">%s</span></th></tr>\n",
                    report->run_count + 2, clause->id, cf_chapter_title(clause->id));
        }
        chapter = clause->id;
        put_clause(report, clause, out);
    }
    fputs("</tbody></table></div></section>\n", out);
}

/* ---- the page ---- */

static void put_head(const struct cf_report *report, size_t clause_count, FILE *out) {
    char digest[2 * CF_SHA256_SIZE + 1];
    size_t cases = 0;
    for (size_t i = 0; i < report->manifest->count; i++) {
        bool run = false;
        for (size_t k = 0; k < report->run_count; k++) {
            const struct cf_run *r = &report->runs[k];
            run = run || (r->results != NULL && r->results[i].number != CF_SESSION);
        }
        cases += run;
    }
    cf_hex(digest, report->manifest->blob.sha256, CF_SHA256_SIZE);
    fprintf(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>SCAPE conformance</title>\n<style>\n%s</style></head>\n<body>\n"
        "<a class=\"away\" href=\"#matrix\">To the clauses</a>\n<header><h1>SCAPE conformance</h1>"
        "\n<p class=\"soft\">%zu cases on %zu clauses; manifest <code>%.16s</code></p></header>\n"
        "<main>\n",
        cf_page_css, cases, clause_count, digest);
}

void cf_report_html(const struct cf_report *report, FILE *out) {
    struct cf_clauses clauses;
    cf_clauses_make(&clauses, report->manifest);
    size_t count = 0;
    for (size_t i = 0; i < clauses.count; i++) {
        count += was_run(report, &clauses.rows[i]);
    }
    put_head(report, count, out);
    put_summary(report, out);
    put_matrix(report, &clauses, out);
    fputs("<section id=\"vectors\"><h2>Vectors</h2>\n<div id=\"tools\" hidden>"
          "<label>Find <input type=\"search\" id=\"search\" placeholder=\"name, clause, word\">"
          "</label><label><input type=\"checkbox\" id=\"only-bad\"> only what is not right</label>"
          "<span id=\"shown\" class=\"soft\" role=\"status\"></span></div>\n",
          out);
    cf_html_vectors(report, out);
    fprintf(out, "</section>\n</main>\n<script>\n%s</script>\n</body></html>\n", cf_page_js);
    cf_clauses_free(&clauses);
}
