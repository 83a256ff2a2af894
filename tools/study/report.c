/* report.c - scape-study report: one HTML page that needs nothing beside it: tables, figures, the
 * machine, the versions, the commands. */
#include "commands.h"
#include "page.h"
#include "plots.h"
#include "stats.h"
#include "summary.h"

#include "codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light}\n"
    "body{font:16px/1.5 'DejaVu Sans',system-ui,sans-serif;color:#1b1b1b;background:#fff;"
    "max-width:76rem;margin:0 auto;padding:1.5rem}\n"
    "h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.25rem;margin:2.2rem 0 .5rem;"
    "border-bottom:2px solid #0072B2;padding-bottom:.2rem}\n"
    "p{max-width:52rem}nav a{margin-right:1rem}\n"
    "table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.22rem .6rem;border-bottom:1px solid #ddd;text-align:left;white-space:nowrap}\n"
    "th{background:#f1f5f8;position:sticky;top:0;border-bottom:2px solid #999}\n"
    ".n{text-align:right}tbody tr:nth-child(even){background:#fafafa}\n"
    ".wide{overflow-x:auto;max-height:38rem;overflow-y:auto;border:1px solid #ddd;margin:.6rem 0}\n"
    "figure{margin:1.2rem 0}figure img{max-width:100%;height:auto;border:1px solid #ddd}\n"
    "figcaption{font-size:.9rem;color:#444;max-width:60rem}\n"
    "pre{background:#f6f8fa;padding:.7rem;overflow-x:auto;font-size:.8rem;border:1px solid #ddd}\n"
    "dl{display:grid;grid-template-columns:max-content auto;gap:.15rem 1rem;font-size:.9rem}\n"
    "dt{color:#555}dd{margin:0}\n"
    "@media print{.wide{max-height:none;overflow:visible;border:0}body{max-width:none;padding:0}"
    "th{position:static}table{font-size:6.5pt}th,td{padding:1pt 3pt;white-space:normal}"
    "figure,tr{break-inside:avoid}nav{display:none}}\n"
    "</style>\n";

static void put_head(FILE *to, const char *title) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          to);
    study_html_text(to, title);
    fputs("</title>\n", to);
    fputs(style, to);
    fputs("</head>\n<body>\n<h1>", to);
    study_html_text(to, title);
    fputs("</h1>\n<nav><a href=\"#summary\">Summary</a><a href=\"#figures\">Figures</a>"
          "<a href=\"#atlas\">Atlas</a><a href=\"#gap\">Gap</a><a href=\"#layers\">Layers</a>"
          "<a href=\"#marked\">Marked rows</a><a href=\"#origin\">Origin</a></nav>\n",
          to);
}

/* ---- Counts ---- */

struct counts {
    size_t rows, ok, in_sample, models, files;
    double bytes;
};

static struct counts count(const json_t *results) {
    struct counts c = {.rows = json_array_size(results)};
    json_t *models = json_object(), *files = json_object();
    for (size_t i = 0; i < c.rows; i++) {
        const json_t *row = json_array_get(results, i);
        bool sampled = json_is_true(json_object_get(row, "in_sample"));
        c.ok += study_row_is_ok(row) ? 1 : 0;
        c.in_sample += sampled && study_row_is_ok(row) ? 1 : 0;
        json_object_set_new(models, study_row_text(row, "model"), json_true());
        if (strcmp(study_row_text(row, "unit"), "file") == 0) {
            json_object_set_new(files, study_row_text(row, "file"),
                                json_real(study_row_number(row, "bytes_in")));
        }
    }
    const char *key;
    json_t *value;
    json_object_foreach(files, key, value) {
        c.bytes += json_number_value(value);
    }
    c.models = json_object_size(models);
    c.files = json_object_size(files);
    json_decref(models);
    json_decref(files);
    return c;
}

static void put_opening(FILE *to, const json_t *results) {
    struct counts c = count(results);
    fprintf(to,
            "<p>%zu results over %zu files of %zu %s, %.1f MB; %zu came back with the SHA-256 of "
            "what went in, %zu are marked. Every ratio counts the profile that a method needs once "
            "a file; of tensors, each bears its part. %zu results are in-sample: their profile was "
            "trained on the model that it is tested on.</p>\n",
            c.rows, c.files, c.models, c.models == 1 ? "model" : "models", c.bytes * 1e-6, c.ok,
            c.rows - c.ok, c.in_sample);
}

