/* archive.c - random access: opening, closing, finding regions. Depends on archive.h, checksum.h.
 */
#include "archive.h"

#include "checksum.h"

/* An index is small beside what it can list: names share beginnings. */
#define LISTS_MAX (UINT64_C(1) << 30)

static void close_archive(struct scape_archive *a) {
    struct sc_memory *memory = &a->session.memory;
    sc_pool_close(&a->pool);
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
    static const struct scape_hooks standard;
    struct scape_hooks hooks = options == NULL ? standard : options->hooks;
    struct sc_fault fault = {SCAPE_ERROR_BAD_ARGUMENT, 0, "opening"};
    struct scape_archive *a = NULL;
    *archive = NULL;
    if (input != NULL && input->read_at != NULL) {
        a = sc_session_new_handle(options, sizeof *a, &fault.error);
    }
    if (a != NULL) {
        fault.error = sc_session_open(&a->session, options, sizeof *a);
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
    uint64_t limit = a->session.memory.limit;
    a->session.memory.limit = limit == UINT64_MAX ? LISTS_MAX : limit;
    a->fault.error = sc_archive_load(a);
    a->session.memory.limit = limit;
    if (a->fault.error == SCAPE_OK && !sc_archive_open_pool(a)) {
        a->fault = (struct sc_fault){SCAPE_ERROR_NO_MEMORY, 0, "opening"};
    }
    fault = a->fault;
    sc_report_fill(report, &fault, 0, sc_memory_peak(&a->session.memory));
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

enum scape_error scape_archive_find(const struct scape_archive *archive, const char *name,
                                    size_t name_length, struct scape_tensor *tensor) {
    if (name_length == 0) {
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
