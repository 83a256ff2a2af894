/* archive.c - random access: finding regions and reading ranges of the content. Depends on
 * archive.h, chunk.h, checksum.h. */
#include "archive.h"

#include "checksum.h"
#include "chunk.h"

static void report_now(struct scape_archive *a, const struct sc_fault *fault, uint64_t content,
                       struct scape_report *report) {
    sc_report_fill(report, fault, content, sc_memory_peak(&a->session.memory));
}

static void close_archive(struct scape_archive *a) {
    struct sc_memory *memory = &a->session.memory;
    while (a->idle != NULL) {
        struct sc_reader *reader = a->idle;
        a->idle = reader->next;
        sc_work_close(&reader->work);
        sc_buffer_release(memory, &reader->block);
        sc_buffer_release(memory, &reader->content);
        sc_memory_delete(memory, reader, sizeof *reader);
    }
    for (size_t i = 0; i < a->frame_count; i++) {
        struct sc_frame *frame = &sc_archive_frames(a)[i];
        sc_memory_delete(memory, frame->embedded, sizeof *frame->embedded);
        sc_buffer_release(memory, &frame->profile);
    }
    sc_buffer_release(memory, &a->frames);
    sc_buffer_release(memory, &a->blocks);
    sc_buffer_release(memory, &a->regions);
    sc_buffer_release(memory, &a->names);
    sc_buffer_release(memory, &a->dims);
    sc_buffer_release(memory, &a->table);
    pthread_mutex_destroy(&a->lock);
    sc_session_close(&a->session);
}

enum scape_error scape_archive_open(struct scape_archive **archive, const struct scape_input *input,
                                    const struct scape_decode_options *options,
                                    struct scape_report *report) {
    struct scape_hooks hooks = options == NULL ? (struct scape_hooks){0} : options->hooks;
    struct sc_fault fault = {SCAPE_ERROR_BAD_ARGUMENT, 0, "opening"};
    struct scape_archive *a = NULL;
    *archive = NULL;
    if (input != NULL && input->read_at != NULL) {
        a = sc_handle_new(&hooks, sizeof *a, &fault.error);
    }
    if (a != NULL) {
        fault.error = sc_session_open(&a->session, options);
        if (fault.error == SCAPE_OK && pthread_mutex_init(&a->lock, NULL) != 0) {
            fault.error = SCAPE_ERROR_NO_MEMORY;
            sc_session_close(&a->session);
        }
    }
    if (a == NULL || fault.error != SCAPE_OK) {
        sc_report_fill(report, &fault, 0, 0);
        sc_handle_delete(&hooks, a);
        return fault.error;
    }
    a->source.input = *input;
    a->fault.error = sc_archive_load(a);
    fault = a->fault;
    report_now(a, &fault, 0, report);
    if (fault.error == SCAPE_OK) {
        *archive = a;
    } else {
        close_archive(a);
        sc_handle_delete(&hooks, a);
    }
    return fault.error;
}

void scape_archive_close(struct scape_archive *archive) {
    if (archive != NULL) {
        struct scape_hooks hooks = archive->session.options.hooks;
        close_archive(archive);
        sc_handle_delete(&hooks, archive);
    }
}

uint64_t scape_archive_content_size(const struct scape_archive *archive) {
    return archive->content_size;
}

size_t scape_archive_tensor_count(const struct scape_archive *archive) {
    return archive->region_count;
}

enum scape_error scape_archive_tensor_at(const struct scape_archive *archive, size_t i,
                                         struct scape_tensor *tensor) {
    if (i >= archive->region_count) {
        return SCAPE_ERROR_BAD_ARGUMENT;
    }
    const struct sc_region *region = &sc_archive_regions(archive)[i];
    const uint64_t *dims = (const uint64_t *)(const void *)archive->dims.data;
    *tensor = (struct scape_tensor){(const char *)archive->names.data + region->name,
                                    region->name_length,
                                    region->dtype,
                                    region->rank,
                                    region->rank > 0 ? dims + region->dims : dims,
                                    region->start,
                                    region->length};
    return SCAPE_OK;
}

