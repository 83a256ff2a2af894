/* baselines.c - see baselines.h. Compressors get the whole file at once. */
#include "baselines.h"
#include "study_bf16.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#ifdef SCAPE_HAS_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif
#ifdef SCAPE_HAS_LZ4
#include <lz4.h>
#endif
#ifdef SCAPE_HAS_LZMA
#include <lzma.h>
#endif

enum {
    DTYPE_BF16 = 11 /* of the registry */
};

static bool copy(const struct codec_memory *from, struct cli_memory_writer *out) {
    return cli_memory_append(out, from->data, from->size);
}

static bool pack_copy(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return copy(&in->file, out);
}

static bool unpack_copy(const struct cli_bench_input *in, const struct codec_memory *packed,
                        struct cli_memory_writer *out) {
    (void)in;
    return copy(packed, out);
}

/* ---- zstd ---- */

static bool zstd_pack(const struct codec_memory *from, int level, struct cli_memory_writer *out) {
    size_t bound = ZSTD_compressBound(from->size);
    if (ZSTD_isError(bound) || !cli_memory_reserve(out, out->size + bound)) {
        return false;
    }
    size_t n = ZSTD_compress(out->data + out->size, bound, from->data, from->size, level);
    out->size += ZSTD_isError(n) ? 0 : n;
    return !ZSTD_isError(n);
}

static bool zstd_unpack(const struct codec_memory *packed, size_t size,
                        struct cli_memory_writer *out) {
    if (!cli_memory_reserve(out, out->size + size + 1)) {
        return false;
    }
    size_t n = ZSTD_decompress(out->data + out->size, size, packed->data, packed->size);
    out->size += ZSTD_isError(n) ? 0 : n;
    return n == size;
}

static bool pack_zstd_1(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return zstd_pack(&in->file, 1, out);
}

static bool pack_zstd_3(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return zstd_pack(&in->file, 3, out);
}

static bool pack_zstd_19(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return zstd_pack(&in->file, 19, out);
}

static bool unpack_zstd(const struct cli_bench_input *in, const struct codec_memory *packed,
                        struct cli_memory_writer *out) {
    return zstd_unpack(packed, in->file.size, out);
}

/* ---- Byte groups: first all first bytes of the elements, then all second ones ... ---- */

static void group(const unsigned char *from, unsigned char *to, size_t size, size_t element) {
    size_t count = size / element;
    if (element == 2) { /* the loop that compilers turn into vectors */
        for (size_t i = 0; i < count; i++) {
            to[i] = from[2 * i];
            to[count + i] = from[2 * i + 1];
        }
    }
    for (size_t plane = 0; plane < element && element != 2; plane++) {
        for (size_t i = 0; i < count; i++) {
            to[plane * count + i] = from[i * element + plane];
        }
    }
    memcpy(to + count * element, from + count * element, size % element);
}

static void ungroup(const unsigned char *from, unsigned char *to, size_t size, size_t element) {
    size_t count = size / element;
    if (element == 2) {
        for (size_t i = 0; i < count; i++) {
            to[2 * i] = from[i];
            to[2 * i + 1] = from[count + i];
        }
    }
    for (size_t plane = 0; plane < element && element != 2; plane++) {
        for (size_t i = 0; i < count; i++) {
            to[i * element + plane] = from[plane * count + i];
        }
    }
    memcpy(to + count * element, from + count * element, size % element);
}

static bool pack_planes(const struct cli_bench_input *in, int level,
                        struct cli_memory_writer *out) {
    unsigned char *planes = malloc(in->file.size + 1);
    bool good = planes != NULL;
    if (good) {
        const struct codec_memory grouped = {planes, in->file.size};
        group(in->file.data, planes, in->file.size, in->element_bytes);
        good = zstd_pack(&grouped, level, out);
    }
    free(planes);
    return good;
}

static bool pack_grouped_3(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return pack_planes(in, 3, out);
}

static bool pack_grouped_19(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return pack_planes(in, 19, out);
}

static bool unpack_grouped(const struct cli_bench_input *in, const struct codec_memory *packed,
                           struct cli_memory_writer *out) {
    struct cli_memory_writer planes = {NULL, 0, 0};
    bool good = zstd_unpack(packed, in->file.size, &planes) &&
                cli_memory_reserve(out, out->size + in->file.size + 1);
    if (good) {
        ungroup(planes.data, out->data + out->size, in->file.size, in->element_bytes);
        out->size += in->file.size;
    }
    cli_memory_free(&planes);
    return good;
}

#ifdef SCAPE_HAS_LZ4
/* ---- lz4 ---- */

