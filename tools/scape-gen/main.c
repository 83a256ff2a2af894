/* main.c - the command line of scape-gen. Depends on scape_gen.h and the C library. */
#include "scape_gen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_OK = 0,
    EXIT_ERROR = 1,
    EXIT_USAGE = 2
};

static const char usage[] =
    "usage: scape-gen [options] -o FILE|-\n"
    "Writes a seeded model file whose statistics resemble trained weights; the same options give\n"
    "the same bytes on every machine.\n"
    "\n"
    "  -o FILE              where to write; - is standard output\n"
    "  --seed N             which file of its kind (default 0)\n"
    "  --container NAME     safetensors (default), gguf, raw\n"
    "  --raw                short for --container raw: one bare array, needs --size\n"
    "  --type TYPE          type of the matrices (default BF16); --list names them\n"
    "  --size BYTES         choose a model that fills BYTES as nearly as it can (never more);\n"
    "                       K, M, G, T after the number are powers of 1024\n"
    "  --layers N --width N --ffn N --vocab N\n"
    "                       or give its shape (default 2, 256, 8/3 of the width, 1024)\n"
    "  --zoo                every safetensors dtype, empty, constant, repeated, tied tensors\n"
    "  --tied               no output matrix of its own\n"
    "  --f32-norms          norm and bias vectors in F32\n"
    "  --gguf-version N     1, 2 or 3 (default)\n"
    "  --big-endian         of a GGUF file\n"
    "  --list               the types and what containers take them\n"
    "  --help               this text\n";

typedef struct command {
    scape_gen_options options;
    const char *output;
    bool help, list;
} command;

/* A decimal number with an optional binary suffix (K, M, G, T, and iB after them). */
static bool parse_number(const char *text, uint64_t *value) {
    uint64_t n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    if (p == text) {
        return false;
    }
    static const char suffixes[] = "KMGT";
    const char *suffix = *p != 0 ? strchr(suffixes, *p) : NULL;
    if (suffix != NULL) {
        unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);
        if (n > UINT64_MAX >> shift) {
            return false;
        }
        n <<= shift;
        p++;
        if (strcmp(p, "iB") == 0) {
            p += 2;
        }
    }
    *value = n;
    return *p == 0;
}

static bool parse_container(const char *text, scape_gen_container *container) {
    static const char *const names[] = {"safetensors", "gguf", "raw"};
    static const scape_gen_container values[] = {SCAPE_GEN_SAFETENSORS, SCAPE_GEN_GGUF,
                                                 SCAPE_GEN_RAW};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *container = values[i];
            return true;
        }
    }
    return false;
}

/* Options without an argument. */
static bool parse_flag(command *c, const char *name) {
    scape_gen_options *o = &c->options;
    if (strcmp(name, "--raw") == 0) {
        o->container = SCAPE_GEN_RAW;
    } else if (strcmp(name, "--zoo") == 0) {
        o->zoo = true;
    } else if (strcmp(name, "--tied") == 0) {
        o->tied = true;
    } else if (strcmp(name, "--f32-norms") == 0) {
        o->f32_norms = true;
    } else if (strcmp(name, "--big-endian") == 0) {
        o->big_endian = true;
    } else if (strcmp(name, "--list") == 0) {
        c->list = true;
    } else if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        c->help = true;
    } else {
        return false;
    }
    return true;
}

/* Options with an argument; `known` tells a bad argument from an unknown option. */
static bool parse_valued(command *c, const char *name, const char *value, bool *known) {
    scape_gen_options *o = &c->options;
    const struct {
        const char *name;
        uint64_t *target;
    } numbers[] = {{"--seed", &o->seed},   {"--size", &o->size}, {"--layers", &o->layers},
                   {"--width", &o->width}, {"--ffn", &o->ffn},   {"--vocab", &o->vocabulary}};
    *known = true;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            /* Zero asks for the default in the library; on the command line only a seed is 0. */
            return value != NULL && parse_number(value, numbers[i].target) &&
                   (i == 0 || *numbers[i].target != 0);
        }
    }
    if (strcmp(name, "-o") == 0) {
        c->output = value;
        return value != NULL;
    }
    if (strcmp(name, "--type") == 0) {
        o->type = value;
        return value != NULL;
    }
    if (strcmp(name, "--container") == 0) {
        return value != NULL && parse_container(value, &o->container);
    }
    if (strcmp(name, "--gguf-version") == 0) {
        uint64_t version = 0;
        bool valid = value != NULL && parse_number(value, &version) && version <= 3;
        o->gguf_version = (unsigned)version;
        return valid;
    }
    *known = false;
    return false;
}