enum scape_error scape_archive_find(const struct scape_archive *archive, const char *name,
                                    size_t name_length, struct scape_tensor *tensor) {
    if (name_length == 0 || archive->table_size == 0) {
        return SCAPE_ERROR_NOT_FOUND;
    }
    const uint64_t *table = sc_archive_table(archive);
    size_t mask = archive->table_size - 1;
    size_t at = (size_t)sc_checksum(name, name_length) & mask;
    for (; table[at] != 0; at = (at + 1) & mask) {
        const struct sc_region *region = &sc_archive_regions(archive)[table[at] - 1];
        if (region->name_length == name_length &&
            memcmp(archive->names.data + region->name, name, name_length) == 0) {
            return scape_archive_tensor_at(archive, (size_t)table[at] - 1, tensor);
        }
    }
    return SCAPE_ERROR_NOT_FOUND;
}

static struct sc_reader *take_reader(struct scape_archive *a, enum scape_error *error) {
    *error = SCAPE_OK;
    pthread_mutex_lock(&a->lock);
    struct sc_reader *reader = a->idle;
    if (reader != NULL) {
        a->idle = reader->next;
    }
    pthread_mutex_unlock(&a->lock);
    if (reader == NULL) {
        reader = sc_memory_new(&a->session.memory, sizeof *reader, error);
        if (reader != NULL) {
            sc_work_open(&reader->work, &a->session.memory, a->session.kernel,
                         &a->session.standard);
        }
    }
    return reader;
}

static void give_reader(struct scape_archive *a, struct sc_reader *reader) {
    pthread_mutex_lock(&a->lock);
    reader->next = a->idle;
    a->idle = reader;
    pthread_mutex_unlock(&a->lock);
}

/* A listed block into the reader's memory, header and checksum compared [FRM-042]. */
static enum scape_error load_block(struct scape_archive *a, struct sc_reader *reader,
                                   const struct sc_frame *frame, const struct sc_block *block) {
    size_t got, size = SC_BLOCK_OVERHEAD + (size_t)block->payload_length;
    enum scape_error error = sc_buffer_reserve(&a->session.memory, &reader->block, size);
    if (error == SCAPE_OK) {
        error = sc_source_read_at(&a->source, frame->start + block->offset, reader->block.data,
                                  size, &got);
        error = error == SCAPE_OK && got < size ? SCAPE_ERROR_TRUNCATED : error;
    }
    if (error != SCAPE_OK) {
        return error;
    }
    const uint8_t *p = reader->block.data;
    uint32_t type = block->repeat ? SCAPE_REG_BLOCK_REPEAT : SCAPE_REG_BLOCK_CHUNK;
    if (sc_load_u32(p) != type || sc_load_u32(p + 4) != block->payload_length ||
        sc_load_u32(p + 8) != block->content_length) {
        return SCAPE_ERROR_BAD_INDEX;
    }
    bool intact =
        sc_load_u64(p + size - SC_CHECKSUM_SIZE) == sc_checksum(p, size - SC_CHECKSUM_SIZE);
    return intact ? SCAPE_OK : SCAPE_ERROR_CHECKSUM;
}

/* The content of a block, following a REPEAT to its target, into `content`. */
static enum scape_error decode_block(struct scape_archive *a, struct sc_reader *reader,
                                     const struct sc_frame *frame, const struct sc_block *block,
                                     uint8_t *content) {
    enum scape_error error = load_block(a, reader, frame, block);
    if (error == SCAPE_OK && block->repeat) {
        const struct sc_block *blocks = sc_archive_blocks(a) + frame->first_block;
        const struct sc_block *target = NULL;
        if (block->payload_length == 8) {
            uint64_t offset = sc_load_u64(reader->block.data + SC_BLOCK_HEADER_SIZE);
            target =
                sc_block_target(blocks, (size_t)(block - blocks), offset, block->content_length);
        }
        if (target == NULL) {
            return SCAPE_ERROR_BAD_REPEAT;
        }
        block = target;
        error = load_block(a, reader, frame, block);
    }
    if (error == SCAPE_OK) {
        reader->work.frame = frame->sets;
        error = sc_chunk_decode(&reader->work, reader->block.data + SC_BLOCK_HEADER_SIZE,
                                block->payload_length, content, block->content_length);
    }
    return error;
}

