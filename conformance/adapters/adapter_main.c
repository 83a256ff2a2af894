/* adapter_main.c - see adapter_main.h. */
#include "adapter_main.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

bool adapter_load(FILE *file, struct adapter_file *out) {
    size_t room = 0;
    *out = (struct adapter_file){0};
    for (;;) {
        if (out->size == room) {
            room = room == 0 ? (size_t)1 << 16 : 2 * room;
            uint8_t *data = room > out->size ? realloc(out->data, room) : NULL;
            if (data == NULL) {
                return false;
            }
            out->data = data;
        }
        size_t got = fread(out->data + out->size, 1, room - out->size, file);
        out->size += got;
        if (got == 0) {
            return ferror(file) == 0;
        }
    }
}

/* ---- requests ---- */

static void release(struct adapter_request *r) {
    for (size_t i = 0; i < r->profile_count; i++) {
        free(r->profiles[i].data);
    }
    free(r->tensor);
}

static bool add_profile(struct adapter_request *r, const char *path) {
    FILE *file = r->profile_count < ADAPTER_PROFILES_MAX ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        return false;
    }
    bool good = adapter_load(file, &r->profiles[r->profile_count++]);
    (void)fclose(file);
    return good;
}

static adapter_verb *find_verb(const struct adapter *a, const char *verb) {
    return strcmp(verb, "decode") == 0    ? a->decode
           : strcmp(verb, "extract") == 0 ? a->extract
           : strcmp(verb, "encode") == 0  ? a->encode
           : strcmp(verb, "inspect") == 0 ? a->inspect
                                          : NULL;
}

/* Asks the implementation; what it wrote must have gone out. */
static int ask(const struct adapter *a, const char *verb, const struct adapter_request *r) {
    adapter_verb *call = find_verb(a, verb);
    int code = call != NULL ? call(r) : ADAPTER_NOT_SUPPORTED;
    bool written = fflush(r->out) == 0;
    return code == 0 && !written ? ADAPTER_IO : code;
}

/* ---- one request a process ---- */

