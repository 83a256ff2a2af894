/* study_gguf.c - see study_gguf.h. A packed file of the decomp_ methods: the number of parts and
 * each part's kind and length, then for each stream its packed length and bytes; nothing that
 * unpacking needs is left uncounted. */
#include "study_gguf.h"
#include "gguf_parts.h"
#include "study_rans.h"

#include "cursor.h"

#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

enum {
    QB_TABLES = 4,
    DICT_SIZE = 1 << 14,
    DICT_SAMPLE = 1 << 13,
    DICT_SAMPLES_MAX = 1 << 10, /* of either half: 8 MiB */
    DTYPE_GGML = 64             /* the first number of the registry that is a block type */
};

/* ---- Bytes ---- */

static bool put_varint(struct cli_memory_writer *out, uint64_t value) {
    uint8_t text[SCAPE_REF_VARINT_MAX];
    return cli_memory_append(out, text, scape_ref_store_varint(text, value));
}

static bool zstd_pack(ZSTD_CCtx *ctx, const struct codec_memory *dict, const void *data,
                      size_t size, int level, struct cli_memory_writer *out) {
    size_t bound = ZSTD_compressBound(size);
    if (ctx == NULL || ZSTD_isError(bound) || !cli_memory_reserve(out, out->size + bound)) {
        return false;
    }
    size_t n = ZSTD_compress_usingDict(ctx, out->data + out->size, bound, data, size, dict->data,
                                       dict->size, level);
    out->size += ZSTD_isError(n) ? 0 : n;
    return !ZSTD_isError(n);
}

/* A length, then what pack wrote. */
static bool put_sized(struct cli_memory_writer *out, const struct cli_memory_writer *part) {
    return put_varint(out, part->size) && cli_memory_append(out, part->data, part->size);
}

/* ---- Whole files ---- */

static bool whole_pack(const struct cli_bench_input *in, struct cli_memory_writer *out, int level) {
    const struct codec_memory none = {NULL, 0};
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    bool good = zstd_pack(ctx, &none, in->file.data, in->file.size, level, out);
    ZSTD_freeCCtx(ctx);
    return good;
}

static bool whole_zstd3(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return whole_pack(in, out, 3);
}

static bool whole_zstd19(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return whole_pack(in, out, 19);
}

static bool whole_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                         struct cli_memory_writer *out) {
    if (!cli_memory_reserve(out, out->size + in->file.size + 1)) {
        return false;
    }
    size_t n = ZSTD_decompress(out->data + out->size, in->file.size, packed->data, packed->size);
    out->size += ZSTD_isError(n) ? 0 : n;
    return n == in->file.size;
}

/* ---- Streams ---- */

/* How the streams of a decomposed file are packed. */
struct recipe {
    int level;
    bool transposed; /* the scales; else as they lie in the file */
    bool sign_magnitude, mixture;
};

static void untranspose(const unsigned char *from, unsigned char *to, size_t blocks) {
    for (size_t c = 0; c < CLI_Q4K_SCALES; c++) {
        for (size_t b = 0; b < blocks; b++) {
            to[b * CLI_Q4K_SCALES + c] = from[c * blocks + b];
        }
    }
}

static void transpose(const unsigned char *from, unsigned char *to, size_t blocks) {
    for (size_t c = 0; c < CLI_Q4K_SCALES; c++) {
        for (size_t b = 0; b < blocks; b++) {
            to[c * blocks + b] = from[b * CLI_Q4K_SCALES + c];
        }
    }
}

/* Signs, set below 8, then magnitudes 0 to 8. */
static bool pack_sign_magnitude(uint8_t *nibbles, size_t count, struct cli_memory_writer *out) {
    uint8_t *signs = malloc(count + 1);
    if (signs == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        signs[i] = nibbles[i] < 8;
        nibbles[i] = (uint8_t)(signs[i] ? 8 - nibbles[i] : nibbles[i] - 8);
    }
    bool good = cli_rans_pack(signs, count, 1, out) && cli_rans_pack(nibbles, count, 4, out);
    free(signs);
    return good;
}

