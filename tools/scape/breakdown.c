/* breakdown.c - see breakdown.h. */
#include "breakdown.h"
#include "archive_file.h"
#include "breakdown_field.h"
#include "files.h"
#include "message.h"

#include "access.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TYPES_MAX = 128, /* the registry has fewer */
    ROWS_MAX = 1024  /* fields of layouts by type: likewise */
};

struct type_total {
    uint16_t dtype;
    double weights;
    uint64_t content, coded; /* bytes; coded: of whole blocks */
};

struct field_total {
    uint16_t dtype;
    const struct scape_ref_layout *layout;
    uint32_t field;
    double stored, coded, entropy, adaptive; /* bits */
};

struct totals {
    struct type_total types[TYPES_MAX];
    size_t type_count;
    struct field_total rows[ROWS_MAX];
    size_t row_count;
};

static struct type_total *type_of(struct totals *t, uint16_t dtype) {
    size_t i = 0;
    while (i < t->type_count && t->types[i].dtype != dtype) {
        i++;
    }
    if (i == t->type_count && i < TYPES_MAX) {
        t->types[t->type_count++] = (struct type_total){.dtype = dtype};
    }
    return i < TYPES_MAX ? &t->types[i] : NULL;
}

static struct field_total *row_of(struct totals *t, uint16_t dtype,
                                  const struct scape_ref_layout *layout, uint32_t field) {
    size_t i = 0;
    while (i < t->row_count && (t->rows[i].dtype != dtype || t->rows[i].layout != layout ||
                                t->rows[i].field != field)) {
        i++;
    }
    if (i == t->row_count && i < ROWS_MAX) {
        t->rows[t->row_count++] =
            (struct field_total){.dtype = dtype, .layout = layout, .field = field};
    }
    return i < ROWS_MAX ? &t->rows[i] : NULL;
}

static double weights_of(uint16_t dtype, uint64_t bytes) {
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        const struct scape_ref_dtype *d = &scape_ref_dtypes[i];
        if (d->id == dtype && d->block_bytes != 0) {
            return (double)bytes * d->block_elements / d->block_bytes;
        }
    }
    return (double)bytes;
}

/* A CHUNK block that was just decoded. */
static bool add_chunk(struct totals *t, uint16_t dtype, struct scape_ref_chunk_work *work,
                      const struct scape_ref_block_entry *e) {
    struct scape_ref_cursor payload =
        scape_ref_cursor_make(work->block + SCAPE_REF_BLOCK_HEADER_SIZE, e->payload_length);
    payload.at = 2 + e->content_length % work->layout->block_bytes;
    for (uint32_t f = 0; f < work->layout->field_count; f++) {
        struct field_total *row = row_of(t, dtype, work->layout, f);
        struct scape_ref_cursor c = payload;
        struct cli_field_cost cost;
        if (row == NULL || !cli_field_measure(work, f, &c, &cost)) {
            return false;
        }
        row->stored += (double)work->fields[f].count * work->fields[f].width;
        row->coded += 8.0 * (double)work->streams[f].size;
        row->entropy += cost.entropy;
        row->adaptive += cost.adaptive;
        payload.at += work->streams[f].size;
    }
    return true;
}

static enum scape_ref_error add_region(struct totals *t, struct scape_ref_access *a,
                                       const struct scape_ref_region *r, size_t *block) {
    struct type_total *type = type_of(t, r->dtype);
    enum scape_ref_error error = type != NULL ? SCAPE_REF_OK : SCAPE_REF_LIMIT;
    for (; !error && *block < a->blocks.count; ++*block) {
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(&a->blocks, *block);
        if (e->content_offset >= r->offset + r->length) {
            break;
        }
        type->weights += weights_of(r->dtype, e->content_length);
        type->content += e->content_length;
        type->coded += (uint64_t)e->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
        if (!e->is_repeat) {
            error = scape_ref_access_decode_block(a, *block);
        }
        if (!error && !e->is_repeat && !add_chunk(t, r->dtype, &a->work, e)) {
            error = SCAPE_REF_NO_MEMORY;
        }
    }
    return error;
}

static enum scape_ref_error add_frames(struct totals *t, struct scape_ref_access *a) {
    enum scape_ref_error error = SCAPE_REF_OK;
    for (size_t i = 0; i < a->frame_count && !error; i++) {
        struct scape_ref_region region;
        size_t block = 0;
        bool more = true;
        error = scape_ref_access_load(a, i);
        while (!error && more) {
            error = scape_ref_access_next_region(a, &region, &more);
            if (!error && more) {
                error = add_region(t, a, &region, &block);
            }
        }
    }
    return error;
}

/* ---- Report: everything in bits a weight ---- */

static struct field_total sum_of(const struct totals *t, const struct type_total *type) {
    struct field_total sum = {.dtype = type->dtype};
    for (size_t i = 0; i < t->row_count; i++) {
        if (t->rows[i].dtype == type->dtype) {
            sum.stored += t->rows[i].stored;
            sum.coded += t->rows[i].coded;
            sum.entropy += t->rows[i].entropy;
            sum.adaptive += t->rows[i].adaptive;
        }
    }
    return sum;
}

