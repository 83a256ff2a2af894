/* test_batches.c - many small chunks of mixed kinds, which the encoder and the decoder take in
 * batches and partly side by side: bytes and content, the class and the place of the first error
 * are those of chunks that come one by one. */
#include "../src/layout.h"
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum {
    REGIONS = 60,
    FILES = 8,
    BROKEN = 16, /* mutants of each file */
    HEADER = 32,
    BLOCK_HEADER = 12,
    CHECKSUM = 8
};

static const uint32_t dtypes[] = {SCAPE_REF_DTYPE_BF16, SCAPE_REF_DTYPE_BF16,  SCAPE_REF_DTYPE_BF16,
                                  SCAPE_REF_DTYPE_F16,  SCAPE_REF_DTYPE_F32,   SCAPE_REF_DTYPE_Q8_0,
                                  SCAPE_REF_DTYPE_I32,  SCAPE_REF_DTYPE_OPAQUE};

/* The content's regions for both libraries, and what else they are told. */
struct tensors {
    struct scape_ref_plan_region plan[REGIONS];
    struct scape_region regions[REGIONS];
    uint64_t dims[REGIONS][2];
    struct scape_ref_encode_options options;
};

static void add_tensor(struct tensors *t, uint32_t r, uint32_t size, uint32_t dtype,
                       uint64_t width) {
    t->dims[r][0] = size / width;
    t->dims[r][1] = width;
    t->plan[r] =
        (struct scape_ref_plan_region){size, (uint16_t)dtype, 2, {size / width, width}, "t", 1};
    t->regions[r] = (struct scape_region){size, dtype, 2, t->dims[r], "t", 1};
}

/* Most tensors are bf16 of one lane or one segment, in runs of one size and of several; some are
 * of another kind, constant, a copy of what is before, or large. */
static struct bytes make_file(struct rng *rng, struct bytes *content, struct tensors *t) {
    uint32_t size = 2000;
    content->size = 0;
    for (uint32_t r = 0; r < REGIONS; r++) {
        uint32_t dtype = dtypes[rng_below(rng, 4) != 0 ? 0 : rng_below(rng, 8)];
        if (rng_below(rng, 3) == 0) {
            size = 2 + 2 * rng_below(rng, rng_below(rng, 3) == 0 ? 20000 : 4200);
            size = size > 64 && rng_below(rng, 2) == 0 ? size / 64 * 64 : size; /* whole groups */
        }
        size_t before = content->size;
        bytes_add(content, NULL, size);
        if (rng_below(rng, 16) == 0 && before > size) {
            memcpy(content->data + before, content->data + before - size, size);
        } else if (rng_below(rng, 16) != 0) {
            content_fill(rng, dtype, content->data + before, size);
        }
        add_tensor(t, r, size, dtype, 2 * (1 + rng_below(rng, 64)));
    }
    t->options =
        (struct scape_ref_encode_options){.level = (enum scape_ref_level)(1 + rng_below(rng, 2)),
                                          .chunk_log2 = 14,
                                          .content_size = content->size,
                                          .regions = t->plan,
                                          .region_count = REGIONS,
                                          .content_sha256 = rng_below(rng, 2) == 0,
                                          .repeats = true};
    return reference_encode(content, &t->options);
}

static uint32_t load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The offsets of the frame's CHUNK blocks; returns how many there are, and `more` at most. */
static size_t list_chunks(const struct bytes *file, size_t *offsets, size_t most) {
    size_t count = 0;
    for (size_t at = HEADER; file->data[at] == 1 || file->data[at] == 2;) {
        if (file->data[at] == 1 && count < most) {
            offsets[count++] = at;
        }
        at += BLOCK_HEADER + CHECKSUM + load_u32(file->data + at + 4);
    }
    return count;
}

static void make_checksum(uint8_t *block) {
    size_t covered = BLOCK_HEADER + (size_t)load_u32(block + 4);
    uint64_t sum = XXH3_64bits(block, covered);
    for (size_t i = 0; i < CHECKSUM; i++) {
        block[covered + i] = (uint8_t)(sum >> (8 * i));
    }
}

/* Changes a byte of a chunk's payload, its head more often, and mostly makes its checksum good. */
static void damage(struct rng *rng, struct bytes *file, size_t block) {
    uint8_t *p = file->data + block;
    uint32_t length = load_u32(p + 4);
    uint32_t most = rng_below(rng, 2) == 0 && length > 40 ? 40 : length;
    p[BLOCK_HEADER + rng_below(rng, most)] ^= (uint8_t)(1u << rng_below(rng, 8));
    if (rng_below(rng, 8) != 0) {
        make_checksum(p);
    }
}

