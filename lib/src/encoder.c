/* encoder.c - the engine: it reads chunks, has them encoded by the pool, and writes the blocks in
 * order. Depends on encoder.h. */
#include "encoder.h"

#include "checksum.h"

enum {
    REPEAT_LEAST = 4096
}; /* bytes of a chunk that may be a REPEAT [CAN-071] */

/* What was left to the thread that encodes it. */
static enum scape_error read_piece(const struct sc_encoder *e, struct sc_encode_work *w,
                                   struct sc_encode_slot *slot) {
    struct sc_piece *piece = &slot->piece;
    size_t got;
    enum scape_error error = sc_buffer_reserve(w->memory, &w->content, piece->size);
    if (error == SCAPE_OK) {
        error = sc_source_read_at(&e->source, slot->start, w->content.data, piece->size, &got);
        piece->content = w->content.data;
    }
    return error == SCAPE_OK && got < piece->size ? SCAPE_ERROR_BAD_LENGTH : error;
}

static void run_slot(void *ctx, unsigned thread, struct sc_job *job) {
    struct sc_encoder *e = ctx;
    struct sc_encode_slot *slot = (struct sc_encode_slot *)(void *)job;
    struct sc_encode_work *w = &e->works[thread];
    slot->error = slot->unread ? read_piece(e, w, slot) : SCAPE_OK;
    if (slot->error == SCAPE_OK) {
        slot->error = sc_chunk_encode(w, &slot->piece, (uint32_t)e->options.level);
    }
    if (slot->error == SCAPE_OK) {
        sc_out_swap(&w->best, &slot->block);
        sc_block_seal(&slot->block, SCAPE_REG_BLOCK_CHUNK, (uint32_t)slot->piece.size);
        slot->error = slot->block.error;
    }
}

static enum scape_error check_options(struct scape_encode_options *o) {
    o->level = o->level == 0 ? SCAPE_DEFAULT : o->level;
    o->threads = o->threads == 0 ? 1 : o->threads;
    if (o->chunk_log2 == 0) {
        o->chunk_log2 = SCAPE_REG_CHUNK_LOG2_DEFAULT + (o->level == SCAPE_MAX);
    }
    bool good = o->level >= SCAPE_FAST && o->level <= SCAPE_MAX && o->threads <= SC_THREADS_MAX &&
                o->chunk_log2 >= SCAPE_REG_CHUNK_LOG2_MIN &&
                o->chunk_log2 <= SCAPE_REG_CHUNK_LOG2_MAX &&
                (o->region_count == 0 || o->regions != NULL) && sc_hooks_are_whole(&o->hooks) &&
                sc_is_zero(o->reserved, sizeof o->reserved / sizeof o->reserved[0]) &&
                (!o->content_size_given ||
                 o->content_size <= UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX);
    return good ? SCAPE_OK : SCAPE_ERROR_BAD_ARGUMENT;
}

/* The profile that goes with the frame must be one. */
static enum scape_error check_profile(struct sc_encoder *e) {
    const struct scape_profile *profile = e->options.profile;
    struct sc_profile_sets sets;
    return profile == NULL
               ? SCAPE_OK
               : sc_profile_open(&e->memory, &e->scratch, &sets, profile->data, profile->size);
}

static enum scape_error open_parts(struct sc_encoder *e) {
    const struct scape_encode_options *o = &e->options;
    enum scape_error error = sc_plan_open(&e->plan, o->regions, o->region_count, o->chunk_log2);
    if (error == SCAPE_OK) {
        error = check_profile(e);
    }
    sc_profile_standard(&e->standard_sets);
    if (error == SCAPE_OK) {
        e->works = sc_memory_new(&e->memory, o->threads * sizeof *e->works, &error);
    }
    if (error == SCAPE_OK) {
        e->work_count = o->threads;
        for (unsigned i = 0; i < e->work_count; i++) {
            sc_encode_work_open(&e->works[i], &e->memory, &e->standard_sets);
        }
        unsigned slots = o->threads == 1 ? 1 : o->threads + 1 + SC_QUEUE_SMALL_MORE;
        e->slots = sc_memory_new(&e->memory, slots * sizeof *e->slots, &error);
        e->slot_count = e->slots == NULL ? 0 : slots;
    }
    for (unsigned i = 0; i < e->slot_count; i++) {
        e->slots[i].block.memory = &e->memory;
    }
    if (error == SCAPE_OK && !sc_pool_open(&e->pool, o->threads, run_slot, e)) {
        error = SCAPE_ERROR_NO_MEMORY;
    }
    return error;
}

