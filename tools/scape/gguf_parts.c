/* gguf_parts.c - see gguf_parts.h. */
#include "gguf_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    DTYPE_F32 = 12, /* of the registry */
    DTYPE_Q4_K = 76,
    STEP_BLOCKS = 4096,
    STEP = STEP_BLOCKS * CLI_Q4K_BLOCK
};

#define FILE_MAX (UINT64_C(1) << 60) /* the format's most content: no sum of these overflows */

const char *cli_stream_name(enum cli_stream stream) {
    static const char *const names[CLI_STREAM_COUNT] = {"nibbles_q4k", "scales_q4k", "quant_other",
                                                        "tensor_f32", "meta"};
    return names[stream];
}

const char *cli_part_kind_name(enum cli_part_kind kind) {
    return kind == CLI_PART_Q4K ? "q4_k" : cli_stream_name(cli_part_stream(kind));
}

enum cli_stream cli_part_stream(enum cli_part_kind kind) {
    static const enum cli_stream streams[CLI_PART_KINDS] = {CLI_STREAM_NIBBLES, CLI_STREAM_OTHER,
                                                            CLI_STREAM_F32, CLI_STREAM_META};
    return streams[kind];
}

enum cli_part_kind cli_part_kind_of(uint16_t dtype) {
    return dtype == 0            ? CLI_PART_META
           : dtype == DTYPE_Q4_K ? CLI_PART_Q4K
           : dtype == DTYPE_F32  ? CLI_PART_F32
                                 : CLI_PART_OTHER;
}

static bool make_room(struct cli_parts *p) {
    if (p->count < p->capacity) {
        return true;
    }
    size_t capacity = p->capacity == 0 ? 64 : 2 * p->capacity;
    struct cli_part *at = realloc(p->at, capacity * sizeof *at);
    if (at == NULL) {
        return false;
    }
    p->at = at;
    p->capacity = capacity;
    return true;
}

bool cli_parts_add(struct cli_parts *p, enum cli_part_kind kind, uint64_t length) {
    if (length == 0) {
        return true;
    }
    if (length > FILE_MAX - p->size || (kind == CLI_PART_Q4K && length % CLI_Q4K_BLOCK != 0)) {
        return false;
    }
    if (p->count != 0 && p->at[p->count - 1].kind == kind) {
        p->at[p->count - 1].length += length;
    } else if (make_room(p)) {
        p->at[p->count++] = (struct cli_part){kind, length};
    } else {
        return false;
    }
    p->size += length;
    if (kind == CLI_PART_Q4K) {
        uint64_t blocks = length / CLI_Q4K_BLOCK;
        p->stream_size[CLI_STREAM_NIBBLES] += blocks * CLI_Q4K_NIBBLES;
        p->stream_size[CLI_STREAM_SCALES] += blocks * CLI_Q4K_SCALES;
    } else {
        p->stream_size[cli_part_stream(kind)] += length;
    }
    return true;
}

bool cli_parts_make(struct cli_parts *p, const struct codec_region *regions, size_t count,
                    uint64_t size) {
    *p = (struct cli_parts){.at = NULL};
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        uint64_t left = size - p->size;
        uint64_t n = regions[i].length < left ? regions[i].length : left;
        enum cli_part_kind kind = cli_part_kind_of(regions[i].dtype);
        uint64_t tail = kind == CLI_PART_Q4K ? n % CLI_Q4K_BLOCK : 0;
        good = cli_parts_add(p, kind, n - tail) && cli_parts_add(p, CLI_PART_OTHER, tail);
    }
    good = good && cli_parts_add(p, CLI_PART_META, size - p->size);
    if (!good) {
        cli_parts_free(p);
    }
    return good;
}

void cli_parts_free(struct cli_parts *p) {
    free(p->at);
    *p = (struct cli_parts){.at = NULL};
}

/* ---- Moving bytes ---- */

/* One step of either direction: its bytes of the file, and room to split or join super-blocks. */
struct step {
    unsigned char file[STEP];
    unsigned char nibbles[STEP_BLOCKS * CLI_Q4K_NIBBLES];
    unsigned char columns[CLI_Q4K_SCALES][STEP_BLOCKS];
};

static void split_blocks(struct step *s, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        const unsigned char *block = s->file + b * CLI_Q4K_BLOCK;
        for (size_t c = 0; c < CLI_Q4K_SCALES; c++) {
            s->columns[c][b] = block[c];
        }
        memcpy(s->nibbles + b * CLI_Q4K_NIBBLES, block + CLI_Q4K_SCALES, CLI_Q4K_NIBBLES);
    }
}

static void join_blocks(struct step *s, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        unsigned char *block = s->file + b * CLI_Q4K_BLOCK;
        for (size_t c = 0; c < CLI_Q4K_SCALES; c++) {
            block[c] = s->columns[c][b];
        }
        memcpy(block + CLI_Q4K_SCALES, s->nibbles + b * CLI_Q4K_NIBBLES, CLI_Q4K_NIBBLES);
    }
}

