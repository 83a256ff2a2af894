/* html_vectors.c - the page's second half: for each vector its hex, its cases, and what every
 * implementation made of each, with have and want where they differ. */
#include "html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEX_MOST = 512 /* bytes of a vector that are shown */
};

static const char *const marks[] = {"\xE2\x9C\x93", "\xE2\x80\x93", "\xE2\x9C\x97",
                                    "\xE2\x9C\x97"}; // check, dash, cross, cross

static const struct cf_result *result_of(const struct cf_run *run, size_t number) {
    return run->results != NULL && run->results[number].number != CF_SESSION ? &run->results[number]
                                                                             : NULL;
}

/* Sixteen bytes a line; bytes from `marked` on, in the line where it stands, are marked. */
static void put_dump(const uint8_t *data, size_t size, uint64_t start, uint64_t marked, FILE *out) {
    for (size_t line = 0; line < size; line += 16) {
        fprintf(out, "%06" PRIx64 " ", start + line);
        for (size_t i = line; i < size && i < line + 16; i++) {
            bool hit = start + i == marked;
            fprintf(out, " %s%02x%s", hit ? "<mark>" : "", data[i], hit ? "</mark>" : "");
        }
        fputc('\n', out);
    }
    if (size == 0) {
        fputs("(nothing)\n", out);
    }
}

static void put_hex(const struct cf_case *c, FILE *out) {
    struct cf_bytes data = {0};
    (void)cf_read_file(c->file, HEX_MOST, &data);
    char digest[2 * CF_SHA256_SIZE + 1];
    cf_hex(digest, c->frame.sha256, CF_SHA256_SIZE);
    fputs("<pre tabindex=\"0\">", out);
    put_dump(data.data, data.size, 0, UINT64_MAX, out);
    if (c->frame.size > data.size) {
        fprintf(out, "... %" PRIu64 " bytes more\n", c->frame.size - data.size);
    }
    fprintf(out, "</pre>\n<p class=\"soft\">%" PRIu64 " bytes, sha256 <code>%s</code></p>\n",
            c->frame.size, digest);
    cf_bytes_free(&data);
}

/* ---- one case ---- */

static void put_verdict(const struct cf_result *r, FILE *out) {
    if (r == NULL) {
        fputs("<td><span class=\"state none\">not run</span></td>", out);
        return;
    }
    enum cf_category category = cf_category_of(r->verdict);
    fprintf(out, "<td><span class=\"state %s\">%s %s</span>", cf_category_names[category],
            marks[category], cf_verdict_names[r->verdict]);
    if (category != CF_PASSED && r->have[0] != 0) {
        fputs("<br>have ", out);
        cf_put_xml(out, r->have);
    }
    if (r->note[0] != 0 && category != CF_PASSED) {
        fputs("<br><span class=\"soft\">", out);
        cf_put_xml(out, r->note);
        fputs("</span>", out);
    }
    fputs("</td>", out);
}

static void put_words(const char *const *words, FILE *out) {
    for (; *words != NULL; words++) {
        const char *slash = strncmp(*words, "/", 1) == 0 ? strrchr(*words, '/') : NULL;
        fputc(' ', out);
        cf_put_xml(out, slash != NULL ? slash + 1 : *words);
    }
}

static void put_command(const struct cf_case *c, FILE *out) {
    fprintf(out, "<code>%s", cf_verb_names[c->verb]);
    if (c->tensor != NULL) {
        fputs(" --tensor ", out);
        cf_put_xml(out, c->tensor);
    }
    for (const char *const *profile = c->profiles; *profile != NULL; profile++) {
        const char *words[] = {"--profile", *profile, NULL};
        put_words(words, out);
    }
    if (c->max_memory > 0) {
        fprintf(out, " --max-memory %" PRIu64, c->max_memory);
    }
    put_words(c->arguments, out);
    fprintf(out, "</code>%s%s",
            c->pipe_input         ? " from a pipe"
            : c->unreadable_input ? " from what cannot be read"
                                  : "",
            c->full_output ? " to a full device" : "");
}

static void put_case(const struct cf_report *report, size_t number, FILE *out) {
    const struct cf_case *c = &report->manifest->cases[number];
    char want[CF_TEXT_SIZE * 2];
    cf_want_text(report->manifest, c, want, sizeof want);
    fputs("<tr><td>", out);
    put_command(c, out);
    fputs("</td><td>", out);
    cf_put_xml(out, c->verb == CF_INSPECT ? "its structure" : want);
    fputs("</td>", out);
    for (size_t i = 0; i < report->run_count; i++) {
        put_verdict(result_of(&report->runs[i], number), out);
    }
    fputs("</tr>\n", out);
}

