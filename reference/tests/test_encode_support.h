/* test_encode_support.h - what the encoder's tests share: content and frames in memory, allocation
 * and I/O that fail when told to, and a round trip. Depends on the public headers and cmocka. */
#ifndef SCAPE_REF_TESTS_ENCODE_SUPPORT_H
#define SCAPE_REF_TESTS_ENCODE_SUPPORT_H

#include "alloc.h"
#include "encode.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct blob {
    uint8_t *data;
    size_t size, room;
};

enum call_kind {
    CALL_READ,
    CALL_WRITE,
    CALL_ALLOCATE,
    CALL_KINDS
};

/* A run of the encoder or decoder over memory. Zeros: nothing special. */
struct transfer {
    const uint8_t *data;
    size_t size;
    bool pipe;                  /* no read_at */
    size_t piece;               /* most bytes a read gives; 0: any number */
    size_t fail_at[CALL_KINDS]; /* the call of the kind with this number (from 1) fails */
    /* set by the run */
    size_t at, live, calls[CALL_KINDS];
    struct blob out;
    struct scape_ref_report report;
};

struct scape_ref_input transfer_input(struct transfer *t);
struct scape_ref_output transfer_output(struct transfer *t);
struct scape_ref_hooks transfer_hooks(struct transfer *t);

/* Memory without a limit whose allocations t counts and fails. */
struct scape_ref_memory transfer_memory(struct transfer *t);

enum scape_ref_error transfer_encode(struct transfer *t,
                                     const struct scape_ref_encode_options *options);
enum scape_ref_error transfer_decode(struct transfer *t, const struct scape_ref_profile *profile);
void transfer_free(struct transfer *t);

/* Encodes, decodes, compares; returns the frame, which the caller frees. */
struct blob round_trip(const uint8_t *data, size_t size,
                       const struct scape_ref_encode_options *options);

/* Seeded numbers, the same everywhere. */
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *r);
uint32_t random_below(struct random *r, uint32_t limit);
void random_fill(struct random *r, uint8_t *out, size_t size);

/* A region of the whole content. */
struct scape_ref_plan_region tensor(uint16_t dtype, uint64_t length, uint64_t rows,
                                    uint64_t columns);

/* content_size not known, one region, this level. */
struct scape_ref_encode_options plain_options(const struct scape_ref_plan_region *region,
                                              enum scape_ref_level level);

/* Compares, and prints where two byte strings differ first. */
void assert_same_bytes(const void *have, size_t have_size, const void *want, size_t want_size);

#endif
