/* test_index.c - the INDEX block's payload: one broken rule a test. */
#include "build.h"

#include <string.h>

static struct frame_builder f;
static struct bytes p; /* the payload in the making */

/* Two chunks, "hello" and "abc", with an extension of 21 bytes between them. */
static void two_chunks(void) {
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_stored(&f, "hello", 5);
    frame_block(&f, 0x80, "x", 1, 0);
    frame_stored(&f, "abc", 3);
}

static void put_blocks(uint64_t gap) {
    two_chunks();
    p.size = 0;
    put_varint(&p, 2);
    put_varint(&p, 0);
    put_varint(&p, 16); /* 8 bytes of a CHUNK */
    put_varint(&p, 5);
    put_varint(&p, gap);
    put_varint(&p, 12);
    put_varint(&p, 3);
}

static void put_region(uint64_t dtype, uint64_t rank, uint64_t length, uint64_t shared,
                       const char *suffix) {
    put_varint(&p, dtype);
    put_varint(&p, rank);
    for (uint64_t i = 0; i < rank && rank < 20; i++) {
        put_varint(&p, i);
    }
    put_varint(&p, length);
    put_varint(&p, shared);
    put_varint(&p, strlen(suffix));
    put(&p, suffix, strlen(suffix));
}

static void want_index(enum scape_ref_error error) {
    frame_index(&f, &p);
    frame_trailer(&f);
    want(&f.out, error);
}

static void test_regions(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 5);
    put_region(65535, 8, 0, 0, "empty");
    put_region(11, 2, 5, 0, "model.a");
    put_region(11, 0, 0, 6, "b");
    put_region(0, 0, 3, 0, "");
    put_region(0, 0, 0, 0, "at the end");
    want_index(SCAPE_REF_OK);
}

static void test_one_region_of_two_chunks(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_OK);
}