static bool pack_lz4(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    size_t size = in->file.size;
    if (size == 0 || size > LZ4_MAX_INPUT_SIZE) {
        return size == 0;
    }
    int bound = LZ4_compressBound((int)size);
    if (!cli_memory_reserve(out, out->size + (size_t)bound)) {
        return false;
    }
    int n = LZ4_compress_default(in->file.data, (char *)out->data + out->size, (int)size, bound);
    out->size += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static bool unpack_lz4(const struct cli_bench_input *in, const struct codec_memory *packed,
                       struct cli_memory_writer *out) {
    size_t size = in->file.size;
    if (packed->size == 0 || !cli_memory_reserve(out, out->size + size + 1)) {
        return packed->size == 0;
    }
    int n = LZ4_decompress_safe(packed->data, (char *)out->data + out->size, (int)packed->size,
                                (int)size);
    out->size += n > 0 ? (size_t)n : 0;
    return n == (int)size;
}
#endif

#ifdef SCAPE_HAS_LZMA
/* ---- xz, alone and on the streams of the study's split ---- */

enum {
    XZ_LEVEL = 9
};

static bool xz_pack(const struct codec_memory *from, struct cli_memory_writer *out) {
    size_t bound = lzma_stream_buffer_bound(from->size);
    size_t at = out->size;
    if (bound == 0 || !cli_memory_reserve(out, out->size + bound) ||
        lzma_easy_buffer_encode(XZ_LEVEL, LZMA_CHECK_CRC64, NULL, from->data, from->size, out->data,
                                &at, out->capacity) != LZMA_OK) {
        return false;
    }
    out->size = at;
    return true;
}

static bool xz_unpack(const struct codec_memory *packed, size_t size,
                      struct cli_memory_writer *out) {
    uint64_t memory = UINT64_MAX;
    size_t in_at = 0, at = out->size;
    if (!cli_memory_reserve(out, out->size + size + 1) ||
        lzma_stream_buffer_decode(&memory, 0, NULL, packed->data, &in_at, packed->size, out->data,
                                  &at, out->size + size) != LZMA_OK) {
        return false;
    }
    bool whole = at == out->size + size;
    out->size = at;
    return whole;
}

static bool pack_xz(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    return xz_pack(&in->file, out);
}

static bool unpack_xz(const struct cli_bench_input *in, const struct codec_memory *packed,
                      struct cli_memory_writer *out) {
    return xz_unpack(packed, in->file.size, out);
}

/* Sign and exponent (two bytes each, 9 bits used), mantissas (7 bits), and all that is no bf16. */
struct split {
    struct cli_memory_writer streams[3];
};

static bool is_split(const struct codec_region *r) {
    return r->dtype == DTYPE_BF16 && r->length % 2 == 0;
}

static bool split_region(const struct codec_region *r, const unsigned char *data, struct split *s) {
    size_t n = (size_t)r->length;
    if (!is_split(r)) {
        return cli_memory_append(&s->streams[2], data, n);
    }
    if (!cli_memory_reserve(&s->streams[0], s->streams[0].size + n) ||
        !cli_memory_reserve(&s->streams[1], s->streams[1].size + n / 2)) {
        return false;
    }
    for (size_t i = 0; i < n; i += 2) {
        unsigned value = data[i] | (unsigned)data[i + 1] << 8;
        s->streams[0].data[s->streams[0].size++] = (unsigned char)(value >> 7);
        s->streams[0].data[s->streams[0].size++] = (unsigned char)(value >> 15);
        s->streams[1].data[s->streams[1].size++] = (unsigned char)(value & 127);
    }
    return true;
}

static bool pack_split_xz(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    struct split s = {{{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}}};
    const unsigned char *data = in->file.data;
    bool good = true;
    for (size_t i = 0; i < in->region_count && good; i++) {
        good = split_region(&in->regions[i], data + in->regions[i].offset, &s);
    }
    for (size_t k = 0; k < 3; k++) {
        unsigned char head[8];
        size_t before = out->size;
        const struct codec_memory stream = {s.streams[k].data, s.streams[k].size};
        good = good && cli_memory_append(out, "\0\0\0\0\0\0\0", 8) && xz_pack(&stream, out);
        if (good) {
            for (unsigned b = 0; b < 8; b++) {
                head[b] = (unsigned char)((uint64_t)(out->size - before - 8) >> (8 * b));
            }
            memcpy(out->data + before, head, sizeof head);
        }
        cli_memory_free(&s.streams[k]);
    }
    return good;
}

static bool join_region(const struct codec_region *r, struct split *s, size_t at[3],
                        struct cli_memory_writer *out) {
    size_t n = (size_t)r->length;
    if (!cli_memory_reserve(out, out->size + n + 1)) {
        return false;
    }
    if (!is_split(r)) {
        bool good = cli_memory_append(out, s->streams[2].data + at[2], n);
        at[2] += n;
        return good;
    }
    for (size_t i = 0; i < n; i += 2) {
        const unsigned char *high = s->streams[0].data + at[0];
        unsigned value = s->streams[1].data[at[1]] | ((unsigned)high[0] | (unsigned)high[1] << 8)
                                                         << 7;
        out->data[out->size++] = (unsigned char)value;
        out->data[out->size++] = (unsigned char)(value >> 8);
        at[0] += 2;
        at[1]++;
    }
    return true;
}

static bool unpack_split_xz(const struct cli_bench_input *in, const struct codec_memory *packed,
                            struct cli_memory_writer *out) {
    struct split s = {{{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}}};
    const unsigned char *data = packed->data;
    size_t sizes[3] = {0, 0, 0}, at[3] = {0, 0, 0}, from = 0;
    bool good = true;
    for (size_t i = 0; i < in->region_count; i++) {
        size_t n = (size_t)in->regions[i].length;
        bool coded = is_split(&in->regions[i]);
        sizes[0] += coded ? n : 0;
        sizes[1] += coded ? n / 2 : 0;
        sizes[2] += coded ? 0 : n;
    }
    for (size_t k = 0; k < 3 && good; k++) {
        uint64_t size = 0;
        for (unsigned b = 0; b < 8; b++) {
            size |= (uint64_t)data[from + b] << (8 * b);
        }
        const struct codec_memory stream = {data + from + 8, (size_t)size};
        good = xz_unpack(&stream, sizes[k], &s.streams[k]);
        from += 8 + (size_t)size;
    }
    for (size_t i = 0; i < in->region_count && good; i++) {
        good = join_region(&in->regions[i], &s, at, out);
    }
    for (size_t k = 0; k < 3; k++) {
        cli_memory_free(&s.streams[k]);
    }
    return good;
}
#endif

#ifdef SCAPE_HAS_BROTLI
bool cli_brotli_pack(const struct cli_bench_input *in, struct cli_memory_writer *out) {
    size_t n = BrotliEncoderMaxCompressedSize(in->file.size);
    if (n == 0 || !cli_memory_reserve(out, out->size + n) ||
        BrotliEncoderCompress(9, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, in->file.size,
                              in->file.data, &n, out->data + out->size) != BROTLI_TRUE) {
        return false;
    }
    out->size += n;
    return true;
}

bool cli_brotli_unpack(const struct cli_bench_input *in, const struct codec_memory *packed,
                       struct cli_memory_writer *out) {
    size_t n = in->file.size;
    if (!cli_memory_reserve(out, out->size + n + 1) ||
        BrotliDecoderDecompress(packed->size, packed->data, &n, out->data + out->size) !=
            BROTLI_DECODER_RESULT_SUCCESS) {
        return false;
    }
    out->size += n;
    return n == in->file.size;
}
#endif

static const struct cli_baseline baselines[] = {
    {"memcpy", "a copy", pack_copy, unpack_copy},
    {"whole:zstd_1", "zstd -1", pack_zstd_1, unpack_zstd},
    {"whole:zstd_3", "zstd -3", pack_zstd_3, unpack_zstd},
    {"whole:zstd_19", "zstd -19", pack_zstd_19, unpack_zstd},
    {"whole:zstd_3_bytegrouped", "zstd -3 on byte planes", pack_grouped_3, unpack_grouped},
    {"whole:zstd_19_bytegrouped", "zstd -19 on byte planes", pack_grouped_19, unpack_grouped},
#ifdef SCAPE_HAS_LZ4
    {"whole:lz4", "lz4", pack_lz4, unpack_lz4},
#endif
    {"bf16_split_dense", "bf16_split with dense tables, as the study had them",
     cli_study_dense_pack, cli_study_dense_unpack},
#ifdef SCAPE_HAS_LZMA
    {"whole:xz_9", "xz -9", pack_xz, unpack_xz},
    {"bf16_split_xz_9", "the study's split streams, xz -9 each", pack_split_xz, unpack_split_xz},
#endif
#ifdef SCAPE_HAS_BROTLI
    {"whole:brotli_9", "brotli, quality 9", cli_brotli_pack, cli_brotli_unpack},
#endif
};

const struct cli_baseline *cli_baseline_get(size_t i) {
    return i < sizeof baselines / sizeof baselines[0] ? &baselines[i] : NULL;
}

bool cli_baseline_is_general(const struct cli_baseline *b) {
    return strcmp(b->name, "memcpy") == 0 || strncmp(b->name, "whole:", 6) == 0;
}

const char *cli_baselines_missing(void) {
    return ""
#ifndef SCAPE_HAS_LZ4
           " lz4"
#endif
#ifndef SCAPE_HAS_LZMA
           " xz"
#endif
#ifndef SCAPE_HAS_BROTLI
           " brotli"
#endif
        ;
}
