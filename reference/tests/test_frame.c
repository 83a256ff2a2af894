/* test_frame.c - files, headers, blocks, trailers, skippable frames: one broken rule a test, each
 * frame otherwise right, its checksums recomputed. */
#include "build.h"

#include <string.h>

static struct frame_builder f;

static const struct scape_ref_frame_header plain = {0};

/* 32 bytes of header, a chunk "hello" of 12 + 8 + 8 bytes at 32, index, trailer. */
enum {
    CHUNK_AT = 32,
    CHUNK_SIZE = 28,
    INDEX_AT = CHUNK_AT + CHUNK_SIZE
};

static void hello(struct scape_ref_frame_header header) {
    frame_begin(&f, header);
    frame_stored(&f, "hello", 5);
    frame_end(&f);
}

static void want_content(const char *content) {
    static struct run run;
    memset(&run, 0, sizeof run);
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    assert_int_equal(run.content.size, strlen(content));
    assert_memory_equal(run.content.data, content, run.content.size);
}

/* ---- Whole files ---- */

static void test_one_frame(void **state) {
    (void)state;
    hello(plain);
    want_content("hello");
}

static void test_frames_join(void **state) {
    (void)state;
    hello(plain);
    put_skippable(&f.out, "note", 4);
    frame_append(&f, plain);
    frame_stored(&f, " world", 6);
    frame_end(&f);
    want_content("hello world");
}

static void test_frame_without_chunks(void **state) {
    (void)state;
    frame_begin(&f, plain);
    frame_end(&f);
    want_content("");
}

static void test_skippable_alone(void **state) {
    (void)state;
    f.out.size = 0;
    put_skippable(&f.out, "", 0);
    want_content("");
}

static void test_empty_file(void **state) {
    (void)state;
    f.out.size = 0;
    want(&f.out, SCAPE_REF_TRUNCATED);
}

static void test_start_of_magic(void **state) {
    (void)state;
    f.out.size = 0;
    put(&f.out, "\xD3SK", 3);
    want(&f.out, SCAPE_REF_TRUNCATED);
}

static void test_no_magic(void **state) {
    (void)state;
    hello(plain);
    f.out.data[3] ^= 1;
    want(&f.out, SCAPE_REF_BAD_MAGIC);
}

static void test_short_no_magic(void **state) {
    (void)state;
    f.out.size = 0;
    put(&f.out, "\xD3X", 2);
    want(&f.out, SCAPE_REF_BAD_MAGIC);
}

static void test_bytes_behind_frame(void **state) {
    (void)state;
    hello(plain);
    put(&f.out, "x", 1);
    want(&f.out, SCAPE_REF_BAD_MAGIC);
}

static void test_start_of_magic_behind_frame(void **state) {
    (void)state;
    hello(plain);
    put(&f.out, "\xD3", 1);
    want(&f.out, SCAPE_REF_TRUNCATED);
}

/* A frame with a bit of everything but profiles. */
static void rich(void) {
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS |
                                                             SCAPE_REF_FLAG_CONTENT_SHA256,
                                                    .content_size = 10});
    (void)scape_ref_sha256_of("hellohello", 10, f.sha256);
    frame_stored(&f, "hello", 5);
    frame_block(&f, 0x80, "extension", 9, 0);
    frame_repeat(&f, CHUNK_AT, 5);
    frame_end(&f);
    put_skippable(&f.out, "note", 4);
}

static void test_rich(void **state) {
    (void)state;
    rich();
    want_content("hellohello");
}

static void test_every_truncation(void **state) {
    (void)state;
    rich();
    size_t first = f.out.size - 44; /* a whole frame: the skippable one is 40 + 4 */
    for (size_t size = 0; size < f.out.size; size++) {
        struct bytes cut = f.out;
        cut.size = size;
        want(&cut, size == first ? SCAPE_REF_OK : SCAPE_REF_TRUNCATED);
    }
}