/* What came and what was wanted, where they are known and differ. */
static void put_difference(const struct cf_report *report, const struct cf_run *run, size_t number,
                           FILE *out) {
    const struct cf_result *r = result_of(run, number);
    if (r == NULL || r->verdict == CF_PASS || (r->have_size == 0 && r->want_size == 0)) {
        return;
    }
    fputs("<h3>", out);
    cf_put_xml(out, report->manifest->cases[number].name);
    fputs(" by ", out);
    cf_put_xml(out, run->adapter.label);
    fputs("</h3>\n<p>have", out);
    if (r->differs) {
        fprintf(out, ", the first byte that differs is %" PRIu64, r->differs_at);
    }
    fputs("</p><pre tabindex=\"0\">", out);
    uint64_t mark = r->differs ? r->differs_at : UINT64_MAX;
    put_dump(r->have_bytes, r->have_size, r->excerpt_at, mark, out);
    fputs("</pre>\n", out);
    if (r->differs) {
        fputs("<p>want</p><pre tabindex=\"0\">", out);
        put_dump(r->want_bytes, r->want_size, r->excerpt_at, mark, out);
        fputs("</pre>\n", out);
    }
}

/* ---- one vector ---- */

static void put_lower(const char *text, FILE *out) {
    char clean[200];
    (void)snprintf(clean, sizeof clean, "%s", text);
    for (char *c = clean; *c != 0; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    cf_put_xml(out, clean);
}

static void put_summary(const struct cf_report *report, const uint32_t *cases, size_t count,
                        FILE *out) {
    const struct cf_case *c = &report->manifest->cases[cases[0]];
    bool any_bad = false;
    for (size_t i = 0; i < report->run_count; i++) {
        size_t bad, done;
        (void)cf_worst(&report->runs[i], cases, count, &bad, &done);
        any_bad = any_bad || bad > 0;
    }
    fputs("<details id=\"", out); // the row's name, also where its first case was not run
    cf_put_xml(out, report->manifest->cases[c->row].name);
    fprintf(out, "\" data-bad=\"%d\" data-find=\"", any_bad);
    put_lower(c->name, out);
    fputc(' ', out);
    put_lower(c->text, out);
    size_t k;
    json_t *id;
    json_array_foreach(c->clauses, k, id) {
        fputc(' ', out);
        put_lower(json_string_value(id), out);
    }
    fputs("\"><summary><span class=\"name\">", out);
    cf_put_xml(out, report->manifest->cases[c->row].name);
    fputs("</span>", out);
    for (size_t i = 0; i < report->run_count; i++) {
        size_t bad, done;
        enum cf_category worst = cf_worst(&report->runs[i], cases, count, &bad, &done);
        fprintf(out, " <span class=\"state %s\">",
                worst < CF_CATEGORY_COUNT ? cf_category_names[worst] : "none");
        cf_put_xml(out, report->runs[i].adapter.label);
        fprintf(out, " %s</span>", worst < CF_CATEGORY_COUNT ? marks[worst] : "not run");
    }
    fputs(" <span class=\"soft\">", out);
    cf_put_xml(out, c->text);
    fputs("</span></summary>\n", out);
}

static void put_vector(const struct cf_report *report, const uint32_t *cases, size_t count,
                       FILE *out) {
    const struct cf_case *c = &report->manifest->cases[cases[0]];
    put_summary(report, cases, count, out);
    fputs("<div>\n<p>Clauses:", out);
    size_t k;
    json_t *id;
    json_array_foreach(c->clauses, k, id) {
        fprintf(out, " <a href=\"#%s\">%s</a>", json_string_value(id), json_string_value(id));
    }
    fputs("</p>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">Run</th>"
          "<th scope=\"col\">Wanted</th>",
          out);
    for (size_t i = 0; i < report->run_count; i++) {
        fputs("<th scope=\"col\">", out);
        cf_put_xml(out, report->runs[i].adapter.label);
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < count; i++) {
        put_case(report, cases[i], out);
    }
    fputs("</tbody></table></div>\n", out);
    put_hex(c, out);
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < report->run_count; r++) {
            put_difference(report, &report->runs[r], cases[i], out);
        }
    }
    fputs("</div></details>\n", out);
}

static bool was_run(const struct cf_report *report, size_t number) {
    bool run = false;
    for (size_t i = 0; i < report->run_count; i++) {
        run = run || result_of(&report->runs[i], number) != NULL;
    }
    return run;
}

bool cf_row_was_run(const struct cf_report *report, size_t number) {
    const struct cf_manifest *m = report->manifest;
    bool run = false;
    for (size_t i = m->cases[number].row; i < m->count && m->cases[i].row == m->cases[number].row;
         i++) {
        run = run || was_run(report, i);
    }
    return run;
}

/* Cases of one row follow each other in the manifest's order. Those that nobody ran are left out.
 */
void cf_html_vectors(const struct cf_report *report, FILE *out) {
    const struct cf_manifest *m = report->manifest;
    uint32_t *cases = cf_allocate(m->count, sizeof *cases);
    for (size_t row = 0, next = 0; row < m->count; row = next) {
        size_t count = 0;
        for (next = row; next < m->count && m->cases[next].row == m->cases[row].row; next++) {
            if (was_run(report, next)) {
                cases[count++] = (uint32_t)next;
            }
        }
        if (count > 0) {
            put_vector(report, cases, count, out);
        }
    }
    free(cases);
}
