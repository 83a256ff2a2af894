/* read_frame.c - the engine's reader: frames and blocks from front to back, checked in order
 * [BLK-010] and put into slots. Depends on decoder.h, index.h, checksum.h. */
#include "checksum.h"
#include "decoder.h"
#include "index.h"

static bool fail(struct scape_decoder *d, enum scape_error error, uint64_t position,
                 const char *where) {
    if (error != SCAPE_OK) {
        d->fault = (struct sc_fault){error, position, where};
    }
    return error == SCAPE_OK;
}

/* Exactly n bytes; TRUNCATED. */
static enum scape_error read_exactly(struct scape_decoder *d, void *buffer, size_t n) {
    size_t got;
    enum scape_error error = sc_source_read(&d->source, buffer, n, &got);
    return error == SCAPE_OK && got < n ? SCAPE_ERROR_TRUNCATED : error;
}

/* Data, checksum and the rest of a skippable frame, of which 8 bytes are read [FRM-011]. */
static enum scape_error read_skippable(struct scape_decoder *d) {
    uint8_t *bytes;
    enum scape_error error = sc_buffer_reserve(&d->session.memory, &d->other, 1 << 16);
    if (error != SCAPE_OK) {
        return error;
    }
    bytes = d->other.data;
    struct sc_checksum_state state;
    sc_checksum_start(&state);
    uint8_t head[2 * SC_MAGIC_SIZE] = {0xD3, 'S', 'K', 'I', 'P', 'S', 0x0D, 0x0A};
    error = read_exactly(d, head + SC_MAGIC_SIZE, SC_MAGIC_SIZE);
    uint64_t length = sc_load_u64(head + SC_MAGIC_SIZE);
    if (error == SCAPE_OK && length > UINT64_C(1) << SCAPE_REG_SKIPPABLE_LOG2_MAX) {
        error = SCAPE_ERROR_LIMIT;
    }
    sc_checksum_add(&state, head, sizeof head);
    for (uint64_t left = length; left > 0 && error == SCAPE_OK;) {
        size_t step = left < d->other.size ? (size_t)left : d->other.size;
        error = read_exactly(d, bytes, step);
        sc_checksum_add(&state, bytes, step);
        left -= step;
    }
    uint8_t end[24];
    error = error == SCAPE_OK ? read_exactly(d, end, sizeof end) : error;
    if (error != SCAPE_OK) {
        return error;
    }
    sc_checksum_add(&state, end, 8);
    if (memcmp(end + 16, sc_end_magic, SC_MAGIC_SIZE) != 0) {
        return SCAPE_ERROR_BAD_TRAILER;
    }
    if (sc_load_u64(end + 8) != sc_checksum_end(&state)) {
        return SCAPE_ERROR_CHECKSUM;
    }
    bool agrees = sc_load_u64(end) == length + SC_SKIPPABLE_OVERHEAD;
    return agrees ? SCAPE_OK : SCAPE_ERROR_BAD_TRAILER;
}

static enum scape_error read_header(struct scape_decoder *d, uint8_t *bytes) {
    size_t got;
    uint32_t size;
    enum scape_error error = sc_source_read(&d->source, bytes + SC_MAGIC_SIZE, 2, &got);
    if (error == SCAPE_OK) {
        error = sc_header_size(bytes, SC_MAGIC_SIZE + got, &size);
    }
    if (error == SCAPE_OK) {
        error = read_exactly(d, bytes + SC_MAGIC_SIZE + 2, size - SC_MAGIC_SIZE - 2);
    }
    if (error == SCAPE_OK) {
        error = sc_header_read(bytes, size, &d->header);
    }
    if (error != SCAPE_OK) {
        return error;
    }
    d->content_start = d->scheduled;
    d->blocks_start = size;
    d->first_block = true;
    d->listed = 0;
    d->sets = NULL;
    if ((d->header.flags & SC_FLAG_CONTENT_SHA256) != 0) {
        sc_sha256_start(&d->sha); /* asks the processor, which takes microseconds */
    }
    d->phase = SC_PHASE_BLOCK;
    bool named = (d->header.flags & SC_FLAG_PROFILE_NAMED) != 0;
    return named ? sc_session_find_profile(&d->session, d->header.profile_name, &d->sets)
                 : SCAPE_OK;
}

