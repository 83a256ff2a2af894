/* test_block.c - quantised blocks: class functions, context function BLOCK_CLASS, coder LIFT. */
#include "block_class.h"
#include "code.h"
#include "layout.h"

#include <string.h>

enum {
    UNITS_MAX = 64,
    P = 8,
    SUB = 32,
    ELEMENTS = 8 * SUB,
    FIRST_VALUE = 4
};

static struct frame_builder f;
static struct bytes p; /* the payload in the making */
static struct run run;

/* ---- Class functions: known answers ---- */

static uint8_t classes[UNITS_MAX];

/* The classes of the layout's last field, its other fields as bytes. */
static void classes_of(uint32_t layout_id, const uint8_t *const *values, uint32_t value_count,
                       uint64_t block_count) {
    const struct scape_ref_layout *layout = scape_ref_layout_find(layout_id);
    struct scape_ref_array fields[SCAPE_REF_FIELDS_MAX] = {{0, 0, 0, NULL}};
    static uint8_t copies[8][UNITS_MAX];
    uint32_t last = layout->field_count - 1;
    assert_int_equal(value_count, last);
    for (uint32_t i = 0; i < value_count; i++) {
        uint64_t count = block_count * layout->fields[i].count;
        assert_true(count <= UNITS_MAX && layout->fields[i].width <= 8);
        memcpy(copies[i], values[i], (size_t)count);
        fields[i] = (struct scape_ref_array){layout->fields[i].width, 1, count, copies[i]};
    }
    memset(classes, 0xFF, sizeof classes);
    scape_ref_block_classes(layout, last, fields, block_count, classes);
}

static void want_classes(const uint8_t *want_values, size_t count) {
    assert_memory_equal(classes, want_values, count);
    if (count < UNITS_MAX) {
        assert_int_equal(classes[count], 0xFF);
    }
}

/* NVFP4: 4 scales a block, groups of 16. 64 * 16 * scale / sum against the thresholds. */
static void test_ratio_of_small_floats(void **state) {
    (void)state;
    const uint8_t equal[16] = {56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 184};
    const uint8_t *const values[] = {equal};
    const uint8_t want_equal[16] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    classes_of(SCAPE_REF_LAYOUT_GGML_NVFP4, values, 1, 4);
    want_classes(want_equal, 16);
    /* A short last group of 4: 8, 16, 8, 0 units: ratios 64, 128, 64, 0. */
    const uint8_t mixed[20] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 16, 8, 0};
    const uint8_t *const more[] = {mixed};
    const uint8_t want_mixed[20] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 7, 4, 0};
    classes_of(SCAPE_REF_LAYOUT_GGML_NVFP4, more, 1, 5);
    want_classes(want_mixed, 20);
}

/* Q4_0: the half d of each block, groups of 8. 1.0 is lo 0, hi 0x78; 2^-24 is lo 1, hi 0. */
static void test_ratio_of_halves(void **state) {
    (void)state;
    const uint8_t low[4] = {0, 0, 1, 0}, high[4] = {0x78, 0x70, 0, 0xF8}, sign[4] = {0, 1, 0, 1};
    const uint8_t *const values[] = {low, high, sign};
    /* 2^24, 2^23, 1, infinity as 2^40: only the last is not far below the mean. */
    const uint8_t want_values[4] = {0, 0, 0, 7};
    classes_of(SCAPE_REF_LAYOUT_GGML_Q4_0, values, 3, 4);
    want_classes(want_values, 4);
    /* 1, 1, 0.5, 0.5: ratios 85, 85, 42, 42. */
    const uint8_t zeros[4] = {0}, halves[4] = {0x78, 0x78, 0x70, 0x70};
    const uint8_t *const more[] = {zeros, halves, zeros};
    const uint8_t want_more[4] = {6, 6, 1, 1};
    classes_of(SCAPE_REF_LAYOUT_GGML_Q4_0, more, 3, 4);
    want_classes(want_more, 4);
}