static void test_every_bit_flip(void **state) {
    (void)state;
    rich();
    for (size_t bit = 0; bit < 8 * f.out.size; bit++) {
        static struct run run;
        f.out.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (run_decode(&run, f.out.data, f.out.size) == SCAPE_REF_OK) {
            fail_msg("bit %zu flipped: have OK, want an error", bit);
        }
        f.out.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void test_reads_of_one_byte(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.piece = 1};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
}

static void test_failing_input(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.failing_read = true};
    (void)run_decode(&run, f.out.data, f.out.size - 1);
    want_report(&run, SCAPE_REF_IO);
}

static void test_failing_output(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.failing_write = true};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_IO);
}

/* ---- Header ---- */

static void header_with(size_t at, uint8_t value) {
    hello(plain);
    f.out.data[at] = value;
    mend(&f.out, 0, 24);
}

static void test_version(void **state) {
    (void)state;
    header_with(8, 2);
    want(&f.out, SCAPE_REF_UNSUPPORTED_VERSION);
}

static void test_version_before_truncation(void **state) {
    (void)state;
    header_with(8, 2);
    f.out.size = 9;
    want(&f.out, SCAPE_REF_UNSUPPORTED_VERSION);
}

static void test_header_checksum(void **state) {
    (void)state;
    hello(plain);
    f.out.data[24] ^= 1;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_checksum_before_reserved(void **state) {
    (void)state;
    hello(plain);
    f.out.data[12] = 1;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_reserved_flags(void **state) {
    (void)state;
    for (unsigned bit = 4; bit < 8; bit++) {
        header_with(9, (uint8_t)(1U << bit));
        want(&f.out, SCAPE_REF_RESERVED);
    }
}

static void test_reserved_bytes(void **state) {
    (void)state;
    for (size_t at = 11; at < 16; at++) {
        header_with(at, 1);
        want(&f.out, SCAPE_REF_RESERVED);
    }
}

static void test_both_profiles(void **state) {
    (void)state;
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_PROFILE_NAMED |
                                                             SCAPE_REF_FLAG_PROFILE_EMBEDDED});
    want(&f.out, SCAPE_REF_BAD_HEADER);
}

