/* chunk.h - the payloads of CHUNK blocks [LAY-001]. Depends on work.h. */
#ifndef SC_CHUNK_H
#define SC_CHUNK_H

#include "work.h"

struct sc_chunk {
    const uint8_t *payload; /* SC_SLACK bytes can be read behind it */
    size_t payload_length;
    uint8_t *content;
    size_t content_length;
    enum scape_error error;
};

/* Decodes a payload, behind which SC_SLACK bytes can be read, into content_length bytes. After an
 * error what they hold is undefined. */
enum scape_error sc_chunk_decode(struct sc_work *w, const uint8_t *payload, size_t payload_length,
                                 uint8_t *content, size_t content_length);

/* The same for each of these chunks, into its `error`, which is SCAPE_OK before; some that are one
 * stream and packed bits are decoded side by side. There are SC_BESIDE works, or `count` if those
 * are fewer. */
void sc_chunks_decode(struct sc_work *works, struct sc_chunk *const *chunks, uint32_t count);

#endif
