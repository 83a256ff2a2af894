/* scape.h - libscape, the production engine of the SCAPE format: lossless coding of model weights.
 *
 * It encodes and decodes whole files in memory and streams in bounded memory, and reads tensors or
 * byte ranges by random access. The format is defined in spec/; bracketed names such as [FRM-040]
 * are its clauses.
 *
 * Rules that hold for every function:
 *  - There is no global state. A handle belongs to one thread at a time, but for an archive once it
 *    is open: any number of threads may call everything but scape_archive_close on it at once.
 *  - Memory comes from the caller's hooks, or from malloc and free.
 *  - Functions return an error class of the format, and fill a report where one is given.
 *  - All sizes and positions are bytes; all integers are in the machine's own byte order.
 *  - Options are copied; what they point to (profiles, regions, callbacks' contexts) needs to live
 *    as long as the handle made with them. Structures begin as all zeros, which are the defaults;
 *    `reserved` members must stay zero, else SCAPE_ERROR_BAD_ARGUMENT, so that later versions can
 *    give them a meaning.
 *  - Output through a pointer is set on every return where the text does not say otherwise.
 *  - Callbacks must not call the library with the handle that called them.
 *
 * The environment variable SCAPE_KERNEL (portable, avx2, avx512, neon) overrides which instruction
 * set is used, for tests; what the machine lacks is replaced by the best that it has. Results are
 * the same.
 *
 * Depends on the C library only. Link with libscape, which needs libzstd, libxxhash and POSIX
 * threads. */
#ifndef SCAPE_H
#define SCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCAPE_VERSION_MAJOR 0
#define SCAPE_VERSION_MINOR 1
#define SCAPE_VERSION_PATCH 0

#if defined(__GNUC__)
#define SCAPE_API __attribute__((visibility("default")))
#else
#define SCAPE_API
#endif

/* major * 10000 + minor * 100 + patch of the library that is linked. */
SCAPE_API unsigned scape_version(void);

/* ---- Errors ------------------------------------------------------------------------------- */

/* The error classes of the format [VAL-001]; numbers are permanent and serve as exit codes. */
enum scape_error {
    SCAPE_OK = 0,
    SCAPE_ERROR_TRUNCATED = 10,
    SCAPE_ERROR_BAD_MAGIC = 11,
    SCAPE_ERROR_UNSUPPORTED_VERSION = 12,
    SCAPE_ERROR_CHECKSUM = 13,
    SCAPE_ERROR_RESERVED = 14,
    SCAPE_ERROR_BAD_HEADER = 15,
    SCAPE_ERROR_LIMIT = 16,
    SCAPE_ERROR_UNKNOWN_BLOCK = 20,
    SCAPE_ERROR_BAD_ORDER = 21,
    SCAPE_ERROR_BAD_LENGTH = 22,
    SCAPE_ERROR_BAD_VARINT = 23,
    SCAPE_ERROR_BAD_REPEAT = 24,
    SCAPE_ERROR_BAD_INDEX = 25,
    SCAPE_ERROR_BAD_TRAILER = 26,
    SCAPE_ERROR_CONTENT_HASH = 27,
    SCAPE_ERROR_UNKNOWN_LAYOUT = 30,
    SCAPE_ERROR_UNKNOWN_CODER = 31,
    SCAPE_ERROR_PAYLOAD_SHORT = 32,
    SCAPE_ERROR_PAYLOAD_LONG = 33,
    SCAPE_ERROR_NONZERO_PAD = 34,
    SCAPE_ERROR_BAD_VALUE = 35,
    SCAPE_ERROR_BAD_TABLE = 36,
    SCAPE_ERROR_BAD_CONTEXT = 37,
    SCAPE_ERROR_RANS_STATE = 40,
    SCAPE_ERROR_RANS_WORDS = 41,
    SCAPE_ERROR_BAD_ESCAPE = 42,
    SCAPE_ERROR_ZSTD_DATA = 43,
    SCAPE_ERROR_PROFILE_MISSING = 50,
    SCAPE_ERROR_PROFILE_BAD = 51,
    SCAPE_ERROR_NEEDS_SEEK = 60,
    SCAPE_ERROR_MEMORY = 61,    /* more memory or content than the caller allows */
    SCAPE_ERROR_NO_MEMORY = 62, /* the hooks returned NULL */
    SCAPE_ERROR_IO = 63,        /* a callback failed */
    SCAPE_ERROR_NOT_FOUND = 70,
    SCAPE_ERROR_BAD_ARGUMENT = 71
};

