/* test_rans.c - rANS streams: every lane arrangement around its edges, escapes, cluster ids,
 * context functions; and one broken rule a test. */
#include "code.h"
#include "stream.h"

#include <string.h>

enum {
    ELEMENTS = 1200
};

static struct frame_builder f;
static struct bytes p; /* the payload in the making */
static struct run run;

/* Symbols 0, 1, 2 stand for these values; the escape is symbol 3. */
static const uint8_t three_levels[] = {80, 90, 100};
enum {
    FIRST_VALUE = 40,
    P = 8,
    ESCAPE = 3
};

static uint16_t symbols[ELEMENTS];
static uint8_t contexts[ELEMENTS];
static uint8_t content[2 * ELEMENTS];

static void some_symbols(uint32_t kinds) {
    uint32_t seed = 99;
    for (size_t i = 0; i < ELEMENTS; i++) {
        seed = seed * 1664525 + 1013904223;
        symbols[i] = (uint16_t)(seed >> 24 & 3);
        if (symbols[i] >= kinds) {
            symbols[i] = 2;
        }
        content[i] = (uint8_t)(FIRST_VALUE + symbols[i]);
    }
}

static void begin(uint32_t layout, uint8_t coder) {
    p.size = 0;
    put_le(&p, layout, 2);
    put_le(&p, coder, 1);
}

static void decode(uint32_t content_length) {
    memset(&run, 0, sizeof run);
    frame_begin(&f, (struct scape_ref_frame_header){.chunk_limit_log2 = 14});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, content_length);
    frame_end(&f);
    (void)run_decode(&run, f.out.data, f.out.size);
}

static void want_chunk(uint32_t content_length, enum scape_ref_error error) {
    decode(content_length);
    want_report(&run, error);
}

static void want_content(uint32_t size) {
    decode(size);
    want_report(&run, SCAPE_REF_OK);
    assert_int_equal(run.content.size, size);
    assert_memory_equal(run.content.data, content, size);
}

/* A stream of coder RANS over layout `bytes`; *at is where the table set starts. */
static const struct scape_ref_tables *begin_plain(unsigned lanes_code, int escape_level) {
    begin(SCAPE_REF_LAYOUT_BYTES, SCAPE_REF_CODER_RANS);
    put_mode(&p, P, lanes_code, 0);
    size_t at = p.size;
    put_table(&p, 8, FIRST_VALUE, three_levels, 3, escape_level);
    return tables_of(&p, at, P, 1, 8);
}

static void plain(unsigned lanes_code, uint32_t count) {
    some_symbols(3);
    put_segments(&p, begin_plain(lanes_code, -1), lanes_code, symbols, NULL, count);
}

/* ---- Right streams ---- */

static void test_lanes(void **state) {
    (void)state;
    const uint32_t counts[] = {1,  2,  31, 32,  33,  63,  64,  65,
                               95, 96, 97, 127, 128, 129, 193, ELEMENTS};
    for (unsigned lanes_code = 0; lanes_code < 4; lanes_code++) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            plain(lanes_code, counts[i]);
            want_content(counts[i]);
        }
    }
}

static void test_segment_sizes(void **state) {
    (void)state;
    const struct scape_ref_rans_mode one = {P, 1, 1, 0}, four = {P, 32, 4, 0};
    assert_int_equal(scape_ref_segment_size(&one, 1000), 1000);
    assert_int_equal(scape_ref_segment_size(&four, 1), 32);
    assert_int_equal(scape_ref_segment_size(&four, 128), 32);
    assert_int_equal(scape_ref_segment_size(&four, 129), 64);
}

/* Escaped values count over all segments, in the order of the elements. */
static size_t put_escaped(unsigned lanes_code, uint32_t announced) {
    some_symbols(4);
    const struct scape_ref_tables *t = begin_plain(lanes_code, 95);
    size_t at = p.size;
    uint8_t values[ELEMENTS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 200; i++) {
        if (symbols[i] == ESCAPE) {
            content[i] = (uint8_t)(i + 100);
            values[n++] = content[i];
        }
    }
    announced = announced == 0 ? n : announced;
    put_varint(&p, announced);
    put(&p, values, n < announced ? n : announced);
    put_segments(&p, t, lanes_code, symbols, NULL, 200);
    return at;
}

