/* summary.h - statistics of results by unit, type and method. Depends on results.h and stats.h. */
#ifndef SCAPE_STUDY_SUMMARY_H
#define SCAPE_STUDY_SUMMARY_H

#include "results.h"
#include "table.h"

extern const struct study_column study_summary_columns[];
extern const size_t study_summary_column_count;

/* One flat object for each unit, type and method, best median first; tensors below `least` elements
 * are left out. NULL: out of memory. */
json_t *study_summary_make(const json_t *rows, uint64_t least);

/* What the study published for a method on tensors or files of a type; 0: nothing. */
double study_published(const char *unit, const char *dtype, const char *method);

#endif