static void print_row(const char *name, const struct field_total *f, double weights) {
    printf("  %-28s %10.4f %10.4f %10.4f %10.4f %10.4f\n", name, f->stored / weights,
           f->coded / weights, f->adaptive / weights, f->entropy / weights,
           (f->coded - f->adaptive) / weights);
}

static void row_name(const struct field_total *f, char out[64]) {
    snprintf(out, 64, "%s %s", f->layout->name, f->layout->fields[f->field].name);
}

static void print_type(const struct totals *t, const struct type_total *type) {
    char name[64];
    struct field_total sum = sum_of(t, type);
    printf("%s: %.0f weights, %" PRIu64 " -> %" PRIu64 " bytes, ratio %.4f\n",
           cli_dtype_text(type->dtype, name), type->weights, type->content, type->coded,
           cli_ratio(type->content, type->coded));
    printf("  %-28s %10s %10s %10s %10s %10s\n", "bits a weight", "stored", "coded", "adaptive",
           "entropy", "gap");
    for (size_t i = 0; i < t->row_count; i++) {
        if (t->rows[i].dtype == type->dtype) {
            row_name(&t->rows[i], name);
            print_row(name, &t->rows[i], type->weights);
        }
    }
    printf("  %-28s %10s %10.4f\n", "blocks, lengths, tails", "",
           (8.0 * (double)type->coded - sum.coded) / type->weights);
    sum.coded = 8.0 * (double)type->coded;
    sum.stored = 8.0 * (double)type->content;
    print_row("all", &sum, type->weights);
}

static json_t *row_json(const char *name, const struct field_total *f, double weights) {
    return json_pack("{s:s, s:f, s:f, s:f, s:f}", "field", name, "stored", f->stored / weights,
                     "coded", f->coded / weights, "adaptive", f->adaptive / weights, "entropy",
                     f->entropy / weights);
}

static json_t *type_json(const struct totals *t, const struct type_total *type) {
    char name[64];
    struct field_total sum = sum_of(t, type);
    json_t *fields = json_array();
    for (size_t i = 0; i < t->row_count; i++) {
        if (t->rows[i].dtype == type->dtype) {
            row_name(&t->rows[i], name);
            json_array_append_new(fields, row_json(name, &t->rows[i], type->weights));
        }
    }
    sum.coded = 8.0 * (double)type->coded;
    sum.stored = 8.0 * (double)type->content;
    return json_pack("{s:s, s:f, s:o, s:o, s:o, s:o}", "dtype", cli_dtype_text(type->dtype, name),
                     "weights", type->weights, "bytes", cli_json_size(type->content), "coded_bytes",
                     cli_json_size(type->coded), "bits_per_weight",
                     row_json("all", &sum, type->weights), "fields", fields);
}

static void report(const struct cli_options *o, const char *path, const struct totals *t,
                   json_t *files) {
    json_t *types = json_array();
    if (!o->json) {
        cli_print_name(stdout, path, strlen(path));
        putchar('\n');
    }
    for (size_t i = 0; i < t->type_count; i++) {
        if (t->types[i].content == 0) {
            continue;
        }
        if (o->json) {
            json_array_append_new(types, type_json(t, &t->types[i]));
        } else {
            print_type(t, &t->types[i]);
        }
    }
    if (o->json) {
        json_array_append_new(files, json_pack("{s:o, s:O}", "file",
                                               cli_json_name(path, strlen(path)), "types", types));
    }
    json_decref(types);
}

static enum scape_ref_error measure(const struct cli_options *o, struct cli_input *in,
                                    const struct codec_memory *profiles, struct totals *t) {
    const struct codec_source source = cli_input_source(in);
    const struct scape_ref_input input = {source.ctx, source.read, source.read_at, source.size};
    struct scape_ref_profile *given = calloc(o->profiles.count + 1, sizeof *given);
    struct scape_ref_access access;
    if (given == NULL) {
        return SCAPE_REF_NO_MEMORY;
    }
    for (size_t i = 0; i < o->profiles.count; i++) {
        given[i] = (struct scape_ref_profile){profiles[i].data, profiles[i].size};
    }
    const struct scape_ref_options options = {
        .max_memory = o->max_memory, .profiles = given, .profile_count = o->profiles.count};
    enum scape_ref_error error = scape_ref_access_open(&access, &input, &options);
    if (!error) {
        error = add_frames(t, &access);
        scape_ref_access_close(&access);
    }
    free(given);
    return error;
}

bool cli_breakdown(const struct cli_options *o, const char *path, json_t *files) {
    struct cli_input in;
    if (!cli_input_open(&in, path)) {
        return false;
    }
    struct codec_memory *profiles = cli_profiles_load(o);
    struct totals *t = calloc(1, sizeof *t);
    bool good = profiles != NULL && t != NULL;
    if (good) {
        enum scape_ref_error error = measure(o, &in, profiles, t);
        good = error == SCAPE_REF_OK;
        if (good) {
            report(o, path, t, files);
        } else {
            cli_error(path, "%s%s", scape_ref_error_message(error),
                      error == SCAPE_REF_BAD_MAGIC ? "; --breakdown wants a compressed file" : "");
        }
    }
    free(t);
    cli_profiles_free(profiles);
    cli_input_close(&in);
    return good;
}
