/* report.c - see report.h. Names and texts of the error classes come from the registry. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

static const struct scape_ref_error_text *find(enum scape_ref_error error) {
    for (size_t i = 0; i < scape_ref_error_text_count; i++) {
        if (scape_ref_error_texts[i].id == (int)error) {
            return &scape_ref_error_texts[i];
        }
    }
    return NULL;
}

const char *scape_ref_error_name(enum scape_ref_error error) {
    const struct scape_ref_error_text *text = find(error);
    return text ? text->name : error == SCAPE_REF_OK ? "OK" : "?";
}

const char *scape_ref_error_message(enum scape_ref_error error) {
    const struct scape_ref_error_text *text = find(error);
    return text ? text->text : "";
}

void scape_ref_report_fill(struct scape_ref_report *report, enum scape_ref_error error,
                           uint64_t position) {
    report->error = error;
    report->position = position;
    if (error == SCAPE_REF_OK) {
        report->message[0] = 0;
        return;
    }
    (void)snprintf(report->message, sizeof report->message, "%s at byte %" PRIu64 ": %s",
                   scape_ref_error_name(error), position, scape_ref_error_message(error));
}