static void test_escapes(void **state) {
    (void)state;
    for (unsigned lanes_code = 0; lanes_code < 4; lanes_code++) {
        put_escaped(lanes_code, 0);
        want_content(200);
    }
}

/* One table for each of K contexts, all alike but for their levels. */
static const struct scape_ref_tables *put_tables(uint32_t count) {
    struct bit_writer w = {&p, 0};
    size_t at = p.size;
    put_bits(&w, FIRST_VALUE, 8);
    put_bits(&w, 0, 1);
    put_gamma(&w, 3);
    put_bits(&w, 0, 1);
    for (uint32_t k = 0; k < count; k++) {
        put_gamma(&w, 1);
        put_gamma(&w, 1);
        put_bits(&w, 3, 2);
        put_bits(&w, 50 + 10 * k, 8);
        for (int i = 0; i < 2; i++) {
            put_ones(&w, 0);
            put_bits(&w, k, 3);
        }
    }
    return tables_of(&p, at, P, count, 8);
}

static void begin_mixture(uint32_t count_less_one, uint32_t log2) {
    some_symbols(3);
    begin(SCAPE_REF_LAYOUT_BYTES, SCAPE_REF_CODER_RANS_MIXTURE);
    put_mode(&p, P, 1, 0);
    put_le(&p, count_less_one, 1);
    put_le(&p, log2, 1);
}

/* 100 elements in blocks of 32 under four tables. */
static void mixture(uint8_t last_id) {
    const uint8_t ids[] = {3, 0, 1, last_id};
    begin_mixture(3, 5);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    struct bit_writer w = {&p, 0};
    for (int i = 0; i < 4; i++) {
        put_bits(&w, ids[i], 2);
    }
    for (size_t i = 0; i < 100; i++) {
        contexts[i] = ids[i / 32];
    }
    put_segments(&p, put_tables(4), 1, symbols, contexts, 100);
}

static void test_mixture(void **state) {
    (void)state;
    mixture(2);
    want_content(100);
}

static void test_mixture_with_one_table(void **state) {
    (void)state;
    begin_mixture(0, 4);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, 0, 1);
    put_segments(&p, put_tables(1), 1, symbols, NULL, 100);
    want_content(100);
}

/* Cluster ids in a rANS stream of their own: 3 bits wide for K = 5. */
static void test_nested_rans(void **state) {
    (void)state;
    static const uint8_t levels[] = {10, 20, 30, 40, 50};
    begin_mixture(4, 4);
    put_le(&p, SCAPE_REF_CODER_RANS, 1);
    put_mode(&p, 9, 0, 0);
    size_t at = p.size;
    put_table(&p, 3, 0, levels, 5, -1);
    uint16_t ids[20];
    for (uint16_t i = 0; i < 20; i++) {
        ids[i] = i % 5;
        memset(contexts + (size_t)16 * i, ids[i], 16);
    }
    put_segments(&p, tables_of(&p, at, 9, 1, 3), 0, ids, NULL, 20);
    put_segments(&p, put_tables(5), 1, symbols, contexts, 320);
    want_content(320);
}

struct row_column {
    uint64_t columns;
    uint8_t classes, row_class, column_class;
    uint8_t thresholds[2];
};

static const struct row_column right = {7, 32, 20, 31, {20, 51}};

/* 5 rows of 7 columns, the last row of 4 elements; row classes 0, 1 and row_class, ...; column
 * classes 0 and column_class in turn. Three tables. */
static void row_column(struct row_column r) {
    some_symbols(3);
    begin(SCAPE_REF_LAYOUT_BYTES, SCAPE_REF_CODER_RANS_CONTEXT);
    put_mode(&p, P, 1, 0);
    put_le(&p, 2, 1);
    put_le(&p, SCAPE_REF_CONTEXT_ROW_COLUMN, 1);
    put_varint(&p, r.columns);
    put_le(&p, r.classes, 1);
    const uint8_t rows[5] = {0, 1, r.row_class, 0, r.row_class};
    uint8_t columns[7];
    struct bit_writer w = {&p, 0};
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    for (int i = 0; i < 5; i++) {
        put_bits(&w, rows[i], 5);
    }
    w.used = 0;
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    for (int i = 0; i < 7; i++) {
        columns[i] = i % 2 ? r.column_class : 0;
        put_bits(&w, columns[i], 5);
    }
    put(&p, r.thresholds, 2);
    for (int i = 0; i < 32; i++) {
        int sum = rows[i / 7] + columns[i % 7];
        contexts[i] = (uint8_t)((sum >= r.thresholds[0]) + (sum >= r.thresholds[1]));
    }
    put_segments(&p, put_tables(3), 1, symbols, contexts, 32);
}

