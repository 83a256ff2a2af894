/* msan_border.c - libscape's border to libzstd, where that is not built with MemorySanitizer: what
 * libzstd is given must be initialised, and what it says that it wrote is. Linked by --wrap, so
 * the library itself knows nothing of it. Depends on zstd.h. */
#include <sanitizer/msan_interface.h>
#include <zstd.h>

size_t __real_ZSTD_decompressContinue(void *dctx, void *dst, size_t room, const void *src,
                                      size_t size);
size_t __wrap_ZSTD_decompressContinue(void *dctx, void *dst, size_t room, const void *src,
                                      size_t size);
size_t __real_ZSTD_compressCCtx(ZSTD_CCtx *cctx, void *dst, size_t room, const void *src,
                                size_t size, int level);
size_t __wrap_ZSTD_compressCCtx(ZSTD_CCtx *cctx, void *dst, size_t room, const void *src,
                                size_t size, int level);

static size_t written(void *dst, size_t n) {
    if (!ZSTD_isError(n)) {
        __msan_unpoison(dst, n);
    }
    return n;
}

size_t __wrap_ZSTD_decompressContinue(void *dctx, void *dst, size_t room, const void *src,
                                      size_t size) {
    __msan_check_mem_is_initialized(src, size);
    return written(dst, __real_ZSTD_decompressContinue(dctx, dst, room, src, size));
}

size_t __wrap_ZSTD_compressCCtx(ZSTD_CCtx *cctx, void *dst, size_t room, const void *src,
                                size_t size, int level) {
    __msan_check_mem_is_initialized(src, size);
    return written(dst, __real_ZSTD_compressCCtx(cctx, dst, room, src, size, level));
}