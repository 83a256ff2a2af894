/* build.c - see build.h. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

void put(struct bytes *b, const void *data, size_t n) {
    assert_true(n <= BYTES_MAX - b->size);
    if (n != 0) {
        memcpy(b->data + b->size, data, n);
    }
    b->size += n;
}

void put_le(struct bytes *b, uint64_t value, unsigned size) {
    uint8_t data[8];
    scape_ref_store_le(data, value, size);
    put(b, data, size);
}

void put_varint(struct bytes *b, uint64_t value) {
    uint8_t data[SCAPE_REF_VARINT_MAX];
    put(b, data, scape_ref_store_varint(data, value));
}

void frame_append(struct frame_builder *f, struct scape_ref_frame_header header) {
    if (header.chunk_limit_log2 == 0) {
        header.chunk_limit_log2 = 12;
    }
    if (header.content_size == 0) {
        header.content_size = SCAPE_REF_SIZE_UNKNOWN;
    }
    f->start = f->out.size;
    f->header = header;
    f->block_count = 0;
    f->content_size = 0;
    uint8_t data[SCAPE_REF_HEADER_NAMED_SIZE];
    put(&f->out, data, scape_ref_frame_header_write(&header, data));
    f->listed_end = f->out.size;
}

void frame_begin(struct frame_builder *f, struct scape_ref_frame_header header) {
    memset(f, 0, sizeof *f);
    frame_append(f, header);
}

size_t frame_block(struct frame_builder *f, uint8_t type, const void *payload, size_t size,
                   uint32_t content_length) {
    const struct scape_ref_block_header header = {type, (uint32_t)size, content_length};
    uint8_t data[SCAPE_REF_BLOCK_HEADER_SIZE];
    size_t at = f->out.size;
    scape_ref_block_header_write(&header, data);
    put(&f->out, data, sizeof data);
    put(&f->out, payload, size);
    put_le(&f->out, scape_ref_checksum_of(f->out.data + at, f->out.size - at), 8);
    if (type == SCAPE_REF_BLOCK_CHUNK || type == SCAPE_REF_BLOCK_REPEAT) {
        assert_true(f->block_count < FRAME_BLOCKS_MAX);
        f->blocks[f->block_count++] = (struct scape_ref_index_block){
            at - f->listed_end, (uint32_t)size, content_length, type == SCAPE_REF_BLOCK_REPEAT};
        f->content_size += content_length;
        f->listed_end = f->out.size;
    } else if (type == SCAPE_REF_BLOCK_PROFILE) {
        f->listed_end = f->out.size;
    }
    return at;
}

size_t frame_stored(struct frame_builder *f, const void *content, size_t size) {
    struct bytes payload = {.size = 0};
    put_le(&payload, SCAPE_REF_LAYOUT_BYTES, 2);
    put_le(&payload, SCAPE_REF_CODER_PACKED, 1);
    put(&payload, content, size);
    return frame_block(f, SCAPE_REF_BLOCK_CHUNK, payload.data, payload.size, (uint32_t)size);
}

size_t frame_repeat(struct frame_builder *f, uint64_t target, uint32_t content_length) {
    uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD];
    scape_ref_store_u64le(payload, target);
    return frame_block(f, SCAPE_REF_BLOCK_REPEAT, payload, sizeof payload, content_length);
}

void index_payload(const struct frame_builder *f, struct bytes *out) {
    out->size = 0;
    put_varint(out, f->block_count);
    for (size_t i = 0; i < f->block_count; i++) {
        uint8_t data[SCAPE_REF_INDEX_BLOCK_MAX];
        put(out, data, scape_ref_index_block_write(&f->blocks[i], data));
    }
    uint8_t data[SCAPE_REF_INDEX_REGION_MAX];
    const struct scape_ref_region region = {.length = f->content_size, .name = data};
    put_varint(out, 1);
    put(out, data, scape_ref_index_region_write(&region, NULL, 0, data));
}

void frame_index(struct frame_builder *f, const struct bytes *payload) {
    size_t at = frame_block(f, SCAPE_REF_BLOCK_INDEX, payload->data, payload->size, 0);
    f->index_size = f->out.size - at;
}

void frame_trailer(struct frame_builder *f) {
    struct scape_ref_trailer t = {.index_size = f->index_size,
                                  .content_size = f->content_size,
                                  .frame_size = f->out.size - f->start + SCAPE_REF_TRAILER_SIZE};
    memcpy(t.sha256, f->sha256, sizeof t.sha256);
    uint8_t data[SCAPE_REF_TRAILER_SIZE];
    scape_ref_trailer_write(&t, data);
    put(&f->out, data, sizeof data);
}

void frame_end(struct frame_builder *f) {
    struct bytes payload;
    index_payload(f, &payload);
    frame_index(f, &payload);
    frame_trailer(f);
}

void put_skippable(struct bytes *out, const void *data, size_t size) {
    uint8_t head[SCAPE_REF_SKIPPABLE_HEADER_SIZE], tail[SCAPE_REF_SKIPPABLE_TRAILER_SIZE];
    struct scape_ref_checksum sum;
    scape_ref_skippable_header_write(size, head);
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, head, sizeof head);
    scape_ref_checksum_update(&sum, data, size);
    scape_ref_skippable_trailer_write(&sum, size, tail);
    put(out, head, sizeof head);
    put(out, data, size);
    put(out, tail, sizeof tail);
}

void mend(struct bytes *b, size_t at, size_t covered) {
    scape_ref_store_u64le(b->data + at + covered, scape_ref_checksum_of(b->data + at, covered));
}

/* ---- Decoding ---- */

