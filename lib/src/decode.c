/* decode.c - the public calls that decode from front to back. Depends on decoder.h. */
#include "decoder.h"

static const uint8_t nothing[1] = {0};

static void report_now(struct scape_decoder *d, struct scape_report *report) {
    sc_report_fill(report, &d->fault, d->delivered, sc_memory_peak(&d->session.memory));
    if (report != NULL) {
        report->frames = d->frames;
    }
}

static void set_input(struct scape_decoder *d, const struct scape_input *input) {
    const struct scape_spool *spool = d->session.options.spool;
    d->source.input = *input;
    d->source.parallel = d->session.options.parallel_input && d->session.options.threads > 1 &&
                         input->read_at != NULL;
    if (input->read_at == NULL && spool != NULL) {
        d->spool = *spool;
    }
}

static enum scape_error report_early(enum scape_error error, struct scape_report *report) {
    struct sc_fault fault = {error, 0, "opening"};
    sc_report_fill(report, &fault, 0, 0);
    return error;
}

enum scape_error scape_decompress(const void *file, size_t size, void *content, size_t capacity,
                                  size_t *content_size, const struct scape_decode_options *options,
                                  struct scape_report *report) {
    *content_size = 0;
    if ((file == NULL && size > 0) || (content == NULL && capacity > 0)) {
        return report_early(SCAPE_ERROR_BAD_ARGUMENT, report);
    }
    struct scape_decoder d;
    enum scape_error error = sc_decoder_open(&d, options, 0);
    if (error != SCAPE_OK) {
        return report_early(error, report);
    }
    static uint8_t no_content[1]; /* the place of content of no bytes; never written */
    d.source.memory = size > 0 ? file : nothing;
    d.source.size = size;
    d.destination = capacity > 0 ? content : no_content;
    d.most_content = capacity < d.most_content ? capacity : d.most_content;
    const uint8_t *piece;
    size_t piece_size;
    do {
        error = sc_decoder_next(&d, &piece, &piece_size);
    } while (error == SCAPE_OK && piece_size > 0);
    *content_size = (size_t)d.delivered;
    report_now(&d, report);
    sc_decoder_close(&d);
    return error;
}

enum scape_error scape_decode(const struct scape_input *input, const struct scape_output *output,
                              const struct scape_decode_options *options,
                              struct scape_report *report) {
    if (input == NULL || input->read == NULL || output == NULL || output->write == NULL) {
        return report_early(SCAPE_ERROR_BAD_ARGUMENT, report);
    }
    struct scape_decoder d;
    enum scape_error error = sc_decoder_open(&d, options, 0);
    if (error != SCAPE_OK) {
        return report_early(error, report);
    }
    set_input(&d, input);
    if (d.session.options.threads > 1) {
        d.output = *output;
    }
    const uint8_t *piece;
    size_t size;
    while ((error = sc_decoder_next(&d, &piece, &size)) == SCAPE_OK && size > 0) {
        if (d.output.write_at == NULL && output->write(output->ctx, piece, size) != 0) {
            error = SCAPE_ERROR_IO;
            d.fault = (struct sc_fault){error, d.reached, "writing"};
            d.delivered -= size;
            break;
        }
    }
    report_now(&d, report);
    sc_decoder_close(&d);
    return error;
}

enum scape_error scape_decoder_open(struct scape_decoder **decoder, const struct scape_input *input,
                                    const struct scape_decode_options *options,
                                    struct scape_report *report) {
    *decoder = NULL;
    if (input == NULL || input->read == NULL) {
        return report_early(SCAPE_ERROR_BAD_ARGUMENT, report);
    }
    static const struct scape_hooks standard;
    struct scape_hooks hooks = options == NULL ? standard : options->hooks;
    enum scape_error error;
    struct scape_decoder *d = sc_session_new_handle(options, sizeof *d, &error);
    if (d != NULL) {
        error = sc_decoder_open(d, options, sizeof *d);
        if (error != SCAPE_OK) {
            sc_handle_delete(&hooks, d);
        }
    }
    if (d != NULL && error == SCAPE_OK) {
        set_input(d, input);
        *decoder = d;
    }
    return report_early(error, report);
}

enum scape_error scape_decoder_read(struct scape_decoder *decoder, void *buffer, size_t n,
                                    size_t *got, struct scape_report *report) {
    uint8_t *out = buffer;
    *got = 0;
    enum scape_error error = SCAPE_OK;
    while (*got < n) {
        if (decoder->piece_left == 0) {
            error = sc_decoder_next(decoder, &decoder->piece, &decoder->piece_left);
            if (error != SCAPE_OK || decoder->piece_left == 0) {
                break;
            }
        }
        size_t take = n - *got < decoder->piece_left ? n - *got : decoder->piece_left;
        memcpy(out + *got, decoder->piece, take);
        decoder->piece += take;
        decoder->piece_left -= take;
        *got += take;
    }
    report_now(decoder, report);
    return error;
}

void scape_decoder_close(struct scape_decoder *decoder) {
    if (decoder != NULL) {
        struct scape_hooks hooks = decoder->session.options.hooks;
        sc_decoder_close(decoder);
        sc_handle_delete(&hooks, decoder);
    }
}
