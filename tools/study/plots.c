/* plots.c - see plots.h. Colours are told apart in grey and by colour-blind eyes (Okabe and Ito);
 * points differ in shape too. */
#include "plots.h"

#include "labels.h"
#include "stats.h"
#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A name as gnuplot takes it, in quotes. */
static void put_name(FILE *to, const char *text) {
    fputc('"', to);
    for (const char *c = text; *c != 0; c++) {
        unsigned char byte = (unsigned char)*c;
        fputc(byte < 0x20 || byte == 0x7F || *c == '"' || *c == '\\' ? '?' : *c, to);
    }
    fputc('"', to);
}

static bool is_large(const json_t *row, const struct study_options *o) {
    return study_row_number(row, "elements") >= (double)o->min_elements;
}

static bool is_type(const json_t *row, const char *dtype) {
    return strcmp(study_row_text(row, "dtype"), dtype) == 0;
}

/* What does not, a copy say, would only squeeze all else together. */
static bool compresses(const json_t *summary_row) {
    return study_row_number(summary_row, "median") > 1.001;
}

/* ---- Byte entropies ---- */

static size_t write_bytes(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(e->atlas); i++) {
        const json_t *row = json_array_get(e->atlas, i);
        if (is_type(row, "BF16") && is_large(row, o)) {
            fprintf(to, "%zu %.6f %.6f ", ++n, study_row_number(row, "h_high"),
                    study_row_number(row, "h_low"));
            put_name(to, study_row_text(row, "tensor"));
            fputc('\n', to);
        }
    }
    return n;
}

/* ---- Ratio against the ceiling ---- */

static const json_t *find_result(const json_t *results, const json_t *atlas, const char *method) {
    static const char *const same[] = {"model", "file", "tensor"};
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *row = json_array_get(results, i);
        bool fits = study_row_is_ok(row) && strcmp(study_row_text(row, "method"), method) == 0 &&
                    strcmp(study_row_text(row, "unit"), "tensor") == 0;
        for (size_t k = 0; k < 3 && fits; k++) {
            fits = strcmp(study_row_text(row, same[k]), study_row_text(atlas, same[k])) == 0;
        }
        if (fits) {
            return row;
        }
    }
    return NULL;
}

static size_t write_ceiling(FILE *to, const struct study_evidence *e,
                            const struct study_options *o) {
    static const char *const methods[] = {"bf16_split_dense", "bf16_split", "default"};
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(e->atlas); i++) {
        const json_t *row = json_array_get(e->atlas, i);
        if (!is_type(row, "BF16") || !is_large(row, o)) {
            continue;
        }
        fprintf(to, "%.6f", study_row_number(row, "r_marginal"));
        for (size_t k = 0; k < 3; k++) {
            const json_t *result = find_result(e->results, row, methods[k]);
            n += result != NULL ? 1 : 0;
            if (result != NULL) {
                fprintf(to, " %.6f", study_row_number(result, "ratio"));
            } else {
                fputs(" ?", to);
            }
        }
        fputc('\n', to);
    }
    return n;
}

/* ---- Histograms ---- */

static size_t write_values(FILE *to, const json_t *rows, const char *key, const char *dtype,
                           const struct study_options *o) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if ((dtype == NULL || is_type(row, dtype)) && is_large(row, o) &&
            json_is_number(json_object_get(row, key))) {
            fprintf(to, "%.6f\n", study_row_number(row, key));
            n++;
        }
    }
    return n;
}

static size_t write_nibbles(FILE *to, const struct study_evidence *e,
                            const struct study_options *o) {
    return write_values(to, e->atlas, "h_nibble", "Q4_K", o);
}

static size_t write_pearson(FILE *to, const struct study_evidence *e,
                            const struct study_options *o) {
    return write_values(to, e->crosslayer, "pearson", NULL, o);
}

/* ---- Speed against ratio ---- */

struct point {
    const char *method;
    double speed, ratio;
    bool front;
};

static int by_speed(const void *a, const void *b) {
    const struct point *x = a, *y = b;
    return x->speed > y->speed ? -1 : x->speed < y->speed ? 1 : strcmp(x->method, y->method);
}

/* The part of the plane that is shown: of log10 of the speed, and of the ratio. */
struct plane {
    double left, width, low, height;
};

/* Faster ones first: on the front is what no faster one beats in ratio. */
static void find_front(struct point *points, size_t n) {
    double best = 0;
    qsort(points, n, sizeof *points, by_speed);
    for (size_t i = 0; i < n; i++) {
        points[i].front = points[i].ratio > best;
        best = points[i].front ? points[i].ratio : best;
    }
}

