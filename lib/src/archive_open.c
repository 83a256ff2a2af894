/* archive_open.c - finding the frames of a file from its end, and reading their indexes [FRM-042].
 * Depends on archive.h, index.h, checksum.h. */
#include "archive.h"

#include "checksum.h"
#include "index.h"

/* Exactly n bytes at an offset; TRUNCATED. */
static enum scape_error read_exactly(struct scape_archive *a, uint64_t offset, void *buffer,
                                     size_t n) {
    size_t got;
    enum scape_error error = sc_source_read_at(&a->source, offset, buffer, n, &got);
    return error == SCAPE_OK && got < n ? SCAPE_ERROR_TRUNCATED : error;
}

static enum scape_error append(struct scape_archive *a, struct sc_buffer *buffer, size_t *count,
                               size_t size, void **element) {
    size_t used = *count * size;
    if (used > SIZE_MAX / 4) {
        return SCAPE_ERROR_MEMORY;
    }
    enum scape_error error = sc_buffer_grow(&a->session.memory, buffer, used, used + size);
    if (error == SCAPE_OK) {
        *element = buffer->data + used;
        *count += 1;
    }
    return error;
}

/* The places of all frames, last first, by the ends of the frames. */
static enum scape_error find_frames(struct scape_archive *a, struct sc_buffer *starts,
                                    size_t *count) {
    uint64_t end = a->source.input.size;
    if (end == 0) {
        return SCAPE_ERROR_TRUNCATED;
    }
    while (end > 0) {
        uint8_t bytes[24];
        void *place = NULL;
        a->fault.position = end;
        if (end < SC_SKIPPABLE_OVERHEAD) {
            return SCAPE_ERROR_TRUNCATED;
        }
        enum scape_error error = read_exactly(a, end - sizeof bytes, bytes, sizeof bytes);
        if (error != SCAPE_OK) {
            return error;
        }
        uint64_t size = sc_load_u64(bytes);
        if (memcmp(bytes + 16, sc_end_magic, SC_MAGIC_SIZE) != 0 || size > end ||
            size < SC_SKIPPABLE_OVERHEAD) {
            return SCAPE_ERROR_BAD_TRAILER;
        }
        end -= size;
        error = append(a, starts, count, sizeof(uint64_t), &place);
        if (error != SCAPE_OK) {
            return error;
        }
        memcpy(place, &end, sizeof end);
    }
    return SCAPE_OK;
}

/* A block of a known place, type and length into a buffer, header and checksum compared. */
static enum scape_error read_block(struct scape_archive *a, uint64_t offset, uint32_t type,
                                   uint64_t payload_length, struct sc_buffer *buffer) {
    size_t size = (size_t)payload_length + SC_BLOCK_OVERHEAD;
    enum scape_error error = sc_buffer_reserve(&a->session.memory, buffer, size);
    if (error == SCAPE_OK) {
        error = read_exactly(a, offset, buffer->data, size);
    }
    if (error != SCAPE_OK) {
        return error;
    }
    const uint8_t *p = buffer->data;
    bool expected = p[0] == type && (p[1] | p[2] | p[3]) == 0 &&
                    sc_load_u32(p + 4) == payload_length && sc_load_u32(p + 8) == 0;
    if (!expected) {
        return SCAPE_ERROR_BAD_INDEX;
    }
    bool intact =
        sc_load_u64(p + size - SC_CHECKSUM_SIZE) == sc_checksum(p, size - SC_CHECKSUM_SIZE);
    return intact ? SCAPE_OK : SCAPE_ERROR_CHECKSUM;
}

