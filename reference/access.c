/* access.c - see access.h. A file that was damaged ends in an error or gives the right content;
 * which error is not determined [FRM-042]. */
#include "access.h"

#include <assert.h>
#include <string.h>

/* The shortest frame: a skippable one without data. */
enum {
    FRAME_MIN = SCAPE_REF_SKIPPABLE_HEADER_SIZE + SCAPE_REF_SKIPPABLE_TRAILER_SIZE
};

const struct scape_ref_access_frame *scape_ref_access_frame(const struct scape_ref_access *a,
                                                            size_t frame) {
    const struct scape_ref_access_frame *frames = a->frames.data;
    assert(frame < a->frame_count);
    return &frames[frame];
}

/* ---- The frames [FRM-040] ---- */

static enum scape_ref_error read_content_frame(const struct scape_ref_input *input,
                                               struct scape_ref_access_frame *f) {
    uint8_t data[SCAPE_REF_HEADER_NAMED_SIZE], end[SCAPE_REF_TRAILER_SIZE];
    size_t have = f->size < sizeof data ? (size_t)f->size : sizeof data;
    enum scape_ref_error error = scape_ref_source_at(input, f->start, data, have);
    struct scape_ref_cursor c = scape_ref_cursor_make(data, have);
    error = error ? error : scape_ref_frame_header_parse(&c, &f->header);
    if (error) {
        return error;
    }
    if (f->size - c.at < sizeof end) {
        return SCAPE_REF_TRUNCATED;
    }
    error = scape_ref_source_at(input, f->start + f->size - sizeof end, end, sizeof end);
    c = scape_ref_cursor_make(end, sizeof end);
    error = error ? error : scape_ref_trailer_parse(&c, &f->header, &f->trailer);
    if (error) {
        return error;
    }
    uint64_t between = f->size - scape_ref_frame_header_size(f->header.flags) - sizeof end;
    if (f->trailer.index_size < SCAPE_REF_BLOCK_OVERHEAD || f->trailer.index_size > between ||
        f->trailer.content_size > UINT64_C(1) << SCAPE_REF_CONTENT_SIZE_LOG2_MAX) {
        return SCAPE_REF_BAD_TRAILER;
    }
    return scape_ref_trailer_agree(&f->trailer, &f->header, f->trailer.index_size,
                                   f->trailer.content_size, f->size);
}

static enum scape_ref_error read_skippable_frame(const struct scape_ref_input *input,
                                                 const struct scape_ref_access_frame *f) {
    uint8_t data[SCAPE_REF_SKIPPABLE_HEADER_SIZE];
    uint64_t data_length;
    enum scape_ref_error error = scape_ref_source_at(input, f->start, data, sizeof data);
    struct scape_ref_cursor c = scape_ref_cursor_make(data, sizeof data);
    error = error ? error : scape_ref_skippable_header_parse(&c, &data_length);
    if (!error && data_length != f->size - FRAME_MIN) {
        error = SCAPE_REF_BAD_TRAILER;
    }
    return error;
}

/* The frame that ends at this place of the file. */
static enum scape_ref_error read_frame_before(const struct scape_ref_input *input, uint64_t end,
                                              struct scape_ref_access_frame *f) {
    uint8_t data[SCAPE_REF_END_SIZE];
    if (end < FRAME_MIN) {
        return SCAPE_REF_TRUNCATED;
    }
    enum scape_ref_error error = scape_ref_source_at(input, end - sizeof data, data, sizeof data);
    struct scape_ref_cursor c = scape_ref_cursor_make(data, sizeof data);
    *f = (struct scape_ref_access_frame){.kind = SCAPE_REF_FRAME_CONTENT};
    error = error ? error : scape_ref_frame_end_parse(&c, &f->size);
    if (error) {
        return error;
    }
    if (f->size < FRAME_MIN || f->size > end) {
        return SCAPE_REF_BAD_TRAILER;
    }
    f->start = end - f->size;
    error = scape_ref_source_at(input, f->start, data, SCAPE_REF_MAGIC_SIZE);
    error = error ? error : scape_ref_frame_kind_parse(data, SCAPE_REF_MAGIC_SIZE, &f->kind);
    if (error) {
        return error;
    }
    return f->kind == SCAPE_REF_FRAME_CONTENT ? read_content_frame(input, f)
                                              : read_skippable_frame(input, f);
}

/* Found from the last to the first: turned round, and told where their contents start. */
static enum scape_ref_error order_frames(struct scape_ref_access *a) {
    struct scape_ref_access_frame *frames = a->frames.data;
    for (size_t i = 0, j = a->frame_count; i + 1 < j; i++) {
        struct scape_ref_access_frame last = frames[--j];
        frames[j] = frames[i];
        frames[i] = last;
    }
    for (size_t i = 0; i < a->frame_count; i++) {
        frames[i].content_offset = a->content_size;
        if (frames[i].trailer.content_size > UINT64_MAX - a->content_size) {
            return SCAPE_REF_LIMIT;
        }
        a->content_size += frames[i].trailer.content_size;
    }
    return SCAPE_REF_OK;
}

