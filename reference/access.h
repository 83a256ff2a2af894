/* access.h - random access to a seekable file: its frames, their regions, any range of their
 * content, reading only what is needed [FRM-040] to [FRM-042]. What list, info and extract are
 * built on. Depends on everything that decodes. */
#ifndef SCAPE_REF_ACCESS_H
#define SCAPE_REF_ACCESS_H

#include "blocks.h"

struct scape_ref_access_frame {
    enum scape_ref_frame_kind kind;
    uint64_t start; /* in the file */
    uint64_t size;
    uint64_t content_offset; /* where its content starts in the file's content */
    /* Of content frames only: */
    struct scape_ref_frame_header header;
    struct scape_ref_trailer trailer; /* .content_size among others */
};

/* One file. Fields are for reading; everything is owned by the access and changes through its
 * functions. */
struct scape_ref_access {
    const struct scape_ref_input *input;
    const struct scape_ref_options *options;
    struct scape_ref_memory memory;
    struct scape_ref_buffer frames; /* of struct scape_ref_access_frame */
    size_t frame_count;
    uint64_t content_size; /* of all frames */
    /* The loaded frame: */
    size_t loaded; /* its number, or SIZE_MAX */
    bool profile_ready;
    uint64_t profile_size; /* of the PROFILE block, 0 if there is none */
    struct scape_ref_block_list blocks;
    uint64_t region_count;
    struct scape_ref_buffer index;
    struct scape_ref_index_reader reader; /* stands before the next region */
    struct scape_ref_block_starts starts;
    uint64_t regions_left;
    struct scape_ref_buffer profile;
    struct scape_ref_chunk_work work;
};

/* Finds the frames from the end of the file and checks their headers and trailers. input->read_at
 * and input->size must be given (else SCAPE_REF_NEEDS_SEEK); input and options (may be NULL) must
 * outlive the access. After an error nothing needs closing. */
enum scape_ref_error scape_ref_access_open(struct scape_ref_access *a,
                                           const struct scape_ref_input *input,
                                           const struct scape_ref_options *options);
void scape_ref_access_close(struct scape_ref_access *a);

const struct scape_ref_access_frame *scape_ref_access_frame(const struct scape_ref_access *a,
                                                            size_t frame);

/* Reads the index of a frame and checks it whole; then a->blocks and a->region_count are its, and
 * next_region starts anew. A skippable frame has no blocks and no regions. */
enum scape_ref_error scape_ref_access_load(struct scape_ref_access *a, size_t frame);

/* The next region of the loaded frame, *more false behind the last. region->offset counts in the
 * frame's content, region->name is valid until the next call. */
enum scape_ref_error scape_ref_access_next_region(struct scape_ref_access *a,
                                                  struct scape_ref_region *region, bool *more);

/* Decodes one block of the loaded frame, by its number in a->blocks; the content is in
 * a->work.content, what was coded how in a->work.layout and .streams. */
enum scape_ref_error scape_ref_access_decode_block(struct scape_ref_access *a, size_t block);

/* Decodes bytes [offset, offset + length) of the loaded frame's content, block by block.
 * SCAPE_REF_BAD_ARGUMENT when the frame has fewer. */
enum scape_ref_error scape_ref_access_read(struct scape_ref_access *a, uint64_t offset,
                                           uint64_t length, const struct scape_ref_output *output);

/* Loads the frame with the first region of this name, and gives the region: SCAPE_REF_NOT_FOUND.
 * An empty name is never found. */
enum scape_ref_error scape_ref_access_find(struct scape_ref_access *a, const void *name,
                                           size_t name_length, struct scape_ref_region *region);

#endif
