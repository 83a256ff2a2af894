/* blocks.c - see blocks.h. */
#include "blocks.h"

#include <assert.h>
#include <string.h>

/* ---- The list ---- */

const struct scape_ref_block_entry *scape_ref_block_list_get(const struct scape_ref_block_list *l,
                                                             size_t i) {
    const struct scape_ref_block_entry *entries = l->memory.data;
    assert(i < l->count);
    return &entries[i];
}

enum scape_ref_error scape_ref_block_list_add(struct scape_ref_memory *m,
                                              struct scape_ref_block_list *l, uint64_t offset,
                                              uint32_t payload_length, uint32_t content_length,
                                              bool is_repeat) {
    const size_t each = sizeof(struct scape_ref_block_entry);
    enum scape_ref_error error =
        scape_ref_buffer_grow(m, &l->memory, (l->count + UINT64_C(1)) * each, l->count * each);
    if (error) {
        return error;
    }
    struct scape_ref_block_entry *entries = l->memory.data;
    entries[l->count++] = (struct scape_ref_block_entry){offset, l->content_size, payload_length,
                                                         content_length, is_repeat};
    l->content_size += content_length;
    return SCAPE_REF_OK;
}

/* How many of the first n entries lie at or before a place: in the file, or in the content. */
static size_t entries_up_to(const struct scape_ref_block_list *l, size_t n, uint64_t place,
                            bool in_content) {
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(l, middle);
        if ((in_content ? e->content_offset : e->offset) <= place) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return low;
}

const struct scape_ref_block_entry *
scape_ref_block_list_target(const struct scape_ref_block_list *l, size_t before,
                            const uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD],
                            uint32_t content_length) {
    uint64_t offset = scape_ref_load_le(payload, SCAPE_REF_REPEAT_PAYLOAD);
    size_t n = entries_up_to(l, before, offset, false);
    if (n == 0) {
        return NULL;
    }
    const struct scape_ref_block_entry *e = scape_ref_block_list_get(l, n - 1);
    bool good = e->offset == offset && !e->is_repeat && e->content_length == content_length;
    return good ? e : NULL;
}

size_t scape_ref_block_list_at(const struct scape_ref_block_list *l, uint64_t offset) {
    assert(offset < l->content_size);
    return entries_up_to(l, l->count, offset, true) - 1;
}

bool scape_ref_block_starts_contain(void *starts, uint64_t offset) {
    struct scape_ref_block_starts *s = starts;
    while (s->next < s->list->count &&
           scape_ref_block_list_get(s->list, s->next)->content_offset < offset) {
        s->next++;
    }
    uint64_t at = s->next < s->list->count
                      ? scape_ref_block_list_get(s->list, s->next)->content_offset
                      : s->list->content_size;
    return at == offset;
}

/* ---- Reading back ---- */

bool scape_ref_block_checksum_ok(const uint8_t *block, size_t size) {
    assert(size >= SCAPE_REF_BLOCK_OVERHEAD);
    size_t covered = size - SCAPE_REF_CHECKSUM_SIZE;
    return scape_ref_load_le(block + covered, SCAPE_REF_CHECKSUM_SIZE) ==
           scape_ref_checksum_of(block, covered);
}

static bool header_is(const uint8_t *block, const struct scape_ref_block_entry *entry) {
    const struct scape_ref_block_header h = {entry->is_repeat ? SCAPE_REF_BLOCK_REPEAT
                                                              : SCAPE_REF_BLOCK_CHUNK,
                                             entry->payload_length, entry->content_length};
    uint8_t expected[SCAPE_REF_BLOCK_HEADER_SIZE];
    scape_ref_block_header_write(&h, expected);
    return memcmp(block, expected, sizeof expected) == 0;
}

enum scape_ref_error scape_ref_chunk_read_at(struct scape_ref_memory *m,
                                             struct scape_ref_chunk_work *w,
                                             const struct scape_ref_input *input,
                                             uint64_t frame_start,
                                             const struct scape_ref_block_entry *entry) {
    /* Header and layout id first: they say how much memory the chunk needs. */
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE + 2];
    uint64_t at = frame_start + entry->offset;
    enum scape_ref_error error = scape_ref_source_at(input, at, head, sizeof head);
    if (error) {
        return error;
    }
    if (!header_is(head, entry)) {
        return SCAPE_REF_BAD_INDEX;
    }
    uint64_t size = (uint64_t)entry->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    uint16_t layout_id = (uint16_t)scape_ref_load_le(head + SCAPE_REF_BLOCK_HEADER_SIZE, 2);
    error = scape_ref_chunk_reserve(m, w, size, entry->content_length, layout_id);
    error = error ? error : scape_ref_source_at(input, at, w->block, (size_t)size);
    if (error) {
        return error;
    }
    if (memcmp(w->block, head, sizeof head) != 0) {
        return SCAPE_REF_IO; /* changed under our hands: the memory is for what was read first */
    }
    if (!scape_ref_block_checksum_ok(w->block, (size_t)size)) {
        return SCAPE_REF_CHECKSUM;
    }
    size_t fault;
    return scape_ref_chunk_decode(w, w->block + SCAPE_REF_BLOCK_HEADER_SIZE, entry->payload_length,
                                  entry->content_length, &fault);
}

enum scape_ref_error scape_ref_repeat_read_at(const struct scape_ref_input *input,
                                              uint64_t frame_start,
                                              const struct scape_ref_block_entry *entry,
                                              uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD]) {
    uint8_t block[SCAPE_REF_BLOCK_OVERHEAD + SCAPE_REF_REPEAT_PAYLOAD];
    enum scape_ref_error error =
        scape_ref_source_at(input, frame_start + entry->offset, block, sizeof block);
    if (error) {
        return error;
    }
    if (entry->payload_length != SCAPE_REF_REPEAT_PAYLOAD || !header_is(block, entry)) {
        return SCAPE_REF_BAD_INDEX;
    }
    if (!scape_ref_block_checksum_ok(block, sizeof block)) {
        return SCAPE_REF_CHECKSUM;
    }
    memcpy(payload, block + SCAPE_REF_BLOCK_HEADER_SIZE, SCAPE_REF_REPEAT_PAYLOAD);
    return SCAPE_REF_OK;
}