static enum scape_error load_header(struct scape_archive *a, uint64_t start, uint64_t end,
                                    struct sc_header *header, enum sc_frame_kind *kind) {
    uint8_t bytes[SC_HEADER_SIZE_NAMED];
    uint32_t size;
    size_t have = end - start < sizeof bytes ? (size_t)(end - start) : sizeof bytes;
    enum scape_error error = read_exactly(a, start, bytes, have);
    error = error == SCAPE_OK ? sc_magic_read(bytes, SC_MAGIC_SIZE, kind) : error;
    if (error == SCAPE_OK && *kind == SC_FRAME_SKIPPABLE) {
        bool agrees = sc_load_u64(bytes + SC_MAGIC_SIZE) == end - start - SC_SKIPPABLE_OVERHEAD;
        return agrees ? SCAPE_OK : SCAPE_ERROR_BAD_TRAILER;
    }
    if (error != SCAPE_OK) {
        return error;
    }
    error = sc_header_size(bytes, have, &size);
    if (error == SCAPE_OK) {
        error = have < size ? SCAPE_ERROR_TRUNCATED : sc_header_read(bytes, size, header);
    }
    return error;
}

/* The list of the frame's blocks, which must lie between header and index [FRM-042]. */
static void list_blocks(struct scape_archive *a, struct sc_frame *frame, struct sc_cursor *c,
                        uint64_t offset, uint64_t index_at) {
    uint64_t most = UINT64_C(1) << frame->header.chunk_limit_log2;
    uint64_t count = sc_cursor_varint(c);
    uint64_t done = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t gap = sc_cursor_varint(c);
        uint64_t size = sc_cursor_varint(c);
        uint64_t length = sc_cursor_varint(c);
        bool repeat = size % 2 != 0;
        bool fits = gap <= index_at - offset && size / 2 <= index_at - offset - gap &&
                    size / 2 + SC_BLOCK_OVERHEAD <= index_at - offset - gap && length >= 1 &&
                    length <= most && length <= frame->content_size - done &&
                    (repeat ? (frame->header.flags & SC_FLAG_HAS_REPEATS) != 0 &&
                                  size / 2 == sizeof(uint64_t)
                            : size / 2 <= length + SCAPE_REG_CHUNK_OVERHEAD_MAX);
        if (!sc_cursor_require(c, fits, SCAPE_ERROR_BAD_INDEX)) {
            return;
        }
        void *place = NULL;
        enum scape_error error =
            append(a, &a->blocks, &a->block_count, sizeof(struct sc_block), &place);
        if (!sc_cursor_require(c, error == SCAPE_OK, error) || place == NULL) {
            return;
        }
        struct sc_block block = {offset + gap, done, (uint32_t)(size / 2), (uint32_t)length,
                                 repeat};
        memcpy(place, &block, sizeof block);
        frame->block_count++;
        offset += gap + SC_BLOCK_OVERHEAD + size / 2;
        done += length;
    }
    sc_cursor_require(c, done == frame->content_size, SCAPE_ERROR_BAD_INDEX);
}

static enum scape_error add_region(struct scape_archive *a, const struct sc_frame *frame,
                                   const struct sc_regions *r) {
    struct sc_region region = {frame->content_start + r->region_start,
                               r->length,
                               a->name_bytes,
                               a->dim_count,
                               (uint32_t)r->name_length,
                               r->dtype,
                               r->rank};
    struct sc_memory *memory = &a->session.memory;
    size_t names = a->name_bytes, dims = a->dim_count * sizeof(uint64_t);
    void *place = NULL;
    enum scape_error error = sc_buffer_grow(memory, &a->names, names, names + r->name_length + 1);
    if (error == SCAPE_OK) {
        error = sc_buffer_grow(memory, &a->dims, dims, dims + r->rank * sizeof(uint64_t));
    }
    if (error == SCAPE_OK) {
        error = append(a, &a->regions, &a->region_count, sizeof region, &place);
    }
    if (error == SCAPE_OK) {
        memcpy(a->names.data + names, r->name, r->name_length);
        a->names.data[names + r->name_length] = '\0';
        memcpy(a->dims.data + dims, r->dims, r->rank * sizeof(uint64_t));
        memcpy(place, &region, sizeof region);
        a->name_bytes += r->name_length + 1;
        a->dim_count += r->rank;
    }
    return error;
}

