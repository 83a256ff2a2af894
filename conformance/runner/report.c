/* report.c - see report.h: as text for people, as TAP, as JUnit's XML, as a badge. */
#include "report.h"

#include <string.h>

enum cf_verdict cf_run_fault(const struct cf_run *run, const char **what) {
    if (run->adapter.fault[0] != 0) {
        *what = run->adapter.fault;
        return CF_BAD_DESCRIPTION;
    }
    *what = run->session.note;
    return (enum cf_verdict)run->session.verdict;
}

bool cf_run_good(const struct cf_run *run) {
    return run->counts[CF_FAILED] == 0 && run->counts[CF_CRASHED] == 0 &&
           run->counts[CF_PASSED] > 0;
}

static bool was_run(const struct cf_run *run, size_t i) {
    return run->results != NULL && run->results[i].number != CF_SESSION;
}

/* "verdict: have ..., want ... (note)" */
static void describe(const struct cf_report *report, const struct cf_result *r, char *out,
                     size_t room) {
    char want[CF_TEXT_SIZE * 2];
    cf_want_text(report->manifest, &report->manifest->cases[r->number], want, sizeof want);
    (void)snprintf(out, room, "%s: have %s, want %s%s%s%s", cf_verdict_names[r->verdict], r->have,
                   want, r->note[0] != 0 ? " (" : "", r->note, r->note[0] != 0 ? ")" : "");
}

/* ---- text ---- */

static void put_classes(const struct cf_adapter *a, FILE *out) {
    const char *comma = "";
    for (unsigned i = 0; i < CF_CLASS_COUNT; i++) {
        if (a->classes & 1U << i) {
            fprintf(out, "%s%s", comma, cf_class_names[i]);
            comma = ", ";
        }
    }
}

static void put_run(const struct cf_report *report, const struct cf_run *run, FILE *out) {
    const char *what;
    enum cf_verdict fault = cf_run_fault(run, &what);
    fprintf(out, "%s: %s %s, ", run->adapter.label, run->adapter.name, run->adapter.version);
    put_classes(&run->adapter, out);
    fputc('\n', out);
    if (fault != CF_PASS) {
        fprintf(out, "  %s: %s\n", cf_verdict_names[fault], what);
    }
    for (size_t i = 0; i < report->manifest->count; i++) {
        if (was_run(run, i) && cf_category_of(run->results[i].verdict) >= CF_FAILED) {
            char text[1000];
            describe(report, &run->results[i], text, sizeof text);
            fprintf(out, "  %s %s\n", report->manifest->cases[i].name, text);
        }
    }
    fprintf(out, "  %zu passed, %zu failed, %zu skipped, %zu crashed, %.1f s\n",
            run->counts[CF_PASSED], run->counts[CF_FAILED], run->counts[CF_SKIPPED],
            run->counts[CF_CRASHED], run->seconds);
}

void cf_report_text(const struct cf_report *report, FILE *out) {
    for (size_t i = 0; i < report->run_count; i++) {
        put_run(report, &report->runs[i], out);
    }
    if (report->shuffled) {
        fprintf(out, "order of seed %llu\n", report->seed);
    }
}

/* ---- TAP ---- */

/* A description, in which a number sign would begin a directive. */
static void put_tap(FILE *out, const char *text) {
    for (const char *c = text; *c != 0; c++) {
        if (*c == '#' || *c == '\\') {
            fputc('\\', out);
        }
        fputc(*c, out);
    }
}

static void put_tap_case(const struct cf_report *report, const struct cf_run *run, size_t i,
                         size_t number, FILE *out) {
    const struct cf_result *r = &run->results[i];
    enum cf_category category = cf_category_of(r->verdict);
    fprintf(out, "%sok %zu - ", category >= CF_FAILED ? "not " : "", number);
    put_tap(out, run->adapter.label);
    fputc(' ', out);
    put_tap(out, report->manifest->cases[i].name);
    if (category == CF_SKIPPED) {
        fprintf(out, " # SKIP %s", cf_verdict_names[r->verdict]);
    } else if (category >= CF_FAILED) {
        char text[1000];
        describe(report, r, text, sizeof text);
        fprintf(out, "\n# %s", text);
    }
    fputc('\n', out);
}

