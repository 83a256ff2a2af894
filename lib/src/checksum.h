/* checksum.h - the checksum of frames [CNV-016]. Depends on the C library only. */
#ifndef SC_CHECKSUM_H
#define SC_CHECKSUM_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

uint64_t sc_checksum(const void *data, size_t size);

/* The same of data that comes in pieces. */
struct sc_checksum_state {
    alignas(64) uint8_t opaque[640];
};

void sc_checksum_start(struct sc_checksum_state *state);
void sc_checksum_add(struct sc_checksum_state *state, const void *data, size_t size);
uint64_t sc_checksum_end(const struct sc_checksum_state *state);

#endif
