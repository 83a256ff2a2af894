/* test_encode_streams.c - every coder of a stream: what it writes, the decoder reads back, for all
 * numbers of lanes and ways to choose tables [RNS CTX CAN-020..022]. */
#include "encode_context.h"
#include "encode_stream.h"
#include "layout.h"
#include "stream.h"
#include "test_encode_support.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 1 << 23
};

/* A stream's way there and back. */
struct trip {
    struct transfer t;
    struct scape_ref_memory memory;
    struct scape_ref_stream_work work;
    struct scape_ref_buffer ids, lifts;
    struct scape_ref_sink sink;
};

static void trip_open(struct trip *p, uint64_t count) {
    *p = (struct trip){.t = {0}};
    p->memory = transfer_memory(&p->t);
    assert_int_equal(scape_ref_stream_work_reserve(&p->memory, &p->work), SCAPE_REF_OK);
    assert_int_equal(scape_ref_buffer_reserve(&p->memory, &p->ids, count + 64, 0), SCAPE_REF_OK);
    assert_int_equal(scape_ref_buffer_reserve(&p->memory, &p->lifts, 8 * count + 64, 0),
                     SCAPE_REF_OK);
    p->work.ids = p->ids.data;
    p->work.lifts = p->lifts.data;
    p->sink = (struct scape_ref_sink){.data = malloc(ROOM), .capacity = ROOM};
    assert_non_null(p->sink.data);
}

static void trip_close(struct trip *p) {
    scape_ref_buffer_release(&p->memory, &p->ids);
    scape_ref_buffer_release(&p->memory, &p->lifts);
    scape_ref_buffer_release(&p->memory, &p->work.memory);
    assert_int_equal(p->t.live, 0);
    free(p->sink.data);
}

static struct scape_ref_array array_make(uint32_t width, uint64_t count) {
    struct scape_ref_array a = {
        .width = width, .size = scape_ref_array_element(width), .count = count};
    a.data = calloc((size_t)count, a.size);
    assert_non_null(a.data);
    return a;
}

/* Values below limit, small ones more often. */
static struct scape_ref_array array_random(uint64_t seed, uint32_t width, uint64_t count,
                                           uint32_t limit) {
    struct random r = {seed};
    struct scape_ref_array a = array_make(width, count);
    for (uint64_t i = 0; i < count; i++) {
        scape_ref_array_set(&a, i, random_below(&r, 1 + random_below(&r, limit)));
    }
    return a;
}

/* The sink's one stream, decoded, equals the array, and nothing is left. */
static void check_decodes(struct trip *p, const struct scape_ref_stream_place *place,
                          const struct scape_ref_array *want) {
    struct scape_ref_cursor cursor = scape_ref_cursor_make(p->sink.data, p->sink.size);
    struct scape_ref_array have = array_make(want->width, want->count);
    assert_false(scape_ref_sink_is_full(&p->sink));
    enum scape_ref_error error = scape_ref_stream_read(&cursor, place, &p->work, &have);
    if (error != SCAPE_REF_OK) {
        fail_msg("decoding ends with %s at %zu of %zu", scape_ref_error_name(error), cursor.at,
                 cursor.size);
    }
    assert_int_equal(scape_ref_cursor_left(&cursor), 0);
    assert_same_bytes(have.data, (size_t)have.count * have.size, want->data,
                      (size_t)want->count * want->size);
    free(have.data);
}

static struct scape_ref_stream_place place_of(uint32_t layout, uint32_t field,
                                              const struct scape_ref_array *fields) {
    return (struct scape_ref_stream_place){
        .layout = scape_ref_layout_find(layout), .field = field, .fields = fields};
}