static bool unpack_sign_magnitude(const struct codec_memory *packed, uint8_t *nibbles,
                                  size_t count) {
    uint8_t *signs = malloc(count + 1);
    size_t at = 0;
    bool good = signs != NULL && cli_rans_unpack(packed, &at, signs, count, 1) &&
                cli_rans_unpack(packed, &at, nibbles, count, 4);
    for (size_t i = 0; i < count && good; i++) {
        nibbles[i] = (uint8_t)(signs[i] ? 8 - nibbles[i] : 8 + nibbles[i]);
    }
    free(signs);
    return good;
}

static bool pack_nibbles(const struct recipe *r, const unsigned char *bytes, size_t size,
                         struct cli_memory_writer *out) {
    uint8_t *nibbles = malloc(2 * size + 1);
    if (nibbles == NULL) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        nibbles[2 * i] = bytes[i] & 15;
        nibbles[2 * i + 1] = bytes[i] >> 4;
    }
    bool good = r->mixture ? cli_rans_pack_mixture(nibbles, 2 * size, QB_TABLES, out)
                           : pack_sign_magnitude(nibbles, 2 * size, out);
    free(nibbles);
    return good;
}

static bool unpack_nibbles(const struct recipe *r, const struct codec_memory *packed,
                           unsigned char *bytes, size_t size) {
    uint8_t *nibbles = malloc(2 * size + 1);
    size_t at = 0;
    bool good = nibbles != NULL;
    if (good) {
        good = r->mixture ? cli_rans_unpack(packed, &at, nibbles, 2 * size, 4)
                          : unpack_sign_magnitude(packed, nibbles, 2 * size);
    }
    for (size_t i = 0; i < size && good; i++) {
        bytes[i] = (unsigned char)(nibbles[2 * i] | (unsigned)nibbles[2 * i + 1] << 4);
    }
    free(nibbles);
    return good;
}

/* data may be changed. */
static bool pack_stream(const struct recipe *r, enum cli_stream stream, unsigned char *data,
                        size_t size, struct cli_memory_writer *out) {
    const struct codec_memory none = {NULL, 0};
    struct cli_memory_writer part = {NULL, 0, 0};
    bool good = true;
    if (stream == CLI_STREAM_NIBBLES && (r->mixture || r->sign_magnitude)) {
        good = pack_nibbles(r, data, size, &part);
    } else {
        unsigned char *rows = NULL;
        if (stream == CLI_STREAM_SCALES && !r->transposed) {
            rows = malloc(size + 1);
            good = rows != NULL;
            if (good) {
                untranspose(data, rows, size / CLI_Q4K_SCALES);
            }
        }
        ZSTD_CCtx *ctx = ZSTD_createCCtx();
        good = good && zstd_pack(ctx, &none, rows != NULL ? rows : data, size, r->level, &part);
        ZSTD_freeCCtx(ctx);
        free(rows);
    }
    good = good && put_sized(out, &part);
    cli_memory_free(&part);
    return good;
}

static bool unpack_stream(const struct recipe *r, enum cli_stream stream,
                          const struct codec_memory *packed, unsigned char *data, size_t size) {
    if (stream == CLI_STREAM_NIBBLES && (r->mixture || r->sign_magnitude)) {
        return unpack_nibbles(r, packed, data, size);
    }
    if (stream != CLI_STREAM_SCALES || r->transposed) {
        return ZSTD_decompress(data, size, packed->data, packed->size) == size;
    }
    unsigned char *rows = malloc(size + 1);
    bool good = rows != NULL && ZSTD_decompress(rows, size, packed->data, packed->size) == size;
    if (good) {
        transpose(rows, data, size / CLI_Q4K_SCALES);
    }
    free(rows);
    return good;
}

