/* encoder.c - the engine: it reads chunks, has them encoded by the pool, and writes the blocks in
 * order. Depends on encoder.h. */
#include "encoder.h"

#include "checksum.h"
#include "encode_rans.h"

enum {
    REPEAT_LEAST = 4096
}; /* bytes of a chunk that may be a REPEAT [CAN-071] */

/* What was left to the thread that encodes it. */
static enum scape_error read_piece(const struct sc_encoder *e, struct sc_encode_work *w,
                                   struct sc_encode_slot *slot) {
    struct sc_piece *piece = &slot->piece;
    size_t got = 0;
    enum scape_error error = sc_buffer_reserve(w->memory, &w->content, piece->size);
    if (error == SCAPE_OK) {
        error = sc_source_read_at(&e->source, slot->start, w->content.data, piece->size, &got);
        piece->content = w->content.data;
    }
    return error == SCAPE_OK && got < piece->size ? SCAPE_ERROR_BAD_LENGTH : error;
}

static enum scape_error seal_chunk(struct sc_encode_work *w, struct sc_encode_slot *slot,
                                   uint32_t level) {
    enum scape_error error = sc_chunk_end(w, &slot->piece, level);
    if (error == SCAPE_OK) {
        sc_out_hand_over(&w->best, &slot->block);
        sc_block_seal(&slot->block, SCAPE_REG_BLOCK_CHUNK, (uint32_t)slot->piece.size);
        error = slot->block.error;
    }
    return error;
}

