/* test_access.c - random access: frames from the end, regions by name, ranges of content. */
#include "access.h"
#include "build.h"

#include <stdlib.h>
#include <string.h>

static struct frame_builder f;
static struct run run;
static struct scape_ref_access a;
static struct memory_input state_of_input;
static struct scape_ref_input input;

static void put_region(struct bytes *b, const char *name, uint64_t length) {
    put_varint(b, 2);
    put_varint(b, 1);
    put_varint(b, length);
    put_varint(b, length);
    put_varint(b, 0);
    put_varint(b, strlen(name));
    put(b, name, strlen(name));
}

/* The block list of f, and these regions. */
static void end_with(const char *const *names, const uint64_t *lengths, uint64_t count) {
    struct bytes payload = {.size = 0};
    put_varint(&payload, f.block_count);
    for (size_t i = 0; i < f.block_count; i++) {
        uint8_t data[SCAPE_REF_INDEX_BLOCK_MAX];
        put(&payload, data, scape_ref_index_block_write(&f.blocks[i], data));
    }
    put_varint(&payload, count);
    for (size_t i = 0; i < count; i++) {
        put_region(&payload, names[i], lengths[i]);
    }
    frame_index(&f, &payload);
    frame_trailer(&f);
}

/* Two content frames with a skippable one between: "alpha" "beta" "alpha" | "gamma". */
static void file(void) {
    static const char *const first[] = {"a", "empty", "b"};
    static const uint64_t first_lengths[] = {5, 0, 9};
    static const char *const second[] = {"c", "a"};
    static const uint64_t second_lengths[] = {5, 0};
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS});
    size_t target = frame_stored(&f, "alpha", 5);
    frame_block(&f, 0x81, "extension", 9, 0);
    frame_stored(&f, "beta", 4);
    frame_repeat(&f, target, 5);
    end_with(first, first_lengths, 3);
    put_skippable(&f.out, "note", 4);
    frame_append(&f, (struct scape_ref_frame_header){.content_size = 5});
    frame_stored(&f, "gamma", 5);
    end_with(second, second_lengths, 2);
}

static enum scape_ref_error open_file(void) {
    memset(&run, 0, sizeof run);
    state_of_input = (struct memory_input){&run, f.out.data, f.out.size, 0};
    input = memory_input_open(&state_of_input);
    return scape_ref_access_open(&a, &input, NULL);
}

static void want_range(uint64_t offset, uint64_t length, const char *content) {
    const struct scape_ref_output output = run_output(&run);
    run.content.size = 0;
    assert_int_equal(scape_ref_access_read(&a, offset, length, &output), SCAPE_REF_OK);
    assert_int_equal(run.content.size, strlen(content));
    assert_memory_equal(run.content.data, content, run.content.size);
}

static void want_tensor(const char *name, const char *content) {
    struct scape_ref_region region;
    assert_int_equal(scape_ref_access_find(&a, name, strlen(name), &region), SCAPE_REF_OK);
    want_range(region.offset, region.length, content);
}

static void test_frames(void **state) {
    (void)state;
    file();
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(a.frame_count, 3);
    assert_int_equal(a.content_size, 19);
    assert_int_equal(scape_ref_access_frame(&a, 0)->start, 0);
    assert_int_equal(scape_ref_access_frame(&a, 0)->trailer.content_size, 14);
    assert_int_equal(scape_ref_access_frame(&a, 1)->kind, SCAPE_REF_FRAME_SKIPPABLE);
    assert_int_equal(scape_ref_access_frame(&a, 1)->size, 44);
    assert_int_equal(scape_ref_access_frame(&a, 2)->content_offset, 14);
    scape_ref_access_close(&a);
    assert_int_equal(a.memory.used, 0);
}