static int64_t memory_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct memory_input *in = ctx;
    size_t left = offset < in->size ? in->size - (size_t)offset : 0;
    size_t give = n < left ? n : left;
    if (in->run->piece != 0 && give > in->run->piece) {
        give = in->run->piece;
    }
    if (give != 0) {
        memcpy(buffer, in->data + offset, give);
    }
    return give == 0 && in->run->failing_read ? -1 : (int64_t)give;
}

static int64_t memory_read(void *ctx, void *buffer, size_t n) {
    struct memory_input *in = ctx;
    int64_t got = memory_read_at(ctx, in->at, buffer, n);
    in->at += got > 0 ? (size_t)got : 0;
    return got;
}

static int memory_write(void *ctx, const void *data, size_t n) {
    struct run *run = ctx;
    if (run->failing_write) {
        return -1;
    }
    put(&run->content, data, n);
    return 0;
}

struct scape_ref_input memory_input_open(struct memory_input *state) {
    return (struct scape_ref_input){state, memory_read, state->run->pipe ? NULL : memory_read_at,
                                    state->size};
}

struct scape_ref_output run_output(struct run *run) {
    return (struct scape_ref_output){run, memory_write};
}

enum scape_ref_error run_decode(struct run *run, const uint8_t *data, size_t size) {
    /* A copy of just this size, so that a sanitizer sees any read past the end. */
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size != 0) {
        memcpy(copy, data, size);
    }
    struct memory_input state = {run, copy, size, 0};
    const struct scape_ref_input input = memory_input_open(&state);
    const struct scape_ref_output output = run_output(run);
    run->content.size = 0;
    enum scape_ref_error error = scape_ref_decode(&input, &output, &run->options, &run->report);
    free(copy);
    assert_int_equal(error, run->report.error);
    assert_int_equal(run->content.size, run->report.content_bytes);
    return error;
}

void want_report(const struct run *run, enum scape_ref_error error) {
    if (run->report.error != error) {
        fail_msg("have %s (%s), want %s", scape_ref_error_name(run->report.error),
                 run->report.message, scape_ref_error_name(error));
    }
}

void want(const struct bytes *file, enum scape_ref_error error) {
    static struct run run;
    memset(&run, 0, sizeof run);
    (void)run_decode(&run, file->data, file->size);
    want_report(&run, error);
}
