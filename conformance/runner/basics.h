/* basics.h - bytes, digests and messages of the conformance runner. Depends on libcrypto. */
#ifndef CF_BASICS_H
#define CF_BASICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CF_SHA256_SIZE = 32
};

/* What a run of bytes must be or was: its size and SHA-256. */
struct cf_blob {
    uint64_t size;
    uint8_t sha256[CF_SHA256_SIZE];
};

/* Bytes that grow up to a limit. */
struct cf_bytes {
    uint8_t *data;
    size_t size, room;
};

/* Ends the program with a message and status 2: for what the user gave and for lack of memory. */
_Noreturn void cf_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory or the end of the program. */
void *cf_allocate(size_t count, size_t size);
char *cf_copy(const char *text);
char *cf_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

void cf_append(struct cf_bytes *bytes, const void *data, size_t size);
void cf_bytes_free(struct cf_bytes *bytes);

/* The whole file, or at most `most` of its bytes; false when it cannot be read. */
bool cf_read_file(const char *path, uint64_t most, struct cf_bytes *out);

struct cf_blob cf_blob_of(const void *data, size_t size);
bool cf_blob_equal(const struct cf_blob *a, const struct cf_blob *b);

/* "0a1b.." into digest; false if it is no SHA-256 in hexadecimal. */
bool cf_parse_sha256(const char *text, uint8_t digest[CF_SHA256_SIZE]);
/* `out` has room for 2 * size + 1. */
void cf_hex(char *out, const uint8_t *data, size_t size);

double cf_now(void); /* seconds of a clock that never goes back */

#endif