/* Fits tables to the array under the plan, codes, decodes. Returns the bytes of the stream. */
static size_t rans_trip(const struct scape_ref_array *a, const struct scape_ref_table_plan *plan,
                        const struct scape_ref_stream_place *place, uint32_t p,
                        uint32_t max_symbols) {
    struct trip trip;
    struct scape_ref_fit fit = {0};
    uint32_t *counts = calloc((size_t)plan->tables << a->width, sizeof *counts);
    assert_non_null(counts);
    trip_open(&trip, a->count);
    assert_int_equal(scape_ref_table_plan_count(&trip.memory, a, plan, counts), SCAPE_REF_OK);
    assert_int_equal(scape_ref_tables_fit(&trip.memory, &fit, counts, a->width, plan->tables, p,
                                          max_symbols, true),
                     SCAPE_REF_OK);
    const struct scape_ref_encode_tables tables = {.fit = &fit};
    assert_int_equal(scape_ref_encode_rans(&trip.memory, &trip.sink, a, plan, &tables),
                     SCAPE_REF_OK);
    check_decodes(&trip, place, a);
    assert_int_equal(trip.sink.data[1] >> 4, scape_ref_lanes_code(a->count));
    scape_ref_buffer_release(&trip.memory, &fit.memory);
    free(counts);
    trip_close(&trip);
    return trip.sink.size;
}

static const struct scape_ref_table_plan one_table = {.kind = SCAPE_REF_TABLE_ONE, .tables = 1};

static void packed_of_every_width(void **state) {
    (void)state;
    struct random r = {3};
    for (uint32_t width = 1; width <= 64; width++) {
        struct trip trip;
        struct scape_ref_array a = array_make(width, 33);
        for (uint64_t i = 0; i < a.count; i++) {
            scape_ref_array_set(&a, i, random_next(&r) >> (64 - width));
        }
        trip_open(&trip, a.count);
        scape_ref_encode_packed(&trip.sink, &a);
        const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BYTES, 0, NULL);
        check_decodes(&trip, &place, &a);
        assert_int_equal(trip.sink.size, 1 + (33 * width + 7) / 8);
        trip_close(&trip);
        free(a.data);
    }
}

static void constant_only_of_equal_elements(void **state) {
    (void)state;
    struct trip trip;
    struct scape_ref_array a = array_make(10, 100);
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BF16_E8M2, 0, NULL);
    for (uint64_t i = 0; i < a.count; i++) {
        scape_ref_array_set(&a, i, 1023);
    }
    trip_open(&trip, a.count);
    assert_int_equal(scape_ref_encode_constant(&trip.sink, &a), SCAPE_REF_OK);
    assert_int_equal(trip.sink.size, 3);
    check_decodes(&trip, &place, &a);
    scape_ref_array_set(&a, 99, 1022);
    assert_int_equal(scape_ref_encode_constant(&trip.sink, &a), SCAPE_REF_BAD_ARGUMENT);
    trip_close(&trip);
    free(a.data);
}

static void zstd_of_wide_values(void **state) {
    (void)state;
    struct trip trip;
    struct scape_ref_array a = array_random(4, 13, 3000, 8192);
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_F64_E11M2, 0, NULL);
    trip_open(&trip, a.count);
    assert_int_equal(scape_ref_encode_zstd(&trip.memory, &trip.sink, &a, 3), SCAPE_REF_OK);
    check_decodes(&trip, &place, &a);
    trip_close(&trip);
    free(a.data);
}

static void lanes_codes_and_their_edges(void **state) {
    (void)state;
    static const struct {
        uint64_t count;
        uint32_t code;
    } cases[] = {{1, 0},
                 {31, 0},
                 {33, 0},
                 {4095, 0},
                 {4096, 1},
                 {4097, 1},
                 {(1 << 16) - 1, 1},
                 {1 << 16, 2},
                 {(1 << 16) + 33, 2},
                 {(1 << 17) - 1, 2},
                 {1 << 17, 3},
                 {(1 << 17) + 129, 3}};
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BYTES, 0, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scape_ref_array a = array_random(i, 8, cases[i].count, 30);
        assert_int_equal(scape_ref_lanes_code(a.count), cases[i].code);
        (void)rans_trip(&a, &one_table, &place, 12, 256);
        free(a.data);
    }
}

static void escapes(void **state) {
    (void)state;
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BYTES, 0, NULL);
    for (uint32_t max_symbols = 2; max_symbols <= 16; max_symbols++) {
        struct scape_ref_array a = array_random(max_symbols, 8, 5000, 256);
        (void)rans_trip(&a, &one_table, &place, 8 + max_symbols % 7, max_symbols);
        free(a.data);
    }
}

