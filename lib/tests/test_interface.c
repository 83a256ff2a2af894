/* test_interface.c - the calls of scape.h: whole files, streams, archives, limits, profiles,
 * failing callbacks and allocations. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files ------------------------------------------------------------------------------------
 */

static struct bytes make_content(uint32_t dtype, size_t size) {
    struct rng rng = {size + dtype};
    struct bytes content = {0};
    bytes_add(&content, NULL, size);
    content_fill(&rng, dtype, content.data, content.size);
    return content;
}

/* Three named regions, the third equal to the first, in small chunks. */
static struct bytes make_archive(struct bytes *content) {
    struct bytes a = make_content(SCAPE_REF_DTYPE_BF16, 30000);
    struct bytes b = make_content(SCAPE_REF_DTYPE_F32, 17001);
    bytes_add(content, a.data, a.size);
    bytes_add(content, b.data, b.size);
    bytes_add(content, a.data, a.size);
    struct scape_ref_plan_region regions[3] = {
        {30000, SCAPE_REF_DTYPE_BF16, 2, {150, 100}, "layer.0.weight", 14},
        {17001, SCAPE_REF_DTYPE_F32, 1, {4250}, "layer.0.bias", 12},
        {30000, SCAPE_REF_DTYPE_BF16, 2, {150, 100}, "layer.1.weight", 14}};
    struct scape_ref_encode_options options = {.chunk_log2 = 13,
                                               .content_size = content->size,
                                               .regions = regions,
                                               .region_count = 3,
                                               .content_sha256 = true,
                                               .repeats = true};
    struct bytes file = reference_encode(content, &options);
    bytes_free(&a);
    bytes_free(&b);
    return file;
}

static void assert_class(enum scape_error have, enum scape_error want) {
    if (have != want) {
        fail_msg("have %s, want %s", scape_error_name(have), scape_error_name(want));
    }
}

struct budget {
    long left;  /* allocations to grant */
    long alive; /* granted and not released */
};

static void *budget_allocate(void *ctx, size_t size) {
    struct budget *b = ctx;
    if (b->left-- <= 0) {
        return NULL;
    }
    b->alive++;
    return malloc(size);
}

static void budget_release(void *ctx, void *memory) {
    struct budget *b = ctx;
    b->alive--;
    free(memory);
}

/* ---- Errors and version -----------------------------------------------------------------------
 */

static void test_error_names(void **state) {
    (void)state;
    for (size_t i = 0; i < scape_ref_error_text_count; i++) {
        const struct scape_ref_error_text *row = &scape_ref_error_texts[i];
        assert_string_equal(scape_error_name((enum scape_error)row->id), row->name);
        assert_string_equal(scape_error_text((enum scape_error)row->id), row->text);
    }
    assert_string_equal(scape_error_name(SCAPE_OK), "OK");
    assert_string_equal(scape_error_name((enum scape_error)99), "UNKNOWN");
    assert_int_equal(scape_version(), 100);
    for (size_t i = 0; i < scape_ref_dtype_count; i++) {
        assert_string_equal(scape_dtype_name(scape_ref_dtypes[i].id), scape_ref_dtypes[i].name);
        assert_int_equal(scape_dtype_number(scape_ref_dtypes[i].name), scape_ref_dtypes[i].id);
    }
    assert_int_equal(scape_dtype_number("bf16"), SCAPE_REF_DTYPE_BF16);
    assert_int_equal(scape_dtype_number("bf1"), 0);
    assert_null(scape_dtype_name(65535));
    for (size_t i = 0; i < scape_ref_layout_count; i++) {
        assert_string_equal(scape_layout_name(scape_ref_layouts[i].id), scape_ref_layouts[i].name);
    }
    assert_null(scape_layout_name(65535));
    assert_null(scape_coder_name(SCAPE_REF_CODER_LIFT + 1));
}

/* ---- Whole files ------------------------------------------------------------------------------
 */

static void test_content_size(void **state) {
    (void)state;
    struct bytes content = {0};
    struct bytes file = make_archive(&content);
    uint64_t size;
    bytes_add(&file, file.data, 0);
    size_t one = file.size;
    bytes_add(&file, NULL, one);
    memcpy(file.data + one, file.data, one);
    assert_class(scape_content_size(file.data, file.size, &size), SCAPE_OK);
    assert_int_equal(size, 2 * content.size);
    assert_class(scape_content_size(file.data, file.size - 1, &size), SCAPE_ERROR_BAD_TRAILER);
    assert_class(scape_content_size(file.data, 0, &size), SCAPE_ERROR_TRUNCATED);
    bytes_free(&file);
    bytes_free(&content);
}

