/* study_bf16.c - see study_bf16.h. Streams are the format's; only the tables are not what its
 * encoder would choose. */
#include "study_bf16.h"

#include "encode_stream.h"
#include "layout.h"
#include "stream.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    P = 12,
    CHUNK = 1 << 22,
    ELEMENTS = CHUNK / 2,
    STREAM_ROOM = 1 << 16, /* tables and states */
    WIDTH_MAX = 9,
    OTHER_LEVEL = 19
};

/* Two fields of one chunk, and what coding them needs. */
struct split {
    const struct scape_ref_layout *layout;
    struct scape_ref_array fields[2];
    struct scape_ref_memory memory;
    struct scape_ref_stream_work work;
};

static void split_close(struct split *s) {
    free(s->fields[0].data);
    free(s->fields[1].data);
    free(s->work.ids);
    scape_ref_buffer_release(&s->memory, &s->work.memory);
}

static bool split_open(struct split *s) {
    const struct scape_ref_options no_limits = {.max_memory = 0};
    bool good = true;
    *s = (struct split){.layout = scape_ref_layout_find(SCAPE_REF_LAYOUT_BF16_SE9M7)};
    scape_ref_memory_init(&s->memory, &no_limits);
    for (uint32_t f = 0; f < 2; f++) {
        struct scape_ref_array *a = &s->fields[f];
        a->width = s->layout->fields[f].width;
        a->size = scape_ref_array_element(a->width);
        a->data = malloc((size_t)ELEMENTS * a->size);
        good = good && a->data != NULL;
    }
    s->work.ids = malloc(ELEMENTS + 1);
    good = good && s->work.ids != NULL &&
           scape_ref_stream_work_reserve(&s->memory, &s->work) == SCAPE_REF_OK;
    if (!good) {
        split_close(s);
    }
    return good;
}

/* The field's stream at the end of out; dense: values that do not occur are counted too. */
static bool put_stream(struct split *s, uint32_t field, bool dense, struct cli_memory_writer *out) {
    const struct scape_ref_array *a = &s->fields[field];
    const struct scape_ref_table_plan one = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};
    uint32_t counts[1 << WIDTH_MAX];
    struct scape_ref_fit fit = {0};
    size_t room = 2 * (size_t)a->count + STREAM_ROOM;
    if (!cli_memory_reserve(out, out->size + room) ||
        scape_ref_table_plan_count(&s->memory, a, &one, counts) != SCAPE_REF_OK) {
        return false;
    }
    for (uint32_t v = 0; dense && v < (uint32_t)1 << a->width; v++) {
        counts[v] = 16 * counts[v] + 1;
    }
    bool good = scape_ref_tables_fit(&s->memory, &fit, counts, a->width, 1, P, 1u << P, false) ==
                SCAPE_REF_OK;
    if (good) {
        const struct scape_ref_encode_tables tables = {.fit = &fit};
        struct scape_ref_sink sink = {.data = out->data + out->size, .capacity = room};
        good = scape_ref_encode_rans(&s->memory, &sink, a, &one, &tables) == SCAPE_REF_OK &&
               !scape_ref_sink_is_full(&sink);
        out->size += good ? sink.size : 0;
    }
    scape_ref_buffer_release(&s->memory, &fit.memory);
    return good;
}

static bool is_split(const struct codec_region *r) {
    return r->dtype == SCAPE_REF_DTYPE_BF16 && r->length % 2 == 0;
}

static void split_chunk(struct split *s, const unsigned char *content, size_t size) {
    s->fields[0].count = s->fields[1].count = size / 2;
    scape_ref_layout_split(s->layout, content, size / 2, s->fields);
}

