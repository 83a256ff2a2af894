/* adapter.c - see adapter.h. */
#include "adapter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No implementation may declare less: every case of the suite that is not about size is smaller. */
static const uint64_t LEAST_LIMIT = (uint64_t)1 << 26;

/* The least that `describe` gets: it is no case, and a busy machine may be slow to start it. */
static const double DESCRIBE_SECONDS = 60;

enum {
    WORDS_MAX = 512
};

char *cf_adapter_path(const char *word) {
    if (strchr(word, '/') != NULL) {
        char *path = realpath(word, NULL);
        return path != NULL ? path : cf_copy(word);
    }
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    own[length > 0 ? length : 0] = 0;
    char *slash = strrchr(own, '/');
    if (slash != NULL) {
        *slash = 0;
    }
    return cf_format("%s/scape-adapter-%s", own, word);
}

/* ---- describe ---- */

static void complain(struct cf_adapter *a, const char *what) {
    if (a->fault[0] == 0) {
        (void)snprintf(a->fault, sizeof a->fault, "%s", what);
    }
}

static char *text_of(struct cf_adapter *a, const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    if (text == NULL || *text == 0 || strlen(text) > 100) {
        complain(a, "name and version must be strings of 1 to 100 bytes");
        text = "?";
    }
    return cf_copy(text);
}

static void read_classes(struct cf_adapter *a, const json_t *list) {
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value) {
        const char *name = json_string_value(value);
        unsigned bit = name != NULL ? cf_class_of(name) : 0;
        if (bit == 0 || (a->classes & bit) != 0) {
            complain(a, "classes holds a name twice, or one that is no conformance class");
        }
        a->classes |= bit;
    }
    if (a->classes == 0) {
        complain(a, "classes must be an array with at least one conformance class");
    }
    const unsigned need_core = CF_DECODER_GGUF_LAYOUTS | CF_DECODER_PROFILES | CF_RANDOM_ACCESS;
    if ((a->classes & need_core) != 0 && (a->classes & CF_DECODER_CORE) == 0) {
        complain(a, "the other decoder classes and random-access need decoder-core");
    }
}

static uint64_t limit_of(struct cf_adapter *a, const json_t *limits, const char *key) {
    const json_t *value = json_object_get(limits, key);
    if (value == NULL) {
        return UINT64_MAX;
    }
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < (json_int_t)LEAST_LIMIT) {
        complain(a, "limits must be integers of at least 2^26");
    }
    return number < 0 ? 0 : (uint64_t)number;
}

static bool flag_of(struct cf_adapter *a, const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    if (value != NULL && !json_is_boolean(value)) {
        complain(a, "serve, inspect and max_memory must be true or false");
    }
    return json_is_true(value);
}

static void read_description(struct cf_adapter *a, const struct cf_bytes *text) {
    json_error_t error;
    json_t *json = json_loadb((const char *)text->data, text->size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(json)) {
        complain(a, "describe must print one JSON object");
    }
    const json_t *contract = json_object_get(json, "contract");
    if (!json_is_integer(contract) || json_integer_value(contract) != CF_CONTRACT) {
        complain(a, "contract must be 1");
    }
    a->name = text_of(a, json, "name");
    a->version = text_of(a, json, "version");
    read_classes(a, json_object_get(json, "classes"));
    const json_t *limits = json_object_get(json, "limits");
    if (limits != NULL && !json_is_object(limits)) {
        complain(a, "limits must be an object");
    }
    a->input_bytes = limit_of(a, limits, "input_bytes");
    a->content_bytes = limit_of(a, limits, "content_bytes");
    a->methods = json_incref(json_object_get(json, "methods"));
    a->serves = flag_of(a, json, "serve");
    a->inspects = flag_of(a, json, "inspect");
    a->bounds_memory = flag_of(a, json, "max_memory");
    json_decref(json);
}

void cf_adapter_open(struct cf_adapter *a, const char *word, const char *folder,
                     const struct cf_limits *limits) {
    *a = (struct cf_adapter){.label = word, .path = cf_adapter_path(word)};
    char describe[] = "describe";
    char *words[] = {a->path, describe, NULL};
    struct cf_limits own = *limits;
    own.seconds = limits->seconds < DESCRIBE_SECONDS ? DESCRIBE_SECONDS : limits->seconds;
    own.output = (uint64_t)1 << 16;
    struct cf_outcome outcome;
    cf_process_run(words, folder, -1, -1, &own, 0, &outcome);
    a->baseline = outcome.peak;
    if (outcome.end == CF_NOT_STARTED) {
        (void)snprintf(a->fault, sizeof a->fault, "%.150s does not start: %s", a->path,
                       strerror(outcome.code));
    } else if (outcome.end != CF_EXITED || outcome.code != 0) {
        complain(a, "describe must end with status 0");
    } else if (outcome.left_behind) {
        complain(a, "describe leaves processes behind");
    }
    read_description(a, &outcome.output);
    cf_bytes_free(&outcome.output);
}

