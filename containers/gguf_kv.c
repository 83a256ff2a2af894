/* gguf_kv.c - walking the key-value pairs of a GGUF header without keeping them.
 * Depends on the C library only.
 *
 *   pair:   key string | type u32 | value
 *   string: length     | bytes
 *   array:  type u32   | length   | values        (lengths: u32 in version 1, u64 later) */
#include "gguf.h"

#include <string.h>

#include "names.h"

enum {
    TYPE_UINT32 = 4,
    TYPE_STRING = 8,
    TYPE_ARRAY = 9,
    TYPE_COUNT = 13
};

/* Bytes of a value by type; 0 for strings and arrays. */
static const uint8_t value_bytes[TYPE_COUNT] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

static int failed(scape_gguf_reader *r, const char *what) {
    return scape_job_cursor_failed(r->job, &r->cur, "gguf", what);
}

static int skip_string(scape_gguf_reader *r) {
    uint64_t length = scape_gguf_size(r);
    return scape_cursor_skip(&r->cur, length) ? SCAPE_CUT_OK : failed(r, "string value");
}

/* The arrays of strings or arrays that the cursor is in, outermost first. */
typedef struct nest {
    struct {
        uint32_t type; /* of the elements */
        uint64_t left; /* elements still to come; each takes at least a byte, so they end with the
                          file */
    } open[SCAPE_GGUF_MAX_NESTING];
    unsigned depth;
} nest;

/* Reads the head of an array and passes over it, or opens it if its elements vary in length. */
static int skip_array(scape_gguf_reader *r, nest *in) {
    if (in->depth == SCAPE_GGUF_MAX_NESTING) {
        return scape_job_reject(r->job, "gguf: arrays nested deeper than %d",
                                SCAPE_GGUF_MAX_NESTING);
    }
    uint32_t type = scape_cursor_u32(&r->cur);
    uint64_t n = scape_gguf_size(r);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return failed(r, "array header");
    }
    if (type >= TYPE_COUNT) {
        return scape_job_reject(r->job, "gguf: unknown array element type %lu",
                                (unsigned long)type);
    }
    uint64_t least = value_bytes[type];
    if (least == 0) { /* a string is at least its length, an array its type and length */
        least = scape_gguf_size_bytes(r) + (type == TYPE_ARRAY ? 4 : 0);
    }
    int status = scape_gguf_check_count(r, n, least, UINT64_MAX, "array elements");
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    if (value_bytes[type] > 0) {
        return scape_cursor_skip(&r->cur, n * least) ? SCAPE_CUT_OK : failed(r, "array");
    }
    in->open[in->depth].type = type;
    in->open[in->depth].left = n;
    in->depth++;
    return SCAPE_CUT_OK;
}

static int skip_one(scape_gguf_reader *r, uint32_t type, nest *in) {
    if (type >= TYPE_COUNT) {
        return scape_job_reject(r->job, "gguf: unknown value type %lu", (unsigned long)type);
    }
    if (type == TYPE_STRING) {
        return skip_string(r);
    }
    if (type == TYPE_ARRAY) {
        return skip_array(r, in);
    }
    return scape_cursor_skip(&r->cur, value_bytes[type]) ? SCAPE_CUT_OK : failed(r, "value");
}

static int skip_value(scape_gguf_reader *r, uint32_t type) {
    nest in;
    in.depth = 0;
    int status = skip_one(r, type, &in);
    while (status == SCAPE_CUT_OK && in.depth > 0) {
        unsigned top = in.depth - 1;
        if (in.open[top].left == 0) {
            in.depth--;
        } else {
            in.open[top].left--;
            status = skip_one(r, in.open[top].type, &in);
        }
    }
    return status;
}

static int read_alignment(scape_gguf_reader *r, uint32_t type) {
    if (type != TYPE_UINT32) {
        return scape_job_reject(r->job, "gguf: general.alignment is not a u32");
    }
    uint32_t alignment = scape_cursor_u32(&r->cur);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return failed(r, "value");
    }
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return scape_job_reject(r->job, "gguf: general.alignment is not a power of two");
    }
    if (alignment > SCAPE_GGUF_MAX_ALIGNMENT) {
        return scape_job_reject(r->job, "gguf: general.alignment is above %lu",
                                (unsigned long)SCAPE_GGUF_MAX_ALIGNMENT);
    }
    r->alignment = alignment;
    return SCAPE_CUT_OK;
}

static int read_key(scape_gguf_reader *r, scape_names *keys) {
    uint64_t length = scape_gguf_size(r);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return failed(r, "key length");
    }
    if (length == 0) {
        return scape_job_reject(r->job, "gguf: a key is empty");
    }
    if (length > SCAPE_GGUF_MAX_KEY) {
        return scape_job_reject(r->job, "gguf: a key is longer than %d bytes", SCAPE_GGUF_MAX_KEY);
    }
    int status = scape_names_add(keys, r->job, &r->cur, (size_t)length);
    if (status == SCAPE_CUT_IO) {
        return failed(r, "key");
    }
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    size_t n = 0;
    const char *key = scape_names_get(keys, keys->count - 1, &n);
    for (size_t i = 0; i < n; i++) {
        if (key[i] < 0x20 || key[i] > 0x7e) {
            return scape_job_reject(r->job, "gguf: a key is not printable ASCII");
        }
    }
    return SCAPE_CUT_OK;
}

static int walk_pair(scape_gguf_reader *r, scape_names *keys) {
    static const char alignment_key[] = "general.alignment";
    int status = read_key(r, keys);
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    uint32_t type = scape_cursor_u32(&r->cur);
    if (r->cur.status != SCAPE_CURSOR_OK) {
        return failed(r, "value type");
    }
    size_t n = 0;
    const char *key = scape_names_get(keys, keys->count - 1, &n);
    if (n == sizeof alignment_key - 1 && memcmp(key, alignment_key, n) == 0) {
        return read_alignment(r, type);
    }
    return skip_value(r, type);
}

int scape_gguf_walk_pairs(scape_gguf_reader *r) {
    /* A key of one byte and a value of one byte. */
    uint64_t least = scape_gguf_size_bytes(r) + 1 + 4 + 1;
    int status =
        scape_gguf_check_count(r, r->key_count, least, SCAPE_CUT_MAX_KEYS, "key-value pairs");
    if (status != SCAPE_CUT_OK) {
        return status;
    }
    scape_names keys;
    status = scape_names_init(&keys, r->job, r->key_count);
    for (uint64_t i = 0; i < r->key_count && status == SCAPE_CUT_OK; i++) {
        status = walk_pair(r, &keys);
    }
    bool duplicate = false;
    if (status == SCAPE_CUT_OK) {
        status = scape_names_find_duplicate(&keys, r->job, &duplicate);
    }
    scape_names_free(&keys, r->job);
    if (status == SCAPE_CUT_OK && duplicate) {
        return scape_job_reject(r->job, "gguf: a key occurs twice");
    }
    return status;
}