static bool read_frame_start(struct scape_decoder *d) {
    uint8_t bytes[SC_HEADER_SIZE_NAMED];
    enum sc_frame_kind kind;
    size_t got;
    d->frame_start = d->source.position;
    enum scape_error error = sc_source_read(&d->source, bytes, SC_MAGIC_SIZE, &got);
    if (error == SCAPE_OK && got == 0 && d->any_frame) {
        d->done = true;
        return true;
    }
    d->any_frame = true;
    error = error == SCAPE_OK ? sc_magic_read(bytes, got, &kind) : error;
    if (error == SCAPE_OK) {
        error = kind == SC_FRAME_SKIPPABLE ? read_skippable(d) : read_header(d, bytes);
        d->frames += error == SCAPE_OK && kind == SC_FRAME_SKIPPABLE;
    }
    return fail(d, error, d->frame_start, "start of a frame");
}

/* Header, payload and checksum of a block, in memory and verified. */
static enum scape_error read_other(struct scape_decoder *d, const uint8_t *header,
                                   uint32_t payload_length, const uint8_t **payload) {
    size_t covered = SC_BLOCK_HEADER_SIZE + (size_t)payload_length;
    enum scape_error error = sc_buffer_reserve(&d->session.memory, &d->other, SC_BLOCK_HEADER_SIZE);
    if (error == SCAPE_OK) {
        memcpy(d->other.data, header, SC_BLOCK_HEADER_SIZE);
        error = sc_source_fill(&d->source, &d->session.memory, &d->other, SC_BLOCK_HEADER_SIZE,
                               (uint64_t)payload_length + SC_CHECKSUM_SIZE);
    }
    if (error == SCAPE_OK &&
        sc_load_u64(d->other.data + covered) != sc_checksum(d->other.data, covered)) {
        error = SCAPE_ERROR_CHECKSUM;
    }
    *payload = error == SCAPE_OK ? d->other.data + SC_BLOCK_HEADER_SIZE : NULL;
    return error;
}

static enum scape_error read_profile(struct scape_decoder *d, const uint8_t *header,
                                     uint32_t length) {
    const uint8_t *payload;
    enum scape_error error = read_other(d, header, length, &payload);
    if (error == SCAPE_OK) {
        struct sc_buffer swap = d->profile; /* the sets point into it until the next one */
        d->profile = d->other;
        d->other = swap;
        error =
            sc_profile_open(&d->session.memory, &d->session.scratch, &d->embedded, payload, length);
        d->sets = &d->embedded;
        d->blocks_start += SC_BLOCK_OVERHEAD + (uint64_t)length;
    }
    return error;
}

static enum scape_error list_block(struct scape_decoder *d, const struct sc_block_header *block,
                                   uint64_t offset) {
    size_t used = d->listed * sizeof(struct sc_block);
    enum scape_error error =
        sc_buffer_grow(&d->session.memory, &d->list, used, used + sizeof(struct sc_block));
    if (error == SCAPE_OK) {
        struct sc_block *blocks = (struct sc_block *)(void *)d->list.data;
        blocks[d->listed++] =
            (struct sc_block){offset, d->scheduled - d->content_start, block->payload_length,
                              block->content_length, block->type == SCAPE_REG_BLOCK_REPEAT};
        d->scheduled += block->content_length;
    }
    return error;
}

/* The slot takes the memory over that suits best of the free slots', so that few of them grow. The
 * slot is the first free one. */
static void choose_memory(struct scape_decoder *d, struct sc_slot *slot, size_t content_length,
                          size_t payload_length) {
    for (unsigned i = d->held + 1; i < d->slot_count; i++) {
        struct sc_slot *other = sc_decoder_slot(d, i);
        sc_buffer_suit(&slot->content_memory, &other->content_memory, content_length);
        sc_buffer_suit(&slot->block_memory, &other->block_memory,
                       SC_BLOCK_OVERHEAD + payload_length);
    }
}

/* Memory for the slot's next part: a large one, which is the last, has the slot's. */
static struct sc_buffer *block_memory(struct sc_slot *slot, size_t content_length) {
    bool small = content_length < SC_BATCH_CONTENT;
    return small ? &slot->parts[slot->count].block_memory : &slot->block_memory;
}

/* The slot's next part, of so much content, without its block. */
static enum scape_error start_part(const struct scape_decoder *d, struct sc_part *part,
                                   uint32_t length) {
    part->start = d->scheduled;
    part->unread = false;
    part->copy_of = NULL;
    part->unwritten = false;
    part->chunk.content_length = length;
    return length <= d->most_content - d->scheduled ? SCAPE_OK : SCAPE_ERROR_MEMORY;
}

