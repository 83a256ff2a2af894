/* decoder.c - the engine: slots in a ring, filled by the reader, decoded by the pool, handed out in
 * order. The first error in the order of the file is the one that is reported. Depends on
 * decoder.h, chunk.h, kernel.h. */
#include "decoder.h"

#include "chunk.h"
#include "kernel.h"

/* Verifies and decodes one block. Runs in any thread; what it reads of the decoder does not change
 * while blocks of a frame are queued. */
static void run_slot(void *ctx, unsigned thread, struct sc_job *job) {
    struct scape_decoder *d = ctx;
    struct sc_slot *slot = (struct sc_slot *)(void *)job;
    struct sc_work *work = &d->works[thread];
    size_t covered = SC_BLOCK_HEADER_SIZE + slot->payload_length;
    if (sc_load_u64(slot->block + covered) != work->kernel->checksum(slot->block, covered)) {
        slot->error = SCAPE_ERROR_CHECKSUM;
        return;
    }
    work->frame = d->sets;
    slot->error = sc_chunk_decode(work, slot->block + SC_BLOCK_HEADER_SIZE, slot->payload_length,
                                  slot->content, slot->content_length);
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
    d->work_count = threads;
    d->slot_count = threads == 1 ? 1 : threads + 1 + SC_QUEUE_SMALL_MORE;
    d->works = sc_memory_new(memory, d->work_count * sizeof *d->works, &error);
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
        sc_buffer_release(memory, &d->slots[i].block_memory);
        sc_buffer_release(memory, &d->slots[i].content_memory);
    }
    for (unsigned i = 0; d->works != NULL && i < d->work_count; i++) {
        sc_work_close(&d->works[i]);
    }
    sc_memory_delete(memory, d->slots, d->slot_count * sizeof *d->slots);
    sc_memory_delete(memory, d->works, d->work_count * sizeof *d->works);
    sc_buffer_release(memory, &d->list);
    sc_buffer_release(memory, &d->other);
    sc_buffer_release(memory, &d->profile);
    sc_session_close(&d->session);
}

static bool has_room(const struct scape_decoder *d) {
    return d->held < d->slot_count && (d->held <= d->session.options.threads ||
                                       d->scheduled - d->delivered < SC_QUEUE_SMALL_BYTES);
}

/* Reads ahead while slots are free. */
static void fill_slots(struct scape_decoder *d) {
    while (has_room(d) && d->fault.error == SCAPE_OK && !d->done && d->phase != SC_PHASE_END) {
        struct sc_slot *slot = sc_decoder_slot(d, d->held);
        bool used;
        sc_decoder_read_step(d, slot, &used);
        if (used) {
            d->held++;
            slot->error = SCAPE_OK;
            slot->job.state = SC_JOB_IDLE;
            if (slot->copy_of == NULL) {
                sc_pool_submit(&d->pool, &slot->job);
            }
        }
    }
}

/* Waits for the oldest slot and hands its content out. */
static enum scape_error hand_out(struct scape_decoder *d, const uint8_t **content, size_t *size) {
    struct sc_slot *slot = sc_decoder_slot(d, 0);
    if (slot->copy_of != NULL) {
        memcpy(slot->content, slot->copy_of, slot->content_length);
    } else {
        sc_pool_wait(&d->pool, &slot->job);
    }
    if (slot->error != SCAPE_OK) {
        d->fault = (struct sc_fault){slot->error, slot->position, "block"};
        return slot->error;
    }
    bool hashed = (d->header.flags & SC_FLAG_CONTENT_SHA256) != 0;
    if (hashed && !d->session.options.skip_sha256) {
        sc_sha256_add(&d->sha, slot->content, slot->content_length);
    }
    d->handed_out = true;
    d->delivered += slot->content_length;
    *content = slot->content;
    *size = slot->content_length;
    return SCAPE_OK;
}

/* The content that was handed out is used; the caller may have enough. */
static void take_back(struct scape_decoder *d) {
    const struct scape_decode_options *o = &d->session.options;
    d->handed_out = false;
    d->oldest = (d->oldest + 1) % d->slot_count;
    d->held--;
    if (o->progress != NULL &&
        o->progress(o->progress_ctx, d->source.position, d->delivered) != 0) {
        d->cancelled = true;
        d->fault = (struct sc_fault){SCAPE_ERROR_IO, d->source.position, sc_cancelled};
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
