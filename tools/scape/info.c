/* info.c - scape info: what a compressed file is made of. Frames, codings of chunks, totals by
 * dtype. Reads indexes and the first bytes of each chunk. */
#include "archive_file.h"
#include "breakdown.h"
#include "commands.h"
#include "composition.h"
#include "message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TALLY_MAX = 512 /* codings or dtypes told apart; the registry has far fewer */
};

/* Chunks coded alike, or regions of one dtype. */
struct tally {
    unsigned key; /* layout and coder, or dtype */
    bool is_repeat;
    uint64_t count, content, stored;
};

struct tallies {
    struct tally rows[TALLY_MAX];
    size_t count;
};

static void add(struct tallies *t, unsigned key, bool is_repeat, uint64_t content,
                uint64_t stored) {
    size_t i = 0;
    while (i < t->count && (t->rows[i].key != key || t->rows[i].is_repeat != is_repeat)) {
        i++;
    }
    if (i == t->count) {
        if (t->count == TALLY_MAX) {
            return;
        }
        t->rows[t->count++] = (struct tally){.key = key, .is_repeat = is_repeat};
    }
    t->rows[i].count++;
    t->rows[i].content += content;
    t->rows[i].stored += stored;
}

struct summary {
    uint64_t file_size, content_size, overhead;
    struct tallies codings, dtypes;
};

enum {
    CODER_BITS = 8
};

static bool summarise(struct summary *s, const struct cli_archive *a) {
    struct codec_archive *archive = a->archive;
    *s = (struct summary){.file_size = a->input.size,
                          .content_size = codec_archive_content_size(archive)};
    for (size_t i = 0; i < codec_archive_frame_count(archive); i++) {
        s->overhead += codec_archive_frame(archive, i).size;
    }
    for (size_t i = 0; i < codec_archive_region_count(archive); i++) {
        const struct codec_region r = codec_archive_region(archive, i);
        add(&s->dtypes, r.dtype, false, r.length, r.stored);
    }
    for (size_t i = 0; i < codec_archive_block_count(archive); i++) {
        const struct codec_block b = codec_archive_block(archive, i);
        unsigned layout = 0, coder = 0;
        int status =
            b.is_repeat ? CODEC_OK : codec_archive_block_coding(archive, i, &layout, &coder);
        if (status != CODEC_OK) {
            cli_error(a->input.path, "chunk %zu: %s", i, codec_status_text(status));
            return false;
        }
        add(&s->codings, layout << CODER_BITS | coder, b.is_repeat, b.content_length, b.stored);
        s->overhead -= b.stored;
    }
    return true;
}

static const char *coding_text(const struct tally *t, char out[64]) {
    unsigned coder = t->key & ((1u << CODER_BITS) - 1);
    if (t->is_repeat) {
        return "repeat";
    }
    const char *layout = codec_layout_name(t->key >> CODER_BITS);
    const char *name = codec_coder_name(coder);
    snprintf(out, 64, "%s %s", layout != NULL ? layout : "?", name != NULL ? name : "?");
    return out;
}

static void print_frame(size_t number, const struct codec_frame *f) {
    char hex[2 * CODEC_SHA256_SIZE + 1];
    printf("frame %zu: offset %" PRIu64 ", %" PRIu64 " bytes", number, f->offset, f->size);
    if (f->skippable) {
        puts(", skippable");
        return;
    }
    printf(", content %" PRIu64 " bytes%s, chunks up to 2^%u%s%s\n", f->content_size,
           f->size_was_unknown ? " (not known in advance)" : "", f->chunk_log2,
           f->has_repeats ? ", repeats" : "", f->profile_embedded ? ", profile embedded" : "");
    if (f->profile_named) {
        printf("  profile %s\n", cli_hex_text(f->profile_name, CODEC_SHA256_SIZE, hex));
    }
    if (f->has_sha256) {
        printf("  sha256  %s\n", cli_hex_text(f->sha256, CODEC_SHA256_SIZE, hex));
    }
}

static void print_row(const char *name, const struct tally *t) {
    printf("  %-26s %10" PRIu64 " %16" PRIu64 " %16" PRIu64 " %8.4f\n", name, t->count, t->content,
           t->stored, cli_ratio(t->content, t->stored));
}

static void print_text(const struct cli_archive *a, const struct summary *s) {
    cli_print_name(stdout, a->input.path, strlen(a->input.path));
    printf(": %" PRIu64 " -> %" PRIu64 " bytes, ratio %.4f\n", s->content_size, s->file_size,
           cli_ratio(s->content_size, s->file_size));
    for (size_t i = 0; i < codec_archive_frame_count(a->archive); i++) {
        const struct codec_frame frame = codec_archive_frame(a->archive, i);
        print_frame(i, &frame);
    }
    printf("  %-26s %10s %16s %16s %8s\n", "layout and first coder", "chunks", "bytes", "stored",
           "ratio");
    for (size_t i = 0; i < s->codings.count; i++) {
        char text[64];
        print_row(coding_text(&s->codings.rows[i], text), &s->codings.rows[i]);
    }
    printf("  %-26s %10s\n", "dtype", "regions");
    for (size_t i = 0; i < s->dtypes.count; i++) {
        char text[CLI_DTYPE_TEXT];
        print_row(cli_dtype_text((uint16_t)s->dtypes.rows[i].key, text), &s->dtypes.rows[i]);
    }
    printf("  headers, index, trailer: %" PRIu64 " bytes\n", s->overhead);
}

