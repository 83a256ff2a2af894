/* fuzz_differential.c - libscape against the reference over a whole file: the same content, the
 * same error class, by every kernel and number of threads. Tail: 0 kernel, 1 threads and whether
 * they read and write for themselves, 2 slice of a read, 3 and 4 a range, 5 whether it is a pipe.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

static void compare_stream(const struct fuzz_input *in, bool seekable,
                           const struct fuzz_oracle *want) {
    struct fuzz_engine e = {.memory.fill = 0xA5, .source.slice = in->tail[2]};
    struct scape_report report;
    fuzz_engine_open(&e, in->data, in->size, seekable);
    e.options.threads = in->tail[1] % FUZZ_THREADS_MAX + 1U;
    if (in->tail[1] / FUZZ_THREADS_MAX % 2 != 0) {
        fuzz_engine_parallel(&e);
    }
    enum scape_error error = fuzz_engine_decode(&e, &report);
    fuzz_oracle_compare(want, error, e.sink.data, e.sink.size);
    fuzz_sink_free(&e.sink);
}

/* Of a good file: the same content by the index. */
static void compare_archive(const struct fuzz_input *in, const struct fuzz_oracle *want) {
    struct fuzz_engine e = {.memory.fill = 0xFF};
    struct scape_archive *archive;
    bool good = want->report.error == SCAPE_REF_OK;
    enum scape_error error = fuzz_engine_open_archive(&e, in->data, in->size, &archive);
    FUZZ_CHECK(!good || !error || error == SCAPE_ERROR_MEMORY);
    if (archive && good) {
        size_t whole = want->content.size, offset = whole * in->tail[3] / 256;
        size_t n = (whole - offset) * (in->tail[4] + (size_t)1) / 256;
        uint8_t *part = malloc(n + 1);
        FUZZ_CHECK(part != NULL && scape_archive_content_size(archive) == whole);
        error = scape_archive_read(archive, offset, part, n, NULL);
        FUZZ_CHECK(!error || error == SCAPE_ERROR_MEMORY);
        FUZZ_CHECK(error || n == 0 || memcmp(part, want->content.data + offset, n) == 0);
        free(part);
    }
    scape_archive_close(archive);
    fuzz_engine_check(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    const bool seekable = !(in.tail[5] & 1);
    struct fuzz_oracle want;
    fuzz_oracle_open(&want, in.data, in.size, seekable);
    if (seekable) {
        fuzz_oracle_compare_kernels(&want, in.data, in.size);
    }
    fuzz_use_kernel(in.tail[0]);
    compare_stream(&in, seekable, &want);
    if (seekable) {
        compare_archive(&in, &want);
    }
    fuzz_oracle_close(&want);
    return 0;
}
