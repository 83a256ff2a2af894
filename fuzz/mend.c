/* mend.c - see mend.h. */
#include "mend.h"

#include "checksum.h"
#include "frame.h"
#include "index.h"

#include <stdlib.h>
#include <string.h>

enum {
    PROFILE_HEAD_SIZE = 16
};

/* ---- What is where ---- */

struct mapper {
    const uint8_t *data;
    size_t size, at, frame_start, count;
    struct fuzz_piece *pieces;
};

/* False when the piece does not fit, or there are too many. */
static bool add(struct mapper *m, enum fuzz_piece_kind kind, uint64_t size) {
    if (m->count == FUZZ_PIECES_MAX || size > m->size - m->at) {
        return false;
    }
    m->pieces[m->count++] = (struct fuzz_piece){
        .kind = kind, .at = m->at, .size = (size_t)size, .frame_start = m->frame_start};
    m->at += (size_t)size;
    return true;
}

static bool add_block(struct mapper *m) {
    if (m->size - m->at < SCAPE_REF_BLOCK_OVERHEAD) {
        return false;
    }
    const uint8_t *head = m->data + m->at;
    uint64_t payload_size = scape_ref_load_le(head + 4, 4);
    if (!add(m, FUZZ_PIECE_BLOCK, payload_size + SCAPE_REF_BLOCK_OVERHEAD)) {
        return false;
    }
    struct fuzz_piece *p = &m->pieces[m->count - 1];
    p->type = head[0];
    p->payload = p->at + SCAPE_REF_BLOCK_HEADER_SIZE;
    p->payload_size = (size_t)payload_size;
    return true;
}

static bool map_frame(struct mapper *m) {
    size_t left = m->size - m->at;
    const uint8_t *head = m->data + m->at;
    enum scape_ref_frame_kind kind;
    m->frame_start = m->at;
    if (left < SCAPE_REF_HEADER_SIZE || scape_ref_frame_kind_parse(head, 8, &kind)) {
        return false;
    }
    if (kind == SCAPE_REF_FRAME_SKIPPABLE) {
        uint64_t length = scape_ref_load_le(head + 8, 8);
        return length <= left &&
               add(m, FUZZ_PIECE_SKIPPABLE,
                   length + SCAPE_REF_SKIPPABLE_HEADER_SIZE + SCAPE_REF_SKIPPABLE_TRAILER_SIZE);
    }
    bool good = add(m, FUZZ_PIECE_HEADER, scape_ref_frame_header_size(head[9]));
    while (good && (good = add_block(m)) && m->pieces[m->count - 1].type != SCAPE_REF_BLOCK_INDEX) {
    }
    return good && add(m, FUZZ_PIECE_TRAILER, SCAPE_REF_TRAILER_SIZE);
}

size_t fuzz_map(const uint8_t *data, size_t size, struct fuzz_piece pieces[FUZZ_PIECES_MAX]) {
    struct mapper m = {.data = data, .size = size, .pieces = pieces};
    while (m.at < size && map_frame(&m)) {
    }
    return m.count;
}

bool fuzz_splice(uint8_t *data, size_t *size, size_t room, size_t at, size_t old_size,
                 const uint8_t *bytes, size_t bytes_size) {
    if (bytes_size > room || *size - old_size > room - bytes_size) {
        return false;
    }
    memmove(data + at + bytes_size, data + at + old_size, *size - at - old_size);
    if (bytes_size != 0) {
        memcpy(data + at, bytes, bytes_size);
    }
    *size = *size - old_size + bytes_size;
    return true;
}

/* ---- Checksums ---- */

static void seal(uint8_t *data, size_t covered) {
    scape_ref_store_u64le(data + covered, scape_ref_checksum_of(data, covered));
}

/* The checksum inside a PROFILE block's payload. */
static void seal_profile(uint8_t *payload, size_t size) {
    if (size >= PROFILE_HEAD_SIZE + SCAPE_REF_CHECKSUM_SIZE) {
        scape_ref_store_u32le(payload + 12,
                              (uint32_t)(size - PROFILE_HEAD_SIZE - SCAPE_REF_CHECKSUM_SIZE));
        seal(payload, size - SCAPE_REF_CHECKSUM_SIZE);
    }
}

void fuzz_mend_checksums(uint8_t *data, size_t size) {
    struct fuzz_piece pieces[FUZZ_PIECES_MAX];
    size_t count = fuzz_map(data, size, pieces);
    for (size_t i = 0; i < count; i++) {
        const struct fuzz_piece *p = &pieces[i];
        if (p->kind == FUZZ_PIECE_BLOCK && p->type == SCAPE_REF_BLOCK_PROFILE) {
            seal_profile(data + p->payload, p->payload_size);
        }
        bool ended = p->kind == FUZZ_PIECE_TRAILER || p->kind == FUZZ_PIECE_SKIPPABLE;
        seal(data + p->at, p->size - (ended ? 2 : 1) * (size_t)SCAPE_REF_CHECKSUM_SIZE);
    }
}