static void tables_by_cluster_id(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 5, 33, 64};
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BYTES, 0, NULL);
    struct random r = {5};
    struct scape_ref_array a = array_random(6, 8, 9001, 100);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t k = sizes[i];
        uint32_t width = 1;
        while ((k - 1) >> width != 0) {
            width++;
        }
        struct scape_ref_table_plan plan = {.kind = SCAPE_REF_TABLE_BY_ID,
                                            .tables = k,
                                            .block_log2 = 5,
                                            .ids = array_make(width, 9001 / 32 + 1)};
        for (uint64_t b = 0; b < plan.ids.count; b++) { /* each is used */
            scape_ref_array_set(&plan.ids, b, b < k ? b : random_below(&r, k));
        }
        (void)rans_trip(&a, &plan, &place, 11, 256);
        free(plan.ids.data);
    }
    free(a.data);
}

/* Exponents that follow their row and column. */
static struct scape_ref_array scaled(uint64_t rows, uint64_t columns) {
    struct random r = {7};
    struct scape_ref_array a = array_make(10, rows * columns);
    for (uint64_t i = 0; i < a.count; i++) {
        uint64_t scale = i / columns * 7 % 12 + i % columns * 5 % 12;
        scape_ref_array_set(&a, i, 480 - 4 * scale - random_below(&r, 1 + random_below(&r, 24)));
    }
    return a;
}

static void tables_by_row_and_column(void **state) {
    (void)state;
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BF16_E8M2, 0, NULL);
    struct scape_ref_array a = scaled(60, 200);
    a.count -= 17; /* the last row is not full */
    size_t plain = rans_trip(&a, &one_table, &place, 12, 128);
    for (uint32_t tables = 2; tables <= 16; tables *= 2) {
        struct trip trip;
        struct scape_ref_buffer block = {0};
        struct scape_ref_table_plan plan = {.kind = SCAPE_REF_TABLE_ONE};
        const struct scape_ref_sample all = {.columns = 200, .step = 1};
        const struct scape_ref_context_choice choice = {.tables = tables,
                                                        .classes = 16,
                                                        .steps = 4,
                                                        .fraction = 2,
                                                        .rounds = tables / 8,
                                                        .sample = &all};
        trip_open(&trip, 1);
        assert_int_equal(scape_ref_context_fit(&trip.memory, &block, &a, &choice, &plan),
                         SCAPE_REF_OK);
        assert_true(plan.tables <= tables);
        size_t size = rans_trip(&a, &plan, &place, 12, 128);
        assert_true(size < plain);
        scape_ref_buffer_release(&trip.memory, &block);
        trip_close(&trip);
    }
    free(a.data);
}

static void tables_by_field(void **state) {
    (void)state;
    struct scape_ref_array fields[2] = {array_random(8, 9, 7000, 512),
                                        array_random(9, 7, 7000, 128)};
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BF16_SE9M7, 1, fields);
    uint8_t map[512];
    for (uint32_t v = 0; v < 512; v++) {
        map[v] = (uint8_t)(v < 100 ? 0 : v < 101 ? 1 : v % 3);
    }
    const struct scape_ref_table_plan plan = {
        .kind = SCAPE_REF_TABLE_BY_FIELD, .tables = 3, .field = 0, .by = &fields[0], .map = map};
    (void)rans_trip(&fields[1], &plan, &place, 12, 128);
    free(fields[0].data);
    free(fields[1].data);
}

static void a_value_without_symbol_is_an_error(void **state) {
    (void)state;
    struct trip trip;
    struct scape_ref_fit fit = {0};
    uint32_t counts[256] = {[1] = 5, [2] = 5};
    struct scape_ref_array a = array_make(8, 10);
    scape_ref_array_set(&a, 0, 1);
    scape_ref_array_set(&a, 1, 3);
    trip_open(&trip, a.count);
    assert_int_equal(scape_ref_tables_fit(&trip.memory, &fit, counts, 8, 1, 8, 16, true),
                     SCAPE_REF_OK);
    const struct scape_ref_encode_tables tables = {.fit = &fit};
    assert_int_equal(scape_ref_encode_rans(&trip.memory, &trip.sink, &a, &one_table, &tables),
                     SCAPE_REF_BAD_ARGUMENT);
    scape_ref_buffer_release(&trip.memory, &fit.memory);
    trip_close(&trip);
    free(a.data);
}

