/* fuzz_differential.c - libscape against the reference over a whole file: the same content, the
 * same error class, by every kernel and number of threads. Tail: 0 kernel, 1 threads, 2 slice of a
 * read, 3 and 4 a range, 5 whether it is a pipe. */
#include "fuzz.h"

#include <scape.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONTENT_MAX = 1 << 22,
    MEMORY_MAX = 1 << 25,
    THREADS_MAX = 3
};

static const char *const kernels[] = {"avx512", "avx2", "portable"};

struct libscape {
    struct fuzz_memory memory;
    struct fuzz_source source;
    struct fuzz_sink sink;
    struct scape_input input;
    struct scape_profile profile;
    struct scape_decode_options options;
};

static void open_libscape(struct libscape *l, const struct fuzz_input *in, bool seekable) {
    l->source.data = in->data;
    l->source.size = in->size;
    const struct scape_ref_input input = fuzz_source_open(&l->source, seekable);
    l->input = (struct scape_input){input.ctx, input.read, input.read_at, input.size};
    l->profile =
        (struct scape_profile){scape_ref_standard_profile, scape_ref_standard_profile_size};
    l->options = (struct scape_decode_options){.max_memory = MEMORY_MAX,
                                               .max_content = CONTENT_MAX,
                                               .threads = in->tail[1] % THREADS_MAX + 1U,
                                               .profiles = &l->profile,
                                               .profile_count = 1,
                                               .hooks = {&l->memory, fuzz_allocate, fuzz_release}};
}

static bool is_memory(int error) {
    return error == SCAPE_REF_MEMORY;
}

/* Content up to the fault; all of it where the classes agree. */
static void compare(int error, const uint8_t *content, size_t size,
                    const struct scape_ref_report *want, const struct fuzz_sink *wanted) {
    size_t both = size < wanted->size ? size : wanted->size;
    FUZZ_CHECK(both == 0 || memcmp(content, wanted->data, both) == 0);
    /* The two need different amounts of memory. */
    if (!is_memory(error) && !is_memory((int)want->error)) {
        FUZZ_CHECK(error == (int)want->error);
        FUZZ_CHECK(size == wanted->size);
    }
}

static enum scape_ref_error decode_reference(const struct fuzz_input *in, bool seekable,
                                             struct fuzz_sink *sink,
                                             struct scape_ref_report *report) {
    struct fuzz_source source = {.data = in->data, .size = in->size};
    const struct scape_ref_profile profile = {scape_ref_standard_profile,
                                              scape_ref_standard_profile_size};
    const struct scape_ref_options options = {.max_memory = MEMORY_MAX,
                                              .max_content = CONTENT_MAX,
                                              .profiles = &profile,
                                              .profile_count = 1};
    const struct scape_ref_input input = fuzz_source_open(&source, seekable);
    const struct scape_ref_output output = fuzz_sink_open(sink);
    return scape_ref_decode(&input, &output, &options, report);
}

static void compare_stream(const struct fuzz_input *in, bool seekable,
                           const struct scape_ref_report *want, const struct fuzz_sink *wanted) {
    struct libscape l = {.memory.fill = 0xA5, .source.slice = in->tail[2]};
    struct scape_report report;
    open_libscape(&l, in, seekable);
    const struct scape_ref_output sink = fuzz_sink_open(&l.sink);
    const struct scape_output output = {sink.ctx, sink.write};
    enum scape_error error = scape_decode(&l.input, &output, &l.options, &report);
    FUZZ_CHECK(error == report.error && report.content_bytes == l.sink.size);
    FUZZ_CHECK(l.memory.live == 0 && l.memory.count == 0 && l.memory.peak <= MEMORY_MAX);
    compare((int)error, l.sink.data, l.sink.size, want, wanted);
    fuzz_sink_free(&l.sink);
}

static void compare_memory(const struct fuzz_input *in, const struct scape_ref_report *want,
                           const struct fuzz_sink *wanted) {
    struct libscape l = {.memory.fill = 0x5A};
    struct scape_report report;
    size_t size = 0;
    open_libscape(&l, in, true);
    uint8_t *content = malloc(wanted->size + 1);
    FUZZ_CHECK(content != NULL);
    enum scape_error error =
        scape_decompress(in->data, in->size, content, wanted->size, &size, &l.options, &report);
    FUZZ_CHECK(error == report.error && size <= wanted->size);
    FUZZ_CHECK(l.memory.live == 0 && l.memory.count == 0);
    compare((int)error, content, size, want, wanted);
    free(content);
}

/* Of a good file: the same content by the index. */
static void compare_archive(const struct fuzz_input *in, const struct scape_ref_report *want,
                            const struct fuzz_sink *wanted) {
    struct libscape l = {.memory.fill = 0xFF};
    struct scape_archive *archive = NULL;
    open_libscape(&l, in, true);
    enum scape_error error = scape_archive_open(&archive, &l.input, &l.options, NULL);
    FUZZ_CHECK((error == SCAPE_OK) == (archive != NULL));
    FUZZ_CHECK(want->error || !error || is_memory((int)error));
    if (archive && !want->error) {
        size_t offset = wanted->size * in->tail[3] / 256;
        size_t n = (wanted->size - offset) * (in->tail[4] + (size_t)1) / 256;
        uint8_t *part = malloc(n + 1);
        FUZZ_CHECK(part != NULL && scape_archive_content_size(archive) == wanted->size);
        error = scape_archive_read(archive, offset, part, n, NULL);
        FUZZ_CHECK(!error || is_memory((int)error));
        FUZZ_CHECK(error || n == 0 || memcmp(part, wanted->data + offset, n) == 0);
        free(part);
    }
    scape_archive_close(archive);
    FUZZ_CHECK(l.memory.live == 0 && l.memory.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_sink wanted = {.data = NULL};
    struct scape_ref_report want;
    const bool seekable = !(in.tail[5] & 1);
    const char *kernel = kernels[in.tail[0] % (sizeof kernels / sizeof *kernels)];
    FUZZ_CHECK(setenv("SCAPE_KERNEL", kernel, 1) == 0);
    decode_reference(&in, seekable, &wanted, &want);
    compare_stream(&in, seekable, &want, &wanted);
    if (seekable) {
        compare_memory(&in, &want, &wanted);
        compare_archive(&in, &want, &wanted);
    }
    fuzz_sink_free(&wanted);
    return 0;
}
