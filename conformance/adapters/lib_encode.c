/* lib_encode.c - see lib_encode.h: the contract's options of encode for libscape. Depends on the
 * engine's table of dtypes for their names. */
#include "lib_encode.h"

#include "registry_tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    REGIONS_MAX = 256,
    RANK_MAX = 8
};

struct wish {
    struct scape_encode_options options;
    struct scape_region regions[REGIONS_MAX];
    uint64_t dims[REGIONS_MAX][RANK_MAX];
    struct scape_profile profile;
    struct adapter_file profile_file;
    bool unknown_size;
    bool whole;     /* --dtype, --shape or --name: regions[0] is all of the content */
    bool canonical; /* --canonical was there */
};

/* The number that text starts with, which `end` must follow; *text moves behind that. */
static bool take_number(const char **text, char end, uint64_t *out) {
    const char *c = *text;
    *out = 0;
    for (; *c >= '0' && *c <= '9'; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (*out > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *out = *out * 10 + digit;
    }
    bool good = c != *text && *c == end;
    *text = c + (good && end != 0 ? 1 : 0);
    return good;
}

static bool take_dtype(const char **text, char end, uint32_t *out) {
    const char *behind = strchr(*text, end);
    for (size_t i = 0; behind != NULL && i < scape_reg_dtype_count; i++) {
        const char *name = scape_reg_dtypes[i].name;
        size_t length = (size_t)(behind - *text);
        if (strlen(name) == length && strncasecmp(name, *text, length) == 0) {
            *out = scape_reg_dtypes[i].id;
            *text = behind + (end != 0 ? 1 : 0);
            return true;
        }
    }
    return false;
}

/* AxBxC, or nothing for rank 0. */
static bool take_shape(const char **text, char end, struct wish *w, size_t i) {
    struct scape_region *region = &w->regions[i];
    region->dims = w->dims[i];
    region->rank = 0;
    if (**text == end) {
        *text += end != 0 ? 1 : 0;
        return true;
    }
    while (region->rank < RANK_MAX) {
        const char *from = *text;
        uint64_t *dim = &w->dims[i][region->rank++];
        if (take_number(text, end, dim)) {
            return true;
        }
        *text = from;
        if (!take_number(text, 'x', dim)) {
            return false;
        }
    }
    return false;
}

static void set_name(struct scape_region *region, const char *name) {
    region->name = name;
    region->name_length = strlen(name);
}

/* LENGTH:DTYPE:SHAPE:NAME */
static bool take_region(struct wish *w, const char *text) {
    size_t i = w->options.region_count;
    bool good = i < REGIONS_MAX && take_number(&text, ':', &w->regions[i].length) &&
                take_dtype(&text, ':', &w->regions[i].dtype) && take_shape(&text, ':', w, i);
    if (good) {
        set_name(&w->regions[i], text);
        w->options.region_count++;
    }
    return good;
}

static bool take_level(struct wish *w, const char *text) {
    static const char *const names[] = {"fast", "default", "max"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            w->options.level = (enum scape_level)(SCAPE_FAST + i);
            return true;
        }
    }
    return false;
}

static bool take_profile(struct wish *w, const char *path) {
    FILE *file = w->options.profile == NULL ? fopen(path, "rb") : NULL;
    bool good = file != NULL && adapter_load(file, &w->profile_file);
    if (file != NULL) {
        (void)fclose(file);
    }
    w->profile = (struct scape_profile){w->profile_file.data, w->profile_file.size};
    w->options.profile = &w->profile;
    return good;
}

static bool take_flag(struct wish *w, const char *word) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--canonical", &w->canonical},
                 {"--sha256", &w->options.content_sha256},
                 {"--repeats", &w->options.repeats},
                 {"--embed-profile", &w->options.embed_profile},
                 {"--unknown-size", &w->unknown_size}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool take_option(struct wish *w, const char *word, const char *value) {
    uint64_t number;
    if (strcmp(word, "--level") == 0) {
        return take_level(w, value);
    }
    if (strcmp(word, "--profile") == 0) {
        return take_profile(w, value);
    }
    if (strcmp(word, "--region") == 0) {
        return take_region(w, value);
    }
    if (strcmp(word, "--chunk-log2") == 0) {
        bool good = take_number(&value, 0, &number) && number > 0 && number < 64;
        w->options.chunk_log2 = good ? (unsigned)number : 0;
        return good;
    }
    w->whole = true;
    if (strcmp(word, "--dtype") == 0) {
        return take_dtype(&value, 0, &w->regions[0].dtype);
    }
    if (strcmp(word, "--shape") == 0) {
        return take_shape(&value, 0, w, 0);
    }
    set_name(&w->regions[0], value);
    return strcmp(word, "--name") == 0;
}

/* 0, ADAPTER_USAGE, or ADAPTER_NOT_SUPPORTED for a named method: the engine has none. */
static int take_all(struct wish *w, const struct adapter_request *r) {
    for (int i = 0; i < r->word_count; i++) {
        if (strcmp(r->words[i], "--method") == 0) {
            return ADAPTER_NOT_SUPPORTED;
        }
        if (take_flag(w, r->words[i])) {
            continue;
        }
        if (i + 1 == r->word_count || !take_option(w, r->words[i], r->words[i + 1])) {
            return ADAPTER_USAGE;
        }
        i++;
    }
    return w->canonical && !(w->whole && w->options.region_count > 0) ? 0 : ADAPTER_USAGE;
}

int adapter_encode(const struct adapter_request *r) {
    struct wish w = {.canonical = false};
    struct adapter_file content = {0};
    set_name(&w.regions[0], "");
    int code = take_all(&w, r);
    if (code == 0 && !adapter_load(r->in, &content)) {
        code = ADAPTER_IO;
    }
    if (code == 0) {
        w.options.regions = w.regions;
        w.options.content_size_given = !w.unknown_size;
        w.options.content_size = content.size;
        if (w.whole) {
            w.regions[0].length = content.size;
            w.options.region_count = 1;
        }
        rewind(r->in);
        struct scape_input input = adapter_input(r->in);
        struct scape_output output = adapter_output(r->out);
        code = (int)scape_compress_stream(&input, &output, &w.options, NULL, NULL);
    }
    free(content.data);
    free(w.profile_file.data);
    return code;
}