/* The class's name ("TRUNCATED") and one line about it; for numbers that are no class, "UNKNOWN".
 */
SCAPE_API const char *scape_error_name(enum scape_error error);
SCAPE_API const char *scape_error_text(enum scape_error error);

/* What happened. position is the offset in the input of the block, header or trailer at fault;
 * encoding, the bytes of content that were taken. */
struct scape_report {
    enum scape_error error;
    uint64_t position;
    uint64_t content_bytes; /* delivered, or encoded, before the call ended */
    uint64_t peak_memory;   /* most bytes held at once through the hooks by this handle */
    uint64_t frames;        /* decoding from front to back: read whole, skippable ones included */
    uint64_t reserved[4];
    char message[160]; /* one line in English, without the class's name; empty: no error */
};

/* ---- What the caller provides ------------------------------------------------------------- */

/* Where a file comes from.
 * read: up to n bytes from the present position; fewer only at the end of the input; -1 on error.
 * read_at: the same from any offset, without moving the position that read uses; NULL for a pipe.
 *          The archive functions call it from every thread that calls them.
 * size: bytes in all; used where read_at is. */
struct scape_input {
    void *ctx;
    int64_t (*read)(void *ctx, void *buffer, size_t n);
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n);
    uint64_t size;
};

/* Where content, or a file, goes: 0 when all n bytes were taken; anything else ends in
 * SCAPE_ERROR_IO.
 * write: called by the thread that called the library, in order.
 * write_at: NULL, or the same at any offset from the first byte of the output, for several threads
 *           at a time. scape_decode with threads calls it instead of write, in any order, each byte
 *           once; after an error, bytes behind those reported may have been written. Others do not
 *           call it. */
struct scape_output {
    void *ctx;
    int (*write)(void *ctx, const void *data, size_t n);
    int (*write_at)(void *ctx, uint64_t offset, const void *data, size_t n);
};

/* Allocation hooks; both or neither. allocate returns memory aligned for any object, or NULL. With
 * threads they may be called by several threads, but never at the same time. */
struct scape_hooks {
    void *ctx;
    void *(*allocate)(void *ctx, size_t size);
    void (*release)(void *ctx, void *memory);
};

/* Called after each chunk, by the thread that called the library: bytes of input taken and of
 * output given so far. Anything but 0 ends the call in SCAPE_ERROR_IO, with a message of its own:
 * this is how work is cancelled. */
typedef int scape_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out);

/* A profile file in the caller's memory [PRF-001]. */
struct scape_profile {
    const void *data;
    size_t size;
};

/* A place where the decoder of a pipe may keep what REPEAT blocks can name [BLK-013], such as an
 * unnamed temporary file. Only blocks of frames that say that they have repeats are kept, each at
 * its own offset of the input, so that a file has holes between them.
 * write_at: 0 when all n bytes were taken. read_at: as in scape_input. */
struct scape_spool {
    void *ctx;
    int (*write_at)(void *ctx, uint64_t offset, const void *data, size_t n);
    int64_t (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n);
};

/* All zeros, or a null pointer in its place, are the defaults. */
struct scape_decode_options {
    uint64_t max_memory;  /* bytes a handle may hold at once; 0: no limit but the format's */
    uint64_t max_content; /* bytes of content to deliver before SCAPE_ERROR_MEMORY; 0: no limit */
    unsigned threads;     /* chunks decoded at the same time, 1..64; 0: 1. Results do not differ */
    bool skip_sha256;     /* do not compare the content's SHA-256; checksums are always verified */
    bool parallel_input;  /* see scape_decode */
    const struct scape_profile *profiles; /* searched by SHA-256 when a frame names one */
    size_t profile_count;
    struct scape_hooks hooks;
    scape_progress *progress; /* or NULL; not called by the archive functions */
    void *progress_ctx;
    const struct scape_spool *spool; /* for input without read_at, or NULL; copied */
    uint64_t reserved[4];
};