/* With -v: every chunk. */
static void print_chunks(const struct cli_archive *a) {
    printf("  %16s %12s %12s  %s\n", "chunk at", "bytes", "stored", "layout and first coder");
    for (size_t i = 0; i < codec_archive_block_count(a->archive); i++) {
        const struct codec_block b = codec_archive_block(a->archive, i);
        struct tally t = {.is_repeat = b.is_repeat};
        unsigned layout = 0, coder = 0;
        char text[64];
        if (!b.is_repeat) {
            (void)codec_archive_block_coding(a->archive, i, &layout, &coder);
        }
        t.key = layout << CODER_BITS | coder;
        printf("  %16" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %s\n", b.content_offset,
               b.content_length, b.stored, coding_text(&t, text));
    }
}

static json_t *frame_json(const struct codec_frame *f) {
    char hex[2 * CODEC_SHA256_SIZE + 1];
    json_t *value = json_pack("{s:o, s:o, s:b}", "offset", cli_json_size(f->offset), "bytes",
                              cli_json_size(f->size), "skippable", f->skippable);
    if (f->skippable || value == NULL) {
        return value;
    }
    json_object_set_new(value, "content_bytes", cli_json_size(f->content_size));
    json_object_set_new(value, "chunk_log2", json_integer((json_int_t)f->chunk_log2));
    json_object_set_new(value, "content_size_in_header", json_boolean(!f->size_was_unknown));
    json_object_set_new(value, "repeats", json_boolean(f->has_repeats));
    json_object_set_new(value, "profile_embedded", json_boolean(f->profile_embedded));
    if (f->profile_named) {
        json_object_set_new(value, "profile",
                            json_string(cli_hex_text(f->profile_name, CODEC_SHA256_SIZE, hex)));
    }
    if (f->has_sha256) {
        json_object_set_new(value, "sha256",
                            json_string(cli_hex_text(f->sha256, CODEC_SHA256_SIZE, hex)));
    }
    return value;
}

static json_t *tally_json(const char *label, const char *name, const struct tally *t) {
    return json_pack("{s:s, s:o, s:o, s:o, s:f}", label, name, "count", cli_json_size(t->count),
                     "bytes", cli_json_size(t->content), "stored", cli_json_size(t->stored),
                     "ratio", cli_ratio(t->content, t->stored));
}

static json_t *file_json(const struct cli_archive *a, const struct summary *s) {
    json_t *frames = json_array(), *codings = json_array(), *dtypes = json_array();
    for (size_t i = 0; i < codec_archive_frame_count(a->archive); i++) {
        const struct codec_frame frame = codec_archive_frame(a->archive, i);
        json_array_append_new(frames, frame_json(&frame));
    }
    for (size_t i = 0; i < s->codings.count; i++) {
        char text[64];
        const struct tally *t = &s->codings.rows[i];
        json_array_append_new(codings, tally_json("coding", coding_text(t, text), t));
    }
    for (size_t i = 0; i < s->dtypes.count; i++) {
        char text[CLI_DTYPE_TEXT];
        const struct tally *t = &s->dtypes.rows[i];
        json_array_append_new(dtypes,
                              tally_json("dtype", cli_dtype_text((uint16_t)t->key, text), t));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:f, s:o, s:o, s:o}", "file",
                     cli_json_name(a->input.path, strlen(a->input.path)), "bytes",
                     cli_json_size(s->file_size), "content_bytes", cli_json_size(s->content_size),
                     "overhead", cli_json_size(s->overhead), "ratio",
                     cli_ratio(s->content_size, s->file_size), "frames", frames, "chunks", codings,
                     "dtypes", dtypes);
}

static bool info_file(const struct cli_options *o, const char *path, json_t *files) {
    struct cli_archive a;
    bool model;
    if (o->breakdown) {
        return cli_breakdown(o, path, files);
    }
    if (!cli_composition_is_model(path, &model)) {
        return false;
    }
    if (model) {
        return cli_composition_info(o, path, files);
    }
    if (!cli_archive_open(&a, path, o)) {
        return false;
    }
    struct summary *s = malloc(sizeof *s);
    bool good = s != NULL && summarise(s, &a);
    if (good && o->json) {
        json_t *file = file_json(&a, s);
        good = cli_composition_of_archive(&a, file);
        json_array_append_new(files, file);
    } else if (good) {
        print_text(&a, s);
        if (o->verbosity > 0) {
            print_chunks(&a);
        }
        good = cli_composition_of_archive(&a, NULL);
    }
    free(s);
    cli_archive_close(&a);
    return good;
}

enum cli_exit cli_info(const struct cli_options *o) {
    enum cli_exit code = CLI_OK;
    json_t *files = json_array();
    for (size_t i = 0; i < o->files.count; i++) {
        if (!info_file(o, o->files.at[i], files)) {
            code = CLI_FAILED;
        }
    }
    if (o->json) {
        return cli_json_print(files) ? code : CLI_FAILED;
    }
    json_decref(files);
    return code;
}
