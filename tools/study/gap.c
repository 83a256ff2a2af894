/* gap.c - scape-study gap: the bits that a SE9 + M7 coder spends above the tensor's entropy, term
 * by term, for the study's dense tables and for sparse ones. */
#include "atlas.h"
#include "audit.h"
#include "commands.h"
#include "memory_file.h"
#include "stats.h"
#include "table.h"

#include "archive_file.h"
#include "study_bf16.h"

#include "encode_stream.h"
#include "encode_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DTYPE_BF16 = 11,
    CHUNK = 1 << 21, /* elements of 4 MiB */
    P = 12,
    FIELDS = 2,
    VALUES_MAX = 512
};

static const struct study_column columns[] = {
    {"tensor", "Tensor", -1},          {"coder", "Tables", -1},      {"entropy", "Entropy", 4},
    {"chunk_fit", "Chunk fit", 4},     {"precision", "12 bits", 4},  {"dense", "Dense", 4},
    {"table", "Table bytes", 4},       {"states", "Lane states", 4}, {"container", "Container", 4},
    {"unexplained", "Unexplained", 4}, {"actual", "Actual", 4},      {"ratio", "Ratio", 4}};

static const struct { unsigned low, width; } fields[FIELDS] = {{7, 9}, {0, 7}};

/* All in bits of the whole tensor. */
struct terms {
    double entropy, chunks, sparse, dense, sparse_tables, dense_tables;
};

static void count_field(const unsigned char *content, size_t n, unsigned k,
                        uint32_t counts[VALUES_MAX]) {
    memset(counts, 0, VALUES_MAX * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        unsigned value = content[2 * i] | (unsigned)content[2 * i + 1] << 8;
        counts[value >> fields[k].low & ((1u << fields[k].width) - 1)]++;
    }
}

/* Bits of the counted elements under a 12-bit table fitted to `fitted`, and of that table. */
static bool table_cost(const uint32_t *counts, const uint32_t *fitted, unsigned width, double *bits,
                       double *table) {
    const struct scape_ref_options no_limits = {.max_memory = 0};
    struct scape_ref_memory memory;
    struct scape_ref_fit fit = {0};
    scape_ref_memory_init(&memory, &no_limits);
    bool good =
        scape_ref_tables_fit(&memory, &fit, fitted, width, 1, P, 1u << P, false) == SCAPE_REF_OK;
    for (uint32_t v = 0; good && v < (uint32_t)1 << width; v++) {
        if (counts[v] != 0) {
            *bits += counts[v] * (P - log2(fit.frequencies[fit.symbol_of[v]]));
        }
    }
    *table += 8.0 * (double)fit.byte_count;
    scape_ref_buffer_release(&memory, &fit.memory);
    return good;
}

static double entropy_bits(const uint32_t *counts) {
    uint64_t wide[VALUES_MAX];
    double total = 0;
    for (size_t v = 0; v < VALUES_MAX; v++) {
        wide[v] = counts[v];
        total += counts[v];
    }
    return total * study_entropy(wide, VALUES_MAX);
}

static bool field_terms(const unsigned char *content, size_t n, unsigned k, struct terms *t) {
    uint32_t counts[VALUES_MAX], dense[VALUES_MAX];
    bool good = true;
    count_field(content, n, k, counts);
    t->entropy += entropy_bits(counts);
    for (size_t at = 0; at < n && good; at += CHUNK) {
        count_field(content + 2 * at, n - at < CHUNK ? n - at : CHUNK, k, counts);
        for (size_t v = 0; v < VALUES_MAX; v++) {
            dense[v] = 16 * counts[v] + 1;
        }
        t->chunks += entropy_bits(counts);
        good = table_cost(counts, counts, fields[k].width, &t->sparse, &t->sparse_tables) &&
               table_cost(counts, dense, fields[k].width, &t->dense, &t->dense_tables);
    }
    return good;
}

/* ---- What the coders really need ---- */

static bool dense_bytes(const struct cli_bench_input *in, uint64_t *bytes) {
    struct cli_memory_writer out = {NULL, 0, 0};
    bool good = cli_study_dense_pack(in, &out);
    *bytes = out.size;
    cli_memory_free(&out);
    return good;
}