/* ---- Whole files in memory ---------------------------------------------------------------- */

/* Bytes of content that the file's trailers tell, frame by frame from the end, without decoding
 * anything. A damaged file may tell a wrong size or end in an error. */
SCAPE_API enum scape_error scape_content_size(const void *file, size_t size,
                                              uint64_t *content_size);

/* Decodes a whole file into `content`, which has room for `capacity` bytes; *content_size is what
 * was written, also on error. Content that does not fit ends in SCAPE_ERROR_MEMORY. Errors: every
 * class but NEEDS_SEEK and NOT_FOUND, IO only from progress; only SCAPE_OK says that every byte was
 * verified. On error the bytes behind *content_size are undefined. */
SCAPE_API enum scape_error scape_decompress(const void *file, size_t size, void *content,
                                            size_t capacity, size_t *content_size,
                                            const struct scape_decode_options *options,
                                            struct scape_report *report);

/* ---- Streams ------------------------------------------------------------------------------ */

/* Decodes a whole file from input to output, chunk by chunk. Memory: for each thread and one more,
 * a chunk's payload and content, with threads 2 MiB of small ones, for each thread the unpacked
 * fields and tables (block_memory in [LIM-010]), and 40 bytes for each block of the present frame.
 * Without max_memory, up to eight chunks of less than 8 KiB count as one, and have tables of four.
 * A pipe (read_at NULL) with REPEAT blocks and no spool ends in SCAPE_ERROR_NEEDS_SEEK. Content
 * that was delivered before an error was verified by its chunk's checksum. Errors: every class but
 * NOT_FOUND.
 *
 * One thread reads and writes, unless it is allowed to others: options.parallel_input says that
 * several threads may call input->read_at at the same time. It is then called instead of
 * input->read, and each thread reads the chunks that it decodes; output->write_at does the same for
 * what they write. A fast file needs both for its speed to grow with the threads. */
SCAPE_API enum scape_error scape_decode(const struct scape_input *input,
                                        const struct scape_output *output,
                                        const struct scape_decode_options *options,
                                        struct scape_report *report);

/* The same as a source to read from: open, read until *got is 0, close. */
struct scape_decoder;

/* *decoder is NULL on error (BAD_ARGUMENT, MEMORY, NO_MEMORY). The input is copied, its ctx not. */
SCAPE_API enum scape_error scape_decoder_open(struct scape_decoder **decoder,
                                              const struct scape_input *input,
                                              const struct scape_decode_options *options,
                                              struct scape_report *report);

/* Fills buffer with the next n bytes of content; *got is less at the end of the content or before
 * an error only. The class is that of the file once all content before the fault was handed out:
 * SCAPE_OK with *got < n says that the whole file was read and verified. */
SCAPE_API enum scape_error scape_decoder_read(struct scape_decoder *decoder, void *buffer, size_t n,
                                              size_t *got, struct scape_report *report);

/* Ends threads and frees everything; NULL is allowed. */
SCAPE_API void scape_decoder_close(struct scape_decoder *decoder);

/* ---- Random access ------------------------------------------------------------------------ */

/* A file opened by its indexes [FRM-040]. Opening reads headers, trailers and indexes; reading
 * reads the chunks that a range touches. */
struct scape_archive;

/* A region of the content with a name, a dtype and a shape. Pointers live as long as the archive.
 */
struct scape_tensor {
    const char *name; /* name_length bytes and a NUL; empty for bytes between tensors */
    size_t name_length;
    uint32_t dtype; /* number of section 12.4 of the spec, or a later one */
    uint32_t rank;
    const uint64_t *dims; /* rank numbers, outermost first */
    uint64_t start;       /* in the content of the whole file */
    uint64_t length;      /* bytes */
    uint64_t reserved[2];
};

/* Opens a file for reading; input->read_at and size are needed, else SCAPE_ERROR_BAD_ARGUMENT. The
 * lists of blocks and names count as memory; without max_memory they may take 2^30 bytes. A profile
 * that is missing or bad is reported by what reads content of its frame, not here. *archive is NULL
 * on error; errors: every class of chapter 1, MEMORY, NO_MEMORY, IO. */
