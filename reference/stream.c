/* stream.c - see stream.h. Every coder yields exactly the elements it was asked for. */
#include "stream.h"

#include "lift.h"
#include "rans.h"
#include "zstd_frame.h"

/* Turns little-endian integers of whole bytes, lying at the start of the array's own memory, into
 * its elements. From the last to the first: no element is wider in the stream than in memory, so
 * none is overwritten before it was read. */
static enum scape_ref_error unpack_whole_bytes(struct scape_ref_array *out) {
    const uint8_t *data = out->data;
    unsigned bytes = scape_ref_width_bytes(out->width);
    for (uint64_t i = out->count; i-- > 0;) {
        uint64_t value = scape_ref_load_le(data + i * bytes, bytes);
        if (!scape_ref_value_fits(value, out->width)) {
            return SCAPE_REF_BAD_VALUE;
        }
        scape_ref_array_set(out, i, value);
    }
    return SCAPE_REF_OK;
}

/* [ZST-001] */
static enum scape_ref_error read_zstd(struct scape_ref_cursor *c,
                                      const struct scape_ref_stream_work *work,
                                      struct scape_ref_array *out) {
    uint64_t length;
    struct scape_ref_cursor frame;
    enum scape_ref_error error = scape_ref_cursor_varint(c, &length);
    error = error ? error : scape_ref_cursor_sub(c, length, &frame);
    if (error) {
        return error;
    }
    uint64_t size = out->count * scape_ref_width_bytes(out->width);
    error = scape_ref_zstd_read(frame.data, frame.size, out->data, (size_t)size, work->zstd,
                                work->zstd_size);
    return error ? error : unpack_whole_bytes(out); /* [ZST-006] */
}

static enum scape_ref_error read_rans(struct scape_ref_cursor *c, uint8_t coder,
                                      const struct scape_ref_stream_place *place,
                                      struct scape_ref_stream_work *work,
                                      struct scape_ref_array *out) {
    if (out->width > SCAPE_REF_CODED_WIDTH_MAX) {
        return SCAPE_REF_UNKNOWN_CODER;
    }
    if (coder == SCAPE_REF_CODER_LIFT) {
        return scape_ref_lift_read(c, place, work, out);
    }
    struct scape_ref_context context;
    struct scape_ref_rans_mode mode;
    uint32_t table_count;
    enum scape_ref_error error = scape_ref_rans_mode_read(c, false, &mode);
    error = error ? error
                  : scape_ref_context_read(c, coder, mode.precision, (uint32_t)out->count, place,
                                           work, &table_count, &context);
    return error ? error : scape_ref_rans_read(c, &mode, table_count, &context, work, out);
}

/* [LAY-020] */
enum scape_ref_error scape_ref_stream_read(struct scape_ref_cursor *c,
                                           const struct scape_ref_stream_place *place,
                                           struct scape_ref_stream_work *work,
                                           struct scape_ref_array *out) {
    uint8_t coder;
    enum scape_ref_error error = scape_ref_cursor_u8(c, &coder);
    if (error) {
        return error;
    }
    switch (coder) {
    case SCAPE_REF_CODER_PACKED:
        return scape_ref_packed_read(c, out);
    case SCAPE_REF_CODER_ZSTD:
        return read_zstd(c, work, out);
    case SCAPE_REF_CODER_CONSTANT:
        return scape_ref_constant_read(c, out);
    case SCAPE_REF_CODER_RANS:
    case SCAPE_REF_CODER_RANS_MIXTURE:
    case SCAPE_REF_CODER_RANS_CONTEXT:
    case SCAPE_REF_CODER_LIFT:
        return read_rans(c, coder, place, work, out);
    default:
        return SCAPE_REF_UNKNOWN_CODER;
    }
}