static void put_points(FILE *to, const struct point *points, size_t n, bool front) {
    for (size_t i = 0; i < n; i++) {
        if (points[i].front == front) {
            fprintf(to, "%.4f %.6f\n", points[i].speed, points[i].ratio);
        }
    }
    fputs("\n\n", to);
}

/* The blocks of labels to the right of their points and of those to the left. */
static void put_labels(FILE *to, const struct point *points, const struct study_label *labels,
                       size_t n, const struct plane *p) {
    for (int to_left = 0; to_left < 2; to_left++) {
        fputs("0.001 0 \"\"\n", to); /* a block must not be empty */
        for (size_t i = 0; i < n; i++) {
            if (labels[i].to_left == (to_left != 0)) {
                fprintf(to, "%.4f %.6f ", pow(10, p->left + labels[i].at_x * p->width),
                        p->low + labels[i].at_y * p->height);
                put_name(to, points[i].method);
                fputc('\n', to);
            }
        }
        fputs("\n\n", to);
    }
}

static bool put_speed(FILE *to, struct point *points, size_t n) {
    struct study_label *labels = calloc(n + 1, sizeof *labels);
    struct plane p = {INFINITY, 0, INFINITY, 0};
    double right = 0, high = 0;
    if (labels == NULL || n == 0) {
        free(labels);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        double speed = log10(points[i].speed);
        p.left = fmin(p.left, speed);
        p.low = fmin(p.low, points[i].ratio);
        right = fmax(right, speed);
        high = fmax(high, points[i].ratio);
    }
    p.left -= 0.15;
    p.width = 1.15 * (right - p.left) + 0.15; /* room for the last ones' labels */
    p.low -= 0.1 * (high - p.low) + 0.001;
    p.height = 1.1 * (high - p.low);
    for (size_t i = 0; i < n; i++) {
        labels[i] = (struct study_label){.x = (log10(points[i].speed) - p.left) / p.width,
                                         .y = (points[i].ratio - p.low) / p.height,
                                         .length = strlen(points[i].method)};
    }
    study_labels_place(labels, n);
    put_points(to, points, n, false);
    put_points(to, points, n, true);
    put_labels(to, points, labels, n, &p);
    fprintf(to, "%.4f %.6f\n%.4f %.6f\n", pow(10, p.left), p.low, pow(10, p.left + p.width),
            p.low + p.height);
    free(labels);
    return true;
}

static size_t write_speed(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    json_t *summary = study_summary_make(e->results, o->min_elements);
    size_t n = 0, count = json_array_size(summary);
    struct point *points = calloc(count + 1, sizeof *points);
    for (size_t i = 0; points != NULL && i < count; i++) {
        const json_t *row = json_array_get(summary, i);
        double speed = study_row_number(row, "decode_mb_per_s");
        if (is_type(row, "BF16") && strcmp(study_row_text(row, "unit"), "file") == 0 && speed > 0 &&
            compresses(row)) {
            points[n++] = (struct point){study_row_text(row, "method"), speed,
                                         study_row_number(row, "median"), false};
        }
    }
    if (points != NULL) {
        find_front(points, n);
    }
    bool good = points != NULL && put_speed(to, points, n);
    free(points);
    json_decref(summary);
    return good ? n : 0;
}

/* ---- Methods, with intervals ---- */

static size_t write_methods(FILE *to, const struct study_evidence *e,
                            const struct study_options *o) {
    json_t *summary = study_summary_make(e->results, o->min_elements);
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(summary); i++) {
        const json_t *row = json_array_get(summary, i);
        const char *method = study_row_text(row, "method");
        if (is_type(row, "BF16") && strcmp(study_row_text(row, "unit"), "tensor") == 0 &&
            study_row_number(row, "n") > 0 && compresses(row)) {
            double study = study_row_number(row, "study");
            fprintf(to, "%zu %.6f %.6f %.6f ", ++n, study_row_number(row, "median"),
                    study_row_number(row, "median_low"), study_row_number(row, "median_high"));
            if (study > 0) {
                fprintf(to, "%.4f ", study);
            } else {
                fputs("? ", to);
            }
            put_name(to, method);
            fputc('\n', to);
        }
    }
    json_decref(summary);
    return n;
}

/* ---- Ceilings by type ---- */

static double median_of(const json_t *rows, const char *dtype, const char *key,
                        const struct study_options *o) {
    double *values = calloc(json_array_size(rows) + 1, sizeof *values), median = NAN;
    size_t n = 0;
    for (size_t i = 0; values != NULL && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (is_type(row, dtype) && is_large(row, o) && json_is_number(json_object_get(row, key))) {
            values[n++] = study_row_number(row, key);
        }
    }
    if (values != NULL) {
        median = study_median(values, n);
    }
    free(values);
    return median;
}