SCAPE_API enum scape_error scape_archive_open(struct scape_archive **archive,
                                              const struct scape_input *input,
                                              const struct scape_decode_options *options,
                                              struct scape_report *report);
SCAPE_API void scape_archive_close(struct scape_archive *archive);

/* Bytes of content of all frames; number of regions, named or not, in the order of the content. */
SCAPE_API uint64_t scape_archive_content_size(const struct scape_archive *archive);
SCAPE_API size_t scape_archive_tensor_count(const struct scape_archive *archive);

/* Region i; SCAPE_ERROR_BAD_ARGUMENT if i is not below the count. */
SCAPE_API enum scape_error scape_archive_tensor_at(const struct scape_archive *archive, size_t i,
                                                   struct scape_tensor *tensor);

/* The first region of that name; SCAPE_ERROR_NOT_FOUND. An empty name is never found. */
SCAPE_API enum scape_error scape_archive_find(const struct scape_archive *archive, const char *name,
                                              size_t name_length, struct scape_tensor *tensor);

/* Reads the content's bytes [offset, offset + n) into buffer, decoding the chunks that they touch
 * and no others, options.threads of them at the same time. SCAPE_ERROR_BAD_ARGUMENT if the range
 * does not lie in the content, or there is no buffer for it. For a part of a tensor, offset is
 * tensor.start plus the offset in the tensor. report->content_bytes is n or 0. On error the bytes
 * of buffer are undefined. */
SCAPE_API enum scape_error scape_archive_read(struct scape_archive *archive, uint64_t offset,
                                              void *buffer, size_t n, struct scape_report *report);

/* The same to an output, in order, in memory that does not grow with n. report->content_bytes is
 * what was delivered. */
SCAPE_API enum scape_error scape_archive_copy(struct scape_archive *archive, uint64_t offset,
                                              uint64_t n, const struct scape_output *output,
                                              struct scape_report *report);

/* What a file is made of. A frame [FRM-001], content frames and skippable ones: */
struct scape_frame {
    uint64_t position, size; /* in the file */
    uint64_t content_start, content_size;
    uint32_t chunk_log2;
    bool skippable; /* then nothing but position, size and content_start counts */
    bool repeats, profile_named, profile_embedded, content_sha256;
    bool size_given;     /* the header has the content's size: the encoder knew it */
    uint8_t profile[32]; /* SHA-256 of the profile, with profile_named */
    uint8_t sha256[32];  /* of the content, with content_sha256 */
    uint64_t reserved[4];
};

SCAPE_API size_t scape_archive_frame_count(const struct scape_archive *archive);
/* Frame i; SCAPE_ERROR_BAD_ARGUMENT if i is not below the count. */
SCAPE_API enum scape_error scape_archive_frame_at(const struct scape_archive *archive, size_t i,
                                                  struct scape_frame *frame);

/* A CHUNK or REPEAT block [BLK-001], which takes 20 bytes more than its payload. */
struct scape_chunk {
    uint64_t position; /* in the file */
    uint64_t content_start;
    uint32_t payload_length, content_length;
    bool repeat;
    uint64_t reserved[2];
};

SCAPE_API size_t scape_archive_chunk_count(const struct scape_archive *archive);
/* Chunk i; SCAPE_ERROR_BAD_ARGUMENT if i is not below the count. */
SCAPE_API enum scape_error scape_archive_chunk_at(const struct scape_archive *archive, size_t i,
                                                  struct scape_chunk *chunk);
/* Layout [LAY-001] and first coder [LAY-020] of chunk i, read from its first bytes, nothing
 * verified. BAD_ARGUMENT for a REPEAT, IO, TRUNCATED, UNKNOWN_LAYOUT, PAYLOAD_SHORT. */
SCAPE_API enum scape_error scape_archive_chunk_coding(const struct scape_archive *archive, size_t i,
                                                      uint32_t *layout, uint32_t *coder);

/* ---- Names of numbers --------------------------------------------------------------------- */

/* Names of the registry (chapter 12): of a dtype ("BF16", "OPAQUE" for 0), of a layout, of a coder;
 * NULL for numbers without an entry. */