/* The coder that the smallest has. */
static uint8_t smallest_coder(const struct scape_ref_array *a, int zstd_level) {
    struct trip trip;
    const struct scape_ref_coder_choice choice = {
        .p = 12, .max_symbols = 256, .zstd_level = zstd_level};
    const struct scape_ref_stream_place place = place_of(SCAPE_REF_LAYOUT_BYTES, 0, NULL);
    trip_open(&trip, a->count);
    assert_int_equal(scape_ref_encode_smallest(&trip.memory, &trip.sink, a, &choice), SCAPE_REF_OK);
    check_decodes(&trip, &place, a);
    assert_true(trip.sink.size <= 1 + a->count);
    uint8_t coder = trip.sink.data[0];
    trip_close(&trip);
    return coder;
}

static void smallest_takes_the_coder_that_fits(void **state) {
    (void)state;
    struct scape_ref_array a = array_make(8, 20000);
    assert_int_equal(smallest_coder(&a, 3), SCAPE_REF_CODER_CONSTANT);
    struct random r = {10};
    random_fill(&r, a.data, 20000);
    assert_int_equal(smallest_coder(&a, 3), SCAPE_REF_CODER_PACKED);
    for (uint64_t i = 5000; i < a.count; i++) {
        scape_ref_array_set(&a, i, scape_ref_array_get(&a, i - 5000));
    }
    assert_int_equal(smallest_coder(&a, 3), SCAPE_REF_CODER_ZSTD);
    assert_int_equal(smallest_coder(&a, 0), SCAPE_REF_CODER_PACKED);
    free(a.data);
    a = array_random(11, 8, 20000, 10);
    assert_int_equal(smallest_coder(&a, 0), SCAPE_REF_CODER_RANS);
    free(a.data);
}

static void a_full_sink_counts_on(void **state) {
    (void)state;
    uint8_t data[8] = {0};
    struct scape_ref_sink s = {.data = data, .capacity = 4};
    scape_ref_sink_put(&s, "abcd", 4);
    assert_false(scape_ref_sink_is_full(&s));
    scape_ref_sink_u8(&s, 9);
    scape_ref_sink_varint(&s, 300);
    assert_true(scape_ref_sink_is_full(&s));
    assert_int_equal(s.size, 7);
    assert_memory_equal(data, "abcd\0\0\0\0", 8);
}

static void no_memory_is_reported_wherever_it_ends(void **state) {
    (void)state;
    struct scape_ref_array a = array_random(12, 8, 5000, 10);
    const struct scape_ref_coder_choice choice = {.p = 12, .max_symbols = 256, .zstd_level = 3};
    uint8_t *room = malloc(ROOM);
    enum scape_ref_error error = SCAPE_REF_NO_MEMORY;
    size_t n = 0;
    while (error != SCAPE_REF_OK) {
        struct transfer t = {.fail_at[CALL_ALLOCATE] = ++n};
        struct scape_ref_memory memory = transfer_memory(&t);
        struct scape_ref_sink sink = {.data = room, .capacity = ROOM};
        error = scape_ref_encode_smallest(&memory, &sink, &a, &choice);
        assert_true(error == SCAPE_REF_OK || error == SCAPE_REF_NO_MEMORY);
        assert_int_equal(t.live, 0);
        assert_true(n < 100);
    }
    assert_true(n > 1);
    free(room);
    free(a.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_of_every_width),
        cmocka_unit_test(constant_only_of_equal_elements),
        cmocka_unit_test(zstd_of_wide_values),
        cmocka_unit_test(lanes_codes_and_their_edges),
        cmocka_unit_test(escapes),
        cmocka_unit_test(tables_by_cluster_id),
        cmocka_unit_test(tables_by_row_and_column),
        cmocka_unit_test(tables_by_field),
        cmocka_unit_test(a_value_without_symbol_is_an_error),
        cmocka_unit_test(smallest_takes_the_coder_that_fits),
        cmocka_unit_test(a_full_sink_counts_on),
        cmocka_unit_test(no_memory_is_reported_wherever_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