/* ---- Sections ---- */

static void put_summary(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    static const struct study_column columns[] = {{"dtype", "Type", -1},
                                                  {"method", "Method", -1},
                                                  {"n", "n", 0},
                                                  {"median", "Median", 4},
                                                  {"median_low", "2.5 %", 4},
                                                  {"median_high", "97.5 %", 4},
                                                  {"median_model_low", "by model", 4},
                                                  {"median_model_high", "by model", 4},
                                                  {"geometric", "Geometric", 4},
                                                  {"weighted", "By bytes", 4},
                                                  {"median_without_profile", "No profile", 4},
                                                  {"encode_mb_per_s", "Encode MB/s", 2},
                                                  {"decode_mb_per_s", "Decode MB/s", 1},
                                                  {"study", "Study", 4},
                                                  {"in_sample", "In-sample", -1},
                                                  {"marked", "Marked", 0}};
    json_t *summary = study_summary_make(e->results, o->min_elements), *row;
    static const struct {
        const char *unit, *head;
    } parts[] = {{"file", "Whole files"}, {"tensor", "Tensors"}};
    size_t i;
    fputs("<h2 id=\"summary\">Summary</h2>\n", to);
    put_opening(to, e->results);
    for (size_t p = 0; p < 2; p++) {
        json_t *part = json_array();
        json_array_foreach(summary, i, row) {
            if (strcmp(study_row_text(row, "unit"), parts[p].unit) == 0) {
                json_array_append(part, row);
            }
        }
        fprintf(to, "<h3>%s</h3>\n", parts[p].head);
        study_table_html(to, columns, sizeof columns / sizeof columns[0], part);
        json_decref(part);
    }
    fprintf(to,
            "<p>Intervals: 95 %%, bootstrap of %d resamples, seed %d, by tensor or file; by model "
            "where there are several. Tensors of fewer than %llu elements are left out. Speeds are "
            "medians of one thread on a machine that may have had other work.</p>\n",
            STUDY_RESAMPLES, STUDY_SEED, (unsigned long long)o->min_elements);
    json_decref(summary);
}

static bool put_figures(FILE *to, const struct study_evidence *e) {
    bool good = true;
    fputs("<h2 id=\"figures\">Figures</h2>\n", to);
    if (e->folder == NULL) {
        fputs("<p>No folder of figures was given.</p>\n", to);
    }
    for (size_t i = 0; e->folder != NULL && i < study_plot_count && good; i++) {
        good = study_page_image(to, e->folder, study_plots[i].name, study_plots[i].caption);
    }
    return good;
}

static void put_table(FILE *to, const char *id, const char *head, const char *text,
                      const struct study_column *columns, size_t n, const json_t *rows) {
    fprintf(to, "<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", id, head, text);
    if (json_array_size(rows) == 0) {
        fputs("<p>None.</p>\n", to);
    } else {
        study_table_html(to, columns, n, rows);
    }
}

static void put_atlas(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    static const struct study_column columns[] = {
        {"file", "File", -1},
        {"tensor", "Tensor", -1},
        {"dtype", "Type", -1},
        {"elements", "Elements", 0},
        {"h_high", "High byte", 3},
        {"h_low", "Low byte", 3},
        {"h_exponent", "Exponent", 3},
        {"h_mantissa_given_exponent", "Mantissa | exponent", 3},
        {"h_byte", "Byte", 3},
        {"h_nibble", "Nibble", 3},
        {"r_bytes", "Ceiling of bytes", 4},
        {"r_marginal", "Marginal ceiling", 4},
        {"r_conditional", "Conditional ceiling", 4}};
    json_t *large = json_array(), *row;
    size_t i;
    json_array_foreach(e->atlas, i, row) {
        if (study_row_number(row, "elements") >= (double)o->min_elements) {
            json_array_append(large, row);
        }
    }
    put_table(to, "atlas", "Atlas", "Entropies in bits, and the ratios that follow from them.",
              columns, sizeof columns / sizeof columns[0], large);
    json_decref(large);
    static const struct study_column streams[] = {{"file", "File", -1},
                                                  {"bytes", "Bytes", 0},
                                                  {"nibbles_q4k", "nibbles_q4k", 0},
                                                  {"scales_q4k", "scales_q4k", 0},
                                                  {"quant_other", "quant_other", 0},
                                                  {"tensor_f32", "tensor_f32", 0},
                                                  {"meta", "meta", 0}};
    if (json_array_size(e->files) != 0) {
        fputs("<h3>Bytes of GGUF files</h3>\n", to);
        study_table_html(to, streams, sizeof streams / sizeof streams[0], e->files);
    }
}

