/* fault.c - see fault.h. */
#include "fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum scape_error run_decompress(struct fuzz_engine *e) {
    uint8_t *content = malloc(FUZZ_CONTENT_LIMIT);
    size_t size = 0;
    FUZZ_CHECK(content != NULL);
    enum scape_error error = scape_decompress(e->source.data, e->source.size, content,
                                              FUZZ_CONTENT_LIMIT, &size, &e->options, NULL);
    FUZZ_CHECK(e->output.write(e->output.ctx, content, size) == 0);
    free(content);
    return error;
}

static enum scape_error run_decoder(struct fuzz_engine *e) {
    static uint8_t piece[5000];
    struct scape_decoder *decoder = NULL;
    size_t got = sizeof piece;
    enum scape_error error = scape_decoder_open(&decoder, &e->input, &e->options, NULL);
    FUZZ_CHECK((error == SCAPE_OK) == (decoder != NULL));
    while (!error && got == sizeof piece) {
        error = scape_decoder_read(decoder, piece, sizeof piece, &got, NULL);
        FUZZ_CHECK(got <= sizeof piece);
        FUZZ_CHECK(e->output.write(e->output.ctx, piece, got) == 0);
    }
    scape_decoder_close(decoder);
    return error;
}

static enum scape_error run_archive(struct fuzz_engine *e) {
    struct scape_archive *archive = NULL;
    struct scape_tensor tensor;
    if (e->options.max_memory == 0) {
        e->options.max_memory = FUZZ_MEMORY_LIMIT;
    }
    enum scape_error error = scape_archive_open(&archive, &e->input, &e->options, NULL);
    FUZZ_CHECK((error == SCAPE_OK) == (archive != NULL));
    if (error) {
        return error;
    }
    uint64_t size = scape_archive_content_size(archive);
    size = size < FUZZ_CONTENT_LIMIT ? size : FUZZ_CONTENT_LIMIT;
    uint8_t *content = malloc((size_t)size + 1);
    FUZZ_CHECK(content != NULL);
    for (size_t i = 0; i < scape_archive_tensor_count(archive); i++) {
        FUZZ_CHECK(!scape_archive_tensor_at(archive, i, &tensor));
        (void)scape_archive_find(archive, tensor.name, tensor.name_length, &tensor);
    }
    const size_t half = (size_t)size / 2; /* so that a chunk is read in part */
    error = scape_archive_read(archive, 0, content, half, NULL);
    error = error ? error
                  : scape_archive_read(archive, half, content + half, (size_t)size - half, NULL);
    FUZZ_CHECK(error || e->output.write(e->output.ctx, content, (size_t)size) == 0);
    free(content);
    scape_archive_close(archive);
    return error;
}

static enum scape_error run_encoder(struct fuzz_engine *e, const struct fuzz_faults *f) {
    const struct scape_encode_options options = {.level = f->level,
                                                 .chunk_log2 = 12,
                                                 .threads = f->threads,
                                                 .regions = f->regions,
                                                 .region_count = f->region_count,
                                                 .repeats = !f->parallel,
                                                 .content_sha256 = !f->parallel,
                                                 .parallel_input = f->parallel,
                                                 .profile = &e->profile,
                                                 .embed_profile = f->task == FUZZ_COMPRESS,
                                                 .max_memory = f->max_memory,
                                                 .hooks = e->options.hooks};
    if (f->task == FUZZ_ENCODE) {
        return scape_compress_stream(&e->input, &e->output, &options, NULL, NULL);
    }
    size_t size = 0, bound = (size_t)scape_compress_bound(e->source.size, &options);
    uint8_t *file = malloc(bound);
    FUZZ_CHECK(file != NULL && bound != 0);
    enum scape_error error =
        scape_compress(e->source.data, e->source.size, file, bound, &size, &options, NULL);
    FUZZ_CHECK(size <= bound && e->output.write(e->output.ctx, file, size) == 0);
    free(file);
    return error;
}

static enum scape_error run_task(struct fuzz_engine *e, const struct fuzz_faults *f) {
    struct scape_report report;
    enum scape_error error;
    switch (f->task) {
    case FUZZ_DECODE:
        error = scape_decode(&e->input, &e->output, &e->options, &report);
        fuzz_engine_cut(e, &report);
        return error;
    case FUZZ_DECOMPRESS:
        return run_decompress(e);
    case FUZZ_DECODER:
        return run_decoder(e);
    case FUZZ_ARCHIVE:
        return run_archive(e);
    default:
        return run_encoder(e, f);
    }
}

