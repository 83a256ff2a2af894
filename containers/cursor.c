/* cursor.c - see cursor.h. Depends on the C library only. */
#include "cursor.h"

#include <string.h>

void scape_cursor_open(scape_cursor *c, const scape_source *src, uint64_t cap) {
    c->src = src;
    c->pos = 0;
    c->end = src->size < cap ? src->size : cap;
    c->status = SCAPE_CURSOR_OK;
    c->big_endian = false;
    c->buf_from = 0;
    c->buf_len = 0;
}

/* Wanting bytes past the end: of the file, or only of the part that may be looked at? */
static bool fail_at_end(scape_cursor *c) {
    c->status = c->end < c->src->size ? SCAPE_CURSOR_CAP : SCAPE_CURSOR_END;
    return false;
}

/* Reads up to n bytes at pos. A source that delivers less than its size promises is failing; one of
 * unknown size has come to its end. */
static bool read_source(scape_cursor *c, void *dst, size_t n, size_t *got) {
    int64_t r = c->src->read_at(c->src->ctx, c->pos, dst, n);
    if (r < 0 || (uint64_t)r > n || ((uint64_t)r < n && c->src->size != SCAPE_SIZE_UNKNOWN)) {
        c->status = SCAPE_CURSOR_IO;
        return false;
    }
    *got = (size_t)r;
    if (*got == 0) {
        c->status = SCAPE_CURSOR_END;
        return false;
    }
    return true;
}

bool scape_cursor_has(scape_cursor *c, uint64_t n) {
    if (c->status != SCAPE_CURSOR_OK) {
        return false;
    }
    if (n > c->end - c->pos) {
        return fail_at_end(c);
    }
    uint64_t last = c->pos + n;
    if (c->src->size != SCAPE_SIZE_UNKNOWN || n == 0 || last - c->buf_from <= c->buf_len) {
        return true;
    }
    uint8_t byte;
    int64_t r = c->src->read_at(c->src->ctx, last - 1, &byte, 1);
    if (r != 1) {
        c->status = r == 0 ? SCAPE_CURSOR_END : SCAPE_CURSOR_IO;
    }
    return r == 1;
}

static bool take_some(scape_cursor *c, uint8_t *dst, size_t n, size_t *done) {
    if (c->pos - c->buf_from < c->buf_len) { /* it never goes back */
        size_t at = (size_t)(c->pos - c->buf_from);
        size_t have = c->buf_len - at;
        *done = have < n ? have : n;
        memcpy(dst, c->buf + at, *done);
    } else if (n >= sizeof c->buf) {
        if (!read_source(c, dst, n, done)) {
            return false;
        }
    } else {
        uint64_t left = c->end - c->pos;
        size_t want = left < sizeof c->buf ? (size_t)left : sizeof c->buf;
        *done = 0;
        c->buf_len = 0;
        if (!read_source(c, c->buf, want, &c->buf_len)) {
            c->buf_len = 0;
            return false;
        }
        c->buf_from = c->pos;
    }
    c->pos += *done;
    return true;
}

bool scape_cursor_take(scape_cursor *c, void *dst, size_t n) {
    uint8_t *to = dst;
    if (c->status == SCAPE_CURSOR_OK && n > c->end - c->pos) {
        fail_at_end(c);
    }
    for (size_t filled = 0; filled < n && c->status == SCAPE_CURSOR_OK;) {
        size_t done = 0;
        if (take_some(c, to + filled, n - filled, &done)) {
            filled += done;
        }
    }
    if (c->status != SCAPE_CURSOR_OK) {
        memset(dst, 0, n);
        return false;
    }
    return true;
}

bool scape_cursor_skip(scape_cursor *c, uint64_t n) {
    if (!scape_cursor_has(c, n)) {
        return false;
    }
    c->pos += n;
    return true;
}

static uint64_t take_number(scape_cursor *c, size_t n) {
    uint8_t b[8] = {0};
    scape_cursor_take(c, b, n);
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | b[c->big_endian ? i : n - 1 - i];
    }
    return v;
}

uint32_t scape_cursor_u32(scape_cursor *c) {
    return (uint32_t)take_number(c, 4);
}

uint64_t scape_cursor_u64(scape_cursor *c) {
    return take_number(c, 8);
}