/* The format's frame with the same split: its size, tables and what is around its streams. */
static bool sparse_bytes(const struct cli_bench_input *in, uint64_t *bytes, uint64_t *tables,
                         uint64_t *container) {
    struct cli_memory_writer out = {NULL, 0, 0};
    struct study_audit_totals *totals = malloc(sizeof *totals);
    const struct codec_plan plan = {.method = "bf16_split",
                                    .content_size = in->file.size,
                                    .regions = in->regions,
                                    .region_count = in->region_count};
    struct cli_memory_reader reader = {in->file.data, in->file.size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    const struct codec_target target = cli_memory_target(&out);
    struct codec_report report;
    bool good = totals != NULL && codec_encode(&source, &target, &plan, &report) == CODEC_OK;
    if (good) {
        struct cli_memory_reader packed = {out.data, out.size, 0};
        const struct codec_source back = cli_memory_source(&packed);
        good = study_audit_read(&back, totals) == CODEC_OK;
    }
    *bytes = *container = out.size;
    *tables = 0;
    for (size_t i = 0; good && i < totals->count; i++) {
        *tables += totals->layouts[i].parts[STUDY_PART_TABLES];
        for (int k = 0; k < STUDY_PARTS; k++) {
            *container -= totals->layouts[i].parts[k];
        }
    }
    free(totals);
    cli_memory_free(&out);
    return good;
}

/* ---- Rows ---- */

/* Of the lanes of all segments of a field's streams. */
static double state_bits(uint64_t n) {
    double bits = 0;
    for (uint64_t at = 0; at < n; at += CHUNK) {
        uint32_t code = scape_ref_lanes_code(n - at < CHUNK ? n - at : CHUNK);
        bits += code == 0 ? 32 : 32.0 * 32 * (double)(1u << (code - 1));
    }
    return bits;
}

static json_t *row_of(const char *tensor, const char *coder, const struct terms *t, bool dense,
                      double n, double tables, double container, double actual) {
    double under = dense ? t->dense : t->sparse, states = FIELDS * state_bits((uint64_t)n);
    return json_pack("{s:o, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "tensor",
                     cli_json_name(tensor, strlen(tensor)), "coder", coder, "entropy",
                     t->entropy / n, "chunk_fit", (t->chunks - t->entropy) / n, "precision",
                     (t->sparse - t->chunks) / n, "dense", dense ? (t->dense - t->sparse) / n : 0.0,
                     "table", tables / n, "states", states / n, "container", container / n,
                     "unexplained", (actual - under - tables - states - container) / n, "actual",
                     actual / n, "ratio", 16 * n / actual);
}

static bool add_tensor(json_t *rows, const struct study_item *item) {
    struct codec_memory content;
    const char *reason;
    struct terms t = {.entropy = 0};
    uint64_t dense = 0, sparse = 0, tables = 0, container = 0;
    if (!study_item_read(item, &content, &reason)) {
        json_array_append_new(
            rows, json_pack("{s:s, s:s}", "tensor", item->region->name, "coder", reason));
        return true;
    }
    const struct scape_region *r = item->region;
    struct codec_region region = {.length = r->length, .dtype = r->dtype, .rank = r->rank};
    memcpy(region.dims, r->dims, sizeof region.dims);
    const struct cli_bench_input in = {content, &region, 1, 2};
    size_t n = content.size / 2;
    bool good = field_terms(content.data, n, 0, &t) && field_terms(content.data, n, 1, &t) &&
                dense_bytes(&in, &dense) && sparse_bytes(&in, &sparse, &tables, &container);
    if (good) {
        json_array_append_new(rows, row_of(r->name, "dense", &t, true, (double)n, t.dense_tables, 0,
                                           8.0 * (double)dense));
        json_array_append_new(rows,
                              row_of(r->name, "sparse", &t, false, (double)n, 8.0 * (double)tables,
                                     8.0 * (double)container, 8.0 * (double)sparse));
    }
    free((void *)(uintptr_t)content.data);
    return good;
}

/* Medians of every term over the tensors. */
static void add_medians(json_t *rows, const char *coder) {
    size_t n = json_array_size(rows);
    double *values = calloc(n + 1, sizeof *values);
    json_t *row = json_pack("{s:s, s:s}", "tensor", "median", "coder", coder);
    for (size_t k = 2; values != NULL && k < sizeof columns / sizeof columns[0]; k++) {
        size_t used = 0;
        for (size_t i = 0; i < n; i++) {
            const json_t *one = json_array_get(rows, i);
            const char *name = json_string_value(json_object_get(one, "coder"));
            const json_t *value = json_object_get(one, columns[k].key);
            if (name != NULL && strcmp(name, coder) == 0 && json_is_number(value)) {
                values[used++] = json_number_value(value);
            }
        }
        json_object_set_new(row, columns[k].key, study_real(study_median(values, used)));
    }
    json_array_append_new(rows, row);
    free(values);
}

enum study_exit study_gap(const struct study_options *o) {
    struct study_corpus c;
    struct study_items items;
    json_t *rows = json_array();
    if (!study_corpus_open(&c, o)) {
        json_decref(rows);
        return STUDY_FAILED;
    }
    bool good = study_items_list(&items, &c, true, false, o->min_elements);
    for (size_t i = 0; good && i < items.count; i++) {
        if (items.at[i].region != NULL && items.at[i].region->dtype == DTYPE_BF16) {
            good = add_tensor(rows, &items.at[i]);
        }
    }
    if (good && json_array_size(rows) != 0) {
        add_medians(rows, "dense");
        add_medians(rows, "sparse");
    }
    FILE *to = good ? study_output_open(o) : NULL;
    if (to != NULL) {
        study_table_print(to, o->format, columns, sizeof columns / sizeof columns[0], rows);
        good = study_output_close(o, to);
    }
    study_items_free(&items);
    study_corpus_close(&c);
    json_decref(rows);
    return good && to != NULL ? STUDY_OK : STUDY_FAILED;
}