static void test_regions(void **state) {
    (void)state;
    const char *const names[] = {"a", "empty", "b"};
    const uint64_t offsets[] = {0, 5, 5}, lengths[] = {5, 0, 9};
    file();
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_load(&a, 0), SCAPE_REF_OK);
    assert_int_equal(a.region_count, 3);
    assert_int_equal(a.blocks.count, 3);
    struct scape_ref_region region;
    bool more;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(scape_ref_access_next_region(&a, &region, &more), SCAPE_REF_OK);
        assert_true(more);
        assert_int_equal(region.name_length, strlen(names[i]));
        assert_memory_equal(region.name, names[i], region.name_length);
        assert_int_equal(region.offset, offsets[i]);
        assert_int_equal(region.length, lengths[i]);
        assert_int_equal(region.dtype, 2);
        assert_int_equal(region.rank, 1);
        assert_int_equal(region.dims[0], lengths[i]);
    }
    assert_int_equal(scape_ref_access_next_region(&a, &region, &more), SCAPE_REF_OK);
    assert_false(more);
    assert_int_equal(scape_ref_access_load(&a, 1), SCAPE_REF_OK);
    assert_int_equal(a.region_count, 0);
    assert_int_equal(scape_ref_access_next_region(&a, &region, &more), SCAPE_REF_OK);
    assert_false(more);
    scape_ref_access_close(&a);
}

static void test_find(void **state) {
    (void)state;
    file();
    assert_int_equal(open_file(), SCAPE_REF_OK);
    want_tensor("c", "gamma");
    want_tensor("b", "betaalpha");
    want_tensor("a", "alpha"); /* the first of that name */
    want_tensor("empty", "");
    struct scape_ref_region region;
    assert_int_equal(scape_ref_access_find(&a, "d", 1, &region), SCAPE_REF_NOT_FOUND);
    assert_int_equal(scape_ref_access_find(&a, "", 0, &region), SCAPE_REF_NOT_FOUND);
    scape_ref_access_close(&a);
}

static void test_ranges(void **state) {
    (void)state;
    static const char whole[] = "alphabetaalpha";
    file();
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_load(&a, 0), SCAPE_REF_OK);
    for (size_t from = 0; from <= 14; from++) {
        for (size_t to = from; to <= 14; to++) {
            char part[sizeof whole];
            memcpy(part, whole + from, to - from);
            part[to - from] = 0;
            want_range(from, to - from, part);
        }
    }
    const struct scape_ref_output output = run_output(&run);
    assert_int_equal(scape_ref_access_read(&a, 10, 5, &output), SCAPE_REF_BAD_ARGUMENT);
    assert_int_equal(scape_ref_access_read(&a, UINT64_MAX, 2, &output), SCAPE_REF_BAD_ARGUMENT);
    scape_ref_access_close(&a);
}

static void want_open(enum scape_ref_error error) {
    assert_int_equal(open_file(), error);
    if (!error) {
        scape_ref_access_close(&a);
    }
}

static void test_no_seek(void **state) {
    (void)state;
    file();
    assert_int_equal(open_file(), SCAPE_REF_OK);
    scape_ref_access_close(&a);
    input.read_at = NULL;
    assert_int_equal(scape_ref_access_open(&a, &input, NULL), SCAPE_REF_NEEDS_SEEK);
}

static void test_empty(void **state) {
    (void)state;
    f.out.size = 0;
    want_open(SCAPE_REF_TRUNCATED);
}

static void test_no_end(void **state) {
    (void)state;
    file();
    f.out.size--;
    want_open(SCAPE_REF_BAD_TRAILER);
}

/* A damaged end that only the walk from the end sees. */
static void test_end_magic(void **state) {
    (void)state;
    file();
    put_skippable(&f.out, "note", 4);
    f.out.data[f.out.size - 1] ^= 1;
    want_open(SCAPE_REF_BAD_TRAILER);
}

static void test_frame_longer_than_file(void **state) {
    (void)state;
    file();
    scape_ref_store_u64le(f.out.data + f.out.size - 24, f.out.size + 1);
    want_open(SCAPE_REF_BAD_TRAILER);
}

static void test_frame_too_short(void **state) {
    (void)state;
    file();
    scape_ref_store_u64le(f.out.data + f.out.size - 24, 39);
    want_open(SCAPE_REF_BAD_TRAILER);
}

static void test_index_too_long(void **state) {
    (void)state;
    file();
    size_t trailer = f.out.size - SCAPE_REF_TRAILER_SIZE;
    scape_ref_store_u64le(f.out.data + trailer, f.out.size - f.start);
    mend(&f.out, trailer, 56);
    want_open(SCAPE_REF_BAD_TRAILER);
}

