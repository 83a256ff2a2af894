/* checksum.c - XXH3_64bits, seed 0, default secret. libxxhash is compiled in here, so that its
 * state can lie in ours. Depends on checksum.h and libxxhash's header. */
#include "checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(sizeof(XXH3_state_t) <= sizeof(struct sc_checksum_state), "XXH3's state must fit");
_Static_assert(alignof(XXH3_state_t) <= alignof(struct sc_checksum_state), "and be aligned");

uint64_t sc_checksum(const void *data, size_t size) {
    return XXH3_64bits(data, size);
}

void sc_checksum_start(struct sc_checksum_state *state) {
    XXH3_64bits_reset((XXH3_state_t *)(void *)state);
}

void sc_checksum_add(struct sc_checksum_state *state, const void *data, size_t size) {
    XXH3_64bits_update((XXH3_state_t *)(void *)state, data, size);
}

uint64_t sc_checksum_end(const struct sc_checksum_state *state) {
    return XXH3_64bits_digest((const XXH3_state_t *)(const void *)state);
}
