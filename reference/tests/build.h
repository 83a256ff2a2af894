/* build.h - hand-made frames for the tests: a growing byte string, and the pieces of a frame with
 * right lengths and checksums, each of which a test may then spoil. */
#ifndef SCAPE_REF_TESTS_BUILD_H
#define SCAPE_REF_TESTS_BUILD_H

#include "frame.h"
#include "index.h"
#include "scape_ref.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    BYTES_MAX = 1 << 16,
    FRAME_BLOCKS_MAX = 16
};

struct bytes {
    size_t size;
    uint8_t data[BYTES_MAX];
};

void put(struct bytes *b, const void *data, size_t n);
void put_le(struct bytes *b, uint64_t value, unsigned size);
void put_varint(struct bytes *b, uint64_t value);

/* A frame in the making: what was written so far, for the index and the trailer. */
struct frame_builder {
    struct bytes out;
    size_t start; /* where the frame starts in out */
    struct scape_ref_frame_header header;
    size_t listed_end;
    struct scape_ref_index_block blocks[FRAME_BLOCKS_MAX];
    size_t block_count;
    uint64_t content_size;
    uint64_t index_size;
    uint8_t sha256[SCAPE_REF_SHA256_SIZE];
};

/* header fields as given; zeros become chunk_limit_log2 12 and an unknown content size. */
void frame_begin(struct frame_builder *f, struct scape_ref_frame_header header);
/* The same behind what f->out holds already. */
void frame_append(struct frame_builder *f, struct scape_ref_frame_header header);
/* A block with right checksum; CHUNK and REPEAT blocks are listed. Returns its offset in out. */
size_t frame_block(struct frame_builder *f, uint8_t type, const void *payload, size_t size,
                   uint32_t content_length);
/* A CHUNK of layout `bytes`, PACKED. */
size_t frame_stored(struct frame_builder *f, const void *content, size_t size);
size_t frame_repeat(struct frame_builder *f, uint64_t target, uint32_t content_length);
/* One opaque region without a name, as long as the content. */
void index_payload(const struct frame_builder *f, struct bytes *out);
void frame_index(struct frame_builder *f, const struct bytes *payload);
void frame_trailer(struct frame_builder *f);
/* Index and trailer. */
void frame_end(struct frame_builder *f);
void put_skippable(struct bytes *out, const void *data, size_t size);

/* Recomputes the checksum of a structure of `covered` bytes at `at`; the checksum follows them. */
void mend(struct bytes *b, size_t at, size_t covered);

/* Decoding from memory into memory. */
struct run {
    bool pipe;          /* no read_at */
    size_t piece;       /* most bytes a read gives; 0: any number */
    bool failing_read;  /* the input fails instead of ending */
    bool failing_write; /* the output takes nothing */
    struct scape_ref_options options;
    struct scape_ref_report report;
    struct bytes content;
};

/* An input over bytes in memory; state must outlive it. */
struct memory_input {
    struct run *run;
    const uint8_t *data;
    size_t size;
    size_t at;
};

struct scape_ref_input memory_input_open(struct memory_input *state);
struct scape_ref_output run_output(struct run *run);

enum scape_ref_error run_decode(struct run *run, const uint8_t *data, size_t size);

/* Decodes with nothing special and wants this class; prints names when it is another. */
void want(const struct bytes *file, enum scape_ref_error error);
void want_report(const struct run *run, enum scape_ref_error error);

#endif
