/* table.h - arrays of flat JSON objects as tables: text, Markdown, CSV, JSON, HTML. Depends on
 * jansson. */
#ifndef SCAPE_STUDY_TABLE_H
#define SCAPE_STUDY_TABLE_H

#include "options.h"

#include <jansson.h>
#include <stdio.h>

struct study_column {
    const char *key, *head;
    int decimals; /* -1: text, to the left */
};

/* A column that no row has a value in is left out. Missing values and null are empty cells. */
void study_table_print(FILE *to, enum study_format format, const struct study_column *columns,
                       size_t count, const json_t *rows);
void study_table_html(FILE *to, const struct study_column *columns, size_t count,
                      const json_t *rows);
void study_html_text(FILE *to, const char *text);

/* Standard output, or the file of -o; NULL: printed. */
FILE *study_output_open(const struct study_options *o);
bool study_output_close(const struct study_options *o, FILE *file);

/* A JSON number, or null for what is none. */
json_t *study_real(double value);

#endif
