/* inspect.c - see inspect.h. */
#include "inspect.h"

#include "report.h"

#include <inttypes.h>

/* A name as a JSON string: bytes that are not printable ASCII stand as \u00XX, one for each byte.
 */
static void print_name(FILE *out, const uint8_t *name, size_t length) {
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x20 || name[i] > 0x7E || name[i] == '"' || name[i] == '\\') {
            fprintf(out, "\\u%04X", (unsigned)name[i]);
        } else {
            fputc(name[i], out);
        }
    }
    fputc('"', out);
}

static void print_hex(FILE *out, const uint8_t *data, size_t size) {
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        fprintf(out, "%02x", (unsigned)data[i]);
    }
    fputc('"', out);
}

static void print_header(FILE *out, const struct scape_ref_access_frame *f) {
    fprintf(out, "   \"flags\": %u,\n   \"chunk_limit_log2\": %u,\n   \"content_size\": %" PRIu64,
            (unsigned)f->header.flags, (unsigned)f->header.chunk_limit_log2,
            f->trailer.content_size);
    fprintf(out, ",\n   \"size_in_header\": %s",
            f->header.content_size == SCAPE_REF_SIZE_UNKNOWN ? "false" : "true");
    if (f->header.flags & SCAPE_REF_FLAG_PROFILE_NAMED) {
        fputs(",\n   \"profile_name\": ", out);
        print_hex(out, f->header.profile_sha256, SCAPE_REF_SHA256_SIZE);
    }
    if (f->header.flags & SCAPE_REF_FLAG_CONTENT_SHA256) {
        fputs(",\n   \"sha256\": ", out);
        print_hex(out, f->trailer.sha256, SCAPE_REF_SHA256_SIZE);
    }
    fprintf(out, ",\n   \"index_size\": %" PRIu64 ",\n", f->trailer.index_size);
}

static void print_streams(FILE *out, const struct scape_ref_chunk_work *w) {
    fprintf(out, ", \"layout\": \"%s\", \"streams\": [", w->layout->name);
    for (uint32_t i = 0; i < w->layout->field_count; i++) {
        fprintf(out, "%s{\"field\": \"%s\", \"coder\": %u, \"size\": %zu}", i == 0 ? "" : ", ",
                w->layout->fields[i].name, (unsigned)w->streams[i].coder, w->streams[i].size);
    }
    fputc(']', out);
}

static enum scape_ref_error print_blocks(FILE *out, struct scape_ref_access *a) {
    enum scape_ref_error error = SCAPE_REF_OK;
    fputs("   \"blocks\": [", out);
    for (size_t i = 0; !error && i < a->blocks.count; i++) {
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(&a->blocks, i);
        error = scape_ref_access_decode_block(a, i);
        if (error) {
            break;
        }
        fprintf(out,
                "%s\n    {\"kind\": \"%s\", \"offset\": %" PRIu64 ", \"payload_length\": %" PRIu32
                ", \"content_start\": %" PRIu64 ", \"content_length\": %" PRIu32,
                i == 0 ? "" : ",", e->is_repeat ? "repeat" : "chunk", e->offset, e->payload_length,
                e->content_offset, e->content_length);
        if (!e->is_repeat) {
            print_streams(out, &a->work);
        }
        fputc('}', out);
    }
    fputs("\n   ],\n", out);
    return error;
}

static enum scape_ref_error print_regions(FILE *out, struct scape_ref_access *a) {
    fputs("   \"regions\": [", out);
    for (bool first = true;; first = false) {
        struct scape_ref_region region;
        bool more;
        enum scape_ref_error error = scape_ref_access_next_region(a, &region, &more);
        if (error || !more) {
            fputs("\n   ]", out);
            return error;
        }
        fprintf(out, "%s\n    {\"name\": ", first ? "" : ",");
        print_name(out, region.name, region.name_length);
        fprintf(out, ", \"dtype\": %u, \"dims\": [", (unsigned)region.dtype);
        for (uint32_t i = 0; i < region.rank; i++) {
            fprintf(out, "%s%" PRIu64, i == 0 ? "" : ", ", region.dims[i]);
        }
        fprintf(out, "], \"start\": %" PRIu64 ", \"length\": %" PRIu64 "}", region.offset,
                region.length);
    }
}

static enum scape_ref_error print_frame(FILE *out, struct scape_ref_access *a, size_t i) {
    const struct scape_ref_access_frame *f = scape_ref_access_frame(a, i);
    bool content = f->kind == SCAPE_REF_FRAME_CONTENT;
    fprintf(out,
            "%s\n  {\"kind\": \"%s\",\n   \"start\": %" PRIu64 ",\n   \"size\": %" PRIu64 "%s\n",
            i == 0 ? "" : ",", content ? "content" : "skippable", f->start, f->size,
            content ? "," : "");
    enum scape_ref_error error = SCAPE_REF_OK;
    if (content) {
        print_header(out, f);
        error = scape_ref_access_load(a, i);
        error = error ? error : print_blocks(out, a);
        error = error ? error : print_regions(out, a);
    }
    fputs("}", out);
    return error;
}

enum scape_ref_error scape_ref_inspect(const struct scape_ref_input *input,
                                       const struct scape_ref_options *options, FILE *out,
                                       struct scape_ref_report *report) {
    struct scape_ref_access a;
    enum scape_ref_error error = scape_ref_access_open(&a, input, options);
    *report = (struct scape_ref_report){.error = error};
    if (!error) {
        fputs("{\"frames\": [", out);
        for (size_t i = 0; !error && i < a.frame_count; i++) {
            error = print_frame(out, &a, i);
            report->frames += error ? 0 : 1;
        }
        fputs("\n]}\n", out);
        report->content_bytes = a.content_size;
        scape_ref_access_close(&a);
    }
    if (!error && ferror(out)) {
        error = SCAPE_REF_IO;
    }
    report->peak_memory = a.memory.peak;
    scape_ref_report_fill(report, error, 0);
    return error;
}