/* The last of `count` elements whose start is at most `offset`. */
static size_t find_frame(const struct scape_archive *a, uint64_t offset) {
    size_t low = 0, high = a->frame_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (sc_archive_frames(a)[middle].content_start <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t find_block(const struct sc_block *blocks, size_t count, uint64_t offset) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (blocks[middle].content_start <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What of [offset, offset + n) lies in the block that holds `offset`; *done bytes are written. */
static enum scape_error read_part(struct scape_archive *a, struct sc_reader *reader,
                                  uint64_t offset, uint8_t *out, size_t n, size_t *done,
                                  uint64_t *position) {
    const struct sc_frame *frame = &sc_archive_frames(a)[find_frame(a, offset)];
    const struct sc_block *blocks = sc_archive_blocks(a) + frame->first_block;
    uint64_t inside = offset - frame->content_start;
    const struct sc_block *block = &blocks[find_block(blocks, frame->block_count, inside)];
    uint64_t skip = inside - block->content_start;
    uint64_t left = block->content_length - skip;
    *done = n < left ? n : (size_t)left;
    *position = frame->start + block->offset;
    if (skip == 0 && *done == block->content_length) {
        return decode_block(a, reader, frame, block, out);
    }
    enum scape_error error =
        sc_buffer_reserve(&a->session.memory, &reader->content, block->content_length);
    if (error == SCAPE_OK) {
        error = decode_block(a, reader, frame, block, reader->content.data);
    }
    if (error == SCAPE_OK) {
        memcpy(out, reader->content.data + skip, *done);
    }
    return error;
}

enum scape_error scape_archive_read(struct scape_archive *archive, uint64_t offset, void *buffer,
                                    size_t n, struct scape_report *report) {
    struct sc_fault fault = {SCAPE_OK, 0, "block"};
    struct sc_reader *reader = NULL;
    if (offset > archive->content_size || n > archive->content_size - offset) {
        fault = (struct sc_fault){SCAPE_ERROR_BAD_ARGUMENT, 0, "range"};
    } else {
        reader = take_reader(archive, &fault.error);
    }
    uint8_t *out = buffer;
    for (size_t done = 0; done < n && fault.error == SCAPE_OK;) {
        size_t part;
        fault.error =
            read_part(archive, reader, offset + done, out + done, n - done, &part, &fault.position);
        done += part;
    }
    if (reader != NULL) {
        give_reader(archive, reader);
    }
    report_now(archive, &fault, fault.error == SCAPE_OK ? n : 0, report);
    return fault.error;
}

enum scape_error scape_content_size(const void *file, size_t size, uint64_t *content_size) {
    const uint8_t *bytes = file;
    size_t end = size;
    *content_size = 0;
    if (size == 0 || file == NULL) {
        return size == 0 ? SCAPE_ERROR_TRUNCATED : SCAPE_ERROR_BAD_ARGUMENT;
    }
    while (end > 0) {
        enum sc_frame_kind kind;
        if (end < SC_SKIPPABLE_OVERHEAD) {
            return SCAPE_ERROR_TRUNCATED;
        }
        uint64_t frame_size = sc_load_u64(bytes + end - 24);
        if (memcmp(bytes + end - SC_MAGIC_SIZE, sc_end_magic, SC_MAGIC_SIZE) != 0 ||
            frame_size < SC_SKIPPABLE_OVERHEAD || frame_size > end) {
            return SCAPE_ERROR_BAD_TRAILER;
        }
        enum scape_error error = sc_magic_read(bytes + end - frame_size, SC_MAGIC_SIZE, &kind);
        if (error != SCAPE_OK) {
            return error;
        }
        if (kind == SC_FRAME_CONTENT) {
            if (frame_size < SC_HEADER_SIZE + SC_TRAILER_SIZE) {
                return SCAPE_ERROR_BAD_TRAILER;
            }
            uint64_t content = sc_load_u64(bytes + end - SC_TRAILER_SIZE + 8);
            if (content > UINT64_MAX / 2 - *content_size) {
                return SCAPE_ERROR_BAD_TRAILER;
            }
            *content_size += content;
        }
        end -= (size_t)frame_size;
    }
    return SCAPE_OK;
}
