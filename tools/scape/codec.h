/* codec.h - the one door to the codec: encode, decode, look into an archive. Everything else of the
 * program knows these types only. codec.c and codec_archive.c stand on libscape; the named methods
 * of the study, which only the reference encoder has, are in codec_reference.c. Depends on the C
 * library. */
#ifndef SCAPE_CLI_CODEC_H
#define SCAPE_CLI_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEC_SIZE_UNKNOWN UINT64_MAX

enum {
    CODEC_OK = 0, /* other statuses are the numbers of the format's error classes */
    CODEC_RANK_MAX = 8,
    CODEC_SHA256_SIZE = 32,
    CODEC_MESSAGE_SIZE = 200
};

/* read: up to n bytes from the present position, fewer only at the end, -1 on error.
 * read_at: the same from any offset, or NULL for a pipe; size counts only with it. */
struct codec_source {
    void *ctx;
    int64_t (*read)(void *ctx, void *buffer, size_t n);
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n);
    uint64_t size;
};

/* write: 0 when all was taken.
 * write_at: the same at any offset from the target's start, by several threads at a time; NULL for
 *           a pipe. codec_decode with threads calls it instead of write. */
struct codec_target {
    void *ctx;
    int (*write)(void *ctx, const void *data, size_t n);
    int (*write_at)(void *ctx, uint64_t offset, const void *data, size_t n);
};

struct codec_memory { /* a file in the caller's memory */
    const void *data;
    size_t size;
};

/* Where decoding a pipe may keep what it needs again; see struct scape_spool. */
struct codec_spool {
    void *ctx;
    int (*write_at)(void *ctx, uint64_t offset, const void *data, size_t n);
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n);
};

struct codec_region {
    uint64_t offset; /* in the content */
    uint64_t length;
    uint64_t dims[CODEC_RANK_MAX];
    uint64_t stored; /* archives: bytes of its blocks */
    const char *name;
    size_t name_length;
    uint16_t dtype;
    uint8_t rank;
};

struct codec_report {
    int status;
    uint64_t position;
    uint64_t content_bytes;
    uint64_t output_bytes;
    uint64_t peak_memory;
    uint64_t frames;
    char message[CODEC_MESSAGE_SIZE];
};

struct codec_plan {
    int level;          /* 0: the codec's default */
    const char *method; /* NULL: by level */
    unsigned chunk_log2;
    uint64_t content_size; /* or CODEC_SIZE_UNKNOWN */
    const struct codec_region *regions;
    size_t region_count;
    struct codec_memory profile; /* data NULL: none */
    bool embed_profile;
    bool content_sha256;
    bool repeats;
    unsigned threads;    /* 0: 1; a method takes one anyway */
    bool parallel_input; /* several threads may call the source's read_at at a time */
    uint64_t max_memory;
    int (*progress)(void *ctx, uint64_t bytes_in, uint64_t bytes_out);
    void *progress_ctx;
};

/* What decoding may use. */
struct codec_limits {
    uint64_t max_memory;  /* 0: none */
    uint64_t max_content; /* 0: none */
    const struct codec_memory *profiles;
    size_t profile_count;
    unsigned threads;                /* 0: 1 */
    bool parallel_input;             /* several threads may call the source's read_at at a time */
    const struct codec_spool *spool; /* for a pipe; NULL: none */
    /* or NULL; called by codec_decode alone */
    int (*progress)(void *ctx, uint64_t bytes_in, uint64_t bytes_out);
    void *progress_ctx;
};

/* All return report->status; the message is set when it is not CODEC_OK. */
int codec_encode(const struct codec_source *source, const struct codec_target *target,
                 const struct codec_plan *plan, struct codec_report *report);
int codec_decode(const struct codec_source *source, const struct codec_target *target,
                 const struct codec_limits *limits, struct codec_report *report);
/* The same in memory, for measuring: into `room` bytes. A plan without a method. */
int codec_encode_memory(const struct codec_memory *content, const struct codec_plan *plan,
                        void *file, size_t room, size_t *file_size, struct codec_report *report);
