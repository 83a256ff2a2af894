/* oracle.h - the reference's answer for a file, and what libscape's may differ in. Depends on
 * engine.h and the reference. */
#ifndef SCAPE_FUZZ_ORACLE_H
#define SCAPE_FUZZ_ORACLE_H

#include "engine.h"

struct fuzz_oracle {
    struct fuzz_sink content;
    struct scape_ref_report report;
};

/* Decodes by the reference, under the limits of engine.h. */
void fuzz_oracle_open(struct fuzz_oracle *o, const uint8_t *data, size_t size, bool seekable);
void fuzz_oracle_close(struct fuzz_oracle *o);

/* The class and content that libscape gave: the same, but that the two need different amounts of
 * memory. */
void fuzz_oracle_compare(const struct fuzz_oracle *o, enum scape_error error,
                         const uint8_t *content, size_t size);

/* The file through scape_decompress by every kernel. */
void fuzz_oracle_compare_kernels(const struct fuzz_oracle *o, const uint8_t *data, size_t size);

#endif
