/* manifest.c - see manifest.h. A row of the manifest becomes one case for `decode`, one for
 * `encode` where it has arguments for it, one for `inspect` where it is right, and one for each of
 * its runs. */
#include "manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const cf_class_names[CF_CLASS_COUNT] = {"decoder-core", "decoder-gguf-layouts",
                                                    "decoder-profiles", "random-access",
                                                    "canonical-encoder"};

const char *const cf_verb_names[] = {"decode", "extract", "encode", "inspect"};

unsigned cf_class_of(const char *name) {
    for (unsigned i = 0; i < CF_CLASS_COUNT; i++) {
        if (strcmp(cf_class_names[i], name) == 0) {
            return 1U << i;
        }
    }
    return 0;
}

/* ---- values of the JSON, or the end of the program ---- */

static const char *text_of(const json_t *row, const char *key) {
    const char *text = json_string_value(json_object_get(row, key));
    if (text == NULL) {
        cf_die("manifest.json: %s is missing or no string in %s", key,
               json_string_value(json_object_get(row, "name")));
    }
    return text;
}

static uint64_t number_of(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    if (value != NULL && (!json_is_integer(value) || json_integer_value(value) < 0)) {
        cf_die("manifest.json: %s is no size", key);
    }
    return (uint64_t)json_integer_value(value);
}

static bool blob_of(const json_t *value, struct cf_blob *out) {
    if (!json_is_object(value)) {
        return false;
    }
    out->size = number_of(value, "size");
    if (!cf_parse_sha256(text_of(value, "sha256"), out->sha256)) {
        cf_die("manifest.json: %s is no SHA-256", text_of(value, "sha256"));
    }
    return true;
}

static bool is_word(const json_t *row, const char *key, const char *word) {
    const char *text = json_string_value(json_object_get(row, key));
    return text != NULL && strcmp(text, word) == 0;
}

/* The strings of an array, NULL behind the last; with a folder, as paths in it. */
static const char **words_of(const json_t *array, const char *folder) {
    const char **words = cf_allocate(json_array_size(array) + 1, sizeof *words);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *word = json_string_value(json_array_get(array, i));
        if (word == NULL) {
            cf_die("manifest.json: a word is no string");
        }
        words[i] = folder != NULL ? cf_format("%s/%s", folder, word) : cf_copy(word);
    }
    return words;
}

static unsigned classes_of(const json_t *row, unsigned otherwise) {
    const json_t *names = json_object_get(row, "classes");
    unsigned classes = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        unsigned bit = name != NULL ? cf_class_of(name) : 0;
        if (bit == 0) {
            cf_die("manifest.json: there is no conformance class %s", name ? name : "of that kind");
        }
        classes |= bit;
    }
    return classes != 0 ? classes : otherwise;
}

/* A name is bytes, each the code point of the same number. NULL where there is none. */
static char *name_of(const json_t *row) {
    const json_t *value = json_object_get(row, "tensor");
    if (value == NULL) {
        return NULL;
    }
    size_t size = json_string_length(value);
    const char *text = json_string_value(value);
    char *out = cf_allocate(size + 1, 1);
    size_t length = 0;
    for (size_t i = 0; text != NULL && i < size; i++) {
        unsigned c = (unsigned char)text[i];
        if (c >= 0x80) { // two bytes of UTF-8 for the code points that are allowed
            unsigned next = i + 1 < size ? (unsigned char)text[++i] : 0;
            if (c < 0xC2 || c > 0xC3) {
                cf_die("manifest.json: a tensor's name has a character above U+00FF");
            }
            c = ((c & 3) << 6) | (next & 63);
        }
        out[length++] = (char)c;
    }
    return out;
}

/* ---- cases ---- */

static int error_number(const struct cf_manifest *m, const char *name) {
    for (int i = CF_ERROR_LOW; i < CF_ERROR_HIGH; i++) {
        if (m->error_names[i] != NULL && strcmp(m->error_names[i], name) == 0) {
            return i;
        }
    }
    cf_die("manifest.json: %s is not among its errors", name);
}

static void load_error(struct cf_manifest *m, const char *name, int number) {
    if (number >= CF_ERROR_LOW && number < CF_ERROR_HIGH) {
        m->error_names[number] = name;
    }
}

