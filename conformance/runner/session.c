/* session.c - the persistent mode of adapter.h: a request and an answer a line, content in a file
 * that the request names. */
#include "adapter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void set_note(struct cf_outcome *outcome, const char *what) {
    (void)snprintf(outcome->note, sizeof outcome->note, "%s", what);
}

/* Sends a request; the child's own end, if it has met one, is found when its answer is read. */
static void send_line(const struct cf_session *s, json_t *request) {
    char *text = json_dumps(request, JSON_COMPACT);
    char *line = cf_format("%s\n", text != NULL ? text : "");
    (void)!write(s->child.to, line, strlen(line)); // far below what a pipe holds
    free(text);
    free(line);
    json_decref(request);
}

/* Reads the answer to a request: a JSON object, or NULL with the outcome set. A status without an
 * answer is none, whichever it is. */
static json_t *read_answer(struct cf_session *s, const struct cf_limits *limits,
                           struct cf_outcome *outcome) {
    struct cf_bytes line = {0};
    json_t *answer = NULL;
    if (cf_child_read_line(&s->child, limits, &line, outcome)) {
        json_error_t error;
        answer = json_loadb((const char *)line.data, line.size, 0, &error);
        if (!json_is_object(answer)) {
            json_decref(answer);
            answer = NULL;
            cf_child_stop(&s->child, 0, NULL);
            outcome->end = CF_PROTOCOL;
            set_note(outcome, "an answer that is no JSON object");
        }
    }
    if (answer == NULL && outcome->end == CF_EXITED) {
        outcome->end = CF_PROTOCOL;
        (void)snprintf(outcome->note, sizeof outcome->note,
                       "ended with status %d, without an answer", outcome->code);
    }
    cf_bytes_free(&line);
    return answer;
}

static json_t *words_json(const char *const *words) {
    json_t *array = json_array();
    for (; *words != NULL; words++) {
        json_array_append_new(array, json_string(*words));
    }
    return array;
}

/* Each byte as the code point of the same number. */
static json_t *name_json(const char *name) {
    struct cf_bytes text = {0};
    for (const unsigned char *c = (const unsigned char *)name; *c != 0; c++) {
        unsigned char pair[2] = {*c, 0};
        if (*c >= 0x80) {
            pair[0] = (unsigned char)(0xC0 | *c >> 6);
            pair[1] = 0x80 | (*c & 63);
        }
        cf_append(&text, pair, *c >= 0x80 ? 2 : 1);
    }
    json_t *json = json_stringn(text.size > 0 ? (const char *)text.data : "", text.size);
    cf_bytes_free(&text);
    return json;
}

static bool start(struct cf_session *s, const char *folder, const struct cf_limits *limits,
                  struct cf_outcome *outcome) {
    char serve[] = "serve";
    char *words[] = {s->adapter->path, serve, NULL};
    if (!cf_child_start(&s->child, words, folder, (uint64_t)1 << 32)) {
        outcome->end = CF_NOT_STARTED;
        outcome->code = errno;
        return false;
    }
    send_line(s, json_pack("{s:s, s:i}", "do", "start", "contract", CF_CONTRACT));
    json_t *answer = read_answer(s, limits, outcome);
    bool good =
        answer != NULL && json_integer_value(json_object_get(answer, "contract")) == CF_CONTRACT;
    if (answer != NULL && !good) {
        cf_child_stop(&s->child, 0, NULL);
        outcome->end = CF_PROTOCOL;
        set_note(outcome, "the answer to start does not name the contract");
    }
    json_decref(answer);
    return good;
}

static void take_answer(struct cf_session *s, const json_t *answer, const char *output,
                        const struct cf_limits *limits, struct cf_outcome *outcome) {
    const json_t *id = json_object_get(answer, "id");
    const json_t *status = json_object_get(answer, "exit");
    if (!json_is_integer(id) || (unsigned long long)json_integer_value(id) != s->id ||
        !json_is_integer(status)) {
        cf_child_stop(&s->child, 0, NULL);
        outcome->end = CF_PROTOCOL;
        set_note(outcome, "an answer without the request's id, or without exit");
        return;
    }
    json_int_t number = json_integer_value(status);
    outcome->end = CF_EXITED;
    outcome->code = number >= 0 && number < 256 ? (int)number : 255;
    (void)cf_read_file(output, limits->output + 1, &outcome->output);
    outcome->peak = cf_child_peak(&s->child);
    if (outcome->output.size > limits->output) {
        outcome->end = CF_FLOODED;
    } else if (outcome->peak > limits->memory) {
        outcome->end = CF_OVER_MEMORY;
    }
    if (outcome->end != CF_EXITED) {
        cf_child_stop(&s->child, 0, NULL);
    }
}

void cf_session_run(struct cf_session *s, const struct cf_case *c, const char *input,
                    const char *folder, const struct cf_limits *limits,
                    struct cf_outcome *outcome) {
    double since = cf_now();
    *outcome = (struct cf_outcome){.end = CF_PROTOCOL};
    char *output = cf_format("%s/output", folder);
    (void)unlink(output);
    if (s->child.pid > 0 || start(s, folder, limits, outcome)) {
        s->id++;
        json_t *request =
            json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:o}", "do", "run", "id", (json_int_t)s->id,
                      "verb", cf_verb_names[c->verb], "input", input, "output", output, "profiles",
                      words_json(c->profiles), "arguments", words_json(c->arguments));
        if (c->tensor != NULL) {
            json_object_set_new(request, "tensor", name_json(c->tensor));
        }
        if (c->max_memory > 0) {
            json_object_set_new(request, "max_memory", json_integer((json_int_t)c->max_memory));
        }
        send_line(s, request);
        json_t *answer = read_answer(s, limits, outcome);
        if (answer != NULL) {
            take_answer(s, answer, output, limits, outcome);
            json_decref(answer);
        } else {
            (void)cf_read_file(output, limits->output + 1, &outcome->output);
        }
    }
    free(output);
    outcome->seconds = cf_now() - since;
}

void cf_session_stop(struct cf_session *s, struct cf_outcome *outcome) {
    *outcome = (struct cf_outcome){.end = CF_EXITED};
    if (s->child.pid > 0) {
        send_line(s, json_pack("{s:s}", "do", "stop"));
        cf_child_stop(&s->child, 5, outcome);
    }
}
