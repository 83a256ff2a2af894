/* decode.c - scape_ref_decode: a file from front to back, frame by frame, block by block, every
 * check in the spec's order [FRM-001] [BLK-010]. Depends on everything that decodes. */
#include "blocks.h"
#include "report.h"

#include <string.h>

struct decoder {
    const struct scape_ref_output *output;
    const struct scape_ref_options *options;
    struct scape_ref_report *report;
    struct scape_ref_memory memory;
    struct scape_ref_source source;
    uint64_t fault; /* where the structure that is being read starts */

    struct scape_ref_frame_header header;
    uint64_t frame_start;
    uint64_t blocks_start; /* end of the header and the PROFILE block, from frame_start */
    bool first_block;
    struct scape_ref_block_list blocks;
    uint64_t index_size;
    bool hashing;
    struct scape_ref_sha256 hash;

    struct scape_ref_buffer index;   /* the INDEX block */
    struct scape_ref_buffer profile; /* the PROFILE block */
    struct scape_ref_chunk_work work;
};

/* Content goes out only here. */
static enum scape_ref_error deliver(struct decoder *d, const uint8_t *content, size_t size) {
    uint64_t limit = d->options->max_content;
    if (limit != 0 && size > limit - d->report->content_bytes) {
        return SCAPE_REF_MEMORY;
    }
    if (d->hashing) {
        enum scape_ref_error error = scape_ref_sha256_update(&d->hash, content, size);
        if (error) {
            return error;
        }
    }
    if (d->output->write(d->output->ctx, content, size) != 0) {
        return SCAPE_REF_IO;
    }
    d->report->content_bytes += size;
    return SCAPE_REF_OK;
}

/* ---- Blocks, their headers already parsed; head is the header's bytes ---- */

static enum scape_ref_error list_block(struct decoder *d, const struct scape_ref_block_header *b) {
    return scape_ref_block_list_add(&d->memory, &d->blocks, d->fault - d->frame_start,
                                    b->payload_length, b->content_length,
                                    b->type == SCAPE_REF_BLOCK_REPEAT);
}

static enum scape_ref_error
decode_chunk_block(struct decoder *d, const struct scape_ref_block_header *b, const uint8_t *head) {
    /* The layout id, first in the payload, is needed to know the memory. */
    uint8_t id[2] = {0xFF, 0xFF};
    size_t id_size = b->payload_length < sizeof id ? b->payload_length : sizeof id;
    enum scape_ref_error error = scape_ref_source_exact(&d->source, id, id_size);
    size_t size = (size_t)b->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    error = error ? error
                  : scape_ref_chunk_reserve(&d->memory, &d->work, size, b->content_length,
                                            (uint16_t)scape_ref_load_le(id, 2));
    if (error) {
        return error;
    }
    uint8_t *block = d->work.block;
    memcpy(block, head, SCAPE_REF_BLOCK_HEADER_SIZE);
    memcpy(block + SCAPE_REF_BLOCK_HEADER_SIZE, id, id_size);
    size_t have = SCAPE_REF_BLOCK_HEADER_SIZE + id_size;
    error = scape_ref_source_exact(&d->source, block + have, size - have);
    if (error) {
        return error;
    }
    if (!scape_ref_block_checksum_ok(block, size)) {
        return SCAPE_REF_CHECKSUM;
    }
    size_t at;
    error = scape_ref_chunk_decode(&d->work, block + SCAPE_REF_BLOCK_HEADER_SIZE, b->payload_length,
                                   b->content_length, &at);
    if (error) {
        d->fault += SCAPE_REF_BLOCK_HEADER_SIZE + at;
        return error;
    }
    error = list_block(d, b);
    return error ? error : deliver(d, d->work.content, b->content_length);
}