static void run_group(void *ctx, unsigned thread, struct sc_job *job) {
    struct sc_encoder *e = ctx;
    const struct sc_encode_slot *first = (struct sc_encode_slot *)(void *)job;
    struct sc_encode_work *works = e->works + (size_t)thread * e->group_most;
    uint32_t level = (uint32_t)e->options.level;
    for (unsigned k = 0; k < first->group_count; k++) {
        struct sc_encode_slot *slot = first->group[k];
        slot->error = slot->unread ? read_piece(e, &works[k], slot) : SCAPE_OK;
        if (slot->error == SCAPE_OK) {
            sc_chunk_begin(&works[k], &slot->piece, level);
        }
    }
    sc_rans_encode_words(works, first->group_count);
    for (unsigned k = 0; k < first->group_count; k++) {
        struct sc_encode_slot *slot = first->group[k];
        if (slot->error == SCAPE_OK) {
            slot->error = seal_chunk(&works[k], slot, level);
        }
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
    e->group_most = o->max_memory == 0 ? SC_GROUP_MAX : 1;
    unsigned works = o->threads * e->group_most;
    if (error == SCAPE_OK) {
        e->works = sc_memory_new(&e->memory, works * sizeof *e->works, &error);
    }
    if (error == SCAPE_OK) {
        e->work_count = works;
        for (unsigned i = 0; i < e->work_count; i++) {
            sc_encode_work_open(&e->works[i], &e->memory, &e->standard_sets);
        }
        unsigned slots = o->threads == 1 ? e->group_most : o->threads + 1 + SC_QUEUE_SMALL_MORE;
        e->slots = sc_memory_new(&e->memory, slots * sizeof *e->slots, &error);
        e->slot_count = e->slots == NULL ? 0 : slots;
    }
    for (unsigned i = 0; i < e->slot_count; i++) {
        e->slots[i].block.memory = &e->memory;
    }
    if (error == SCAPE_OK && !sc_pool_open(&e->pool, o->threads, run_group, e)) {
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
    sc_memory_delete(&e->memory, e->works, e->work_count * sizeof *e->works);
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

static void submit_open(struct sc_encoder *e) {
    if (e->open != NULL) {
        sc_pool_submit(&e->pool, &e->open->job);
        e->open = NULL;
    }
}

/* Has the slot's chunk encoded, with others if it is small. */
static void join_group(struct sc_encoder *e, struct sc_encode_slot *slot) {
    bool waits = sc_chunk_waits(&slot->piece, (uint32_t)e->options.level);
    if (!waits) {
        submit_open(e);
    }
    if (e->open == NULL) {
        e->open = slot;
    }
    e->open->group[e->open->group_count++] = slot;
    if (!waits || e->open->group_count == e->group_most) {
        submit_open(e);
    }
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
        slot->group_count = 0;
        if (slot->target == SIZE_MAX) {
            join_group(e, slot);
        }
    }
    return error;
}

/* The first of a group is the oldest of it, so that the others are done when their turn comes. */
static enum scape_error finish_chunk(struct sc_encoder *e, struct sc_encode_slot *slot) {
    if (slot == e->open) {
        submit_open(e);
    }
    if (slot->group_count > 0) {
        sc_pool_wait(&e->pool, &slot->job);
    }
    return slot->error;
}

static enum scape_error put_oldest(struct sc_encoder *e, struct sc_encode_slot *slot) {
    enum scape_error error = SCAPE_OK;
    if (slot->target != SIZE_MAX) {
        slot->block.size = 0;
        sc_out_uint(&slot->block, 0, 8); /* the block's header */
        sc_out_uint(&slot->block, 0, 4);
        sc_out_uint(&slot->block, sc_encoder_list(e)[slot->target].offset, 8);
        sc_block_seal(&slot->block, SCAPE_REG_BLOCK_REPEAT, (uint32_t)slot->piece.size);
    } else {
        error = finish_chunk(e, slot);
    }
    return error == SCAPE_OK ? write_out(e, &slot->block) : error;
}

static enum scape_error write_oldest(struct sc_encoder *e) {
    struct sc_encode_slot *slot = slot_at(e, 0);
    struct sc_listed *entry = &sc_encoder_list(e)[slot->number];
    uint64_t end = entry->start + entry->content_length;
    entry->offset = e->written;
    enum scape_error error = put_oldest(e, slot);
    entry->payload_length = (uint32_t)(slot->block.size - SC_BLOCK_OVERHEAD);
    e->oldest = (e->oldest + 1) % e->slot_count;
    e->held--;
    if (error == SCAPE_OK && e->options.progress != NULL &&
        e->options.progress(e->options.progress_ctx, end, e->written) != 0) {
        error = SCAPE_ERROR_IO;
        e->where = sc_cancelled;
    }
    if (error != SCAPE_OK) {
        e->taken = end; /* whatever was read ahead */
    }
    return error;
}

/* One thread holds a chunk, or a group that may grow by the next; several hold one more than they
 * are, and small ones. */
static bool has_room(struct sc_encoder *e) {
    if (e->held == 0 || e->held == e->slot_count) {
        return e->held == 0;
    }
    if (e->options.threads == 1) {
        struct sc_piece next;
        next.size = sc_plan_next(&e->plan, &next);
        return e->open != NULL && sc_chunk_waits(&next, (uint32_t)e->options.level);
    }
    uint64_t held = e->taken - sc_encoder_list(e)[slot_at(e, 0)->number].start;
    return e->held <= e->options.threads || held < SC_QUEUE_SMALL_BYTES;
}

/* An error in what is read ends the content, but what stands before it is written. */
enum scape_error sc_encoder_run(struct sc_encoder *e) {
    sc_encoder_put_header(e);
    enum scape_error error = write_out(e, &e->frame), late = SCAPE_OK;
    while (error == SCAPE_OK && (!e->ended || e->held > 0)) {
        if (!e->ended && has_room(e)) {
            late = schedule(e);
            e->ended = e->ended || late != SCAPE_OK;
        } else {
            error = write_oldest(e);
        }
    }
    error = error == SCAPE_OK ? late : error;
    if (error == SCAPE_OK) {
        sc_encoder_put_index(e);
        error = write_out(e, &e->frame);
    }
    return error;
}
