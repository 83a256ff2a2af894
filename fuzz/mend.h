/* mend.h - makes a mutated file plausible again: checksums, and where asked the index and the
 * trailer. So a fuzzer gets past them to what they guard. Depends on the reference's frame, index
 * and profile structures. */
#ifndef SCAPE_FUZZ_MEND_H
#define SCAPE_FUZZ_MEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fuzz_piece_kind {
    FUZZ_PIECE_HEADER,
    FUZZ_PIECE_BLOCK,
    FUZZ_PIECE_TRAILER,
    FUZZ_PIECE_SKIPPABLE
};

/* A structure of the file, as its own lengths say. The bytes between are no one's. */
struct fuzz_piece {
    enum fuzz_piece_kind kind;
    uint8_t type;    /* of a block */
    size_t at, size; /* whole */
    size_t payload;  /* of a block: where, and how many bytes */
    size_t payload_size;
    size_t frame_start; /* of the frame it belongs to */
};

enum {
    FUZZ_PIECES_MAX = 512
};

/* Finds the pieces from the start on, until one does not fit. */
size_t fuzz_map(const uint8_t *data, size_t size, struct fuzz_piece pieces[FUZZ_PIECES_MAX]);

/* Replaces bytes [at, at + old_size) by other ones; false when they do not fit room. */
bool fuzz_splice(uint8_t *data, size_t *size, size_t room, size_t at, size_t old_size,
                 const uint8_t *bytes, size_t bytes_size);

/* Recomputes every checksum of the pieces. */
void fuzz_mend_checksums(uint8_t *data, size_t size);

/* Makes block lists and trailers those of the blocks that are there, content sizes with them, takes
 * the content's SHA-256 away, and mends the checksums. Returns the new size. */
size_t fuzz_mend_index(uint8_t *data, size_t size, size_t room);

#endif
