/* test_chunk.c - chunk payloads with the coders PACKED, ZSTD and CONSTANT, and the layout engine.
 */
#include "build.h"
#include "layout.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static struct frame_builder f;
static struct bytes p; /* the payload in the making */

static void payload_begin(uint32_t layout) {
    p.size = 0;
    put_le(&p, layout, 2);
}

static void file_of_payload(uint32_t content_length) {
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, content_length);
    frame_end(&f);
}

static void want_chunk(uint32_t content_length, enum scape_ref_error error) {
    file_of_payload(content_length);
    want(&f.out, error);
}

static void want_content(const void *content, size_t size) {
    static struct run run;
    memset(&run, 0, sizeof run);
    file_of_payload((uint32_t)size);
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    assert_int_equal(run.content.size, size);
    assert_memory_equal(run.content.data, content, size);
}

/* ---- The payload ---- */

static void test_empty_payload(void **state) {
    (void)state;
    p.size = 0;
    want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_half_layout_id(void **state) {
    (void)state;
    p.size = 0;
    put_le(&p, 0, 1);
    want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_unknown_layout(void **state) {
    (void)state;
    payload_begin(0xFFFF);
    want_chunk(5, SCAPE_REF_UNKNOWN_LAYOUT);
}

static void test_no_whole_block(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_PLANES8);
    put(&p, "1234567", 7);
    want_chunk(7, SCAPE_REF_BAD_LENGTH);
}

static void test_no_block_before_short_tail(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_PLANES8);
    want_chunk(7, SCAPE_REF_BAD_LENGTH);
}

static void test_short_tail(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_PLANES4);
    put(&p, "12", 2);
    want_chunk(7, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_no_coder(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_unknown_coder(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, 7, 1);
    want_chunk(5, SCAPE_REF_UNKNOWN_CODER);
}

static void test_tail_is_verbatim(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_PLANES4);
    put(&p, "xyz", 3);
    for (int plane = 0; plane < 4; plane++) {
        put_le(&p, SCAPE_REF_CODER_PACKED, 1);
        put(&p, plane == 0 ? "ae" : plane == 1 ? "bf" : plane == 2 ? "cg" : "dh", 2);
    }
    want_content("abcdefghxyz", 11);
}

static void test_planar_order(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_GROUPED4);
    put(&p, "xyz", 3);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put(&p, "aeibfjcgkdhl", 12);
    want_content("abcdefghijklxyz", 15);
}

/* ---- PACKED ---- */

static void test_packed_short(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put(&p, "1234", 4);
    want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_packed_long(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put(&p, "123456", 6);
    want_chunk(5, SCAPE_REF_PAYLOAD_LONG);
}

/* 3f 80 is 1.0 and c0 10 is -2.25: sym 10 bits at 5; raw the sign and the 5 low bits. */
static void bf16_packed(uint8_t sym_pad, uint8_t raw_pad) {
    payload_begin(SCAPE_REF_LAYOUT_BF16_E8M2);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put_le(&p, (0x3F80 >> 5 & 1023) | (0xC010U >> 5 & 1023) << 10 | (uint32_t)sym_pad << 20, 3);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put_le(&p, 0 | (1 | 0x10U << 1) << 6 | (uint32_t)raw_pad << 12, 2);
}

static void test_packed_fields(void **state) {
    (void)state;
    bf16_packed(0, 0);
    want_content("\x80\x3F\x10\xC0", 4);
}

static void test_pad_bits(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 4; bit++) {
        bf16_packed((uint8_t)(1U << bit), 0);
        want_chunk(4, SCAPE_REF_NONZERO_PAD);
        bf16_packed(0, (uint8_t)(1U << bit));
        want_chunk(4, SCAPE_REF_NONZERO_PAD);
    }
}

/* ---- CONSTANT ---- */

static void test_constant(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, 'a', 1);
    want_content("aaaaa", 5);
}

static void bf16_constant(uint64_t sym, uint64_t raw) {
    payload_begin(SCAPE_REF_LAYOUT_BF16_E8M2);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, sym, 2);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, raw, 1);
}

static void test_constant_fields(void **state) {
    (void)state;
    bf16_constant(1023, 63);
    want_content("\xFF\xFF\xFF\xFF", 4);
}

static void test_constant_value(void **state) {
    (void)state;
    bf16_constant(1024, 63);
    want_chunk(4, SCAPE_REF_BAD_VALUE);
    bf16_constant(1023, 64);
    want_chunk(4, SCAPE_REF_BAD_VALUE);
}

