/* methods.c - see methods.h. */
#include "methods.h"

#include "bench_select.h"

#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {"fast", "default", "max"};

enum {
    LEVELS = 3
};

static bool is_listed(const char *list, const char *name) {
    size_t size = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        size_t n = strcspn(at, ",");
        if ((n == size && memcmp(at, name, n) == 0) || (n == 3 && memcmp(at, "all", n) == 0)) {
            return true;
        }
    }
    return list == NULL;
}

static const struct study_profile *find_profile(const struct study_methods *m, const char *name) {
    for (size_t i = 0; i < m->profile_count; i++) {
        const struct study_profile *p = &m->profiles[i];
        if (strlen(name) == p->method_length && memcmp(name, p->method, p->method_length) == 0) {
            return p;
        }
    }
    return NULL;
}

static size_t count_known(const struct study_options *o) {
    struct codec_method method;
    size_t n = LEVELS + o->externals.count;
    for (size_t i = 0; codec_method_get(i, &method); i++) {
        n++;
    }
    for (size_t i = 0; cli_baseline_get(i) != NULL; i++) {
        n++;
    }
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        n++;
    }
    return n;
}

static void add(struct study_methods *m, const struct study_options *o,
                const struct study_method *method) {
    if (is_listed(o->methods, method->name)) {
        m->at[m->count++] = *method;
    }
}

static void add_known(struct study_methods *m, const struct study_options *o) {
    struct codec_method named;
    for (int i = 0; i < LEVELS; i++) {
        const struct study_method level = {.name = level_names[i], .level = i + CLI_LEVEL_FAST};
        add(m, o, &level);
    }
    for (size_t i = 0; codec_method_get(i, &named); i++) {
        const struct study_method method = {.name = named.name,
                                            .needs_profile = named.needs_profile,
                                            .profile = find_profile(m, named.name)};
        add(m, o, &method);
    }
    for (size_t i = 0; cli_baseline_get(i) != NULL; i++) {
        const struct study_method method = {.name = cli_baseline_get(i)->name,
                                            .baseline = cli_baseline_get(i)};
        add(m, o, &method);
    }
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        const char *name = cli_study_gguf_get(i)->name;
        const struct study_method method = {.name = name,
                                            .baseline = cli_study_gguf_get(i),
                                            .whole_only = strncmp(name, "qa_", 3) != 0 &&
                                                          strncmp(name, "decomp_qb", 9) != 0};
        add(m, o, &method);
    }
    for (size_t i = 0; i < m->external_count; i++) {
        const struct study_method method = {.name = m->externals[i].name,
                                            .external = &m->externals[i]};
        add(m, o, &method);
    }
}

/* Every word of the list names something. */
static bool check_list(const struct study_methods *m, const struct study_options *o) {
    for (const char *at = o->methods; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        size_t n = strcspn(at, ",");
        bool found = n == 3 && memcmp(at, "all", n) == 0;
        for (size_t i = 0; i < m->count && !found; i++) {
            found = strlen(m->at[i].name) == n && memcmp(m->at[i].name, at, n) == 0;
        }
        if (!found) {
            study_error("--methods: '%.*s' is no method", (int)(n < 64 ? n : 64), at);
            return false;
        }
    }
    return true;
}

bool study_methods_open(struct study_methods *m, const struct study_options *o) {
    *m = (struct study_methods){.at = calloc(count_known(o), sizeof *m->at)};
    m->profiles = calloc(o->profiles.count + 1, sizeof *m->profiles);
    m->externals = calloc(o->externals.count + 1, sizeof *m->externals);
    bool good = m->at != NULL && m->profiles != NULL && m->externals != NULL &&
                study_profile_standard(&m->standard);
    for (size_t i = 0; i < o->profiles.count && good; i++) {
        good = study_profile_load(&m->profiles[m->profile_count++], o->profiles.at[i]);
    }
    for (size_t i = 0; i < o->externals.count && good; i++) {
        good = cli_external_parse(o->externals.at[i], &m->externals[m->external_count++]);
    }
    if (good) {
        add_known(m, o);
        good = check_list(m, o);
    }
    if (!good) {
        study_methods_close(m);
    }
    return good;
}

void study_methods_close(struct study_methods *m) {
    for (size_t i = 0; i < m->profile_count; i++) {
        study_profile_free(&m->profiles[i]);
    }
    for (size_t i = 0; i < m->external_count; i++) {
        cli_external_free(&m->externals[i]);
    }
    study_profile_free(&m->standard);
    free(m->profiles);
    free(m->externals);
    free(m->at);
    *m = (struct study_methods){.at = NULL};
}

bool study_method_applies(const struct study_method *m, const struct cli_bench_input *in,
                          bool whole_file) {
    if (m->external != NULL) {
        return true;
    }
    if (m->whole_only && !whole_file) {
        return false;
    }
    bool codec = m->baseline == NULL;
    for (size_t i = 0; cli_study_gguf_get(i) != NULL; i++) {
        codec = codec || m->baseline == cli_study_gguf_get(i);
    }
    return codec ? cli_bench_wants("all", m->name, in)
                 : cli_bench_wants_baseline("all", m->name, in);
}

const struct study_profile *study_method_profile(const struct study_methods *all,
                                                 const struct study_method *m,
                                                 const struct cli_bench_input *in) {
    if (m->needs_profile) {
        return m->profile;
    }
    return m->level != 0 && cli_standard_bytes(in) != 0 ? &all->standard : NULL;
}
