/* job.h - what the cutters share: the caller's memory, the reason for a rejection, the list of
 * regions. Private to containers/; depends on containers.h, cursor.h and dtype.h. */
#ifndef SCAPE_CONTAINERS_JOB_H
#define SCAPE_CONTAINERS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "containers.h"
#include "cursor.h"
#include "dtype.h"

/* What a cutter returns beside SCAPE_CUT_OK, _IO and _NOMEM: a rule is broken, the reason is filled
 * in. */
#define SCAPE_CUT_REJECTED 1

typedef struct scape_job {
    const scape_source *src;
    scape_cut_options opt; /* defaults resolved */
    char reason[SCAPE_CUT_REASON_SIZE];
} scape_job;

/* Resolves the defaults of opt, which may be NULL. src may be NULL where nothing is read. */
void scape_job_init(scape_job *job, const scape_source *src, const scape_cut_options *opt);

/* Storage through the caller's hooks. n is never 0; NULL if there is none. */
void *scape_mem_alloc(const scape_cut_options *opt, size_t n);
void scape_mem_free(const scape_cut_options *opt, void *p);

/* Fills in the reason and returns SCAPE_CUT_REJECTED. The arguments must quote no bytes of the
 * file. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int scape_job_reject(scape_job *job, const char *format, ...);

/* What a failed cursor means: SCAPE_CUT_IO, or a rejection that says what was being read. */
int scape_job_cursor_failed(scape_job *job, const scape_cursor *c, const char *container,
                            const char *what);

/* A cut under construction: room for max_regions regions and for the bytes of their names. */
typedef struct scape_builder {
    scape_cut *cut;
    size_t room;   /* regions that still fit */
    char *name_at; /* where the next name goes */
    size_t name_room;
} scape_builder;

/* name_bytes counts the names without their NULs. SCAPE_CUT_OK or SCAPE_CUT_NOMEM. */
int scape_builder_init(scape_builder *b, scape_job *job, const char *container, size_t max_regions,
                       size_t name_bytes);

/* Appends a region. The room was computed beforehand, so there is none to run out of. */
void scape_builder_opaque(scape_builder *b, uint64_t offset, uint64_t length);
void scape_builder_tensor(scape_builder *b, uint64_t offset, uint64_t length, uint16_t dtype,
                          const uint64_t *dims, unsigned rank, const char *name, size_t name_len);

/* The cutters. *out is set on SCAPE_CUT_OK only. */
int scape_safetensors_cut(scape_job *job, scape_cut **out);
int scape_gguf_cut(scape_job *job, scape_cut **out);

#endif
