/* chunk.c - a chunk's payload: layout, tail, streams [LAY-003]. 16-bit floats whose raw bits are
 * packed go from states to content in one pass. Depends on chunk.h, layout.h, rans.h, stream.h. */
#include "chunk.h"

#include "layout.h"
#include "rans.h"
#include "stream.h"

#include <assert.h>

/* Room for all fields' elements, each array on a cache line of its own. */
static enum scape_error place_fields(struct sc_work *w, const struct scape_reg_layout *layout,
                                     uint64_t blocks, struct sc_array *fields) {
    uint64_t size = 0;
    for (uint32_t f = 0; f < layout->field_count; f++) {
        const struct scape_reg_field *field = &layout->fields[f];
        fields[f] = (struct sc_array){NULL, blocks * field->count, field->width,
                                      sc_element_bytes(field->width)};
        size +=
            (fields[f].count * fields[f].bytes + SC_ALIGNMENT - 1) / SC_ALIGNMENT * SC_ALIGNMENT;
    }
    if (size > SIZE_MAX / 2) {
        return SCAPE_ERROR_MEMORY;
    }
    enum scape_error error = sc_buffer_reserve(w->memory, &w->fields, (size_t)size);
    uint64_t at = 0;
    for (uint32_t f = 0; f < layout->field_count && error == SCAPE_OK; f++) {
        fields[f].data = w->fields.data + at;
        at += (fields[f].count * fields[f].bytes + SC_ALIGNMENT - 1) / SC_ALIGNMENT * SC_ALIGNMENT;
    }
    return error;
}

/* What is left of the raw stream at the cursor allows one pass: PACKED, and all of it there. */
static bool raw_ready(const struct sc_cursor *c, uint64_t bits) {
    return sc_cursor_left(c) >= 1 && c->at[0] == SCAPE_REG_CODER_PACKED &&
           sc_cursor_left(c) - 1 >= (bits + 7) / 8;
}

/* A chunk behind its tail. */
struct body {
    const struct scape_reg_layout *layout;
    uint64_t blocks;
    struct sc_cursor c;
};

/* Layout and tail. False: b->c has the class. */
static bool open_body(struct body *b, const uint8_t *payload, size_t payload_length,
                      uint8_t *content, size_t content_length) {
    b->c = sc_cursor_make(payload, payload_length, SCAPE_ERROR_PAYLOAD_SHORT);
    uint32_t id = sc_cursor_u16(&b->c);
    b->layout = sc_layout_find(id);
    if (!sc_cursor_require(&b->c, b->layout != NULL, SCAPE_ERROR_UNKNOWN_LAYOUT)) {
        return false;
    }
    b->blocks = content_length / b->layout->block_bytes;
    size_t tail_length = content_length % b->layout->block_bytes;
    sc_cursor_require(&b->c, b->blocks >= 1, SCAPE_ERROR_BAD_LENGTH); /* [LAY-002] */
    const uint8_t *tail = sc_cursor_take(&b->c, tail_length);
    if (tail == NULL) {
        return false;
    }
    memcpy(content + content_length - tail_length, tail, tail_length);
    return true;
}

/* The streams of a layout of a coded field and packed raw bits are read, and can go in one pass;
 * the cursor stands before the raw stream. False: the class is at the cursor, or it stays where it
 * was, as the layout is to be decoded field by field. */
static bool open_split(struct sc_work *w, struct body *b, uint8_t *content, struct sc_sink *sink) {
    uint32_t raw_bits = sc_layout_split_bits(b->layout);
    struct sc_cursor ahead = b->c;
    uint32_t coder = sc_cursor_u8(&ahead);
    bool coded = coder == SCAPE_REG_CODER_RANS || coder == SCAPE_REG_CODER_RANS_MIXTURE ||
                 coder == SCAPE_REG_CODER_RANS_CONTEXT;
    assert(raw_bits <= SC_SPLIT_BITS_MAX);
    if (raw_bits == 0 || !coded) {
        return false;
    }
    struct sc_place place = {.layout = b->layout, .width = b->layout->fields[0].width};
    sc_rans_read(w, &place, &ahead, b->blocks, coder);
    if (ahead.error != SCAPE_OK) {
        sc_cursor_fail(&b->c, ahead.error);
        return false;
    }
    if (!raw_ready(&ahead, b->blocks * raw_bits)) {
        return false;
    }
    *sink = (struct sc_sink){SC_SINK_SPLIT, content, ahead.at + 1, raw_bits};
    b->c = ahead;
    return true;
}

/* The chunk's end, when its content was decoded, or `error` was met. */
static enum scape_error close_split(struct body *b, const struct sc_sink *sink,
                                    enum scape_error error) {
    sc_cursor_require(&b->c, error == SCAPE_OK, error);
    sc_cursor_u8(&b->c);
    sc_packed_take(&b->c, sink->raw_bits, b->blocks);
    sc_cursor_require(&b->c, sc_cursor_left(&b->c) == 0, SCAPE_ERROR_PAYLOAD_LONG);
    return b->c.error;
}

