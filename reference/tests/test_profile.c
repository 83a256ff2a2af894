/* test_profile.c - profile files, named and embedded, and streams that use their tables. */
#include "code.h"

#include <string.h>

static struct frame_builder f;
static struct bytes p;       /* the chunk's payload */
static struct bytes profile; /* the profile file */
static struct run run;

static const uint8_t levels[] = {80, 90, 100};
enum {
    FIRST_VALUE = 40,
    LAST_VALUE = 42,
    P = 9
};

static void profile_begin(void) {
    profile.size = 0;
    put(&profile, "\xD3SCPRO\r\n\x01\0\0\0\0\0\0\0", 16);
}

static void profile_end(void) {
    scape_ref_store_u32le(profile.data + 12, (uint32_t)profile.size - 16);
    put_le(&profile, scape_ref_checksum_of(profile.data, profile.size), 8);
}

static void put_set(uint8_t width, uint8_t precision, uint32_t count_less_one) {
    put_varint(&profile, 60000); /* layout and field are not looked at */
    put_varint(&profile, 99);
    put_le(&profile, width, 1);
    put_le(&profile, precision, 1);
    put_le(&profile, count_less_one, 1);
}

/* One training file named "ab", one set: three values of 8 bits. */
static size_t right_profile(void) {
    static const uint8_t digest[32];
    profile_begin();
    put_varint(&profile, 1);
    put(&profile, digest, sizeof digest);
    put_varint(&profile, 2);
    put(&profile, "ab", 2);
    put_varint(&profile, 1);
    put_set(8, P, 0);
    size_t tables_at = profile.size;
    put_table(&profile, 8, FIRST_VALUE, levels, 3, -1);
    profile_end();
    return tables_at;
}

/* A chunk of 5 bytes under table set `number`, its values shifted. */
static void payload(unsigned precision, uint64_t number, uint64_t shift, size_t tables_at) {
    static const uint16_t symbols[] = {0, 2, 2, 1, 2};
    p.size = 0;
    put_le(&p, SCAPE_REF_LAYOUT_BYTES, 2);
    put_le(&p, SCAPE_REF_CODER_RANS, 1);
    put_mode(&p, precision, 0, SCAPE_REF_TABLES_FRAME);
    put_varint(&p, number);
    put_varint(&p, shift);
    put_segments(&p, tables_of(&profile, tables_at, P, 1, 8), 0, symbols, NULL, 5);
}

static void decode(bool embedded, bool given) {
    const struct scape_ref_profile offer = {profile.data, profile.size};
    struct scape_ref_frame_header header = {.flags = embedded ? SCAPE_REF_FLAG_PROFILE_EMBEDDED
                                                              : SCAPE_REF_FLAG_PROFILE_NAMED};
    assert_int_equal(scape_ref_sha256_of(profile.data, profile.size, header.profile_sha256),
                     SCAPE_REF_OK);
    frame_begin(&f, header);
    if (embedded) {
        frame_block(&f, SCAPE_REF_BLOCK_PROFILE, profile.data, profile.size, 0);
    }
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, 5);
    frame_end(&f);
    memset(&run, 0, sizeof run);
    run.options.profiles = &offer;
    run.options.profile_count = given ? 1 : 0;
    (void)run_decode(&run, f.out.data, f.out.size);
    run.options.profiles = NULL;
}

static void want_both(enum scape_ref_error error) {
    decode(true, false);
    want_report(&run, error);
    decode(false, true);
    want_report(&run, error);
}

static void want_text(const char *text) {
    want_both(SCAPE_REF_OK);
    assert_int_equal(run.content.size, strlen(text));
    assert_memory_equal(run.content.data, text, strlen(text));
}

static void test_named_and_embedded(void **state) {
    (void)state;
    payload(P, 0, 0, right_profile());
    want_text("(**)*");
}

