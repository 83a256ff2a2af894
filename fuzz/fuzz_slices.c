/* fuzz_slices.c - libscape alone: a file read and its content asked for in pieces of any size, by
 * any number of threads, gives the class and the bytes of one call in memory; and so does encoding
 * those bytes. Tail: 0 threads and kernel, 1 slice of a read, 2 to 4 sizes of the pieces, 5 whether
 * it is a pipe, 6 level and chunk size. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

struct whole {
    uint8_t *content;
    size_t size;
    enum scape_error error;
};

static uint32_t next(uint32_t *random) {
    *random = *random * 1664525U + 1013904223U;
    return *random >> 8;
}

static void decode_whole(struct whole *w, const struct fuzz_input *in) {
    struct fuzz_engine e = {.memory.fill = 0x11};
    struct scape_report report;
    w->content = malloc(FUZZ_CONTENT_LIMIT);
    FUZZ_CHECK(w->content != NULL);
    fuzz_engine_open(&e, in->data, in->size, true);
    w->error = scape_decompress(in->data, in->size, w->content, FUZZ_CONTENT_LIMIT, &w->size,
                                &e.options, &report);
    FUZZ_CHECK(w->error == report.error && w->size == report.content_bytes);
    fuzz_engine_check(&e);
}

static void decode_pieces(const struct whole *w, const struct fuzz_input *in) {
    struct fuzz_engine e = {.memory.fill = 0xEE, .source.slice = in->tail[1]};
    struct scape_decoder *decoder = NULL;
    struct scape_report report;
    uint32_t random = in->tail[2];
    size_t most = ((size_t)in->tail[3] << (in->tail[4] % 12)) + 1, got = 0, want;
    uint8_t *content = malloc(w->size + most);
    size_t size = 0;
    const bool seekable = !(in->tail[5] & 1);
    FUZZ_CHECK(content != NULL);
    fuzz_engine_open(&e, in->data, in->size, seekable);
    e.options.threads = in->tail[0] % FUZZ_THREADS_MAX + 1U;
    enum scape_error error = scape_decoder_open(&decoder, &e.input, &e.options, &report);
    FUZZ_CHECK((error == SCAPE_OK) == (decoder != NULL));
    do {
        want = next(&random) % most + 1;
        error = error ? error : scape_decoder_read(decoder, content + size, want, &got, &report);
        FUZZ_CHECK(got <= want);
        size += got;
        FUZZ_CHECK(size <= w->size);
    } while (!error && got == want);
    scape_decoder_close(decoder);
    fuzz_engine_check(&e);
    FUZZ_CHECK(size == 0 || memcmp(content, w->content, size) == 0);
    if (error != SCAPE_ERROR_MEMORY && w->error != SCAPE_ERROR_MEMORY &&
        (seekable || error != SCAPE_ERROR_NEEDS_SEEK)) {
        FUZZ_CHECK(error == w->error && size == w->size);
    }
    free(content);
}

static struct scape_encode_options encode_options(const struct fuzz_input *in,
                                                  struct fuzz_memory *memory, unsigned threads) {
    return (struct scape_encode_options){.level = (enum scape_level)(in->tail[6] % 3 + 1),
                                         .chunk_log2 = 12 + in->tail[6] / 3 % 5U,
                                         .threads = threads,
                                         .content_sha256 = true,
                                         .hooks = {memory, fuzz_allocate, fuzz_release}};
}

static void encode_pieces(const struct whole *w, const struct fuzz_input *in) {
    struct fuzz_engine e = {.memory.fill = 0x77, .source.slice = in->tail[1]};
    struct fuzz_memory memory = {.fill = 0x88};
    struct scape_encode_options options = encode_options(in, &memory, 1);
    uint64_t bound = scape_compress_bound(w->size, &options), streamed = 0;
    size_t size = 0;
    FUZZ_CHECK(bound != 0 && bound < SIZE_MAX);
    uint8_t *file = malloc((size_t)bound);
    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(!scape_compress(w->content, w->size, file, (size_t)bound, &size, &options, NULL));
    FUZZ_CHECK(memory.live == 0 && size <= bound);
    fuzz_engine_open(&e, w->content, w->size, false);
    options = encode_options(in, &e.memory, in->tail[0] % FUZZ_THREADS_MAX + 1U);
    options.content_size_given = true;
    options.content_size = w->size;
    FUZZ_CHECK(!scape_compress_stream(&e.input, &e.output, &options, &streamed, NULL));
    fuzz_engine_check(&e);
    FUZZ_CHECK(streamed == e.sink.size && size == e.sink.size);
    FUZZ_CHECK(memcmp(file, e.sink.data, size) == 0);
    fuzz_sink_free(&e.sink);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct whole whole;
    fuzz_use_kernel(in.tail[0] / FUZZ_THREADS_MAX);
    decode_whole(&whole, &in);
    decode_pieces(&whole, &in);
    if (whole.size <= 1 << 16) { /* encoding is the slow part */
        encode_pieces(&whole, &in);
    }
    free(whole.content);
    return 0;
}