static enum scape_error decode_fields(struct sc_work *w, struct body *b, uint8_t *content) {
    const struct scape_reg_layout *layout = b->layout;
    uint64_t blocks = b->blocks;
    struct sc_cursor *c = &b->c;
    struct sc_array fields[SC_FIELDS_MAX];
    bool direct = layout->field_count == 1 && layout->block_bytes == 1; /* elements are content */
    enum scape_error error = SCAPE_OK;
    if (direct) {
        fields[0] = (struct sc_array){content, blocks, layout->fields[0].width, 1};
    } else {
        error = place_fields(w, layout, blocks, fields);
    }
    sc_cursor_require(c, error == SCAPE_OK, error);
    for (uint32_t f = 0; f < layout->field_count && c->error == SCAPE_OK; f++) {
        struct sc_place place = {layout, f, layout->fields[f].width, fields, {0, 0}};
        sc_stream_decode(w, &place, c, &fields[f]);
    }
    if (c->error == SCAPE_OK && !direct) {
        sc_layout_join(layout, blocks, fields, content);
    }
    sc_cursor_require(c, sc_cursor_left(c) == 0, SCAPE_ERROR_PAYLOAD_LONG);
    return c->error;
}

enum scape_error sc_chunk_decode(struct sc_work *w, const uint8_t *payload, size_t payload_length,
                                 uint8_t *content, size_t content_length) {
    struct body b;
    struct sc_sink sink;
    if (!open_body(&b, payload, payload_length, content, content_length)) {
        return b.c.error;
    }
    if (open_split(w, &b, content, &sink)) {
        return close_split(&b, &sink, sc_rans_run(w, &sink));
    }
    return b.c.error == SCAPE_OK ? decode_fields(w, &b, content) : b.c.error;
}

static void decode_alone(struct sc_work *w, struct sc_chunk *chunk) {
    chunk->error = sc_chunk_decode(w, chunk->payload, chunk->payload_length, chunk->content,
                                   chunk->content_length);
}

/* Chunks that are to be decoded side by side, once they are `full`. */
struct waiting {
    struct sc_chunk *chunks[SC_BESIDE];
    uint32_t held, full; /* SC_BESIDE: streams of one lane; SC_PAIR: of one segment */
};

/* How many chunks of this kind go side by side; 1: it goes alone. A guess that costs nothing, by
 * what the chunk begins with: if a coded field and packed raw bits follow, which only blocks of two
 * bytes have, the field is of one lane and one table of SC_BESIDE_PRECISION, or of one segment. */
static uint32_t count_beside(const struct sc_chunk *chunk) {
    enum {
        LAYOUT_CODER_MODE = 4,
        ONE_SEGMENT = 1
    };
    const uint8_t *p = chunk->payload;
    if (chunk->payload_length < LAYOUT_CODER_MODE || chunk->content_length % 2 != 0) {
        return 1;
    }
    if (p[2] == SCAPE_REG_CODER_RANS && (p[3] & 63) == SC_BESIDE_PRECISION) {
        return SC_BESIDE;
    }
    bool wide = p[2] == SCAPE_REG_CODER_RANS || p[2] == SCAPE_REG_CODER_RANS_CONTEXT;
    return wide && (p[3] >> 4 & 3) == ONE_SEGMENT ? SC_PAIR : 1;
}

static bool open_beside(struct sc_work *w, const struct sc_chunk *chunk, struct body *b,
                        struct sc_sink *sink) {
    return open_body(b, chunk->payload, chunk->payload_length, chunk->content,
                     chunk->content_length) &&
           open_split(w, b, chunk->content, sink);
}

/* Decodes the chunks that wait, each in a work of its own; what is no sound stream and packed bits
 * goes alone, from its beginning. */
static void decode_beside(struct sc_work *works, struct waiting *waiting) {
    struct body bodies[SC_BESIDE];
    struct sc_sink sinks[SC_BESIDE] = {{.out = NULL}};
    struct sc_chunk *open[SC_BESIDE];
    enum scape_error errors[SC_BESIDE];
    uint32_t count = 0;
    for (uint32_t i = 0; i < waiting->held; i++) {
        struct sc_chunk *chunk = waiting->chunks[i];
        if (open_beside(&works[count], chunk, &bodies[count], &sinks[count])) {
            open[count++] = chunk;
        } else {
            decode_alone(&works[count], chunk);
        }
    }
    (waiting->full == SC_PAIR ? sc_rans_run_pair : sc_rans_run_beside)(works, sinks, errors, count);
    for (uint32_t i = 0; i < count; i++) {
        open[i]->error = close_split(&bodies[i], &sinks[i], errors[i]);
    }
    waiting->held = 0;
}

void sc_chunks_decode(struct sc_work *works, struct sc_chunk *const *chunks, uint32_t count) {
    struct waiting lone = {.full = SC_BESIDE}, pair = {.full = SC_PAIR};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t full = count_beside(chunks[i]);
        if (full == 1) {
            decode_alone(&works[0], chunks[i]);
            continue;
        }
        struct waiting *waiting = full == SC_BESIDE ? &lone : &pair;
        waiting->chunks[waiting->held++] = chunks[i];
        if (waiting->held == full) {
            decode_beside(works, waiting);
        }
    }
    decode_beside(works, &lone);
    decode_beside(works, &pair);
}
