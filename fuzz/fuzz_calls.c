/* fuzz_calls.c - libscape's calls over a whole file under any options, right or wrong: arguments
 * that are not allowed are refused before anything is done; cancelled, by default allocators, with
 * a spool or without profiles, what is put out is a beginning of what the reference puts out. Tail:
 * 0 the call, 1 and 2 the flags below, 3 threads or what is wrong with the numbers, 4 to 6 which
 * call of progress (of an archive's input), of the spool (its output) or of the spool's or an open
 * archive's input goes wrong, 7 how, and a number without a meaning. Threads that read and write
 * for themselves count no calls: 4 and 5 are one more than the offset that cannot be read, 6 that
 * of 64 bytes that cannot be written; from 128 on, 7 also says that the input's size is told
 * wrongly.
 */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

enum call {
    CALL_DECODE,
    CALL_DECOMPRESS,
    CALL_DECODER,
    CALL_ARCHIVE,
    CALL_REFERENCE, /* by its default options */
    CALL_PARALLEL,
    CALL_COUNT
};

enum flag {
    FLAG_NO_OPTIONS = 1,
    FLAG_OWN_MEMORY = 2,
    FLAG_HALF_HOOKS = 4,
    FLAG_RESERVED = 8,
    FLAG_SKIP_SHA256 = 16,
    FLAG_SPOOL = 32,
    FLAG_SPOOL_NO_WRITE = 64,
    FLAG_SPOOL_NO_READ = 128,
    FLAG_PROGRESS = 1 << 8,
    FLAG_PIPE = 1 << 9,
    FLAG_NO_PROFILES = 1 << 10,
    FLAG_NULL_PROFILES = 1 << 11,
    FLAG_NO_INPUT = 1 << 12,
    FLAG_NO_READ = 1 << 13,
    FLAG_NO_OUTPUT = 1 << 14,
    FLAG_NO_WRITE = 1 << 15
};

enum {
    THREADS_TOO_MANY = 65,
    PROFILES_TOO_MANY = 253, /* threads: one, and more profiles than there can be */
    LITTLE_MEMORY = 254,     /* threads: one, and no memory for a handle */
    PIECE = 3000,
    WRITE_STEP = 64,
    SIZE_IS_WRONG = 128
};

struct calls {
    struct fuzz_input in;
    unsigned flags;
    struct fuzz_oracle want;
    struct fuzz_engine e;
    struct scape_spool spool;
    struct fuzz_sink spooled; /* at its offsets, with holes */
    uint64_t spool_reads, spool_writes, progressed;
    bool cancelled;
    const struct scape_input *input;
    const struct scape_output *output;
    const struct scape_decode_options *options;
};

static bool has(const struct calls *c, unsigned flag) {
    return (c->flags & flag) != 0;
}

static int on_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct calls *c = ctx;
    FUZZ_CHECK(!c->cancelled && bytes_in <= c->in.size && bytes_out <= FUZZ_CONTENT_LIMIT);
    c->cancelled = ++c->progressed == c->in.tail[4];
    return c->cancelled;
}

static int spool_write(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct calls *c = ctx;
    FUZZ_CHECK(offset <= c->in.size && n <= c->in.size - offset);
    if (++c->spool_writes == c->in.tail[5]) {
        return -1;
    }
    if (!c->spooled.data) {
        c->spooled.data = calloc(1, c->in.size);
        FUZZ_CHECK(c->spooled.data != NULL);
    }
    memcpy(c->spooled.data + offset, data, n);
    return 0;
}

/* What goes wrong is an error, more than was asked for, or nothing. */
static int64_t spool_read(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct calls *c = ctx;
    FUZZ_CHECK(c->spooled.data && offset <= c->in.size && n <= c->in.size - offset);
    if (++c->spool_reads == c->in.tail[6]) {
        return c->in.tail[7] % 3 == 0 ? -1 : c->in.tail[7] % 3 == 1 ? (int64_t)n + 1 : 0;
    }
    memcpy(buffer, c->spooled.data + offset, n);
    return (int64_t)n;
}

