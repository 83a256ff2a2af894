/* decoder.c - the engine: slots in a ring, filled by the reader with a batch of blocks each,
 * decoded by the pool, handed out in order. The first error in the order of the file is the one
 * that is reported. Depends on decoder.h, kernel.h. */
#include "decoder.h"

#include "kernel.h"

static size_t block_size(const struct sc_part *part) {
    return SC_BLOCK_OVERHEAD + part->chunk.payload_length;
}

/* Whether content is needed when its job is done. */
static bool keeps_content(const struct scape_decoder *d) {
    return d->output.write_at == NULL || sc_decoder_hashes(d);
}

/* Memory for blocks that are unread, and the place of the content, part beside part. */
static enum scape_error place_parts(struct scape_decoder *d, struct sc_own *own,
                                    struct sc_slot *slot) {
    size_t unread = 0, length = 0;
    for (unsigned i = 0; i < slot->count; i++) {
        unread += slot->parts[i].unread ? block_size(&slot->parts[i]) : 0;
        length += slot->parts[i].chunk.content_length;
    }
    struct sc_buffer *content = keeps_content(d) ? &slot->content_memory : &own->content;
    enum scape_error error = SCAPE_OK;
    if (unread > 0) {
        error = sc_buffer_reserve(&d->session.memory, &own->blocks, unread);
    }
    if (error == SCAPE_OK && d->destination == NULL) {
        error = sc_buffer_reserve(&d->session.memory, content, length);
    }
    uint8_t *at = d->destination == NULL ? content->data : d->destination + slot->parts[0].start;
    for (unsigned i = 0; i < slot->count && error == SCAPE_OK; i++) {
        slot->parts[i].chunk.content = at;
        at += slot->parts[i].chunk.content_length;
    }
    return error;
}

/* What the reader left to be read. */
static enum scape_error read_part(const struct scape_decoder *d, struct sc_part *part,
                                  uint8_t *block) {
    size_t got, size = block_size(part);
    part->block = block;
    enum scape_error error = sc_source_read_at(&d->source, part->from, block, size, &got);
    return error == SCAPE_OK && got < size ? SCAPE_ERROR_TRUNCATED : error;
}

static enum scape_error verify_part(const struct sc_kernel *kernel, const struct sc_part *part) {
    size_t covered = SC_BLOCK_HEADER_SIZE + part->chunk.payload_length;
    bool intact = sc_load_u64(part->block + covered) == kernel->checksum(part->block, covered);
    return intact ? SCAPE_OK : SCAPE_ERROR_CHECKSUM;
}

/* Puts what was decoded before any error to its place in the output. */
static void write_parts(const struct scape_decoder *d, struct sc_slot *slot) {
    struct sc_part *first = &slot->parts[0];
    size_t length = 0;
    for (unsigned i = 0; i < slot->count && slot->parts[i].chunk.error == SCAPE_OK; i++) {
        length += slot->parts[i].chunk.content_length;
    }
    if (length > 0 &&
        d->output.write_at(d->output.ctx, first->start, first->chunk.content, length) != 0) {
        first->chunk.error = SCAPE_ERROR_IO;
        first->unwritten = true;
    }
}

/* Verifies and decodes the blocks of a slot. Runs in any thread; what it reads of the decoder does
 * not change while blocks of a frame are queued. */
static void run_slot(void *ctx, unsigned thread, struct sc_job *job) {
    struct scape_decoder *d = ctx;
    struct sc_slot *slot = (struct sc_slot *)(void *)job;
    struct sc_own *own = &d->own[thread];
    struct sc_work *works = &d->works[(size_t)thread * d->beside];
    struct sc_chunk *chunks[SC_BATCH];
    uint32_t count = 0;
    enum scape_error placed = place_parts(d, own, slot);
    uint8_t *block = own->blocks.data;
    for (unsigned i = 0; i < slot->count; i++) {
        struct sc_part *part = &slot->parts[i];
        enum scape_error error = placed;
        if (error == SCAPE_OK && part->unread) {
            error = read_part(d, part, block);
            block += block_size(part);
        }
        if (error == SCAPE_OK && part->copy_of == NULL) {
            error = verify_part(works->kernel, part);
            part->chunk.payload = part->block + SC_BLOCK_HEADER_SIZE;
            chunks[count] = &part->chunk;
            count += error == SCAPE_OK;
        }
        part->chunk.error = error;
    }
    for (unsigned i = 0; i < d->beside; i++) {
        works[i].frame = d->sets;
    }
    sc_chunks_decode(works, chunks, count);
    if (d->output.write_at != NULL) {
        write_parts(d, slot);
    }
}

enum scape_error sc_decoder_open(struct scape_decoder *d,
                                 const struct scape_decode_options *options, size_t held) {
    memset(d, 0, sizeof *d);
    enum scape_error error = sc_session_open(&d->session, options, held);
    if (error != SCAPE_OK) {
        return error;
    }
    unsigned threads = d->session.options.threads;
    struct sc_memory *memory = &d->session.memory;
    d->most_content = d->session.options.max_content;
    d->most_content = d->most_content == 0 ? UINT64_MAX : d->most_content;
    d->batch = d->session.options.max_memory == 0 ? SC_BATCH : 1; /* a limit is for one at a time */
    d->beside = d->batch < SC_BESIDE ? d->batch : SC_BESIDE;
    d->work_count = threads * d->beside;
    d->slot_count = threads == 1 ? 1 : threads + 1 + SC_QUEUE_SMALL_MORE;
    d->own = sc_memory_new(memory, threads * sizeof *d->own, &error);
    if (d->own != NULL) {
        d->works = sc_memory_new(memory, d->work_count * sizeof *d->works, &error);
    }
    if (d->works != NULL) {
        for (unsigned i = 0; i < d->work_count; i++) {
            sc_work_open(&d->works[i], memory, d->session.kernel, &d->session.standard);
        }
        d->slots = sc_memory_new(memory, d->slot_count * sizeof *d->slots, &error);
    }
    if (d->slots != NULL && !sc_pool_open(&d->pool, threads, run_slot, d)) {
        error = SCAPE_ERROR_NO_MEMORY;
    }
    if (error != SCAPE_OK) {
        sc_decoder_close(d);
    }
    return error;
}