static enum scape_ref_error find_frames(struct scape_ref_access *a) {
    const size_t each = sizeof(struct scape_ref_access_frame);
    uint64_t end = a->input->size;
    do {
        struct scape_ref_access_frame frame;
        enum scape_ref_error error = read_frame_before(a->input, end, &frame);
        error = error ? error
                      : scape_ref_buffer_grow(&a->memory, &a->frames,
                                              (a->frame_count + UINT64_C(1)) * each,
                                              a->frame_count * each);
        if (error) {
            return error;
        }
        ((struct scape_ref_access_frame *)a->frames.data)[a->frame_count++] = frame;
        end = frame.start;
    } while (end != 0);
    return order_frames(a);
}

enum scape_ref_error scape_ref_access_open(struct scape_ref_access *a,
                                           const struct scape_ref_input *input,
                                           const struct scape_ref_options *options) {
    static const struct scape_ref_options defaults;
    memset(a, 0, sizeof *a);
    a->input = input;
    a->options = options ? options : &defaults;
    a->loaded = SIZE_MAX;
    scape_ref_memory_init(&a->memory, options);
    if (!input->read_at) {
        return SCAPE_REF_NEEDS_SEEK;
    }
    enum scape_ref_error error = find_frames(a);
    if (error) {
        scape_ref_access_close(a);
    }
    return error;
}

void scape_ref_access_close(struct scape_ref_access *a) {
    scape_ref_buffer_release(&a->memory, &a->frames);
    scape_ref_buffer_release(&a->memory, &a->blocks.memory);
    scape_ref_buffer_release(&a->memory, &a->index);
    scape_ref_buffer_release(&a->memory, &a->profile);
    scape_ref_chunk_release(&a->memory, &a->work);
    a->frame_count = 0;
    a->loaded = SIZE_MAX;
}

/* ---- The index of a frame ---- */

/* Reads a whole block of known place and header; the payload is behind its 12 header bytes. */
static enum scape_ref_error read_block(struct scape_ref_access *a, struct scape_ref_buffer *buffer,
                                       uint64_t at, const struct scape_ref_block_header *header) {
    uint8_t expected[SCAPE_REF_BLOCK_HEADER_SIZE];
    uint64_t size = (uint64_t)header->payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    enum scape_ref_error error = scape_ref_buffer_reserve(&a->memory, buffer, size, 0);
    error = error ? error : scape_ref_source_at(a->input, at, buffer->data, (size_t)size);
    if (error) {
        return error;
    }
    scape_ref_block_header_write(header, expected);
    if (memcmp(buffer->data, expected, sizeof expected) != 0) {
        return SCAPE_REF_BAD_INDEX;
    }
    return scape_ref_block_checksum_ok(buffer->data, (size_t)size) ? SCAPE_REF_OK
                                                                   : SCAPE_REF_CHECKSUM;
}

static const uint8_t *payload_of(const struct scape_ref_buffer *block) {
    return (const uint8_t *)block->data + SCAPE_REF_BLOCK_HEADER_SIZE;
}

/* What a block of the frame could not be; its own header is compared when it is read. */
static bool listed_block_possible(const struct scape_ref_access_frame *f,
                                  const struct scape_ref_index_block *b) {
    if (b->content_length == 0 || b->content_length > UINT64_C(1) << f->header.chunk_limit_log2) {
        return false;
    }
    if (b->is_repeat) {
        return b->payload_length == SCAPE_REF_REPEAT_PAYLOAD &&
               (f->header.flags & SCAPE_REF_FLAG_HAS_REPEATS);
    }
    return b->payload_length <= b->content_length + SCAPE_REF_CHUNK_OVERHEAD_MAX;
}

/* The block list; the blocks lie in [position, end) of the frame. */
static enum scape_ref_error list_blocks(struct scape_ref_access *a,
                                        const struct scape_ref_access_frame *f, uint64_t count,
                                        uint64_t position, uint64_t end) {
    for (uint64_t i = 0; i < count; i++) {
        struct scape_ref_index_block b;
        enum scape_ref_error error = scape_ref_index_next_block(&a->reader, NULL, &b);
        if (error) {
            return error;
        }
        uint64_t size = (uint64_t)b.payload_length + SCAPE_REF_BLOCK_OVERHEAD;
        if (b.gap > end - position || size > end - position - b.gap ||
            !listed_block_possible(f, &b) ||
            b.content_length > f->trailer.content_size - a->blocks.content_size) {
            return SCAPE_REF_BAD_INDEX;
        }
        position += b.gap;
        error = scape_ref_block_list_add(&a->memory, &a->blocks, position, b.payload_length,
                                         b.content_length, b.is_repeat);
        if (error) {
            return error;
        }
        position += size;
    }
    return a->blocks.content_size == f->trailer.content_size ? SCAPE_REF_OK : SCAPE_REF_BAD_INDEX;
}

