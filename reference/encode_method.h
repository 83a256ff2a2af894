/* encode_method.h - inside the chunk encoder: its state, the parameters of the levels, and the
 * named methods that take the place of a level. Depends on the other encode_* headers and on
 * profile. */
#ifndef SCAPE_REF_ENCODE_METHOD_H
#define SCAPE_REF_ENCODE_METHOD_H

#include "encode_chunk.h"
#include "encode_context.h"
#include "layout.h"
#include "profile.h"

struct scape_ref_chunk_encoder;

/* How a named method codes a chunk; it offers candidates beside the stored one. */
struct scape_ref_method_coder {
    struct scape_ref_method method;
    enum scape_ref_error (*encode)(struct scape_ref_chunk_encoder *e,
                                   const struct scape_ref_plan_region *region,
                                   const uint8_t *content, size_t size);
};

struct scape_ref_chunk_encoder {
    struct scape_ref_buffer self;
    struct scape_ref_memory *memory;
    const struct scape_ref_encode_options *options;
    const struct scape_ref_method_coder *method; /* NULL: by level */
    struct scape_ref_sink best, trial; /* payloads: the shortest so far, and the one being made */
    struct scape_ref_buffer payload_memory;
    /* the content split by a layout; kept while several candidates use the same */
    const struct scape_ref_layout *layout;
    const uint8_t *split_of;
    size_t split_size;
    struct scape_ref_array fields[SCAPE_REF_FIELDS_MAX];
    struct scape_ref_buffer field_memory;
    struct scape_ref_buffer seen; /* words of repeats_itself */
    struct scape_ref_profile_sets profile, standard;
    struct scape_ref_tables tables; /* of the set of either that is being used */
    struct scape_ref_buffer profile_memory;
};

/* Finds options->method and checks options->profile. SCAPE_REF_BAD_ARGUMENT for a name that does
 * not exist or a method that lacks its profile; SCAPE_REF_PROFILE_BAD. */
enum scape_ref_error scape_ref_method_open(struct scape_ref_chunk_encoder *e);

/* Reads the standard profile into e->standard when it is asked for first; the tables are
 * overwritten. */
enum scape_ref_error scape_ref_method_standard(struct scape_ref_chunk_encoder *e);

/* A candidate: split by a layout, begin, write the fields' streams to e->trial, end. */
enum scape_ref_error scape_ref_chunk_split(struct scape_ref_chunk_encoder *e, uint32_t layout_id,
                                           const uint8_t *content, size_t size);
void scape_ref_candidate_begin(struct scape_ref_chunk_encoder *e, const uint8_t *content,
                               size_t size);
void scape_ref_candidate_end(struct scape_ref_chunk_encoder *e);
enum scape_ref_error scape_ref_chunk_store(struct scape_ref_chunk_encoder *e,
                                           const uint8_t *content, size_t size);

enum scape_ref_error scape_ref_chunk_zstd(struct scape_ref_chunk_encoder *e, uint32_t layout,
                                          const uint8_t *content, size_t size, int level);

/* One way to code a float type at a level: layout, and the numbers of tables to consider for its
 * first field, each with its precision. */
struct scape_ref_context_step {
    uint32_t tables, p;
};

struct scape_ref_float_coding {
    uint16_t dtype;
    uint16_t layout;
    uint32_t fraction;    /* leading mantissa bits in a symbol */
    uint32_t max_symbols; /* of the alphabet, escape included */
    uint32_t classes, steps, rounds;
    uint32_t sample_log2; /* about so many elements are counted [CAN-061] */
    unsigned step_count;
    struct scape_ref_context_step steps_of[4];
};

/* The codings of a type at a level, one after the other while dtype stays the same; layout 0 when
 * it is no float type. [CAN] */
const struct scape_ref_float_coding *scape_ref_float_codings(enum scape_ref_level level,
                                                             uint16_t dtype);

#endif