struct outcome {
    enum scape_error error;
    uint64_t position, calls, reached;
    struct bytes content;
};

static int on_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct outcome *o = ctx;
    (void)bytes_out;
    o->calls++;
    o->reached = bytes_in;
    return 0;
}

static void decode(struct bytes *file, struct scape_decode_options options, struct outcome *o) {
    struct scape_input input = bytes_input(file);
    struct scape_output output = {.ctx = &o->content, .write = bytes_write};
    struct scape_report report;
    file->at = o->content.size = 0;
    o->calls = o->reached = 0;
    options.progress = on_progress;
    options.progress_ctx = o;
    o->error = scape_decode(&input, &output, &options, &report);
    o->position = report.position;
}

/* By every kernel, one thread and three, from a stream and in memory, as chunk by chunk and as the
 * reference has it. Returns whether there was an error. */
static bool check(struct bytes *file, size_t room, struct outcome *one, struct outcome *many) {
    const struct scape_decode_options singly = {.max_memory = UINT64_C(1) << 40};
    struct bytes want = {0};
    use_kernel("portable");
    decode(file, singly, one);
    assert_int_equal(one->error, reference_decode(file, &want));
    assert_same_bytes(&one->content, &want, "one by one");
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            const struct scape_decode_options options = {.threads = threads};
            decode(file, options, many);
            assert_int_equal(many->error, one->error);
            assert_int_equal(many->position, one->position);
            assert_int_equal(many->calls, one->calls);
            assert_int_equal(many->reached, one->reached);
            assert_same_bytes(&many->content, &want, kernel_names[k]);
            assert_int_equal(lib_decode(file, room, &many->content, &options), one->error);
            assert_same_bytes(&many->content, &want, kernel_names[k]);
        }
    }
    bytes_free(&want);
    return one->error != SCAPE_OK;
}

/* Where encoding is to end: reading fails at this place, or progress says so at this call. */
struct stop {
    struct bytes *content;
    size_t place;
    uint64_t calls;
    struct outcome *outcome;
};

static int64_t read_until(void *ctx, void *buffer, size_t n) {
    struct stop *s = ctx;
    return s->content->at + n > s->place ? -1 : bytes_read(s->content, buffer, n);
}

static int64_t read_at_until(void *ctx, uint64_t offset, void *buffer, size_t n) {
    return bytes_read_at(((struct stop *)ctx)->content, offset, buffer, n);
}

static int progress_until(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct stop *s = ctx;
    on_progress(s->outcome, bytes_in, bytes_out);
    return s->outcome->calls == s->calls;
}

static void encode(struct bytes *content, const struct tensors *t, unsigned threads,
                   uint64_t max_memory, struct stop stop, struct outcome *o) {
    const struct scape_encode_options options = {.level = (enum scape_level)t->options.level,
                                                 .chunk_log2 = t->options.chunk_log2,
                                                 .threads = threads,
                                                 .max_memory = max_memory,
                                                 .regions = t->regions,
                                                 .region_count = REGIONS,
                                                 .content_size_given = true,
                                                 .content_size = content->size,
                                                 .content_sha256 = t->options.content_sha256,
                                                 .repeats = true,
                                                 .progress = progress_until,
                                                 .progress_ctx = &stop};
    struct scape_input input = {
        .ctx = &stop, .read = read_until, .read_at = read_at_until, .size = content->size};
    struct scape_output output = {.ctx = &o->content, .write = bytes_write};
    struct scape_report report;
    stop.content = content;
    stop.outcome = o;
    content->at = o->content.size = 0;
    o->calls = o->reached = 0;
    o->error = scape_compress_stream(&input, &output, &options, NULL, &report);
    o->position = report.position;
}

/* By every kernel, one thread and three, as chunk by chunk. */
static void check_encoding(struct bytes *content, const struct tensors *t, struct stop stop,
                           struct outcome *one, struct outcome *many) {
    use_kernel("portable");
    encode(content, t, 1, UINT64_C(1) << 40, stop, one);
    for (size_t k = 0; k < kernel_count; k++) {
        use_kernel(kernel_names[k]);
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            encode(content, t, threads, 0, stop, many);
            assert_int_equal(many->error, one->error);
            assert_int_equal(many->calls, one->calls);
            assert_int_equal(many->reached, one->reached);
            assert_int_equal(many->position, one->position);
            assert_same_bytes(&many->content, &one->content, kernel_names[k]);
        }
    }
}

