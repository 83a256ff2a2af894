/* test_zstd.c - the sizes of a zstd frame's blocks and how far its matches reach [ZST-007]
 * [ZST-008]. What else a zstd payload must be is in test_chunk.c. */
#include "build.h"
#include "zstd_frame.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    RAW = 0,
    RLE = 1,
    COMPRESSED = 2,
    WINDOW = 1024, /* of Window_Descriptor 0 */
    BLOCK_MAX = 1 << 17
};

static struct bytes frame;

static void begin(bool single_segment, uint32_t content_size) {
    frame.size = 0;
    put_le(&frame, 0xFD2FB528, 4);
    put_le(&frame, single_segment ? 0xA0 : 0x80, 1); /* Frame_Content_Size of 4 bytes */
    if (!single_segment) {
        put_le(&frame, 0, 1);
    }
    put_le(&frame, content_size, 4);
}

static void put_block_head(uint32_t kind, uint32_t size, bool last) {
    put_le(&frame, size << 3 | kind << 1 | (uint32_t)last, 3);
}

static enum scape_ref_error read_content(size_t size, uint8_t *out) {
    size_t memory_size = scape_ref_zstd_memory();
    void *memory = malloc(memory_size);
    assert_non_null(memory);
    enum scape_ref_error error =
        scape_ref_zstd_read(frame.data, frame.size, out, size, memory, memory_size);
    free(memory);
    return error;
}

static void want_read(size_t size, enum scape_ref_error error) {
    static uint8_t out[BLOCK_MAX + 1];
    assert_true(size <= sizeof out);
    assert_int_equal(read_content(size, out), error);
}

static void want_raw(uint32_t size, enum scape_ref_error error) {
    begin(false, size);
    put_block_head(RAW, size, true);
    for (uint32_t i = 0; i < size; i++) {
        put_le(&frame, i & 0xFF, 1);
    }
    want_read(size, error);
}

static void want_rle(bool single_segment, uint32_t size, enum scape_ref_error error) {
    begin(single_segment, size);
    put_block_head(RLE, size, true);
    put_le(&frame, 'z', 1);
    want_read(size, error);
}

/* Four bytes: RLE literals with a size of 12 bits, and no sequences. */
static void want_compressed(uint32_t size, enum scape_ref_error error) {
    begin(false, size);
    put_block_head(COMPRESSED, 4, true);
    put_le(&frame, 1 | 1 << 2 | size << 4, 2);
    put_le(&frame, 'z', 1);
    put_le(&frame, 0, 1);
    want_read(size, error);
}

static void test_raw_block(void **state) {
    (void)state;
    want_raw(WINDOW, SCAPE_REF_OK);
    want_raw(WINDOW + 1, SCAPE_REF_ZSTD_DATA);
}

static void test_rle_block(void **state) {
    (void)state;
    want_rle(false, WINDOW, SCAPE_REF_OK);
    want_rle(false, WINDOW + 1, SCAPE_REF_ZSTD_DATA);
}

static void test_single_segment(void **state) {
    (void)state;
    want_rle(true, BLOCK_MAX, SCAPE_REF_OK);
    want_rle(true, BLOCK_MAX + 1, SCAPE_REF_ZSTD_DATA);
}

static void test_compressed_block(void **state) {
    (void)state;
    want_compressed(WINDOW, SCAPE_REF_OK);
    want_compressed(WINDOW + 1, SCAPE_REF_ZSTD_DATA);
}

/* Block_Size says more than the window, what it regenerates does not. */
static void test_compressed_size(void **state) {
    (void)state;
    begin(false, 4);
    put_block_head(COMPRESSED, WINDOW + 1, true);
    for (uint32_t i = 0; i < WINDOW + 1; i++) {
        put_le(&frame, 0, 1);
    }
    want_read(4, SCAPE_REF_ZSTD_DATA);
}

static void test_end_within_block(void **state) {
    (void)state;
    begin(true, 5);
    put_block_head(RAW, 5, true);
    put(&frame, "hell", 4);
    want_read(5, SCAPE_REF_ZSTD_DATA);
}

static void test_last_block_missing(void **state) {
    (void)state;
    begin(true, 5);
    put_block_head(RAW, 5, false);
    put(&frame, "hello", 5);
    want_read(5, SCAPE_REF_ZSTD_DATA);
}

/* Four blocks of 1000 bytes, the last equal to the first, in a frame that is made with a window of
 * 4096 and then says 1024. */
static void test_match_beyond_window(void **state) {
    (void)state;
    enum {
        PART = 1000,
        SIZE = 4 * PART
    };
    static uint8_t content[SIZE], out[SIZE];
    uint32_t seed = 1;
    for (size_t i = 0; i < SIZE - PART; i++) {
        seed = seed * 1664525 + 1013904223;
        content[i] = (uint8_t)(seed >> 24);
    }
    memcpy(content + SIZE - PART, content, PART);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 12);
    ZSTD_outBuffer to = {frame.data, sizeof frame.data, 0};
    for (size_t at = 0; at < SIZE; at += PART) {
        ZSTD_inBuffer from = {content + at, PART, 0};
        ZSTD_EndDirective how = at + PART < SIZE ? ZSTD_e_flush : ZSTD_e_end;
        assert_int_equal(ZSTD_compressStream2(context, &to, &from, how), 0);
    }
    ZSTD_freeCCtx(context);
    frame.size = to.pos;
    assert_true(frame.size < 3 * PART + PART / 2); /* there is such a match */
    assert_int_equal(frame.data[4] & 0x20, 0);
    assert_int_equal(frame.data[5], 2 << 3);
    frame.data[5] = 0;
    assert_int_equal(read_content(SIZE, out), SCAPE_REF_OK);
    assert_memory_equal(out, content, SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_block),          cmocka_unit_test(test_rle_block),
        cmocka_unit_test(test_single_segment),     cmocka_unit_test(test_compressed_block),
        cmocka_unit_test(test_compressed_size),    cmocka_unit_test(test_end_within_block),
        cmocka_unit_test(test_last_block_missing), cmocka_unit_test(test_match_beyond_window),
    };
    return cmocka_run_group_tests_name("reference.zstd", tests, NULL, NULL);
}
