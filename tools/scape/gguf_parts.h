/* gguf_parts.h - a model file cut as the study cuts GGUF: five streams, and the order in which
 * their bytes make the file. In and out through functions, so that streams may be files or memory.
 * Depends on codec.h. */
#ifndef SCAPE_CLI_GGUF_PARTS_H
#define SCAPE_CLI_GGUF_PARTS_H

#include "codec.h"

/* A Q4_K super-block is 2 bytes d, 2 bytes dmin, 12 bytes of packed scales and mins, 128 bytes of
 * nibbles:
 *   nibbles_q4k  the nibble bytes of all super-blocks, in file order
 *   scales_q4k   the other 16 bytes, transposed: first byte 0 of every super-block of the file,
 * then byte 1 of every one ... quant_other  tensors of any other type, but for tensor_f32   tensors
 * of f32 meta         header, key-value pairs, tensor infos, padding, trailing bytes */
enum cli_stream {
    CLI_STREAM_NIBBLES,
    CLI_STREAM_SCALES,
    CLI_STREAM_OTHER,
    CLI_STREAM_F32,
    CLI_STREAM_META,
    CLI_STREAM_COUNT
};

enum {
    CLI_Q4K_SCALES = 16,
    CLI_Q4K_NIBBLES = 128,
    CLI_Q4K_BLOCK = CLI_Q4K_SCALES + CLI_Q4K_NIBBLES
};

const char *cli_stream_name(enum cli_stream stream);

/* Bytes of the file that lie in one stream or, for Q4_K, in the first two. */
enum cli_part_kind {
    CLI_PART_Q4K,
    CLI_PART_OTHER,
    CLI_PART_F32,
    CLI_PART_META,
    CLI_PART_KINDS
};

const char *cli_part_kind_name(enum cli_part_kind kind);
enum cli_stream cli_part_stream(enum cli_part_kind kind); /* of Q4_K: the nibbles */
enum cli_part_kind cli_part_kind_of(uint16_t dtype);

struct cli_part {
    enum cli_part_kind kind;
    uint64_t length;
};

struct cli_parts {
    struct cli_part *at;
    size_t count, capacity;
    uint64_t size; /* of the file */
    uint64_t stream_size[CLI_STREAM_COUNT];
};

/* Appends a part, joined with the last one where the kinds agree. False: out of memory, or the
 * length is no whole number of super-blocks, or the file would be too large for a file. */
bool cli_parts_add(struct cli_parts *p, enum cli_part_kind kind, uint64_t length);
/* The parts of a file of size bytes, cut into regions that may end early. */
bool cli_parts_make(struct cli_parts *p, const struct codec_region *regions, size_t count,
                    uint64_t size);
void cli_parts_free(struct cli_parts *p);

/* Bytes at a place of a stream. */
typedef bool cli_stream_put(void *ctx, enum cli_stream stream, uint64_t offset, const void *data,
                            size_t n);
typedef bool cli_stream_get(void *ctx, enum cli_stream stream, uint64_t offset, void *data,
                            size_t n);

/* Reads the file in order and puts its bytes into their streams; the other way round. False when
 * reading, writing or an allocation failed. */
bool cli_parts_split(const struct cli_parts *p, const struct codec_source *source,
                     cli_stream_put *put, void *ctx);
bool cli_parts_join(const struct cli_parts *p, cli_stream_get *get, void *ctx,
                    const struct codec_target *target);

/* Streams in memory: data[s] holds stream_size[s] bytes. */
struct cli_streams {
    const struct cli_parts *parts;
    unsigned char *data[CLI_STREAM_COUNT];
};

/* Sets the streams up for parts, which must outlive them. */
bool cli_streams_open(struct cli_streams *s, const struct cli_parts *parts);
void cli_streams_close(struct cli_streams *s);
cli_stream_put cli_streams_put; /* ctx: the streams */
cli_stream_get cli_streams_get;

#endif