static enum scape_error load_index(struct scape_archive *a, struct sc_frame *frame,
                                   const struct sc_trailer *trailer, uint64_t first,
                                   uint64_t frame_size, struct sc_buffer *block) {
    uint64_t index_at = frame_size - SC_TRAILER_SIZE - trailer->index_size;
    uint64_t length = trailer->index_size - SC_BLOCK_OVERHEAD;
    if (length > UINT64_C(1) << SCAPE_REG_INDEX_LOG2_MAX) {
        return SCAPE_ERROR_LIMIT;
    }
    enum scape_error error =
        read_block(a, frame->start + index_at, SCAPE_REG_BLOCK_INDEX, length, block);
    if (error != SCAPE_OK) {
        return error;
    }
    struct sc_cursor c =
        sc_cursor_make(block->data + SC_BLOCK_HEADER_SIZE, (size_t)length, SCAPE_ERROR_BAD_INDEX);
    list_blocks(a, frame, &c, first, index_at);
    struct sc_regions regions;
    const struct sc_block *blocks = sc_archive_blocks(a);
    blocks = frame->block_count > 0 ? blocks + frame->first_block : NULL;
    sc_regions_start(&regions, &c, blocks, frame->block_count, frame->content_size);
    while (sc_regions_next(&regions)) {
        error = add_region(a, frame, &regions);
        sc_cursor_require(&c, error == SCAPE_OK, error);
    }
    return c.error;
}

/* The frame's profile, named or embedded; *first moves behind an embedded one. Without a named one
 * the index can be read all the same. */
static enum scape_error load_profile(struct scape_archive *a, struct sc_frame *frame,
                                     uint64_t limit, uint64_t *first) {
    uint8_t bytes[SC_BLOCK_HEADER_SIZE];
    enum scape_error error = SCAPE_OK;
    if ((frame->header.flags & SC_FLAG_PROFILE_NAMED) != 0) {
        frame->profile_error =
            sc_session_find_profile(&a->session, frame->header.profile_name, &frame->sets);
        return SCAPE_OK;
    }
    if ((frame->header.flags & SC_FLAG_PROFILE_EMBEDDED) == 0) {
        return SCAPE_OK;
    }
    error = read_exactly(a, frame->start + *first, bytes, sizeof bytes);
    uint64_t length = sc_load_u32(bytes + 4);
    if (error == SCAPE_OK && (length > UINT64_C(1) << SCAPE_REG_PROFILE_LOG2_MAX ||
                              length + SC_BLOCK_OVERHEAD > limit - *first)) {
        error = SCAPE_ERROR_BAD_INDEX;
    }
    if (error == SCAPE_OK) {
        error =
            read_block(a, frame->start + *first, SCAPE_REG_BLOCK_PROFILE, length, &frame->profile);
    }
    if (error == SCAPE_OK) {
        frame->embedded = sc_memory_new(&a->session.memory, sizeof *frame->embedded, &error);
    }
    if (error == SCAPE_OK) {
        error = sc_profile_open(&a->session.memory, &a->session.scratch, frame->embedded,
                                frame->profile.data + SC_BLOCK_HEADER_SIZE, (size_t)length);
        frame->sets = frame->embedded;
        *first += length + SC_BLOCK_OVERHEAD;
    }
    return error;
}

/* The trailer, which must agree with the header and the frame's size. */
static enum scape_error load_trailer(struct scape_archive *a, const struct sc_frame *frame,
                                     struct sc_trailer *trailer) {
    const struct sc_header *header = &frame->header;
    uint8_t bytes[SC_TRAILER_SIZE];
    if (frame->size < header->size + (uint64_t)SC_TRAILER_SIZE) {
        return SCAPE_ERROR_TRUNCATED;
    }
    uint64_t at = frame->start + frame->size - SC_TRAILER_SIZE;
    enum scape_error error = read_exactly(a, at, bytes, sizeof bytes);
    error = error == SCAPE_OK ? sc_trailer_read(bytes, header, trailer) : error;
    if (error != SCAPE_OK) {
        return error;
    }
    bool agrees =
        trailer->frame_size == frame->size && trailer->index_size >= SC_BLOCK_OVERHEAD &&
        trailer->index_size <= frame->size - SC_TRAILER_SIZE - header->size &&
        (header->content_size == trailer->content_size || header->content_size == UINT64_MAX) &&
        trailer->content_size <= UINT64_C(1) << SCAPE_REG_CONTENT_SIZE_LOG2_MAX &&
        trailer->content_size <= UINT64_MAX / 2 - a->content_size;
    return agrees ? SCAPE_OK : SCAPE_ERROR_BAD_TRAILER;
}

