/* basics.c - see basics.h. */
#include "basics.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void cf_die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("scape-conformance: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

void *cf_allocate(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        cf_die("no memory");
    }
    return memory;
}

char *cf_copy(const char *text) {
    size_t size = strlen(text) + 1;
    char *out = cf_allocate(size, 1);
    memcpy(out, text, size);
    return out;
}

char *cf_format(const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *out = cf_allocate((size_t)length + 1, 1);
    vsnprintf(out, (size_t)length + 1, format, again);
    va_end(again);
    return out;
}

void cf_append(struct cf_bytes *bytes, const void *data, size_t size) {
    if (size > bytes->room - bytes->size) {
        size_t room = bytes->room < 4096 ? 4096 : bytes->room;
        while (room - bytes->size < size) {
            room *= 2;
        }
        uint8_t *grown = realloc(bytes->data, room);
        if (grown == NULL) {
            cf_die("no memory");
        }
        bytes->data = grown;
        bytes->room = room;
    }
    if (size > 0) {
        memcpy(bytes->data + bytes->size, data, size);
        bytes->size += size;
    }
}

void cf_bytes_free(struct cf_bytes *bytes) {
    free(bytes->data);
    *bytes = (struct cf_bytes){0};
}

bool cf_read_file(const char *path, uint64_t most, struct cf_bytes *out) {
    uint8_t piece[1 << 14];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    while (out->size < most) {
        size_t want = most - out->size < sizeof piece ? (size_t)(most - out->size) : sizeof piece;
        size_t got = fread(piece, 1, want, file);
        cf_append(out, piece, got);
        if (got < want) {
            break;
        }
    }
    bool good = ferror(file) == 0;
    (void)fclose(file);
    return good;
}

struct cf_blob cf_blob_of(const void *data, size_t size) {
    struct cf_blob blob = {.size = size};
    if (EVP_Digest(size > 0 ? data : "", size, blob.sha256, NULL, EVP_sha256(), NULL) != 1) {
        cf_die("libcrypto has no SHA-256");
    }
    return blob;
}

bool cf_blob_equal(const struct cf_blob *a, const struct cf_blob *b) {
    return a->size == b->size && memcmp(a->sha256, b->sha256, CF_SHA256_SIZE) == 0;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cf_parse_sha256(const char *text, uint8_t digest[CF_SHA256_SIZE]) {
    for (size_t i = 0; i < CF_SHA256_SIZE; i++) {
        int high = hex_digit(text[2 * i]);
        int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        digest[i] = (uint8_t)(high * 16 + low);
    }
    return text[2 * (size_t)CF_SHA256_SIZE] == 0;
}

void cf_hex(char *out, const uint8_t *data, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = 0;
}

double cf_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