static double achieved(const json_t *summary, const char *dtype) {
    for (size_t i = 0; i < json_array_size(summary); i++) {
        const json_t *row = json_array_get(summary, i);
        if (is_type(row, dtype) && strcmp(study_row_text(row, "unit"), "tensor") == 0 &&
            strcmp(study_row_text(row, "method"), "default") == 0) {
            return json_number_value(json_object_get(row, "median_without_profile"));
        }
    }
    return NAN;
}

static void put_number(FILE *to, double value) {
    if (isfinite(value) && value > 0) {
        fprintf(to, "%.6f ", value);
    } else {
        fputs("? ", to);
    }
}

static size_t write_types(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    json_t *summary = study_summary_make(e->results, o->min_elements), *seen = json_object();
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(e->atlas); i++) {
        const char *dtype = study_row_text(json_array_get(e->atlas, i), "dtype");
        double bytes = median_of(e->atlas, dtype, "r_bytes", o);
        double marginal = median_of(e->atlas, dtype, "r_marginal", o);
        double conditional = median_of(e->atlas, dtype, "r_conditional", o);
        if (json_object_get(seen, dtype) != NULL || !isfinite(conditional) || conditional > 2) {
            continue; /* ternary types would flatten all others */
        }
        json_object_set_new(seen, dtype, json_true());
        put_name(to, dtype);
        fputc(' ', to);
        /* Of floating-point types the marginal ceiling is that of the bytes. */
        put_number(to, isfinite(bytes) ? bytes : marginal);
        put_number(to, isfinite(bytes) ? marginal : median_of(e->atlas, dtype, "r_symbol", o));
        put_number(to, conditional);
        put_number(to, achieved(summary, dtype));
        fputc('\n', to);
        n++;
    }
    json_decref(seen);
    json_decref(summary);
    return n;
}

/* ---- The gap ---- */

static size_t write_gap(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    static const char *const terms[] = {"precision", "dense",     "table",
                                        "states",    "container", "unexplained"};
    static const char *const names[] = {"precision",   "dense",     "table bytes",
                                        "lane states", "container", "unexplained"};
    const json_t *coders[2] = {NULL, NULL};
    (void)o;
    for (size_t i = 0; i < json_array_size(e->gap); i++) {
        const json_t *row = json_array_get(e->gap, i);
        if (strcmp(study_row_text(row, "tensor"), "median") == 0) {
            coders[strcmp(study_row_text(row, "coder"), "dense") == 0 ? 0 : 1] = row;
        }
    }
    if (coders[0] == NULL || coders[1] == NULL) {
        return 0;
    }
    for (size_t k = 0; k < sizeof terms / sizeof terms[0]; k++) {
        put_name(to, names[k]);
        fprintf(to, " %.6f %.6f\n", study_row_number(coders[0], terms[k]),
                study_row_number(coders[1], terms[k]));
    }
    return sizeof terms / sizeof terms[0];
}

/* ---- The figures ---- */