static uint64_t zigzag(int64_t v) {
    return v >= 0 ? 2 * (uint64_t)v : 2 * (uint64_t)-v - 1;
}

static void test_shift(void **state) {
    (void)state;
    payload(P, 0, zigzag('a' - FIRST_VALUE), right_profile());
    want_text("accbc");
    payload(P, 0, zigzag(-FIRST_VALUE), right_profile()); /* down to 0 */
    want_both(SCAPE_REF_OK);
    assert_memory_equal(run.content.data, "\0\2\2\1\2", 5);
    payload(P, 0, zigzag(255 - LAST_VALUE), right_profile()); /* up to 255 */
    want_both(SCAPE_REF_OK);
}

static void test_shift_out_of_range(void **state) {
    (void)state;
    const uint64_t shifts[] = {zigzag(-FIRST_VALUE - 1), zigzag(256 - LAST_VALUE), zigzag(65536),
                               UINT64_MAX, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        payload(P, 0, shifts[i], right_profile());
        want_both(SCAPE_REF_BAD_TABLE);
    }
}

static void test_set_number(void **state) {
    (void)state;
    payload(P, 1, 0, right_profile());
    want_both(SCAPE_REF_BAD_TABLE);
}

static void test_precision_differs(void **state) {
    (void)state;
    payload(P + 1, 0, 0, right_profile());
    want_both(SCAPE_REF_BAD_TABLE);
}

static void test_table_count_differs(void **state) {
    (void)state;
    right_profile();
    p.size = 0;
    put_le(&p, SCAPE_REF_LAYOUT_BYTES, 2);
    put_le(&p, SCAPE_REF_CODER_RANS_MIXTURE, 1);
    put_mode(&p, P, 0, SCAPE_REF_TABLES_FRAME);
    put_le(&p, 1, 1);
    put_le(&p, 4, 1);
    put_le(&p, SCAPE_REF_CODER_CONSTANT, 1);
    put_le(&p, 0, 1);
    put_varint(&p, 0);
    put_varint(&p, 0);
    put_le(&p, 0, 8);
    want_both(SCAPE_REF_BAD_TABLE);
}

static void test_not_given(void **state) {
    (void)state;
    payload(P, 0, 0, right_profile());
    decode(false, false);
    want_report(&run, SCAPE_REF_PROFILE_MISSING);
}

static void test_another_given(void **state) {
    (void)state;
    payload(P, 0, 0, right_profile());
    const struct scape_ref_profile other = {"other", 5};
    decode(false, false);
    memset(&run, 0, sizeof run);
    run.options.profiles = &other;
    run.options.profile_count = 1;
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_PROFILE_MISSING);
}

/* The profile of one frame is not that of the next. */
static void test_profile_ends_with_frame(void **state) {
    (void)state;
    payload(P, 0, 0, right_profile());
    decode(true, false);
    want_report(&run, SCAPE_REF_OK);
    frame_append(&f, (struct scape_ref_frame_header){0});
    frame_block(&f, SCAPE_REF_BLOCK_CHUNK, p.data, p.size, 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_TABLE);
}

/* ---- Broken profiles ---- */

static void want_bad(void) {
    p.size = 0;
    put_le(&p, 0, 3);
    put(&p, "12345", 5);
    want_both(SCAPE_REF_PROFILE_BAD);
}

static void spoil(size_t at, uint8_t flip) {
    right_profile();
    profile.data[at] ^= flip;
    mend(&profile, 0, profile.size - 8);
    want_bad();
}

static void test_magic(void **state) {
    (void)state;
    spoil(0, 1);
}

static void test_version(void **state) {
    (void)state;
    spoil(8, 3);
}

static void test_reserved(void **state) {
    (void)state;
    spoil(9, 1);
    spoil(10, 1);
    spoil(11, 1);
}

static void test_body_length(void **state) {
    (void)state;
    spoil(12, 1);
}

static void test_checksum(void **state) {
    (void)state;
    right_profile();
    profile.data[profile.size - 1] ^= 1;
    want_bad();
}

