/* encode_chunk.h - what the frame writer needs of the chunk encoder: how much of a region goes into
 * one chunk, and that chunk's payload. Depends on encode.h and alloc.h. */
#ifndef SCAPE_REF_ENCODE_CHUNK_H
#define SCAPE_REF_ENCODE_CHUNK_H

#include "alloc.h"
#include "encode.h"

struct scape_ref_chunk_encoder;

/* Profile bytes, level and method are taken from the options, which must outlive the encoder.
 * chunk_limit: most content bytes of a chunk. */
enum scape_ref_error scape_ref_chunk_encoder_open(struct scape_ref_chunk_encoder **out,
                                                  struct scape_ref_memory *memory,
                                                  const struct scape_ref_encode_options *options,
                                                  size_t chunk_limit);
void scape_ref_chunk_encoder_close(struct scape_ref_chunk_encoder *e);

/* Content bytes of every chunk of the region but the last: whole blocks, and whole rows where at
 * least one row fits. [CAN] */
size_t scape_ref_chunk_span(const struct scape_ref_plan_region *region, size_t chunk_limit);

/* Encodes size content bytes (1..chunk_limit) of the region; *payload stays valid until the next
 * call. */
enum scape_ref_error scape_ref_chunk_encode(struct scape_ref_chunk_encoder *e,
                                            const struct scape_ref_plan_region *region,
                                            const uint8_t *content, size_t size,
                                            const uint8_t **payload, size_t *payload_size);

#endif
