/* support.c - see support.h. */
#include "support.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static int file_write(void *context, const uint8_t *data, size_t size) {
    test_file *f = context;
    if (size > f->capacity - f->size) {
        size_t capacity = (f->size + size) * 2;
        uint8_t *grown = realloc(f->data, capacity);
        if (grown == NULL) {
            return 1;
        }
        f->data = grown;
        f->capacity = capacity;
    }
    memcpy(f->data + f->size, data, size);
    f->size += size;
    return 0;
}

test_file test_generate(const scape_gen_options *options) {
    test_file file = {0};
    scape_gen_sink sink = {file_write, &file};
    const char *reason = NULL;
    assert_int_equal(scape_gen_write(options, &sink, &reason), SCAPE_GEN_OK);
    return file;
}

void test_file_free(test_file *file) {
    free(file->data);
    *file = (test_file){0};
}

void test_sha256(const uint8_t *data, size_t size, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    assert_int_equal(EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL), 1);
    assert_int_equal(length, 32);
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = 0;
}

uint64_t test_read(const uint8_t *data, unsigned bytes, bool big_endian) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint64_t)data[big_endian ? bytes - 1 - i : i] << (8 * i);
    }
    return value;
}
