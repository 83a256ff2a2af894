/* list.c - scape list: the regions of compressed files with their sizes. Reads
 * indexes only. */
#include "archive_file.h"
#include "commands.h"
#include "message.h"

#include <inttypes.h>
#include <string.h>

static void print_text(const struct codec_archive *a, bool everything) {
    printf("%-12s %-18s %14s %14s %8s  %s\n", "dtype", "shape", "bytes", "stored", "ratio", "name");
    for (size_t i = 0; i < codec_archive_region_count(a); i++) {
        const struct codec_region r = codec_archive_region(a, i);
        char shape[CLI_SHAPE_TEXT], dtype[CLI_DTYPE_TEXT];
        if (r.name_length == 0 && !everything) {
            continue;
        }
        printf("%-12s %-18s %14" PRIu64 " %14" PRIu64 " %8.4f  ", cli_dtype_text(r.dtype, dtype),
               cli_shape_text(&r, shape), r.length, r.stored, cli_ratio(r.length, r.stored));
        cli_print_name(stdout, r.name, r.name_length);
        putchar('\n');
    }
}

static json_t *region_json(const struct codec_region *r) {
    char dtype[CLI_DTYPE_TEXT];
    json_t *shape = json_array();
    for (unsigned i = 0; i < r->rank; i++) {
        json_array_append_new(shape, cli_json_size(r->dims[i]));
    }
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:f}", "name",
                     cli_json_name(r->name, r->name_length), "dtype",
                     cli_dtype_text(r->dtype, dtype), "shape", shape, "offset",
                     cli_json_size(r->offset), "bytes", cli_json_size(r->length), "stored",
                     cli_json_size(r->stored), "ratio", cli_ratio(r->length, r->stored));
}

static json_t *file_json(const char *path, const struct codec_archive *a) {
    json_t *regions = json_array();
    for (size_t i = 0; i < codec_archive_region_count(a); i++) {
        const struct codec_region r = codec_archive_region(a, i);
        json_array_append_new(regions, region_json(&r));
    }
    return json_pack("{s:o, s:o, s:o}", "file", cli_json_name(path, strlen(path)), "content_bytes",
                     cli_json_size(codec_archive_content_size(a)), "regions", regions);
}

enum cli_exit cli_list(const struct cli_options *o) {
    enum cli_exit code = CLI_OK;
    json_t *files = json_array();
    for (size_t i = 0; i < o->files.count; i++) {
        struct cli_archive a;
        if (!cli_archive_open(&a, o->files.at[i], o)) {
            code = CLI_FAILED;
            continue;
        }
        if (o->json) {
            json_array_append_new(files, file_json(o->files.at[i], a.archive));
        } else {
            if (o->files.count > 1) {
                cli_print_name(stdout, o->files.at[i], strlen(o->files.at[i]));
                puts(":");
            }
            print_text(a.archive, o->verbosity > 0);
        }
        cli_archive_close(&a);
    }
    if (o->json) {
        return cli_json_print(files) ? code : CLI_FAILED;
    }
    json_decref(files);
    return code;
}
