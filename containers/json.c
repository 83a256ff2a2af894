/* json.c - see json.h. Depends on jansson.
 * jansson checks UTF-8, refuses integers beyond int64 and NUL in strings, stops at 2048 levels of
 * nesting and seeds its hash from the system; what it does not bound is the size of the tree. */
#include "json.h"

#include <errno.h>
#include <stdbool.h>

/* No more values than this are built: each is preceded by a comma or an opening bracket outside a
 * string. Up to the first syntax error, where jansson stops, this sees the same strings as jansson
 * does. */
static bool too_many_values(const char *text, size_t n) {
    uint64_t values = 1;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        if (in_string) {
            if (text[i] == '\\') {
                i++;
            } else if (text[i] == '"') {
                in_string = false;
            }
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == ',' || text[i] == '[' || text[i] == '{') {
            values++;
        }
    }
    return values > SCAPE_CUT_MAX_JSON_VALUES;
}

static const char *describe(enum json_error_code code) {
    switch (code) {
    case json_error_duplicate_key:
        return "duplicate key";
    case json_error_invalid_utf8:
        return "the text is not UTF-8";
    case json_error_numeric_overflow:
        return "number out of range";
    case json_error_stack_overflow:
        return "nested too deep";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "NUL in a string";
    case json_error_end_of_input_expected:
        return "bytes after the JSON value";
    default:
        return "not JSON";
    }
}

int scape_json_parse(scape_job *job, const char *container, const char *text, size_t n,
                     json_t **out) {
    if (too_many_values(text, n)) {
        return scape_job_reject(job, "%s: more than %llu JSON values", container,
                                (unsigned long long)SCAPE_CUT_MAX_JSON_VALUES);
    }
    json_error_t error = {0}; /* where jansson writes no text, it writes no code either */
    errno = 0;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    int cause = errno;
    if (root == NULL) {
        enum json_error_code code = json_error_code(&error);
        /* jansson reports some failed allocations as syntax errors, some without a text. What
         * malloc leaves in errno tells; whether a file is cut must not depend on the memory at
         * hand. */
        if (cause == ENOMEM || code == json_error_out_of_memory || error.text[0] == '\0') {
            return SCAPE_CUT_NOMEM;
        }
        return scape_job_reject(job, "%s: %s at byte %d", container, describe(code),
                                error.position);
    }
    *out = root;
    return SCAPE_CUT_OK;
}