static void test_constant_short(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BF16_E8M2);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, 0, 1);
    want_chunk(4, SCAPE_REF_PAYLOAD_SHORT);
}

/* ---- ZSTD ---- */

/* A zstd frame of the text, put as the stream of a chunk of bytes. */
static size_t zstd_frame(const void *content, size_t size, uint8_t out[256]) {
    size_t n = ZSTD_compress(out, 256, content, size, 3);
    assert_false(ZSTD_isError(n));
    return n;
}

static void put_zstd(const void *frame, size_t size) {
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, SCAPE_REF_CODER_ZSTD, 1);
    put_varint(&p, size);
    put(&p, frame, size);
}

static void test_zstd(void **state) {
    (void)state;
    uint8_t frame[256];
    put_zstd(frame, zstd_frame("hello", 5, frame));
    want_content("hello", 5);
}

static void test_zstd_wide_values(void **state) {
    (void)state;
    /* sym of width 10 comes as two bytes a value, in a frame; raw of width 6 as one. */
    const uint8_t sym[] = {0xFC, 0x01, 0x00, 0x02}, raw[] = {0, 0x21};
    uint8_t frame[256];
    size_t size = zstd_frame(sym, sizeof sym, frame);
    payload_begin(SCAPE_REF_LAYOUT_BF16_E8M2);
    put_le(&p, SCAPE_REF_CODER_ZSTD, 1);
    put_varint(&p, size);
    put(&p, frame, size);
    size = zstd_frame(raw, sizeof raw, frame);
    put_le(&p, SCAPE_REF_CODER_ZSTD, 1);
    put_varint(&p, size);
    put(&p, frame, size);
    want_content("\x80\x3F\x10\xC0", 4);
}

static void test_zstd_value(void **state) {
    (void)state;
    const uint8_t sym[] = {0xFC, 0x01, 0x00, 0x04};
    uint8_t frame[256];
    size_t size = zstd_frame(sym, sizeof sym, frame);
    payload_begin(SCAPE_REF_LAYOUT_BF16_E8M2);
    put_le(&p, SCAPE_REF_CODER_ZSTD, 1);
    put_varint(&p, size);
    put(&p, frame, size);
    want_chunk(4, SCAPE_REF_BAD_VALUE);
}

static void test_zstd_length_varint(void **state) {
    (void)state;
    payload_begin(SCAPE_REF_LAYOUT_BYTES);
    put_le(&p, SCAPE_REF_CODER_ZSTD, 1);
    put(&p, "\x8E\x00", 2);
    want_chunk(5, SCAPE_REF_BAD_VARINT);
}