static void test_file_shorter_than_said(void **state) {
    (void)state;
    file();
    memset(&run, 0, sizeof run);
    state_of_input = (struct memory_input){&run, f.out.data, f.out.size, 0};
    input = memory_input_open(&state_of_input);
    input.size++;
    assert_int_equal(scape_ref_access_open(&a, &input, NULL), SCAPE_REF_TRUNCATED);
}

static void test_shorter_than_a_frame(void **state) {
    (void)state;
    f.out.size = 0;
    put(&f.out, "start.", 6);
    put_le(&f.out, 30, 8);
    put_le(&f.out, 0, 8);
    put(&f.out, "SCAPEEND", 8);
    want_open(SCAPE_REF_TRUNCATED);
}

static void test_skippable_length(void **state) {
    (void)state;
    f.out.size = 0;
    put_skippable(&f.out, "note", 4);
    f.out.data[8]--;
    want_open(SCAPE_REF_BAD_TRAILER);
}

/* Sixteen frames that say they have 2^60 bytes each. */
static void test_content_overflows(void **state) {
    (void)state;
    const struct bytes empty = {.size = 0};
    for (int count = 15; count <= 16; count++) {
        f.out.size = 0;
        for (int i = 0; i < count; i++) {
            frame_append(&f, (struct scape_ref_frame_header){0});
            frame_index(&f, &empty);
            f.content_size = UINT64_C(1) << 60;
            frame_trailer(&f);
        }
        want_open(count == 15 ? SCAPE_REF_OK : SCAPE_REF_LIMIT);
    }
}

static void want_load(enum scape_ref_error error) {
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_load(&a, 0), error);
    scape_ref_access_close(&a);
}

static void test_index_block_header(void **state) {
    (void)state;
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_end(&f);
    size_t index = 32, covered = (size_t)f.index_size - 8;
    f.out.data[index + 8] = 1;
    mend(&f.out, index, covered);
    want_load(SCAPE_REF_BAD_INDEX);
}

static void test_content_not_listed(void **state) {
    (void)state;
    static const char *const names[] = {"a"};
    static const uint64_t lengths[] = {9};
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_stored(&f, "alpha", 5);
    f.content_size = 9;
    end_with(names, lengths, 1);
    want_load(SCAPE_REF_BAD_INDEX);
}

static void test_profile_longer_than_frame(void **state) {
    (void)state;
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_PROFILE_EMBEDDED});
    frame_block(&f, SCAPE_REF_BLOCK_PROFILE, "no profile", 10, 0);
    frame_end(&f);
    want_load(SCAPE_REF_OK);
    f.out.data[32 + 4] = 11;
    want_load(SCAPE_REF_BAD_INDEX);
}

static void test_repeat_of_no_block(void **state) {
    (void)state;
    static const char *const names[] = {"a"};
    static const uint64_t lengths[] = {10};
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS});
    size_t target = frame_stored(&f, "alpha", 5);
    frame_repeat(&f, target + 1, 5);
    end_with(names, lengths, 1);
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_load(&a, 0), SCAPE_REF_OK);
    const struct scape_ref_output output = run_output(&run);
    assert_int_equal(scape_ref_access_read(&a, 5, 1, &output), SCAPE_REF_BAD_REPEAT);
    scape_ref_access_close(&a);
}