static bool parse_arguments(int argc, char **argv, command *c) {
    *c = (command){.options = scape_gen_defaults()};
    for (int i = 1; i < argc; i++) {
        if (parse_flag(c, argv[i])) {
            continue;
        }
        bool known;
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!parse_valued(c, argv[i], value, &known)) {
            (void)fprintf(stderr, "scape-gen: %s %s\n",
                          known ? "missing or bad argument of" : "unknown option", argv[i]);
            return false;
        }
        i++;
    }
    if (c->output == NULL && !c->help && !c->list) {
        (void)fprintf(stderr, "scape-gen: no output (-o FILE, or -o - for standard output)\n");
        return false;
    }
    return true;
}

static void print_list(void) {
    (void)printf("%-12s %8s %6s  %s\n", "type", "elements", "bytes", "containers");
    for (const scape_gen_dtype_info *info = scape_gen_dtype_table(); info->name != NULL; info++) {
        (void)printf("%-12s %8u %6u  raw%s%s\n", info->name, (unsigned)info->block_elements,
                     (unsigned)info->block_bytes, info->in_safetensors ? " safetensors" : "",
                     info->ggml_type != SCAPE_GEN_NO_GGML ? " gguf" : "");
    }
    for (size_t i = 0; scape_gen_mix_name(i) != NULL; i++) {
        (void)printf("%-12s %8s %6s  gguf\n", scape_gen_mix_name(i), "mixed", "");
    }
}

static int write_file(void *context, const uint8_t *data, size_t size) {
    return fwrite(data, 1, size, (FILE *)context) == size ? 0 : 1;
}

static int report(scape_gen_status status, const char *reason, const char *output) {
    switch (status) {
    case SCAPE_GEN_OK:
        return EXIT_OK;
    case SCAPE_GEN_BAD_OPTION:
        (void)fprintf(stderr, "scape-gen: %s\n", reason);
        return EXIT_USAGE;
    case SCAPE_GEN_NO_MEMORY:
        (void)fprintf(stderr, "scape-gen: out of memory\n");
        return EXIT_ERROR;
    case SCAPE_GEN_WRITE_FAILED:
        break;
    }
    (void)fprintf(stderr, "scape-gen: cannot write %s: %s\n", output, strerror(errno));
    return EXIT_ERROR;
}

static int run(const command *c) {
    const char *reason = NULL;
    uint64_t size;
    /* Planned once without writing: bad options leave an existing output alone. */
    scape_gen_status status = scape_gen_measure(&c->options, &size, &reason);
    if (status != SCAPE_GEN_OK) {
        return report(status, reason, c->output);
    }
    bool to_stdout = strcmp(c->output, "-") == 0;
    FILE *f = to_stdout ? stdout : fopen(c->output, "wb");
    if (f == NULL) {
        return report(SCAPE_GEN_WRITE_FAILED, NULL, c->output);
    }
    scape_gen_sink sink = {write_file, f};
    status = scape_gen_write(&c->options, &sink, &reason);
    bool flushed = to_stdout ? fflush(f) == 0 : fclose(f) == 0;
    if (status == SCAPE_GEN_OK && !flushed) {
        status = SCAPE_GEN_WRITE_FAILED;
    }
    /* What was written stays where it is: the output may be a pipe or a device. */
    return report(status, reason, c->output);
}

int main(int argc, char **argv) {
    command c;
    if (!parse_arguments(argc, argv, &c)) {
        (void)fputs("try scape-gen --help\n", stderr);
        return EXIT_USAGE;
    }
    if (c.help) {
        return fputs(usage, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_OK : EXIT_ERROR;
    }
    if (c.list) {
        print_list();
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_ERROR;
    }
    return run(&c);
}
