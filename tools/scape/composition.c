/* composition.c - see composition.h. */
#include "composition.h"
#include "gguf_parts.h"
#include "memory_file.h"
#include "message.h"
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double percent(const struct cli_parts *p, int stream) {
    return p->size != 0 ? 100.0 * (double)p->stream_size[stream] / (double)p->size : 0;
}

static void print_streams(const struct cli_parts *p) {
    printf("  %-26s %16s %8s\n", "composition", "bytes", "percent");
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        printf("  %-26s %16" PRIu64 " %8.3f\n", cli_stream_name((enum cli_stream)s),
               p->stream_size[s], percent(p, s));
    }
}

static json_t *streams_json(const struct cli_parts *p) {
    json_t *rows = json_array();
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        json_array_append_new(
            rows, json_pack("{s:s, s:o, s:f}", "stream", cli_stream_name((enum cli_stream)s),
                            "bytes", cli_json_size(p->stream_size[s]), "percent", percent(p, s)));
    }
    return rows;
}

bool cli_composition_is_model(const char *path, bool *model) {
    struct cli_input in;
    scape_cut *cut = NULL;
    *model = false;
    if (!cli_input_open(&in, path)) {
        return false;
    }
    if (in.regular) {
        const struct scape_source source = cli_input_cut_source(&in);
        *model =
            scape_cut_file(&source, NULL, &cut) == SCAPE_CUT_OK &&
            (strcmp(cut->container, "gguf") == 0 || strcmp(cut->container, "safetensors") == 0);
    }
    scape_cut_free(cut);
    cli_input_close(&in);
    return true;
}

static void report(const struct cli_input *in, const struct cli_plan *plan,
                   const struct cli_parts *parts, const struct cli_options *o, json_t *files) {
    size_t tensors = 0;
    for (size_t i = 0; i < plan->count; i++) {
        tensors += plan->regions[i].name_length != 0 ? 1 : 0;
    }
    if (o->json) {
        json_array_append_new(
            files, json_pack("{s:o, s:o, s:s, s:o, s:o}", "file",
                             cli_json_name(in->path, strlen(in->path)), "bytes",
                             cli_json_size(in->size), "container", plan->cut->container, "tensors",
                             cli_json_size(tensors), "composition", streams_json(parts)));
        return;
    }
    cli_print_name(stdout, in->path, strlen(in->path));
    printf(": %" PRIu64 " bytes, container %s, %zu tensors\n", in->size, plan->cut->container,
           tensors);
    print_streams(parts);
}

bool cli_composition_info(const struct cli_options *o, const char *path, json_t *files) {
    struct cli_input in;
    struct cli_plan plan = {NULL, NULL, 0};
    struct cli_parts parts = {.at = NULL};
    if (!cli_input_open(&in, path)) {
        return false;
    }
    bool good = cli_plan_make(&plan, &in, o);
    if (good) {
        good = cli_parts_make(&parts, plan.regions, plan.count, in.size);
        if (good) {
            report(&in, &plan, &parts, o, files);
        } else {
            cli_error(path, "out of memory");
        }
    }
    cli_parts_free(&parts);
    cli_plan_free(&plan);
    cli_input_close(&in);
    return good;
}

/* The magic, in either byte order. What cannot be decoded, for want of a profile say, counts as no
 * GGUF: the rest of info needs no content. */
static bool is_gguf(const struct cli_archive *a) {
    struct cli_memory_writer head = {NULL, 0, 0};
    const struct codec_target target = cli_memory_target(&head);
    struct codec_report result;
    bool gguf = codec_archive_content_size(a->archive) >= 4 &&
                codec_archive_read(a->archive, 0, 4, &target, &result) == CODEC_OK &&
                head.size == 4 &&
                (memcmp(head.data, "GGUF", 4) == 0 || memcmp(head.data, "FUGG", 4) == 0);
    cli_memory_free(&head);
    return gguf;
}

bool cli_composition_of_archive(const struct cli_archive *a, json_t *file) {
    struct cli_parts parts = {.at = NULL};
    uint64_t size = codec_archive_content_size(a->archive);
    bool gguf = is_gguf(a), good = true;
    for (size_t i = 0; i < codec_archive_region_count(a->archive) && gguf && good; i++) {
        const struct codec_region r = codec_archive_region(a->archive, i);
        enum cli_part_kind kind = cli_part_kind_of(r.dtype);
        uint64_t tail = kind == CLI_PART_Q4K ? r.length % CLI_Q4K_BLOCK : 0;
        good = cli_parts_add(&parts, kind, r.length - tail) &&
               cli_parts_add(&parts, CLI_PART_OTHER, tail);
    }
    good = good && (!gguf || cli_parts_add(&parts, CLI_PART_META, size - parts.size));
    if (good && gguf && file != NULL) {
        json_object_set_new(file, "composition", streams_json(&parts));
    } else if (good && gguf) {
        print_streams(&parts);
    }
    cli_parts_free(&parts);
    return good;
}
