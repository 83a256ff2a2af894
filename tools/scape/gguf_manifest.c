/* gguf_manifest.c - see gguf_manifest.h. */
#include "gguf_manifest.h"
#include "archive_file.h"

#include <string.h>

#define FORMAT "scape-decompose"

enum {
    VERSION = 1
};

static json_t *digest_json(const uint8_t *sha256) {
    char text[2 * CODEC_SHA256_SIZE + 1];
    return json_string(cli_hex_text(sha256, CODEC_SHA256_SIZE, text));
}

json_t *cli_manifest_write(const struct cli_manifest *m) {
    json_t *streams = json_array(), *order = json_array();
    for (int s = 0; s < CLI_STREAM_COUNT; s++) {
        json_array_append_new(streams, json_pack("{s:s, s:I, s:o}", "name",
                                                 cli_stream_name((enum cli_stream)s), "bytes",
                                                 (json_int_t)m->parts.stream_size[s], "sha256",
                                                 digest_json(m->stream_sha256[s])));
    }
    for (size_t i = 0; i < m->parts.count; i++) {
        json_array_append_new(order, json_pack("[s, I]", cli_part_kind_name(m->parts.at[i].kind),
                                               (json_int_t)m->parts.at[i].length));
    }
    return json_pack("{s:s, s:i, s:I, s:o, s:o, s:o}", "format", FORMAT, "version", VERSION,
                     "bytes", (json_int_t)m->parts.size, "sha256", digest_json(m->file_sha256),
                     "streams", streams, "order", order);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_digest(const json_t *value, uint8_t out[CODEC_SHA256_SIZE]) {
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) != (size_t)2 * CODEC_SHA256_SIZE) {
        return false;
    }
    for (size_t i = 0; i < CODEC_SHA256_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_size(const json_t *value, uint64_t *out) {
    json_int_t n = json_integer_value(value);
    *out = (uint64_t)n;
    return json_is_integer(value) && n >= 0;
}

static bool is_text(const json_t *value, const char *wanted) {
    const char *text = json_string_value(value);
    return text != NULL && strcmp(text, wanted) == 0;
}

static const char *read_order(struct cli_manifest *m, const json_t *order) {
    for (size_t i = 0; i < json_array_size(order); i++) {
        const json_t *row = json_array_get(order, i);
        uint64_t length = 0;
        int kind = 0;
        while (kind < CLI_PART_KINDS &&
               !is_text(json_array_get(row, 0), cli_part_kind_name((enum cli_part_kind)kind))) {
            kind++;
        }
        if (json_array_size(row) != 2 || kind == CLI_PART_KINDS ||
            !read_size(json_array_get(row, 1), &length)) {
            return "a part of the order is not [kind, bytes]";
        }
        if (!cli_parts_add(&m->parts, (enum cli_part_kind)kind, length)) {
            return "the parts of the order do not add up to a file";
        }
    }
    return json_is_array(order) ? NULL : "order is missing";
}

static const char *read_streams(struct cli_manifest *m, const json_t *streams) {
    if (json_array_size(streams) != CLI_STREAM_COUNT) {
        return "there are not five streams";
    }
    for (size_t s = 0; s < CLI_STREAM_COUNT; s++) {
        const json_t *row = json_array_get(streams, s);
        uint64_t bytes = 0;
        if (!is_text(json_object_get(row, "name"), cli_stream_name((enum cli_stream)s)) ||
            !read_size(json_object_get(row, "bytes"), &bytes) ||
            !read_digest(json_object_get(row, "sha256"), m->stream_sha256[s])) {
            return "a stream lacks its name, bytes or sha256";
        }
        if (bytes != m->parts.stream_size[s]) {
            return "the parts do not add up to the streams";
        }
    }
    return NULL;
}

static const char *read_all(struct cli_manifest *m, const json_t *root) {
    uint64_t bytes = 0;
    if (!is_text(json_object_get(root, "format"), FORMAT) ||
        !json_is_integer(json_object_get(root, "version")) ||
        json_integer_value(json_object_get(root, "version")) != VERSION) {
        return "it is no manifest of this version";
    }
    if (!read_size(json_object_get(root, "bytes"), &bytes) ||
        !read_digest(json_object_get(root, "sha256"), m->file_sha256)) {
        return "bytes or sha256 of the file are missing";
    }
    const char *reason = read_order(m, json_object_get(root, "order"));
    reason = reason != NULL ? reason : read_streams(m, json_object_get(root, "streams"));
    return reason == NULL && m->parts.size != bytes ? "the parts do not add up to the file"
                                                    : reason;
}

bool cli_manifest_read(struct cli_manifest *m, const void *text, size_t size, const char **reason) {
    *m = (struct cli_manifest){.parts = {.at = NULL}};
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    *reason = root != NULL ? read_all(m, root) : "it is no JSON";
    json_decref(root);
    if (*reason != NULL) {
        cli_manifest_free(m);
    }
    return *reason == NULL;
}

void cli_manifest_free(struct cli_manifest *m) {
    cli_parts_free(&m->parts);
}
