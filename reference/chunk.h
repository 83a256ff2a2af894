/* chunk.h - one chunk: its payload to its content. Chapter "layouts" of the spec. Depends on
 * layout, stream, memory. */
#ifndef SCAPE_REF_CHUNK_H
#define SCAPE_REF_CHUNK_H

#include "layout.h"
#include "stream.h"

/* The memory one chunk needs, in one block: where its CHUNK block is read to (header, payload,
 * checksum), its content, the fields, and the ids of a stream's contexts; beside it the constant
 * that all streams need. Kept from chunk to chunk. */
struct scape_ref_chunk_work {
    struct scape_ref_buffer memory;
    uint8_t *block;
    uint8_t *content;
    struct scape_ref_array fields[SCAPE_REF_FIELDS_MAX];
    struct scape_ref_stream_work stream;
    /* Of the chunk decoded last: */
    const struct scape_ref_layout *layout;
    struct {
        uint8_t coder;
        size_t size; /* coder byte included */
    } streams[SCAPE_REF_FIELDS_MAX];
};

/* Reserves for a chunk whose block is block_size bytes; layout_id is what its payload starts with,
 * a number not in the registry included. The former contents are lost. */
enum scape_ref_error scape_ref_chunk_reserve(struct scape_ref_memory *m,
                                             struct scape_ref_chunk_work *w, uint64_t block_size,
                                             uint32_t content_length, uint16_t layout_id);

void scape_ref_chunk_release(struct scape_ref_memory *m, struct scape_ref_chunk_work *w);

/* Decodes a payload to w->content, for which w was reserved. *at is how far the payload was read,
 * for the report. */
enum scape_ref_error scape_ref_chunk_decode(struct scape_ref_chunk_work *w, const uint8_t *payload,
                                            size_t payload_length, uint32_t content_length,
                                            size_t *at);

#endif
