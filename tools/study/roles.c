/* roles.c - see roles.h. */
#include "roles.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const built_in[] = {
    "model.layers.{}.", /* llama, qwen, mistral, gemma, phi */
    "model.language_model.layers.{}.",
    "transformer.h.{}.",        /* gpt2, falcon, bloom */
    "h.{}.",                    /* gpt2 as published */
    "gpt_neox.layers.{}.",      /* pythia */
    "rwkv.blocks.{}.",          /* rwkv */
    "blocks.{}.",               /* rwkv as published */
    "model.decoder.layers.{}.", /* opt */
    "encoder.layer.{}.",        /* bert */
    "backbone.layers.{}.",      /* mamba */
    "blk.{}.",                  /* gguf */
};

enum {
    BUILT_IN = sizeof built_in / sizeof built_in[0]
};

static bool add(struct study_roles *r, const char *pattern, size_t n) {
    const char *hole = n < STUDY_PATTERN ? strstr(pattern, "{}") : NULL;
    if (hole == NULL || hole >= pattern + n) {
        return false;
    }
    char(*bigger)[STUDY_PATTERN] = realloc(r->patterns, (r->count + 1) * sizeof *bigger);
    if (bigger == NULL) {
        return false;
    }
    r->patterns = bigger;
    memcpy(r->patterns[r->count], pattern, n);
    r->patterns[r->count++][n] = 0;
    return true;
}

static bool add_file(struct study_roles *r, const char *path) {
    char line[STUDY_PATTERN];
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    if (!good) {
        study_error("%s: %s", path, strerror(errno));
    }
    while (good && fgets(line, sizeof line, file) != NULL) {
        size_t n = strcspn(line, "#\r\n");
        while (n > 0 && isspace((unsigned char)line[n - 1])) {
            n--;
        }
        good = n == 0 || add(r, line, n);
        if (!good) {
            study_error("%s: '%.*s' is no pattern with {}", path, (int)n, line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

bool study_roles_open(struct study_roles *r, const struct study_options *o) {
    *r = (struct study_roles){NULL, 0};
    bool good = true;
    for (size_t i = 0; i < o->roles.count && good; i++) {
        good = add_file(r, o->roles.at[i]);
    }
    for (size_t i = 0; i < BUILT_IN && good; i++) {
        good = add(r, built_in[i], strlen(built_in[i]));
    }
    if (!good) {
        study_roles_close(r);
    }
    return good;
}

void study_roles_close(struct study_roles *r) {
    free(r->patterns);
    *r = (struct study_roles){NULL, 0};
}

static bool fits(const char *pattern, const char *name, unsigned *layer, const char **role) {
    const char *hole = strstr(pattern, "{}");
    size_t before = (size_t)(hole - pattern), after = strlen(hole + 2);
    if (strlen(name) <= before || memcmp(name, pattern, before) != 0 ||
        !isdigit((unsigned char)name[before])) {
        return false;
    }
    const char *at = name + before;
    unsigned value = 0;
    for (; isdigit((unsigned char)*at) != 0; at++) {
        if (value > 100000) {
            return false;
        }
        value = 10 * value + (unsigned)(*at - '0');
    }
    *layer = value;
    *role = at + after;
    return strlen(at) > after && memcmp(at, hole + 2, after) == 0;
}

bool study_roles_find(const struct study_roles *r, const char *name, unsigned *layer,
                      const char **role) {
    for (size_t i = 0; i < r->count; i++) {
        if (fits(r->patterns[i], name, layer, role)) {
            return true;
        }
    }
    return false;
}