/* [BLK-012] [BLK-013] */
static enum scape_ref_error decode_repeat_block(struct decoder *d,
                                                const struct scape_ref_block_header *b,
                                                const uint8_t *head) {
    uint8_t block[SCAPE_REF_BLOCK_OVERHEAD + SCAPE_REF_REPEAT_PAYLOAD];
    memcpy(block, head, SCAPE_REF_BLOCK_HEADER_SIZE);
    enum scape_ref_error error =
        scape_ref_source_exact(&d->source, block + SCAPE_REF_BLOCK_HEADER_SIZE,
                               sizeof block - SCAPE_REF_BLOCK_HEADER_SIZE);
    if (error) {
        return error;
    }
    if (!scape_ref_block_checksum_ok(block, sizeof block)) {
        return SCAPE_REF_CHECKSUM;
    }
    const struct scape_ref_block_entry *target = scape_ref_block_list_target(
        &d->blocks, d->blocks.count, block + SCAPE_REF_BLOCK_HEADER_SIZE, b->content_length);
    if (!target) {
        return SCAPE_REF_BAD_REPEAT;
    }
    if (!d->source.input->read_at) {
        return SCAPE_REF_NEEDS_SEEK;
    }
    error = scape_ref_chunk_read_at(&d->memory, &d->work, d->source.input, d->frame_start, target);
    error = error ? error : list_block(d, b);
    return error ? error : deliver(d, d->work.content, b->content_length);
}

/* A block that is kept in memory as a whole: INDEX, PROFILE. */
static enum scape_ref_error read_whole_block(struct decoder *d, struct scape_ref_buffer *buffer,
                                             const struct scape_ref_block_header *b,
                                             const uint8_t *head, const uint8_t **payload) {
    uint64_t size = (uint64_t)b->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    enum scape_ref_error error = scape_ref_buffer_reserve(&d->memory, buffer, size, 0);
    if (error) {
        return error;
    }
    uint8_t *block = buffer->data;
    memcpy(block, head, SCAPE_REF_BLOCK_HEADER_SIZE);
    error = scape_ref_source_exact(&d->source, block + SCAPE_REF_BLOCK_HEADER_SIZE,
                                   (size_t)size - SCAPE_REF_BLOCK_HEADER_SIZE);
    if (!error && !scape_ref_block_checksum_ok(block, (size_t)size)) {
        error = SCAPE_REF_CHECKSUM;
    }
    *payload = block + SCAPE_REF_BLOCK_HEADER_SIZE;
    return error;
}

/* What the index must say of the i-th block; listed_end is moved over it. */
static struct scape_ref_index_block index_entry(const struct decoder *d, size_t i,
                                                uint64_t *listed_end) {
    const struct scape_ref_block_entry *e = scape_ref_block_list_get(&d->blocks, i);
    struct scape_ref_index_block expected = {e->offset - *listed_end, e->payload_length,
                                             e->content_length, e->is_repeat};
    *listed_end = e->offset + e->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    return expected;
}

/* [IDX-001] to [IDX-007] */
static enum scape_ref_error check_index(struct decoder *d, const uint8_t *payload, size_t size) {
    struct scape_ref_index_reader r;
    uint64_t count;
    enum scape_ref_error error =
        scape_ref_index_open(&r, payload, size, d->blocks.content_size, &count);
    if (!error && count != d->blocks.count) {
        error = SCAPE_REF_BAD_INDEX;
    }
    uint64_t listed_end = d->blocks_start;
    for (size_t i = 0; !error && i < d->blocks.count; i++) {
        struct scape_ref_index_block expected = index_entry(d, i, &listed_end), found;
        error = scape_ref_index_next_block(&r, &expected, &found);
    }
    error = error ? error : scape_ref_index_regions(&r, &count);
    struct scape_ref_block_starts starts = {&d->blocks, 0};
    const struct scape_ref_index_starts callback = {&starts, scape_ref_block_starts_contain};
    for (uint64_t i = 0; !error && i < count; i++) {
        struct scape_ref_region region;
        error = scape_ref_index_next_region(&r, &callback, &region);
    }
    return error ? error : scape_ref_index_close(&r);
}

static enum scape_ref_error
pass_extension(struct decoder *d, const struct scape_ref_block_header *b, const uint8_t *head) {
    struct scape_ref_checksum sum;
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, head, SCAPE_REF_BLOCK_HEADER_SIZE);
    uint8_t stored[SCAPE_REF_CHECKSUM_SIZE];
    enum scape_ref_error error = scape_ref_source_pass(&d->source, b->payload_length, &sum);
    error = error ? error : scape_ref_source_exact(&d->source, stored, sizeof stored);
    if (!error && scape_ref_load_le(stored, sizeof stored) != scape_ref_checksum_value(&sum)) {
        error = SCAPE_REF_CHECKSUM;
    }
    return error;
}

static enum scape_ref_error
decode_index_block(struct decoder *d, const struct scape_ref_block_header *b, const uint8_t *head) {
    const uint8_t *payload;
    enum scape_ref_error error = read_whole_block(d, &d->index, b, head, &payload);
    d->index_size = (uint64_t)b->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    return error ? error : check_index(d, payload, b->payload_length);
}

