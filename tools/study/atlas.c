/* atlas.c - scape-study atlas, scape-atlas: every tensor's row, medians over the larger ones, and
 * what the bytes of each GGUF file are. */
#include "atlas.h"
#include "commands.h"
#include "stats.h"
#include "table.h"

#include "archive_file.h"
#include "gguf_parts.h"

#include <stdlib.h>
#include <string.h>

static const struct study_column columns[] = {
    {"file", "File", -1},
    {"tensor", "Tensor", -1},
    {"dtype", "Type", -1},
    {"elements", "Elements", 0},
    {"h_high", "High byte", 3},
    {"h_low", "Low byte", 3},
    {"h_se9", "SE9", 3},
    {"h_m7", "M7", 3},
    {"h_exponent", "Exponent", 3},
    {"h_mantissa_given_exponent", "Mantissa | exponent", 3},
    {"h_high_given_previous", "High | previous", 3},
    {"h_byte", "Byte", 3},
    {"h_nibble", "Nibble", 3},
    {"h_nibble_given_previous", "Nibble | previous", 3},
    {"h_scale_byte", "Scale byte", 3},
    {"scale_correlation", "Scales r", 3},
    {"r_marginal", "Marginal ceiling", 4},
    {"r_q4k_marginal", "Q4_K ceiling", 4},
    {"r_conditional", "Conditional ceiling", 4},
};

/* What the summary has medians of. */
static const char *const summarized[] = {"h_high",
                                         "h_low",
                                         "h_se9",
                                         "h_m7",
                                         "h_sign",
                                         "h_exponent",
                                         "h_mantissa",
                                         "h_magnitude",
                                         "h_mantissa_given_exponent",
                                         "h_symbol",
                                         "h_byte",
                                         "h_high_given_previous",
                                         "h_nibble",
                                         "h_symbol_given_scales",
                                         "h_nibble_given_previous",
                                         "h_nibble_sign",
                                         "h_nibble_magnitude",
                                         "h_scale_byte",
                                         "h_scale_byte_by_place",
                                         "scale_correlation",
                                         "r_marginal",
                                         "r_split",
                                         "r_symbol",
                                         "r_bytes",
                                         "r_q4k_marginal",
                                         "r_q4k_nibbles",
                                         "r_conditional"};

enum {
    SUMMARIZED = sizeof summarized / sizeof summarized[0],
    COLUMNS = sizeof columns / sizeof columns[0]
};

/* ---- Rows ---- */

static json_t *row_of(const struct study_corpus *c, const struct study_item *item) {
    const struct scape_region *r = item->region;
    char dtype[CLI_DTYPE_TEXT];
    json_t *shape = json_array();
    for (unsigned i = 0; r != NULL && i < r->rank; i++) {
        json_array_append_new(shape, cli_json_size(r->dims[i]));
    }
    json_t *row = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "corpus",
                            cli_json_name(c->name, strlen(c->name)), "model",
                            cli_json_name(item->file->model, strlen(item->file->model)), "file",
                            cli_json_name(item->file->name, strlen(item->file->name)), "tensor",
                            r != NULL ? cli_json_name(r->name, r->name_len) : json_null(), "dtype",
                            r != NULL ? json_string(cli_dtype_text(r->dtype, dtype)) : json_null(),
                            "shape", shape, "elements", cli_json_size(item->elements), "bytes",
                            cli_json_size(item->bytes));
    return row;
}

static bool measure(json_t *row, const struct study_item *item) {
    struct codec_memory content;
    const char *reason;
    if (!study_item_read(item, &content, &reason)) {
        json_object_set_new(row, "problem", json_string(reason));
        return true;
    }
    const struct study_float *type = study_float_find(item->region->dtype);
    bool good = type != NULL ? study_atlas_float(row, type, item->region, content.data)
                : study_is_ggml(item->region->dtype)
                    ? study_atlas_block(row, item->region, content.data)
                    : study_atlas_bytes(row, content.data, content.size);
    free((void *)(uintptr_t)content.data);
    return good;
}

/* ---- Medians ---- */

static json_t *medians(const json_t *rows, const char *dtype, uint64_t least) {
    size_t n = json_array_size(rows), tensors = 0;
    double *values = calloc(n + 1, sizeof *values);
    json_t *out = json_object();
    for (size_t k = 0; values != NULL && k < SUMMARIZED; k++) {
        size_t used = 0;
        tensors = 0;
        for (size_t i = 0; i < n; i++) {
            const json_t *row = json_array_get(rows, i);
            const char *type = json_string_value(json_object_get(row, "dtype"));
            const json_t *value = json_object_get(row, summarized[k]);
            bool fits = json_number_value(json_object_get(row, "elements")) >= (double)least &&
                        type != NULL && (dtype == NULL || strcmp(dtype, type) == 0);
            tensors += fits ? 1 : 0;
            if (fits && json_is_number(value)) {
                values[used++] = json_number_value(value);
            }
        }
        if (used != 0) {
            json_object_set_new(out, summarized[k], study_real(study_median(values, used)));
        }
    }
    json_object_set_new(out, "tensors", json_integer((json_int_t)tensors));
    free(values);
    return out;
}

