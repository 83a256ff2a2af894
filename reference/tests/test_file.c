/* test_file.c - what the program is made of: input and output over files, inspection as JSON. */
#include "build.h"
#include "file_io.h"
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

static struct frame_builder f;

/* A file with these bytes behind others that are not part of the input. */
static FILE *file_of(const struct bytes *b) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite("before", 1, 6, file), 6);
    assert_int_equal(fwrite(b->data, 1, b->size, file), b->size);
    assert_int_equal(fseek(file, 6, SEEK_SET), 0);
    return file;
}

static void want_text(FILE *file, const char *text) {
    char data[4096];
    rewind(file);
    size_t size = fread(data, 1, sizeof data - 1, file);
    data[size] = 0;
    assert_string_equal(data, text);
}

static void repeated(void) {
    static const char name[] = "a\"\xC3\x01";
    frame_begin(&f, (struct scape_ref_frame_header){.flags = SCAPE_REF_FLAG_HAS_REPEATS});
    size_t target = frame_stored(&f, "hello", 5);
    frame_repeat(&f, target, 5);
    struct bytes payload;
    index_payload(&f, &payload);
    payload.size -= 5; /* the region without a name, for one with a name and a shape */
    uint8_t data[SCAPE_REF_INDEX_REGION_MAX];
    const struct scape_ref_region region = {.length = 10,
                                            .dtype = 2,
                                            .rank = 2,
                                            .dims = {2, 5},
                                            .name = (const uint8_t *)name,
                                            .name_length = 4};
    put(&payload, data, scape_ref_index_region_write(&region, NULL, 0, data));
    frame_index(&f, &payload);
    frame_trailer(&f);
    put_skippable(&f.out, "note", 4);
}

static void test_decode(void **state) {
    (void)state;
    struct scape_ref_file_input file;
    struct scape_ref_report report;
    repeated();
    FILE *in = file_of(&f.out), *out = tmpfile();
    assert_non_null(out);
    const struct scape_ref_input input = scape_ref_file_input_open(&file, in);
    const struct scape_ref_output output = scape_ref_file_output_open(out);
    assert_int_equal(input.size, f.out.size);
    assert_int_equal(scape_ref_decode(&input, &output, NULL, &report), SCAPE_REF_OK);
    assert_int_equal(report.content_bytes, 10);
    want_text(out, "hellohello");
    (void)fclose(in);
    (void)fclose(out);
}

static void test_read_only_output(void **state) {
    (void)state;
    struct scape_ref_file_input file;
    repeated();
    FILE *in = file_of(&f.out), *out = fopen("/dev/null", "rb");
    assert_non_null(out);
    const struct scape_ref_input input = scape_ref_file_input_open(&file, in);
    const struct scape_ref_output output = scape_ref_file_output_open(out);
    assert_int_equal(scape_ref_decode(&input, &output, NULL, NULL), SCAPE_REF_IO);
    (void)fclose(in);
    (void)fclose(out);
}

static void test_inspect(void **state) {
    (void)state;
    struct scape_ref_file_input file;
    struct scape_ref_report report;
    repeated();
    FILE *in = file_of(&f.out), *out = tmpfile();
    assert_non_null(out);
    const struct scape_ref_input input = scape_ref_file_input_open(&file, in);
    assert_int_equal(scape_ref_inspect(&input, NULL, out, &report), SCAPE_REF_OK);
    assert_int_equal(report.frames, 2);
    want_text(out, "{\"frames\": [\n"
                   "  {\"kind\": \"content\",\n"
                   "   \"start\": 0,\n"
                   "   \"size\": 199,\n"
                   "   \"flags\": 8,\n"
                   "   \"chunk_limit_log2\": 12,\n"
                   "   \"content_size\": 10,\n"
                   "   \"size_in_header\": false,\n"
                   "   \"index_size\": 39,\n"
                   "   \"blocks\": [\n"
                   "    {\"kind\": \"chunk\", \"offset\": 32, \"payload_length\": 8, "
                   "\"content_start\": 0, \"content_length\": 5, \"layout\": \"bytes\", "
                   "\"streams\": [{\"field\": \"byte\", \"coder\": 0, \"size\": 6}]},\n"
                   "    {\"kind\": \"repeat\", \"offset\": 60, \"payload_length\": 8, "
                   "\"content_start\": 5, \"content_length\": 5}\n"
                   "   ],\n"
                   "   \"regions\": [\n"
                   "    {\"name\": \"a\\u0022\\u00C3\\u0001\", \"dtype\": 2, \"dims\": [2, 5], "
                   "\"start\": 0, \"length\": 10}\n"
                   "   ]},\n"
                   "  {\"kind\": \"skippable\",\n"
                   "   \"start\": 199,\n"
                   "   \"size\": 44\n"
                   "}\n"
                   "]}\n");
    (void)fclose(in);
    (void)fclose(out);
}

static void test_inspect_damaged(void **state) {
    (void)state;
    struct scape_ref_file_input file;
    struct scape_ref_report report;
    repeated();
    f.out.data[45] ^= 1;
    FILE *in = file_of(&f.out), *out = tmpfile();
    assert_non_null(out);
    const struct scape_ref_input input = scape_ref_file_input_open(&file, in);
    assert_int_equal(scape_ref_inspect(&input, NULL, out, &report), SCAPE_REF_CHECKSUM);
    assert_string_equal(report.message,
                        "CHECKSUM at byte 0: a checksum differs from the bytes it covers");
    (void)fclose(in);
    (void)fclose(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_read_only_output),
        cmocka_unit_test(test_inspect),
        cmocka_unit_test(test_inspect_damaged),
    };
    return cmocka_run_group_tests_name("reference.file", tests, NULL, NULL);
}
