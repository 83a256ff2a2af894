/* sanity.c - scape-study sanity: the same command on the original and on the restored file; bytes
 * and exit status must agree. */
#include "commands.h"

#include "archive_file.h"
#include "checksum.h"
#include "memory_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    STEP = 1 << 16
};

struct said {
    uint8_t sha256[CODEC_SHA256_SIZE];
    uint64_t size;
    int status;
};

static bool append_text(struct cli_memory_writer *out, const char *text) {
    return cli_memory_append(out, text, strlen(text));
}

/* In single quotes, for the shell. */
static bool append_quoted(struct cli_memory_writer *out, const char *text) {
    bool good = append_text(out, "'");
    for (const char *at = text; *at != 0 && good; at++) {
        good = *at == '\'' ? append_text(out, "'\\''") : cli_memory_append(out, at, 1);
    }
    return good && append_text(out, "'");
}

/* The command with each {model} replaced by the path in single quotes; NULL: out of memory. */
static char *command_of(const char *command, const char *model) {
    static const char name[] = "{model}";
    struct cli_memory_writer out = {NULL, 0, 0};
    bool good = true;
    for (const char *at = command; *at != 0 && good;) {
        if (strncmp(at, name, strlen(name)) == 0) {
            good = append_quoted(&out, model);
            at += strlen(name);
        } else {
            good = cli_memory_append(&out, at++, 1);
        }
    }
    if (!good || !cli_memory_append(&out, "", 1)) {
        cli_memory_free(&out);
        return NULL;
    }
    return (char *)out.data;
}

/* Runs the command with {model} replaced and hashes what it writes to standard output. */
static bool listen(const char *command, const char *model, struct said *out) {
    char *line = command_of(command, model);
    struct scape_ref_sha256 hash;
    unsigned char *buffer = malloc(STEP);
    *out = (struct said){.size = 0};
    /* The user's own words on the user's own machine. */
    FILE *pipe =
        line != NULL && buffer != NULL ? popen(line, "r") : NULL; /* NOLINT(cert-env33-c) */
    bool good = pipe != NULL && scape_ref_sha256_init(&hash) == SCAPE_REF_OK;
    size_t n = 1;
    while (good && n != 0) {
        n = fread(buffer, 1, STEP, pipe);
        out->size += n;
        good = scape_ref_sha256_update(&hash, buffer, n) == SCAPE_REF_OK;
    }
    good = good && scape_ref_sha256_finish(&hash, out->sha256) == SCAPE_REF_OK;
    out->status = pipe != NULL ? pclose(pipe) : -1;
    free(buffer);
    free(line);
    return good;
}

static void say(const char *what, const char *model, const struct said *s) {
    char text[2 * CODEC_SHA256_SIZE + 1];
    printf("%-8s  %s: %llu bytes, status %d, sha256 %s\n", what, model, (unsigned long long)s->size,
           WIFEXITED(s->status) ? WEXITSTATUS(s->status) : -1,
           cli_hex_text(s->sha256, sizeof s->sha256, text));
}

enum study_exit study_sanity(const struct study_options *o) {
    struct said a, b;
    if (!listen(o->command_line, o->original, &a) || !listen(o->command_line, o->restored, &b)) {
        study_error("the command cannot be run");
        return STUDY_FAILED;
    }
    say("original", o->original, &a);
    say("restored", o->restored, &b);
    bool ran = WIFEXITED(a.status) && WEXITSTATUS(a.status) == 0;
    bool same = a.status == b.status && a.size == b.size &&
                memcmp(a.sha256, b.sha256, sizeof a.sha256) == 0;
    puts(!ran   ? "the command failed on the original: nothing was shown"
         : same ? "same"
                : "different");
    return ran && same ? STUDY_OK : STUDY_FAILED;
}