static bool decomp_pack(const struct cli_bench_input *in, struct cli_memory_writer *out,
                        const struct recipe *r) {
    struct cli_parts parts;
    struct cli_streams streams;
    struct cli_memory_reader reader = {in->file.data, in->file.size, 0};
    const struct codec_source source = cli_memory_source(&reader);
    if (!cli_parts_make(&parts, in->regions, in->region_count, in->file.size)) {
        return false;
    }
    bool good = cli_streams_open(&streams, &parts);
    if (!good) {
        cli_parts_free(&parts);
        return false;
    }
    good =
        cli_parts_split(&parts, &source, cli_streams_put, &streams) && put_varint(out, parts.count);
    for (size_t i = 0; i < parts.count && good; i++) {
        good = put_varint(out, parts.at[i].length << 2 | (uint64_t)parts.at[i].kind);
    }
    for (int s = 0; s < CLI_STREAM_COUNT && good; s++) {
        good =
            pack_stream(r, (enum cli_stream)s, streams.data[s], (size_t)parts.stream_size[s], out);
    }
    cli_streams_close(&streams);
    cli_parts_free(&parts);
    return good;
}

static bool read_parts(struct scape_ref_cursor *c, struct cli_parts *parts) {
    uint64_t count = 0, part = 0;
    bool good = scape_ref_cursor_varint(c, &count) == SCAPE_REF_OK;
    *parts = (struct cli_parts){.at = NULL};
    for (uint64_t i = 0; i < count && good; i++) {
        good = scape_ref_cursor_varint(c, &part) == SCAPE_REF_OK &&
               cli_parts_add(parts, (enum cli_part_kind)(part & 3), part >> 2);
    }
    return good;
}

static bool decomp_unpack(const struct codec_memory *packed, struct cli_memory_writer *out,
                          const struct recipe *r) {
    struct cli_parts parts;
    struct cli_streams streams = {.parts = NULL};
    const struct codec_target target = cli_memory_target(out);
    struct scape_ref_cursor c = scape_ref_cursor_make(packed->data, packed->size);
    bool good = read_parts(&c, &parts) && cli_streams_open(&streams, &parts);
    for (int s = 0; s < CLI_STREAM_COUNT && good; s++) {
        uint64_t size = 0;
        struct codec_memory stream = {NULL, 0};
        const uint8_t *data = NULL;
        good = scape_ref_cursor_varint(&c, &size) == SCAPE_REF_OK &&
               scape_ref_cursor_take(&c, size, &data) == SCAPE_REF_OK;
        stream = (struct codec_memory){data, (size_t)size};
        good = good && unpack_stream(r, (enum cli_stream)s, &stream, streams.data[s],
                                     (size_t)parts.stream_size[s]);
    }
    good = good && cli_parts_join(&parts, cli_streams_get, &streams, &target);
    cli_streams_close(&streams);
    cli_parts_free(&parts);
    return good;
}

#define DECOMP(name, ...)                                                                          \
    static bool name##_pack(const struct cli_bench_input *in, struct cli_memory_writer *out) {     \
        const struct recipe r = {__VA_ARGS__};                                                     \
        return decomp_pack(in, out, &r);                                                           \
    }                                                                                              \
    static bool name##_unpack(const struct cli_bench_input *in, const struct codec_memory *packed, \
                              struct cli_memory_writer *out) {                                     \
        const struct recipe r = {__VA_ARGS__};                                                     \
        (void)in;                                                                                  \
        return decomp_unpack(packed, out, &r);                                                     \
    }

DECOMP(zstd3, 3, false, false, false)
DECOMP(zstd19, 19, false, false, false)
DECOMP(zstd19_bg, 19, true, false, false)
DECOMP(qb_full, 19, true, false, true)
DECOMP(qa, 19, true, true, false)

/* ---- Dictionaries: of the even tensors for the odd ones, and the other way round ---- */

struct halves {
    unsigned char *samples[2];
    size_t sizes[2][DICT_SAMPLES_MAX];
    unsigned counts[2];
};

/* Which half a region belongs to: that of its number among the tensors. */
static unsigned half_of(const struct codec_region *r, size_t *tensors) {
    return (unsigned)(r->dtype != 0 ? (*tensors)++ % 2 : 0);
}