bool cf_adapter_takes(const struct cf_adapter *a, const struct cf_case *c) {
    return (a->inspects || c->verb != CF_INSPECT) && (a->bounds_memory || c->max_memory == 0);
}

bool cf_adapter_declares(const struct cf_adapter *a, const struct cf_case *c) {
    bool known = c->method == NULL;
    size_t i;
    json_t *name;
    json_array_foreach(a->methods, i, name) {
        known = known || (json_is_string(name) && strcmp(json_string_value(name), c->method) == 0);
    }
    return known && (c->classes & ~a->classes) == 0;
}

/* ---- one process a case ---- */

struct words {
    char *list[WORDS_MAX];
    size_t count;
    char number[24];
};

static void say(struct words *w, const char *word) {
    if (w->count + 1 == WORDS_MAX) {
        cf_die("a case has too many arguments");
    }
    union { // exec takes words that are not const and leaves them alone
        const char *given;
        char *taken;
    } u = {.given = word};
    w->list[w->count++] = u.taken;
    w->list[w->count] = NULL;
}

static void say_all(struct words *w, const struct cf_adapter *a, const struct cf_case *c) {
    w->count = 0;
    say(w, a->path);
    say(w, cf_verb_names[c->verb]);
    if (c->tensor != NULL) {
        say(w, "--tensor");
        say(w, c->tensor);
    }
    for (const char *const *profile = c->profiles; *profile != NULL; profile++) {
        say(w, "--profile");
        say(w, *profile);
    }
    if (c->max_memory > 0) {
        (void)snprintf(w->number, sizeof w->number, "%llu", (unsigned long long)c->max_memory);
        say(w, "--max-memory");
        say(w, w->number);
    }
    for (const char *const *word = c->arguments; *word != NULL; word++) {
        say(w, *word);
    }
}

/* Writes the file into a pipe from a process of its own, which the reader's end ends. */
static int open_pipe(const char *input, pid_t *writer) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        cf_die("no pipes");
    }
    *writer = fork();
    if (*writer == 0) {
        char piece[1 << 14];
        (void)close(fds[0]); // or its own end of the pipe would keep it waiting
        int file = open(input, O_RDONLY | O_CLOEXEC);
        ssize_t got;
        while ((got = read(file, piece, sizeof piece)) > 0) {
            if (write(fds[1], piece, (size_t)got) != got) {
                break;
            }
        }
        _exit(0);
    }
    (void)close(fds[1]);
    return fds[0];
}

/* The same bytes in a file whose every read fails, as on a broken disk: open for writing only. */
static int open_unreadable(const char *input, const char *folder) {
    char *path = cf_format("%s/unreadable", folder);
    struct cf_bytes data = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && cf_read_file(input, UINT64_MAX, &data) &&
                write(fd, data.data, data.size) == (ssize_t)data.size &&
                lseek(fd, 0, SEEK_SET) == 0;
    if (!good) {
        cf_die("cannot write %s", path);
    }
    cf_bytes_free(&data);
    free(path);
    return fd;
}

void cf_adapter_run(const struct cf_adapter *a, const struct cf_case *c, const char *input,
                    const char *folder, const struct cf_limits *limits, pid_t keep,
                    struct cf_outcome *outcome) {
    struct words words;
    say_all(&words, a, c);
    pid_t writer = 0;
    int in = c->pipe_input         ? open_pipe(input, &writer)
             : c->unreadable_input ? open_unreadable(input, folder)
                                   : open(input, O_RDONLY | O_CLOEXEC);
    int out = c->full_output ? open("/dev/full", O_WRONLY | O_CLOEXEC) : -1;
    if (in < 0 || (c->full_output && out < 0)) {
        cf_die("cannot open %s", input);
    }
    cf_process_run(words.list, folder, in, out, limits, writer > 0 ? writer : keep, outcome);
    (void)close(in);
    if (out >= 0) {
        (void)close(out);
    }
    if (writer > 0) {
        cf_process_reap(writer);
    }
}
