/* fuzz_structures.c - a frame's header, a block's header, a trailer, a skippable frame or an index,
 * alone: the reference and libscape say the same of it, and what is accepted is written back as the
 * same bytes. Tail: 0 which, 1 the frame's flags and 2 its chunk_limit_log2, 3 whether the checksum
 * is made good or the block is the first, 4 to 6 content before it. */
#include "access.h"
#include "engine.h"
#include "frame.h"
#include "mend.h"
#include "wrap.h"

#include "../lib/src/frame.h"

#include <stdlib.h>
#include <string.h>

enum which {
    WHICH_HEADER,
    WHICH_BLOCK,
    WHICH_TRAILER,
    WHICH_SKIPPABLE,
    WHICH_INDEX,
    WHICH_COUNT
};

enum {
    BLOCKS_SIZE_MAX = 1 << 20
};

static struct scape_ref_frame_header frame_of(const struct fuzz_input *in) {
    return (struct scape_ref_frame_header){
        .flags = in->tail[1] & 0x0F,
        .chunk_limit_log2 = (uint8_t)(SCAPE_REF_CHUNK_LOG2_MIN + in->tail[2] % 15U),
        .content_size = SCAPE_REF_SIZE_UNKNOWN};
}

static struct sc_header engine_frame_of(const struct fuzz_input *in) {
    const struct scape_ref_frame_header f = frame_of(in);
    return (struct sc_header){.flags = f.flags,
                              .chunk_limit_log2 = f.chunk_limit_log2,
                              .content_size = f.content_size,
                              .size = (uint32_t)scape_ref_frame_header_size(f.flags)};
}

/* With its checksum made good, by choice. */
static void check_header(const struct fuzz_input *in) {
    uint8_t bytes[SCAPE_REF_HEADER_NAMED_SIZE] = {0}, out[SCAPE_REF_HEADER_NAMED_SIZE];
    const size_t given = in->size < sizeof bytes ? in->size : sizeof bytes;
    struct scape_ref_cursor c = scape_ref_cursor_make(bytes, given);
    struct scape_ref_frame_header header;
    struct sc_header other = {.size = 0};
    uint32_t size = 0;
    if (given != 0) {
        memcpy(bytes, in->data, given);
    }
    if (in->tail[3] & 1) {
        size_t sealed = scape_ref_frame_header_size(bytes[9]) - SCAPE_REF_CHECKSUM_SIZE;
        scape_ref_store_u64le(bytes + sealed, scape_ref_checksum_of(bytes, sealed));
    }
    enum scape_ref_error error = scape_ref_frame_header_parse(&c, &header);
    enum sc_frame_kind kind = SC_FRAME_SKIPPABLE;
    enum scape_error have = sc_magic_read(bytes, given < 8 ? given : 8, &kind);
    have = have ? have : sc_header_size(bytes, given, &size);
    if (!have && kind == SC_FRAME_CONTENT && size <= given) {
        have = sc_header_read(bytes, size, &other);
        FUZZ_CHECK((int)have == (int)error);
    }
    if (!error && kind == SC_FRAME_CONTENT) {
        size_t n = scape_ref_frame_header_write(&header, out);
        FUZZ_CHECK(n == c.at && memcmp(out, bytes, n) == 0);
        FUZZ_CHECK(!have && other.size == n && other.content_size == header.content_size);
        FUZZ_CHECK(other.flags == header.flags &&
                   other.chunk_limit_log2 == header.chunk_limit_log2);
    }
}