/* Q6_K: two's complement scales. Q3_K: distance from 32. 16 a block. */
static void test_ratio_of_integers(void **state) {
    (void)state;
    const uint8_t zero[1] = {0};
    const uint8_t sc[16] = {1, 255, 2, 254, 0, 128, 127, 129, 1, 1, 1, 1, 1, 1, 1, 1};
    const uint8_t *const values[] = {zero, zero, zero, sc};
    /* The sum is 396: 64 * 16 / 396 = 2.58 for each unit of magnitude. */
    const uint8_t want_values[16] = {0, 0, 0, 0, 0, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0};
    classes_of(SCAPE_REF_LAYOUT_GGML_Q6_K, values, 4, 1);
    want_classes(want_values, 16);
    const uint8_t offset[16] = {31, 33, 32, 34, 30, 31, 31, 31, 33, 33, 33, 33, 33, 33, 33, 33};
    const uint8_t *const more[] = {zero, zero, zero, offset};
    /* The sum is 17: ratios 60 for 1, 120 for 2, 0 for 0. */
    const uint8_t want_more[16] = {3, 3, 0, 7, 7, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    classes_of(SCAPE_REF_LAYOUT_GGML_Q3_K, more, 4, 1);
    want_classes(want_more, 16);
}

/* Q4_1: d 1.0, m 0, 4.5, 100 and +4.5, negative where the sign is set. */
static void test_zero_of_halves(void **state) {
    (void)state;
    const uint8_t low[4] = {0, 0, 0, 0}, high[4] = {0x78, 0x78, 0x78, 0x78};
    const uint8_t m_low[4] = {0, 0, 64, 0}, m_high[4] = {0, 0x8A, 0xAC, 0x8A};
    const uint8_t sign[4] = {0, 0, 0, 0}, m_sign[4] = {1, 1, 1, 0};
    const uint8_t *const values[] = {low, high, sign, m_low, m_high, m_sign};
    /* z 0, 5 (5.0 is 0x4500), 70, none: steps 0, 1, 7, 0, times 4, plus ratio class 2. */
    const uint8_t want_values[4] = {2, 6, 30, 2};
    classes_of(SCAPE_REF_LAYOUT_GGML_Q4_1, values, 6, 4);
    want_classes(want_values, 4);
}

/* MXFP4: 4 * (8e - sum) / 8 + 4, rounded down, clamped to 0..7. */
static void test_logdiff(void **state) {
    (void)state;
    const uint8_t e[8] = {100, 100, 100, 101, 100, 100, 99, 100};
    const uint8_t *const values[] = {e};
    const uint8_t want_values[8] = {4, 4, 4, 7, 4, 4, 0, 4};
    classes_of(SCAPE_REF_LAYOUT_GGML_MXFP4, values, 1, 8);
    want_classes(want_values, 8);
    const uint8_t three[3] = {10, 11, 11};
    const uint8_t *const more[] = {three};
    /* 4 * (30 - 32) / 3 = -2.67, down to -3; 4 * (33 - 32) / 3 = 1.33, down to 1. */
    const uint8_t want_more[3] = {1, 5, 5};
    classes_of(SCAPE_REF_LAYOUT_GGML_MXFP4, more, 1, 3);
    want_classes(want_more, 3);
}

/* Q4_K, field m: 15 / 2 * d * sc / dmin + 1 / 2, at most 63, its quarter. */
static void test_mpred(void **state) {
    (void)state;
    const struct scape_ref_layout *layout = scape_ref_layout_find(SCAPE_REF_LAYOUT_GGML_Q4_K);
    uint8_t low[2] = {0, 0}, high[2] = {0x78, 0x78}, sign[2] = {0, 0};
    uint8_t min_low[2] = {0, 0}, min_high[2] = {0x80, 0}; /* 2.0, and none */
    uint8_t sc[16] = {0, 1, 2, 3, 8, 9, 63, 1, 0, 1};
    struct scape_ref_array fields[7] = {{7, 1, 2, low},     {8, 1, 2, high},     {1, 1, 2, sign},
                                        {7, 1, 2, min_low}, {8, 1, 2, min_high}, {1, 1, 2, sign},
                                        {6, 1, 16, sc}};
    assert_string_equal(layout->fields[7].name, "m");
    memset(classes, 0xFF, sizeof classes);
    scape_ref_block_classes(layout, 7, fields, 2, classes);
    /* 3.75 sc + 0.5, rounded down: 0, 4, 8, 11, 30, 34, 63, 4. */
    const uint8_t want_values[16] = {0, 1, 2, 2, 7, 8, 15, 1, 15, 15, 15, 15, 15, 15, 15, 15};
    want_classes(want_values, 16);
}

/* ---- Streams: MXFP4, 8 blocks of an exponent and 32 nibbles ---- */

static uint16_t symbols[ELEMENTS];
static uint8_t contexts[ELEMENTS];
static uint8_t content[8 * 17];

static void join(const uint16_t *nibbles, const uint8_t *exponents) {
    uint8_t q[ELEMENTS];
    uint8_t e[8];
    memcpy(e, exponents, sizeof e);
    for (int i = 0; i < ELEMENTS; i++) {
        q[i] = (uint8_t)nibbles[i];
    }
    const struct scape_ref_array fields[2] = {{8, 1, 8, e}, {4, 1, ELEMENTS, q}};
    scape_ref_layout_join(scape_ref_layout_find(SCAPE_REF_LAYOUT_GGML_MXFP4), fields, 8, content);
}

static void begin(const uint8_t *exponents) {
    uint32_t seed = 7;
    p.size = 0;
    put_le(&p, SCAPE_REF_LAYOUT_GGML_MXFP4, 2);
    put_le(&p, SCAPE_REF_CODER_PACKED, 1);
    put(&p, exponents, 8);
    for (size_t i = 0; i < ELEMENTS; i++) {
        seed = seed * 1664525 + 1013904223;
        symbols[i] = (uint16_t)(seed >> 30);
    }
}

/* Tables of four values from FIRST_VALUE on, alike in each. */
static const struct scape_ref_tables *put_tables(uint32_t count) {
    struct bit_writer w = {&p, 0};
    size_t at = p.size;
    put_bits(&w, FIRST_VALUE, 4);
    put_bits(&w, 0, 1);
    put_gamma(&w, 4);
    put_bits(&w, 0, 1);
    for (uint32_t k = 0; k < count; k++) {
        put_gamma(&w, 1);
        put_gamma(&w, 1);
        put_bits(&w, 0, 2);
        put_bits(&w, 16 * k, 8);
        for (int i = 0; i < 3; i++) {
            put_ones(&w, k == 0 ? 4 : 0); /* a slope of 2, kept */
        }
    }
    return tables_of(&p, at, P, count, 4);
}

static void decode(void) {
    memset(&run, 0, sizeof run);
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, sizeof content);
    frame_end(&f);
    (void)run_decode(&run, f.out.data, f.out.size);
}