/* Where the next bytes of each stream go; of the scales: of each column. */
struct places {
    uint64_t at[CLI_STREAM_COUNT];
    uint64_t column; /* bytes of one */
};

static struct places first_places(const struct cli_parts *p) {
    struct places place = {{0}, p->stream_size[CLI_STREAM_SCALES] / CLI_Q4K_SCALES};
    return place;
}

static bool put_step(struct step *s, struct places *place, enum cli_part_kind kind, size_t n,
                     cli_stream_put *put, void *ctx) {
    enum cli_stream stream = cli_part_stream(kind);
    if (kind != CLI_PART_Q4K) {
        bool done = put(ctx, stream, place->at[stream], s->file, n);
        place->at[stream] += n;
        return done;
    }
    size_t blocks = n / CLI_Q4K_BLOCK;
    split_blocks(s, blocks);
    bool good = put(ctx, stream, place->at[stream], s->nibbles, blocks * CLI_Q4K_NIBBLES);
    for (size_t c = 0; c < CLI_Q4K_SCALES && good; c++) {
        good = put(ctx, CLI_STREAM_SCALES, c * place->column + place->at[CLI_STREAM_SCALES],
                   s->columns[c], blocks);
    }
    place->at[stream] += blocks * CLI_Q4K_NIBBLES;
    place->at[CLI_STREAM_SCALES] += blocks;
    return good;
}

static bool get_step(struct step *s, struct places *place, enum cli_part_kind kind, size_t n,
                     cli_stream_get *get, void *ctx) {
    enum cli_stream stream = cli_part_stream(kind);
    if (kind != CLI_PART_Q4K) {
        bool done = get(ctx, stream, place->at[stream], s->file, n);
        place->at[stream] += n;
        return done;
    }
    size_t blocks = n / CLI_Q4K_BLOCK;
    bool good = get(ctx, stream, place->at[stream], s->nibbles, blocks * CLI_Q4K_NIBBLES);
    for (size_t c = 0; c < CLI_Q4K_SCALES && good; c++) {
        good = get(ctx, CLI_STREAM_SCALES, c * place->column + place->at[CLI_STREAM_SCALES],
                   s->columns[c], blocks);
    }
    join_blocks(s, good ? blocks : 0);
    place->at[stream] += blocks * CLI_Q4K_NIBBLES;
    place->at[CLI_STREAM_SCALES] += blocks;
    return good;
}

bool cli_parts_split(const struct cli_parts *p, const struct codec_source *source,
                     cli_stream_put *put, void *ctx) {
    struct step *s = malloc(sizeof *s);
    struct places place = first_places(p);
    bool good = s != NULL;
    for (size_t i = 0; i < p->count && good; i++) {
        for (uint64_t left = p->at[i].length; left != 0 && good;) {
            size_t n = left < STEP ? (size_t)left : STEP;
            good = source->read(source->ctx, s->file, n) == (int64_t)n &&
                   put_step(s, &place, p->at[i].kind, n, put, ctx);
            left -= n;
        }
    }
    free(s);
    return good;
}

bool cli_parts_join(const struct cli_parts *p, cli_stream_get *get, void *ctx,
                    const struct codec_target *target) {
    struct step *s = malloc(sizeof *s);
    struct places place = first_places(p);
    bool good = s != NULL;
    for (size_t i = 0; i < p->count && good; i++) {
        for (uint64_t left = p->at[i].length; left != 0 && good;) {
            size_t n = left < STEP ? (size_t)left : STEP;
            good = get_step(s, &place, p->at[i].kind, n, get, ctx) &&
                   target->write(target->ctx, s->file, n) == 0;
            left -= n;
        }
    }
    free(s);
    return good;
}

/* ---- Streams in memory ---- */

bool cli_streams_open(struct cli_streams *s, const struct cli_parts *parts) {
    *s = (struct cli_streams){.parts = parts};
    bool good = true;
    for (int i = 0; i < CLI_STREAM_COUNT && good; i++) {
        good = parts->stream_size[i] < SIZE_MAX;
        s->data[i] = good ? malloc((size_t)parts->stream_size[i] + 1) : NULL;
        good = s->data[i] != NULL;
    }
    if (!good) {
        cli_streams_close(s);
    }
    return good;
}

void cli_streams_close(struct cli_streams *s) {
    for (int i = 0; i < CLI_STREAM_COUNT; i++) {
        free(s->data[i]);
        s->data[i] = NULL;
    }
}

bool cli_streams_put(void *ctx, enum cli_stream stream, uint64_t offset, const void *data,
                     size_t n) {
    const struct cli_streams *s = ctx;
    memcpy(s->data[stream] + offset, data, n);
    return true;
}

bool cli_streams_get(void *ctx, enum cli_stream stream, uint64_t offset, void *data, size_t n) {
    const struct cli_streams *s = ctx;
    memcpy(data, s->data[stream] + offset, n);
    return true;
}