enum scape_error sc_encoder_open(struct sc_encoder *e, const struct scape_encode_options *options) {
    memset(e, 0, sizeof *e);
    if (options != NULL) {
        e->options = *options;
    }
    enum scape_error error = check_options(&e->options);
    if (error == SCAPE_OK) {
        error = sc_memory_open(&e->memory, &e->options.hooks, e->options.max_memory);
    }
    if (error != SCAPE_OK) {
        return error;
    }
    e->frame.memory = &e->memory;
    e->where = "content";
    if (e->options.content_sha256) {
        sc_sha256_start(&e->sha);
    }
    error = open_parts(e);
    if (error != SCAPE_OK) {
        sc_encoder_close(e);
    }
    return error;
}

void sc_encoder_close(struct sc_encoder *e) {
    sc_pool_close(&e->pool);
    for (unsigned i = 0; i < e->work_count; i++) {
        sc_encode_work_close(&e->works[i]);
    }
    sc_memory_delete(&e->memory, e->works, e->options.threads * sizeof *e->works);
    for (unsigned i = 0; i < e->slot_count; i++) {
        sc_buffer_release(&e->memory, &e->slots[i].content_memory);
        sc_out_release(&e->slots[i].block);
    }
    sc_memory_delete(&e->memory, e->slots, e->slot_count * sizeof *e->slots);
    sc_buffer_release(&e->memory, &e->list);
    sc_buffer_release(&e->memory, &e->seen.places);
    sc_buffer_release(&e->memory, &e->seen.piece);
    sc_tables_release(&e->memory, &e->scratch);
    sc_out_release(&e->frame);
    sc_memory_close(&e->memory);
}

static enum scape_error write_out(struct sc_encoder *e, const struct sc_out *out) {
    if (out->error != SCAPE_OK) {
        return out->error;
    }
    if (e->destination == NULL) {
        if (e->output.write(e->output.ctx, out->buffer.data, out->size) != 0) {
            return SCAPE_ERROR_IO;
        }
    } else {
        if (out->size > e->capacity - e->written) {
            return SCAPE_ERROR_MEMORY;
        }
        memcpy(e->destination + e->written, out->buffer.data, out->size);
    }
    e->written += out->size;
    return SCAPE_OK;
}

static struct sc_encode_slot *slot_at(const struct sc_encoder *e, unsigned i) {
    return &e->slots[(e->oldest + i) % e->slot_count];
}

/* The slot, which is the first free one, takes the memory over that suits best of the free slots',
 * so that few of them grow. */
static void choose_memory(struct sc_encoder *e, struct sc_encode_slot *slot, size_t most) {
    for (unsigned i = e->held + 1; i < e->slot_count; i++) {
        struct sc_encode_slot *other = slot_at(e, i);
        sc_buffer_suit(&slot->content_memory, &other->content_memory, most);
        sc_buffer_suit(&slot->block.buffer, &other->block.buffer, most);
    }
}

/* The next chunk's content into the slot; size 0 at the end of the input. */
static enum scape_error take_piece(struct sc_encoder *e, struct sc_encode_slot *slot) {
    struct sc_piece *piece = &slot->piece;
    size_t most = sc_plan_next(&e->plan, piece);
    choose_memory(e, slot, most);
    enum scape_error error = SCAPE_OK;
    slot->unread = e->source.parallel;
    if (slot->unread) {
        uint64_t left = sc_source_left(&e->source);
        slot->start = e->source.position;
        piece->size = most < left ? most : (size_t)left;
        e->source.position += piece->size;
    } else if (e->source.memory != NULL) {
        uint64_t left = e->source.size - e->source.position;
        piece->size = most < left ? most : (size_t)left;
        piece->content = e->source.memory + e->source.position;
        e->source.position += piece->size;
    } else {
        error = sc_buffer_reserve(&e->memory, &slot->content_memory, most);
        piece->content = slot->content_memory.data;
        piece->size = 0;
        if (error == SCAPE_OK) {
            error = sc_source_read(&e->source, slot->content_memory.data, most, &piece->size);
        }
    }
    if (error != SCAPE_OK) {
        return error;
    }
    e->ended = piece->size < most;
    e->taken += piece->size;
    if (e->options.content_size_given &&
        (e->ended ? e->taken != e->options.content_size : e->taken > e->options.content_size)) {
        return SCAPE_ERROR_BAD_LENGTH;
    }
    if (e->options.content_sha256) {
        sc_sha256_add(&e->sha, piece->content, piece->size);
    }
    return SCAPE_OK;
}

