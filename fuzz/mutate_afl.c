/* mutate_afl.c - libFuzzer's custom mutator as one for AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY): the same
 * code mends what the same mutations break. Depends on the mutator that it is linked with. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* AFL++'s interface: it hands out no type for its own state. */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *ctx, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size);
void afl_custom_deinit(void *ctx);

struct mutator {
    uint8_t *buffer;
    size_t room;
};

/* What LLVMFuzzerMutate draws from; libFuzzer keeps one too, as its interface has no state. */
static uint32_t random_state = 1;

static uint32_t draw(size_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return below != 0 ? random_state % (uint32_t)below : 0;
}

static size_t insert_bytes(uint8_t *data, size_t size, size_t max_size) {
    const size_t n = draw(16) + (size_t)1, at = draw(size + 1);
    if (n > max_size - size) {
        return size;
    }
    memmove(data + at + n, data + at, size - at);
    for (size_t i = 0; i < n; i++) {
        data[at + i] = (uint8_t)draw(256);
    }
    return size + n;
}

static size_t remove_bytes(uint8_t *data, size_t size) {
    size_t at = draw(size), n = draw(16) + (size_t)1;
    n = n < size - at ? n : size - at;
    memmove(data + at, data + at + n, size - at - n);
    return size - n;
}

static void change_byte(uint8_t *data, size_t size) {
    static const uint8_t interesting[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF, 32, 64};
    uint8_t *at = data + draw(size);
    switch (draw(4)) {
    case 0:
        *at = (uint8_t)(*at ^ 1U << draw(8));
        break;
    case 1:
        *at = (uint8_t)(*at + draw(33) - 16);
        break;
    case 2:
        *at = interesting[draw(sizeof interesting)];
        break;
    default:
        *at = (uint8_t)draw(256);
        break;
    }
}

static void copy_bytes(uint8_t *data, size_t size) {
    size_t from = draw(size), to = draw(size), n = draw(32) + (size_t)1;
    size_t most = size - (from > to ? from : to);
    memmove(data + to, data + from, n < most ? n : most);
}

/* A few simple changes, as libFuzzer's function of this name makes them. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) {
    for (uint32_t left = draw(4) + 1; left != 0; left--) {
        uint32_t what = draw(6);
        if (size == 0 || what == 0) {
            size = insert_bytes(data, size, max_size);
        } else if (what == 1) {
            size = remove_bytes(data, size);
        } else if (what == 2) {
            copy_bytes(data, size);
        } else {
            change_byte(data, size);
        }
    }
    return size;
}

void *afl_custom_init(void *afl, unsigned int seed) {
    (void)afl;
    random_state = seed | 1;
    return calloc(1, sizeof(struct mutator));
}

size_t afl_custom_fuzz(void *ctx, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size) {
    struct mutator *m = ctx;
    (void)other;
    (void)other_size;
    if (max_size > m->room) {
        uint8_t *grown = realloc(m->buffer, max_size);
        if (!grown) {
            *out = data;
            return size;
        }
        m->buffer = grown;
        m->room = max_size;
    }
    size = size < max_size ? size : max_size;
    memcpy(m->buffer, data, size);
    *out = m->buffer;
    uint32_t seed = draw(UINT32_MAX);
    return LLVMFuzzerCustomMutator(m->buffer, size, max_size, seed);
}

void afl_custom_deinit(void *ctx) {
    struct mutator *m = ctx;
    free(m->buffer);
    free(m);
}