static void test_zstd_short(void **state) {
    (void)state;
    uint8_t frame[256];
    put_zstd(frame, zstd_frame("hello", 5, frame));
    p.size--;
    want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_zstd_damaged(void **state) {
    (void)state;
    uint8_t frame[256];
    size_t size = zstd_frame("hello", 5, frame);
    frame[0] ^= 1;
    put_zstd(frame, size);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
}

static void test_zstd_other_length(void **state) {
    (void)state;
    uint8_t frame[256];
    put_zstd(frame, zstd_frame("hello", 5, frame));
    want_chunk(6, SCAPE_REF_ZSTD_DATA);
    want_chunk(4, SCAPE_REF_ZSTD_DATA);
}

static void test_zstd_bytes_behind(void **state) {
    (void)state;
    uint8_t frame[256];
    size_t size = zstd_frame("hello", 5, frame);
    frame[size] = 0;
    put_zstd(frame, size + 1);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
}

static void test_zstd_two_frames(void **state) {
    (void)state;
    uint8_t frame[256], second[256];
    size_t size = zstd_frame("hel", 3, frame);
    size_t more = zstd_frame("lo", 2, second);
    memcpy(frame + size, second, more);
    put_zstd(frame, size + more);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
}

static void test_zstd_skippable(void **state) {
    (void)state;
    uint8_t frame[264] = {0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0};
    size_t size = zstd_frame("hello", 5, &frame[8]);
    put_zstd(frame, size + 8);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
}

static void test_zstd_dictionary(void **state) {
    (void)state;
    /* Single segment, Dictionary_ID of one byte, content size 5; one raw block "hello". */
    uint8_t frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 5, 0x29, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    put_zstd(frame, sizeof frame);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
    frame[5] = 0;
    put_zstd(frame, sizeof frame);
    want_content("hello", 5);
}

static void test_zstd_window(void **state) {
    (void)state;
    /* Window_Descriptor instead of a single segment: 2^27 is the limit. */
    uint8_t frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0, 17 << 3, 0x29, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    put_zstd(frame, sizeof frame);
    want_content("hello", 5);
    frame[5]++;
    put_zstd(frame, sizeof frame);
    want_chunk(5, SCAPE_REF_ZSTD_DATA);
}

/* ---- The layout engine ---- */

/* The widest and longest thing the engine must take: any row, on random bytes. */
static void test_every_layout_round_trips(void **state) {
    (void)state;
    enum {
        BLOCKS = 37
    };
    for (size_t i = 0; i < scape_ref_layout_count; i++) {
        const struct scape_ref_layout *layout = &scape_ref_layouts[i];
        size_t size = (size_t)layout->block_bytes * BLOCKS;
        uint8_t *before = malloc(size), *after = malloc(size);
        struct scape_ref_array fields[SCAPE_REF_FIELDS_MAX];
        assert_true(before && after && layout->field_count <= SCAPE_REF_FIELDS_MAX);
        uint32_t seed = 12345;
        for (size_t b = 0; b < size; b++) {
            seed = seed * 1664525 + 1013904223;
            before[b] = (uint8_t)(seed >> 24);
        }
        for (uint32_t n = 0; n < layout->field_count; n++) {
            const struct scape_ref_field *field = &layout->fields[n];
            fields[n] =
                (struct scape_ref_array){field->width, scape_ref_array_element(field->width),
                                         (uint64_t)field->count * BLOCKS, NULL};
            fields[n].data = calloc((size_t)fields[n].count, fields[n].size);
            assert_non_null(fields[n].data);
        }
        scape_ref_layout_split(layout, before, BLOCKS, fields);
        scape_ref_layout_join(layout, fields, BLOCKS, after);
        if (memcmp(before, after, size) != 0) {
            fail_msg("layout %s does not give its blocks back", layout->name);
        }
        for (uint32_t n = 0; n < layout->field_count; n++) {
            free(fields[n].data);
        }
        free(before);
        free(after);
    }
}

/* The peak for a chunk of the layout, all its fields constant. */
static uint64_t peak_of(const struct scape_ref_layout *layout, uint32_t content_length) {
    static struct run run;
    payload_begin(layout->id);
    for (uint32_t i = 0; i < layout->field_count; i++) {
        put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
        put_le(&p, 0, scape_ref_width_bytes(layout->fields[i].width));
    }
    frame_begin(&f, (struct scape_ref_frame_header){.chunk_limit_log2 = 16});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, content_length);
    frame_end(&f);
    memset(&run, 0, sizeof run);
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    return run.report.peak_memory;
}

/* [LIM-010] What a chunk may need beside the constant, for its content; pieces are rounded up. */
static uint64_t memory_of(const struct scape_ref_layout *layout, uint32_t content_length) {
    uint64_t blocks = content_length / layout->block_bytes, fields = 0, nested = 0;
    for (uint32_t i = 0; i < layout->field_count; i++) {
        const struct scape_ref_field *field = &layout->fields[i];
        uint64_t count = field->count * blocks;
        uint64_t need = count * (field->width <= 8 ? 2 : 3) + 1;
        fields += count * scape_ref_array_element(field->width);
        nested = need > nested ? need : nested;
    }
    return content_length + fields + nested + UINT64_C(64) * (layout->field_count + 4);
}

static void test_memory(void **state) {
    (void)state;
    enum {
        CONSTANT = 3 << 20
    };
    for (size_t i = 0; i < scape_ref_layout_count; i++) {
        const struct scape_ref_layout *layout = &scape_ref_layouts[i];
        uint32_t large = 60000 / layout->block_bytes * layout->block_bytes;
        uint64_t least = peak_of(layout, layout->block_bytes), most = peak_of(layout, large);
        assert_true(least <= CONSTANT);
        if (most - least > memory_of(layout, large)) {
            fail_msg("%s: have %llu bytes, want at most %llu", layout->name,
                     (unsigned long long)(most - least),
                     (unsigned long long)memory_of(layout, large));
        }
    }
}