static void add_samples(struct halves *h, unsigned half, const unsigned char *data, uint64_t size,
                        uint64_t every) {
    for (uint64_t at = 0; at < size && h->counts[half] < DICT_SAMPLES_MAX;
         at += DICT_SAMPLE * every) {
        size_t n = size - at < DICT_SAMPLE ? (size_t)(size - at) : DICT_SAMPLE;
        memcpy(h->samples[half] + (size_t)h->counts[half] * DICT_SAMPLE, data + at, n);
        /* only the last sample of a tensor is short: the others follow without a hole */
        h->sizes[half][h->counts[half]++] = DICT_SAMPLE;
        memset(h->samples[half] + (size_t)(h->counts[half] - 1) * DICT_SAMPLE + n, 0,
               DICT_SAMPLE - n);
    }
}

static bool train_halves(const struct cli_bench_input *in, struct cli_memory_writer dicts[2]) {
    struct halves *h = calloc(1, sizeof *h);
    uint64_t every = in->file.size / ((uint64_t)2 * DICT_SAMPLE * DICT_SAMPLES_MAX) + 1;
    size_t tensors = 0;
    bool good = h != NULL;
    for (int i = 0; i < 2 && good; i++) {
        h->samples[i] = malloc((size_t)DICT_SAMPLES_MAX * DICT_SAMPLE);
        good = h->samples[i] != NULL && cli_memory_reserve(&dicts[i], DICT_SIZE);
    }
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        unsigned half = half_of(r, &tensors);
        if (r->dtype != 0) {
            add_samples(h, half, (const unsigned char *)in->file.data + r->offset, r->length,
                        every);
        }
    }
    for (int i = 0; i < 2 && good; i++) {
        size_t n = ZDICT_trainFromBuffer(dicts[i].data, DICT_SIZE, h->samples[i], h->sizes[i],
                                         h->counts[i]);
        dicts[i].size = ZDICT_isError(n) ? 0 : n; /* too few tensors: none */
    }
    for (int i = 0; h != NULL && i < 2; i++) {
        free(h->samples[i]);
    }
    free(h);
    return good;
}

static bool dict_pack(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    struct cli_memory_writer dicts[2] = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct cli_memory_writer part = {NULL, 0, 0};
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    size_t tensors = 0;
    bool good = train_halves(in, dicts) && put_sized(out, &dicts[0]) && put_sized(out, &dicts[1]);
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        unsigned half = half_of(r, &tensors);
        const struct codec_memory dict = {dicts[1 - half].data,
                                          r->dtype != 0 ? dicts[1 - half].size : 0};
        part.size = 0;
        good = zstd_pack(ctx, &dict, (const unsigned char *)in->file.data + r->offset,
                         (size_t)r->length, 19, &part) &&
               put_sized(out, &part);
    }
    cli_memory_free(&part);
    cli_memory_free(&dicts[0]);
    cli_memory_free(&dicts[1]);
    ZSTD_freeCCtx(ctx);
    return good;
}

static bool take_sized(struct scape_ref_cursor *c, struct codec_memory *out) {
    uint64_t size = 0;
    const uint8_t *data = NULL;
    bool good = scape_ref_cursor_varint(c, &size) == SCAPE_REF_OK &&
                scape_ref_cursor_take(c, size, &data) == SCAPE_REF_OK;
    *out = (struct codec_memory){data, (size_t)size};
    return good;
}

static bool dict_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                        struct cli_memory_writer *out) {
    struct scape_ref_cursor c = scape_ref_cursor_make(packed->data, packed->size);
    struct codec_memory dicts[2], part;
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    size_t tensors = 0;
    bool good = ctx != NULL && take_sized(&c, &dicts[0]) && take_sized(&c, &dicts[1]) &&
                cli_memory_reserve(out, out->size + in->file.size + 1);
    for (size_t i = 0; i < in->region_count && good; i++) {
        const struct codec_region *r = &in->regions[i];
        const struct codec_memory *dict = &dicts[1 - half_of(r, &tensors)];
        size_t dict_size = r->dtype != 0 ? dict->size : 0;
        good = take_sized(&c, &part) &&
               ZSTD_decompress_usingDict(ctx, out->data + out->size, (size_t)r->length, part.data,
                                         part.size, dict->data, dict_size) == r->length;
        out->size += good ? (size_t)r->length : 0;
    }
    ZSTD_freeDCtx(ctx);
    return good;
}

