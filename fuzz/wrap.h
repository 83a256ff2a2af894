/* wrap.h - a whole file around one part of it that the fuzzer makes, so that every decoder can be
 * given it. Depends on mend.h. */
#ifndef SCAPE_FUZZ_WRAP_H
#define SCAPE_FUZZ_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame of one CHUNK block. named: the frame names the standard profile. To be freed. */
uint8_t *fuzz_wrap_chunk(const uint8_t *payload, size_t size, uint32_t content_length, bool named,
                         size_t *file_size);

/* A frame with this INDEX payload, which says of itself how many bytes of blocks and of content
 * stand before it; the blocks are zeros, which random access does not look at. To be freed. */
uint8_t *fuzz_wrap_index(const uint8_t *payload, size_t size, uint64_t blocks_size,
                         uint64_t content_size, size_t *file_size);

#endif
