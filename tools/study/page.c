/* page.c - see page.h. */
#include "page.h"

#include "codec.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum {
    PATH_ROOM = 4096,
    LINE = 512
};

static void put_base64(FILE *to, const struct codec_memory *data) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = data->data;
    for (size_t i = 0; i < data->size; i += 3) {
        size_t left = data->size - i;
        unsigned long bits = (unsigned long)at[i] << 16 |
                             (unsigned long)(left > 1 ? at[i + 1] : 0) << 8 |
                             (unsigned long)(left > 2 ? at[i + 2] : 0);
        fputc(digits[bits >> 18 & 63], to);
        fputc(digits[bits >> 12 & 63], to);
        fputc(left > 1 ? digits[bits >> 6 & 63] : '=', to);
        fputc(left > 2 ? digits[bits & 63] : '=', to);
    }
}

bool study_page_image(FILE *to, const char *folder, const char *name, const char *caption) {
    char path[PATH_ROOM];
    struct codec_memory image;
    int n = snprintf(path, sizeof path, "%s/%s.svg", folder, name);
    if (n < 0 || n >= PATH_ROOM || access(path, F_OK) != 0) {
        return true;
    }
    if (!cli_input_load(path, SIZE_MAX / 4, &image)) {
        return false;
    }
    fprintf(to, "<figure id=\"%s\"><img width=\"960\" height=\"560\" alt=\"", name);
    study_html_text(to, caption);
    fputs("\" src=\"data:image/svg+xml;base64,", to);
    put_base64(to, &image);
    fputs("\"><figcaption>", to);
    study_html_text(to, caption);
    fputs("</figcaption></figure>\n", to);
    free((void *)(uintptr_t)image.data);
    return true;
}

/* ---- Machine and versions ---- */

static void put_pair(FILE *to, const char *name, const char *value) {
    fprintf(to, "<dt>%s</dt><dd>", name);
    study_html_text(to, value);
    fputs("</dd>\n", to);
}

/* What a line of the file that begins with `key` says behind its colon. */
static bool find_line(const char *path, const char *key, char out[LINE]) {
    FILE *file = fopen(path, "r");
    char line[LINE];
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        found = strncmp(line, key, strlen(key)) == 0 && colon != NULL;
        if (found) {
            const char *value = colon + 1 + strspn(colon + 1, " \t");
            snprintf(out, LINE, "%.*s", (int)strcspn(value, "\n"), value);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

/* The first line that a command says. */
static bool first_line(const char *command, char out[LINE]) {
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): fixed words */
    bool good = pipe != NULL && fgets(out, LINE, pipe) != NULL;
    if (good) {
        out[strcspn(out, "\n")] = 0;
    }
    return pipe != NULL && pclose(pipe) == 0 && good;
}

static void put_machine(FILE *to) {
    char text[LINE], line[2 * LINE];
    struct utsname system;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (find_line("/proc/cpuinfo", "model name", text)) {
        snprintf(line, sizeof line, "%s, %ld cores", text, cores);
        put_pair(to, "Processor", line);
    }
    if (find_line("/proc/meminfo", "MemTotal", text)) {
        put_pair(to, "Memory", text);
    }
    if (uname(&system) == 0) {
        snprintf(line, sizeof line, "%s %s, %s", system.sysname, system.release, system.machine);
        put_pair(to, "System", line);
    }
}

static void put_versions(FILE *to) {
    static const char *const commands[][2] = {{"gnuplot", "gnuplot --version 2>/dev/null"},
                                              {"xz", "xz --version 2>/dev/null"},
                                              {"brotli", "brotli --version 2>/dev/null"}};
    char text[LINE];
    time_t now = time(NULL);
    struct tm utc;
    snprintf(text, sizeof text, "%s, format %s", SCAPE_VERSION, codec_format_version());
    put_pair(to, "scape", text);
    put_pair(to, "libzstd", ZSTD_versionString());
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (first_line(commands[i][1], text)) {
            put_pair(to, commands[i][0], text);
        }
    }
    if (gmtime_r(&now, &utc) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc) > 0) {
        put_pair(to, "Page made", text);
    }
}

void study_page_origin(FILE *to, const struct study_options *o) {
    fputs("<h2 id=\"origin\">Origin</h2>\n<dl>\n", to);
    put_machine(to);
    put_versions(to);
    fputs("</dl>\n<h3>Commands</h3>\n<pre>", to);
    for (size_t i = 0; i < o->notes.count; i++) {
        study_html_text(to, o->notes.at[i]);
        fputc('\n', to);
    }
    fputs("scape-study report -o ", to);
    study_html_text(to, o->output);
    for (size_t i = 0; i < o->inputs.count; i++) {
        fputc(' ', to);
        study_html_text(to, o->inputs.at[i]);
    }
    fputs("</pre>\n", to);
}
