/* encode.c - the public calls that encode. Depends on encoder.h. */
#include "encoder.h"

static enum scape_error finish(enum scape_error error, const char *where, struct sc_encoder *e,
                               struct scape_report *report) {
    struct sc_fault fault = {error, e == NULL ? 0 : e->taken, where};
    sc_report_fill(report, &fault, e == NULL ? 0 : e->taken,
                   e == NULL ? 0 : sc_memory_peak(&e->memory));
    if (e != NULL) {
        sc_encoder_close(e);
    }
    return error;
}

uint64_t scape_compress_bound(size_t size, const struct scape_encode_options *options) {
    enum {
        CHUNK_MORE = SC_BLOCK_OVERHEAD + 3 + 16,
        REGION_MORE = 128
    };
    struct scape_encode_options o = {0};
    struct sc_plan plan;
    if (options != NULL) {
        o = *options;
    }
    uint32_t log2 = o.chunk_log2 != 0      ? o.chunk_log2
                    : o.level == SCAPE_MAX ? SCAPE_REG_CHUNK_LOG2_DEFAULT + 1
                                           : SCAPE_REG_CHUNK_LOG2_DEFAULT;
    if (log2 < SCAPE_REG_CHUNK_LOG2_MIN || log2 > SCAPE_REG_CHUNK_LOG2_MAX ||
        sc_plan_open(&plan, o.regions, o.region_count, log2) != SCAPE_OK) {
        return 0;
    }
    uint64_t bound = SC_HEADER_SIZE_NAMED + SC_TRAILER_SIZE + 2 * SC_BLOCK_OVERHEAD + REGION_MORE;
    bound += o.profile == NULL ? 0 : o.profile->size;
    for (size_t i = 0; i < o.region_count; i++) {
        bound += REGION_MORE + o.regions[i].name_length;
    }
    return bound + size + CHUNK_MORE * sc_plan_chunks(&plan, size);
}

enum scape_error scape_compress(const void *content, size_t size, void *file, size_t capacity,
                                size_t *file_size, const struct scape_encode_options *options,
                                struct scape_report *report) {
    static const uint8_t nothing[1] = {0};
    static uint8_t no_room[1]; /* the place of a file of no bytes; never written */
    *file_size = 0;
    if ((content == NULL && size > 0) || (file == NULL && capacity > 0)) {
        return finish(SCAPE_ERROR_BAD_ARGUMENT, "opening", NULL, report);
    }
    struct sc_encoder e;
    enum scape_error error = sc_encoder_open(&e, options);
    if (error != SCAPE_OK) {
        return finish(error, "opening", NULL, report);
    }
    e.options.content_size_given = true;
    e.options.content_size = size;
    e.source.memory = size > 0 ? content : nothing;
    e.source.size = size;
    e.destination = capacity > 0 ? file : no_room;
    e.capacity = capacity;
    error = sc_encoder_run(&e);
    *file_size = (size_t)e.written;
    return finish(error, e.where, &e, report);
}

enum scape_error scape_compress_stream(const struct scape_input *input,
                                       const struct scape_output *output,
                                       const struct scape_encode_options *options,
                                       uint64_t *file_size, struct scape_report *report) {
    bool repeats = options != NULL && options->repeats;
    if (file_size != NULL) {
        *file_size = 0;
    }
    if (input == NULL || input->read == NULL || output == NULL || output->write == NULL ||
        (repeats && input->read_at == NULL)) {
        return finish(SCAPE_ERROR_BAD_ARGUMENT, "opening", NULL, report);
    }
    struct sc_encoder e;
    enum scape_error error = sc_encoder_open(&e, options);
    if (error != SCAPE_OK) {
        return finish(error, "opening", NULL, report);
    }
    e.source.input = *input;
    e.source.parallel = e.options.parallel_input && e.options.threads > 1 &&
                        input->read_at != NULL && !e.options.repeats && !e.options.content_sha256;
    e.output = *output;
    error = sc_encoder_run(&e);
    if (file_size != NULL) {
        *file_size = e.written;
    }
    return finish(error, e.where, &e, report);
}