static void open_options(struct calls *c) {
    struct scape_decode_options *o = &c->e.options;
    const uint8_t number = c->in.tail[3];
    c->spool = (struct scape_spool){.ctx = c,
                                    .write_at = has(c, FLAG_SPOOL_NO_WRITE) ? NULL : spool_write,
                                    .read_at = has(c, FLAG_SPOOL_NO_READ) ? NULL : spool_read};
    o->threads = number < THREADS_TOO_MANY ? number % 5U : THREADS_TOO_MANY;
    o->profile_count = has(c, FLAG_NO_PROFILES) ? 0 : 1;
    if (number == LITTLE_MEMORY) {
        o->threads = 1;
        o->max_memory = 100;
    } else if (number == PROFILES_TOO_MANY) {
        o->threads = 1;
        o->profile_count = SIZE_MAX;
    }
    o->skip_sha256 = has(c, FLAG_SKIP_SHA256);
    o->reserved[3] = has(c, FLAG_RESERVED);
    o->spool = has(c, FLAG_SPOOL) ? &c->spool : NULL;
    o->progress = has(c, FLAG_PROGRESS) ? on_progress : NULL;
    o->progress_ctx = c;
    o->profiles = has(c, FLAG_NULL_PROFILES) ? NULL : o->profiles;
    if (has(c, FLAG_OWN_MEMORY)) {
        o->hooks = (struct scape_hooks){.ctx = NULL};
    }
    if (has(c, FLAG_HALF_HOOKS)) {
        o->hooks.allocate = has(c, FLAG_OWN_MEMORY) ? fuzz_allocate : NULL;
    }
    c->options = has(c, FLAG_NO_OPTIONS) ? NULL : o;
}

static bool options_are_bad(const struct calls *c) {
    const struct scape_decode_options *o = c->options;
    return o && (has(c, FLAG_HALF_HOOKS | FLAG_RESERVED) || o->threads >= THREADS_TOO_MANY ||
                 (o->spool && has(c, FLAG_SPOOL_NO_WRITE | FLAG_SPOOL_NO_READ)) ||
                 (!o->profiles && o->profile_count != 0) || o->profile_count > 1);
}

/* The class, and what was put out. */
static void check(const struct calls *c, enum scape_error error, bool bad, const uint8_t *content,
                  size_t size) {
    const struct fuzz_sink *whole = &c->want.content;
    const enum scape_error wanted = (enum scape_error)c->want.report.error;
    FUZZ_CHECK((error == SCAPE_ERROR_BAD_ARGUMENT) == bad);
    FUZZ_CHECK(!bad || size == 0);
    size_t both = size < whole->size ? size : whole->size;
    FUZZ_CHECK(both == 0 || memcmp(content, whole->data, both) == 0);
    FUZZ_CHECK(size <= whole->size || wanted);
    FUZZ_CHECK(error || size == whole->size || wanted);
    FUZZ_CHECK(!c->cancelled || error);
    fuzz_engine_check(&c->e);
}

static void call_decode(struct calls *c) {
    struct scape_report report;
    enum scape_error error = scape_decode(c->input, c->output, c->options, &report);
    const bool bad = !c->input || !c->input->read || !c->output || !c->output->write;
    FUZZ_CHECK(!c->cancelled || (error == SCAPE_ERROR_IO && report.message[0] != '\0'));
    check(c, error, bad || options_are_bad(c), c->e.sink.data, c->e.sink.size);
}

