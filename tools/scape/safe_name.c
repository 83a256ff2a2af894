/* safe_name.c - see safe_name.h. */
#include "safe_name.h"

#include <xxhash.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_plain(unsigned char c, bool first) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_') {
        return true;
    }
    return !first && c != 0 && strchr(".-+=,@()[]", c) != NULL;
}

void cli_safe_name(const char *name, size_t n, const char *suffix, char out[CLI_SAFE_NAME]) {
    static const char digits[] = "0123456789ABCDEF";
    const size_t room = CLI_SAFE_NAME - 1 - strlen(suffix);
    size_t size = 0;
    bool cut = false;
    for (size_t i = 0; i < n && !cut; i++) {
        unsigned char c = (unsigned char)name[i];
        bool plain = is_plain(c, i == 0);
        if (size + (plain ? 1 : 3) > room) {
            cut = true;
        } else if (plain) {
            out[size++] = (char)c;
        } else {
            out[size++] = '%';
            out[size++] = digits[c >> 4];
            out[size++] = digits[c & 15];
        }
    }
    if (cut) {
        /* '~' is never plain, so a cut name is not that of another tensor */
        size = size < room - 17 ? size : room - 17;
        snprintf(out + size, 18, "~%016llx", (unsigned long long)XXH3_64bits(name, n));
        size += 17;
    }
    memcpy(out + size, suffix, strlen(suffix) + 1);
}