void cf_report_tap(const struct cf_report *report, FILE *out) {
    size_t number = 0;
    fputs("TAP version 13\n", out);
    for (size_t k = 0; k < report->run_count; k++) {
        const struct cf_run *run = &report->runs[k];
        const char *what;
        enum cf_verdict fault = cf_run_fault(run, &what);
        fprintf(out, "%sok %zu - ", fault != CF_PASS ? "not " : "", ++number);
        put_tap(out, run->adapter.label);
        fputs(" describes itself and ends its sessions\n", out);
        if (fault != CF_PASS) {
            fprintf(out, "# %s: %s\n", cf_verdict_names[fault], what);
        }
        for (size_t i = 0; i < report->manifest->count; i++) {
            if (was_run(run, i)) {
                put_tap_case(report, run, i, ++number, out);
            }
        }
    }
    fprintf(out, "1..%zu\n", number);
}

/* ---- XML ---- */

void cf_put_xml(FILE *out, const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default: // names of vectors, notes and texts are ASCII; what is not is a stranger's
            fputc(*c >= 0x20 && *c < 0x7F ? *c : '?', out);
        }
    }
}

static void put_junit_case(const struct cf_report *report, const struct cf_run *run, size_t i,
                           FILE *out) {
    static const char *const tags[] = {"", "skipped", "failure", "error"};
    const struct cf_result *r = &run->results[i];
    enum cf_category category = cf_category_of(r->verdict);
    fputs("  <testcase classname=\"", out);
    cf_put_xml(out, run->adapter.label);
    fprintf(out, ".%s\" name=\"", cf_verb_names[report->manifest->cases[i].verb]);
    cf_put_xml(out, report->manifest->cases[i].name);
    fprintf(out, "\" time=\"%.3f\"", r->seconds);
    if (category == CF_PASSED) {
        fputs("/>\n", out);
        return;
    }
    char text[1000];
    describe(report, r, text, sizeof text);
    fprintf(out, "><%s message=\"", tags[category]);
    cf_put_xml(out, text);
    fputs("\"/></testcase>\n", out);
}

void cf_report_junit(const struct cf_report *report, FILE *out) {
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
    for (size_t k = 0; k < report->run_count; k++) {
        const struct cf_run *run = &report->runs[k];
        const char *what;
        enum cf_verdict fault = cf_run_fault(run, &what);
        fputs(" <testsuite name=\"", out);
        cf_put_xml(out, run->adapter.label);
        fprintf(out,
                "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
                run->counts[CF_PASSED] + run->counts[CF_FAILED] + run->counts[CF_CRASHED] +
                    run->counts[CF_SKIPPED],
                run->counts[CF_FAILED], run->counts[CF_CRASHED], run->counts[CF_SKIPPED],
                run->seconds);
        if (fault != CF_PASS) {
            fputs("  <testcase classname=\"", out);
            cf_put_xml(out, run->adapter.label);
            fprintf(out, ".describe\" name=\"adapter\" time=\"0.000\"><failure message=\"%s: ",
                    cf_verdict_names[fault]);
            cf_put_xml(out, what);
            fputs("\"/></testcase>\n", out);
        }
        for (size_t i = 0; i < report->manifest->count; i++) {
            if (was_run(run, i)) {
                put_junit_case(report, run, i, out);
            }
        }
        fputs(" </testsuite>\n", out);
    }
    fputs("</testsuites>\n", out);
}

/* ---- badge ---- */

void cf_report_badge(const struct cf_report *report, FILE *out) {
    size_t good = 0;
    char text[100];
    for (size_t i = 0; i < report->run_count; i++) {
        good += cf_run_good(&report->runs[i]);
    }
    const struct cf_run *first = &report->runs[0];
    if (report->run_count == 1) {
        size_t right = first->counts[CF_PASSED];
        (void)snprintf(text, sizeof text, "%.40s: %zu of %zu", first->adapter.name, right,
                       right + first->counts[CF_FAILED] + first->counts[CF_CRASHED]);
    } else {
        (void)snprintf(text, sizeof text, "%zu of %zu pass", good, report->run_count);
    }
    const char *label = "SCAPE conformance";
    int left = 132; // pixels; the font's widest usual letters have about 7
    int right = (int)strlen(text) * 7 + 20;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"20\" role=\"img\" "
            "aria-label=\"%s: ",
            left + right, label);
    cf_put_xml(out, text);
    fputs("\"><title>", out);
    cf_put_xml(out, text);
    fprintf(out,
            "</title><rect width=\"%d\" height=\"20\" rx=\"3\" fill=\"#444c56\"/>"
            "<path d=\"M%d 0h%da3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H%dz\" fill=\"%s\"/>"
            "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" "
            "text-anchor=\"middle\"><text x=\"%d\" y=\"14\">%s</text><text x=\"%d\" y=\"14\">",
            left + right, left, right - 3, left, good == report->run_count ? "#1a7f37" : "#b3261e",
            left / 2, label, left + right / 2);
    cf_put_xml(out, text);
    fputs("</text></g></svg>\n", out);
}