static void want_chunk(enum scape_ref_error error) {
    decode();
    want_report(&run, error);
}

static void want_content(void) {
    want_chunk(SCAPE_REF_OK);
    assert_int_equal(run.content.size, sizeof content);
    assert_memory_equal(run.content.data, content, sizeof content);
}

static const uint8_t exponents[8] = {100, 100, 100, 101, 100, 100, 99, 100}; /* 4 4 4 7 4 4 0 4 */

/* Context function BLOCK_CLASS through a map of the 8 classes. */
static void class_map(uint32_t table_count, const char *map, size_t map_size,
                      const uint8_t context_of_class[8]) {
    static const uint8_t class_of_block[8] = {4, 4, 4, 7, 4, 4, 0, 4};
    uint16_t nibbles[ELEMENTS];
    begin(exponents);
    put_le(&p, SCAPE_REF_CODER_RANS_CONTEXT, 1);
    put_mode(&p, P, 1, 0);
    put_le(&p, table_count - 1, 1);
    put_le(&p, SCAPE_REF_CONTEXT_BLOCK_CLASS, 1);
    put(&p, map, map_size);
    for (int i = 0; i < ELEMENTS; i++) {
        contexts[i] = context_of_class[class_of_block[i / SUB]];
        nibbles[i] = (uint16_t)(FIRST_VALUE + symbols[i]);
    }
    put_segments(&p, put_tables(table_count), 1, symbols, contexts, ELEMENTS);
    join(nibbles, exponents);
}

