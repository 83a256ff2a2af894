/* blocks.h - the CHUNK and REPEAT blocks of a frame as a list, and reading one of them back from a
 * seekable input. Chapter "frame" of the spec. Depends on chunk, frame, index, source. */
#ifndef SCAPE_REF_BLOCKS_H
#define SCAPE_REF_BLOCKS_H

#include "chunk.h"
#include "frame.h"
#include "index.h"
#include "source.h"

struct scape_ref_block_entry {
    uint64_t offset; /* of the block, from the frame's first byte */
    uint64_t content_offset;
    uint32_t payload_length;
    uint32_t content_length;
    bool is_repeat;
};

struct scape_ref_block_list {
    struct scape_ref_buffer memory; /* of struct scape_ref_block_entry */
    size_t count;
    uint64_t content_size; /* the content lengths added up */
};

const struct scape_ref_block_entry *scape_ref_block_list_get(const struct scape_ref_block_list *l,
                                                             size_t i);
/* Adds a block at the end; its content starts where that of the last one ended. */
enum scape_ref_error scape_ref_block_list_add(struct scape_ref_memory *m,
                                              struct scape_ref_block_list *l, uint64_t offset,
                                              uint32_t payload_length, uint32_t content_length,
                                              bool is_repeat);

/* The target of a REPEAT block with this payload: an entry, or NULL [BLK-012]. before: how many
 * entries stand before the REPEAT block. */
const struct scape_ref_block_entry *
scape_ref_block_list_target(const struct scape_ref_block_list *l, size_t before,
                            const uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD],
                            uint32_t content_length);

/* The number of the block that holds this byte of the content; offset < content_size. */
size_t scape_ref_block_list_at(const struct scape_ref_block_list *l, uint64_t offset);

/* For the index reader: where blocks' contents start. next starts at 0. */
struct scape_ref_block_starts {
    const struct scape_ref_block_list *list;
    size_t next;
};
bool scape_ref_block_starts_contain(void *starts, uint64_t offset);

/* Whether a block as read ends in the checksum of what precedes it. */
bool scape_ref_block_checksum_ok(const uint8_t *block, size_t size);

/* Reads the listed block back from the input and decodes it: the content is in w->content. A block
 * whose header is not the entry's ends in SCAPE_REF_BAD_INDEX. The entry is a CHUNK. */
enum scape_ref_error scape_ref_chunk_read_at(struct scape_ref_memory *m,
                                             struct scape_ref_chunk_work *w,
                                             const struct scape_ref_input *input,
                                             uint64_t frame_start,
                                             const struct scape_ref_block_entry *entry);
/* The same for the 8 bytes of a REPEAT block. */
enum scape_ref_error scape_ref_repeat_read_at(const struct scape_ref_input *input,
                                              uint64_t frame_start,
                                              const struct scape_ref_block_entry *entry,
                                              uint8_t payload[SCAPE_REF_REPEAT_PAYLOAD]);

#endif
