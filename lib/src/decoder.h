/* decoder.h - the engine behind scape_decompress, scape_decode and scape_decoder_read: it reads a
 * file from front to back and gives out verified content in order. Depends on session.h, source.h,
 * chunk.h, pool.h, sha256.h. */
#ifndef SC_DECODER_H
#define SC_DECODER_H

#include "chunk.h"
#include "pool.h"
#include "session.h"
#include "sha256.h"
#include "source.h"

enum {
    SC_BATCH = 32,             /* chunks of a slot */
    SC_BATCH_CONTENT = 1 << 17 /* bytes of the slot that another chunk may follow */
};

/* A block on its way: read, queued, decoded, handed out. */
struct sc_part {
    struct sc_chunk chunk;
    struct sc_buffer block_memory; /* of a small chunk */
    const uint8_t *block;          /* header, payload, checksum */
    bool unread;                   /* the job reads the block */
    uint64_t from;                 /* of the block that is decoded, in the input */
    const uint8_t *copy_of;        /* a REPEAT whose content is in memory: only a copy */
    uint64_t position, end;        /* of the block in the input */
    uint64_t start;                /* of the content */
    bool unwritten;                /* the chunk's error is that of writing */
};

/* A batch of blocks that is one job: small chunks, and what ends it, which may be large. */
struct sc_slot {
    struct sc_job job; /* first, so that a job is its slot */
    struct sc_part parts[SC_BATCH];
    unsigned count, next; /* parts, and the one to be handed out */
    struct sc_buffer block_memory, content_memory;
};

/* A thread's memory for what does not outlive a job: it stays in the cache of one core. */
struct sc_own {
    struct sc_buffer blocks, content;
};

enum sc_phase {
    SC_PHASE_FRAME, /* a frame starts here, or the input ends */
    SC_PHASE_BLOCK,
    SC_PHASE_END /* the INDEX block's header was read */
};

struct scape_decoder {
    struct sc_session session;
    struct sc_source source;
    struct sc_pool pool;
    struct sc_own *own;    /* one for each thread */
    unsigned batch;        /* parts that a slot may get */
    unsigned beside;       /* works of a thread: for that many parts, SC_BESIDE at most */
    struct sc_work *works; /* all threads' */
    unsigned work_count;
    struct sc_slot *slots; /* a ring */
    unsigned slot_count, oldest, held;
    bool handed_out;  /* the oldest slot's next content is with the caller */
    uint64_t reached; /* in the input, behind the block whose content was handed out last */

    uint8_t *destination;       /* NULL: content goes to memory of the slots or threads */
    struct scape_output output; /* write_at NULL, or where threads put what they decoded */
    uint64_t most_content;

    enum sc_phase phase;
    bool any_frame, done, cancelled;
    uint64_t frames;               /* read whole */
    struct scape_spool spool;      /* write_at NULL: none, or not needed */
    struct sc_fault fault;         /* of the reader; reported behind the blocks before it */
    uint64_t scheduled, delivered; /* bytes of content, of all frames */

    struct sc_header header;
    uint64_t frame_start;   /* in the input */
    uint64_t content_start; /* of the frame, in the content */
    uint64_t blocks_start;  /* offset in the frame behind header and PROFILE block */
    bool first_block;
    struct sc_buffer list; /* struct sc_block for each CHUNK and REPEAT of the frame */
    size_t listed;
    struct sc_block_header index;
    uint8_t index_header[SC_BLOCK_HEADER_SIZE];
    struct sc_buffer other; /* INDEX, PROFILE or extension block */
    struct sc_buffer profile;
    struct sc_profile_sets embedded;
    const struct sc_profile_sets *sets; /* of the frame, or NULL */
    struct sc_sha256 sha;

    /* what scape_decoder_read has not handed out yet */
    const uint8_t *piece;
    size_t piece_left;
};

enum scape_error sc_decoder_open(struct scape_decoder *d,
                                 const struct scape_decode_options *options, size_t held);
void sc_decoder_close(struct scape_decoder *d);

/* Whether the frame's content is compared with its SHA-256. */
static inline bool sc_decoder_hashes(const struct scape_decoder *d) {
    return (d->header.flags & SC_FLAG_CONTENT_SHA256) != 0 && !d->session.options.skip_sha256;
}

/* Slot i of those held, in order, or behind them one that is free. */
static inline struct sc_slot *sc_decoder_slot(const struct scape_decoder *d, unsigned i) {
    return &d->slots[(d->oldest + i) % d->slot_count];
}

/* The next content; *size 0 at the end. It stays until the next call. On an error d->fault tells.
 */
enum scape_error sc_decoder_next(struct scape_decoder *d, const uint8_t **content, size_t *size);

/* In read_frame.c: the reader's next step, one frame header, block or skippable frame. It may add a
 * part to the slot, which has room for one. False: d->fault is set. */
bool sc_decoder_read_step(struct scape_decoder *d, struct sc_slot *slot);
/* Index and trailer of the frame, when all its content was handed out. */
bool sc_decoder_read_end(struct scape_decoder *d);

#endif