static void check_block(const struct fuzz_input *in) {
    const struct scape_ref_frame_header frame = frame_of(in);
    const struct sc_header other_frame = engine_frame_of(in);
    const struct sc_block_place place = {&other_frame, in->tail[3] & 1,
                                         scape_ref_load_le(in->tail + 4, 3)};
    struct scape_ref_cursor c = scape_ref_cursor_make(in->data, in->size);
    struct scape_ref_block_header block;
    struct sc_block_header other = {.type = 0};
    enum scape_ref_error error =
        scape_ref_block_header_parse(&c, &frame, place.first, place.content, &block);
    if (in->size < SCAPE_REF_BLOCK_HEADER_SIZE) {
        FUZZ_CHECK(error == SCAPE_REF_TRUNCATED);
        return;
    }
    enum scape_error have = sc_block_header_read(in->data, &place, &other);
    FUZZ_CHECK((int)have == (int)error);
    if (!error) {
        uint8_t out[SCAPE_REF_BLOCK_HEADER_SIZE];
        scape_ref_block_header_write(&block, out);
        FUZZ_CHECK(memcmp(out, in->data, sizeof out) == 0);
        FUZZ_CHECK(other.type == block.type && other.payload_length == block.payload_length &&
                   other.content_length == block.content_length);
    }
}

/* With its checksum made good, by choice. */
static void check_trailer(const struct fuzz_input *in) {
    const struct scape_ref_frame_header frame = frame_of(in);
    const struct sc_header other_frame = engine_frame_of(in);
    uint8_t bytes[SCAPE_REF_TRAILER_SIZE], out[SCAPE_REF_TRAILER_SIZE];
    struct scape_ref_trailer trailer;
    struct sc_trailer other = {.index_size = 0};
    if (in->size < sizeof bytes) {
        struct scape_ref_cursor all = scape_ref_cursor_make(in->data, in->size), end = all;
        uint64_t size;
        FUZZ_CHECK(scape_ref_trailer_parse(&all, &frame, &trailer) == SCAPE_REF_TRUNCATED);
        (void)scape_ref_frame_end_parse(&end, &size);
        return;
    }
    memcpy(bytes, in->data, sizeof bytes);
    if (in->tail[3] & 1) {
        scape_ref_store_u64le(bytes + 56, scape_ref_checksum_of(bytes, 56));
    }
    struct scape_ref_cursor c = scape_ref_cursor_make(bytes, sizeof bytes);
    enum scape_ref_error error = scape_ref_trailer_parse(&c, &frame, &trailer);
    enum scape_error have = sc_trailer_read(bytes, &other_frame, &other);
    FUZZ_CHECK((int)have == (int)error);
    if (!error) {
        scape_ref_trailer_write(&trailer, out);
        FUZZ_CHECK(memcmp(out, bytes, sizeof out) == 0);
        FUZZ_CHECK(other.index_size == trailer.index_size &&
                   other.content_size == trailer.content_size &&
                   other.frame_size == trailer.frame_size);
    }
}

/* The head alone, then as much data as there is. */
static void check_skippable(const struct fuzz_input *in) {
    struct scape_ref_cursor c = scape_ref_cursor_make(in->data, in->size);
    enum scape_ref_frame_kind kind;
    uint64_t length;
    if (in->size < SCAPE_REF_MAGIC_SIZE ||
        scape_ref_frame_kind_parse(in->data, SCAPE_REF_MAGIC_SIZE, &kind) ||
        kind != SCAPE_REF_FRAME_SKIPPABLE || scape_ref_skippable_header_parse(&c, &length)) {
        return;
    }
    uint8_t out[SCAPE_REF_SKIPPABLE_HEADER_SIZE];
    scape_ref_skippable_header_write(length, out);
    FUZZ_CHECK(memcmp(out, in->data, sizeof out) == 0);
    const uint8_t *skipped;
    struct scape_ref_checksum sum;
    scape_ref_checksum_init(&sum);
    scape_ref_checksum_update(&sum, in->data, sizeof out);
    if (!scape_ref_cursor_take(&c, length, &skipped)) {
        scape_ref_checksum_update(&sum, skipped, (size_t)length);
        enum scape_ref_error error = scape_ref_skippable_trailer_parse(&c, &sum, length);
        FUZZ_CHECK(error || c.at == length + sizeof out + SCAPE_REF_SKIPPABLE_TRAILER_SIZE);
    }
}