/* A whole block as the slot's next part: where it lies in memory, copied, or to be read by the
 * thread that decodes it. */
static enum scape_error place_block(struct scape_decoder *d, struct sc_slot *slot,
                                    const uint8_t *header, uint32_t payload_length) {
    struct sc_part *part = &slot->parts[slot->count];
    uint64_t rest = (uint64_t)payload_length + SC_CHECKSUM_SIZE;
    part->chunk.payload_length = payload_length;
    const uint8_t *payload = sc_source_view(&d->source, rest);
    if (payload != NULL) {
        part->block = payload - SC_BLOCK_HEADER_SIZE;
        d->source.position += rest;
        return SCAPE_OK;
    }
    if (rest <= sc_source_left(&d->source)) {
        part->unread = true;
        part->from = d->source.position - SC_BLOCK_HEADER_SIZE;
        d->source.position += rest;
        return SCAPE_OK;
    }
    struct sc_buffer *memory = block_memory(slot, part->chunk.content_length);
    enum scape_error error = sc_buffer_reserve(&d->session.memory, memory, SC_BLOCK_HEADER_SIZE);
    if (error == SCAPE_OK) {
        memcpy(memory->data, header, SC_BLOCK_HEADER_SIZE);
        error = sc_source_fill(&d->source, &d->session.memory, memory, SC_BLOCK_HEADER_SIZE, rest);
        part->block = memory->data;
    }
    bool kept = d->spool.write_at != NULL && (d->header.flags & SC_FLAG_HAS_REPEATS) != 0;
    if (error == SCAPE_OK && kept &&
        d->spool.write_at(d->spool.ctx, d->source.position - rest - SC_BLOCK_HEADER_SIZE,
                          part->block, (size_t)(SC_BLOCK_HEADER_SIZE + rest)) != 0) {
        error = SCAPE_ERROR_IO;
    }
    return error;
}

/* A block that was read before, again. */
static enum scape_error read_again(struct scape_decoder *d, uint64_t offset, uint8_t *block,
                                   size_t size) {
    struct sc_source source = d->source;
    size_t got;
    if (d->spool.write_at != NULL) {
        source.input = (struct scape_input){.ctx = d->spool.ctx, .read_at = d->spool.read_at};
    }
    enum scape_error error = sc_source_read_at(&source, offset, block, size, &got);
    return error == SCAPE_OK && got < size ? SCAPE_ERROR_IO : error; /* it was there before */
}

/* The slot's next part becomes the target's content: a copy where the content is at hand, else its
 * chunk read again [BLK-012] [BLK-013]. */
static enum scape_error place_repeat(struct scape_decoder *d, struct sc_slot *slot,
                                     const uint8_t *header, const struct sc_block_header *block) {
    struct sc_part *part = &slot->parts[slot->count];
    const uint8_t *payload;
    enum scape_error error = read_other(d, header, block->payload_length, &payload);
    if (error != SCAPE_OK) {
        return error;
    }
    const struct sc_block *target =
        sc_block_target((const struct sc_block *)(const void *)d->list.data, d->listed,
                        sc_load_u64(payload), block->content_length);
    if (target == NULL) {
        return SCAPE_ERROR_BAD_REPEAT;
    }
    part->chunk.payload_length = target->payload_length;
    if (d->destination != NULL) {
        part->copy_of = d->destination + d->content_start + target->content_start;
        return SCAPE_OK;
    }
    if (d->source.input.read_at == NULL && d->spool.write_at == NULL) {
        return SCAPE_ERROR_NEEDS_SEEK;
    }
    if (d->source.parallel) {
        part->unread = true;
        part->from = d->frame_start + target->offset;
        return SCAPE_OK;
    }
    size_t size = SC_BLOCK_OVERHEAD + (size_t)target->payload_length;
    struct sc_buffer *memory = block_memory(slot, block->content_length);
    error = sc_buffer_reserve(&d->session.memory, memory, size);
    if (error == SCAPE_OK) {
        part->block = memory->data;
        error = read_again(d, d->frame_start + target->offset, memory->data, size);
    }
    return error;
}