static void test_row_column(void **state) {
    (void)state;
    row_column(right);
    want_content(32);
}

/* bf16.e8: the sign and mantissa under the exponent. 32 elements; exponents 0 and 255 in turn. */
static void field_map(uint8_t field, const char *map, size_t map_size) {
    begin(SCAPE_REF_LAYOUT_BF16_E8, SCAPE_REF_CODER_PACKED);
    for (int i = 0; i < 32; i++) {
        put_le(&p, i % 2 ? 255 : 0, 1);
        contexts[i] = (uint8_t)(i % 2);
    }
    some_symbols(3);
    put_le(&p, SCAPE_REF_CODER_RANS_CONTEXT, 1);
    put_mode(&p, P, 1, 0);
    put_le(&p, 1, 1);
    put_le(&p, SCAPE_REF_CONTEXT_FIELD, 1);
    put_le(&p, field, 1);
    put(&p, map, map_size);
    put_segments(&p, put_tables(2), 1, symbols, contexts, 32);
    for (size_t i = 0; i < 32; i++) {
        uint32_t raw = FIRST_VALUE + symbols[i]; /* the sign is its lowest bit */
        uint32_t value = raw << 15 & 0x8000;
        value |= (i % 2 ? 255U : 0U) << 7 | raw >> 1;
        scape_ref_store_u16le(content + 2 * i, (uint16_t)value);
    }
}

/* Two runs: 128 values to context 0, 128 to context 1. */
#define HALVES "\x02\x80\x01\x00\x80\x01\x01"

static void test_field_map(void **state) {
    (void)state;
    field_map(0, HALVES, 7);
    want_content(64);
}

/* ---- Broken streams: mode ---- */

static void mode_of(unsigned precision, unsigned source, enum scape_ref_error error) {
    begin(SCAPE_REF_LAYOUT_BYTES, SCAPE_REF_CODER_RANS);
    put_mode(&p, precision, 0, source);
    put_le(&p, 0, 8);
    want_chunk(5, error);
}

static void test_precision(void **state) {
    (void)state;
    mode_of(7, 0, SCAPE_REF_LIMIT);
    mode_of(0, 0, SCAPE_REF_LIMIT);
    mode_of(15, 3, SCAPE_REF_LIMIT);
}

static void test_source_reserved(void **state) {
    (void)state;
    mode_of(8, 3, SCAPE_REF_RESERVED);
}

static void test_no_profile(void **state) {
    (void)state;
    mode_of(8, 2, SCAPE_REF_BAD_TABLE);
}

static void test_wide_field(void **state) {
    (void)state;
    uint32_t values[4];
    struct scape_ref_array wide = {17, 4, 4, values};
    for (uint8_t coder = 3; coder <= 5; coder++) {
        struct scape_ref_cursor c = scape_ref_cursor_make(&coder, 1);
        assert_int_equal(scape_ref_stream_read(&c, NULL, NULL, &wide), SCAPE_REF_UNKNOWN_CODER);
    }
}

/* ---- Broken streams: contexts ---- */

static void test_table_count(void **state) {
    (void)state;
    begin_mixture(64, 5);
    want_chunk(100, SCAPE_REF_LIMIT);
}

static void test_table_slots(void **state) {
    (void)state;
    begin(SCAPE_REF_LAYOUT_BYTES, SCAPE_REF_CODER_RANS_CONTEXT);
    put_mode(&p, 12, 1, 0);
    put_le(&p, 32, 1);
    want_chunk(100, SCAPE_REF_LIMIT);
}

static void test_cluster_size(void **state) {
    (void)state;
    begin_mixture(1, 3);
    want_chunk(100, SCAPE_REF_LIMIT);
    begin_mixture(1, 17);
    want_chunk(100, SCAPE_REF_LIMIT);
}