/* ---- The index, by random access, which reads no blocks ---- */

/* Bytes of the blocks and of the content that the list tells; false: it cannot be followed. */
static bool measure(const struct fuzz_input *in, uint64_t *blocks_size, uint64_t *content_size) {
    struct scape_ref_cursor c = scape_ref_cursor_make(in->data, in->size);
    uint64_t count = 0, gap = 0, payload = 0, length = 0;
    *blocks_size = *content_size = 0;
    enum scape_ref_error error = scape_ref_cursor_varint(&c, &count);
    for (uint64_t i = 0; !error && i < count; i++) {
        error = scape_ref_cursor_varint(&c, &gap);
        error = error ? error : scape_ref_cursor_varint(&c, &payload);
        error = error ? error : scape_ref_cursor_varint(&c, &length);
        payload = payload >> 1; /* the low bit says whether it is a REPEAT */
        if (error || gap > BLOCKS_SIZE_MAX || payload > BLOCKS_SIZE_MAX ||
            *blocks_size > BLOCKS_SIZE_MAX || length > UINT32_MAX) {
            return false;
        }
        *blocks_size += gap + payload + SCAPE_REF_BLOCK_OVERHEAD;
        *content_size += length;
    }
    return !error && *blocks_size <= BLOCKS_SIZE_MAX;
}

static void compare_regions(struct scape_ref_access *a, const struct scape_archive *b) {
    struct scape_ref_region want;
    struct scape_tensor have;
    bool more = true;
    for (size_t i = 0; i < scape_archive_tensor_count(b); i++) {
        FUZZ_CHECK(!scape_ref_access_next_region(a, &want, &more) && more);
        FUZZ_CHECK(!scape_archive_tensor_at(b, i, &have));
        FUZZ_CHECK(have.start == want.offset && have.length == want.length);
        FUZZ_CHECK(have.dtype == want.dtype && have.rank == want.rank);
        FUZZ_CHECK(memcmp(have.dims, want.dims, want.rank * sizeof *want.dims) == 0);
        FUZZ_CHECK(have.name_length == want.name_length);
        FUZZ_CHECK(memcmp(have.name, want.name, want.name_length) == 0);
        FUZZ_CHECK(have.name[have.name_length] == '\0');
    }
    FUZZ_CHECK(!scape_ref_access_next_region(a, &want, &more) && !more);
}

static void check_index(const struct fuzz_input *in) {
    uint64_t blocks_size, content_size;
    size_t size;
    if (!measure(in, &blocks_size, &content_size)) {
        blocks_size = content_size = 0;
    }
    uint8_t *file = fuzz_wrap_index(in->data, in->size, blocks_size, content_size, &size);
    struct fuzz_source source = {.data = file, .size = size};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    struct fuzz_engine e = {.memory.fill = 0xA5};
    struct scape_archive *archive;
    struct scape_ref_access a;
    enum scape_error have = fuzz_engine_open_archive(&e, file, size, &archive);
    enum scape_ref_error error = scape_ref_access_open(&a, &input, NULL);
    if (!error) {
        error = scape_ref_access_load(&a, 0);
        if (!error && !have) {
            compare_regions(&a, archive);
        }
        scape_ref_access_close(&a);
    }
    /* Which error is not determined [FRM-042]. */
    FUZZ_CHECK(have == SCAPE_ERROR_MEMORY || (have == SCAPE_OK) == (error == SCAPE_REF_OK));
    scape_archive_close(archive);
    fuzz_engine_check(&e);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    static void (*const checks[WHICH_COUNT])(const struct fuzz_input *) = {
        [WHICH_HEADER] = check_header,
        [WHICH_BLOCK] = check_block,
        [WHICH_TRAILER] = check_trailer,
        [WHICH_SKIPPABLE] = check_skippable,
        [WHICH_INDEX] = check_index};
    checks[in.tail[0] % WHICH_COUNT](&in);
    return 0;
}