/* Makes a profile file the frame's. */
static enum scape_ref_error use_profile(struct decoder *d, const uint8_t *data, size_t size) {
    struct scape_ref_stream_work *w = &d->work.stream;
    enum scape_ref_error error = scape_ref_stream_work_reserve(&d->memory, w);
    error = error ? error : scape_ref_profile_parse(data, size, &w->tables, w->own);
    w->frame = error ? NULL : w->own;
    return error;
}

/* [PRF-003] */
static enum scape_ref_error decode_profile_block(struct decoder *d,
                                                 const struct scape_ref_block_header *b,
                                                 const uint8_t *head) {
    const uint8_t *payload;
    enum scape_ref_error error = read_whole_block(d, &d->profile, b, head, &payload);
    d->blocks_start = d->source.position - d->frame_start;
    return error ? error : use_profile(d, payload, b->payload_length);
}

/* [BLK-010] */
static enum scape_ref_error decode_block(struct decoder *d, uint8_t *type) {
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE];
    d->fault = d->source.position;
    enum scape_ref_error error = scape_ref_source_exact(&d->source, head, sizeof head);
    if (error) {
        return error;
    }
    struct scape_ref_cursor c = scape_ref_cursor_make(head, sizeof head);
    struct scape_ref_block_header b;
    error =
        scape_ref_block_header_parse(&c, &d->header, d->first_block, d->blocks.content_size, &b);
    if (error) {
        return error;
    }
    d->first_block = false;
    *type = b.type;
    switch (b.type) {
    case SCAPE_REF_BLOCK_CHUNK:
        return decode_chunk_block(d, &b, head);
    case SCAPE_REF_BLOCK_REPEAT:
        return decode_repeat_block(d, &b, head);
    case SCAPE_REF_BLOCK_PROFILE:
        return decode_profile_block(d, &b, head);
    case SCAPE_REF_BLOCK_INDEX:
        return decode_index_block(d, &b, head);
    default:
        return pass_extension(d, &b, head);
    }
}

/* ---- Frames, their magic already read ---- */

static enum scape_ref_error decode_header(struct decoder *d, const uint8_t *magic) {
    uint8_t data[SCAPE_REF_HEADER_NAMED_SIZE];
    memcpy(data, magic, SCAPE_REF_MAGIC_SIZE);
    size_t have = SCAPE_REF_MAGIC_SIZE, got;
    enum scape_ref_error error =
        scape_ref_source_some(&d->source, data + have, SCAPE_REF_HEADER_SIZE - have, &got);
    have += got;
    if (!error && have == SCAPE_REF_HEADER_SIZE) {
        /* The flags byte says whether there is more of it. */
        size_t more = scape_ref_frame_header_size(data[9]) - have;
        error = scape_ref_source_some(&d->source, data + have, more, &got);
        have += got;
    }
    struct scape_ref_cursor c = scape_ref_cursor_make(data, have);
    return error ? error : scape_ref_frame_header_parse(&c, &d->header);
}

/* [PRF-002] */
static enum scape_ref_error find_profile(struct decoder *d) {
    const struct scape_ref_profile *given;
    enum scape_ref_error error =
        scape_ref_profile_find(d->options, d->header.profile_sha256, &given);
    return error ? error : use_profile(d, given->data, given->size);
}

/* [FRM-031] */
static enum scape_ref_error decode_trailer(struct decoder *d) {
    uint8_t data[SCAPE_REF_TRAILER_SIZE];
    d->fault = d->source.position;
    enum scape_ref_error error = scape_ref_source_exact(&d->source, data, sizeof data);
    if (error) {
        return error;
    }
    struct scape_ref_cursor c = scape_ref_cursor_make(data, sizeof data);
    struct scape_ref_trailer t;
    error = scape_ref_trailer_parse(&c, &d->header, &t);
    error = error ? error
                  : scape_ref_trailer_agree(&t, &d->header, d->index_size, d->blocks.content_size,
                                            d->source.position - d->frame_start);
    if (error || !d->hashing) {
        return error;
    }
    uint8_t hash[SCAPE_REF_SHA256_SIZE];
    d->hashing = false;
    error = scape_ref_sha256_finish(&d->hash, hash);
    if (!error && memcmp(hash, t.sha256, sizeof hash) != 0) {
        error = SCAPE_REF_CONTENT_HASH;
    }
    return error;
}