/* Bytes of the PROFILE block behind the header, if the frame has one. */
static enum scape_ref_error measure_profile(struct scape_ref_access *a,
                                            const struct scape_ref_access_frame *f) {
    a->profile_size = 0;
    a->profile_ready = false;
    a->work.stream.frame = NULL;
    if (!(f->header.flags & SCAPE_REF_FLAG_PROFILE_EMBEDDED)) {
        return SCAPE_REF_OK;
    }
    uint8_t head[SCAPE_REF_BLOCK_HEADER_SIZE];
    uint64_t at = f->start + scape_ref_frame_header_size(f->header.flags);
    enum scape_ref_error error = scape_ref_source_at(a->input, at, head, sizeof head);
    struct scape_ref_cursor c = scape_ref_cursor_make(head, sizeof head);
    struct scape_ref_block_header b;
    error = error ? error : scape_ref_block_header_parse(&c, &f->header, true, 0, &b);
    if (!error) {
        a->profile_size = (uint64_t)b.payload_length + SCAPE_REF_BLOCK_OVERHEAD;
    }
    return error;
}

/* Puts the reader before the first region; the block list has been read. */
static enum scape_ref_error start_regions(struct scape_ref_access *a) {
    const struct scape_ref_access_frame *f = scape_ref_access_frame(a, a->loaded);
    size_t size = (size_t)f->trailer.index_size - SCAPE_REF_BLOCK_OVERHEAD;
    uint64_t count;
    enum scape_ref_error error = scape_ref_index_open(&a->reader, payload_of(&a->index), size,
                                                      f->trailer.content_size, &count);
    for (uint64_t i = 0; !error && i < count; i++) {
        struct scape_ref_index_block b;
        error = scape_ref_index_next_block(&a->reader, NULL, &b);
    }
    error = error ? error : scape_ref_index_regions(&a->reader, &a->region_count);
    a->regions_left = a->region_count;
    a->starts = (struct scape_ref_block_starts){&a->blocks, 0};
    return error;
}

static enum scape_ref_error load_index(struct scape_ref_access *a,
                                       const struct scape_ref_access_frame *f) {
    uint64_t payload_length = f->trailer.index_size - SCAPE_REF_BLOCK_OVERHEAD;
    if (payload_length > UINT64_C(1) << SCAPE_REF_INDEX_LOG2_MAX) {
        return SCAPE_REF_LIMIT;
    }
    const struct scape_ref_block_header header = {SCAPE_REF_BLOCK_INDEX, (uint32_t)payload_length,
                                                  0};
    uint64_t index_at = f->size - SCAPE_REF_TRAILER_SIZE - f->trailer.index_size, count;
    enum scape_ref_error error = measure_profile(a, f);
    error = error ? error : read_block(a, &a->index, f->start + index_at, &header);
    error = error ? error
                  : scape_ref_index_open(&a->reader, payload_of(&a->index), (size_t)payload_length,
                                         f->trailer.content_size, &count);
    if (error) {
        return error;
    }
    uint64_t blocks_at = scape_ref_frame_header_size(f->header.flags) + a->profile_size;
    return blocks_at > index_at ? SCAPE_REF_BAD_INDEX
                                : list_blocks(a, f, count, blocks_at, index_at);
}

enum scape_ref_error scape_ref_access_load(struct scape_ref_access *a, size_t frame) {
    const struct scape_ref_access_frame *f = scape_ref_access_frame(a, frame);
    a->loaded = SIZE_MAX;
    a->blocks.count = 0;
    a->blocks.content_size = 0;
    a->region_count = a->regions_left = 0;
    if (f->kind == SCAPE_REF_FRAME_SKIPPABLE) {
        a->loaded = frame;
        return SCAPE_REF_OK;
    }
    enum scape_ref_error error = load_index(a, f);
    if (error) {
        return error;
    }
    a->loaded = frame;
    error = start_regions(a);
    bool more = true;
    while (!error && more) {
        struct scape_ref_region region;
        error = scape_ref_access_next_region(a, &region, &more);
    }
    error = error ? error : start_regions(a);
    if (error) {
        a->loaded = SIZE_MAX;
    }
    return error;
}

