/* archive.h - a file opened by its indexes [FRM-040]. Depends on session.h, source.h. */
#ifndef SC_ARCHIVE_H
#define SC_ARCHIVE_H

#include "pool.h"
#include "session.h"
#include "source.h"

/* A frame; of a skippable one only the first four count, and it has no content. */
struct sc_frame {
    uint64_t start, size; /* in the input */
    bool skippable;
    uint64_t content_start; /* in the content of the file */
    uint64_t content_size;
    struct sc_header header;
    uint8_t digest[SC_DIGEST_SIZE];  /* of the content, as the trailer has it */
    size_t first_block, block_count; /* in the archive's list */
    enum scape_error profile_error;  /* of what reads content: missing or bad */
    const struct sc_profile_sets *sets;
    struct sc_profile_sets *embedded; /* owned, or NULL */
    struct sc_buffer profile;         /* what `embedded` points into */
};

struct sc_region {
    uint64_t start, length;
    size_t name; /* offsets in the archive's texts and dims */
    size_t dims;
    uint32_t name_length;
    uint32_t dtype, rank;
};

/* What one reading thread needs. */
struct sc_reader {
    struct sc_reader *next;
    struct sc_work work;
    struct sc_buffer block, content;
};

struct scape_archive {
    struct sc_session session;
    struct sc_source source;
    uint64_t content_size;
    struct sc_buffer frames, blocks, regions, names, dims, table;
    size_t frame_count, block_count, region_count, name_bytes, dim_count;
    size_t table_size; /* slots of the names' hash table, a power of two, or 0 */
    struct sc_fault fault;
    pthread_mutex_t lock; /* of `idle` */
    struct sc_reader *idle;
    struct sc_pool pool; /* of all ranges that are being read */
};

/* In archive_open.c: frames, blocks, regions, names. */
enum scape_error sc_archive_load(struct scape_archive *a);
/* In archive_read.c: the threads. False: the system has no more. */
bool sc_archive_open_pool(struct scape_archive *a);

static inline struct sc_frame *sc_archive_frames(const struct scape_archive *a) {
    return (struct sc_frame *)(void *)a->frames.data;
}

static inline struct sc_block *sc_archive_blocks(const struct scape_archive *a) {
    return (struct sc_block *)(void *)a->blocks.data;
}

static inline struct sc_region *sc_archive_regions(const struct scape_archive *a) {
    return (struct sc_region *)(void *)a->regions.data;
}

/* The slots of the hash table: number of a region + 1, or 0. */
static inline uint64_t *sc_archive_table(const struct scape_archive *a) {
    return (uint64_t *)(void *)a->table.data;
}

#endif
