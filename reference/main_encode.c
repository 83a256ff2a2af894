/* main_encode.c - the verb `encode` of scape-ref: the input, read wholly, to one canonical
 * frame on the output, under a plan that the command line gives. It knows no containers.
 * Depends on encode.h and file_io.h. */
#include "main_encode.h"

#include "encode.h"
#include "file_io.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    EXIT_USAGE = 2,
    REGIONS_MAX = 256
};

struct content {
    uint8_t *data;
    size_t size, at;
};

struct arguments {
    struct scape_ref_encode_options options;
    struct scape_ref_profile profile;
    struct scape_ref_plan_region regions[REGIONS_MAX];
    struct scape_ref_plan_region whole; /* of --dtype, --shape, --name */
    bool has_whole, unknown_size;
};

static int usage(void) {
    fputs("usage: scape-ref encode --canonical [--level fast|default|max] [--method NAME]\n"
          "           [--profile FILE [--embed-profile]] [--chunk-log2 N] [--sha256] [--repeats]\n"
          "           [--unknown-size] [--dtype NAME] [--shape AxB] [--name TENSOR]\n"
          "           [--region LENGTH:DTYPE:SHAPE:NAME]... < in > out\n"
          "What follows the last region is one opaque region more. An empty shape has rank 0.\n",
          stderr);
    return EXIT_USAGE;
}

/* --- input ---------------------------------------------------------------------------------- */

static int64_t content_read(void *ctx, void *buffer, size_t n) {
    struct content *c = ctx;
    n = n < c->size - c->at ? n : c->size - c->at;
    if (n > 0) {
        memcpy(buffer, c->data + c->at, n);
    }
    c->at += n;
    return (int64_t)n;
}

static int64_t content_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct content *c = ctx;
    if (offset >= c->size) {
        return 0;
    }
    n = n < c->size - (size_t)offset ? n : c->size - (size_t)offset;
    memcpy(buffer, c->data + (size_t)offset, n);
    return (int64_t)n;
}

/* The whole stream; the caller frees out->data. False when it cannot be read or held. */
static bool load(FILE *file, struct content *out) {
    size_t room = 0;
    *out = (struct content){0};
    for (;;) {
        if (out->size == room) {
            size_t more = room == 0 ? (size_t)1 << 16 : room;
            uint8_t *data = more <= SIZE_MAX - room ? realloc(out->data, room + more) : NULL;
            if (data == NULL) {
                return false;
            }
            out->data = data;
            room += more;
        }
        size_t got = fread(out->data + out->size, 1, room - out->size, file);
        out->size += got;
        if (got == 0) {
            return ferror(file) == 0;
        }
    }
}

static int load_profile(const char *path, struct arguments *a) {
    struct content content = {0};
    FILE *file = fopen(path, "rb");
    bool good = file != NULL && load(file, &content);
    if (file != NULL) {
        (void)fclose(file);
    }
    free((void *)a->profile.data);
    a->profile = (struct scape_ref_profile){content.data, content.size};
    a->options.profile = &a->profile;
    if (!good) {
        fprintf(stderr, "scape-ref: cannot read %s\n", path);
    }
    return good ? 0 : SCAPE_REF_IO;
}

/* --- the command line ----------------------------------------------------------------------- */

/* A decimal number that ends at `end`; *text moves behind that character. */
static bool parse_number(const char **text, char end, uint64_t *out) {
    const char *p = *text;
    *out = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (*out > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *out = *out * 10 + digit;
    }
    if (p == *text || *p != end) {
        return false;
    }
    *text = p + (end != 0 ? 1 : 0);
    return true;
}

static bool parse_dtype(const char *name, size_t length, uint16_t *out) {
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        const char *known = scape_ref_dtypes[i].name;
        if (strlen(known) == length && strncasecmp(known, name, length) == 0) {
            *out = (uint16_t)scape_ref_dtypes[i].id;
            return true;
        }
    }
    return false;
}

/* AxBxC up to `end`. */
static bool parse_shape(const char **text, char end, struct scape_ref_plan_region *r) {
    r->rank = 0;
    if (**text == end) {
        *text += end != 0 ? 1 : 0;
        return true;
    }
    while (r->rank < SCAPE_REF_RANK_MAX) {
        uint64_t *dim = &r->dims[r->rank++];
        if (parse_number(text, end, dim)) {
            return true;
        }
        if (!parse_number(text, 'x', dim)) {
            return false;
        }
    }
    return false;
}

