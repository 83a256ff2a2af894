/* extract.c - scape extract: the bytes of single tensors, reading the index and the chunks that
 * hold them and nothing else. */
#include "archive_file.h"
#include "commands.h"
#include "message.h"
#include "output.h"
#include "safe_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool extract_to(struct cli_archive *a, const struct cli_options *o,
                       const struct codec_region *r, const char *path) {
    const struct cli_output_options options = {
        .input = &a->input, .force = o->force, .binary = true, .sparse = o->sparse >= 0};
    struct cli_output out;
    struct codec_report report;
    if (!cli_output_open(&out, path, &options)) {
        return false;
    }
    const struct codec_target target = cli_output_target(&out);
    if (codec_archive_read(a->archive, r->offset, r->length, &target, &report) != CODEC_OK) {
        cli_error(a->input.path, "%s%s%s", report.message, out.error != 0 ? ": " : "",
                  out.error != 0 ? strerror(out.error) : "");
        cli_output_abort(&out);
        return false;
    }
    if (!cli_output_commit(&out, NULL)) {
        return false;
    }
    if (o->verbosity > 0) {
        cli_note(path, "%" PRIu64 " bytes", r->length);
    }
    return true;
}

/* What the names of an archive are where case does not count, in order. */
struct names {
    uint64_t *sorted;
    size_t count;
};

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool collect_names(struct names *names, const struct cli_archive *a) {
    const size_t regions = codec_archive_region_count(a->archive);
    *names = (struct names){calloc(regions + 1, sizeof *names->sorted), 0};
    for (size_t i = 0; i < regions && names->sorted != NULL; i++) {
        const struct codec_region r = codec_archive_region(a->archive, i);
        if (r.name_length != 0) {
            names->sorted[names->count++] = cli_safe_name_caseless(r.name, r.name_length);
        }
    }
    if (names->sorted == NULL) {
        cli_error(a->input.path, "out of memory");
        return false;
    }
    qsort(names->sorted, names->count, sizeof *names->sorted, compare);
    return true;
}

static bool is_shared(const struct names *names, uint64_t caseless) {
    const uint64_t *one =
        bsearch(&caseless, names->sorted, names->count, sizeof *names->sorted, compare);
    const uint64_t *end = names->sorted + names->count;
    return one != NULL &&
           ((one > names->sorted && one[-1] == caseless) || (one + 1 < end && one[1] == caseless));
}

/* Into a directory, under a name made safe: with a hash if another tensor's differs only in case.
 */
static bool extract_into(struct cli_archive *a, const struct cli_options *o,
                         const struct codec_region *r, const struct names *names,
                         const char *directory) {
    char name[CLI_SAFE_NAME];
    bool shared = is_shared(names, cli_safe_name_caseless(r->name, r->name_length));
    cli_safe_name(r->name, r->name_length, ".bin", shared, name);
    char *path = cli_path_join(directory, name);
    bool good = path != NULL && extract_to(a, o, r, path);
    free(path);
    return good;
}

static enum cli_exit extract_all(struct cli_archive *a, const struct cli_options *o,
                                 const struct names *names, const char *directory) {
    enum cli_exit code = CLI_OK;
    for (size_t i = 0; i < codec_archive_region_count(a->archive); i++) {
        const struct codec_region r = codec_archive_region(a->archive, i);
        if (r.name_length != 0 && !extract_into(a, o, &r, names, directory)) {
            code = CLI_FAILED;
        }
    }
    return code;
}

/* Every name is looked up before the first byte is written. Without names, `place` is a file. */
static enum cli_exit extract_named(struct cli_archive *a, const struct cli_options *o,
                                   const struct names *names, const char *place) {
    struct codec_region r;
    for (size_t i = 0; i < o->tensors.count; i++) {
        if (!codec_archive_find(a->archive, o->tensors.at[i], &r)) {
            cli_error(a->input.path, "has no tensor named '%s'; scape list shows them",
                      o->tensors.at[i]);
            return CLI_FAILED;
        }
    }
    for (size_t i = 0; i < o->tensors.count; i++) {
        bool good = codec_archive_find(a->archive, o->tensors.at[i], &r) &&
                    (names->sorted != NULL ? extract_into(a, o, &r, names, place)
                                           : extract_to(a, o, &r, place));
        if (!good) {
            return CLI_FAILED;
        }
    }
    return CLI_OK;
}

enum cli_exit cli_extract(const struct cli_options *o) {
    struct cli_archive a;
    const char *place = o->to_stdout ? "-" : o->output;
    bool several = o->all || o->tensors.count > 1;
    if (place == NULL) {
        place = several ? "." : "-";
    }
    bool standard = strcmp(place, "-") == 0;
    bool is_directory = !standard && cli_path_is_directory(place);
    if (several && !standard && !is_directory) {
        cli_error(place, "must be a directory, as there are several tensors");
        return CLI_USAGE;
    }
    if (o->all && standard) {
        cli_error(NULL, "--all needs a directory: -o DIR");
        return CLI_USAGE;
    }
    if (!cli_archive_open(&a, o->files.at[0], o)) {
        return CLI_FAILED;
    }
    struct names names = {NULL, 0};
    enum cli_exit code = CLI_FAILED;
    if (!is_directory || collect_names(&names, &a)) {
        code = o->all ? extract_all(&a, o, &names, place) : extract_named(&a, o, &names, place);
    }
    free(names.sorted);
    cli_archive_close(&a);
    return code;
}