static void test_two_frames(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    size_t one = file.size, size = content.size;
    bytes_add(&file, NULL, one);
    memcpy(file.data + one, file.data, one);
    bytes_add(&content, NULL, size);
    memcpy(content.data + size, content.data, size);
    assert_class(lib_decode(&file, content.size, &out, NULL), SCAPE_OK);
    assert_same_bytes(&out, &content, "two frames");
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

static void test_capacity(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    assert_class(lib_decode(&file, content.size - 1, &out, NULL), SCAPE_ERROR_MEMORY);
    assert_true(out.size < content.size);
    assert_memory_equal(out.data, content.data, out.size);
    struct scape_decode_options options = {.max_content = content.size - 1};
    assert_class(lib_decode(&file, content.size, &out, &options), SCAPE_ERROR_MEMORY);
    assert_class(lib_decode(&file, 0, &out, NULL), SCAPE_ERROR_MEMORY);
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

static void test_every_truncation(void **state) {
    (void)state;
    struct bytes content = make_content(SCAPE_REF_DTYPE_BF16, 300), out = {0};
    struct bytes file = encode_tensor(&content, SCAPE_REF_DTYPE_BF16, 10, SCAPE_REF_ENCODE_MAX, 12);
    struct bytes part = file;
    for (part.size = 0; part.size < file.size; part.size++) {
        assert_class(lib_decode(&part, 300, &out, NULL), SCAPE_ERROR_TRUNCATED);
    }
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

static void test_position_of_fault(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    struct scape_report report;
    size_t size;
    uint32_t first = 52 + (uint32_t)file.data[36] + 256u * file.data[37]; /* end of block 1 */
    file.data[first + 40] ^= 1;
    bytes_add(&out, NULL, content.size);
    assert_class(scape_decompress(file.data, file.size, out.data, out.size, &size, NULL, &report),
                 SCAPE_ERROR_CHECKSUM);
    assert_int_equal(report.position, first);
    assert_int_equal(report.content_bytes, 8000); /* 40 rows */
    assert_non_null(strstr(report.message, "checksum"));
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

/* ---- Streams ----------------------------------------------------------------------------------
 */

static void test_decoder_read(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    struct scape_input input = bytes_input(&file);
    struct scape_decoder *decoder;
    struct scape_report report;
    uint8_t buffer[777];
    size_t got;
    assert_class(scape_decoder_open(&decoder, &input, NULL, &report), SCAPE_OK);
    do {
        assert_class(scape_decoder_read(decoder, buffer, sizeof buffer, &got, &report), SCAPE_OK);
        bytes_add(&out, buffer, got);
    } while (got == sizeof buffer);
    assert_class(scape_decoder_read(decoder, buffer, sizeof buffer, &got, &report), SCAPE_OK);
    assert_int_equal(got, 0);
    assert_same_bytes(&out, &content, "decoder_read");
    scape_decoder_close(decoder);
    scape_decoder_close(NULL);
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

static void test_pipe_needs_seek(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    struct scape_input input = {&file, bytes_read, NULL, 0};
    struct scape_output output = {.ctx = &out, .write = bytes_write};
    struct scape_report report;
    assert_class(scape_decode(&input, &output, NULL, &report), SCAPE_ERROR_NEEDS_SEEK);
    assert_int_equal(out.size, 47001);
    assert_int_equal(report.content_bytes, 47001);
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

/* The same with a place to keep what repeats may name. */
static int spool_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct bytes *b = ctx;
    if (offset + n > b->size) {
        bytes_add(b, NULL, (size_t)offset + n - b->size);
    }
    memcpy(b->data + offset, data, n);
    return 0;
}

static int refuse_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    (void)ctx;
    (void)offset;
    (void)data;
    (void)n;
    return 1;
}

static void test_pipe_with_spool(void **state) {
    (void)state;
    struct bytes content = {0}, kept = {0};
    struct bytes file = make_archive(&content);
    struct scape_spool spool = {&kept, spool_write_at, bytes_read_at};
    struct scape_input input = {&file, bytes_read, NULL, 0};
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct scape_decode_options options = {.threads = threads, .spool = &spool};
        struct bytes out = {0};
        struct scape_output output = {.ctx = &out, .write = bytes_write};
        struct scape_report report;
        file.at = kept.size = 0;
        assert_class(scape_decode(&input, &output, &options, &report), SCAPE_OK);
        assert_same_bytes(&out, &content, "by a spool");
        assert_int_equal(report.frames, 1);
        assert_true(kept.size > 0 && kept.size < file.size);
        bytes_free(&out);
    }
    struct scape_spool full = {&kept, refuse_write_at, bytes_read_at}, half = {&kept, NULL, NULL};
    struct scape_decode_options no_room = {.spool = &full}, unusable = {.spool = &half};
    struct bytes out = {0};
    struct scape_output output = {.ctx = &out, .write = bytes_write};
    file.at = 0;
    assert_class(scape_decode(&input, &output, &no_room, NULL), SCAPE_ERROR_IO);
    assert_class(scape_decode(&input, &output, &unusable, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    bytes_free(&out);
    bytes_free(&kept);
    bytes_free(&file);
    bytes_free(&content);
}

/* ---- Progress and cancellation ----------------------------------------------------------------
 */

struct watch {
    int left; /* calls to allow */
    uint64_t in, out;
    bool backwards;
};

static int watch_progress(void *ctx, uint64_t bytes_in, uint64_t bytes_out) {
    struct watch *w = ctx;
    w->backwards = w->backwards || bytes_in < w->in || bytes_out <= w->out;
    w->in = bytes_in;
    w->out = bytes_out;
    return w->left-- > 0 ? 0 : 1;
}

static void test_progress(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct watch all = {.left = 1000}, some = {.left = 2};
        struct scape_decode_options options = {
            .threads = threads, .progress = watch_progress, .progress_ctx = &all};
        struct scape_report report;
        size_t got;
        assert_class(lib_decode(&file, content.size, &out, &options), SCAPE_OK);
        assert_true(!all.backwards && all.left < 995);
        assert_int_equal(all.out, content.size);
        options.progress_ctx = &some;
        assert_class(
            scape_decompress(file.data, file.size, out.data, out.size, &got, &options, &report),
            SCAPE_ERROR_IO);
        assert_int_equal(some.left, -1); /* not called again */
        assert_int_equal(got, some.out);
        assert_non_null(strstr(report.message, "progress"));
    }
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

/* A decoder that was cancelled stays so. */
static void test_cancelled_decoder(void **state) {
    (void)state;
    struct bytes content = {0};
    struct bytes file = make_archive(&content);
    struct watch none = {0};
    struct scape_decode_options options = {
        .threads = 3, .progress = watch_progress, .progress_ctx = &none};
    struct scape_input input = bytes_input(&file);
    struct scape_decoder *decoder;
    struct scape_report report;
    uint8_t buffer[20000];
    size_t got;
    assert_class(scape_decoder_open(&decoder, &input, &options, &report), SCAPE_OK);
    for (int i = 0; i < 3; i++) {
        assert_class(scape_decoder_read(decoder, buffer, sizeof buffer, &got, &report),
                     SCAPE_ERROR_IO);
        assert_int_equal(got > 0, i == 0);
    }
    scape_decoder_close(decoder);
    bytes_free(&file);
    bytes_free(&content);
}

static int64_t failing_read(void *ctx, void *buffer, size_t n) {
    int *left = ctx;
    (void)buffer;
    (void)n;
    return (*left)-- > 0 ? 0 : -1;
}

static int failing_write(void *ctx, const void *data, size_t n) {
    (void)ctx;
    (void)data;
    (void)n;
    return 1;
}

static void test_failing_callbacks(void **state) {
    (void)state;
    struct bytes content = {0};
    struct bytes file = make_archive(&content);
    int reads = 0;
    struct scape_input broken = {&reads, failing_read, NULL, 0}, input = bytes_input(&file);
    struct scape_output output = {.ctx = NULL, .write = failing_write};
    struct scape_report report;
    assert_class(scape_decode(&broken, &output, NULL, &report), SCAPE_ERROR_IO);
    assert_class(scape_decode(&input, &output, NULL, &report), SCAPE_ERROR_IO);
    assert_int_equal(report.content_bytes, 0);
    bytes_free(&file);
    bytes_free(&content);
}

static void test_bad_arguments(void **state) {
    (void)state;
    struct bytes file = {0};
    struct scape_input input = {&file, bytes_read, NULL, 0};
    struct scape_output output = {.ctx = NULL, .write = NULL};
    struct scape_decode_options threads = {.threads = 65};
    struct scape_decode_options later = {.reserved = {0, 0, 0, 1}};
    struct scape_decode_options one_hook = {.hooks.allocate = budget_allocate};
    struct scape_decode_options no_room = {.max_memory = 1, .reserved = {1}};
    struct scape_archive *archive;
    struct scape_decoder *decoder;
    size_t size;
    assert_class(scape_decode(&input, &output, NULL, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decode(NULL, NULL, NULL, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_archive_open(&archive, &input, NULL, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_null(archive);
    assert_class(scape_decoder_open(&decoder, &input, &threads, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_null(decoder);
    assert_class(scape_decoder_open(&decoder, &input, &later, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decoder_open(&decoder, &input, &one_hook, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decoder_open(&decoder, &input, &no_room, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decompress(NULL, 0, NULL, 0, &size, &one_hook, NULL),
                 SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decompress(NULL, 1, NULL, 0, &size, NULL, NULL), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_decompress(NULL, 0, NULL, 0, &size, NULL, NULL), SCAPE_ERROR_TRUNCATED);
}

/* ---- Archives ---------------------------------------------------------------------------------
 */

static void test_archive_tensors(void **state) {
    (void)state;
    struct bytes content = {0}, out = {0};
    struct bytes file = make_archive(&content);
    struct scape_input input = bytes_input(&file);
    struct scape_archive *archive;
    struct scape_tensor tensor;
    struct scape_report report;
    assert_class(scape_archive_open(&archive, &input, NULL, &report), SCAPE_OK);
    assert_int_equal(scape_archive_tensor_count(archive), 3);
    assert_class(scape_archive_tensor_at(archive, 3, &tensor), SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_archive_find(archive, "layer.2", 7, &tensor), SCAPE_ERROR_NOT_FOUND);
    assert_class(scape_archive_find(archive, "", 0, &tensor), SCAPE_ERROR_NOT_FOUND);
    assert_class(scape_archive_find(archive, "layer.1.weight", 14, &tensor), SCAPE_OK);
    assert_string_equal(tensor.name, "layer.1.weight");
    assert_int_equal(tensor.dtype, SCAPE_REF_DTYPE_BF16);
    assert_int_equal(tensor.rank, 2);
    assert_int_equal(tensor.dims[1], 100);
    assert_int_equal(tensor.start, 47001);
    assert_int_equal(tensor.length, 30000);
    bytes_add(&out, NULL, 30000);
    assert_class(scape_archive_read(archive, tensor.start, out.data, out.size, &report), SCAPE_OK);
    struct bytes want = {content.data + 47001, 30000, 30000, 0};
    assert_same_bytes(&out, &want, "tensor");
    assert_class(scape_archive_read(archive, content.size - 5, out.data, 6, &report),
                 SCAPE_ERROR_BAD_ARGUMENT);
    assert_class(scape_archive_read(archive, content.size, out.data, 0, &report), SCAPE_OK);
    scape_archive_close(archive);
    scape_archive_close(NULL);
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

/* Reads no more than index, headers and the one chunk that the range touches. */
static void test_archive_reads_little(void **state) {
    (void)state;
    struct bytes content = make_content(SCAPE_REF_DTYPE_BF16, 1 << 20);
    struct bytes file =
        encode_tensor(&content, SCAPE_REF_DTYPE_BF16, 256, SCAPE_REF_ENCODE_FAST, 13);
    struct counted_bytes counted = {&file, 0};
    struct scape_input input = {&counted, NULL, counted_read_at, file.size};
    struct scape_archive *archive;
    uint8_t buffer[100];
    assert_class(scape_archive_open(&archive, &input, NULL, NULL), SCAPE_OK);
    assert_true(counted.bytes < 2000);
    counted.bytes = 0;
    assert_class(scape_archive_read(archive, 500000, buffer, sizeof buffer, NULL), SCAPE_OK);
    assert_memory_equal(buffer, content.data + 500000, sizeof buffer);
    assert_true(counted.bytes < 8192);
    scape_archive_close(archive);
    bytes_free(&file);
    bytes_free(&content);
}

/* Changed bytes end in an error or leave the content as it was [FRM-042]. */
static void test_archive_of_damaged_file(void **state) {
    (void)state;
    struct rng rng = {4711};
    struct bytes content = make_content(SCAPE_REF_DTYPE_F16, 9000), out = {0};
    struct bytes file = encode_tensor(&content, SCAPE_REF_DTYPE_F16, 50, SCAPE_REF_ENCODE_MAX, 12);
    struct scape_input input = bytes_input(&file);
    bytes_add(&out, NULL, content.size);
    for (int i = 0; i < 3000; i++) {
        uint32_t at = rng_below(&rng, (uint32_t)file.size);
        uint8_t old = file.data[at];
        file.data[at] = (uint8_t)(old ^ 1u << rng_below(&rng, 8));
        struct scape_archive *archive;
        enum scape_error error = scape_archive_open(&archive, &input, NULL, NULL);
        if (error == SCAPE_OK) {
            size_t n = scape_archive_content_size(archive) == content.size ? content.size : 0;
            error = scape_archive_read(archive, 0, out.data, n, NULL);
            assert_true(error != SCAPE_OK || memcmp(out.data, content.data, n) == 0);
            scape_archive_close(archive);
        }
        file.data[at] = old;
    }
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

/* ---- Memory -----------------------------------------------------------------------------------
 */

static enum scape_error decode_all_ways(struct bytes *file, const struct bytes *content,
                                        const struct scape_decode_options *options, int way) {
    struct bytes out = {0};
    struct scape_input input = bytes_input(file);
    struct scape_output output = {.ctx = &out, .write = bytes_write};
    enum scape_error error;
    file->at = 0;
    if (way == 0) {
        error = lib_decode(file, content->size, &out, options);
    } else if (way == 1) {
        error = scape_decode(&input, &output, options, NULL);
    } else {
        struct scape_archive *archive;
        bytes_add(&out, NULL, content->size);
        error = scape_archive_open(&archive, &input, options, NULL);
        if (error == SCAPE_OK) {
            error = scape_archive_read(archive, 0, out.data, out.size, NULL);
            scape_archive_close(archive);
        }
    }
    if (error == SCAPE_OK) {
        assert_same_bytes(&out, content, "decoded");
    }
    bytes_free(&out);
    return error;
}

/* Without its n-th allocation every call ends in NO_MEMORY and gives back what it had. */
static void test_every_allocation_fails(void **state) {
    (void)state;
    static const uint32_t dtypes[] = {SCAPE_REF_DTYPE_BF16, SCAPE_REF_DTYPE_Q4_K,
                                      SCAPE_REF_DTYPE_F32};
    for (size_t d = 0; d < 3; d++) {
        struct bytes content = make_content(dtypes[d], 40000);
        struct bytes file = encode_tensor(&content, dtypes[d], 100, SCAPE_REF_ENCODE_DEFAULT, 14);
        for (int way = 0; way < 6; way++) {
            enum scape_error error = SCAPE_ERROR_NO_MEMORY;
            for (long n = 0; error != SCAPE_OK; n++) {
                struct budget budget = {n, 0};
                struct scape_decode_options options = {
                    .threads = way < 3 ? 1 : 2,
                    .hooks = {&budget, budget_allocate, budget_release}};
                error = decode_all_ways(&file, &content, &options, way % 3);
                assert_int_equal(budget.alive, 0);
                if (error != SCAPE_OK) {
                    assert_class(error, SCAPE_ERROR_NO_MEMORY);
                }
                assert_true(n < 500);
            }
        }
        bytes_free(&file);
        bytes_free(&content);
    }
}

static void test_memory_limit(void **state) {
    (void)state;
    struct bytes content = make_content(SCAPE_REF_DTYPE_BF16, 1 << 20), out = {0};
    struct bytes file =
        encode_tensor(&content, SCAPE_REF_DTYPE_BF16, 256, SCAPE_REF_ENCODE_MAX, 16);
    struct scape_input input = bytes_input(&file);
    struct scape_output output = {.ctx = &out, .write = bytes_write};
    struct scape_report report;
    struct scape_decode_options small = {.max_memory = 100000}, enough = {.max_memory = 2000000};
    assert_class(scape_decode(&input, &output, &small, &report), SCAPE_ERROR_MEMORY);
    file.at = out.size = 0;
    assert_class(scape_decode(&input, &output, &enough, &report), SCAPE_OK);
    assert_same_bytes(&out, &content, "within the limit");
    assert_true(report.peak_memory > 65536 && report.peak_memory <= 2000000);
    bytes_free(&file);
    bytes_free(&content);
    bytes_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_names),
        cmocka_unit_test(test_content_size),
        cmocka_unit_test(test_two_frames),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_position_of_fault),
        cmocka_unit_test(test_decoder_read),
        cmocka_unit_test(test_pipe_needs_seek),
        cmocka_unit_test(test_pipe_with_spool),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_cancelled_decoder),
        cmocka_unit_test(test_failing_callbacks),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_archive_tensors),
        cmocka_unit_test(test_archive_reads_little),
        cmocka_unit_test(test_archive_of_damaged_file),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_memory_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
