/* message.c - see message.h. */
#include "message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 sequence at s (of n bytes, n >= 1), 0 where there is none. C1
 * controls count as none. */
static size_t utf8_length(const unsigned char *s, size_t n) {
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (length == 0 || length > n || s[0] > 0xF4) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool bad = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
               (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F) ||
               (s[0] == 0xC2 && s[1] < 0xA0);
    return bad ? 0 : length;
}

void cli_print_name(FILE *to, const char *name, size_t n) {
    const unsigned char *s = (const unsigned char *)name;
    for (size_t i = 0; i < n;) {
        size_t length = utf8_length(s + i, n - i);
        if (length == 0 || (length == 1 && (s[i] < 0x20 || s[i] == 0x7F || s[i] == '\\'))) {
            fprintf(to, "\\x%02X", s[i]);
            i++;
        } else {
            fwrite(s + i, 1, length, to);
            i += length;
        }
    }
}

static void print_line(const char *subject, const char *format, va_list arguments) {
    char text[1024];
    /* clang-tidy 14 does not see that the list was started */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int n = vsnprintf(text, sizeof text, format, arguments);
    fputs("scape: ", stderr);
    if (subject != NULL) {
        cli_print_name(stderr, subject, strlen(subject));
        fputs(": ", stderr);
    }
    if (n > 0) {
        cli_print_name(stderr, text, strlen(text));
    }
    fputc('\n', stderr);
}

void cli_error(const char *subject, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(subject, format, arguments);
    va_end(arguments);
}

void cli_note(const char *subject, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(subject, format, arguments);
    va_end(arguments);
}

const char *cli_size_text(uint64_t bytes, char out[CLI_SIZE_TEXT]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    snprintf(out, CLI_SIZE_TEXT, unit == 0 ? "%.0f %s" : "%.2f %s", value, units[unit]);
    return out;
}

double cli_ratio(uint64_t whole, uint64_t part) {
    return part == 0 ? 0.0 : (double)whole / (double)part;
}

void cli_help_option(char letter, const char *name, const char *argument, int width,
                     const char *text) {
    char left[64], before[] = "    ";
    snprintf(left, sizeof left, "--%s%s%s", name, argument != NULL ? " " : "",
             argument != NULL ? argument : "");
    if (letter != 0) {
        snprintf(before, sizeof before, "-%c, ", letter);
    }
    printf("  %s%-*s %s\n", before, width, left, text);
}