static enum scape_ref_error decode_content_frame(struct decoder *d, const uint8_t *magic) {
    enum scape_ref_error error = decode_header(d, magic);
    if (error) {
        return error;
    }
    d->first_block = true;
    d->blocks.count = 0;
    d->blocks.content_size = 0;
    d->blocks_start = d->source.position - d->frame_start;
    d->work.stream.frame = NULL;
    if (d->header.flags & SCAPE_REF_FLAG_PROFILE_NAMED) {
        error = find_profile(d);
    }
    if (!error && (d->header.flags & SCAPE_REF_FLAG_CONTENT_SHA256) && !d->options->skip_sha256) {
        error = scape_ref_sha256_init(&d->hash);
        d->hashing = !error;
    }
    uint8_t type = 0;
    while (!error && type != SCAPE_REF_BLOCK_INDEX) {
        error = decode_block(d, &type);
    }
    return error ? error : decode_trailer(d);
}

/* [FRM-011] */
static enum scape_ref_error decode_skippable_frame(struct decoder *d, const uint8_t *magic) {
    uint8_t data[SCAPE_REF_SKIPPABLE_TRAILER_SIZE];
    memcpy(data, magic, SCAPE_REF_MAGIC_SIZE);
    enum scape_ref_error error =
        scape_ref_source_exact(&d->source, data + SCAPE_REF_MAGIC_SIZE,
                               SCAPE_REF_SKIPPABLE_HEADER_SIZE - SCAPE_REF_MAGIC_SIZE);
    if (error) {
        return error;
    }
    struct scape_ref_cursor c = scape_ref_cursor_make(data, SCAPE_REF_SKIPPABLE_HEADER_SIZE);
    uint64_t data_length;
    error = scape_ref_skippable_header_parse(&c, &data_length);
    if (error) {
        return error;
    }
    struct scape_ref_checksum sum;
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, data, SCAPE_REF_SKIPPABLE_HEADER_SIZE);
    error = scape_ref_source_pass(&d->source, data_length, &sum);
    error = error ? error : scape_ref_source_exact(&d->source, data, sizeof data);
    if (error) {
        return error;
    }
    c = scape_ref_cursor_make(data, sizeof data);
    return scape_ref_skippable_trailer_parse(&c, &sum, data_length);
}

/* [FRM-001] [FRM-002] */
static enum scape_ref_error decode_frames(struct decoder *d) {
    for (;;) {
        uint8_t magic[SCAPE_REF_MAGIC_SIZE];
        size_t got;
        d->fault = d->frame_start = d->source.position;
        enum scape_ref_error error = scape_ref_source_some(&d->source, magic, sizeof magic, &got);
        if (error) {
            return error;
        }
        if (got == 0 && d->report->frames != 0) {
            return SCAPE_REF_OK;
        }
        enum scape_ref_frame_kind kind;
        error = scape_ref_frame_kind_parse(magic, got, &kind);
        if (!error) {
            error = kind == SCAPE_REF_FRAME_CONTENT ? decode_content_frame(d, magic)
                                                    : decode_skippable_frame(d, magic);
        }
        if (error) {
            return error;
        }
        d->report->frames++;
    }
}

enum scape_ref_error scape_ref_decode(const struct scape_ref_input *input,
                                      const struct scape_ref_output *output,
                                      const struct scape_ref_options *options,
                                      struct scape_ref_report *report) {
    static const struct scape_ref_options defaults;
    struct scape_ref_report unused;
    report = report ? report : &unused;
    *report = (struct scape_ref_report){.error = SCAPE_REF_OK};
    struct decoder d = {.output = output,
                        .options = options ? options : &defaults,
                        .report = report,
                        .source = {input, 0}};
    scape_ref_memory_init(&d.memory, options);
    enum scape_ref_error error = decode_frames(&d);
    if (d.hashing) {
        scape_ref_sha256_free(&d.hash);
    }
    scape_ref_buffer_release(&d.memory, &d.blocks.memory);
    scape_ref_buffer_release(&d.memory, &d.index);
    scape_ref_buffer_release(&d.memory, &d.profile);
    scape_ref_chunk_release(&d.memory, &d.work);
    report->peak_memory = d.memory.peak;
    scape_ref_report_fill(report, error, error ? d.fault : d.source.position);
    return error;
}
