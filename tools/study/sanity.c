/* sanity.c - scape-study sanity: the same command on the original and on the restored file; bytes
 * and exit status must agree. */
#include "commands.h"
#include "external.h"

#include "archive_file.h"
#include "checksum.h"

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

/* Runs the command with {model} replaced and hashes what it writes to standard output. */
static bool listen(const char *command, const char *model, struct said *out) {
    static const char *const names[] = {"{model}"};
    char *line = study_command_fill(command, names, &model, 1);
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
