/* archive_file.c - see archive_file.h. */
#include "archive_file.h"
#include "files.h"
#include "message.h"
#include "threads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool cli_archive_open(struct cli_archive *a, const char *path, const struct cli_options *o) {
    struct codec_report report;
    *a = (struct cli_archive){.archive = NULL};
    if (!cli_input_open(&a->input, path)) {
        return false;
    }
    a->source = cli_input_source(&a->input);
    a->profiles = cli_profiles_load(o);
    a->limits = (struct codec_limits){.max_memory = o->max_memory,
                                      .profiles = a->profiles,
                                      .profile_count = o->profiles.count,
                                      .threads = cli_threads(o)};
    if (!a->input.regular) {
        cli_error(path, "is a pipe; this command needs a file");
    } else if (a->profiles != NULL &&
               codec_archive_open(&a->archive, &a->source, &a->limits, &report) != CODEC_OK) {
        cli_error(path, "%s", report.message);
    }
    if (a->archive == NULL) {
        cli_archive_close(a);
        return false;
    }
    return true;
}

void cli_archive_close(struct cli_archive *a) {
    codec_archive_close(a->archive);
    cli_profiles_free(a->profiles);
    cli_input_close(&a->input);
    *a = (struct cli_archive){.archive = NULL};
}

const char *cli_shape_text(const struct codec_region *r, char out[CLI_SHAPE_TEXT]) {
    size_t n = 0;
    out[0] = 0;
    if (r->dtype != 0 && r->rank == 0) {
        snprintf(out, CLI_SHAPE_TEXT, "scalar");
    }
    for (unsigned i = 0; i < r->rank; i++) {
        int w = snprintf(out + n, CLI_SHAPE_TEXT - n, "%s%" PRIu64, i == 0 ? "" : "x", r->dims[i]);
        n += w > 0 ? (size_t)w : 0;
    }
    return out;
}

const char *cli_dtype_text(uint16_t dtype, char out[CLI_DTYPE_TEXT]) {
    const char *name = codec_dtype_name(dtype);
    if (name == NULL) {
        snprintf(out, CLI_DTYPE_TEXT, "#%u", (unsigned)dtype);
        return out;
    }
    return name;
}

const char *cli_hex_text(const uint8_t *bytes, size_t n, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = 0;
    return out;
}

json_t *cli_json_name(const char *name, size_t n) {
    json_t *whole = json_stringn(name, n);
    if (whole != NULL) {
        return whole;
    }
    char *text = malloc(3 * n + 1);
    size_t size = 0;
    for (size_t i = 0; text != NULL && i < n; i++) {
        if ((unsigned char)name[i] < 0x80) {
            text[size++] = name[i];
        } else {
            text[size++] = '\xEF';
            text[size++] = '\xBF';
            text[size++] = '\xBD';
        }
    }
    json_t *value = text != NULL ? json_stringn(text, size) : NULL;
    free(text);
    return value;
}

json_t *cli_json_size(uint64_t value) {
    char text[24];
    if (value <= UINT64_C(1) << 53) {
        return json_integer((json_int_t)value);
    }
    snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

bool cli_json_print(json_t *value) {
    bool good = value != NULL &&
                json_dumpf(value, stdout,
                           JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(8)) == 0 &&
                putchar('\n') != EOF;
    if (!good) {
        cli_error(NULL, "JSON cannot be written");
    }
    json_decref(value);
    return good;
}