static void test_cluster_id(void **state) {
    (void)state;
    begin_mixture(2, 5);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put_le(&p, 0xC0, 1);
    want_chunk(100, SCAPE_REF_BAD_CONTEXT);
}

static void test_cluster_padding(void **state) {
    (void)state;
    begin_mixture(1, 5);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put_le(&p, 0x10, 1);
    want_chunk(100, SCAPE_REF_NONZERO_PAD);
}

static void test_cluster_constant(void **state) {
    (void)state;
    begin_mixture(2, 5);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, 4, 1);
    want_chunk(100, SCAPE_REF_BAD_VALUE);
    p.data[p.size - 1] = 3;
    want_chunk(100, SCAPE_REF_BAD_CONTEXT);
}

static void test_nested_coder(void **state) {
    (void)state;
    const uint8_t coders[] = {SCAPE_REF_CODER_ZSTD, SCAPE_REF_CODER_RANS_MIXTURE,
                              SCAPE_REF_CODER_RANS_CONTEXT, 6};
    for (size_t i = 0; i < sizeof coders; i++) {
        begin_mixture(1, 5);
        put_le(&p, coders[i], 1);
        put_le(&p, 0, 8);
        want_chunk(100, SCAPE_REF_UNKNOWN_CODER);
    }
}

static void test_nested_profile(void **state) {
    (void)state;
    begin_mixture(1, 5);
    put_le(&p, SCAPE_REF_CODER_RANS, 1);
    put_mode(&p, P, 0, 2);
    want_chunk(100, SCAPE_REF_UNKNOWN_CODER);
}

static void test_unknown_function(void **state) {
    (void)state;
    const uint8_t functions[] = {0, 4, 255};
    for (size_t i = 0; i < sizeof functions; i++) {
        row_column(right);
        p.data[5] = functions[i];
        want_chunk(32, SCAPE_REF_BAD_CONTEXT);
    }
}

static void bad_row_column(struct row_column r) {
    row_column(r);
    want_chunk(32, SCAPE_REF_BAD_CONTEXT);
}

static void test_columns(void **state) {
    (void)state;
    struct row_column r = right;
    r.columns = 0;
    bad_row_column(r);
    r.columns = 33;
    bad_row_column(r);
    r.columns = (UINT64_C(1) << 32) + 7;
    bad_row_column(r);
}

static void test_classes(void **state) {
    (void)state;
    struct row_column r = right;
    r.classes = 0;
    bad_row_column(r);
    r.classes = 33;
    bad_row_column(r);
}

static void test_row_class(void **state) {
    (void)state;
    struct row_column r = right;
    r.classes = 20;
    r.column_class = 19;
    bad_row_column(r);
}

static void test_column_class(void **state) {
    (void)state;
    struct row_column r = right;
    r.classes = 31;
    bad_row_column(r);
}

static void test_thresholds(void **state) {
    (void)state;
    struct row_column r = right;
    r.thresholds[1] = 19;
    bad_row_column(r);
}

static void bad_map(uint8_t field, const char *map, size_t map_size) {
    field_map(field, map, map_size);
    want_chunk(64, SCAPE_REF_BAD_CONTEXT);
}

static void test_map_field(void **state) {
    (void)state;
    bad_map(1, HALVES, 7);
    bad_map(200, HALVES, 7);
}

static void test_map_field_of_other_count(void **state) {
    (void)state;
    begin(SCAPE_REF_LAYOUT_GGML_Q4_0, SCAPE_REF_CODER_CONSTANT); /* the three parts of d */
    put_le(&p, 0, 1);
    for (int i = 0; i < 2; i++) {
        put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
        put_le(&p, 0, 1);
    }
    put_le(&p, SCAPE_REF_CODER_RANS_CONTEXT, 1);
    put_mode(&p, P, 1, 0);
    put_le(&p, 1, 1);
    put_le(&p, SCAPE_REF_CONTEXT_FIELD, 1);
    put_le(&p, 0, 1);
    want_chunk(18, SCAPE_REF_BAD_CONTEXT);
}

