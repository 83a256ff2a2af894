/* report.h - how a call says what happened. Depends on the public header. */
#ifndef SCAPE_REF_REPORT_H
#define SCAPE_REF_REPORT_H

#include "scape_ref.h"

/* Sets error, position and message; the counters are the caller's. */
void scape_ref_report_fill(struct scape_ref_report *report, enum scape_ref_error error,
                           uint64_t position);

#endif
