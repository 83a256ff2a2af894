/* safe_name.c - see safe_name.h. */
#include "safe_name.h"

#include <xxhash.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_plain(unsigned char c, bool first) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') {
        return true;
    }
    return !first && c != 0 && strchr(".-+=,@()[]", c) != NULL;
}

/* Devices of DOS, whatever follows behind a dot: no file on a disk or share of Windows. */
static bool is_device(const char *name, size_t n) {
    static const char *const devices[] = {"con", "prn", "aux", "nul"};
    static const char *const ports[] = {"com", "lpt"};
    const char *dot = n != 0 ? memchr(name, '.', n) : NULL;
    size_t stem = dot != NULL ? (size_t)(dot - name) : n;
    for (size_t i = 0; stem == 3 && i < sizeof devices / sizeof *devices; i++) {
        if (strncasecmp(name, devices[i], 3) == 0) {
            return true;
        }
    }
    for (size_t i = 0; stem == 4 && i < sizeof ports / sizeof *ports; i++) {
        if (strncasecmp(name, ports[i], 3) == 0 && name[3] >= '0' && name[3] <= '9') {
            return true;
        }
    }
    return false;
}

void cli_safe_name(const char *name, size_t n, const char *suffix, bool hashed,
                   char out[CLI_SAFE_NAME]) {
    static const char digits[] = "0123456789ABCDEF";
    const size_t room = CLI_SAFE_NAME - 1 - strlen(suffix);
    const bool device = is_device(name, n);
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        bool plain = is_plain(c, i == 0) && !(device && i == 0);
        if (size + (plain ? 1 : 3) > room) {
            hashed = true;
            break;
        }
        if (plain) {
            out[size++] = (char)c;
        } else {
            out[size++] = '%';
            out[size++] = digits[c >> 4];
            out[size++] = digits[c & 15];
        }
    }
    if (hashed) {
        /* '~' is never plain, so a hashed name is not that of another tensor */
        size = size < room - 17 ? size : room - 17;
        snprintf(out + size, 18, "~%016llx", (unsigned long long)XXH3_64bits(name, n));
        size += 17;
    }
    memcpy(out + size, suffix, strlen(suffix) + 1);
}

uint64_t cli_safe_name_caseless(const char *name, size_t n) {
    char folded[CLI_SAFE_NAME];
    cli_safe_name(name, n, "", false, folded);
    size_t size = strlen(folded);
    for (size_t i = 0; i < size; i++) {
        folded[i] = (char)(folded[i] >= 'A' && folded[i] <= 'Z' ? folded[i] | 32 : folded[i]);
    }
    return XXH3_64bits(folded, size);
}