/* f64.e11m2 has a field of 2^13 values: as many runs as are allowed, and one more. */
static void test_map_runs(void **state) {
    (void)state;
    for (uint64_t runs = 4096; runs <= 4097; runs++) {
        begin(SCAPE_REF_LAYOUT_F64_E11M2, SCAPE_REF_CODER_CONSTANT);
        put_le(&p, 0, 2);
        put_le(&p, SCAPE_REF_CODER_RANS_CONTEXT, 1);
        put_mode(&p, P, 1, 0);
        put_le(&p, 0, 1);
        put_le(&p, SCAPE_REF_CONTEXT_FIELD, 1);
        put_le(&p, 0, 1);
        put_varint(&p, runs);
        for (uint64_t i = 1; i < runs; i++) {
            put_le(&p, 1, 2); /* one value, context 0 */
        }
        put_varint(&p, 8192 - (runs - 1));
        put_le(&p, 0, 1);
        want_chunk(8192, runs == 4096 ? SCAPE_REF_PAYLOAD_SHORT : SCAPE_REF_BAD_CONTEXT);
    }
}

static void test_map_empty_run(void **state) {
    (void)state;
    bad_map(0, "\x03\x80\x01\x00\x00\x01\x80\x01\x01", 9);
}

static void test_map_too_long(void **state) {
    (void)state;
    bad_map(0, "\x02\x80\x01\x00\x81\x01\x01", 7);
}

static void test_map_context(void **state) {
    (void)state;
    bad_map(0, "\x02\x80\x01\x00\x80\x01\x02", 7);
}

static void test_map_too_short(void **state) {
    (void)state;
    bad_map(0, "\x02\x80\x01\x00\x7F\x01", 6);
}

/* ---- Broken streams: escapes, states, words ---- */

static void test_escape_count_high(void **state) {
    (void)state;
    put_escaped(1, 201);
    want_chunk(200, SCAPE_REF_BAD_ESCAPE);
}

static void test_escape_missing(void **state) {
    (void)state;
    some_symbols(4);
    size_t at = put_escaped(1, 0);
    /* One less: the count is a single byte and its last value goes. */
    uint8_t count = p.data[at];
    memmove(p.data + at + count, p.data + at + count + 1, p.size - at - count - 1);
    p.size--;
    p.data[at]--;
    want_chunk(200, SCAPE_REF_BAD_ESCAPE);
}

static void test_escape_left_over(void **state) {
    (void)state;
    size_t at = put_escaped(1, 0);
    uint8_t count = p.data[at];
    memmove(p.data + at + count + 2, p.data + at + count + 1, p.size - at - count - 1);
    p.size++;
    p.data[at]++;
    want_chunk(200, SCAPE_REF_BAD_ESCAPE);
}

/* One escaped value of 10 bits: 6 bits of padding. */
static void test_escape_padding(void **state) {
    (void)state;
    static const uint8_t level = 80;
    for (uint32_t pad = 0; pad < 2; pad++) {
        const uint16_t symbol = 1;
        begin(SCAPE_REF_LAYOUT_BF16_E8M2, SCAPE_REF_CODER_RANS);
        put_mode(&p, P, 0, 0);
        size_t at = p.size;
        put_table(&p, 10, 500, &level, 1, 80);
        put_varint(&p, 1);
        put_le(&p, 0x1FC | pad << 15, 2);
        put_segments(&p, tables_of(&p, at, P, 1, 10), 0, &symbol, NULL, 1);
        put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
        put_le(&p, 0, 1);
        content[0] = 0x80;
        content[1] = 0x3F;
        if (pad) {
            want_chunk(2, SCAPE_REF_NONZERO_PAD);
        } else {
            want_content(2);
        }
    }
}

/* Where the states of a plain stream of one segment start, behind one byte of word count. */
static size_t plain_states(unsigned lanes_code, uint32_t count) {
    some_symbols(3);
    const struct scape_ref_tables *t = begin_plain(lanes_code, -1);
    size_t at = p.size + 1;
    put_segments(&p, t, lanes_code, symbols, NULL, count);
    assert_true(p.data[at - 1] > 0 && p.data[at - 1] < 128);
    return at;
}