static void test_class_map(void **state) {
    (void)state;
    const uint8_t halves[8] = {0, 0, 0, 0, 1, 1, 1, 1};
    class_map(2, "\x02\x04\x00\x04\x01", 5, halves);
    want_content();
}

static void test_class_identity(void **state) {
    (void)state;
    const uint8_t identity[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    class_map(8, "\x00", 1, identity);
    want_content();
}

static void test_class_identity_of_other_count(void **state) {
    (void)state;
    const uint8_t identity[8] = {0, 1, 2, 3, 4, 5, 6, 6};
    class_map(7, "\x00", 1, identity);
    want_chunk(SCAPE_REF_BAD_CONTEXT);
    class_map(9, "\x00", 1, identity);
    want_chunk(SCAPE_REF_BAD_CONTEXT);
}

static void test_class_map_too_long(void **state) {
    (void)state;
    const uint8_t zeros[8] = {0};
    class_map(2, "\x01\x09\x00", 3, zeros);
    want_chunk(SCAPE_REF_BAD_CONTEXT);
}

static void test_no_class_function(void **state) {
    (void)state;
    p.size = 0;
    put_le(&p, SCAPE_REF_LAYOUT_GGML_MXFP4, 2);
    put_le(&p, SCAPE_REF_CODER_RANS_CONTEXT, 1);
    put_mode(&p, P, 1, 0);
    put_le(&p, 0, 1);
    put_le(&p, SCAPE_REF_CONTEXT_BLOCK_CLASS, 1);
    put_le(&p, 0, 8);
    want_chunk(SCAPE_REF_BAD_CONTEXT);
}

/* ---- LIFT ---- */

/* Two lifts: the first takes element 5 (value 15) out of each sub-block of 32, the last element
 * moves to its place; the second takes the last of what is left. */
struct lift {
    unsigned log2, lifts;
    uint8_t first, second; /* positions */
    uint8_t inner;         /* coder */
};

static const struct lift right = {5, 2, 5, 30, SCAPE_REF_CODER_RANS};

static void lift(struct lift l) {
    uint16_t nibbles[ELEMENTS], coded[ELEMENTS];
    begin(exponents);
    put_le(&p, SCAPE_REF_CODER_LIFT, 1);
    put_le(&p, l.log2, 1);
    put_le(&p, l.lifts, 1);
    for (unsigned k = 0; k < 2; k++) {
        put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
        put_le(&p, k == 0 ? l.first : l.second, 1);
        put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
        put_le(&p, k == 0 ? 15 : 1, 1);
    }
    put_le(&p, l.inner, 1);
    put_mode(&p, P, 0, 0);
    /* One lane: the coded elements in order, as if there were no others. */
    size_t n = 0;
    for (int i = 0; i < ELEMENTS; i++) {
        nibbles[i] = (uint16_t)(FIRST_VALUE + symbols[i]);
        if (i % SUB < SUB - 2) {
            coded[n++] = symbols[i];
        }
    }
    put_segments(&p, put_tables(1), 0, coded, NULL, (uint32_t)n);
    for (int sub = 0; sub < 8; sub++) {
        nibbles[sub * SUB + 30] = 1;
        nibbles[sub * SUB + 31] = nibbles[sub * SUB + 5];
        nibbles[sub * SUB + 5] = 15;
    }
    join(nibbles, exponents);
}

static void test_lift(void **state) {
    (void)state;
    lift(right);
    want_content();
}

/* Lanes are by the element's number, coded or not: 32 lanes, lanes 30 and 31 never step. */
static void test_lift_in_lanes(void **state) {
    (void)state;
    lift(right);
    size_t inner = 2 + 9 + 3 + 8 + 1;
    assert_int_equal(p.data[inner - 1], SCAPE_REF_CODER_RANS);
    p.size = inner;
    put_mode(&p, P, 1, 0);
    const struct scape_ref_tables *t = put_tables(1);
    put_segments_coded(&p, t, symbols, ELEMENTS, SUB, SUB - 2);
    want_content();
}

static void test_lift_last_position(void **state) {
    (void)state;
    struct lift l = right;
    l.first = 31; /* the last element itself: nothing moves */
    lift(l);
    want_chunk(SCAPE_REF_OK);
}

static void test_lift_position(void **state) {
    (void)state;
    struct lift l = right;
    l.second = 31;
    lift(l);
    want_chunk(SCAPE_REF_BAD_VALUE);
}

static void test_lift_log2(void **state) {
    (void)state;
    struct lift l = right;
    l.log2 = 1;
    lift(l);
    want_chunk(SCAPE_REF_LIMIT);
    l.log2 = 9;
    lift(l);
    want_chunk(SCAPE_REF_LIMIT);
}

static void test_lift_count(void **state) {
    (void)state;
    struct lift l = right;
    l.lifts = 0;
    lift(l);
    want_chunk(SCAPE_REF_LIMIT);
    l.lifts = 3;
    lift(l);
    want_chunk(SCAPE_REF_LIMIT);
}

/* 5 bytes are no multiple of 4 elements. */
static void test_lift_rest(void **state) {
    (void)state;
    p.size = 0;
    put_le(&p, SCAPE_REF_LAYOUT_BYTES, 2);
    put_le(&p, SCAPE_REF_CODER_LIFT, 1);
    put_le(&p, 2, 1);
    put_le(&p, 1, 1);
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_lift_inner_coder(void **state) {
    (void)state;
    const uint8_t coders[] = {SCAPE_REF_CODER_PACKED, SCAPE_REF_CODER_RANS_MIXTURE,
                              SCAPE_REF_CODER_LIFT};
    for (size_t i = 0; i < sizeof coders; i++) {
        struct lift l = right;
        l.inner = coders[i];
        lift(l);
        want_chunk(SCAPE_REF_UNKNOWN_CODER);
    }
}

static void test_lift_truncated(void **state) {
    (void)state;
    lift(right);
    size_t whole = p.size;
    for (p.size = 0; p.size < whole; p.size++) {
        want_chunk(SCAPE_REF_PAYLOAD_SHORT);
    }
}

/* The escapes of an inner stream count among its coded elements only: 240 of 256. */
static void test_lift_escape_count(void **state) {
    (void)state;
    const uint8_t level = 80;
    lift(right);
    p.size = 2 + 9 + 3 + 8 + 1;
    put_mode(&p, P, 0, 0);
    put_table(&p, 4, 0, &level, 1, 80);
    put_varint(&p, 241);
    put_le(&p, 0, 8);
    want_chunk(SCAPE_REF_BAD_ESCAPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratio_of_small_floats),
        cmocka_unit_test(test_ratio_of_halves),
        cmocka_unit_test(test_ratio_of_integers),
        cmocka_unit_test(test_zero_of_halves),
        cmocka_unit_test(test_logdiff),
        cmocka_unit_test(test_mpred),
        cmocka_unit_test(test_class_map),
        cmocka_unit_test(test_class_identity),
        cmocka_unit_test(test_class_identity_of_other_count),
        cmocka_unit_test(test_class_map_too_long),
        cmocka_unit_test(test_no_class_function),
        cmocka_unit_test(test_lift),
        cmocka_unit_test(test_lift_in_lanes),
        cmocka_unit_test(test_lift_last_position),
        cmocka_unit_test(test_lift_position),
        cmocka_unit_test(test_lift_log2),
        cmocka_unit_test(test_lift_count),
        cmocka_unit_test(test_lift_rest),
        cmocka_unit_test(test_lift_inner_coder),
        cmocka_unit_test(test_lift_truncated),
        cmocka_unit_test(test_lift_escape_count),
    };
    return cmocka_run_group_tests_name("reference.block", tests, NULL, NULL);
}
