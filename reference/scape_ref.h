/* scape_ref.h - the SCAPE reference as a library of two calls: one decodes a file, one encodes it.
 * This is the public header. It depends on the registry's error classes only; memory, input and
 * output are the caller's. Nothing here is thread-aware: one call uses one thread, and two calls
 * with different arguments may run at the same time. */
#ifndef SCAPE_REF_H
#define SCAPE_REF_H

#include "registry_tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the file comes from.
 * read: up to n bytes from the present position; fewer only at the end of the input; -1 on error.
 * read_at: the same from any offset, without moving the position read uses; NULL for a pipe.
 *          Without it a file that holds REPEAT blocks ends in SCAPE_REF_NEEDS_SEEK.
 * size: bytes in all when read_at is given; used by the random access in access.h only. */
struct scape_ref_input {
    void *ctx;
    int64_t (*read)(void *ctx, void *buffer, size_t n);
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n);
    uint64_t size;
};

/* Where the result goes: 0 when all n bytes were taken, anything else ends in SCAPE_REF_IO. */
struct scape_ref_output {
    void *ctx;
    int (*write)(void *ctx, const void *data, size_t n);
};

/* Allocation hooks; both or neither. allocate returns memory aligned for any object, or NULL. */
struct scape_ref_hooks {
    void *ctx;
    void *(*allocate)(void *ctx, size_t size);
    void (*release)(void *ctx, void *memory);
};

/* A profile file in the caller's memory; it must outlive the call. */
struct scape_ref_profile {
    const void *data;
    size_t size;
};

struct scape_ref_options {
    uint64_t max_memory;  /* bytes this call may hold at once; 0: no limit but the format's */
    uint64_t max_content; /* bytes of content to deliver before SCAPE_REF_MEMORY; 0: no limit */
    const struct scape_ref_profile *profiles; /* searched by SHA-256 when a frame names one */
    size_t profile_count;
    bool skip_sha256; /* do not compute the content's SHA-256 (checksums are always verified) */
    struct scape_ref_hooks hooks; /* zeros: malloc and free */
};

/* What happened. position is a byte offset in the input: of the fault, as near as it is known. */
struct scape_ref_report {
    enum scape_ref_error error;
    uint64_t position;
    uint64_t content_bytes; /* delivered to the output before the call ended */
    uint64_t peak_memory;   /* largest number of bytes held at once through the hooks */
    uint64_t frames;        /* frames read to their end, skippable ones included */
    char message[160];
};

/* Decodes a whole file: every frame in turn, content delivered chunk by chunk.
 * options and report may be NULL. Returns report->error; SCAPE_REF_OK only if every byte of the
 * input was read and verified. Content already delivered when an error is found was verified by the
 * checksum of its chunk; content that fails its own chunk's checks is never delivered. */
enum scape_ref_error scape_ref_decode(const struct scape_ref_input *input,
                                      const struct scape_ref_output *output,
                                      const struct scape_ref_options *options,
                                      struct scape_ref_report *report);

/* The registry's name of an error class ("TRUNCATED"), and its one-line text. */
const char *scape_ref_error_name(enum scape_ref_error error);
const char *scape_ref_error_message(enum scape_ref_error error);

#endif
