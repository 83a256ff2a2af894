/* support.h - what the tests share: bytes, the reference as encoder and oracle, kernels by name.
 * Depends on scape.h, the reference's two headers, content.h. */
#ifndef SCAPE_LIB_TEST_SUPPORT_H
#define SCAPE_LIB_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content.h"
#include "encode.h"
#include "scape.h"
#include "scape_ref.h"

struct bytes {
    uint8_t *data;
    size_t size, room, at; /* at: where reading goes on */
};

void bytes_add(struct bytes *b, const void *data, size_t size);
void bytes_free(struct bytes *b);

/* Callbacks over struct bytes, for both libraries. */
int64_t bytes_read(void *ctx, void *buffer, size_t n);
int64_t bytes_read_at(void *ctx, uint64_t offset, void *buffer, size_t n);
int bytes_write(void *ctx, const void *data, size_t n);
struct scape_input bytes_input(struct bytes *b);

/* A file, and how many of its bytes were asked for. */
struct counted_bytes {
    struct bytes *file;
    uint64_t bytes;
};

int64_t counted_read_at(void *ctx, uint64_t offset, void *buffer, size_t n);

/* A file of vectors/; false: it is not there. */
bool vector_read(const char *name, struct bytes *b);

/* The kernels by name; those that the machine lacks run as others, which does no harm. */
extern const char *const kernel_names[];
extern const size_t kernel_count;
void use_kernel(const char *name);

/* content as one frame, or the test fails. */
struct bytes reference_encode(const struct bytes *content,
                              const struct scape_ref_encode_options *options);
/* One region of a dtype and, when it divides evenly, `columns` columns. */
struct bytes encode_tensor(const struct bytes *content, uint32_t dtype, uint32_t columns,
                           enum scape_ref_level level, unsigned chunk_log2);

/* The oracle: its class, and the content it delivered. */
enum scape_ref_error reference_decode(struct bytes *file, struct bytes *content);

/* Decodes by libscape with room for `capacity`; content is what was delivered. */
enum scape_error lib_decode(const struct bytes *file, size_t capacity, struct bytes *content,
                            const struct scape_decode_options *options);

void assert_same_bytes(const struct bytes *have, const struct bytes *want, const char *what);

#endif
