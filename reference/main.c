/* main.c - scape-ref, the reference as a program: from standard input to standard output. The
 * exit code is the number of the error class, 0 for success, 2 for a wrong command line. */
#include "access.h"
#include "file_io.h"
#include "inspect.h"
#include "main_encode.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum {
    EXIT_USAGE = 2,
    PROFILES_MAX = 16
};

struct arguments {
    const char *tensor; /* or NULL */
    struct scape_ref_options options;
    struct scape_ref_profile profiles[PROFILES_MAX];
};

static int usage(void) {
    fputs(
        "usage: scape-ref decode [--profile FILE]... [--max-memory N] [--tensor NAME] < in > out\n"
        "       scape-ref inspect [--profile FILE]... [--max-memory N] < in > out.json\n"
        "       scape-ref encode --canonical [options] < in > out\n",
        stderr);
    return EXIT_USAGE;
}

/* The whole file in memory; what is longer than a profile may be cannot be one. */
static int load_profile(const char *path, struct scape_ref_profile *out) {
    const size_t most = ((size_t)1 << SCAPE_REF_PROFILE_LOG2_MAX) + 1;
    FILE *file = fopen(path, "rb");
    unsigned char *data = malloc(most);
    size_t size = file && data ? fread(data, 1, most, file) : 0;
    bool good = file && data && !ferror(file);
    if (file) {
        (void)fclose(file);
    }
    if (!good) {
        fprintf(stderr, "scape-ref: cannot read %s\n", path);
        free(data);
        return SCAPE_REF_IO;
    }
    *out = (struct scape_ref_profile){data, size};
    return 0;
}

static bool parse_number(const char *text, uint64_t *out) {
    char *end;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0;
}

/* 0, or the exit code. */
static int parse(struct arguments *a, int count, char **words) {
    a->options.profiles = a->profiles;
    for (int i = 0; i + 1 < count; i += 2) {
        const char *value = words[i + 1];
        if (strcmp(words[i], "--profile") == 0 && a->options.profile_count < PROFILES_MAX) {
            int code = load_profile(value, &a->profiles[a->options.profile_count]);
            if (code != 0) {
                return code;
            }
            a->options.profile_count++;
        } else if (strcmp(words[i], "--tensor") == 0) {
            a->tensor = value;
        } else if (strcmp(words[i], "--max-memory") != 0 ||
                   !parse_number(value, &a->options.max_memory)) {
            return usage();
        }
    }
    return count % 2 == 0 ? 0 : usage();
}

/* Says what went wrong, and turns it into an exit code; success needs the output written out. */
static int finish(enum scape_ref_error error, const char *message) {
    if (error == SCAPE_REF_OK && fflush(stdout) != 0) {
        error = SCAPE_REF_IO;
        message = scape_ref_error_message(error);
    }
    if (error != SCAPE_REF_OK) {
        fprintf(stderr, "scape-ref: %s\n", message);
    }
    return (int)error;
}

static int decode(const struct arguments *a) {
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, stdin);
    struct scape_ref_output output = scape_ref_file_output_open(stdout);
    struct scape_ref_report report;
    enum scape_ref_error error = scape_ref_decode(&input, &output, &a->options, &report);
    return finish(error, report.message);
}

static int decode_tensor(const struct arguments *a) {
    static struct scape_ref_access access;
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, stdin);
    struct scape_ref_output output = scape_ref_file_output_open(stdout);
    struct scape_ref_report report;
    struct scape_ref_region region;
    enum scape_ref_error error = scape_ref_access_open(&access, &input, &a->options);
    if (!error) {
        error = scape_ref_access_find(&access, a->tensor, strlen(a->tensor), &region);
        error =
            error ? error : scape_ref_access_read(&access, region.offset, region.length, &output);
        scape_ref_access_close(&access);
    }
    scape_ref_report_fill(&report, error, 0);
    return finish(error, report.message);
}

static int inspect(const struct arguments *a) {
    struct scape_ref_file_input file;
    struct scape_ref_input input = scape_ref_file_input_open(&file, stdin);
    struct scape_ref_report report;
    enum scape_ref_error error = scape_ref_inspect(&input, &a->options, stdout, &report);
    return finish(error, report.message);
}

int main(int argc, char **argv) {
    struct arguments a = {.options = {.max_memory = 0}};
    if (argc >= 2 && strcmp(argv[1], "encode") == 0) {
        return scape_ref_main_encode(argc - 2, argv + 2, stdin, stdout);
    }
    bool inspecting = argc >= 2 && strcmp(argv[1], "inspect") == 0;
    if (!inspecting && (argc < 2 || strcmp(argv[1], "decode") != 0)) {
        return usage();
    }
    int code = parse(&a, argc - 2, argv + 2);
    if (code == 0) {
        code = inspecting ? inspect(&a) : a.tensor ? decode_tensor(&a) : decode(&a);
    }
    for (size_t i = 0; i < a.options.profile_count; i++) {
        free((void *)a.profiles[i].data);
    }
    return code;
}