/* LENGTH:DTYPE:SHAPE:NAME */
static bool parse_region(const char *text, struct scape_ref_plan_region *r) {
    if (!parse_number(&text, ':', &r->length)) {
        return false;
    }
    const char *colon = strchr(text, ':');
    if (colon == NULL || !parse_dtype(text, (size_t)(colon - text), &r->dtype)) {
        return false;
    }
    text = colon + 1;
    if (!parse_shape(&text, ':', r)) {
        return false;
    }
    r->name = text;
    r->name_len = strlen(text);
    return true;
}

static bool parse_level(const char *text, enum scape_ref_level *out) {
    static const char *const names[] = {"fast", "default", "max"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum scape_ref_level)(SCAPE_REF_ENCODE_FAST + i);
            return true;
        }
    }
    return false;
}

/* A word without a value; true when it was one. */
static bool parse_flag(struct arguments *a, const char *word) {
    if (strcmp(word, "--sha256") == 0) {
        a->options.content_sha256 = true;
    } else if (strcmp(word, "--repeats") == 0) {
        a->options.repeats = true;
    } else if (strcmp(word, "--embed-profile") == 0) {
        a->options.embed_profile = true;
    } else if (strcmp(word, "--unknown-size") == 0) {
        a->unknown_size = true;
    } else {
        return strcmp(word, "--canonical") == 0;
    }
    return true;
}

/* A word with a value: 0, or the exit code. */
static int parse_option(struct arguments *a, const char *word, const char *value) {
    bool good = false;
    uint64_t number = 0;
    if (strcmp(word, "--profile") == 0) {
        return load_profile(value, a);
    }
    if (strcmp(word, "--level") == 0) {
        good = parse_level(value, &a->options.level);
    } else if (strcmp(word, "--method") == 0) {
        a->options.method = value;
        good = true;
    } else if (strcmp(word, "--chunk-log2") == 0) {
        good = parse_number(&value, 0, &number) && number > 0 && number < 64;
        a->options.chunk_log2 = (unsigned)number;
    } else if (strcmp(word, "--region") == 0) {
        good = a->options.region_count < REGIONS_MAX &&
               parse_region(value, &a->regions[a->options.region_count]);
        a->options.region_count++;
    } else {
        a->has_whole = true;
        if (strcmp(word, "--dtype") == 0) {
            good = parse_dtype(value, strlen(value), &a->whole.dtype);
        } else if (strcmp(word, "--shape") == 0) {
            good = parse_shape(&value, 0, &a->whole);
        } else if (strcmp(word, "--name") == 0) {
            a->whole.name = value;
            a->whole.name_len = strlen(value);
            good = true;
        }
    }
    return good ? 0 : usage();
}

static int parse(struct arguments *a, int count, char **words) {
    for (int i = 0; i < count; i++) {
        if (!parse_flag(a, words[i])) {
            int code = i + 1 < count ? parse_option(a, words[i], words[i + 1]) : usage();
            if (code != 0) {
                return code;
            }
            i++;
        }
    }
    return a->has_whole && a->options.region_count > 0 ? usage() : 0;
}

/* --- encoding ------------------------------------------------------------------------------- */

static int encode(struct arguments *a, struct content *content, FILE *out) {
    struct scape_ref_input input = {
        .ctx = content, .read = content_read, .read_at = content_read_at, .size = content->size};
    struct scape_ref_output output = scape_ref_file_output_open(out);
    struct scape_ref_report report;
    a->options.regions = a->regions;
    a->options.content_size = a->unknown_size ? UINT64_MAX : content->size;
    if (a->has_whole) {
        a->whole.length = content->size;
        a->regions[0] = a->whole;
        a->options.region_count = 1;
    }
    enum scape_ref_error error = scape_ref_encode(&input, &output, &a->options, NULL, &report);
    if (error == SCAPE_REF_OK && fflush(out) != 0) {
        error = SCAPE_REF_IO;
    }
    if (error != SCAPE_REF_OK) {
        fprintf(stderr, "scape-ref: %s\n", scape_ref_error_message(error));
    }
    return (int)error;
}

int scape_ref_main_encode(int count, char **words, FILE *in, FILE *out) {
    struct arguments a = {.whole = {.name = ""}};
    struct content content = {0};
    int code = parse(&a, count, words);
    if (code == 0 && !load(in, &content)) {
        fputs("scape-ref: cannot read the input\n", stderr);
        code = SCAPE_REF_IO;
    }
    if (code == 0) {
        code = encode(&a, &content, out);
    }
    free(content.data);
    free((void *)a.profile.data);
    return code;
}
