/* audit.c - see audit.h, and scape-study audit. */
#include "audit.h"

#include "commands.h"
#include "input.h"
#include "table.h"

#include "archive_file.h"

#include "access.h"
#include "rans.h"

#include <stdlib.h>
#include <string.h>

/* ---- Streams ---- */

/* A nested stream is passed over; its elements go to scratch memory. */
static bool pass_nested(struct scape_ref_cursor *c, struct scape_ref_chunk_work *work,
                        uint32_t width, uint64_t count) {
    struct scape_ref_array array = {width, scape_ref_array_element(width), count, NULL};
    array.data = malloc((size_t)count * array.size + 1);
    bool good = array.data != NULL && scape_ref_nested_read(c, SCAPE_REF_NESTED_ANY, &work->stream,
                                                            &array) == SCAPE_REF_OK;
    free(array.data);
    return good;
}

static bool pass_lifts(struct scape_ref_cursor *c, struct scape_ref_chunk_work *work,
                       const struct scape_ref_array *field) {
    uint8_t log2 = 0, lifts = 0;
    bool good = scape_ref_cursor_u8(c, &log2) == SCAPE_REF_OK &&
                scape_ref_cursor_u8(c, &lifts) == SCAPE_REF_OK && lifts <= SCAPE_REF_LIFTS_MAX;
    for (uint8_t k = 0; k < lifts && good; k++) {
        good = pass_nested(c, work, log2, field->count >> log2) &&
               pass_nested(c, work, field->width, field->count >> log2);
    }
    return good;
}

static bool pass_tables(struct scape_ref_cursor *c, const struct scape_ref_rans_mode *mode,
                        uint32_t tables, uint32_t width, struct scape_ref_chunk_work *work) {
    uint64_t number;
    if (mode->source == SCAPE_REF_TABLES_INLINE) {
        return scape_ref_tables_read(c, mode->precision, tables, width, &work->stream.tables) ==
               SCAPE_REF_OK;
    }
    enum scape_ref_error error = scape_ref_cursor_varint(c, &number);
    error = error ? error : scape_ref_cursor_varint(c, &number); /* the shift */
    return error == SCAPE_REF_OK;
}

/* From behind the coder byte to the end of the stream. */
static bool audit_rans(struct scape_ref_cursor *c, struct scape_ref_chunk_work *work,
                       uint32_t field, uint8_t coder, size_t end, uint64_t parts[STUDY_PARTS]) {
    const struct scape_ref_stream_place place = {work->layout, field, work->fields};
    const struct scape_ref_array *array = &work->fields[field];
    struct scape_ref_rans_mode mode;
    struct scape_ref_context context;
    uint32_t tables = 1;
    if (scape_ref_rans_mode_read(c, false, &mode) != SCAPE_REF_OK) {
        return false;
    }
    size_t at = c->at;
    if (scape_ref_context_read(c, coder, mode.precision, (uint32_t)array->count, &place,
                               &work->stream, &tables, &context) != SCAPE_REF_OK) {
        return false;
    }
    parts[STUDY_PART_SIDE] += c->at - at;
    at = c->at;
    if (!pass_tables(c, &mode, tables, array->width, work)) {
        return false;
    }
    uint64_t states = UINT64_C(4) * mode.lanes * mode.segments;
    parts[STUDY_PART_TABLES] += c->at - at;
    parts[STUDY_PART_STATES] += states;
    parts[STUDY_PART_SYMBOLS] += end - c->at - states;
    return true;
}

static bool audit_stream(struct scape_ref_cursor c, struct scape_ref_chunk_work *work,
                         uint32_t field, uint64_t parts[STUDY_PARTS]) {
    size_t start = c.at, size = work->streams[field].size, end = start + size;
    uint8_t coder = 0;
    bool good = scape_ref_cursor_u8(&c, &coder) == SCAPE_REF_OK;
    if (good && coder == SCAPE_REF_CODER_LIFT) {
        good = pass_lifts(&c, work, &work->fields[field]);
        parts[STUDY_PART_SIDE] += c.at - start;
        good = good && scape_ref_cursor_u8(&c, &coder) == SCAPE_REF_OK;
    }
    switch (coder) {
    case SCAPE_REF_CODER_PACKED:
        parts[STUDY_PART_RAW] += size;
        return good;
    case SCAPE_REF_CODER_ZSTD:
        parts[STUDY_PART_ZSTD] += size;
        return good;
    case SCAPE_REF_CODER_CONSTANT:
        parts[STUDY_PART_CONSTANT] += size;
        return good;
    default:
        return good && audit_rans(&c, work, field, coder, end, parts);
    }
}

/* ---- Files ---- */

static struct study_audit_layout *layout_of(struct study_audit_totals *t, const char *name) {
    size_t i = 0;
    while (i < t->count && strcmp(t->layouts[i].name, name) != 0) {
        i++;
    }
    if (i == t->count && i < STUDY_AUDIT_LAYOUTS) {
        t->layouts[t->count++] = (struct study_audit_layout){.name = name};
    }
    return i < STUDY_AUDIT_LAYOUTS ? &t->layouts[i] : NULL;
}

