/* report_html.c - see report.h. */
#include "report.h"
void cf_report_html(const struct cf_report *report, FILE *out) {
    (void)report;
    (void)out;
}