/* The manifest's list of error classes; rows name theirs with the number beside it too. */
static void load_errors(struct cf_manifest *m) {
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(m->json, "errors"), name, value) {
        load_error(m, name, (int)json_integer_value(value));
    }
    size_t i;
    json_array_foreach(json_object_get(m->json, "vectors"), i, value) {
        const json_t *error = json_object_get(value, "error");
        load_error(m, text_of(error, "name"), (int)number_of(error, "number"));
    }
}

static void add(struct cf_manifest *m, const struct cf_case *c) {
    if (m->count == m->room) {
        m->room = m->room == 0 ? 1024 : 2 * m->room;
        m->cases = realloc(m->cases, m->room * sizeof *m->cases);
        if (m->cases == NULL) {
            cf_die("no memory");
        }
    }
    m->cases[m->count++] = *c;
}

static void read_limits(struct cf_case *c, const json_t *row) {
    const json_t *ceiling = json_object_get(row, "ceiling");
    c->max_memory = number_of(row, "max_memory");
    c->pipe_input = is_word(row, "input", "pipe");
    c->unreadable_input = is_word(row, "input", "broken");
    c->full_output = is_word(row, "output", "full");
    if (ceiling != NULL) {
        c->ceiling_memory = number_of(ceiling, "memory");
        c->ceiling_seconds = json_number_value(json_object_get(ceiling, "seconds"));
    }
    const json_t *delivered = json_object_get(row, "delivered");
    c->delivered_count = json_array_size(delivered);
    c->delivered = cf_allocate(c->delivered_count, sizeof *c->delivered);
    for (size_t i = 0; i < c->delivered_count; i++) {
        if (!blob_of(json_array_get(delivered, i), &c->delivered[i])) {
            cf_die("manifest.json: delivered holds no size and SHA-256");
        }
    }
}

/* Makes a case one of `encode`, from the content of the file that it decodes otherwise. */
static void make_encode(const struct cf_manifest *m, struct cf_case *c, const json_t *arguments) {
    c->verb = CF_ENCODE;
    c->classes = CF_CANONICAL_ENCODER;
    c->profiles = words_of(NULL, NULL);
    c->arguments = words_of(arguments, NULL);
    for (size_t i = 0; i + 1 < json_array_size(arguments); i++) {
        if (strcmp(c->arguments[i], "--method") == 0) {
            c->method = c->arguments[i + 1];
        } else if (strcmp(c->arguments[i], "--profile") == 0) {
            char *path = cf_format("%s/%s", m->folder, c->arguments[i + 1]);
            free((void *)c->arguments[i + 1]);
            c->arguments[i + 1] = path;
        }
    }
    c->delivered_count = 0;
}

static void add_run(struct cf_manifest *m, const struct cf_case *decode, const json_t *run,
                    size_t number) {
    struct cf_case c = *decode;
    c.name = cf_format("%s#%zu", decode->name, number);
    c.verb = is_word(run, "operation", "extract") ? CF_EXTRACT : CF_DECODE;
    c.tensor = name_of(run);
    c.classes = classes_of(run, decode->classes);
    c.classes |= c.verb == CF_EXTRACT ? CF_RANDOM_ACCESS : 0U;
    if (is_word(run, "operation", "encode")) {
        make_encode(m, &c, json_object_get(run, "arguments"));
        c.golden = cf_format("%s/%s.scape", m->folder, text_of(run, "frame"));
        c.exact = true;
    }
    if (json_object_get(run, "clauses") != NULL) {
        c.clauses = json_object_get(run, "clauses");
    }
    if (json_object_get(run, "text") != NULL) {
        c.text = text_of(run, "text");
    }
    read_limits(&c, run);
    c.may_accept = blob_of(json_object_get(run, "content"), &c.want);
    memset(c.errors, 0, sizeof c.errors);
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(run, "errors"), i, name) {
        const char *word = json_string_value(name) ? json_string_value(name) : "";
        if (strcmp(word, "ANY") == 0) {
            memset(&c.errors[CF_ERROR_LOW], true, CF_ERROR_HIGH - CF_ERROR_LOW);
        } else {
            c.errors[error_number(m, word)] = true;
        }
    }
    add(m, &c);
}

static void add_encode(struct cf_manifest *m, const struct cf_case *decode, const json_t *encode) {
    struct cf_case c = *decode;
    c.name = cf_format("%s#encode", decode->name);
    make_encode(m, &c, json_object_get(encode, "arguments"));
    c.golden = c.file;
    c.exact = json_is_true(json_object_get(encode, "exact"));
    c.want = decode->frame;
    add(m, &c);
}