static void test_state_low(void **state) {
    (void)state;
    for (size_t lane = 0; lane < 32; lane++) {
        size_t at = plain_states(1, 600);
        scape_ref_store_u32le(p.data + at + 4 * lane, 0xFFFF);
        want_chunk(600, SCAPE_REF_RANS_STATE);
    }
}

static void test_state_low_in_empty_segment(void **state) {
    (void)state;
    plain(3, 5);
    scape_ref_store_u32le(p.data + p.size - 4, 0);
    want_chunk(5, SCAPE_REF_RANS_STATE);
}

static void test_end_state(void **state) {
    (void)state;
    plain(3, 5);
    scape_ref_store_u32le(p.data + p.size - 4, 0x10001);
    want_chunk(5, SCAPE_REF_RANS_STATE);
}

static void test_words_missing(void **state) {
    (void)state;
    size_t at = plain_states(0, 200);
    p.data[at - 1]--;
    p.size -= 2;
    want_chunk(200, SCAPE_REF_RANS_WORDS);
}

static void test_words_left(void **state) {
    (void)state;
    size_t at = plain_states(0, 200);
    p.data[at - 1]++;
    put_le(&p, 0, 2);
    want_chunk(200, SCAPE_REF_RANS_WORDS);
}

static void test_word_count_beyond_payload(void **state) {
    (void)state;
    plain_states(0, 200);
    p.size -= 2;
    want_chunk(200, SCAPE_REF_PAYLOAD_SHORT);
}

static void test_word_count_huge(void **state) {
    (void)state;
    const uint64_t counts[] = {UINT64_C(1) << 63, UINT64_MAX};
    for (int i = 0; i < 2; i++) { /* twice the first is 2^64 */
        begin_plain(0, -1);
        put_varint(&p, counts[i]);
        put_le(&p, 1 << 16, 4);
        want_chunk(5, SCAPE_REF_PAYLOAD_SHORT);
    }
}

static void test_bytes_behind(void **state) {
    (void)state;
    plain(0, 200);
    put_le(&p, 0, 1);
    want_chunk(200, SCAPE_REF_PAYLOAD_LONG);
}

static void test_every_truncation(void **state) {
    (void)state;
    row_column(right);
    size_t whole = p.size;
    for (p.size = 0; p.size < whole; p.size++) {
        want_chunk(32, SCAPE_REF_PAYLOAD_SHORT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_segment_sizes),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_mixture_with_one_table),
        cmocka_unit_test(test_nested_rans),
        cmocka_unit_test(test_row_column),
        cmocka_unit_test(test_field_map),
        cmocka_unit_test(test_precision),
        cmocka_unit_test(test_source_reserved),
        cmocka_unit_test(test_no_profile),
        cmocka_unit_test(test_wide_field),
        cmocka_unit_test(test_table_count),
        cmocka_unit_test(test_table_slots),
        cmocka_unit_test(test_cluster_size),
        cmocka_unit_test(test_cluster_id),
        cmocka_unit_test(test_cluster_padding),
        cmocka_unit_test(test_cluster_constant),
        cmocka_unit_test(test_nested_coder),
        cmocka_unit_test(test_nested_profile),
        cmocka_unit_test(test_unknown_function),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_row_class),
        cmocka_unit_test(test_column_class),
        cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_map_field),
        cmocka_unit_test(test_map_field_of_other_count),
        cmocka_unit_test(test_map_runs),
        cmocka_unit_test(test_map_empty_run),
        cmocka_unit_test(test_map_too_long),
        cmocka_unit_test(test_map_context),
        cmocka_unit_test(test_map_too_short),
        cmocka_unit_test(test_escape_count_high),
        cmocka_unit_test(test_escape_missing),
        cmocka_unit_test(test_escape_left_over),
        cmocka_unit_test(test_escape_padding),
        cmocka_unit_test(test_state_low),
        cmocka_unit_test(test_state_low_in_empty_segment),
        cmocka_unit_test(test_end_state),
        cmocka_unit_test(test_words_missing),
        cmocka_unit_test(test_words_left),
        cmocka_unit_test(test_word_count_beyond_payload),
        cmocka_unit_test(test_word_count_huge),
        cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_every_truncation),
    };
    return cmocka_run_group_tests_name("reference.rans", tests, NULL, NULL);
}