enum scape_ref_error scape_ref_access_next_region(struct scape_ref_access *a,
                                                  struct scape_ref_region *region, bool *more) {
    const struct scape_ref_index_starts callback = {&a->starts, scape_ref_block_starts_contain};
    *more = a->loaded != SIZE_MAX && a->regions_left != 0;
    if (*more) {
        a->regions_left--;
        return scape_ref_index_next_region(&a->reader, &callback, region);
    }
    bool content = a->loaded != SIZE_MAX &&
                   scape_ref_access_frame(a, a->loaded)->kind == SCAPE_REF_FRAME_CONTENT;
    return content ? scape_ref_index_close(&a->reader) : SCAPE_REF_OK;
}

/* ---- Content [FRM-041] ---- */

/* The loaded frame's profile, once: named ones from the caller, embedded ones from the file. */
static enum scape_ref_error ready_profile(struct scape_ref_access *a,
                                          const struct scape_ref_access_frame *f) {
    struct scape_ref_stream_work *w = &a->work.stream;
    const struct scape_ref_profile *given;
    enum scape_ref_error error = scape_ref_stream_work_reserve(&a->memory, w);
    if (error || a->profile_ready) {
        return error;
    }
    const uint8_t flags = f->header.flags;
    if (flags & SCAPE_REF_FLAG_PROFILE_NAMED) {
        error = scape_ref_profile_find(a->options, f->header.profile_sha256, &given);
        error =
            error ? error : scape_ref_profile_parse(given->data, given->size, &w->tables, w->own);
    } else if (flags & SCAPE_REF_FLAG_PROFILE_EMBEDDED) {
        const struct scape_ref_block_header header = {
            SCAPE_REF_BLOCK_PROFILE, (uint32_t)(a->profile_size - SCAPE_REF_BLOCK_OVERHEAD), 0};
        error = read_block(a, &a->profile, f->start + scape_ref_frame_header_size(flags), &header);
        error = error ? error
                      : scape_ref_profile_parse(payload_of(&a->profile), header.payload_length,
                                                &w->tables, w->own);
    } else {
        return SCAPE_REF_OK;
    }
    w->frame = error ? NULL : w->own;
    a->profile_ready = !error;
    return error;
}

enum scape_ref_error scape_ref_access_decode_block(struct scape_ref_access *a, size_t block) {
    const struct scape_ref_block_entry *e = scape_ref_block_list_get(&a->blocks, block);
    const struct scape_ref_access_frame *f = scape_ref_access_frame(a, a->loaded);
    enum scape_ref_error error = ready_profile(a, f);
    if (!error && e->is_repeat) {
        uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD];
        error = scape_ref_repeat_read_at(a->input, f->start, e, payload);
        if (error) {
            return error;
        }
        e = scape_ref_block_list_target(&a->blocks, block, payload, e->content_length);
        if (!e) {
            return SCAPE_REF_BAD_REPEAT;
        }
    }
    return error ? error : scape_ref_chunk_read_at(&a->memory, &a->work, a->input, f->start, e);
}

enum scape_ref_error scape_ref_access_read(struct scape_ref_access *a, uint64_t offset,
                                           uint64_t length, const struct scape_ref_output *output) {
    if (a->loaded == SIZE_MAX || offset > a->blocks.content_size ||
        length > a->blocks.content_size - offset) {
        return SCAPE_REF_BAD_ARGUMENT;
    }
    if (length == 0) {
        return SCAPE_REF_OK;
    }
    enum scape_ref_error error = SCAPE_REF_OK;
    uint64_t end = offset + length;
    for (size_t i = scape_ref_block_list_at(&a->blocks, offset); !error && offset < end; i++) {
        const struct scape_ref_block_entry *e = scape_ref_block_list_get(&a->blocks, i);
        error = scape_ref_access_decode_block(a, i);
        uint64_t block_end = e->content_offset + e->content_length;
        uint64_t until = end < block_end ? end : block_end;
        if (!error && output->write(output->ctx, a->work.content + (offset - e->content_offset),
                                    (size_t)(until - offset)) != 0) {
            error = SCAPE_REF_IO;
        }
        offset = until;
    }
    return error;
}

enum scape_ref_error scape_ref_access_find(struct scape_ref_access *a, const void *name,
                                           size_t name_length, struct scape_ref_region *region) {
    for (size_t i = 0; name_length != 0 && i < a->frame_count; i++) {
        bool more = true;
        enum scape_ref_error error = scape_ref_access_load(a, i);
        while (!error) {
            error = scape_ref_access_next_region(a, region, &more);
            if (error || !more) {
                break;
            }
            if (region->name_length == name_length &&
                memcmp(region->name, name, name_length) == 0) {
                return SCAPE_REF_OK;
            }
        }
        if (error) {
            return error;
        }
    }
    return SCAPE_REF_NOT_FOUND;
}