/* ---- The lists ---- */

static const struct cli_baseline methods[] = {
    {"whole_zstd3", "zstd -3", whole_zstd3, whole_unpack},
    {"whole_zstd19", "zstd -19", whole_zstd19, whole_unpack},
    {"decomp_perstream_zstd3", "five streams, zstd -3 each", zstd3_pack, zstd3_unpack},
    {"decomp_perstream_zstd19", "five streams, zstd -19 each", zstd19_pack, zstd19_unpack},
    {"decomp_perstream_zstd19_bg", "the same, scales transposed", zstd19_bg_pack, zstd19_bg_unpack},
    {"decomp_qb_full", "the same, nibbles under 4 tables", qb_full_pack, qb_full_unpack},
    {"qa_sign_magnitude", "the same, nibbles as sign and magnitude", qa_pack, qa_unpack},
    {"zstd_dict", "zstd -19 with dictionaries of the other tensors", dict_pack, dict_unpack},
#ifdef SCAPE_HAS_BROTLI
    {"brotli_q9", "brotli, quality 9", cli_brotli_pack, cli_brotli_unpack},
#endif
};

const struct cli_baseline *cli_study_gguf_get(size_t i) {
    return i < sizeof methods / sizeof methods[0] ? &methods[i] : NULL;
}

uint64_t cli_study_side_bytes(const struct cli_baseline *method,
                              const struct codec_memory *packed) {
    struct scape_ref_cursor c = scape_ref_cursor_make(packed->data, packed->size);
    struct codec_memory dicts[2];
    return method->pack == dict_pack && take_sized(&c, &dicts[0]) && take_sized(&c, &dicts[1])
               ? dicts[0].size + dicts[1].size
               : 0;
}

uint64_t cli_standard_bytes(const struct cli_bench_input *in) {
    for (size_t i = 0; i < in->region_count; i++) {
        if (in->regions[i].dtype >= DTYPE_GGML) {
            return scape_ref_standard_profile_size;
        }
    }
    return 0;
}

double cli_study_figure(const char *method, const struct cli_bench_input *in) {
    static const struct {
        const char *method;
        bool gguf;
        double ratio;
    } figures[] = {
        {"bf16_split", false, 1.4886},
        {"bf16_split_dense", false, 1.4886},
        {"bf16_split_k1", false, 1.3939},
        {"bf16_split_mixture_k4", false, 1.4763},
        {"bf16_split_ctx_k8", false, 1.4885},
        {"bf16_split_zstd_19", false, 1.4256},
        {"bf16_split_xz_9", false, 1.4437},
        {"zstd_19_raw", false, 1.2874},
        {"zstd_19_bytegrouped", false, 1.4521},
        {"zstd_dict", false, 1.2780},
        {"qb_mixture_k4", true, 1.0514},
        {"qb_mixture_k8", true, 1.0509},
        {"qb_mixture_k16", true, 1.0505},
        {"qa_sign_magnitude", true, 1.0171},
        {"whole_zstd3", true, 1.0181},
        {"whole_zstd19", true, 1.0217},
        {"decomp_perstream_zstd3", true, 1.0289},
        {"decomp_perstream_zstd19", true, 1.0339},
        {"decomp_perstream_zstd19_bg", true, 1.0422},
        {"decomp_qb_full", true, 1.0416},
    };
    bool gguf = cli_standard_bytes(in) != 0;
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (figures[i].gguf == gguf && strcmp(figures[i].method, method) == 0) {
            return figures[i].ratio;
        }
    }
    return 0;
}