/* ---- The index ---- */

/* The part of an old INDEX payload behind its block list: all of it if the list is damaged. */
static size_t regions_start(const uint8_t *payload, size_t size) {
    struct scape_ref_cursor c = scape_ref_cursor_make(payload, size);
    uint64_t count = 0, value;
    enum scape_ref_error error = scape_ref_cursor_varint(&c, &count);
    for (uint64_t i = 0; !error && i < count && i < FUZZ_PIECES_MAX; i++) {
        error = scape_ref_cursor_varint(&c, &value);
        error = error ? error : scape_ref_cursor_varint(&c, &value);
        error = error ? error : scape_ref_cursor_varint(&c, &value);
    }
    return error ? 0 : c.at;
}

static bool is_listed(const struct fuzz_piece *p) {
    return p->kind == FUZZ_PIECE_BLOCK &&
           (p->type == SCAPE_REF_BLOCK_CHUNK || p->type == SCAPE_REF_BLOCK_REPEAT);
}

static uint32_t content_length(const uint8_t *data, const struct fuzz_piece *p) {
    return (uint32_t)scape_ref_load_le(data + p->at + 8, 4);
}

/* The block list of the frame whose pieces are [first, index). */
static size_t write_list(const uint8_t *data, const struct fuzz_piece *pieces, size_t first,
                         size_t index, uint8_t *out) {
    size_t count = 0, n, listed_end = pieces[first].at + pieces[first].size;
    for (size_t i = first; i < index; i++) {
        count += is_listed(&pieces[i]) ? 1 : 0;
    }
    n = scape_ref_store_varint(out, count);
    for (size_t i = first + 1; i < index; i++) {
        const struct fuzz_piece *p = &pieces[i];
        if (is_listed(p)) {
            const struct scape_ref_index_block block = {
                p->at - listed_end, (uint32_t)p->payload_size, content_length(data, p),
                p->type == SCAPE_REF_BLOCK_REPEAT};
            n += scape_ref_index_block_write(&block, out + n);
        }
        if (is_listed(p) || p->type == SCAPE_REF_BLOCK_PROFILE) {
            listed_end = p->at + p->size;
        }
    }
    return n;
}

/* Puts the right block list into the INDEX block of the frame that starts with piece `first`. */
static bool relist(uint8_t *data, size_t *size, size_t room, const struct fuzz_piece *pieces,
                   size_t first, size_t index) {
    static uint8_t list[(FUZZ_PIECES_MAX + 1) * SCAPE_REF_INDEX_BLOCK_MAX];
    const struct fuzz_piece *p = &pieces[index];
    size_t n = write_list(data, pieces, first, index, list);
    size_t old = regions_start(data + p->payload, p->payload_size);
    if (!fuzz_splice(data, size, room, p->payload, old, list, n)) {
        return false;
    }
    scape_ref_store_u32le(data + p->at + 4, (uint32_t)(p->payload_size - old + n));
    return true;
}

/* Header and trailer of a whole frame, its pieces [first, trailer]. */
static void agree(uint8_t *data, const struct fuzz_piece *pieces, size_t first, size_t trailer) {
    uint8_t *head = data + pieces[first].at, *end = data + pieces[trailer].at;
    uint64_t total = 0;
    for (size_t i = first + 1; i < trailer; i++) {
        total += is_listed(&pieces[i]) ? content_length(data, &pieces[i]) : 0;
    }
    head[9] &= (uint8_t)~SCAPE_REF_FLAG_CONTENT_SHA256;
    if (scape_ref_load_le(head + 16, 8) != SCAPE_REF_SIZE_UNKNOWN) {
        scape_ref_store_u64le(head + 16, total);
    }
    scape_ref_store_u64le(end, pieces[trailer - 1].size);
    scape_ref_store_u64le(end + 8, total);
    memset(end + 16, 0, SCAPE_REF_SHA256_SIZE);
    scape_ref_store_u64le(end + 48, pieces[trailer].at + pieces[trailer].size - pieces[first].at);
}

size_t fuzz_mend_index(uint8_t *data, size_t size, size_t room) {
    struct fuzz_piece pieces[FUZZ_PIECES_MAX];
    size_t count = fuzz_map(data, size, pieces), first = 0;
    for (size_t i = 0; i < count; i++) {
        first = pieces[i].kind == FUZZ_PIECE_HEADER ? i : first;
        if (pieces[i].kind == FUZZ_PIECE_BLOCK && pieces[i].type == SCAPE_REF_BLOCK_INDEX) {
            if (!relist(data, &size, room, pieces, first, i)) {
                break;
            }
            count = fuzz_map(data, size, pieces);
        }
        if (i < count && pieces[i].kind == FUZZ_PIECE_TRAILER) {
            agree(data, pieces, first, i);
        }
    }
    fuzz_mend_checksums(data, size);
    return size;
}