static void test_encoding(void **state) {
    (void)state;
    struct rng rng = {31415};
    struct bytes content = {0};
    struct outcome one = {.error = SCAPE_OK}, many = {.error = SCAPE_OK};
    for (int i = 0; i < FILES / 2; i++) {
        struct tensors tensors;
        struct bytes file = make_file(&rng, &content, &tensors);
        struct stop stop = {.place = SIZE_MAX};
        check_encoding(&content, &tensors, stop, &one, &many);
        assert_int_equal(one.error, SCAPE_OK);
        assert_same_bytes(&one.content, &file, "one by one");
        stop.calls = 1 + rng_below(&rng, REGIONS);
        check_encoding(&content, &tensors, stop, &one, &many);
        assert_int_equal(one.error, SCAPE_ERROR_IO);
        stop = (struct stop){.place = rng_below(&rng, (uint32_t)content.size)};
        check_encoding(&content, &tensors, stop, &one, &many);
        assert_int_equal(one.error, SCAPE_ERROR_IO);
        bytes_free(&file);
    }
    use_kernel(NULL);
    bytes_free(&content);
    bytes_free(&one.content);
    bytes_free(&many.content);
}

/* Matrices of bf16, of some of which the rows differ in scale, so that their streams have contexts.
 */
static void make_matrices(struct rng *rng, struct bytes *content, struct tensors *t) {
    enum {
        ROWS = 288,
        COLUMNS = 64,
        SIZE = 2 * ROWS * COLUMNS
    };
    bytes_add(content, NULL, (size_t)REGIONS * SIZE);
    for (uint32_t r = 0; r < REGIONS; r++) {
        uint8_t *data = content->data + (size_t)r * SIZE;
        uint8_t scale = (uint8_t)(rng_below(rng, 2) * 3);
        content_fill(rng, SCAPE_REF_DTYPE_BF16, data, SIZE);
        for (uint32_t i = 0; i < ROWS * COLUMNS; i++) { /* to the exponent, but for its last bit */
            data[2 * i + 1] = (uint8_t)(data[2 * i + 1] - scale * (i / COLUMNS % 4));
        }
        add_tensor(t, r, SIZE, SCAPE_REF_DTYPE_BF16, COLUMNS);
    }
    t->options =
        (struct scape_ref_encode_options){.level = SCAPE_REF_ENCODE_DEFAULT, .chunk_log2 = 17};
}

/* Streams with contexts and without are not encoded in one loop. */
static void test_encoding_of_matrices(void **state) {
    (void)state;
    struct rng rng = {1618};
    struct bytes content = {0};
    struct outcome one = {.error = SCAPE_OK}, many = {.error = SCAPE_OK};
    struct tensors tensors;
    make_matrices(&rng, &content, &tensors);
    check_encoding(&content, &tensors, (struct stop){.place = SIZE_MAX}, &one, &many);
    assert_int_equal(one.error, SCAPE_OK);
    use_kernel(NULL);
    bytes_free(&content);
    bytes_free(&one.content);
    bytes_free(&many.content);
}

static void test_batches(void **state) {
    (void)state;
    struct rng rng = {2718};
    struct bytes content = {0}, mutant = {0};
    struct outcome one = {.error = SCAPE_OK}, many = {.error = SCAPE_OK};
    int errors = 0;
    for (int i = 0; i < FILES; i++) {
        size_t chunks[8 * REGIONS];
        struct tensors tensors;
        struct bytes file = make_file(&rng, &content, &tensors);
        size_t count = list_chunks(&file, chunks, sizeof chunks / sizeof *chunks);
        assert_true(count > REGIONS / 2);
        assert_false(check(&file, content.size, &one, &many));
        for (int m = 0; m < BROKEN; m++) {
            mutant.size = 0;
            bytes_add(&mutant, file.data, file.size);
            for (uint32_t j = 1 + rng_below(&rng, 3); j-- > 0;) {
                damage(&rng, &mutant, chunks[rng_below(&rng, (uint32_t)count)]);
            }
            errors += check(&mutant, content.size, &one, &many);
        }
        bytes_free(&file);
    }
    use_kernel(NULL);
    assert_true(errors > FILES * BROKEN / 4);
    bytes_free(&content);
    bytes_free(&mutant);
    bytes_free(&one.content);
    bytes_free(&many.content);
}

/* `count` tensors of bf16 of one lane each. */
static struct bytes make_lanes(struct rng *rng, struct bytes *content, struct tensors *t,
                               uint32_t count, bool equal) {
    content->size = 0;
    for (uint32_t r = 0; r < count; r++) {
        uint32_t size = equal ? 4096 : 1200 + 2 * rng_below(rng, 3400);
        size_t before = content->size;
        bytes_add(content, NULL, size);
        content_fill(rng, SCAPE_REF_DTYPE_BF16, content->data + before, size);
        add_tensor(t, r, size, SCAPE_REF_DTYPE_BF16, 2);
    }
    t->options = (struct scape_ref_encode_options){.level = SCAPE_REF_ENCODE_FAST,
                                                   .chunk_log2 = 14,
                                                   .content_size = content->size,
                                                   .regions = t->plan,
                                                   .region_count = count};
    return reference_encode(content, &t->options);
}

