/* checksum.h - the checksum of frames [CNV-016]. Depends on libxxhash. */
#ifndef SC_CHECKSUM_H
#define SC_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

static inline uint64_t sc_checksum(const void *data, size_t size) {
    return XXH3_64bits(data, size);
}

#endif
