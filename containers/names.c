/* names.c - see names.h. Depends on the C library only. */
#include "names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int scape_names_init(scape_names *names, scape_job *job, uint64_t room) {
    memset(names, 0, sizeof *names);
    if (room >= SIZE_MAX / sizeof *names->ends) {
        return SCAPE_CUT_NOMEM;
    }
    names->room = (size_t)room;
    names->ends = scape_mem_alloc(&job->opt, (names->room + 1) * sizeof *names->ends);
    return names->ends == NULL ? SCAPE_CUT_NOMEM : SCAPE_CUT_OK;
}

void scape_names_free(scape_names *names, scape_job *job) {
    scape_mem_free(&job->opt, names->text);
    scape_mem_free(&job->opt, names->ends);
}

/* Doubles the text, so that a header of n bytes costs O(n) however its names are cut. */
static int reserve(scape_names *names, scape_job *job, size_t length) {
    if (names->text_room - names->text_len >= length) {
        return SCAPE_CUT_OK;
    }
    if (names->text_len > SIZE_MAX / 4 || length > SIZE_MAX / 4) {
        return SCAPE_CUT_NOMEM;
    }
    size_t room = 2 * names->text_len + length + 256;
    char *text = scape_mem_alloc(&job->opt, room);
    if (text == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    if (names->text_len > 0) {
        memcpy(text, names->text, names->text_len);
    }
    scape_mem_free(&job->opt, names->text);
    names->text = text;
    names->text_room = room;
    return SCAPE_CUT_OK;
}

int scape_names_add(scape_names *names, scape_job *job, scape_cursor *c, size_t length) {
    assert(names->count < names->room);
    if (reserve(names, job, length + 1) != SCAPE_CUT_OK) {
        return SCAPE_CUT_NOMEM;
    }
    if (!scape_cursor_take(c, names->text + names->text_len, length)) {
        return SCAPE_CUT_IO;
    }
    names->text_len += length;
    names->ends[names->count++] = names->text_len;
    return SCAPE_CUT_OK;
}

const char *scape_names_get(const scape_names *names, size_t i, size_t *length) {
    size_t begin = i == 0 ? 0 : names->ends[i - 1];
    *length = names->ends[i] - begin;
    return names->text + begin;
}

typedef struct span {
    const char *text;
    size_t length;
} span;

static int by_text(const void *left, const void *right) {
    const span *a = left;
    const span *b = right;
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return memcmp(a->text, b->text, a->length);
}

/* Sorts, so that a header of thousands of names does not cost the square of their number. */
int scape_names_find_duplicate(const scape_names *names, scape_job *job, bool *found) {
    *found = false;
    if (names->count < 2) {
        return SCAPE_CUT_OK;
    }
    if (names->count > SIZE_MAX / sizeof(span)) {
        return SCAPE_CUT_NOMEM;
    }
    span *spans = scape_mem_alloc(&job->opt, names->count * sizeof *spans);
    if (spans == NULL) {
        return SCAPE_CUT_NOMEM;
    }
    for (size_t i = 0; i < names->count; i++) {
        spans[i].text = scape_names_get(names, i, &spans[i].length);
    }
    qsort(spans, names->count, sizeof *spans, by_text);
    for (size_t i = 1; i < names->count; i++) {
        if (by_text(&spans[i - 1], &spans[i]) == 0) {
            *found = true;
        }
    }
    scape_mem_free(&job->opt, spans);
    return SCAPE_CUT_OK;
}

/* Length of the sequence that byte c starts and the least code point it may hold; 0 if none starts
 * so. */
static size_t sequence(uint8_t c, uint32_t *least) {
    if (c >= 0x01 && c < 0x80) {
        *least = 0;
        return 1;
    }
    if (c >= 0xc2 && c < 0xe0) {
        *least = 0x80;
        return 2;
    }
    if (c >= 0xe0 && c < 0xf0) {
        *least = 0x800;
        return 3;
    }
    if (c >= 0xf0 && c < 0xf5) {
        *least = 0x10000;
        return 4;
    }
    return 0;
}

bool scape_utf8_valid(const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        uint32_t least = 0;
        uint8_t first = (uint8_t)text[i];
        size_t length = sequence(first, &least);
        if (length == 0 || length > n - i) {
            return false;
        }
        uint32_t point = length == 1 ? first : first & (0x7fu >> length);
        for (size_t k = 1; k < length; k++) {
            uint8_t next = (uint8_t)text[i + k];
            if ((next & 0xc0) != 0x80) {
                return false;
            }
            point = point << 6 | (next & 0x3fu);
        }
        if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
            return false;
        }
        i += length;
    }
    return true;
}
