/* external.c - see external.h. */
#include "external.h"

#include "input.h"
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

char *study_command_fill(const char *command, const char *const names[], const char *const values[],
                         size_t count) {
    struct cli_memory_writer out = {NULL, 0, 0};
    bool good = true;
    for (const char *at = command; *at != 0 && good;) {
        size_t i = 0;
        while (i < count && strncmp(at, names[i], strlen(names[i])) != 0) {
            i++;
        }
        if (i < count) {
            good = append_quoted(&out, values[i]);
            at += strlen(names[i]);
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

static bool write_file(const char *path, const struct codec_memory *in) {
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && fwrite(in->data, 1, in->size, file) == in->size;
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    return good;
}

static bool run_command(const char *command, const char *in, const char *out,
                        char reason[STUDY_REASON]) {
    static const char *const names[] = {"{in}", "{out}"};
    const char *const values[] = {in, out};
    char *line = study_command_fill(command, names, values, 2);
    if (line == NULL) {
        snprintf(reason, STUDY_REASON, "out of memory");
        return false;
    }
    /* The user's own words on the user's own machine. */
    int status = system(line); /* NOLINT(cert-env33-c) */
    free(line);
    if (status != 0) {
        snprintf(reason, STUDY_REASON, "the command %s %d",
                 status != -1 && WIFEXITED(status) ? "ended with exit status" : "was ended, status",
                 status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : status);
    }
    return status == 0;
}

bool study_external_run(const char *command, const struct codec_memory *in,
                        struct cli_memory_writer *out, double *seconds, char reason[STUDY_REASON]) {
    const char *base = getenv("TMPDIR");
    char folder[512], from[544], to[544];
    snprintf(folder, sizeof folder, "%s/scape-study-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL) {
        snprintf(reason, STUDY_REASON, "no temporary folder: %s", strerror(errno));
        return false;
    }
    snprintf(from, sizeof from, "%s/in", folder);
    snprintf(to, sizeof to, "%s/out", folder);
    bool good = write_file(from, in);
    if (!good) {
        snprintf(reason, STUDY_REASON, "no temporary file: %s", strerror(errno));
    }
    double start = cli_clock();
    good = good && run_command(command, from, to, reason);
    *seconds = cli_clock() - start;
    struct stat status;
    if (good && (stat(to, &status) != 0 || !S_ISREG(status.st_mode))) {
        snprintf(reason, STUDY_REASON, "the command left no output");
        good = false;
    }
    struct codec_memory result = {NULL, 0};
    if (good && (!cli_input_load(to, SIZE_MAX / 4, &result) ||
                 !cli_memory_append(out, result.data, result.size))) {
        snprintf(reason, STUDY_REASON, "the command's output cannot be read");
        good = false;
    }
    free((void *)(uintptr_t)result.data);
    (void)remove(from);
    (void)remove(to);
    (void)rmdir(folder);
    return good;
}
