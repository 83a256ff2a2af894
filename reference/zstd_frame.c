/* zstd_frame.c - see zstd_frame.h. The static part of libzstd's interface gives a decoder that
 * lives in memory we reserved, and a look at the frame header. */
#define ZSTD_STATIC_LINKING_ONLY
#include "zstd_frame.h"

#include <zstd.h>

size_t scape_ref_zstd_memory(void) {
    return ZSTD_estimateDCtxSize();
}

/* libzstd may accept older formats, skippable frames and several frames in a row: none of these is
 * a zstd payload. */
static int is_one_plain_frame(const uint8_t *frame, size_t frame_size) {
    static const uint8_t magic[4] = {0x28, 0xB5, 0x2F, 0xFD};
    for (size_t i = 0; i < sizeof magic; i++) {
        if (frame_size <= i || frame[i] != magic[i]) {
            return 0;
        }
    }
    ZSTD_frameHeader header;
    return ZSTD_getFrameHeader(&header, frame, frame_size) == 0 && header.dictID == 0 &&
           header.windowSize <= UINT64_C(1) << SCAPE_REF_ZSTD_WINDOW_LOG_MAX &&
           ZSTD_findFrameCompressedSize(frame, frame_size) == frame_size;
}

enum scape_ref_error scape_ref_zstd_read(const uint8_t *frame, size_t frame_size, uint8_t *out,
                                         size_t out_size, void *memory, size_t memory_size) {
    if (!is_one_plain_frame(frame, frame_size)) {
        return SCAPE_REF_ZSTD_DATA;
    }
    ZSTD_DCtx *context = ZSTD_initStaticDCtx(memory, memory_size);
    if (!context) {
        return SCAPE_REF_NO_MEMORY;
    }
    size_t got = ZSTD_decompressDCtx(context, out, out_size, frame, frame_size);
    return got == out_size ? SCAPE_REF_OK : SCAPE_REF_ZSTD_DATA; /* errors are huge numbers */
}
