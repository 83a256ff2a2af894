/* report.h - the results of all adapters, written in several forms. Depends on worker. */
#ifndef CF_REPORT_H
#define CF_REPORT_H

#include "worker.h"

/* One adapter's results. results[i] is that of case i of the manifest, with number CF_SESSION
 * where the case was not run. */
struct cf_run {
    struct cf_adapter adapter;
    struct cf_result *results;
    struct cf_result session; /* the worst end of a persistent session */
    size_t counts[CF_CATEGORY_COUNT];
    double seconds;
};

struct cf_report {
    const struct cf_manifest *manifest;
    struct cf_run *runs;
    size_t run_count;
    bool shuffled;
    unsigned long long seed;
};

/* A run's verdict that belongs to no case: of its description or of its session; CF_PASS if all is
 * well there. `what` says which. */
enum cf_verdict cf_run_fault(const struct cf_run *run, const char **what);

bool cf_run_good(const struct cf_run *run);

void cf_report_text(const struct cf_report *report, FILE *out);
void cf_report_tap(const struct cf_report *report, FILE *out);
void cf_report_junit(const struct cf_report *report, FILE *out);
void cf_report_json(const struct cf_report *report, FILE *out);
void cf_report_html(const struct cf_report *report, FILE *out);
void cf_report_badge(const struct cf_report *report, FILE *out);

/* Text with the five characters that XML reserves as entities, and what it does not allow as `?`.
 */
void cf_put_xml(FILE *out, const char *text);

#endif