static void add_inspect(struct cf_manifest *m, const struct cf_case *decode) {
    struct cf_case c = *decode;
    c.name = cf_format("%s#inspect", decode->name);
    c.verb = CF_INSPECT;
    add(m, &c);
}

static void add_row(struct cf_manifest *m, const json_t *row) {
    struct cf_case c = {
        .row = m->count,
        .name = text_of(row, "name"),
        .text = text_of(row, "text"),
        .clauses = json_object_get(row, "clauses"),
        .verb = CF_DECODE,
        .classes = classes_of(row, CF_DECODER_CORE),
        .file = cf_format("%s/%s", m->folder, text_of(row, "file")),
        .profiles = words_of(json_object_get(row, "profiles"), m->folder),
        .arguments = words_of(NULL, NULL),
    };
    struct cf_bytes data = {0};
    if (!cf_read_file(c.file, UINT64_MAX, &data)) {
        cf_die("cannot read %s", c.file);
    }
    c.frame = cf_blob_of(data.data, data.size);
    cf_bytes_free(&data);
    struct cf_blob listed = {.size = c.frame.size};
    if (!cf_parse_sha256(text_of(row, "sha256"), listed.sha256) ||
        !cf_blob_equal(&listed, &c.frame)) {
        cf_die("%s is not the file that the manifest lists", c.file);
    }
    c.may_accept = blob_of(json_object_get(row, "content"), &c.want);
    c.content = c.want;
    if (!c.may_accept) {
        c.errors[error_number(m, text_of(json_object_get(row, "error"), "name"))] = true;
    }
    read_limits(&c, row);
    add(m, &c);
    if (json_is_object(json_object_get(row, "encode"))) {
        add_encode(m, &c, json_object_get(row, "encode"));
    }
    if (c.may_accept) {
        add_inspect(m, &c);
    }
    size_t i;
    json_t *run;
    json_array_foreach(json_object_get(row, "runs"), i, run) {
        add_run(m, &c, run, i + 1);
    }
}

void cf_manifest_load(struct cf_manifest *m, const char *folder) {
    *m = (struct cf_manifest){0};
    m->folder = realpath(folder, NULL);
    if (m->folder == NULL) {
        cf_die("there is no folder %s", folder);
    }
    char *path = cf_format("%s/manifest.json", m->folder);
    struct cf_bytes text = {0};
    if (!cf_read_file(path, UINT64_MAX, &text)) {
        cf_die("cannot read %s", path);
    }
    json_error_t error;
    m->json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(json_object_get(m->json, "vectors"))) {
        cf_die("%s is no manifest: %s", path, m->json == NULL ? error.text : "no vectors");
    }
    m->blob = cf_blob_of(text.data, text.size);
    cf_bytes_free(&text);
    free(path);
    load_errors(m);
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(m->json, "vectors"), i, row) {
        add_row(m, row);
    }
}

/* ---- words ---- */

void cf_class_text(const struct cf_manifest *m, int number, char *out, size_t room) {
    bool known = number >= CF_ERROR_LOW && number < CF_ERROR_HIGH && m->error_names[number] != NULL;
    (void)snprintf(out, room, "class %d%s%s", number, known ? " " : "",
                   known ? m->error_names[number] : "");
}

void cf_want_text(const struct cf_manifest *m, const struct cf_case *c, char *out, size_t room) {
    size_t at = 0;
    int count = 0;
    out[0] = 0;
    if (c->may_accept) {
        char digest[2 * CF_SHA256_SIZE + 1];
        cf_hex(digest, c->want.sha256, CF_SHA256_SIZE);
        (void)snprintf(out, room, "%" PRIu64 " bytes, sha256 %.16s%s", c->want.size, digest,
                       c->verb == CF_ENCODE && !c->exact ? ", or a frame of the same content" : "");
    }
    for (int i = CF_ERROR_LOW; i < CF_ERROR_HIGH; i++) {
        count += c->errors[i];
    }
    for (int i = CF_ERROR_LOW; i < CF_ERROR_HIGH; i++) {
        at = strlen(out);
        if (c->errors[i] && count < CF_ERROR_HIGH - CF_ERROR_LOW && room - at > 8) {
            (void)snprintf(out + at, room - at, "%s", at > 0 ? " or " : "");
            at = strlen(out);
            cf_class_text(m, i, out + at, room - at);
        }
    }
    at = strlen(out);
    if (count == CF_ERROR_HIGH - CF_ERROR_LOW) {
        (void)snprintf(out + at, room - at, "%sany error class", at > 0 ? " or " : "");
    }
}
