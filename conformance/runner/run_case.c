/* run_case.c - see run_case.h. */
#include "run_case.h"

#include <stdlib.h>
#include <string.h>

enum {
    SPARE_OUTPUT = 1 << 20,         /* bytes beyond what is wanted that are still read */
    STRUCTURE_OUTPUT = 1 << 27,     /* bytes of what inspect prints */
    EXCERPT_BEFORE = CF_EXCERPT / 4 /* bytes of an excerpt in front of the first that differs */
};

static struct cf_limits limits_of(const struct cf_worker *w, const struct cf_case *c) {
    struct cf_limits limits = w->settings->limits;
    if (c->ceiling_seconds > 0 && !w->settings->own_seconds) {
        limits.seconds = c->ceiling_seconds;
    }
    if (c->ceiling_memory > 0 && !w->settings->own_memory) {
        limits.memory = c->ceiling_memory + w->adapter->baseline;
    }
    limits.output = c->verb == CF_INSPECT ? STRUCTURE_OUTPUT : c->want.size + SPARE_OUTPUT;
    for (size_t i = 0; i < c->delivered_count; i++) {
        uint64_t size = c->delivered[i].size + SPARE_OUTPUT;
        limits.output = limits.output > size ? limits.output : size;
    }
    return limits;
}

static void write_file(const char *path, const struct cf_bytes *data) {
    FILE *file = fopen(path, "wb");
    bool good =
        file != NULL && (data->size == 0 || fwrite(data->data, 1, data->size, file) == data->size);
    if (!good || fclose(file) != 0) {
        cf_die("cannot write %s", path);
    }
}

/* Runs a case by an implementation that serves as a source only; true, with its output, when that
 * is what the case wants, which its SHA-256 says: so it does not matter who made it. */
static bool ask(struct cf_worker *w, const struct cf_adapter *source, const struct cf_case *c,
                const char *input, struct cf_bytes *out) {
    struct cf_limits limits = limits_of(w, c);
    struct cf_outcome outcome;
    cf_adapter_run(source, c, input, w->folder, &limits, w->session.child.pid, &outcome);
    bool right = cf_judge(c, &outcome, true) == CF_PASS && outcome.code == 0;
    if (right) {
        *out = outcome.output;
    } else {
        cf_bytes_free(&outcome.output);
    }
    return right;
}

/* The case's right output: from the provider, or by the adapter's own account. */
static bool ask_any(struct cf_worker *w, const struct cf_case *c, const char *input,
                    struct cf_bytes *out) {
    const struct cf_adapter *provider = w->settings->provider;
    return (provider != NULL && ask(w, provider, c, input, out)) ||
           ask(w, w->adapter, c, input, out);
}

/* ---- what differs ---- */

static void excerpt(struct cf_result *r, const struct cf_bytes *have, const struct cf_bytes *want) {
    size_t at = 0;
    size_t both = have->size < want->size ? have->size : want->size;
    while (at < both && have->data[at] == want->data[at]) {
        at++;
    }
    r->differs = true;
    r->differs_at = at;
    size_t from = at > EXCERPT_BEFORE ? (at - EXCERPT_BEFORE) / 16 * 16 : 0;
    size_t have_left = have->size > from ? have->size - from : 0;
    size_t want_left = want->size > from ? want->size - from : 0;
    r->excerpt_at = from;
    r->have_size = (uint32_t)(have_left < CF_EXCERPT ? have_left : CF_EXCERPT);
    r->want_size = (uint32_t)(want_left < CF_EXCERPT ? want_left : CF_EXCERPT);
    if (r->have_size > 0) {
        memcpy(r->have_bytes, have->data + from, r->have_size);
    }
    if (r->want_size > 0) {
        memcpy(r->want_bytes, want->data + from, r->want_size);
    }
}

static void show_difference(struct cf_worker *w, const struct cf_case *c, const char *input,
                            const struct cf_bytes *have, struct cf_result *r) {
    struct cf_bytes want = {0};
    bool known = c->verb == CF_ENCODE ? cf_read_file(c->golden, UINT64_MAX, &want)
                                      : ask_any(w, c, input, &want);
    if (known) {
        excerpt(r, have, &want);
    } else {
        excerpt(r, have, have); // at least what it is
        r->differs = false;
    }
    cf_bytes_free(&want);
}