SCAPE_API const char *scape_dtype_name(uint32_t dtype);
SCAPE_API const char *scape_layout_name(uint32_t layout);
SCAPE_API const char *scape_coder_name(uint32_t coder);
/* The dtype of this name, in either case; 0 if there is none. */
SCAPE_API uint32_t scape_dtype_number(const char *name);
/* The instruction set that a call made now would use ("portable", "avx2", ...). */
SCAPE_API const char *scape_kernel_name(void);
/* The version of the format that is written, as text. */
SCAPE_API const char *scape_format_version(void);

/* ---- Encoding ----------------------------------------------------------------------------- */

/* What speed and size are traded for; all decode fast. */
enum scape_level {
    SCAPE_FAST = 1,
    SCAPE_DEFAULT = 2,
    SCAPE_MAX = 3
};

/* A stretch of the content [IDX-003]: a tensor, or bytes between tensors. The encoder chooses
 * codings by dtype and shape, and copies dtype, dims and name to the index. */
struct scape_region {
    uint64_t length;      /* bytes; 0 for an empty tensor */
    uint32_t dtype;       /* number of section 12.4 of the spec; 0: opaque */
    uint32_t rank;        /* at most 8 */
    const uint64_t *dims; /* rank numbers, outermost first */
    const char *name;     /* name_length <= 4096 bytes, no NUL among them */
    size_t name_length;
};

/* All zeros, or a null pointer in its place, are the defaults. */
struct scape_encode_options {
    enum scape_level level; /* 0: SCAPE_DEFAULT */
    unsigned chunk_log2;    /* log2 of the most content of a chunk, 12..26; 0: the level's own */
    unsigned threads;       /* chunks encoded at the same time, 1..64; 0: 1. Results are the same */
    /* In the order of the content. What it has beyond them is one more opaque region; its end cuts
     * them short. */
    const struct scape_region *regions;
    size_t region_count;
    /* scape_compress_stream: the size for the header, which else says that it was not known. */
    bool content_size_given;
    uint64_t content_size;
    bool repeats;        /* equal chunks are stored once; a stream then needs input->read_at */
    bool content_sha256; /* SHA-256 of the content in the trailer */
    bool parallel_input; /* see scape_compress_stream */
    const struct scape_profile *profile; /* named by the frame, or NULL */
    bool embed_profile;                  /* the profile itself in the frame */
    uint64_t max_memory;                 /* bytes held at once, libzstd's aside; 0: no limit */
    scape_progress *progress;            /* or NULL */
    void *progress_ctx;
    struct scape_hooks hooks;
    uint64_t reserved[4];
};

/* Room that scape_compress needs at most for content of this size; 0 if an option is bad. */
SCAPE_API uint64_t scape_compress_bound(size_t size, const struct scape_encode_options *options);

/* Encodes content into one frame, the canonical one of chapter 9: equal content, regions and
 * options give equal bytes on every machine, but for payloads of libzstd, which depend on its
 * version. *file_size is what was written, also on error. A file that does not fit ends in
 * SCAPE_ERROR_MEMORY. Errors: BAD_ARGUMENT, PROFILE_BAD, LIMIT (an index above 2^30 bytes), MEMORY,
 * NO_MEMORY, IO (progress). report->position counts content bytes. */
SCAPE_API enum scape_error scape_compress(const void *content, size_t size, void *file,
                                          size_t capacity, size_t *file_size,
                                          const struct scape_encode_options *options,
                                          struct scape_report *report);

/* The same from input to output. Memory: for each thread and one more a chunk and its payload, with
 * threads 2 MiB of small ones, for each thread six to eight times a chunk, and 40 bytes for each
 * chunk of the content. Without max_memory, up to four chunks of less than 2^16 floats count as
 * one. file_size may be NULL. Errors besides those above: BAD_LENGTH (the input has not the size
 * given), IO.
 *
 * options.parallel_input says that several threads may call input->read_at at the same time. With
 * threads, and with neither repeats nor content_sha256, which take the content in order, it is
 * called instead of input->read, up to input->size, and each thread reads the chunks that it
 * encodes. */
SCAPE_API enum scape_error scape_compress_stream(const struct scape_input *input,
                                                 const struct scape_output *output,
                                                 const struct scape_encode_options *options,
                                                 uint64_t *file_size, struct scape_report *report);

#ifdef __cplusplus
}
#endif

#endif