/* Enters the slot's chunk in the list, as a REPEAT if it is one. */
static enum scape_error list_piece(struct sc_encoder *e, struct sc_encode_slot *slot) {
    struct sc_listed entry = {.start = e->taken - slot->piece.size,
                              .content_length = (uint32_t)slot->piece.size};
    size_t had = e->listed * sizeof entry;
    enum scape_error error = sc_buffer_grow(&e->memory, &e->list, had, had + sizeof entry);
    slot->target = SIZE_MAX;
    if (error == SCAPE_OK && e->options.repeats && slot->piece.size >= REPEAT_LEAST) {
        entry.hash = sc_checksum(slot->piece.content, slot->piece.size);
        error = sc_seen_find(e, &slot->piece, entry.hash, &slot->target);
    }
    if (error == SCAPE_OK) {
        entry.repeat = slot->target != SIZE_MAX;
        slot->number = e->listed;
        sc_encoder_list(e)[e->listed++] = entry;
    }
    return error;
}

static enum scape_error schedule(struct sc_encoder *e) {
    struct sc_encode_slot *slot = slot_at(e, e->held);
    enum scape_error error = take_piece(e, slot);
    if (error != SCAPE_OK || slot->piece.size == 0) {
        return error;
    }
    sc_plan_advance(&e->plan, slot->piece.size);
    error = list_piece(e, slot);
    if (error == SCAPE_OK) {
        e->held++;
        slot->job.state = SC_JOB_DONE;
        if (slot->target == SIZE_MAX) {
            sc_pool_submit(&e->pool, &slot->job);
        }
    }
    return error;
}

static enum scape_error write_oldest(struct sc_encoder *e) {
    struct sc_encode_slot *slot = slot_at(e, 0);
    struct sc_listed *entry = &sc_encoder_list(e)[slot->number];
    entry->offset = e->written;
    if (slot->target != SIZE_MAX) {
        slot->block.size = 0;
        sc_out_uint(&slot->block, 0, 8); /* the block's header */
        sc_out_uint(&slot->block, 0, 4);
        sc_out_uint(&slot->block, sc_encoder_list(e)[slot->target].offset, 8);
        sc_block_seal(&slot->block, SCAPE_REG_BLOCK_REPEAT, (uint32_t)slot->piece.size);
    } else {
        sc_pool_wait(&e->pool, &slot->job);
        if (slot->error != SCAPE_OK) {
            return slot->error;
        }
    }
    enum scape_error error = write_out(e, &slot->block);
    entry->payload_length = (uint32_t)(slot->block.size - SC_BLOCK_OVERHEAD);
    e->oldest = (e->oldest + 1) % e->slot_count;
    e->held--;
    if (error == SCAPE_OK && e->options.progress != NULL &&
        e->options.progress(e->options.progress_ctx, entry->start + entry->content_length,
                            e->written) != 0) {
        error = SCAPE_ERROR_IO;
        e->where = sc_cancelled;
    }
    return error;
}

static bool has_room(const struct sc_encoder *e) {
    if (e->held <= e->options.threads) {
        return e->held < e->slot_count;
    }
    uint64_t held = e->taken - sc_encoder_list(e)[slot_at(e, 0)->number].start;
    return e->held < e->slot_count && held < SC_QUEUE_SMALL_BYTES;
}

enum scape_error sc_encoder_run(struct sc_encoder *e) {
    sc_encoder_put_header(e);
    enum scape_error error = write_out(e, &e->frame);
    while (error == SCAPE_OK && (!e->ended || e->held > 0)) {
        if (!e->ended && has_room(e)) {
            error = schedule(e);
        } else {
            error = write_oldest(e);
        }
    }
    if (error == SCAPE_OK) {
        sc_encoder_put_index(e);
        error = write_out(e, &e->frame);
    }
    return error;
}