static enum scape_error load_frame(struct scape_archive *a, uint64_t start, uint64_t end,
                                   struct sc_buffer *block) {
    struct sc_trailer trailer;
    enum sc_frame_kind kind;
    void *place = NULL;
    a->fault.position = start;
    struct sc_frame made = {.start = start,
                            .size = end - start,
                            .content_start = a->content_size,
                            .first_block = a->block_count};
    enum scape_error error = load_header(a, start, end, &made.header, &kind);
    if (error == SCAPE_OK) {
        made.skippable = kind == SC_FRAME_SKIPPABLE;
        error = made.skippable ? SCAPE_OK : load_trailer(a, &made, &trailer);
    }
    if (error == SCAPE_OK) {
        error = append(a, &a->frames, &a->frame_count, sizeof made, &place);
    }
    if (error != SCAPE_OK) {
        return error;
    }
    struct sc_frame *frame = &sc_archive_frames(a)[a->frame_count - 1];
    *frame = made;
    if (made.skippable) {
        return SCAPE_OK;
    }
    frame->content_size = trailer.content_size;
    memcpy(frame->digest, trailer.digest, sizeof frame->digest);
    a->content_size += trailer.content_size;
    uint64_t first = frame->header.size;
    uint64_t index_at = frame->size - SC_TRAILER_SIZE - trailer.index_size;
    error = load_profile(a, frame, index_at, &first);
    return error == SCAPE_OK ? load_index(a, frame, &trailer, first, frame->size, block) : error;
}

/* First regions of each name win [FRM-040]; so a later one of a name that is there is left out. */
static enum scape_error hash_names(struct scape_archive *a) {
    size_t size = 16;
    while (size / 2 < a->region_count) {
        size *= 2;
    }
    enum scape_error error =
        sc_buffer_reserve(&a->session.memory, &a->table, size * sizeof(uint64_t));
    if (error != SCAPE_OK) {
        return error;
    }
    uint64_t *table = sc_archive_table(a);
    const struct sc_region *regions = sc_archive_regions(a);
    memset(table, 0, size * sizeof *table);
    a->table_size = size;
    for (size_t i = 0; i < a->region_count; i++) {
        const char *name = (const char *)a->names.data + regions[i].name;
        struct scape_tensor found;
        size_t length = regions[i].name_length;
        if (length > 0 && scape_archive_find(a, name, length, &found) != SCAPE_OK) {
            size_t at = (size_t)sc_checksum(name, length) & (size - 1);
            while (table[at] != 0) {
                at = (at + 1) & (size - 1);
            }
            table[at] = i + 1;
        }
    }
    return SCAPE_OK;
}

enum scape_error sc_archive_load(struct scape_archive *a) {
    struct sc_buffer starts = {NULL, 0, NULL}, block = {NULL, 0, NULL};
    size_t count = 0;
    a->fault.where = "end of a frame";
    enum scape_error error = find_frames(a, &starts, &count);
    for (size_t i = count; i-- > 0 && error == SCAPE_OK;) {
        uint64_t start = 0, end = a->source.input.size;
        memcpy(&start, starts.data + i * sizeof start, sizeof start);
        if (i > 0) {
            memcpy(&end, starts.data + (i - 1) * sizeof end, sizeof end);
        }
        a->fault.where = "frame";
        error = load_frame(a, start, end, &block);
    }
    sc_buffer_release(&a->session.memory, &starts);
    sc_buffer_release(&a->session.memory, &block);
    return error == SCAPE_OK ? hash_names(a) : error;
}