/* Where the words of a chunk of one lane and packed bits are told and end, in its payload. */
struct words {
    size_t count_at, end;
    uint32_t count;
};

/* By what follows: the state, the words, the coder of the raw bits, the raw bits. False: the chunk
 * has another form. */
static bool find_words(const uint8_t *block, struct words *w) {
    const uint8_t *p = block + BLOCK_HEADER;
    const struct scape_reg_layout *layout = sc_layout_find(p[0] | (uint32_t)p[1] << 8);
    uint64_t blocks = load_u32(block + 8) / layout->block_bytes;
    uint64_t raw = (blocks * sc_layout_split_bits(layout) + 7) / 8;
    w->end = (size_t)(load_u32(block + 4) - raw - 1);
    for (w->count_at = 4; w->count_at + 6 < w->end; w->count_at++) {
        w->count = (p[w->count_at] & 127u) | (uint32_t)p[w->count_at + 1] << 7;
        if (p[w->count_at] > 128 && w->count_at + 6 + 2 * (size_t)w->count == w->end) {
            return p[2] == SCAPE_REG_CODER_RANS && (p[3] >> 4 & 3) == 0 &&
                   p[w->end] == SCAPE_REG_CODER_PACKED;
        }
    }
    return false;
}

enum fault {
    FAULT_STATE,
    FAULT_WORD,
    FAULT_LAST_WORD, /* is missing */
    FAULT_COUNT
};

static void break_lane(struct rng *rng, struct bytes *file, size_t block, const struct words *at,
                       enum fault fault) {
    uint8_t *header = file->data + block, *p = header + BLOCK_HEADER;
    const struct words w = *at;
    if (fault == FAULT_STATE) {
        p[w.count_at + 2 + rng_below(rng, 4)] ^= (uint8_t)(1u << rng_below(rng, 8));
    } else if (fault == FAULT_WORD) {
        p[w.end - 1 - rng_below(rng, 2 * w.count)] ^= (uint8_t)(1u << rng_below(rng, 8));
    } else {
        size_t behind = block + BLOCK_HEADER + w.end;
        memmove(p + w.end - 2, p + w.end, file->size - behind);
        file->size -= 2;
        p[w.count_at]--; /* of the low seven bits some are set */
        uint32_t length = load_u32(header + 4) - 2;
        for (size_t i = 0; i < 4; i++) {
            header[4 + i] = (uint8_t)(length >> (8 * i));
        }
    }
    make_checksum(header);
}

/* Streams of one lane, as many as fill a kernel's loop once or twice, some, or too few; and among
 * so many, each in turn is bad. */
static void test_lanes(void **state) {
    (void)state;
    static const uint32_t counts[] = {3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 60};
    struct rng rng = {577};
    struct bytes content = {0}, mutant = {0};
    struct outcome one = {.error = SCAPE_OK}, many = {.error = SCAPE_OK};
    uint32_t lanes = 0;
    for (uint32_t i = 0; i < 2 * (uint32_t)(sizeof counts / sizeof *counts); i++) {
        size_t chunks[REGIONS] = {0};
        struct tensors tensors;
        uint32_t count = counts[i / 2];
        struct bytes file = make_lanes(&rng, &content, &tensors, count, i % 2 == 0);
        assert_int_equal(list_chunks(&file, chunks, REGIONS), count);
        assert_false(check(&file, content.size, &one, &many));
        for (uint32_t c = 0; c < count; c++) {
            struct words w = {0};
            enum fault fault = (enum fault)rng_below(&rng, FAULT_COUNT);
            if (!find_words(file.data + chunks[c], &w)) {
                continue; /* a stream with contexts */
            }
            lanes++;
            mutant.size = 0;
            bytes_add(&mutant, file.data, file.size);
            break_lane(&rng, &mutant, chunks[c], &w, fault);
            assert_true(check(&mutant, content.size, &one, &many));
            if (fault == FAULT_LAST_WORD) {
                assert_int_equal(one.error, SCAPE_ERROR_RANS_WORDS);
            }
        }
        bytes_free(&file);
    }
    use_kernel(NULL);
    assert_true(lanes > 400);
    bytes_free(&content);
    bytes_free(&mutant);
    bytes_free(&one.content);
    bytes_free(&many.content);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_batches), cmocka_unit_test(test_lanes),
                                       cmocka_unit_test(test_encoding),
                                       cmocka_unit_test(test_encoding_of_matrices)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
