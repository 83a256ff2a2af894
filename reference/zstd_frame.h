/* zstd_frame.h - a zstd payload: one RFC 8878 frame without dictionary that yields exactly the
 * bytes asked for. The only file that uses libzstd for decoding. Chapter "zstd and stored" of the
 * spec. */
#ifndef SCAPE_REF_ZSTD_FRAME_H
#define SCAPE_REF_ZSTD_FRAME_H

#include "registry_tables.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of memory that reading needs, and reading itself; memory is aligned to 8.
 * SCAPE_REF_ZSTD_DATA for everything that is not such a frame. */
size_t scape_ref_zstd_memory(void);
enum scape_ref_error scape_ref_zstd_read(const uint8_t *frame, size_t frame_size, uint8_t *out,
                                         size_t out_size, void *memory, size_t memory_size);

#endif