static void call_decompress(struct calls *c) {
    const bool no_place = has(c, FLAG_NO_OUTPUT), no_room = has(c, FLAG_NO_WRITE);
    const size_t room = no_room ? 0 : FUZZ_CONTENT_LIMIT;
    uint8_t *content = malloc(FUZZ_CONTENT_LIMIT);
    size_t size = 0, file_size = has(c, FLAG_NO_READ) ? 0 : c->in.size;
    uint64_t told;
    FUZZ_CHECK(content != NULL);
    const uint8_t *file = has(c, FLAG_NO_INPUT) ? NULL : c->in.data;
    enum scape_error error =
        scape_decompress(file, file_size, no_place ? NULL : content, room, &size, c->options, NULL);
    const bool bad = (!file && file_size != 0) || (no_place && !no_room) || options_are_bad(c);
    FUZZ_CHECK(size <= room);
    FUZZ_CHECK(error || !has(c, FLAG_NO_READ | FLAG_NO_WRITE) || c->want.content.size == 0);
    check(c, error, bad, content, size);
    enum scape_error telling = scape_content_size(file, file_size, &told);
    FUZZ_CHECK(telling || error || told == size || c->want.report.error);
    free(content);
}

static void call_decoder(struct calls *c) {
    uint8_t *content = malloc(FUZZ_CONTENT_LIMIT + PIECE);
    struct scape_decoder *decoder = NULL;
    size_t size = 0, got = PIECE;
    FUZZ_CHECK(content != NULL);
    enum scape_error error = scape_decoder_open(&decoder, c->input, c->options, NULL);
    const bool bad = !c->input || !c->input->read || options_are_bad(c);
    FUZZ_CHECK((error == SCAPE_OK) == (decoder != NULL));
    while (!error && got == PIECE) {
        error = scape_decoder_read(decoder, content + size, PIECE, &got, NULL);
        size += got;
    }
    FUZZ_CHECK(!decoder || !error || scape_decoder_read(decoder, content, 1, &got, NULL) == error);
    scape_decoder_close(decoder);
    check(c, error, bad, content, size);
    free(content);
}

/* ---- What an archive tells of itself ---- */

static void check_frames(const struct scape_archive *a, uint64_t file_size) {
    struct scape_frame frame;
    uint64_t content = 0, position = 0;
    size_t count = scape_archive_frame_count(a);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(!scape_archive_frame_at(a, i, &frame));
        FUZZ_CHECK(frame.position == position && frame.content_start == content);
        position += frame.size;
        content += frame.skippable ? 0 : frame.content_size;
    }
    FUZZ_CHECK(position == file_size && content == scape_archive_content_size(a));
    FUZZ_CHECK(scape_archive_frame_at(a, count, &frame) == SCAPE_ERROR_BAD_ARGUMENT);
}

static void check_chunks(const struct scape_archive *a) {
    struct scape_chunk chunk;
    uint64_t content = 0;
    uint32_t layout, coder;
    size_t count = scape_archive_chunk_count(a);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(!scape_archive_chunk_at(a, i, &chunk) && chunk.content_start == content);
        content += chunk.content_length;
        if (!scape_archive_chunk_coding(a, i, &layout, &coder)) {
            FUZZ_CHECK(!chunk.repeat && scape_layout_name(layout));
        }
    }
    FUZZ_CHECK(content == scape_archive_content_size(a));
    FUZZ_CHECK(scape_archive_chunk_at(a, count, &chunk) == SCAPE_ERROR_BAD_ARGUMENT);
    FUZZ_CHECK(scape_archive_chunk_coding(a, count, &layout, &coder) == SCAPE_ERROR_BAD_ARGUMENT);
}

/* The whole to an output, and to a buffer that is not there. */
static enum scape_error copy_all(struct calls *c, struct scape_archive *a) {
    const uint64_t size = scape_archive_content_size(a);
    struct scape_report report;
    if (size > FUZZ_CONTENT_LIMIT) {
        return SCAPE_ERROR_MEMORY;
    }
    enum scape_error error = scape_archive_copy(a, 0, size, c->output, &report);
    FUZZ_CHECK(report.content_bytes == c->e.sink.size && (error || c->e.sink.size == size));
    FUZZ_CHECK(scape_archive_read(a, 0, NULL, (size_t)size, NULL) ==
               (size != 0 ? SCAPE_ERROR_BAD_ARGUMENT : SCAPE_OK));
    return error;
}