void fuzz_fault_run(const struct fuzz_faults *f, const uint8_t *data, size_t size,
                    struct fuzz_outcome *outcome) {
    struct fuzz_engine e = {.memory = {.fill = 0xA5, .fail_at = f->allocation},
                            .source = {.fail_at = f->read,
                                       .slice = f->slice,
                                       .error_number = f->error_number,
                                       .how = f->how},
                            .sink = {.fail_at = f->write, .error_number = f->error_number}};
    fuzz_engine_open(&e, data, size, true);
    e.options.threads = f->threads;
    if (f->parallel) {
        fuzz_engine_parallel(&e);
    }
    e.options.max_memory = f->max_memory;
    enum scape_error error = run_task(&e, f);
    fuzz_engine_check(&e);
    *outcome = (struct fuzz_outcome){.error = error,
                                     .output = e.sink,
                                     .allocations = e.memory.calls,
                                     .reads = e.source.calls,
                                     .writes = e.sink.calls,
                                     .peak = e.memory.peak,
                                     .allocation_failed = e.memory.failed,
                                     .io_failed = e.source.failed || e.sink.failed};
    FUZZ_CHECK(error != SCAPE_ERROR_NO_MEMORY || e.memory.failed);
    FUZZ_CHECK(error != SCAPE_ERROR_IO || outcome->io_failed);
    FUZZ_CHECK(error || (!e.memory.failed && !outcome->io_failed));
}

void fuzz_fault_compare(const struct fuzz_outcome *outcome, const struct fuzz_outcome *without) {
    const struct fuzz_sink *have = &outcome->output, *want = &without->output;
    /* Another thread may have come upon the file's own fault first. */
    FUZZ_CHECK(outcome->error == without->error || outcome->error == SCAPE_ERROR_NO_MEMORY ||
               outcome->error == SCAPE_ERROR_IO);
    FUZZ_CHECK(have->size <= want->size || want->size == 0);
    FUZZ_CHECK(have->size == 0 || want->size == 0 ||
               memcmp(have->data, want->data, have->size) == 0);
    if (!outcome->allocation_failed && !outcome->io_failed) {
        FUZZ_CHECK(outcome->error == without->error && have->size == want->size);
    }
}

static const int error_numbers[] = {EINTR, ENOSPC, EPIPE, EIO};

static void run_once(const struct fuzz_faults *f, const uint8_t *data, size_t size,
                     const struct fuzz_outcome *whole) {
    struct fuzz_outcome outcome;
    fuzz_fault_run(f, data, size, &outcome);
    fuzz_fault_compare(&outcome, whole);
    FUZZ_CHECK(f->threads > 1 || whole->error || /* what is read ahead may fail behind that */
               outcome.error == (f->allocation ? SCAPE_ERROR_NO_MEMORY : SCAPE_ERROR_IO));
    fuzz_sink_free(&outcome.output);
}

void fuzz_fault_every(const struct fuzz_faults *f, const uint8_t *data, size_t size,
                      struct fuzz_outcome *whole) {
    fuzz_fault_run(f, data, size, whole);
    if (f->task == FUZZ_DECOMPRESS || f->task == FUZZ_COMPRESS) {
        whole->reads = 0; /* there is no callback */
    }
    if (f->task != FUZZ_DECODE && f->task != FUZZ_ENCODE) {
        whole->writes = 0;
    }
    for (uint64_t n = 1; n <= whole->allocations; n++) {
        struct fuzz_faults one = *f;
        one.allocation = n;
        run_once(&one, data, size, whole);
    }
    for (uint64_t n = 1; n <= whole->reads; n++) {
        struct fuzz_faults one = *f;
        one.read = n;
        one.how = n % 2 ? FUZZ_READ_EXCESS : FUZZ_READ_ERROR;
        one.error_number = error_numbers[n % (sizeof error_numbers / sizeof *error_numbers)];
        run_once(&one, data, size, whole);
    }
    for (uint64_t n = 1; n <= whole->writes; n++) {
        struct fuzz_faults one = *f;
        one.write = n;
        one.error_number = error_numbers[n % (sizeof error_numbers / sizeof *error_numbers)];
        run_once(&one, data, size, whole);
    }
}
