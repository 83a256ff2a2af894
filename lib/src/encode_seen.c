/* encode_seen.c - which earlier chunk has the same content [CAN-071]: by hash, and then compared.
 * Depends on encoder.h. */
#include "encoder.h"

enum {
    LEAST_PLACES = 1024,
    STEP = 1 << 16
};

/* Does the content at `start` of the input equal the piece? */
static enum scape_error compare(struct sc_encoder *e, const struct sc_piece *piece, uint64_t start,
                                bool *equal) {
    *equal = false;
    if (e->source.memory != NULL) {
        *equal = memcmp(e->source.memory + start, piece->content, piece->size) == 0;
        return SCAPE_OK;
    }
    enum scape_error error = sc_buffer_reserve(&e->memory, &e->seen.piece, STEP);
    for (size_t done = 0; done < piece->size && error == SCAPE_OK;) {
        size_t n = piece->size - done < STEP ? piece->size - done : STEP, got;
        error = sc_source_read_at(&e->source, start + done, e->seen.piece.data, n, &got);
        if (error == SCAPE_OK && got < n) {
            error = SCAPE_ERROR_IO; /* it was there before */
        }
        if (error == SCAPE_OK && memcmp(e->seen.piece.data, piece->content + done, n) != 0) {
            return SCAPE_OK;
        }
        done += n;
    }
    *equal = error == SCAPE_OK;
    return error;
}

/* Keeps the table at most half full. */
static enum scape_error make_room(struct sc_encoder *e) {
    struct sc_seen *s = &e->seen;
    if (2 * s->used < s->place_count) {
        return SCAPE_OK;
    }
    size_t count = s->place_count == 0 ? LEAST_PLACES : 2 * s->place_count;
    if (count > SIZE_MAX / 16) {
        return SCAPE_ERROR_MEMORY;
    }
    struct sc_buffer places = {NULL, 0, NULL};
    enum scape_error error = sc_buffer_reserve(&e->memory, &places, count * sizeof(uint64_t));
    if (error != SCAPE_OK) {
        return error;
    }
    uint64_t *to = (uint64_t *)(void *)places.data;
    const uint64_t *from = (const uint64_t *)(void *)s->places.data;
    memset(to, 0, count * sizeof *to);
    for (size_t i = 0; i < s->place_count; i++) {
        if (from[i] != 0) {
            size_t at = (size_t)sc_encoder_list(e)[from[i] - 1].hash & (count - 1);
            while (to[at] != 0) {
                at = (at + 1) & (count - 1);
            }
            to[at] = from[i];
        }
    }
    sc_buffer_release(&e->memory, &s->places);
    s->places = places;
    s->place_count = count;
    return SCAPE_OK;
}

enum scape_error sc_seen_find(struct sc_encoder *e, const struct sc_piece *piece, uint64_t hash,
                              size_t *number) {
    *number = SIZE_MAX;
    enum scape_error error = make_room(e);
    if (error != SCAPE_OK) {
        return error;
    }
    uint64_t *places = (uint64_t *)(void *)e->seen.places.data;
    size_t mask = e->seen.place_count - 1, at = (size_t)hash & mask;
    for (; places[at] != 0; at = (at + 1) & mask) {
        const struct sc_listed *other = &sc_encoder_list(e)[places[at] - 1];
        if (other->hash == hash && other->content_length == piece->size) {
            bool equal;
            error = compare(e, piece, other->start, &equal);
            if (error != SCAPE_OK || equal) {
                *number = (size_t)(places[at] - 1);
                return error;
            }
        }
    }
    places[at] = e->listed + 1;
    e->seen.used++;
    return SCAPE_OK;
}
