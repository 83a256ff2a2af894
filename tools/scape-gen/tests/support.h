/* support.h - what the generator's tests share: running it into memory, digests, reading integers.
 * Depends on scape_gen.h, libcrypto, cmocka. */
#ifndef SCAPE_GEN_TEST_SUPPORT_H
#define SCAPE_GEN_TEST_SUPPORT_H

#include "scape_gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct test_file {
    uint8_t *data;
    size_t size, capacity;
} test_file;

/* Generates into memory; fails the test when that does not work. */
test_file test_generate(const scape_gen_options *options);
void test_file_free(test_file *file);

/* Hex digest of `size` bytes; `hex` holds 65. */
void test_sha256(const uint8_t *data, size_t size, char hex[65]);

uint64_t test_read(const uint8_t *data, unsigned bytes, bool big_endian);

#endif
