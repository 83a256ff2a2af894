/* chunk.c - a chunk's payload: layout, tail, streams [LAY-003]. 16-bit floats whose raw bits are
 * packed go from states to content in one pass. Depends on chunk.h, layout.h, rans.h, stream.h. */
#include "chunk.h"

#include "layout.h"
#include "rans.h"
#include "stream.h"

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

/* A layout of a coded field and packed raw bits, in one pass. False: nothing was read, and the
 * layout is to be decoded field by field. */
static bool decode_split(struct sc_work *w, const struct scape_reg_layout *layout, uint64_t blocks,
                         struct sc_cursor *c, uint8_t *content) {
    uint32_t raw_bits = sc_layout_split_bits(layout);
    struct sc_cursor ahead = *c;
    uint32_t coder = sc_cursor_u8(&ahead);
    bool coded = coder == SCAPE_REG_CODER_RANS || coder == SCAPE_REG_CODER_RANS_MIXTURE ||
                 coder == SCAPE_REG_CODER_RANS_CONTEXT;
    if (raw_bits == 0 || raw_bits > SC_SPLIT_BITS_MAX || !coded) {
        return false;
    }
    struct sc_place place = {.layout = layout, .width = layout->fields[0].width};
    sc_rans_read(w, &place, &ahead, blocks, coder);
    if (ahead.error != SCAPE_OK) {
        sc_cursor_fail(c, ahead.error);
        return true;
    }
    if (!raw_ready(&ahead, blocks * raw_bits)) {
        return false;
    }
    struct sc_sink sink = {SC_SINK_SPLIT, content, ahead.at + 1, raw_bits};
    enum scape_error error = sc_rans_run(w, &sink);
    *c = ahead;
    sc_cursor_require(c, error == SCAPE_OK, error);
    sc_cursor_u8(c);
    sc_packed_take(c, raw_bits, blocks);
    return true;
}

static void decode_fields(struct sc_work *w, const struct scape_reg_layout *layout, uint64_t blocks,
                          struct sc_cursor *c, uint8_t *content) {
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
}

enum scape_error sc_chunk_decode(struct sc_work *w, const uint8_t *payload, size_t payload_length,
                                 uint8_t *content, size_t content_length) {
    struct sc_cursor c = sc_cursor_make(payload, payload_length, SCAPE_ERROR_PAYLOAD_SHORT);
    uint32_t id = sc_cursor_u16(&c);
    const struct scape_reg_layout *layout = sc_layout_find(id);
    if (!sc_cursor_require(&c, layout != NULL, SCAPE_ERROR_UNKNOWN_LAYOUT)) {
        return c.error;
    }
    uint64_t blocks = content_length / layout->block_bytes;
    size_t tail_length = content_length % layout->block_bytes;
    sc_cursor_require(&c, blocks >= 1, SCAPE_ERROR_BAD_LENGTH); /* [LAY-002] */
    const uint8_t *tail = sc_cursor_take(&c, tail_length);
    if (tail == NULL) {
        return c.error;
    }
    memcpy(content + content_length - tail_length, tail, tail_length);
    if (!decode_split(w, layout, blocks, &c, content)) {
        decode_fields(w, layout, blocks, &c, content);
    }
    sc_cursor_require(&c, sc_cursor_left(&c) == 0, SCAPE_ERROR_PAYLOAD_LONG);
    return c.error;
}