/* Whatever bit is flipped: opening and reading every tensor ends in an error or in the content. */
static void test_every_bit_flip(void **state) {
    (void)state;
    const char *const names[] = {"a", "b", "c"};
    const char *const contents[] = {"alpha", "betaalpha", "gamma"};
    file();
    for (size_t bit = 0; bit < 8 * f.out.size; bit++) {
        f.out.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        for (size_t i = 0; i < 3 && open_file() == SCAPE_REF_OK; i++) {
            struct scape_ref_region region;
            const struct scape_ref_output output = run_output(&run);
            if (!scape_ref_access_find(&a, names[i], 1, &region) &&
                !scape_ref_access_read(&a, region.offset, region.length, &output)) {
                assert_int_equal(run.content.size, strlen(contents[i]));
                assert_memory_equal(run.content.data, contents[i], run.content.size);
            }
            scape_ref_access_close(&a);
        }
        f.out.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* An index with right checksums that lists what is not there. */
static void lying_index(size_t block, struct scape_ref_index_block lie) {
    static const char *const names[] = {"a"};
    frame_begin(&f, (struct scape_ref_frame_header){0});
    frame_stored(&f, "alpha", 5);
    frame_stored(&f, "beta", 4);
    f.content_size = f.content_size - f.blocks[block].content_length + lie.content_length;
    f.blocks[block] = lie;
    const uint64_t lengths[] = {f.content_size};
    end_with(names, lengths, 1);
}

static void want_bad_index(struct scape_ref_index_block lie) {
    lying_index(0, lie);
    assert_int_equal(open_file(), SCAPE_REF_OK);
    struct scape_ref_region region;
    const struct scape_ref_output output = run_output(&run);
    enum scape_ref_error error = scape_ref_access_find(&a, "a", 1, &region);
    if (!error) {
        error = scape_ref_access_read(&a, 0, region.length, &output);
    }
    assert_int_equal(error, SCAPE_REF_BAD_INDEX);
    scape_ref_access_close(&a);
}

static void test_lying_index(void **state) {
    (void)state;
    want_bad_index((struct scape_ref_index_block){1, 8, 5, false});          /* gap */
    want_bad_index((struct scape_ref_index_block){UINT64_MAX, 8, 5, false}); /* gap */
    want_bad_index((struct scape_ref_index_block){0, 9, 5, false});          /* payload_length */
    want_bad_index((struct scape_ref_index_block){0, UINT32_MAX, 5, false});
    want_bad_index((struct scape_ref_index_block){0, 8, 6, false}); /* content_length */
    want_bad_index((struct scape_ref_index_block){0, 8, 0, false});
    want_bad_index((struct scape_ref_index_block){0, 8, 4097, false});
    want_bad_index((struct scape_ref_index_block){0, 8, 5, true}); /* kind */
}

/* A CHUNK of 8 bytes of payload that the index calls a REPEAT. */
static void test_lying_kind(void **state) {
    (void)state;
    static const char *const names[] = {"a"};
    static const uint64_t lengths[] = {5};
    struct scape_ref_region region;
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS});
    frame_stored(&f, "alpha", 5);
    f.blocks[0].is_repeat = true;
    end_with(names, lengths, 1);
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_find(&a, "a", 1, &region), SCAPE_REF_OK);
    const struct scape_ref_output output = run_output(&run);
    assert_int_equal(scape_ref_access_read(&a, 0, 5, &output), SCAPE_REF_BAD_INDEX);
    scape_ref_access_close(&a);
}

static void want_damage(size_t at, enum scape_ref_error error) {
    struct scape_ref_region region;
    file();
    f.out.data[at] ^= 1;
    assert_int_equal(open_file(), SCAPE_REF_OK);
    assert_int_equal(scape_ref_access_find(&a, "b", 1, &region), SCAPE_REF_OK);
    const struct scape_ref_output output = run_output(&run);
    assert_int_equal(scape_ref_access_read(&a, region.offset, region.length, &output), error);
    scape_ref_access_close(&a);
}

/* The blocks of "b": the chunk "beta" behind chunk and extension, then the REPEAT. */
static void test_damaged_blocks(void **state) {
    (void)state;
    const size_t chunk = 32 + 28 + 29, repeat = chunk + 27;
    want_damage(chunk + 15, SCAPE_REF_CHECKSUM);
    want_damage(chunk + 4, SCAPE_REF_BAD_INDEX);
    want_damage(repeat + 12, SCAPE_REF_CHECKSUM);
    want_damage(repeat + 8, SCAPE_REF_BAD_INDEX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_no_seek),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_no_end),
        cmocka_unit_test(test_end_magic),
        cmocka_unit_test(test_frame_longer_than_file),
        cmocka_unit_test(test_frame_too_short),
        cmocka_unit_test(test_index_too_long),
        cmocka_unit_test(test_file_shorter_than_said),
        cmocka_unit_test(test_shorter_than_a_frame),
        cmocka_unit_test(test_skippable_length),
        cmocka_unit_test(test_content_overflows),
        cmocka_unit_test(test_index_block_header),
        cmocka_unit_test(test_content_not_listed),
        cmocka_unit_test(test_profile_longer_than_frame),
        cmocka_unit_test(test_repeat_of_no_block),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_lying_index),
        cmocka_unit_test(test_lying_kind),
        cmocka_unit_test(test_damaged_blocks),
    };
    return cmocka_run_group_tests_name("reference.access", tests, NULL, NULL);
}