void sc_decoder_close(struct scape_decoder *d) {
    struct sc_memory *memory = &d->session.memory;
    sc_pool_close(&d->pool);
    for (unsigned i = 0; d->slots != NULL && i < d->slot_count; i++) {
        struct sc_slot *slot = &d->slots[i];
        for (unsigned k = 0; k < SC_BATCH; k++) {
            sc_buffer_release(memory, &slot->parts[k].block_memory);
        }
        sc_buffer_release(memory, &slot->block_memory);
        sc_buffer_release(memory, &slot->content_memory);
    }
    for (unsigned i = 0; d->own != NULL && i < d->session.options.threads; i++) {
        sc_buffer_release(memory, &d->own[i].blocks);
        sc_buffer_release(memory, &d->own[i].content);
    }
    for (unsigned i = 0; d->works != NULL && i < d->work_count; i++) {
        sc_work_close(&d->works[i]);
    }
    sc_memory_delete(memory, d->slots, d->slot_count * sizeof *d->slots);
    sc_memory_delete(memory, d->own, d->session.options.threads * sizeof *d->own);
    sc_memory_delete(memory, d->works, d->work_count * sizeof *d->works);
    sc_buffer_release(memory, &d->list);
    sc_buffer_release(memory, &d->other);
    sc_buffer_release(memory, &d->profile);
    sc_session_close(&d->session);
}

/* Whether another slot may be filled. */
static bool has_room(const struct scape_decoder *d) {
    bool light = d->source.parallel && !keeps_content(d); /* slots have no memory */
    return d->held < d->slot_count && (light || d->held <= d->session.options.threads ||
                                       d->scheduled - d->delivered < SC_QUEUE_SMALL_BYTES);
}

static bool can_read(const struct scape_decoder *d) {
    return d->fault.error == SCAPE_OK && !d->done && d->phase != SC_PHASE_END;
}

/* Whether another part may join the slot's. */
static bool can_join(const struct scape_decoder *d, const struct sc_slot *slot) {
    return slot->count == 0 ||
           (slot->count < d->batch && d->scheduled - slot->parts[0].start < SC_BATCH_CONTENT);
}

/* Reads ahead while slots are free. */
static void fill_slots(struct scape_decoder *d) {
    while (has_room(d) && can_read(d)) {
        struct sc_slot *slot = sc_decoder_slot(d, d->held);
        slot->count = slot->next = 0;
        while (can_read(d) && can_join(d, slot)) {
            sc_decoder_read_step(d, slot);
        }
        if (slot->count > 0) {
            d->held++;
            sc_pool_submit(&d->pool, &slot->job);
        }
    }
}

/* Waits for the oldest slot and hands its next content out. */
static enum scape_error hand_out(struct scape_decoder *d, const uint8_t **content, size_t *size) {
    struct sc_slot *slot = sc_decoder_slot(d, 0);
    struct sc_part *part = &slot->parts[slot->next];
    const struct sc_chunk *chunk = &part->chunk;
    sc_pool_wait(&d->pool, &slot->job);
    if (part->copy_of != NULL) {
        memcpy(chunk->content, part->copy_of, chunk->content_length);
    }
    if (chunk->error != SCAPE_OK) {
        d->fault = part->unwritten ? (struct sc_fault){chunk->error, part->end, "writing"}
                                   : (struct sc_fault){chunk->error, part->position, "block"};
        return chunk->error;
    }
    if (sc_decoder_hashes(d)) {
        sc_sha256_add(&d->sha, chunk->content, chunk->content_length);
    }
    d->handed_out = true;
    d->reached = part->end;
    d->delivered += chunk->content_length;
    *content = chunk->content;
    *size = chunk->content_length;
    return SCAPE_OK;
}

/* The content that was handed out is used; the caller may have enough. */
static void take_back(struct scape_decoder *d) {
    const struct scape_decode_options *o = &d->session.options;
    struct sc_slot *slot = sc_decoder_slot(d, 0);
    d->handed_out = false;
    if (++slot->next == slot->count) {
        d->oldest = (d->oldest + 1) % d->slot_count;
        d->held--;
    }
    if (o->progress != NULL && o->progress(o->progress_ctx, d->reached, d->delivered) != 0) {
        d->cancelled = true;
        d->fault = (struct sc_fault){SCAPE_ERROR_IO, d->reached, sc_cancelled};
    }
}

enum scape_error sc_decoder_next(struct scape_decoder *d, const uint8_t **content, size_t *size) {
    *size = 0;
    if (d->handed_out) {
        take_back(d);
    }
    while (!d->cancelled) {
        fill_slots(d);
        if (d->held > 0) {
            return hand_out(d, content, size);
        }
        if (d->fault.error != SCAPE_OK || d->done) {
            return d->fault.error;
        }
        if (!sc_decoder_read_end(d)) {
            return d->fault.error;
        }
    }
    return d->fault.error;
}