static json_t *summary_of(const json_t *rows, uint64_t least) {
    json_t *out = medians(rows, NULL, least), *types = json_object();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *type = json_string_value(json_object_get(json_array_get(rows, i), "dtype"));
        if (type != NULL && json_object_get(types, type) == NULL) {
            json_object_set_new(types, type, medians(rows, type, least));
        }
    }
    json_object_set_new(out, "min_elements", cli_json_size(least));
    json_object_set_new(out, "by_dtype", types);
    return out;
}

/* ---- Files ---- */

static bool compose(const struct study_file *f, json_t *files) {
    struct cli_parts parts;
    struct codec_region *regions = calloc(f->cut->count + 1, sizeof *regions);
    for (size_t i = 0; regions != NULL && i < f->cut->count; i++) {
        regions[i].length = f->cut->regions[i].length;
        regions[i].dtype = f->cut->regions[i].dtype;
    }
    bool good = regions != NULL && cli_parts_make(&parts, regions, f->cut->count, f->size);
    free(regions);
    if (!good) {
        return false;
    }
    json_t *file = json_pack("{s:o, s:o}", "file", cli_json_name(f->name, strlen(f->name)), "bytes",
                             cli_json_size(f->size));
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        json_object_set_new(file, cli_stream_name((enum cli_stream)s),
                            cli_json_size(parts.stream_size[s]));
    }
    cli_parts_free(&parts);
    return json_array_append_new(files, file) == 0;
}

static bool make(const struct study_options *o, struct study_corpus *c,
                 const struct study_items *items, json_t *rows, json_t *files) {
    bool good = true;
    for (size_t i = 0; i < items->count && good; i++) {
        json_t *row = row_of(c, &items->at[i]);
        good = row != NULL && (items->at[i].region == NULL || measure(row, &items->at[i]));
        if (good && items->at[i].region == NULL) {
            json_object_set_new(row, "problem", json_string(items->at[i].file->problem));
        }
        good = good && json_array_append(rows, row) == 0;
        json_decref(row);
    }
    for (size_t i = 0; i < c->count && good; i++) {
        if (c->files[i].cut != NULL && strcmp(c->files[i].cut->container, "gguf") == 0) {
            good = compose(&c->files[i], files);
        }
    }
    (void)o;
    return good;
}

json_t *study_atlas_make(const struct study_options *o) {
    struct study_corpus c;
    struct study_items items = {NULL, 0, 0};
    json_t *rows = json_array(), *files = json_array(), *out = NULL;
    if (study_corpus_open(&c, o)) {
        if (study_items_list(&items, &c, true, false, 0) && make(o, &c, &items, rows, files)) {
            out = json_pack("{s:o, s:O, s:o, s:O}", "corpus", cli_json_name(c.name, strlen(c.name)),
                            "rows", rows, "summary", summary_of(rows, o->min_elements), "files",
                            files);
        } else {
            study_error("out of memory");
        }
        study_items_free(&items);
        study_corpus_close(&c);
    }
    json_decref(rows);
    json_decref(files);
    return out;
}

/* ---- Printing ---- */

static void print_summary(FILE *to, enum study_format format, const json_t *summary) {
    static const struct study_column heads[] = {{"name", "Median", -1},
                                                {"value", "Bits or ratio", 3}};
    json_t *rows = json_array();
    for (size_t k = 0; k < SUMMARIZED; k++) {
        json_t *value = json_object_get(summary, summarized[k]);
        if (value != NULL) {
            json_array_append_new(rows,
                                  json_pack("{s:s, s:O}", "name", summarized[k], "value", value));
        }
    }
    fprintf(to, "\n%s %lld tensors of at least %lld elements\n\n",
            format == STUDY_MARKDOWN ? "Medians over" : "medians over",
            (long long)json_integer_value(json_object_get(summary, "tensors")),
            (long long)json_integer_value(json_object_get(summary, "min_elements")));
    study_table_print(to, format, heads, 2, rows);
    json_decref(rows);
}

static void print(FILE *to, enum study_format format, const json_t *atlas) {
    static const struct study_column heads[] = {{"file", "File", -1},
                                                {"bytes", "Bytes", 0},
                                                {"nibbles_q4k", "nibbles_q4k", 0},
                                                {"scales_q4k", "scales_q4k", 0},
                                                {"quant_other", "quant_other", 0},
                                                {"tensor_f32", "tensor_f32", 0},
                                                {"meta", "meta", 0}};
    const json_t *files = json_object_get(atlas, "files");
    study_table_print(to, format, columns, COLUMNS, json_object_get(atlas, "rows"));
    if (format == STUDY_CSV) {
        return;
    }
    print_summary(to, format, json_object_get(atlas, "summary"));
    if (json_array_size(files) != 0) {
        fputc('\n', to);
        study_table_print(to, format, heads, sizeof heads / sizeof heads[0], files);
    }
}

enum study_exit study_atlas(const struct study_options *o) {
    json_t *atlas = study_atlas_make(o);
    FILE *to = atlas != NULL ? study_output_open(o) : NULL;
    bool good = to != NULL;
    if (good && o->format == STUDY_JSON) {
        good = json_dumpf(atlas, to,
                          JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10)) == 0 &&
               fputc('\n', to) != EOF;
    } else if (good) {
        print(to, o->format, atlas);
    }
    good = to != NULL && study_output_close(o, to) && good;
    json_decref(atlas);
    return good ? STUDY_OK : STUDY_FAILED;
}
