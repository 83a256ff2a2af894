/* archive_read.c - ranges of an archive's content: the blocks that they touch, decoded by the
 * archive's threads, in order. Depends on archive.h, chunk.h, checksum.h. */
#include "archive.h"

#include "checksum.h"
#include "chunk.h"

#include <assert.h>

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
    enum scape_error error = frame->profile_error;
    error = error == SCAPE_OK ? load_block(a, reader, frame, block) : error;
    if (error == SCAPE_OK && block->repeat) {
        const struct sc_block *blocks = sc_archive_blocks(a) + frame->first_block;
        /* Listed with a payload of 8 bytes, else the index would have been refused. */
        uint64_t offset = sc_load_u64(reader->block.data + SC_BLOCK_HEADER_SIZE);
        const struct sc_block *target =
            sc_block_target(blocks, (size_t)(block - blocks), offset, block->content_length);
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

/* What of a range lies in one block, on its way. */
struct part {
    struct sc_job job; /* first, so that a job is its part */
    const struct sc_frame *frame;
    const struct sc_block *block;
    size_t skip, length;      /* of the block's content, what is wanted */
    uint8_t *out;             /* where it goes; NULL: to `content` */
    struct sc_buffer content; /* the whole block's */
    enum scape_error error;
};

struct range {
    struct scape_archive *archive;
    uint64_t at, end;                      /* of the content: next, behind the last */
    uint8_t *destination;                  /* of what is at `at`; NULL: parts keep their content */
    struct part parts[SC_THREADS_MAX + 1]; /* a ring */
    unsigned count, oldest, held;
};

static enum scape_error decode_part(struct scape_archive *a, struct sc_reader *reader,
                                    struct part *part) {
    uint32_t whole = part->block->content_length;
    if (part->out != NULL && part->length == whole) {
        return decode_block(a, reader, part->frame, part->block, part->out);
    }
    struct sc_buffer *buffer = part->out != NULL ? &reader->content : &part->content;
    enum scape_error error = sc_buffer_reserve(&a->session.memory, buffer, whole);
    if (error == SCAPE_OK) {
        error = decode_block(a, reader, part->frame, part->block, buffer->data);
    }
    if (error == SCAPE_OK && part->out != NULL) {
        memcpy(part->out, buffer->data + part->skip, part->length);
    }
    return error;
}

/* Runs in any thread. */
static void run_part(void *ctx, unsigned thread, struct sc_job *job) {
    struct scape_archive *a = ctx;
    struct part *part = (struct part *)(void *)job;
    (void)thread;
    struct sc_reader *reader = take_reader(a, &part->error);
    if (reader != NULL) {
        part->error = decode_part(a, reader, part);
        give_reader(a, reader);
    }
}

bool sc_archive_open_pool(struct scape_archive *a) {
    return sc_pool_open(&a->pool, a->session.options.threads, run_part, a);
}

static void schedule(struct range *r) {
    assert(r->count > 0);
    struct scape_archive *a = r->archive;
    struct part *part = &r->parts[(r->oldest + r->held) % r->count];
    const struct sc_frame *frame = &sc_archive_frames(a)[find_frame(a, r->at)];
    const struct sc_block *blocks = sc_archive_blocks(a) + frame->first_block;
    uint64_t inside = r->at - frame->content_start;
    part->frame = frame;
    part->block = &blocks[find_block(blocks, frame->block_count, inside)];
    part->skip = (size_t)(inside - part->block->content_start);
    part->length = part->block->content_length - part->skip;
    if (part->length > r->end - r->at) {
        part->length = (size_t)(r->end - r->at);
    }
    part->out = r->destination;
    if (r->destination != NULL) {
        r->destination += part->length;
    }
    r->at += part->length;
    r->held++;
    sc_pool_submit(&a->pool, &part->job);
}

/* Waits for the oldest part and gives its content out. */
static enum scape_error finish_part(struct range *r, const struct scape_output *output,
                                    struct sc_fault *fault, uint64_t *done) {
    assert(r->count > 0);
    struct part *part = &r->parts[r->oldest];
    r->oldest = (r->oldest + 1) % r->count;
    r->held--;
    sc_pool_wait(&r->archive->pool, &part->job);
    if (fault->error != SCAPE_OK) {
        return fault->error;
    }
    fault->position = part->frame->start + part->block->offset;
    if (part->error == SCAPE_OK && output != NULL && /* else it was decoded in place */
        output->write(output->ctx, part->content.data + part->skip, part->length) != 0) {
        fault->where = "writing";
        part->error = SCAPE_ERROR_IO;
    }
    *done += part->error == SCAPE_OK ? part->length : 0;
    return part->error;
}

/* The range's parts, in order; the first error in that order is the one reported. */
static enum scape_error run_range(struct scape_archive *a, uint64_t offset, uint64_t n,
                                  uint8_t *destination, const struct scape_output *output,
                                  struct scape_report *report) {
    struct sc_fault fault = {SCAPE_OK, 0, "block"};
    struct range r = {.archive = a, .at = offset, .destination = destination};
    uint64_t done = 0;
    r.count = a->pool.workers == 0 ? 1 : a->pool.workers + 2;
    bool has_place = destination != NULL || (output != NULL && output->write != NULL);
    if (!has_place || offset > a->content_size || n > a->content_size - offset) {
        fault = (struct sc_fault){SCAPE_ERROR_BAD_ARGUMENT, 0, "range"};
        n = 0;
    }
    r.end = r.at + n;
    while (r.held > 0 || (r.at < r.end && fault.error == SCAPE_OK)) {
        if (r.at < r.end && r.held < r.count && fault.error == SCAPE_OK) {
            schedule(&r);
        } else {
            fault.error = finish_part(&r, output, &fault, &done);
        }
    }
    for (unsigned i = 0; i < r.count; i++) {
        sc_buffer_release(&a->session.memory, &r.parts[i].content);
    }
    done = output == NULL && fault.error != SCAPE_OK ? 0 : done;
    sc_report_fill(report, &fault, done, sc_memory_peak(&a->session.memory));
    return fault.error;
}

enum scape_error scape_archive_read(struct scape_archive *archive, uint64_t offset, void *buffer,
                                    size_t n, struct scape_report *report) {
    static uint8_t nowhere[1]; /* of a range of no bytes; never written */
    return run_range(archive, offset, n, n > 0 ? buffer : nowhere, NULL, report);
}

enum scape_error scape_archive_copy(struct scape_archive *archive, uint64_t offset, uint64_t n,
                                    const struct scape_output *output,
                                    struct scape_report *report) {
    return run_range(archive, offset, n, NULL, output, report);
}
