/* fuzz_layouts.c - any content under each layout: split and joined it is itself, and a chunk of it,
 * its fields coded in a given way, decodes to it by the reference and by libscape with every
 * kernel. Tail: 0 layout, 1 coding of the fields (2 bits each, in turn), 2 precision, 3 to 4
 * blocks, 5 bytes of the chunk's tail. */
#include "encode_stream.h"
#include "layout.h"
#include "oracle.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS_MAX = 4096,
    CONTENT_MAX = 1 << 16
};

enum coding {
    CODING_PACKED,
    CODING_ZSTD,
    CODING_SMALLEST,
    CODING_SMALLEST_OF_ALL
};

struct fields {
    struct scape_ref_array arrays[SCAPE_REF_FIELDS_MAX];
    const struct scape_ref_layout *layout;
};

static void open_fields(struct fields *f, const struct scape_ref_layout *layout, uint64_t blocks) {
    f->layout = layout;
    for (uint32_t i = 0; i < layout->field_count; i++) {
        struct scape_ref_array *a = &f->arrays[i];
        a->width = layout->fields[i].width;
        a->size = scape_ref_array_element(a->width);
        a->count = blocks * layout->fields[i].count;
        a->data = malloc((size_t)a->count * a->size);
        FUZZ_CHECK(a->data != NULL);
    }
}

static void close_fields(struct fields *f) {
    for (uint32_t i = 0; i < f->layout->field_count; i++) {
        free(f->arrays[i].data);
    }
}

/* The input over and over. */
static uint8_t *make_content(const struct fuzz_input *in, size_t size) {
    uint8_t *content = malloc(size);
    FUZZ_CHECK(content != NULL);
    for (size_t i = 0; i < size; i++) {
        content[i] = in->size != 0 ? in->data[i % in->size] : 0;
    }
    return content;
}

static void put_field(struct scape_ref_sink *s, const struct scape_ref_array *a,
                      const struct fuzz_input *in, uint32_t field) {
    const enum coding coding = (enum coding)(in->tail[1] >> field % 4 * 2 & 3);
    const uint32_t precision = 8 + in->tail[2] % 7U;
    const struct scape_ref_coder_choice choice = {precision, SCAPE_REF_ALPHABET_MAX,
                                                  coding == CODING_SMALLEST_OF_ALL ? 1 : 0};
    struct scape_ref_memory memory;
    scape_ref_memory_init(&memory, NULL);
    if (coding == CODING_PACKED) {
        scape_ref_encode_packed(s, a);
    } else if (coding == CODING_ZSTD) {
        FUZZ_CHECK(!scape_ref_encode_zstd(&memory, s, a, 1));
    } else {
        FUZZ_CHECK(!scape_ref_encode_smallest(&memory, s, a, &choice));
    }
}

static void check_chunk(const struct fields *f, const struct fuzz_input *in, const uint8_t *content,
                        size_t size) {
    const uint32_t block_bytes = f->layout->block_bytes;
    struct scape_ref_sink s = {.capacity = 2 * size + SCAPE_REF_CHUNK_OVERHEAD_MAX};
    struct fuzz_oracle want;
    uint8_t id[2];
    size_t file_size;
    s.data = malloc(s.capacity);
    FUZZ_CHECK(s.data != NULL);
    scape_ref_store_u16le(id, (uint16_t)f->layout->id);
    scape_ref_sink_put(&s, id, sizeof id);
    scape_ref_sink_put(&s, content + (size - size % block_bytes), size % block_bytes);
    for (uint32_t i = 0; i < f->layout->field_count; i++) {
        put_field(&s, &f->arrays[i], in, i);
    }
    FUZZ_CHECK(!scape_ref_sink_is_full(&s));
    uint8_t *file = fuzz_wrap_chunk(s.data, s.size, (uint32_t)size, false, &file_size);
    fuzz_oracle_open(&want, file, file_size, true);
    if (s.size <= size + SCAPE_REF_CHUNK_OVERHEAD_MAX) {
        FUZZ_CHECK(want.report.error == SCAPE_REF_OK && want.content.size == size);
        FUZZ_CHECK(memcmp(want.content.data, content, size) == 0);
    }
    fuzz_oracle_compare_kernels(&want, file, file_size);
    fuzz_oracle_close(&want);
    free(file);
    free(s.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    const struct scape_ref_layout *layout = &scape_ref_layouts[in.tail[0] % scape_ref_layout_count];
    uint64_t most = CONTENT_MAX / layout->block_bytes;
    uint64_t blocks =
        scape_ref_load_le(in.tail + 3, 2) % (most < BLOCKS_MAX ? most : BLOCKS_MAX) + 1;
    size_t whole = (size_t)blocks * layout->block_bytes;
    size_t content_size = whole + in.tail[5] % layout->block_bytes;
    uint8_t *content = make_content(&in, content_size), *joined = calloc(1, whole);
    struct fields fields;
    FUZZ_CHECK(joined != NULL);
    open_fields(&fields, layout, blocks);
    scape_ref_layout_split(layout, content, blocks, fields.arrays);
    scape_ref_layout_join(layout, fields.arrays, blocks, joined);
    FUZZ_CHECK(memcmp(joined, content, whole) == 0);
    check_chunk(&fields, &in, content, content_size);
    close_fields(&fields);
    free(joined);
    free(content);
    return 0;
}
