/* inspect.h - the structure of a file as JSON: frames, blocks, streams, regions. For people and
 * tests; the form is not part of the format. Depends on access and stdio. */
#ifndef SCAPE_REF_INSPECT_H
#define SCAPE_REF_INSPECT_H

#include "access.h"

#include <stdio.h>

/* Decodes every chunk to learn of its streams, so it finds what decoding finds but for the
 * content's SHA-256; frames that need a named profile need it in the options. Input must be
 * seekable. */
enum scape_ref_error scape_ref_inspect(const struct scape_ref_input *input,
                                       const struct scape_ref_options *options, FILE *out,
                                       struct scape_ref_report *report);

#endif
