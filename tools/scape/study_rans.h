/* study_rans.h - the reference's rANS streams on plain byte arrays, for the study's methods that
 * are no codings of the format. Depends on the reference's encoder and decoder. */
#ifndef SCAPE_CLI_STUDY_RANS_H
#define SCAPE_CLI_STUDY_RANS_H

#include "memory_file.h"

/* Elements, one a byte, below 2^width (1..8). Both return false when memory ran out or, unpacking,
 * when the bytes are no such streams. */

/* One 12-bit table for every 2^26 elements. */
bool cli_rans_pack(const uint8_t *elements, size_t count, uint32_t width,
                   struct cli_memory_writer *out);
/* Nibbles of Q4_K super-blocks, 256 each: `tables` 12-bit tables that their histograms were
 * clustered into, stored, and an id a super-block. */
bool cli_rans_pack_mixture(const uint8_t *nibbles, size_t count, uint32_t tables,
                           struct cli_memory_writer *out);

/* Reads what either wrote, from *at on, to count elements. */
bool cli_rans_unpack(const struct codec_memory *packed, size_t *at, uint8_t *elements, size_t count,
                     uint32_t width);

#endif
