/* mutate_decode.c - libFuzzer's custom mutator for whole files: mutates one structure, mends what
 * surrounds it, and leaves the tail's parameters a part of their own. Depends on mend. */
#include "fuzz.h"
#include "mend.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_out_size, unsigned int seed);

enum {
    GROWTH_MAX = 512 /* bytes that a payload may gain in one mutation */
};

/* The number-th block of a file, or NULL if it has none. */
static const struct fuzz_piece *choose_block(const struct fuzz_piece *pieces, size_t count,
                                             unsigned number) {
    for (size_t i = 0; i < count; i++) {
        const struct fuzz_piece *p = &pieces[(i + number) % count];
        if (p->kind == FUZZ_PIECE_BLOCK) {
            return p;
        }
    }
    return NULL;
}

/* Mutates a copy of a block's payload and puts it back, whatever its new length. */
static size_t mutate_payload(uint8_t *data, size_t size, size_t room, unsigned seed) {
    struct fuzz_piece pieces[FUZZ_PIECES_MAX];
    const struct fuzz_piece *p = choose_block(pieces, fuzz_map(data, size, pieces), seed);
    if (!p) {
        return LLVMFuzzerMutate(data, size, room);
    }
    uint8_t *payload = malloc(p->payload_size + GROWTH_MAX);
    FUZZ_CHECK(payload != NULL);
    memcpy(payload, data + p->payload, p->payload_size);
    size_t n = LLVMFuzzerMutate(payload, p->payload_size, p->payload_size + GROWTH_MAX);
    if (fuzz_splice(data, &size, room, p->payload, p->payload_size, payload, n)) {
        for (unsigned i = 0; i < 4; i++) {
            data[p->at + 4 + i] = (uint8_t)(n >> (8 * i));
        }
    }
    free(payload);
    return size;
}

/* Mutates the bytes of one structure in place: of a block its header only. */
static void mutate_structure(uint8_t *data, size_t size, unsigned seed) {
    struct fuzz_piece pieces[FUZZ_PIECES_MAX];
    size_t count = fuzz_map(data, size, pieces);
    if (count == 0) {
        return;
    }
    const struct fuzz_piece *p = &pieces[seed % count];
    size_t n = p->kind == FUZZ_PIECE_BLOCK ? p->payload - p->at : p->size;
    n = p->kind == FUZZ_PIECE_BLOCK && p->type >= 0x80 ? p->size : n;
    uint8_t *copy = malloc(n);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data + p->at, n);
    size_t now = LLVMFuzzerMutate(copy, n, n);
    memcpy(data + p->at, copy, now);
    free(copy);
}

/* A whole block from another place of the file, or from another file. */
static size_t insert_block(uint8_t *data, size_t size, size_t room, const uint8_t *from,
                           size_t from_size, unsigned seed) {
    struct fuzz_piece here[FUZZ_PIECES_MAX], there[FUZZ_PIECES_MAX];
    const struct fuzz_piece *to = choose_block(here, fuzz_map(data, size, here), seed);
    const struct fuzz_piece *p = choose_block(there, fuzz_map(from, from_size, there), seed >> 8);
    if (!to || !p) {
        return size;
    }
    uint8_t *block = malloc(p->size);
    FUZZ_CHECK(block != NULL);
    memcpy(block, from + p->at, p->size);
    size_t replaced = seed & 0x80 ? to->size : 0;
    fuzz_splice(data, &size, room, to->at, replaced, block, p->size);
    free(block);
    return size;
}

static size_t mutate_file(uint8_t *data, size_t size, size_t room, unsigned seed) {
    switch (seed % 8) {
    case 0:
        return LLVMFuzzerMutate(data, size, room);
    case 1:
        size = LLVMFuzzerMutate(data, size, room);
        fuzz_mend_checksums(data, size);
        return size;
    case 2:
        mutate_structure(data, size, seed >> 3);
        fuzz_mend_checksums(data, size);
        return size;
    case 3:
        size = mutate_payload(data, size, room, seed >> 3);
        fuzz_mend_checksums(data, size);
        return size;
    case 4:
        mutate_structure(data, size, seed >> 3);
        return fuzz_mend_index(data, size, room);
    case 5:
        size = insert_block(data, size, room, data, size, seed >> 3);
        return fuzz_mend_index(data, size, room);
    default:
        size = mutate_payload(data, size, room, seed >> 3);
        return fuzz_mend_index(data, size, room);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    struct fuzz_input in = fuzz_input_open(data, size);
    if (max_size < FUZZ_TAIL_SIZE || in.size > max_size - FUZZ_TAIL_SIZE) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (seed % 8 == 7) {
        LLVMFuzzerMutate(in.tail, sizeof in.tail, sizeof in.tail);
    }
    if (seed % 16 != 7) {
        in.size = mutate_file(data, in.size, max_size - FUZZ_TAIL_SIZE, seed >> 4);
    }
    memcpy(data + in.size, in.tail, FUZZ_TAIL_SIZE);
    return in.size + FUZZ_TAIL_SIZE;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_out_size, unsigned int seed) {
    struct fuzz_input in = fuzz_input_open(a, a_size), other = fuzz_input_open(b, b_size);
    if (max_out_size < FUZZ_TAIL_SIZE || in.size > max_out_size - FUZZ_TAIL_SIZE) {
        return 0;
    }
    size_t room = max_out_size - FUZZ_TAIL_SIZE;
    if (in.size != 0) {
        memcpy(out, in.data, in.size);
    }
    size_t size = insert_block(out, in.size, room, other.data, other.size, seed);
    size = fuzz_mend_index(out, size, room);
    memcpy(out + size, in.tail, FUZZ_TAIL_SIZE);
    return size + FUZZ_TAIL_SIZE;
}