int codec_decode_memory(const struct codec_memory *file, const struct codec_limits *limits,
                        void *content, size_t room, size_t *content_size,
                        struct codec_report *report);
/* The instruction set that a call made now would use; $SCAPE_KERNEL chooses. */
const char *codec_kernel_name(void);
/* What codec_encode does where plan->method is not NULL. */
int codec_encode_method(const struct codec_source *source, const struct codec_target *target,
                        const struct codec_plan *plan, struct codec_report *report);
/* "CLASS: message (near byte N)" into a report that has its status. */
void codec_report_text(struct codec_report *report, const char *message);

/* ---- Names and numbers of the registry ---- */

const char *codec_status_name(int status);
const char *codec_status_text(int status);
const char *codec_format_version(void);
/* "OPAQUE" for 0; NULL for numbers without an entry. */
const char *codec_dtype_name(uint16_t dtype);
bool codec_dtype_parse(const char *name, uint16_t *out); /* in either case; not OPAQUE */
const char *codec_layout_name(unsigned layout);          /* NULL: not in the registry */
const char *codec_coder_name(unsigned coder);            /* likewise */

struct codec_method {
    const char *name;
    const char *text;
    bool needs_profile;
};
/* The i-th method; false past the last. */
bool codec_method_get(size_t i, struct codec_method *out);
bool codec_method_find(const char *name, struct codec_method *out);

bool codec_sha256(const void *data, size_t size, uint8_t out[CODEC_SHA256_SIZE]);

/* Whether any chunk holds a zstd payload, whose bytes depend on the version of libzstd. Decodes all
 * chunks. */
int codec_uses_zstd(const struct codec_source *source, const struct codec_limits *limits,
                    bool *uses);
const char *codec_zstd_version(void);

/* ---- Archives: a seekable file of frames, its indexes read, its chunks not ---- */

struct codec_archive;

struct codec_frame {
    uint64_t offset, size;
    uint64_t content_offset, content_size;
    bool skippable; /* then nothing below counts */
    unsigned chunk_log2;
    bool has_repeats, profile_named, profile_embedded, has_sha256;
    bool size_was_unknown; /* written to a pipe or from one */
    uint8_t profile_name[CODEC_SHA256_SIZE];
    uint8_t sha256[CODEC_SHA256_SIZE];
};

enum {
    CODEC_BLOCK_OVERHEAD = 20 /* header and checksum of a block, in its `stored` */
};

struct codec_block {
    uint64_t content_offset, content_length;
    uint64_t stored;
    bool is_repeat;
};

/* CODEC_OK or the report's status. The source and the limits must outlive the archive. */
int codec_archive_open(struct codec_archive **out, const struct codec_source *source,
                       const struct codec_limits *limits, struct codec_report *report);
void codec_archive_close(struct codec_archive *a);

uint64_t codec_archive_content_size(const struct codec_archive *a);
size_t codec_archive_frame_count(const struct codec_archive *a);
size_t codec_archive_block_count(const struct codec_archive *a);
size_t codec_archive_region_count(const struct codec_archive *a);
/* i is below the count. A region's name belongs to the archive. */
struct codec_frame codec_archive_frame(const struct codec_archive *a, size_t i);
struct codec_block codec_archive_block(const struct codec_archive *a, size_t i);
struct codec_region codec_archive_region(const struct codec_archive *a, size_t i);
/* The first region of this name. */
bool codec_archive_find(const struct codec_archive *a, const char *name, struct codec_region *out);

/* Layout and first coder of a CHUNK block, from its first bytes. */
int codec_archive_block_coding(const struct codec_archive *a, size_t block, unsigned *layout,
                               unsigned *coder);

/* Decodes length bytes of the content from offset on, touching only the chunks that hold them. */
int codec_archive_read(struct codec_archive *a, uint64_t offset, uint64_t length,
                       const struct codec_target *target, struct codec_report *report);

#endif
