/* source.h - reading the input: in order with a known position, or from a given place. Short reads
 * become SCAPE_REF_TRUNCATED, failed ones SCAPE_REF_IO. Depends on the public header and checksum.
 */
#ifndef SCAPE_REF_SOURCE_H
#define SCAPE_REF_SOURCE_H

#include "checksum.h"
#include "scape_ref.h"

struct scape_ref_source {
    const struct scape_ref_input *input;
    uint64_t position; /* bytes read so far */
};

/* As many bytes as there are, at most n. */
enum scape_ref_error scape_ref_source_some(struct scape_ref_source *s, void *out, size_t n,
                                           size_t *got);
enum scape_ref_error scape_ref_source_exact(struct scape_ref_source *s, void *out, size_t n);
/* Reads n bytes for their checksum alone, in small pieces. */
enum scape_ref_error scape_ref_source_pass(struct scape_ref_source *s, uint64_t n,
                                           struct scape_ref_checksum *sum);

/* n bytes from an offset; input->read_at must be there. */
enum scape_ref_error scape_ref_source_at(const struct scape_ref_input *input, uint64_t offset,
                                         void *out, size_t n);

#endif