/* zstd frames carry their own length nowhere outside, so it stands before each. */
static bool put_other(const unsigned char *data, size_t size, struct cli_memory_writer *out) {
    uint8_t head[8];
    size_t bound = ZSTD_compressBound(size);
    if (!cli_memory_reserve(out, out->size + sizeof head + bound)) {
        return false;
    }
    size_t n = ZSTD_compress(out->data + out->size + sizeof head, bound, data, size, OTHER_LEVEL);
    if (ZSTD_isError(n)) {
        return false;
    }
    scape_ref_store_u64le(out->data + out->size, n);
    out->size += sizeof head + n;
    return true;
}

bool cli_study_dense_pack(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    struct split s;
    const unsigned char *data = in->file.data;
    bool good = split_open(&s);
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        const unsigned char *content = data + r->offset;
        size_t size = (size_t)r->length;
        if (!is_split(r)) {
            good = put_other(content, size, out);
            continue;
        }
        for (size_t at = 0; at < size && good; at += CHUNK) {
            split_chunk(&s, content + at, size - at < CHUNK ? size - at : CHUNK);
            good = put_stream(&s, 0, true, out) && put_stream(&s, 1, true, out);
        }
    }
    split_close(&s);
    return good;
}

static bool take_other(struct scape_ref_cursor *c, unsigned char *to, size_t size) {
    uint64_t packed = 0;
    const uint8_t *frame = NULL;
    return scape_ref_cursor_u64le(c, &packed) == SCAPE_REF_OK &&
           scape_ref_cursor_take(c, packed, &frame) == SCAPE_REF_OK &&
           ZSTD_decompress(to, size, frame, (size_t)packed) == size;
}

static bool take_chunk(struct split *s, struct scape_ref_cursor *c, unsigned char *to,
                       size_t size) {
    bool good = true;
    for (uint32_t f = 0; f < 2 && good; f++) {
        const struct scape_ref_stream_place place = {s->layout, f, s->fields};
        s->fields[f].count = size / 2;
        good = scape_ref_stream_read(c, &place, &s->work, &s->fields[f]) == SCAPE_REF_OK;
    }
    if (good) {
        scape_ref_layout_join(s->layout, s->fields, size / 2, to);
    }
    return good;
}

bool cli_study_dense_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                            struct cli_memory_writer *out) {
    struct split s;
    struct scape_ref_cursor c = scape_ref_cursor_make(packed->data, packed->size);
    bool good = cli_memory_reserve(out, out->size + in->file.size + 1) && split_open(&s);
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        unsigned char *to = out->data + out->size;
        size_t size = (size_t)r->length;
        if (!is_split(r)) {
            good = take_other(&c, to, size);
        }
        for (size_t at = 0; is_split(r) && at < size && good; at += CHUNK) {
            good = take_chunk(&s, &c, to + at, size - at < CHUNK ? size - at : CHUNK);
        }
        out->size += size;
    }
    split_close(&s);
    return good && scape_ref_cursor_left(&c) == 0;
}

bool cli_study_dense_loss(const struct cli_bench_input *in, double *dense, double *sparse) {
    struct split s;
    struct cli_memory_writer streams = {NULL, 0, 0};
    const unsigned char *data = in->file.data;
    uint64_t elements = 0, bytes[2] = {0, 0};
    bool good = split_open(&s);
    if (!good) {
        return false;
    }
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        for (size_t at = 0; is_split(r) && at < r->length && good; at += CHUNK) {
            size_t left = (size_t)r->length - at;
            split_chunk(&s, data + r->offset + at, left < CHUNK ? left : CHUNK);
            for (unsigned kind = 0; kind < 2 && good; kind++) {
                streams.size = 0;
                good = put_stream(&s, 0, kind == 0, &streams);
                bytes[kind] += streams.size;
            }
            elements += s.fields[0].count;
        }
    }
    cli_memory_free(&streams);
    split_close(&s);
    if (!good || elements == 0) {
        return false;
    }
    *dense = 8 * (double)bytes[0] / (double)elements;
    *sparse = 8 * (double)bytes[1] / (double)elements;
    return true;
}
