/* encoder.h - the engine behind scape_compress and scape_compress_stream: content in, chunk by
 * chunk, one frame out [CAN-090]. Depends on encode_chunk.h, encode_plan.h, pool.h, source.h,
 * sha256.h. */
#ifndef SC_ENCODER_H
#define SC_ENCODER_H

#include "encode_plan.h"
#include "pool.h"
#include "session.h"
#include "sha256.h"
#include "source.h"

/* A CHUNK or REPEAT block of the frame, in order. */
struct sc_listed {
    uint64_t offset; /* in the frame; known once the block was written */
    uint64_t start;  /* in the content */
    uint64_t hash;   /* of the content, where repeats are looked for */
    uint32_t payload_length, content_length;
    bool repeat;
};

enum {
    SC_GROUP_MAX = SC_SEGMENTS_MAX /* streams that are encoded side by side */
};

/* A chunk on its way: read, queued, encoded, written. One job encodes it and the small chunks
 * behind it that are its group. */
struct sc_encode_slot {
    struct sc_job job; /* first, so that a job is its slot */
    struct sc_encode_slot *group[SC_GROUP_MAX];
    unsigned group_count; /* with itself; 0: in another's group, or a REPEAT */
    struct sc_buffer content_memory;
    struct sc_piece piece;
    uint64_t start;      /* of the piece, in the input */
    bool unread;         /* the job reads the piece */
    struct sc_out block; /* room for the block's header, payload, checksum */
    size_t number;       /* in the list */
    size_t target;       /* of a REPEAT, in the list */
    enum scape_error error;
};

/* Chunks by their content. */
struct sc_seen {
    struct sc_buffer places;  /* uint64_t: number in the list + 1, or 0 */
    size_t place_count, used; /* a power of two */
    struct sc_buffer piece;
};

struct sc_encoder {
    struct sc_memory memory;
    struct scape_encode_options options;
    struct sc_source source;
    struct sc_plan plan;
    struct sc_pool pool;
    struct sc_profile_sets standard_sets;
    struct sc_tables scratch;
    unsigned group_most;
    struct sc_encode_work *works; /* group_most for each thread */
    unsigned work_count;
    struct sc_encode_slot *slots; /* a ring */
    unsigned slot_count, oldest, held;
    struct sc_encode_slot *open; /* its group may grow; it is not queued yet */
    bool ended;                  /* the input */
    const char *where;           /* of an error */
    struct sc_buffer list;
    size_t listed;
    struct sc_seen seen;
    struct sc_sha256 sha;
    uint64_t taken;   /* bytes of content */
    uint64_t written; /* bytes of the frame */
    struct scape_output output;
    uint8_t *destination; /* NULL: to output */
    uint64_t capacity;
    struct sc_out frame; /* header, index, trailer */
};

/* options may be NULL. On an error everything is released. */
enum scape_error sc_encoder_open(struct sc_encoder *e, const struct scape_encode_options *options);
void sc_encoder_close(struct sc_encoder *e);

/* The whole frame. */
enum scape_error sc_encoder_run(struct sc_encoder *e);

/* Appends a block without content: PROFILE or INDEX. */
void sc_block_put(struct sc_out *out, uint32_t kind, const void *payload, size_t size);
/* Fills in the header in front of the payload that `block` holds, and appends the checksum. */
void sc_block_seal(struct sc_out *block, uint32_t kind, uint32_t content_length);

void sc_encoder_put_header(struct sc_encoder *e);
void sc_encoder_put_index(struct sc_encoder *e);

/* The first earlier CHUNK of the piece's content, by number; SIZE_MAX: there is none, and the piece
 * is remembered as number e->listed. `hash` is that of the content. */
enum scape_error sc_seen_find(struct sc_encoder *e, const struct sc_piece *piece, uint64_t hash,
                              size_t *number);

static inline struct sc_listed *sc_encoder_list(const struct sc_encoder *e) {
    return (struct sc_listed *)(void *)e->list.data;
}

#endif