/* ---- encoding ---- */

/* The content of the case's frame in a file; false when nobody gives it. */
static bool make_content(struct cf_worker *w, const struct cf_case *c, const char *path) {
    const struct cf_case *decode = &w->settings->manifest->cases[c->row];
    struct cf_bytes content = {0};
    bool good = ask_any(w, decode, decode->file, &content);
    if (good) {
        write_file(path, &content);
    }
    cf_bytes_free(&content);
    return good;
}

/* A frame that need not be the golden one [ZST-010] decodes to the same content. */
static bool decodes_alike(struct cf_worker *w, const struct cf_case *c,
                          const struct cf_bytes *frame) {
    const struct cf_case *decode = &w->settings->manifest->cases[c->row];
    struct cf_bytes content = {0};
    char *path = cf_format("%s/frame", w->folder);
    write_file(path, frame);
    bool good = ask_any(w, decode, path, &content);
    cf_bytes_free(&content);
    free(path);
    return good;
}

/* ---- a case ---- */

static void run(struct cf_worker *w, const struct cf_case *c, const char *input,
                struct cf_outcome *outcome) {
    struct cf_limits limits = limits_of(w, c);
    bool persistent = w->settings->persistent && w->adapter->serves;
    if (persistent && !c->pipe_input && !c->unreadable_input && !c->full_output) {
        cf_session_run(&w->session, c, input, w->folder, &limits, outcome);
        return;
    }
    if (w->session.child.pid > 0) {
        struct cf_outcome end;
        cf_session_stop(&w->session, &end);
    }
    cf_adapter_run(w->adapter, c, input, w->folder, &limits, 0, outcome);
}

static enum cf_verdict judge(struct cf_worker *w, const struct cf_case *c,
                             struct cf_outcome *outcome) {
    bool declared = cf_adapter_declares(w->adapter, c);
    enum cf_verdict verdict = cf_judge(c, outcome, declared);
    if (verdict == CF_WRONG_OUTPUT && c->verb == CF_ENCODE && !c->exact &&
        decodes_alike(w, c, &outcome->output)) {
        verdict = declared ? CF_PASS : CF_UNDECLARED;
    }
    if (verdict == CF_PASS && c->verb == CF_INSPECT &&
        !cf_structure_good(c, &outcome->output, outcome->note, sizeof outcome->note)) {
        verdict = CF_BAD_STRUCTURE;
    }
    return verdict;
}

static void fill(struct cf_worker *w, const struct cf_case *c, const char *input,
                 const struct cf_outcome *o, struct cf_result *r) {
    r->seconds = o->seconds;
    r->peak = o->peak;
    r->output = cf_blob_of(o->output.data, o->output.size);
    cf_have_text(w->settings->manifest, o, r->have, sizeof r->have);
    memcpy(r->note, o->note, sizeof r->note);
    if (o->left_behind && r->note[0] == 0) {
        (void)snprintf(r->note, sizeof r->note, "left processes behind");
    }
    if (r->verdict == CF_WRONG_OUTPUT || r->verdict == CF_RIGHT_BUT_STATUS) {
        show_difference(w, c, input, &o->output, r);
    } else if (r->verdict != CF_PASS && o->output.size > 0) {
        excerpt(r, &o->output, &o->output);
        r->differs = false;
    }
}

void cf_run_case(struct cf_worker *w, uint32_t number, struct cf_result *result) {
    const struct cf_case *c = &w->settings->manifest->cases[number];
    *result = (struct cf_result){.number = number};
    char *content = cf_format("%s/content", w->folder);
    const char *input = c->verb == CF_ENCODE ? content : c->file;
    if (c->content.size > w->adapter->content_bytes || c->frame.size > w->adapter->input_bytes) {
        result->verdict = CF_BEYOND;
    } else if (c->verb == CF_ENCODE && !make_content(w, c, content)) {
        result->verdict = CF_NO_CONTENT;
    } else {
        struct cf_outcome outcome;
        run(w, c, input, &outcome);
        result->verdict = judge(w, c, &outcome);
        fill(w, c, input, &outcome, result);
        cf_bytes_free(&outcome.output);
    }
    free(content);
}
