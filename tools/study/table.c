/* table.c - see table.h. */
#include "table.h"

#include "message.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL = 160
};

/* Control bytes and what a terminal could obey are shown, not sent. */
static void make_safe(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c != 0; c++) {
        *c = *c < 0x20 || *c == 0x7F ? '?' : *c;
    }
}

static const char *cell_text(const json_t *row, const struct study_column *c, char out[CELL]) {
    const json_t *value = json_object_get(row, c->key);
    out[0] = 0;
    if (json_is_string(value)) {
        snprintf(out, CELL, "%s", json_string_value(value));
        make_safe(out);
    } else if (json_is_integer(value)) {
        snprintf(out, CELL, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(out, CELL, "%.*f", c->decimals < 0 ? 4 : c->decimals, json_real_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(out, CELL, "%s", json_is_true(value) ? "yes" : "");
    }
    return out;
}

/* Which columns have something in them. */
static void find_used(const struct study_column *columns, size_t count, const json_t *rows,
                      bool *used, size_t *widths) {
    for (size_t k = 0; k < count; k++) {
        char text[CELL];
        used[k] = false;
        widths[k] = strlen(columns[k].head);
        for (size_t i = 0; i < json_array_size(rows); i++) {
            size_t n = strlen(cell_text(json_array_get(rows, i), &columns[k], text));
            used[k] = used[k] || n != 0;
            widths[k] = n > widths[k] ? n : widths[k];
        }
    }
}

static void put_escaped(FILE *to, enum study_format format, const char *text) {
    bool quote = format == STUDY_CSV && strpbrk(text, ",\"\r\n") != NULL;
    if (quote) {
        fputc('"', to);
    }
    for (const char *c = text; *c != 0; c++) {
        if ((quote && *c == '"') || (format == STUDY_MARKDOWN && strchr("|\\", *c) != NULL)) {
            fputc(quote ? '"' : '\\', to);
        }
        fputc(*c, to);
    }
    if (quote) {
        fputc('"', to);
    }
}

static void put_cell(FILE *to, enum study_format format, const struct study_column *c,
                     const char *text, size_t width, bool first) {
    static const char *const between[] = {"  ", " | ", ",", ""};
    if (!first) {
        fputs(between[format], to);
    }
    if (format == STUDY_TEXT) {
        fprintf(to, c->decimals < 0 ? "%-*s" : "%*s", (int)width, text);
    } else {
        put_escaped(to, format, text);
    }
}

static void put_rule(FILE *to, const struct study_column *columns, size_t count, const bool *used) {
    fputc('|', to);
    for (size_t k = 0; k < count; k++) {
        if (used[k]) {
            fputs(columns[k].decimals < 0 ? "---|" : "---:|", to);
        }
    }
    fputc('\n', to);
}

static void put_row(FILE *to, enum study_format format, const struct study_column *columns,
                    size_t count, const bool *used, const size_t *widths, const json_t *row) {
    bool first = true;
    fputs(format == STUDY_MARKDOWN ? "| " : "", to);
    for (size_t k = 0; k < count; k++) {
        char text[CELL];
        if (used[k]) {
            put_cell(to, format, &columns[k],
                     row != NULL ? cell_text(row, &columns[k], text) : columns[k].head, widths[k],
                     first);
            first = false;
        }
    }
    fputs(format == STUDY_MARKDOWN ? " |\n" : "\n", to);
}

void study_table_print(FILE *to, enum study_format format, const struct study_column *columns,
                       size_t count, const json_t *rows) {
    if (format == STUDY_JSON) {
        json_dumpf(rows, to, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
        fputc('\n', to);
        return;
    }
    bool *used = calloc(count, sizeof *used);
    size_t *widths = calloc(count, sizeof *widths);
    if (used != NULL && widths != NULL) {
        find_used(columns, count, rows, used, widths);
        put_row(to, format, columns, count, used, widths, NULL);
        if (format == STUDY_MARKDOWN) {
            put_rule(to, columns, count, used);
        }
        for (size_t i = 0; i < json_array_size(rows); i++) {
            put_row(to, format, columns, count, used, widths, json_array_get(rows, i));
        }
    }
    free(used);
    free(widths);
}

/* ---- HTML ---- */

void study_html_text(FILE *to, const char *text) {
    for (const char *c = text; *c != 0; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*c, to);
        }
    }
}

static void html_row(FILE *to, const struct study_column *columns, size_t count, const bool *used,
                     const json_t *row) {
    const char *tag = row == NULL ? "th" : "td";
    fputs("<tr>", to);
    for (size_t k = 0; k < count; k++) {
        char text[CELL];
        if (used[k]) {
            fprintf(to, "<%s%s>", tag, columns[k].decimals < 0 ? "" : " class=\"n\"");
            study_html_text(to, row != NULL ? cell_text(row, &columns[k], text) : columns[k].head);
            fprintf(to, "</%s>", tag);
        }
    }
    fputs("</tr>\n", to);
}

void study_table_html(FILE *to, const struct study_column *columns, size_t count,
                      const json_t *rows) {
    bool *used = calloc(count, sizeof *used);
    size_t *widths = calloc(count, sizeof *widths);
    if (used != NULL && widths != NULL) {
        find_used(columns, count, rows, used, widths);
        fputs("<div class=\"wide\"><table>\n<thead>", to);
        html_row(to, columns, count, used, NULL);
        fputs("</thead>\n<tbody>\n", to);
        for (size_t i = 0; i < json_array_size(rows); i++) {
            html_row(to, columns, count, used, json_array_get(rows, i));
        }
        fputs("</tbody></table></div>\n", to);
    }
    free(used);
    free(widths);
}

/* ---- Output ---- */

FILE *study_output_open(const struct study_options *o) {
    if (o->output == NULL || strcmp(o->output, "-") == 0) {
        return stdout;
    }
    FILE *file = fopen(o->output, "w");
    if (file == NULL) {
        study_error("%s: %s", o->output, strerror(errno));
    }
    return file;
}

bool study_output_close(const struct study_options *o, FILE *file) {
    bool good = ferror(file) == 0;
    good = (file == stdout ? fflush(file) : fclose(file)) == 0 && good;
    if (!good) {
        study_error("%s: cannot be written", o->output != NULL ? o->output : "standard output");
    }
    return good;
}

json_t *study_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}
