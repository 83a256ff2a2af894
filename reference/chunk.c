/* chunk.c - see chunk.h. */
#include "chunk.h"

#include "lift.h"

#include <string.h>

/* Run twice: with an arena that only counts, and with one that cuts. */
static void carve(struct scape_ref_arena *arena, struct scape_ref_chunk_work *w,
                  uint64_t block_size, uint32_t content_length,
                  const struct scape_ref_layout *layout) {
    w->block = scape_ref_arena_take(arena, block_size, 1);
    if (!layout) {
        return;
    }
    w->content = scape_ref_arena_take(arena, content_length, 1);
    uint64_t block_count = content_length / layout->block_bytes, most = 0, lifts = 0;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_ref_field *field = &layout->fields[f];
        struct scape_ref_array *a = &w->fields[f];
        *a = (struct scape_ref_array){.width = field->width,
                                      .size = scape_ref_array_element(field->width),
                                      .count = block_count * field->count};
        a->data = scape_ref_arena_take(arena, a->count, a->size);
        most = a->count > most ? a->count : most;
        uint64_t need = scape_ref_lift_memory(a->count, a->width);
        lifts = need > lifts ? need : lifts;
    }
    w->stream.lifts = scape_ref_arena_take(arena, lifts, 1);
    w->stream.ids = scape_ref_arena_take(arena, most + 1, 1);
}

enum scape_ref_error scape_ref_chunk_reserve(struct scape_ref_memory *m,
                                             struct scape_ref_chunk_work *w, uint64_t block_size,
                                             uint32_t content_length, uint16_t layout_id) {
    const struct scape_ref_layout *layout = scape_ref_layout_find(layout_id);
    struct scape_ref_arena arena = {NULL, 0};
    carve(&arena, w, block_size, content_length, layout);
    enum scape_ref_error error = scape_ref_stream_work_reserve(m, &w->stream);
    error = error ? error : scape_ref_buffer_reserve(m, &w->memory, arena.used, 0);
    if (error) {
        return error;
    }
    arena = (struct scape_ref_arena){w->memory.data, 0};
    carve(&arena, w, block_size, content_length, layout);
    return SCAPE_REF_OK;
}

void scape_ref_chunk_release(struct scape_ref_memory *m, struct scape_ref_chunk_work *w) {
    scape_ref_buffer_release(m, &w->memory);
    scape_ref_buffer_release(m, &w->stream.memory);
}

/* [LAY-001] [LAY-003] */
static enum scape_ref_error decode_payload(struct scape_ref_chunk_work *w,
                                           struct scape_ref_cursor *c, uint32_t content_length) {
    uint16_t id;
    enum scape_ref_error error = scape_ref_cursor_u16le(c, &id);
    if (error) {
        return error;
    }
    const struct scape_ref_layout *layout = scape_ref_layout_find(id);
    if (!layout) {
        return SCAPE_REF_UNKNOWN_LAYOUT;
    }
    w->layout = layout;
    uint32_t block_count = content_length / layout->block_bytes;
    if (block_count == 0) { /* [LAY-002] */
        return SCAPE_REF_BAD_LENGTH;
    }
    /* What is left over behind the last whole block stands verbatim before the streams. */
    uint32_t tail_size = content_length % layout->block_bytes;
    const uint8_t *tail;
    error = scape_ref_cursor_take(c, tail_size, &tail);
    for (uint32_t f = 0; !error && f < layout->field_count; f++) {
        const struct scape_ref_stream_place place = {layout, f, w->fields};
        const size_t start = c->at;
        error = scape_ref_stream_read(c, &place, &w->stream, &w->fields[f]);
        if (!error) {
            w->streams[f].coder = c->data[start];
            w->streams[f].size = c->at - start;
        }
    }
    if (error) {
        return error;
    }
    if (scape_ref_cursor_left(c) != 0) {
        return SCAPE_REF_PAYLOAD_LONG;
    }
    scape_ref_layout_join(layout, w->fields, block_count, w->content);
    memcpy(w->content + (content_length - tail_size), tail, tail_size);
    return SCAPE_REF_OK;
}

enum scape_ref_error scape_ref_chunk_decode(struct scape_ref_chunk_work *w, const uint8_t *payload,
                                            size_t payload_length, uint32_t content_length,
                                            size_t *at) {
    struct scape_ref_cursor c = scape_ref_cursor_make(payload, payload_length);
    enum scape_ref_error error = decode_payload(w, &c, content_length);
    *at = c.at;
    return error == SCAPE_REF_TRUNCATED ? SCAPE_REF_PAYLOAD_SHORT : error;
}