static void call_archive(struct calls *c) {
    struct scape_archive *a = NULL;
    if (c->e.options.max_memory == 0) {
        c->e.options.max_memory = FUZZ_MEMORY_LIMIT;
    }
    c->e.source.fail_at = c->in.tail[4];
    c->e.sink.fail_at = c->in.tail[5];
    enum scape_error error = scape_archive_open(&a, c->input, c->options, NULL);
    bool bad = !c->input || !c->input->read_at || options_are_bad(c);
    FUZZ_CHECK((error == SCAPE_OK) == (a != NULL));
    if (a) {
        check_frames(a, c->in.size);
        c->e.source.calls = 0;
        c->e.source.fail_at = c->in.tail[6];
        check_chunks(a);
        error = copy_all(c, a);
        bad = !c->output || !c->output->write;
        bad = bad && error != SCAPE_ERROR_MEMORY;
    }
    scape_archive_close(a);
    check(c, error, bad, c->e.sink.data, c->e.sink.size);
}

static void call_reference(struct calls *c) {
    struct fuzz_source source = {.data = c->in.data, .size = c->in.size};
    struct fuzz_sink sink = {.data = NULL};
    const struct scape_ref_options options = {.max_memory = FUZZ_MEMORY_LIMIT,
                                              .max_content = c->in.tail[4],
                                              .skip_sha256 = has(c, FLAG_SKIP_SHA256)};
    const struct scape_ref_input input = fuzz_source_open(&source, !has(c, FLAG_PIPE));
    const struct scape_ref_output output = fuzz_sink_open(&sink);
    enum scape_ref_error error =
        scape_ref_decode(&input, &output, has(c, FLAG_NO_OPTIONS) ? NULL : &options, NULL);
    FUZZ_CHECK(error || sink.size == c->want.content.size || c->want.report.error);
    FUZZ_CHECK(!has(c, FLAG_SKIP_SHA256) || error != SCAPE_REF_CONTENT_HASH);
    fuzz_sink_free(&sink);
}

/* ---- Threads that read and write for themselves ---- */

static bool holds(uint64_t offset, size_t n, uint64_t place) {
    return offset <= place && place - offset < n;
}

static int64_t parallel_read(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct calls *c = ctx;
    const uint64_t bad = c->in.tail[4] | (uint64_t)c->in.tail[5] << 8;
    const size_t left = offset < c->in.size ? c->in.size - (size_t)offset : 0;
    const size_t got = n < left ? n : left;
    if (bad != 0 && holds(offset, n, bad - 1)) {
        return c->in.tail[7] % 3 == 0 ? -1 : c->in.tail[7] % 3 == 1 ? (int64_t)n + 1 : 0;
    }
    if (got != 0) {
        memcpy(buffer, c->in.data + offset, got);
    }
    return (int64_t)got;
}

static int parallel_write(void *ctx, uint64_t offset, const void *data, size_t n) {
    const struct calls *c = ctx;
    const uint64_t bad = c->in.tail[6];
    FUZZ_CHECK(offset <= FUZZ_CONTENT_LIMIT && n <= FUZZ_CONTENT_LIMIT - offset);
    if (bad != 0 && holds(offset, n, (bad - 1) * WRITE_STEP)) {
        return -1;
    }
    memcpy(c->e.sink.data + offset, data, n);
    return 0;
}