static void test_chunk_limit_low(void **state) {
    (void)state;
    header_with(10, 11);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_chunk_limit_high(void **state) {
    (void)state;
    header_with(10, 27);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_chunk_limits_allowed(void **state) {
    (void)state;
    for (uint8_t log2 = 12; log2 <= 26; log2++) {
        hello((struct scape_ref_frame_header){.chunk_limit_log2 = log2});
        want_content("hello");
    }
}

static void test_content_size_high(void **state) {
    (void)state;
    hello((struct scape_ref_frame_header){.content_size = (UINT64_C(1) << 60) + 1});
    want(&f.out, SCAPE_REF_LIMIT);
}

/* ---- Blocks ---- */

/* Any block in the place of the only chunk. */
static void block_with(struct scape_ref_frame_header header, uint8_t type, size_t size,
                       uint32_t content_length) {
    static const uint8_t payload[2 * SCAPE_REF_CHUNK_OVERHEAD_MAX];
    frame_begin(&f, header);
    frame_block(&f, type, payload, size, content_length);
    frame_end(&f);
}

static void test_unknown_block(void **state) {
    (void)state;
    const uint8_t types[] = {0, 5, 0x7F, 0xC0, 0xFF};
    for (size_t i = 0; i < sizeof types; i++) {
        block_with(plain, types[i], 0, 0);
        want(&f.out, SCAPE_REF_UNKNOWN_BLOCK);
    }
}

static void test_extension_is_skipped(void **state) {
    (void)state;
    const uint8_t types[] = {0x80, 0x9A, 0xBF};
    for (size_t i = 0; i < sizeof types; i++) {
        block_with(plain, types[i], 5000, 0);
        want(&f.out, SCAPE_REF_OK);
    }
}

static void test_extension_checksum(void **state) {
    (void)state;
    block_with(plain, 0x80, 5000, 0);
    f.out.data[CHUNK_AT + 400] ^= 1;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_extension_long(void **state) {
    (void)state;
    block_with(plain, 0x80, 0, 0);
    scape_ref_store_u32le(f.out.data + CHUNK_AT + 4, (1U << 24) + 1);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_extension_with_content(void **state) {
    (void)state;
    block_with(plain, 0x80, 0, 1);
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_block_reserved(void **state) {
    (void)state;
    for (size_t i = 1; i < 4; i++) {
        hello(plain);
        f.out.data[CHUNK_AT + i] = 1;
        mend(&f.out, CHUNK_AT, CHUNK_SIZE - 8);
        want(&f.out, SCAPE_REF_RESERVED);
    }
}

static void test_profile_not_flagged(void **state) {
    (void)state;
    block_with(plain, SCAPE_REF_BLOCK_PROFILE, 30, 0);
    want(&f.out, SCAPE_REF_BAD_ORDER);
}

static void test_profile_expected(void **state) {
    (void)state;
    hello((struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_PROFILE_EMBEDDED});
    want(&f.out, SCAPE_REF_BAD_ORDER);
}

static void test_repeat_not_flagged(void **state) {
    (void)state;
    frame_begin(&f, plain);
    frame_stored(&f, "hello", 5);
    frame_repeat(&f, CHUNK_AT, 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_ORDER);
}

static void test_chunk_without_content(void **state) {
    (void)state;
    block_with(plain, SCAPE_REF_BLOCK_CHUNK, 3, 0);
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_index_with_content(void **state) {
    (void)state;
    hello(plain);
    f.out.data[INDEX_AT + 8] = 1;
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_chunk_over_limit(void **state) {
    (void)state;
    block_with(plain, SCAPE_REF_BLOCK_CHUNK, 3, 4097);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_chunk_at_limit(void **state) {
    (void)state;
    static const uint8_t content[4096];
    frame_begin(&f, plain);
    frame_stored(&f, content, sizeof content);
    frame_end(&f);
    want(&f.out, SCAPE_REF_OK);
}

static void test_chunk_payload_over_limit(void **state) {
    (void)state;
    block_with(plain, SCAPE_REF_BLOCK_CHUNK, 5 + SCAPE_REF_CHUNK_OVERHEAD_MAX + 1, 5);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_repeat_payload_length(void **state) {
    (void)state;
    block_with((struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS},
               SCAPE_REF_BLOCK_REPEAT, 9, 5);
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_index_over_limit(void **state) {
    (void)state;
    hello(plain);
    scape_ref_store_u32le(f.out.data + INDEX_AT + 4, (1U << 30) + 1);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_chunk_checksum(void **state) {
    (void)state;
    hello(plain);
    f.out.data[CHUNK_AT + 16] ^= 1;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_truncated_before_checksum(void **state) {
    (void)state;
    hello(plain);
    f.out.data[CHUNK_AT + 16] ^= 1;
    f.out.size = INDEX_AT - 1;
    want(&f.out, SCAPE_REF_TRUNCATED);
}

static void test_content_passes_size(void **state) {
    (void)state;
    hello((struct scape_ref_frame_header){.content_size = 4});
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_content_below_size(void **state) {
    (void)state;
    hello((struct scape_ref_frame_header){.content_size = 6});
    want(&f.out, SCAPE_REF_BAD_LENGTH);
}

static void test_index_checksum(void **state) {
    (void)state;
    hello(plain);
    f.out.data[INDEX_AT + 12] ^= 0x40;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

/* 2^60 bytes of content are too many for a file, but not for the function that counts them. */
static void test_content_over_limit(void **state) {
    (void)state;
    const struct scape_ref_block_header written = {SCAPE_REF_BLOCK_CHUNK, 10, 2};
    const struct scape_ref_frame_header frame = {.chunk_limit_log2 = 12,
                                                 .content_size = SCAPE_REF_SIZE_UNKNOWN};
    struct scape_ref_block_header read;
    uint8_t data[SCAPE_REF_BLOCK_HEADER_SIZE];
    scape_ref_block_header_write(&written, data);
    for (uint64_t over = 0; over < 2; over++) {
        struct scape_ref_cursor c = scape_ref_cursor_make(data, sizeof data);
        uint64_t before = (UINT64_C(1) << 60) - 2 + over;
        assert_int_equal(scape_ref_block_header_parse(&c, &frame, true, before, &read),
                         over ? SCAPE_REF_LIMIT : SCAPE_REF_OK);
    }
}

static void test_header_of_other_kind(void **state) {
    (void)state;
    struct scape_ref_frame_header header;
    f.out.size = 0;
    put_skippable(&f.out, "long enough to be a header", 26);
    struct scape_ref_cursor c = scape_ref_cursor_make(f.out.data, f.out.size);
    assert_int_equal(scape_ref_frame_header_parse(&c, &header), SCAPE_REF_BAD_MAGIC);
}

/* ---- Repeats ---- */

static const struct scape_ref_frame_header repeats = {.flags = SCAPE_REF_FLAG_HAS_REPEATS};

static void repeat_of(uint64_t target, uint32_t content_length) {
    frame_begin(&f, repeats);
    frame_stored(&f, "hello", 5);
    frame_repeat(&f, target, content_length);
    frame_end(&f);
}

static void test_repeat(void **state) {
    (void)state;
    repeat_of(CHUNK_AT, 5);
    want_content("hellohello");
}

static void test_repeat_behind_another_frame(void **state) {
    (void)state;
    hello(plain);
    frame_append(&f, repeats);
    frame_stored(&f, "abc", 3);
    frame_stored(&f, "xyz", 3);
    frame_repeat(&f, CHUNK_AT, 3);
    frame_end(&f);
    want_content("helloabcxyzabc");
}

static void test_repeat_from_pipe(void **state) {
    (void)state;
    static struct run run;
    repeat_of(CHUNK_AT, 5);
    run = (struct run){.pipe = true};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_NEEDS_SEEK);
}

static void test_repeat_of_no_block(void **state) {
    (void)state;
    const uint64_t targets[] = {0, CHUNK_AT - 1, CHUNK_AT + 1, INDEX_AT + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        repeat_of(targets[i], 5);
        want(&f.out, SCAPE_REF_BAD_REPEAT);
    }
}

static void test_repeat_of_itself(void **state) {
    (void)state;
    repeat_of(INDEX_AT, 5);
    want(&f.out, SCAPE_REF_BAD_REPEAT);
}

static void test_repeat_of_repeat(void **state) {
    (void)state;
    frame_begin(&f, repeats);
    frame_stored(&f, "hello", 5);
    size_t repeat = frame_repeat(&f, CHUNK_AT, 5);
    frame_repeat(&f, repeat, 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_REPEAT);
}

static void test_repeat_of_later_chunk(void **state) {
    (void)state;
    frame_begin(&f, repeats);
    frame_repeat(&f, CHUNK_AT + 28, 5);
    frame_stored(&f, "hello", 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_REPEAT);
}

static void test_repeat_of_extension(void **state) {
    (void)state;
    frame_begin(&f, repeats);
    frame_stored(&f, "hello", 5);
    size_t extension = frame_block(&f, 0x80, "x", 1, 0);
    frame_repeat(&f, extension, 5);
    frame_end(&f);
    want(&f.out, SCAPE_REF_BAD_REPEAT);
}

static void test_repeat_of_other_length(void **state) {
    (void)state;
    repeat_of(CHUNK_AT, 4);
    want(&f.out, SCAPE_REF_BAD_REPEAT);
}

/* ---- Trailer ---- */

static size_t trailer_at(void) {
    return f.out.size - SCAPE_REF_TRAILER_SIZE;
}

static void trailer_with(size_t at, uint8_t flip) {
    hello(plain);
    f.out.data[trailer_at() + at] ^= flip;
    mend(&f.out, trailer_at(), 56);
}

static void test_end_magic(void **state) {
    (void)state;
    trailer_with(64, 1);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

static void test_trailer_checksum(void **state) {
    (void)state;
    hello(plain);
    f.out.data[trailer_at() + 56] ^= 1;
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_trailer_index_size(void **state) {
    (void)state;
    trailer_with(0, 1);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

static void test_trailer_content_size(void **state) {
    (void)state;
    trailer_with(8, 1);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

static void test_trailer_frame_size(void **state) {
    (void)state;
    trailer_with(48, 1);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

static void test_trailer_hash_reserved(void **state) {
    (void)state;
    trailer_with(47, 1);
    want(&f.out, SCAPE_REF_RESERVED);
}

static void test_content_hash(void **state) {
    (void)state;
    hello((struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_CONTENT_SHA256});
    want(&f.out, SCAPE_REF_CONTENT_HASH);
}

static void test_content_hash_left_out(void **state) {
    (void)state;
    static struct run run;
    hello((struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_CONTENT_SHA256});
    run = (struct run){.options = {.skip_sha256 = true}};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
}

static void test_block_behind_index(void **state) {
    (void)state;
    frame_begin(&f, plain);
    frame_stored(&f, "hello", 5);
    struct bytes payload;
    index_payload(&f, &payload);
    frame_index(&f, &payload);
    frame_block(&f, 0x80, "behind", 6, 0);
    frame_trailer(&f);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

/* ---- Skippable frames ---- */

static void skippable_with(size_t at, uint8_t flip, bool mended) {
    f.out.size = 0;
    put_skippable(&f.out, "note", 4);
    f.out.data[at] ^= flip;
    if (mended) {
        mend(&f.out, 0, 28);
    }
}

static void test_skippable_long(void **state) {
    (void)state;
    f.out.size = 0;
    put(&f.out, "\xD3SKIPS\r\n", 8);
    put_le(&f.out, (UINT64_C(1) << 48) + 1, 8);
    want(&f.out, SCAPE_REF_LIMIT);
}

static void test_skippable_at_limit_truncated(void **state) {
    (void)state;
    f.out.size = 0;
    put(&f.out, "\xD3SKIPS\r\n", 8);
    put_le(&f.out, UINT64_C(1) << 48, 8);
    want(&f.out, SCAPE_REF_TRUNCATED);
}

static void test_skippable_checksum(void **state) {
    (void)state;
    skippable_with(17, 1, false);
    want(&f.out, SCAPE_REF_CHECKSUM);
}

static void test_skippable_end_magic(void **state) {
    (void)state;
    skippable_with(43, 1, true);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

static void test_skippable_frame_size(void **state) {
    (void)state;
    skippable_with(20, 1, true);
    want(&f.out, SCAPE_REF_BAD_TRAILER);
}

/* ---- The caller's limits ---- */

static void test_memory_limit(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.piece = 0};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    uint64_t peak = run.report.peak_memory;
    run.options.max_memory = peak;
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    run.options.max_memory = peak - 1;
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_MEMORY);
}

static void *no_allocation(void *ctx, size_t size) {
    (void)ctx;
    (void)size;
    return NULL;
}

static void no_release(void *ctx, void *memory) {
    (void)ctx;
    (void)memory;
}

static void test_no_memory(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.options = {.hooks = {NULL, no_allocation, no_release}}};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_NO_MEMORY);
}

static void test_content_limit(void **state) {
    (void)state;
    static struct run run;
    rich();
    run = (struct run){.options = {.max_content = 10}};
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_OK);
    run.options.max_content = 9;
    (void)run_decode(&run, f.out.data, f.out.size);
    want_report(&run, SCAPE_REF_MEMORY);
    assert_int_equal(run.content.size, 5);
}

static void test_position(void **state) {
    (void)state;
    static struct run run;
    hello(plain);
    f.out.data[CHUNK_AT + 16] ^= 1;
    run = (struct run){.piece = 0};
    (void)run_decode(&run, f.out.data, f.out.size);
    assert_int_equal(run.report.position, CHUNK_AT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_one_frame),
    cmocka_unit_test(test_frames_join),
    cmocka_unit_test(test_frame_without_chunks),
    cmocka_unit_test(test_skippable_alone),
    cmocka_unit_test(test_empty_file),
    cmocka_unit_test(test_start_of_magic),
    cmocka_unit_test(test_no_magic),
    cmocka_unit_test(test_short_no_magic),
    cmocka_unit_test(test_bytes_behind_frame),
    cmocka_unit_test(test_start_of_magic_behind_frame),
    cmocka_unit_test(test_rich),
    cmocka_unit_test(test_every_truncation),
    cmocka_unit_test(test_every_bit_flip),
    cmocka_unit_test(test_reads_of_one_byte),
    cmocka_unit_test(test_failing_input),
    cmocka_unit_test(test_failing_output),
    cmocka_unit_test(test_version),
    cmocka_unit_test(test_version_before_truncation),
    cmocka_unit_test(test_header_checksum),
    cmocka_unit_test(test_checksum_before_reserved),
    cmocka_unit_test(test_reserved_flags),
    cmocka_unit_test(test_reserved_bytes),
    cmocka_unit_test(test_both_profiles),
    cmocka_unit_test(test_chunk_limit_low),
    cmocka_unit_test(test_chunk_limit_high),
    cmocka_unit_test(test_chunk_limits_allowed),
    cmocka_unit_test(test_content_size_high),
    cmocka_unit_test(test_unknown_block),
    cmocka_unit_test(test_extension_is_skipped),
    cmocka_unit_test(test_extension_checksum),
    cmocka_unit_test(test_extension_long),
    cmocka_unit_test(test_extension_with_content),
    cmocka_unit_test(test_block_reserved),
    cmocka_unit_test(test_profile_not_flagged),
    cmocka_unit_test(test_profile_expected),
    cmocka_unit_test(test_repeat_not_flagged),
    cmocka_unit_test(test_chunk_without_content),
    cmocka_unit_test(test_index_with_content),
    cmocka_unit_test(test_chunk_over_limit),
    cmocka_unit_test(test_chunk_at_limit),
    cmocka_unit_test(test_chunk_payload_over_limit),
    cmocka_unit_test(test_repeat_payload_length),
    cmocka_unit_test(test_index_over_limit),
    cmocka_unit_test(test_chunk_checksum),
    cmocka_unit_test(test_truncated_before_checksum),
    cmocka_unit_test(test_content_passes_size),
    cmocka_unit_test(test_content_below_size),
    cmocka_unit_test(test_index_checksum),
    cmocka_unit_test(test_content_over_limit),
    cmocka_unit_test(test_header_of_other_kind),
    cmocka_unit_test(test_repeat),
    cmocka_unit_test(test_repeat_behind_another_frame),
    cmocka_unit_test(test_repeat_from_pipe),
    cmocka_unit_test(test_repeat_of_no_block),
    cmocka_unit_test(test_repeat_of_itself),
    cmocka_unit_test(test_repeat_of_repeat),
    cmocka_unit_test(test_repeat_of_later_chunk),
    cmocka_unit_test(test_repeat_of_extension),
    cmocka_unit_test(test_repeat_of_other_length),
    cmocka_unit_test(test_end_magic),
    cmocka_unit_test(test_trailer_checksum),
    cmocka_unit_test(test_trailer_index_size),
    cmocka_unit_test(test_trailer_content_size),
    cmocka_unit_test(test_trailer_frame_size),
    cmocka_unit_test(test_trailer_hash_reserved),
    cmocka_unit_test(test_content_hash),
    cmocka_unit_test(test_content_hash_left_out),
    cmocka_unit_test(test_block_behind_index),
    cmocka_unit_test(test_skippable_long),
    cmocka_unit_test(test_skippable_at_limit_truncated),
    cmocka_unit_test(test_skippable_checksum),
    cmocka_unit_test(test_skippable_end_magic),
    cmocka_unit_test(test_skippable_frame_size),
    cmocka_unit_test(test_memory_limit),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_content_limit),
    cmocka_unit_test(test_position),
};

int main(void) {
    return cmocka_run_group_tests_name("reference.frame", tests, NULL, NULL);
}