static void put_gap(FILE *to, const struct study_evidence *e) {
    static const struct study_column columns[] = {{"coder", "Tables", -1},
                                                  {"entropy", "Entropy", 4},
                                                  {"chunk_fit", "Chunk fit", 4},
                                                  {"precision", "12 bits", 4},
                                                  {"dense", "Dense", 4},
                                                  {"table", "Table bytes", 4},
                                                  {"states", "Lane states", 4},
                                                  {"container", "Container", 4},
                                                  {"unexplained", "Unexplained", 4},
                                                  {"actual", "Actual", 4},
                                                  {"ratio", "Ratio", 4}};
    json_t *medians = json_array(), *row;
    size_t i;
    json_array_foreach(e->gap, i, row) {
        if (strcmp(study_row_text(row, "tensor"), "median") == 0) {
            json_array_append(medians, row);
        }
    }
    put_table(to, "gap", "Gap",
              "Bits a weight of the split into SE9 and M7: medians over the bf16 tensors. What "
              "lane states hold of the symbols comes back as a negative rest.",
              columns, sizeof columns / sizeof columns[0], medians);
    json_decref(medians);
}

static void put_layers(FILE *to, const struct study_evidence *e) {
    static const struct study_column columns[] = {{"model", "Model", -1},
                                                  {"role", "Role", -1},
                                                  {"layer", "Layer", 0},
                                                  {"pearson", "Pearson", 4},
                                                  {"bits_direct", "Direct", 3},
                                                  {"bits_residual", "Affine rest", 3},
                                                  {"bits_delta", "Lossless difference", 3},
                                                  {"energy", "Energy in top ranks", 4},
                                                  {"rank", "Best rank", 0},
                                                  {"bits_lowrank", "Low-rank total", 3},
                                                  {"h_high_change", "High byte, change", 3}};
    put_table(
        to, "layers", "Adjacent layers",
        "Bits a weight of a tensor by itself, and of what a fit from the layer before leaves. "
        "The rests are rounded to bf16 and do not yet give the tensor back; the lossless "
        "difference does.",
        columns, sizeof columns / sizeof columns[0], e->crosslayer);
}

static void put_marked(FILE *to, const struct study_evidence *e) {
    static const struct study_column columns[] = {{"file", "File", -1},
                                                  {"tensor", "Tensor", -1},
                                                  {"method", "Method", -1},
                                                  {"status", "Status", -1},
                                                  {"message", "Message", -1}};
    json_t *marked = json_array(), *row;
    size_t i;
    json_array_foreach(e->results, i, row) {
        if (!study_row_is_ok(row)) {
            json_array_append(marked, row);
        }
    }
    put_table(to, "marked", "Marked rows", "Results that could not be had, and why.", columns,
              sizeof columns / sizeof columns[0], marked);
    json_decref(marked);
}

static bool put_page(FILE *to, const struct study_evidence *e, const struct study_options *o) {
    put_head(to, o->title != NULL ? o->title : "Lossless compression of model weights");
    put_summary(to, e, o);
    bool good = put_figures(to, e);
    put_atlas(to, e, o);
    put_gap(to, e);
    put_layers(to, e);
    put_marked(to, e);
    study_page_origin(to, o);
    fputs("</body>\n</html>\n", to);
    return good;
}

enum study_exit study_report(const struct study_options *o) {
    struct study_evidence e;
    if (!study_evidence_load(&e, &o->inputs)) {
        return STUDY_FAILED;
    }
    FILE *to = study_output_open(o);
    bool good = to != NULL && put_page(to, &e, o);
    good = to != NULL && study_output_close(o, to) && good;
    study_evidence_free(&e);
    return good ? STUDY_OK : STUDY_FAILED;
}