static void test_block_count(void **state) {
    (void)state;
    put_blocks(21);
    p.data[0] = 1;
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_gap(void **state) {
    (void)state;
    put_blocks(20);
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void spoil_block(size_t at) {
    put_blocks(21);
    p.data[at]++;
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_payload_length(void **state) {
    (void)state;
    put_blocks(21);
    p.data[2] += 2;
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_kind(void **state) {
    (void)state;
    spoil_block(2);
}

static void test_content_length(void **state) {
    (void)state;
    spoil_block(3);
}

static void test_payload_ends_early(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 2, 8, 0, "name");
    size_t whole = p.size;
    for (size_t size = 0; size < whole; size++) {
        two_chunks();
        p.size = size;
        want_index(SCAPE_REF_BAD_INDEX);
    }
}

static void test_bytes_left(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "");
    put_varint(&p, 0);
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_varint_not_shortest(void **state) {
    (void)state;
    put_blocks(21);
    put(&p, "\x81\x00", 2);
    put_region(0, 0, 8, 0, "");
    want_index(SCAPE_REF_BAD_VARINT);
}

static void test_varint_too_long(void **state) {
    (void)state;
    put_blocks(21);
    put(&p, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10);
    want_index(SCAPE_REF_BAD_VARINT);
    put_blocks(21);
    put(&p, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81\x00", 11);
    want_index(SCAPE_REF_BAD_VARINT);
}

static void test_largest_varint(void **state) {
    (void)state;
    put_blocks(21);
    put(&p, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10);
    want_index(SCAPE_REF_BAD_INDEX);
}

static void one_region(uint64_t dtype, uint64_t rank, uint64_t length, enum scape_ref_error error) {
    put_blocks(21);
    put_varint(&p, 1);
    put_region(dtype, rank, length, 0, "");
    want_index(error);
}

static void test_dtype_high(void **state) {
    (void)state;
    one_region(65536, 0, 8, SCAPE_REF_BAD_INDEX);
}

static void test_rank_high(void **state) {
    (void)state;
    one_region(0, 9, 8, SCAPE_REF_BAD_INDEX);
    one_region(0, (UINT64_C(1) << 32) + 1, 8, SCAPE_REF_BAD_INDEX);
}

static void test_content_left(void **state) {
    (void)state;
    one_region(0, 0, 5, SCAPE_REF_BAD_INDEX);
}

static void test_region_too_long(void **state) {
    (void)state;
    one_region(0, 0, 9, SCAPE_REF_BAD_INDEX);
    one_region(0, 0, UINT64_MAX, SCAPE_REF_BAD_INDEX);
}

static void two_regions(uint64_t first, uint64_t second, enum scape_ref_error error) {
    put_blocks(21);
    put_varint(&p, 2);
    put_region(0, 0, first, 0, "");
    put_region(0, 0, second, 0, "");
    want_index(error);
}

static void test_region_inside_chunk(void **state) {
    (void)state;
    two_regions(4, 4, SCAPE_REF_BAD_INDEX);
}

static void test_empty_region_inside_chunk(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 3);
    put_region(0, 0, 5, 0, "");
    put_region(0, 0, 1, 0, "");
    put_region(0, 0, 2, 0, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_sum_overflows(void **state) {
    (void)state;
    two_regions(5, UINT64_MAX - 1, SCAPE_REF_BAD_INDEX);
}

static void test_no_regions(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 0);
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_first_name_shares(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 1, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_name_shares_too_much(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 2);
    put_region(0, 0, 5, 0, "abc");
    put_region(0, 0, 3, 4, "");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_name_shares_too_much_first(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 1, "");
    p.data[p.size - 1] = 0x80; /* the suffix length no varint: found later */
    put_le(&p, 0, 1);
    want_index(SCAPE_REF_BAD_INDEX);
}

static void name_of(size_t length, enum scape_ref_error error) {
    static char name[5000];
    memset(name, 'n', sizeof name);
    name[length] = 0;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, name);
    want_index(error);
}

static void test_name_length(void **state) {
    (void)state;
    name_of(4096, SCAPE_REF_OK);
    name_of(4097, SCAPE_REF_BAD_INDEX);
}

static void test_name_length_with_shared(void **state) {
    (void)state;
    static char name[4097];
    memset(name, 'n', 4095);
    put_blocks(21);
    put_varint(&p, 2);
    put_region(0, 0, 5, 0, name);
    put_region(0, 0, 3, 4095, "no");
    want_index(SCAPE_REF_BAD_INDEX);
}

static void test_name_with_nul(void **state) {
    (void)state;
    put_blocks(21);
    put_varint(&p, 1);
    put_region(0, 0, 8, 0, "abc");
    p.data[p.size - 2] = 0;
    want_index(SCAPE_REF_BAD_INDEX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_one_region_of_two_chunks),
        cmocka_unit_test(test_block_count),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_payload_length),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_payload_ends_early),
        cmocka_unit_test(test_bytes_left),
        cmocka_unit_test(test_varint_not_shortest),
        cmocka_unit_test(test_varint_too_long),
        cmocka_unit_test(test_largest_varint),
        cmocka_unit_test(test_dtype_high),
        cmocka_unit_test(test_rank_high),
        cmocka_unit_test(test_content_left),
        cmocka_unit_test(test_region_too_long),
        cmocka_unit_test(test_region_inside_chunk),
        cmocka_unit_test(test_empty_region_inside_chunk),
        cmocka_unit_test(test_sum_overflows),
        cmocka_unit_test(test_no_regions),
        cmocka_unit_test(test_first_name_shares),
        cmocka_unit_test(test_name_shares_too_much),
        cmocka_unit_test(test_name_shares_too_much_first),
        cmocka_unit_test(test_name_length),
        cmocka_unit_test(test_name_length_with_shared),
        cmocka_unit_test(test_name_with_nul),
    };
    return cmocka_run_group_tests_name("reference.index", tests, NULL, NULL);
}
