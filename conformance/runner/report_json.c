/* report_json.c - the results as one JSON object (conformance/results.schema.json). */
#include "report.h"

#include <string.h>

static json_t *blob_json(const struct cf_blob *blob) {
    char digest[2 * CF_SHA256_SIZE + 1];
    cf_hex(digest, blob->sha256, CF_SHA256_SIZE);
    return json_pack("{s:I, s:s}", "size", (json_int_t)blob->size, "sha256", digest);
}

/* Text of strangers: what is no ASCII would have to be UTF-8. */
static json_t *text_json(const char *text) {
    char clean[1000];
    (void)snprintf(clean, sizeof clean, "%s", text);
    for (char *c = clean; *c != 0; c++) {
        *c = *c >= 0x20 && *c < 0x7F ? *c : '?';
    }
    return json_string(clean);
}

static json_t *excerpt_json(const struct cf_result *r) {
    char have[2 * CF_EXCERPT + 1], want[2 * CF_EXCERPT + 1];
    cf_hex(have, r->have_bytes, r->have_size);
    cf_hex(want, r->want_bytes, r->want_size);
    json_t *json = json_pack("{s:I, s:s}", "at", (json_int_t)r->excerpt_at, "have", have);
    if (r->differs) {
        json_object_set_new(json, "want", json_string(want));
        json_object_set_new(json, "differs_at", json_integer((json_int_t)r->differs_at));
    }
    return json;
}

static json_t *classes_json(unsigned classes) {
    json_t *array = json_array();
    for (unsigned i = 0; i < CF_CLASS_COUNT; i++) {
        if (classes & 1U << i) {
            json_array_append_new(array, json_string(cf_class_names[i]));
        }
    }
    return array;
}

static json_t *case_json(const struct cf_manifest *m, const struct cf_result *r) {
    const struct cf_case *c = &m->cases[r->number];
    char want[CF_TEXT_SIZE * 2];
    cf_want_text(m, c, want, sizeof want);
    json_t *json =
        json_pack("{s:s, s:s, s:O, s:o, s:s, s:s, s:o, s:s, s:f, s:I}", "name", c->name, "verb",
                  cf_verb_names[c->verb], "clauses", c->clauses, "classes",
                  classes_json(c->classes), "verdict", cf_verdict_names[r->verdict], "category",
                  cf_category_names[cf_category_of(r->verdict)], "have", text_json(r->have), "want",
                  want, "seconds", r->seconds, "peak_memory", (json_int_t)r->peak);
    if (r->output.size > 0) {
        json_object_set_new(json, "output", blob_json(&r->output));
    }
    if (r->note[0] != 0) {
        json_object_set_new(json, "note", text_json(r->note));
    }
    if (r->have_size > 0 || r->want_size > 0) {
        json_object_set_new(json, "excerpt", excerpt_json(r));
    }
    return json;
}

static void set_counts(json_t *json, const size_t counts[CF_CATEGORY_COUNT]) {
    for (unsigned i = 0; i < CF_CATEGORY_COUNT; i++) {
        json_object_set_new(json, cf_category_names[i], json_integer((json_int_t)counts[i]));
    }
}

static json_t *run_json(const struct cf_manifest *m, const struct cf_run *run) {
    const char *what;
    enum cf_verdict fault = cf_run_fault(run, &what);
    json_t *cases = json_array();
    for (size_t i = 0; run->results != NULL && i < m->count; i++) {
        if (run->results[i].number != CF_SESSION) {
            json_array_append_new(cases, case_json(m, &run->results[i]));
        }
    }
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:f}", "adapter", text_json(run->adapter.label), "name",
                  text_json(run->adapter.name), "version", text_json(run->adapter.version),
                  "classes", classes_json(run->adapter.classes), "seconds", run->seconds);
    set_counts(json, run->counts);
    if (fault != CF_PASS) {
        json_object_set_new(
            json, "fault",
            json_pack("{s:s, s:o}", "verdict", cf_verdict_names[fault], "note", text_json(what)));
    }
    json_object_set_new(json, "cases", cases);
    return json;
}

void cf_report_json(const struct cf_report *report, FILE *out) {
    json_t *runs = json_array();
    size_t counts[CF_CATEGORY_COUNT] = {0};
    for (size_t i = 0; i < report->run_count; i++) {
        json_array_append_new(runs, run_json(report->manifest, &report->runs[i]));
        for (unsigned k = 0; k < CF_CATEGORY_COUNT; k++) {
            counts[k] += report->runs[i].counts[k];
        }
    }
    json_t *json = json_pack("{s:i, s:o}", "contract", CF_CONTRACT, "manifest",
                             blob_json(&report->manifest->blob));
    if (report->shuffled) {
        json_object_set_new(json, "seed", json_integer((json_int_t)report->seed));
    }
    set_counts(json, counts);
    json_object_set_new(json, "adapters", runs);
    if (json_dumpf(json, out, JSON_INDENT(1)) != 0) {
        cf_die("cannot write the results");
    }
    fputc('\n', out);
    json_decref(json);
}
