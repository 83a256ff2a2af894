/* encode_stream.c - the simple coders, and which of them is smallest [CAN-050]. Depends on
 * encode_stream.h. */
#include "encode_stream.h"

#include "encode_count.h"

void sc_encode_constant(struct sc_out *out, const struct sc_array *values) {
    uint64_t value = values->bytes <= 2   ? sc_element(values, 0)
                     : values->bytes == 4 ? *(const uint32_t *)(const void *)values->data
                                          : *(const uint64_t *)(const void *)values->data;
    sc_out_uint(out, SCAPE_REG_CODER_CONSTANT, 1);
    sc_out_uint(out, value, (values->width + 7) / 8);
}

void sc_encode_packed(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values) {
    sc_out_uint(out, SCAPE_REG_CODER_PACKED, 1);
    sc_pack(w, out, values);
}

/* Compresses into w->zstd_frame; the frame's size. */
static size_t compress(struct sc_encode_work *w, const uint8_t *bytes, size_t size, int level) {
    size_t bound = ZSTD_compressBound(size);
    void *frame = sc_encode_scratch(w, &w->zstd_frame, bound);
    if (frame == NULL) {
        return 0;
    }
    if (w->zstd == NULL) {
        w->zstd = ZSTD_createCCtx();
    }
    size_t got = w->zstd == NULL ? 0 : ZSTD_compressCCtx(w->zstd, frame, bound, bytes, size, level);
    if (w->zstd == NULL || ZSTD_isError(got)) { /* nothing but memory can be missing */
        w->error = SCAPE_ERROR_NO_MEMORY;
        return 0;
    }
    return got;
}

bool sc_encode_zstd(struct sc_encode_work *w, struct sc_out *out, const uint8_t *bytes, size_t size,
                    int level, size_t limit) {
    size_t got = compress(w, bytes, size, level);
    if (w->error != SCAPE_OK || 1 + sc_varint_size(got) + got >= limit) {
        return false;
    }
    sc_out_uint(out, SCAPE_REG_CODER_ZSTD, 1);
    sc_out_varint(out, got);
    sc_out_bytes(out, w->zstd_frame.data, got);
    return true;
}

size_t sc_zstd_size(struct sc_encode_work *w, const uint8_t *bytes, size_t size, int level) {
    size_t got = compress(w, bytes, size, level);
    return 1 + sc_varint_size(got) + got;
}

/* Does one table in w->nested_fit save 1/64 of PACKED? `step`: every step-th element is looked at;
 * without whole, what a stream has besides its elements does not count. */
static bool table_pays(struct sc_encode_work *w, const struct sc_array *values, uint64_t step,
                       bool whole, struct sc_simple how) {
    uint32_t stride = 1u << values->width;
    uint32_t most = 1u << how.precision;
    uint32_t *counts = sc_encode_scratch(w, &w->counts, stride * sizeof *counts);
    if (counts == NULL) {
        return false;
    }
    sc_count_values(values, step, counts, stride);
    struct sc_counts one = {counts, 1, stride, false, 0};
    uint64_t count = (values->count + step - 1) / step;
    uint64_t limit = sc_packed_size(count, values->width) * 63;
    if (sc_fit_least(&one) * 64 >= limit) { /* mostly so where bits are noise */
        return false;
    }
    struct sc_fit *fit = &w->nested_fit;
    sc_fit_tables(fit, &w->order, &one, values->width, how.precision,
                  how.max_symbols < most ? how.max_symbols : most);
    uint64_t estimate = whole ? sc_fit_estimate(fit, count) : fit->cost / 2048;
    return estimate * 64 < limit;
}

bool sc_sample_pays(struct sc_encode_work *w, const struct sc_array *sample, struct sc_simple how) {
    return table_pays(w, sample, 1, false, how);
}

static bool try_rans(struct sc_encode_work *w, const struct sc_array *values,
                     struct sc_simple how) {
    if (values->width > SCAPE_REG_CODED_WIDTH_MAX) {
        return false;
    }
    uint64_t step = sc_sample_step(values->count);
    return (step == 1 || table_pays(w, values, step, false, how)) &&
           table_pays(w, values, 1, true, how);
}

void sc_encode_smallest(struct sc_encode_work *w, struct sc_out *out, const struct sc_array *values,
                        struct sc_simple how) {
    size_t start = out->size;
    if (sc_all_equal(values)) {
        sc_encode_constant(out, values);
        return;
    }
    if (try_rans(w, values, how)) {
        struct sc_rans_plan plan = {.coder = SCAPE_REG_CODER_RANS, .values = values};
        sc_rans_encode(w, out, &plan, &w->nested_fit);
    } else {
        sc_encode_packed(w, out, values);
    }
    if (how.zstd_level > 0 && w->error == SCAPE_OK && out->error == SCAPE_OK) {
        size_t size = out->size - start;
        out->size = start;
        if (!sc_encode_zstd(w, out, values->data, (size_t)values->count, how.zstd_level, size)) {
            out->size = start + size; /* what stood there is still there */
        }
    }
}
