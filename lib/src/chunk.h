/* chunk.h - the payload of a CHUNK block [LAY-001]. Depends on work.h. */
#ifndef SC_CHUNK_H
#define SC_CHUNK_H

#include "work.h"

/* Decodes a payload, behind which SC_SLACK bytes can be read, into content_length bytes. After an
 * error what they hold is undefined. */
enum scape_error sc_chunk_decode(struct sc_work *w, const uint8_t *payload, size_t payload_length,
                                 uint8_t *content, size_t content_length);

#endif