/* A CHUNK block that was just decoded. */
static bool audit_chunk(struct study_audit_totals *t, struct scape_ref_chunk_work *work,
                        const struct scape_ref_block_entry *e) {
    struct study_audit_layout *layout = layout_of(t, work->layout->name);
    struct scape_ref_cursor c =
        scape_ref_cursor_make(work->block + SCAPE_REF_BLOCK_HEADER_SIZE, e->payload_length);
    if (layout == NULL) {
        return false;
    }
    layout->content += e->content_length;
    layout->coded += (uint64_t)e->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    c.at = 2 + e->content_length % work->layout->block_bytes;
    for (uint32_t f = 0; f < work->layout->field_count; f++) {
        if (!audit_stream(c, work, f, layout->parts)) {
            return false;
        }
        c.at += work->streams[f].size;
    }
    return true;
}

static enum scape_ref_error audit_frames(struct study_audit_totals *t, struct scape_ref_access *a) {
    enum scape_ref_error error = SCAPE_REF_OK;
    for (size_t i = 0; i < a->frame_count && !error; i++) {
        error = scape_ref_access_load(a, i);
        t->profile += !error ? a->profile_size : 0;
        for (size_t b = 0; !error && b < a->blocks.count; b++) {
            const struct scape_ref_block_entry e = *scape_ref_block_list_get(&a->blocks, b);
            if (e.is_repeat) {
                t->repeats += (uint64_t)e.payload_length + SCAPE_REF_BLOCK_OVERHEAD;
                continue;
            }
            error = scape_ref_access_decode_block(a, b);
            if (!error && !audit_chunk(t, &a->work, &e)) {
                error = SCAPE_REF_NO_MEMORY;
            }
        }
    }
    return error;
}

int study_audit_read(const struct codec_source *source, struct study_audit_totals *out) {
    const struct scape_ref_input input = {source->ctx, source->read, source->read_at, source->size};
    const struct scape_ref_options options = {.max_memory = 0};
    struct scape_ref_access access;
    *out = (struct study_audit_totals){.size = source->size};
    enum scape_ref_error error = scape_ref_access_open(&access, &input, &options);
    if (!error) {
        out->content = access.content_size;
        error = audit_frames(out, &access);
        scape_ref_access_close(&access);
    }
    return (int)error;
}

/* ---- The command ---- */

static const struct study_column columns[] = {
    {"file", "File", -1},         {"layout", "Layout", -1},  {"content", "Content", 0},
    {"bytes", "Bytes", 0},        {"profile", "Profile", 0}, {"tables", "Tables", 0},
    {"side", "Side", 0},          {"states", "States", 0},   {"symbols", "Symbols", 0},
    {"raw", "Raw bits", 0},       {"zstd", "zstd", 0},       {"constant", "Constant", 0},
    {"container", "Container", 0}};

static json_t *row_of(const char *path, const char *layout, uint64_t content, uint64_t bytes,
                      uint64_t profile, const uint64_t parts[STUDY_PARTS]) {
    static const char *const names[STUDY_PARTS] = {"tables", "side", "states",  "symbols",
                                                   "raw",    "zstd", "constant"};
    json_t *row = json_pack("{s:o, s:s, s:o, s:o, s:o}", "file", cli_json_name(path, strlen(path)),
                            "layout", layout, "content", cli_json_size(content), "bytes",
                            cli_json_size(bytes), "profile", cli_json_size(profile));
    uint64_t rest = bytes - profile;
    for (int k = 0; k < STUDY_PARTS; k++) {
        json_object_set_new(row, names[k], cli_json_size(parts[k]));
        rest -= parts[k];
    }
    json_object_set_new(row, "container", cli_json_size(rest));
    return row;
}

static void add_rows(json_t *rows, const char *path, const struct study_audit_totals *t) {
    uint64_t all[STUDY_PARTS] = {0};
    for (size_t i = 0; i < t->count; i++) {
        const struct study_audit_layout *l = &t->layouts[i];
        json_array_append_new(rows, row_of(path, l->name, l->content, l->coded, 0, l->parts));
        for (int k = 0; k < STUDY_PARTS; k++) {
            all[k] += l->parts[k];
        }
    }
    json_array_append_new(rows, row_of(path, "all", t->content, t->size, t->profile, all));
}

static bool audit_file(json_t *rows, const char *path) {
    struct cli_input in;
    struct study_audit_totals *totals = malloc(sizeof *totals);
    bool good = totals != NULL && cli_input_open(&in, path);
    if (good) {
        const struct codec_source source = cli_input_source(&in);
        int status = in.regular ? study_audit_read(&source, totals) : -1;
        good = status == CODEC_OK;
        if (good) {
            add_rows(rows, path, totals);
        } else {
            study_error("%s: %s", path, in.regular ? codec_status_text(status) : "is no file");
        }
        cli_input_close(&in);
    }
    free(totals);
    return good;
}

enum study_exit study_audit(const struct study_options *o) {
    json_t *rows = json_array();
    bool good = rows != NULL;
    for (size_t i = 0; i < o->inputs.count; i++) {
        good = audit_file(rows, o->inputs.at[i]) && good;
    }
    FILE *to = study_output_open(o);
    if (to != NULL) {
        study_table_print(to, o->format, columns, sizeof columns / sizeof columns[0], rows);
    }
    good = to != NULL && study_output_close(o, to) && good;
    json_decref(rows);
    return good ? STUDY_OK : STUDY_FAILED;
}
