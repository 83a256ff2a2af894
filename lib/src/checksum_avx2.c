/* checksum_avx2.c - the checksum by AVX2, for the payloads of blocks. Depends on kernel.h and
 * libxxhash's header, which chooses its vectors by the options of this file. */
#include "kernel.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t sc_checksum_avx2(const void *data, size_t size) {
    return XXH3_64bits(data, size);
}
