/* encode.h - the canonical encoder: content and a plan of its regions in, one content frame out.
 * The second of the library's two calls, with the list of named methods. Depends on scape_ref.h. */
#ifndef SCAPE_REF_ENCODE_H
#define SCAPE_REF_ENCODE_H

#include "scape_ref.h"

/* A stretch of the content, in the spec's terms [IDX]. A container cutter or a caller makes it; the
 * encoder only copies dtype, dims and name to the index and chooses layouts by dtype and shape. */
struct scape_ref_plan_region {
    uint64_t length;                   /* bytes; 0 for an empty tensor */
    uint16_t dtype;                    /* registry number; 0 opaque */
    uint8_t rank;                      /* 0..SCAPE_REF_RANK_MAX */
    uint64_t dims[SCAPE_REF_RANK_MAX]; /* outermost first */
    const char *name;                  /* name_len bytes, no NUL among them; need not end in one */
    size_t name_len;                   /* <= SCAPE_REF_NAME_MAX */
};

enum scape_ref_level {
    SCAPE_REF_ENCODE_FAST = 1,
    SCAPE_REF_ENCODE_DEFAULT = 2,
    SCAPE_REF_ENCODE_MAX = 3
};

/* A coding by name: the study's, for comparison, and the general ones. */
struct scape_ref_method {
    const char *name;
    bool needs_profile; /* one made by training for this method */
    const char *text;   /* one line */
};

struct scape_ref_encode_options {
    enum scape_ref_level level; /* 0: default */
    const char *method;         /* NULL: by level; else a name of scape_ref_method_at() */
    unsigned chunk_log2;        /* most content of a chunk; 0: the level's own */
    uint64_t content_size;      /* written to the header; UINT64_MAX: not known (a pipe) */
    const struct scape_ref_plan_region *regions; /* in content order; what follows them becomes */
    size_t region_count;                         /* one opaque region; an early end cuts them */
    const struct scape_ref_profile *profile;     /* NULL: none */
    bool embed_profile;                          /* PROFILE block instead of the name alone */
    bool content_sha256;                         /* SHA-256 of the content in the trailer */
    bool repeats;        /* equal chunks once, the others by REPEAT; needs input->read_at */
    uint64_t max_memory; /* as for decoding */
    struct scape_ref_hooks hooks;                                      /* zeros: malloc and free */
    int (*progress)(void *ctx, uint64_t bytes_in, uint64_t bytes_out); /* non-zero: SCAPE_REF_IO */
    void *progress_ctx;
};

/* Encodes input to its end into one frame. Equal content, plan and options give equal bytes on
 * every machine; payloads of coder ZSTD depend on the version of libzstd as well [CAN].
 * report->position counts input bytes, report->content_bytes likewise; output_bytes may be NULL.
 * SCAPE_REF_BAD_ARGUMENT: a plan, method or option breaks a rule. SCAPE_REF_BAD_LENGTH:
 * content_size was given and the input is longer or shorter. SCAPE_REF_IO, _MEMORY, _NO_MEMORY, and
 * for profiles SCAPE_REF_PROFILE_MISSING, _BAD. */
enum scape_ref_error scape_ref_encode(const struct scape_ref_input *input,
                                      const struct scape_ref_output *output,
                                      const struct scape_ref_encode_options *options,
                                      uint64_t *output_bytes, struct scape_ref_report *report);

/* The named methods by number from 0 on; NULL past the last. */
const struct scape_ref_method *scape_ref_method_at(size_t i);

#endif