/* `describe`: two strings and two lists of names, none of which needs an escape. */
static int describe(const struct adapter *a) {
    json_t *json =
        json_pack("{s:i, s:s, s:s, s:{}, s:b, s:b, s:b}", "contract", 1, "name", a->name, "version",
                  a->version, "limits", "serve", 1, "inspect", a->inspect != NULL, "max_memory", 1);
    json_t *classes = json_array();
    json_t *methods = json_array();
    for (const char *const *name = a->classes; *name != NULL; name++) {
        json_array_append_new(classes, json_string(*name));
    }
    for (const char *const *name = a->methods; *name != NULL; name++) {
        json_array_append_new(methods, json_string(*name));
    }
    json_object_set_new(json, "classes", classes);
    json_object_set_new(json, "methods", methods);
    bool good = json_dumpf(json, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF &&
                fflush(stdout) == 0;
    json_decref(json);
    return good ? 0 : ADAPTER_IO;
}

static bool parse(struct adapter_request *r, int count, char **words) {
    bool good = count % 2 == 0;
    for (int i = 0; good && i < count; i += 2) {
        char *value = words[i + 1];
        if (strcmp(words[i], "--profile") == 0) {
            good = add_profile(r, value);
        } else if (strcmp(words[i], "--tensor") == 0) {
            free(r->tensor);
            r->tensor = strdup(value);
            good = r->tensor != NULL;
        } else if (strcmp(words[i], "--max-memory") == 0) {
            char *end;
            r->max_memory = strtoull(value, &end, 10);
            good = *value >= '0' && *value <= '9' && *end == 0;
        } else {
            good = false;
        }
    }
    return good;
}

static int run_once(const struct adapter *a, const char *verb, int count, char **words) {
    struct adapter_request r = {.in = stdin, .out = stdout};
    bool good = true;
    if (strcmp(verb, "encode") == 0) {
        good = count < ADAPTER_WORDS_MAX;
        for (int i = 0; good && i < count; i++) {
            r.words[r.word_count++] = words[i];
        }
    } else {
        good = parse(&r, count, words) && (strcmp(verb, "extract") != 0 || r.tensor != NULL);
    }
    int code = good ? ask(a, verb, &r) : ADAPTER_USAGE;
    release(&r);
    return code;
}

/* ---- the persistent mode ---- */

/* Each code point, none above U+00FF, as the byte of that number. */
static char *name_bytes(const json_t *value) {
    const char *text = json_string_value(value);
    char *out = malloc(strlen(text) + 1);
    size_t length = 0;
    for (; out != NULL && *text != 0; text++) {
        unsigned c = (unsigned char)*text;
        if (c >= 0x80) {
            c = (c & 3) << 6 | ((unsigned char)*++text & 63);
        }
        out[length++] = (char)c;
    }
    if (out != NULL) {
        out[length] = 0;
    }
    return out;
}

static bool take_request(struct adapter_request *r, const json_t *line) {
    size_t i;
    json_t *word;
    json_array_foreach(json_object_get(line, "profiles"), i, word) {
        if (!json_is_string(word) || !add_profile(r, json_string_value(word))) {
            return false;
        }
    }
    json_array_foreach(json_object_get(line, "arguments"), i, word) {
        if (!json_is_string(word) || r->word_count == ADAPTER_WORDS_MAX) {
            return false;
        }
        union { // as main's words, which are not const either
            const char *given;
            char *taken;
        } u = {.given = json_string_value(word)};
        r->words[r->word_count++] = u.taken;
    }
    const json_t *tensor = json_object_get(line, "tensor");
    r->tensor = json_is_string(tensor) ? name_bytes(tensor) : NULL;
    r->max_memory = (uint64_t)json_integer_value(json_object_get(line, "max_memory"));
    return true;
}

static int serve_run(const struct adapter *a, const json_t *line) {
    const char *verb = json_string_value(json_object_get(line, "verb"));
    const char *input = json_string_value(json_object_get(line, "input"));
    const char *output = json_string_value(json_object_get(line, "output"));
    struct adapter_request r = {0};
    int code = ADAPTER_USAGE;
    if (verb != NULL && input != NULL && output != NULL && take_request(&r, line)) {
        r.in = fopen(input, "rb");
        r.out = fopen(output, "wb");
        code = r.in != NULL && r.out != NULL ? ask(a, verb, &r) : ADAPTER_IO;
    }
    if (r.in != NULL) {
        (void)fclose(r.in);
    }
    if (r.out != NULL && fclose(r.out) != 0 && code == 0) {
        code = ADAPTER_IO;
    }
    release(&r);
    return code;
}

static int serve(const struct adapter *a) {
    for (;;) {
        json_error_t error;
        json_t *line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, &error);
        const char *what = json_string_value(json_object_get(line, "do"));
        if (what == NULL || strcmp(what, "stop") == 0) {
            json_decref(line);
            return 0;
        }
        if (strcmp(what, "start") == 0) {
            printf("{\"contract\": 1}\n");
        } else {
            int code = serve_run(a, line);
            printf("{\"id\": %lld, \"exit\": %d}\n",
                   (long long)json_integer_value(json_object_get(line, "id")), code);
        }
        json_decref(line);
        if (fflush(stdout) != 0) {
            return ADAPTER_IO;
        }
    }
}

int adapter_main(int count, char **words, const struct adapter *adapter) {
    if (count == 2 && strcmp(words[1], "describe") == 0) {
        return describe(adapter);
    }
    if (count == 2 && strcmp(words[1], "serve") == 0) {
        return serve(adapter);
    }
    if (count < 2) {
        fputs("usage: describe | serve | decode | extract --tensor NAME | inspect | encode\n",
              stderr);
        return ADAPTER_USAGE;
    }
    return run_once(adapter, words[1], count - 2, words + 2);
}