static void test_every_truncation(void **state) {
    (void)state;
    right_profile();
    size_t whole = profile.size;
    for (size_t size = 0; size < whole; size++) {
        right_profile();
        profile.size = size;
        want_bad();
    }
}

static void test_bytes_behind(void **state) {
    (void)state;
    right_profile();
    put_le(&profile, 0, 1);
    want_bad();
}

static void test_bytes_left_in_body(void **state) {
    (void)state;
    right_profile();
    profile.size -= 8;
    put_le(&profile, 0, 1);
    profile_end();
    want_bad();
}

static void test_body_ends_early(void **state) {
    (void)state;
    size_t tables_at = right_profile();
    for (size_t size = 16; size < tables_at; size++) {
        right_profile();
        profile.size = size;
        profile_end();
        want_bad();
    }
}

static void test_training_name(void **state) {
    (void)state;
    static const uint8_t zeros[5000];
    for (uint32_t length = 4096; length <= 4097; length++) {
        profile_begin();
        put_varint(&profile, 1);
        put(&profile, zeros, 32);
        put_varint(&profile, length);
        put(&profile, zeros, length);
        put_varint(&profile, 0);
        profile_end();
        if (length == 4097) {
            want_bad();
        }
    }
}

static void test_set_count(void **state) {
    (void)state;
    for (uint32_t count = 256; count <= 257; count++) {
        profile_begin();
        put_varint(&profile, 0);
        put_varint(&profile, count);
        for (uint32_t i = 0; i < count; i++) {
            put_set(8, 8, 0);
            put_table(&profile, 8, 0, levels, 1, -1);
        }
        profile_end();
        if (count == 257) {
            want_bad();
        } else {
            p.size = 0;
            put_le(&p, 0, 3);
            put(&p, "12345", 5);
            want_both(SCAPE_REF_OK);
        }
    }
}

static void bad_set(uint8_t width, uint8_t precision, uint32_t count_less_one) {
    profile_begin();
    put_varint(&profile, 0);
    put_varint(&profile, 1);
    put_set(width, precision, count_less_one);
    put_table(&profile, width ? width : 1, 0, levels, 1, -1);
    profile_end();
    want_bad();
}

static void test_set_width(void **state) {
    (void)state;
    bad_set(0, 8, 0);
    bad_set(17, 8, 0);
}

static void test_set_precision(void **state) {
    (void)state;
    bad_set(8, 7, 0);
    bad_set(8, 15, 0);
}

static void test_set_tables(void **state) {
    (void)state;
    bad_set(8, 8, 64);
    bad_set(8, 14, 8);
}

static void test_bad_table(void **state) {
    (void)state;
    size_t at = right_profile();
    profile.data[at + 1] = 0; /* a gamma code of too many zeros, or a level out of range */
    profile.data[at + 2] = 0;
    profile.data[at + 3] = 0;
    mend(&profile, 0, profile.size - 8);
    want_bad();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_and_embedded),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_shift_out_of_range),
        cmocka_unit_test(test_set_number),
        cmocka_unit_test(test_precision_differs),
        cmocka_unit_test(test_table_count_differs),
        cmocka_unit_test(test_not_given),
        cmocka_unit_test(test_another_given),
        cmocka_unit_test(test_profile_ends_with_frame),
        cmocka_unit_test(test_magic),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_body_length),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_bytes_behind),
        cmocka_unit_test(test_bytes_left_in_body),
        cmocka_unit_test(test_body_ends_early),
        cmocka_unit_test(test_training_name),
        cmocka_unit_test(test_set_count),
        cmocka_unit_test(test_set_width),
        cmocka_unit_test(test_set_precision),
        cmocka_unit_test(test_set_tables),
        cmocka_unit_test(test_bad_table),
    };
    return cmocka_run_group_tests_name("reference.profile", tests, NULL, NULL);
}