/* Several runs, several pieces, strides in two dimensions, fields of 3, 20 and 33 bits. */
static void test_engine_on_odd_row(void **state) {
    (void)state;
    static const struct scape_ref_piece low[] = {{2, 0, {2, 8}}, {1, 16, {1, 2}}};
    static const struct scape_ref_piece second[] = {{3, 4, {0}}};
    static const struct scape_ref_piece wide[] = {{16, 20, {0}}, {4, 7 + 5, {0}}};
    static const struct scape_ref_piece rest[] = {{1, 7, {0}}, {32, 36, {0}}};
    static const struct scape_ref_run low_runs[] = {{2, {2, 2}, 2, low}, {1, {1}, 1, second}};
    static const struct scape_ref_run wide_runs[] = {{1, {1}, 2, wide}};
    static const struct scape_ref_run rest_runs[] = {{1, {1}, 2, rest}};
    static const struct scape_ref_field fields[] = {{"low", 3, 5, 2, low_runs, NULL},
                                                    {"wide", 20, 1, 1, wide_runs, NULL},
                                                    {"rest", 33, 1, 1, rest_runs, NULL}};
    static const struct scape_ref_layout row = {999, "odd", 9, 3, fields, false};
    uint8_t low_data[5] = {7, 0, 0, 4, 5};
    uint32_t wide_data[1] = {0xABCDE};
    uint64_t rest_data[1] = {UINT64_C(0x1DEADBEEF)};
    struct scape_ref_array arrays[3] = {
        {3, 1, 5, low_data}, {20, 4, 1, wide_data}, {33, 8, 1, rest_data}};
    uint8_t block[9];
    scape_ref_layout_join(&row, arrays, 1, block);
    assert_int_equal(scape_ref_bits_get(block, 0, 2), 3);  /* low[0][0], its low piece */
    assert_int_equal(scape_ref_bits_get(block, 16, 4), 9); /* the high bits of [0][0] and [1][1] */
    assert_int_equal(scape_ref_bits_get(block, 4, 3), 5);  /* the second run */
    assert_int_equal(scape_ref_bits_get(block, 20, 16), 0xBCDE);
    assert_int_equal(scape_ref_bits_get(block, 12, 4), 0xA);
    assert_int_equal(scape_ref_bits_get(block, 7, 1), 1);
    assert_int_equal(scape_ref_bits_get(block, 36, 32), 0xEF56DF77);
    memset(low_data, 0, sizeof low_data);
    wide_data[0] = 0;
    rest_data[0] = 0;
    scape_ref_layout_split(&row, block, 1, arrays);
    assert_memory_equal(low_data, "\7\0\0\4\5", 5);
    assert_int_equal(wide_data[0], 0xABCDE);
    assert_int_equal(rest_data[0], UINT64_C(0x1DEADBEEF));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_payload),
        cmocka_unit_test(test_half_layout_id),
        cmocka_unit_test(test_unknown_layout),
        cmocka_unit_test(test_no_whole_block),
        cmocka_unit_test(test_no_block_before_short_tail),
        cmocka_unit_test(test_short_tail),
        cmocka_unit_test(test_no_coder),
        cmocka_unit_test(test_unknown_coder),
        cmocka_unit_test(test_tail_is_verbatim),
        cmocka_unit_test(test_planar_order),
        cmocka_unit_test(test_packed_short),
        cmocka_unit_test(test_packed_long),
        cmocka_unit_test(test_packed_fields),
        cmocka_unit_test(test_pad_bits),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_constant_fields),
        cmocka_unit_test(test_constant_value),
        cmocka_unit_test(test_constant_short),
        cmocka_unit_test(test_zstd),
        cmocka_unit_test(test_zstd_wide_values),
        cmocka_unit_test(test_zstd_value),
        cmocka_unit_test(test_zstd_length_varint),
        cmocka_unit_test(test_zstd_short),
        cmocka_unit_test(test_zstd_damaged),
        cmocka_unit_test(test_zstd_other_length),
        cmocka_unit_test(test_zstd_bytes_behind),
        cmocka_unit_test(test_zstd_two_frames),
        cmocka_unit_test(test_zstd_skippable),
        cmocka_unit_test(test_zstd_dictionary),
        cmocka_unit_test(test_zstd_window),
        cmocka_unit_test(test_every_layout_round_trips),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_engine_on_odd_row),
    };
    return cmocka_run_group_tests_name("reference.chunk", tests, NULL, NULL);
}