static enum scape_error read_content_block(struct scape_decoder *d, struct sc_slot *slot,
                                           const uint8_t *header,
                                           const struct sc_block_header *block, uint64_t position) {
    if (block->content_length >= SC_BATCH_CONTENT) {
        choose_memory(d, slot, block->content_length, block->payload_length);
    }
    enum scape_error error = start_part(d, &slot->parts[slot->count], block->content_length);
    if (error == SCAPE_OK) {
        error = block->type == SCAPE_REG_BLOCK_CHUNK
                    ? place_block(d, slot, header, block->payload_length)
                    : place_repeat(d, slot, header, block);
    }
    error = error == SCAPE_OK ? list_block(d, block, position - d->frame_start) : error;
    if (error == SCAPE_OK) {
        struct sc_part *part = &slot->parts[slot->count++];
        part->position = position;
        part->end = d->source.position;
    }
    return error;
}

static bool read_block(struct scape_decoder *d, struct sc_slot *slot) {
    uint8_t header[SC_BLOCK_HEADER_SIZE];
    struct sc_block_header block;
    struct sc_block_place place = {&d->header, d->first_block, d->scheduled - d->content_start};
    uint64_t position = d->source.position;
    enum scape_error error = read_exactly(d, header, sizeof header);
    error = error == SCAPE_OK ? sc_block_header_read(header, &place, &block) : error;
    d->first_block = false;
    if (error != SCAPE_OK) {
        return fail(d, error, position, "header of a block");
    }
    const uint8_t *payload;
    switch (block.type) {
    case SCAPE_REG_BLOCK_INDEX:
        d->index = block;
        memcpy(d->index_header, header, sizeof header);
        d->phase = SC_PHASE_END;
        return true;
    case SCAPE_REG_BLOCK_PROFILE:
        return fail(d, read_profile(d, header, block.payload_length), position, "PROFILE block");
    case SCAPE_REG_BLOCK_CHUNK:
    case SCAPE_REG_BLOCK_REPEAT:
        error = read_content_block(d, slot, header, &block, position);
        return fail(d, error, position, "block");
    default:
        error = read_other(d, header, block.payload_length, &payload);
        return fail(d, error, position, "extension block");
    }
}

bool sc_decoder_read_step(struct scape_decoder *d, struct sc_slot *slot) {
    return d->phase == SC_PHASE_FRAME ? read_frame_start(d) : read_block(d, slot);
}

static enum scape_error read_index(struct scape_decoder *d) {
    const uint8_t *payload;
    enum scape_error error = read_other(d, d->index_header, d->index.payload_length, &payload);
    if (error != SCAPE_OK) {
        return error;
    }
    const struct sc_block *blocks = (const struct sc_block *)(const void *)d->list.data;
    struct sc_cursor c = sc_cursor_make(payload, d->index.payload_length, SCAPE_ERROR_BAD_INDEX);
    struct sc_regions regions;
    sc_index_compare(&c, blocks, d->listed, d->blocks_start);
    sc_regions_start(&regions, &c, blocks, d->listed, d->scheduled - d->content_start);
    while (sc_regions_next(&regions)) {
    }
    return c.error;
}

static enum scape_error read_trailer(struct scape_decoder *d) {
    uint8_t bytes[SC_TRAILER_SIZE];
    struct sc_trailer trailer;
    enum scape_error error = read_exactly(d, bytes, sizeof bytes);
    error = error == SCAPE_OK ? sc_trailer_read(bytes, &d->header, &trailer) : error;
    if (error != SCAPE_OK) {
        return error;
    }
    if (trailer.index_size != SC_BLOCK_OVERHEAD + (uint64_t)d->index.payload_length ||
        trailer.content_size != d->scheduled - d->content_start ||
        trailer.frame_size != d->source.position - d->frame_start) {
        return SCAPE_ERROR_BAD_TRAILER;
    }
    if (sc_decoder_hashes(d)) {
        uint8_t digest[SC_DIGEST_SIZE];
        sc_sha256_end(&d->sha, digest);
        if (memcmp(digest, trailer.digest, SC_DIGEST_SIZE) != 0) {
            return SCAPE_ERROR_CONTENT_HASH;
        }
    }
    return SCAPE_OK;
}

bool sc_decoder_read_end(struct scape_decoder *d) {
    uint64_t position = d->source.position - SC_BLOCK_HEADER_SIZE;
    if (!fail(d, read_index(d), position, "INDEX block")) {
        return false;
    }
    position = d->source.position;
    d->phase = SC_PHASE_FRAME;
    enum scape_error error = read_trailer(d);
    d->frames += error == SCAPE_OK;
    return fail(d, error, position, "trailer");
}
