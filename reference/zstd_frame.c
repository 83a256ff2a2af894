/* zstd_frame.c - see zstd_frame.h. The static part of libzstd's interface gives a decoder that
 * lives in memory we reserved, a look at the frame header, and decoding block by block. */
#define ZSTD_STATIC_LINKING_ONLY
#include "zstd_frame.h"

#include <stdbool.h>
#include <zstd.h>

size_t scape_ref_zstd_memory(void) {
    return ZSTD_estimateDCtxSize();
}

/* libzstd may accept older formats and skippable frames: none of these is a zstd payload
 * [ZST-002] [ZST-003] [ZST-004]. */
static bool is_plain_frame(const uint8_t *frame, size_t frame_size) {
    static const uint8_t magic[4] = {0x28, 0xB5, 0x2F, 0xFD};
    for (size_t i = 0; i < sizeof magic; i++) {
        if (frame_size <= i || frame[i] != magic[i]) {
            return false;
        }
    }
    ZSTD_frameHeader header;
    return ZSTD_getFrameHeader(&header, frame, frame_size) == 0 && header.dictID == 0 &&
           header.windowSize <= UINT64_C(1) << SCAPE_REF_ZSTD_WINDOW_LOG_MAX;
}

/* libzstd takes a compressed block of no bytes for an empty one [ZST-009]. */
static bool block_allowed(const uint8_t header[3]) {
    uint32_t bits = header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16;
    return (bits >> 1 & 3) != 2 || bits >> 3 >= 2;
}

/* Block by block, because libzstd checks what a block regenerates only so [ZST-007]. As the blocks
 * are put one behind the other, matches may reach back to the first byte [ZST-008]. */
static bool decode_blocks(ZSTD_DCtx *context, const uint8_t *frame, size_t frame_size, uint8_t *out,
                          size_t out_size) {
    size_t read = 0, written = 0;
    size_t next = ZSTD_nextSrcSizeToDecompress(context);
    while (next != 0) {
        if (next > frame_size - read) {
            return false;
        }
        if (ZSTD_nextInputType(context) == ZSTDnit_blockHeader && !block_allowed(frame + read)) {
            return false;
        }
        size_t got =
            ZSTD_decompressContinue(context, out + written, out_size - written, frame + read, next);
        if (ZSTD_isError(got)) {
            return false;
        }
        read += next;
        written += got;
        next = ZSTD_nextSrcSizeToDecompress(context);
    }
    return read == frame_size && written == out_size;
}

enum scape_ref_error scape_ref_zstd_read(const uint8_t *frame, size_t frame_size, uint8_t *out,
                                         size_t out_size, void *memory, size_t memory_size) {
    if (!is_plain_frame(frame, frame_size)) {
        return SCAPE_REF_ZSTD_DATA;
    }
    ZSTD_DCtx *context = ZSTD_initStaticDCtx(memory, memory_size);
    if (!context || ZSTD_isError(ZSTD_decompressBegin(context))) {
        return SCAPE_REF_NO_MEMORY;
    }
    return decode_blocks(context, frame, frame_size, out, out_size) ? SCAPE_REF_OK
                                                                    : SCAPE_REF_ZSTD_DATA;
}