const struct study_plot study_plots[] = {
    {"byte-entropies", "Entropy of the high and the low byte of each bf16 tensor, stacked.",
     write_bytes,
     "set ylabel 'bits a weight'\nset xlabel 'tensor'\nset xrange [-1:*]\nset yrange [0:16]\nset "
     "ytics 2\n"
     "set style fill solid 0.9 border lc rgb '#333333'\nset boxwidth 0.85\nset key top right\n"
     "set style data histograms\nset style histogram rowstacked\nset xtics 5 out nomirror\n"
     "plot data using 3 lc rgb '#56B4E9' title 'low byte', "
     "'' using 2 lc rgb '#D55E00' title 'high byte'\n"},
    {"ratio-ceiling",
     "Compression ratio of each bf16 tensor against its byte-marginal ceiling, 16 / (h_high + "
     "h_low): the study's dense tables stay below the line, sparse ones and our contexts do not.",
     write_ceiling,
     "set xlabel 'byte-marginal ceiling'\nset ylabel 'ratio'\nset key bottom right\nset grid\n"
     "set datafile missing '?'\n"
     "plot data using 1:4 with points pt 7 ps 0.9 lc rgb '#009E73' title 'default', "
     "'' using 1:3 with points pt 5 ps 0.8 lc rgb '#0072B2' title 'bf16_split, sparse tables', "
     "'' using 1:2 with points pt 9 ps 1.0 lc rgb '#D55E00' title 'bf16_split, dense tables', "
     "x with lines lw 1.5 dt 2 lc rgb '#333333' title 'ceiling'\n"},
    {"nibble-histogram", "Entropy of the nibbles of each Q4_K tensor; 4 would be incompressible.",
     write_nibbles,
     "stats data nooutput\nwidth = 0.005\nbin(x) = width * (floor(x / width) + 0.5)\n"
     "set xlabel 'bits a nibble'\nset ylabel 'tensors'\nset boxwidth width * 0.9\n"
     "set style fill solid 0.8 border lc rgb '#333333'\nset yrange [0:*]\nset offsets 0,0,1,0\nset "
     "grid y\n"
     "set ytics out nomirror\nset label 1 sprintf('median %.3f', STATS_median) at graph 0.03, "
     "graph 0.93\n"
     "plot data using (bin($1)):(1.0) smooth frequency with boxes lc rgb '#0072B2' notitle\n"},
    {"crosslayer-histogram",
     "Pearson's coefficient between tensors of one role in adjacent layers.", write_pearson,
     "width = 0.02\nbin(x) = width * (floor(x / width) + 0.5)\nset xlabel \"Pearson's r\"\n"
     "set ylabel 'pairs'\nset boxwidth width * 0.9\nset xrange [-0.5:0.5]\nset yrange [0:*]\nset "
     "offsets 0,0,1,0\n"
     "set style fill solid 0.8 border lc rgb '#333333'\nset grid y\nset ytics out nomirror\n"
     "plot data using (bin($1)):(1.0) smooth frequency with boxes lc rgb '#CC79A7' notitle\n"},
    {"speed-ratio",
     "Decoding speed and ratio on whole bf16 files, one thread; the line is the Pareto front.",
     write_speed,
     "set xlabel 'decoding, MB/s'\nset ylabel 'ratio'\nset logscale x\nset grid\n"
     "set key bottom left\nstats data index 4 using 1 name 'X' nooutput\nstats data index 4 using "
     "2 name 'Y' nooutput\n"
     "set xrange [X_min:X_max]\nset yrange [Y_min:Y_max]\n"
     "plot data index 1 using 1:2 with linespoints pt 7 ps 1.1 lw 2 lc rgb '#009E73' title "
     "'Pareto front', "
     "data index 0 using 1:2 with points pt 6 ps 1.1 lw 1.5 lc rgb '#0072B2' title 'behind it', "
     "data index 2 using 1:2:3 with labels left font ',11' notitle, "
     "data index 3 using 1:2:3 with labels right font ',11' notitle\n"},
    {"methods",
     "Median ratio of each method over bf16 tensors, with the bootstrap's 95 % interval (seed 42, "
     "1,000 resamples, by tensor); crosses are what the study published for its own corpus.",
     write_methods,
     "set xlabel 'ratio'\nset grid x\nset datafile missing '?'\nset key top left\n"
     "stats data using 1 nooutput\nset yrange [STATS_max + 0.7 : 0.3]\n"
     "plot data using 2:1:3:4:ytic(6) with xerrorbars pt 7 ps 0.9 lw 1.5 lc rgb '#0072B2' title "
     "'here', '' using 5:1 with points pt 2 ps 1.2 lw 2 lc rgb '#D55E00' title 'study'\n"},
    {"ceilings-by-type",
     "Medians by type: the ceiling of bytes taken one by one, of whole fields (of "
     "floating-point types: of our symbol), of fields under our contexts, and what the level "
     "default reaches, tables not counted.",
     write_types,
     "set ylabel 'ratio'\nset yrange [0.98:*]\nset grid y\nset datafile missing '?'\n"
     "set style data histograms\nset style histogram clustered gap 1\nset key top right\n"
     "set style fill solid 0.9 border lc rgb '#333333'\nset rmargin 6\nset xtics rotate by -45 out "
     "nomirror\n"
     "plot data using 2:xtic(1) lc rgb '#999999' title 'bytes', "
     "'' using 3 lc rgb '#56B4E9' title 'fields', "
     "'' using 4 lc rgb '#E69F00' title 'under contexts', "
     "'' using 5 lc rgb '#009E73' title 'default'\n"},
    {"gap",
     "Bits a weight that a SE9 + M7 coder spends above the entropy, term by term (medians over "
     "bf16 tensors): the study's 0.16 bits are the price of dense tables.",
     write_gap,
     "set ylabel 'bits a weight'\nset grid y\nset style data histograms\n"
     "set style histogram clustered gap 1\nset style fill solid 0.9 border lc rgb '#333333'\n"
     "set xtics out nomirror\nset xzeroaxis lt 1 lc rgb '#333333'\nset key top right\n"
     "plot data using 2:xtic(1) lc rgb '#D55E00' title 'dense tables', "
     "'' using 3 lc rgb '#0072B2' title 'sparse tables'\n"},
};
const size_t study_plot_count = sizeof study_plots / sizeof study_plots[0];