/* The sink's memory is the whole output. */
static void call_parallel(struct calls *c) {
    struct scape_report report;
    struct scape_decode_options *options = &c->e.options;
    struct scape_input input = {c, c->e.input.read, NULL, c->in.size};
    struct scape_output output = {c, c->e.output.write, parallel_write};
    c->e.sink.data = malloc(FUZZ_CONTENT_LIMIT);
    FUZZ_CHECK(c->e.sink.data != NULL);
    options->parallel_input = true;
    options->threads = 2 + c->in.tail[3] % 3U;
    if (has(c, FLAG_OWN_MEMORY)) {
        options->max_memory = (uint64_t)(c->in.tail[7] + 1) << 12;
    } else if (c->want.report.error != SCAPE_REF_MEMORY) {
        options->max_memory = 0; /* small chunks go together */
    }
    if (!has(c, FLAG_PIPE)) {
        input.read_at = parallel_read;
        input.size = c->in.tail[7] < SIZE_IS_WRONG ? c->in.size : c->in.size / 2;
    }
    input.ctx = has(c, FLAG_PIPE) ? c->e.input.ctx : c;
    c->options = options;
    enum scape_error error = scape_decode(&input, &output, c->options, &report);
    const bool bad = !input.read || !output.write || options_are_bad(c);
    if (error || (c->in.tail[4] | c->in.tail[5]) ==
                     0) { /* else the end may come early, between two frames */
        check(c, error, bad, c->e.sink.data, (size_t)report.content_bytes);
    }
}

/* ---- Numbers and names ---- */

static void check_names(uint8_t number) {
    const char *name = scape_dtype_name(number);
    FUZZ_CHECK(!name || scape_dtype_number(name) == number);
    char other[2] = {(char)(number & 0x7F), '\0'};
    FUZZ_CHECK(scape_dtype_number(other) == 0 && scape_dtype_number("bf16{") == 0);
    FUZZ_CHECK(scape_dtype_number("bf16") == scape_dtype_number("BF16"));
    name = scape_coder_name(number);
    FUZZ_CHECK(!name || name[0] != '\0');
    name = scape_layout_name(number);
    FUZZ_CHECK(!name || name[0] != '\0');
    const char *error = scape_error_name((enum scape_error)number);
    const char *want = scape_ref_error_name((enum scape_ref_error)number);
    FUZZ_CHECK(error[0] != '\0' && scape_error_text((enum scape_error)number)[0] != '\0');
    FUZZ_CHECK(want[0] == '?' || strcmp(error, want) == 0);
    FUZZ_CHECK((scape_ref_error_message((enum scape_ref_error)number)[0] == '\0') ==
               (want[0] == '?' || number == 0));
    FUZZ_CHECK(scape_version() != 0 && scape_format_version()[0] != '\0');
    FUZZ_CHECK(setenv("SCAPE_KERNEL", "", 1) == 0 && scape_kernel_name()[0] != '\0');
    fuzz_use_kernel(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct calls c = {.in = fuzz_input_open(data, size)};
    static void (*const calls[CALL_COUNT])(struct calls *) = {
        [CALL_DECODE] = call_decode,       [CALL_DECOMPRESS] = call_decompress,
        [CALL_DECODER] = call_decoder,     [CALL_ARCHIVE] = call_archive,
        [CALL_REFERENCE] = call_reference, [CALL_PARALLEL] = call_parallel};
    c.flags = c.in.tail[1] | (unsigned)c.in.tail[2] << 8;
    check_names(c.in.tail[7]);
    fuzz_oracle_open(&c.want, c.in.data, c.in.size, true);
    if (c.want.report.error == SCAPE_REF_MEMORY || c.in.tail[3] == LITTLE_MEMORY) {
        c.flags &= ~(unsigned)FLAG_NO_OPTIONS; /* it may take all memory there is */
    }
    fuzz_engine_open(&c.e, c.in.data, c.in.size, !has(&c, FLAG_PIPE));
    c.e.source.how = (enum fuzz_read_fault)(c.in.tail[7] % 3);
    c.e.input.read = has(&c, FLAG_NO_READ) ? NULL : c.e.input.read;
    c.e.output.write = has(&c, FLAG_NO_WRITE) ? NULL : c.e.output.write;
    c.input = has(&c, FLAG_NO_INPUT) ? NULL : &c.e.input;
    c.output = has(&c, FLAG_NO_OUTPUT) ? NULL : &c.e.output;
    open_options(&c);
    calls[c.in.tail[0] % CALL_COUNT](&c);
    fuzz_sink_free(&c.e.sink);
    fuzz_sink_free(&c.spooled);
    fuzz_oracle_close(&c.want);
    return 0;
}
