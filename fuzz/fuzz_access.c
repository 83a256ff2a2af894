/* fuzz_access.c - libscape's random access: what it opens is what the reference opens, regions by
 * number and by name are the same, and any range of a good file is what decoding the whole gave.
 * Tail: 0 kernel, 1 to 5 which ranges. */
#include "access.h"
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

enum {
    RANGES = 4,
    READ_MAX = 1 << 20
};

struct pair {
    struct scape_ref_access want;
    struct scape_archive *have;
};

/* All frames of the reference's view, which loads one at a time, against the archive's one list. */
static enum scape_ref_error compare_regions(struct pair *p) {
    size_t number = 0;
    for (size_t frame = 0; frame < p->want.frame_count; frame++) {
        const uint64_t start = scape_ref_access_frame(&p->want, frame)->content_offset;
        struct scape_ref_region want;
        struct scape_tensor have;
        bool more = false;
        enum scape_ref_error error = scape_ref_access_load(&p->want, frame);
        if (error) {
            return error;
        }
        while (!scape_ref_access_next_region(&p->want, &want, &more) && more) {
            FUZZ_CHECK(p->have && !scape_archive_tensor_at(p->have, number, &have));
            FUZZ_CHECK(have.start == start + want.offset && have.length == want.length);
            FUZZ_CHECK(have.dtype == want.dtype && have.rank == want.rank);
            FUZZ_CHECK(memcmp(have.dims, want.dims, want.rank * sizeof *want.dims) == 0);
            FUZZ_CHECK(have.name_length == want.name_length);
            FUZZ_CHECK(memcmp(have.name, want.name, want.name_length) == 0);
            number++;
        }
        FUZZ_CHECK(!more);
    }
    FUZZ_CHECK(scape_archive_tensor_count(p->have) == number);
    return SCAPE_REF_OK;
}

/* The first region of a name is found by it; no name leads out of the list. */
static void find_names(const struct scape_archive *archive) {
    struct scape_tensor tensor, found;
    FUZZ_CHECK(scape_archive_find(archive, "", 0, &found) == SCAPE_ERROR_NOT_FOUND);
    for (size_t i = 0; i < scape_archive_tensor_count(archive); i++) {
        FUZZ_CHECK(!scape_archive_tensor_at(archive, i, &tensor));
        if (tensor.name_length != 0) {
            FUZZ_CHECK(!scape_archive_find(archive, tensor.name, tensor.name_length, &found));
            FUZZ_CHECK(found.name_length == tensor.name_length && found.start <= tensor.start);
            FUZZ_CHECK(memcmp(found.name, tensor.name, tensor.name_length) == 0);
        }
    }
    FUZZ_CHECK(scape_archive_tensor_at(archive, scape_archive_tensor_count(archive), &tensor) ==
               SCAPE_ERROR_BAD_ARGUMENT);
}

/* [offset, offset + n); an error, or the bytes of the whole where that decodes. */
static void read_range(struct scape_archive *archive, uint64_t offset, uint64_t n,
                       const struct fuzz_oracle *want) {
    const bool good = want->report.error == SCAPE_REF_OK;
    uint64_t whole = scape_archive_content_size(archive);
    n = n < READ_MAX ? n : READ_MAX;
    uint8_t *part = malloc((size_t)n + 1);
    struct scape_report report;
    FUZZ_CHECK(part != NULL);
    enum scape_error error = scape_archive_read(archive, offset, part, (size_t)n, &report);
    FUZZ_CHECK(error == report.error && report.content_bytes == (error ? 0 : n));
    if (offset > whole || n > whole - offset) {
        FUZZ_CHECK(error == SCAPE_ERROR_BAD_ARGUMENT);
    } else if (good) {
        FUZZ_CHECK(!error || error == SCAPE_ERROR_MEMORY);
    }
    /* Blocks that decoding reached before it found the fault are the same too. */
    if (!error && n != 0 && offset + n <= want->content.size) {
        FUZZ_CHECK(memcmp(part, want->content.data + offset, (size_t)n) == 0);
    }
    free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_engine e = {.memory.fill = 0xA5};
    struct fuzz_source source = {.data = in.data, .size = in.size};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    struct pair p = {.have = NULL};
    struct fuzz_oracle want;
    fuzz_use_kernel(in.tail[0]);
    fuzz_oracle_open(&want, in.data, in.size, true);
    enum scape_error error = fuzz_engine_open_archive(&e, in.data, in.size, &p.have);
    enum scape_ref_error wanted = scape_ref_access_open(&p.want, &input, NULL);
    if (!wanted) {
        wanted = error ? wanted : compare_regions(&p);
        scape_ref_access_close(&p.want);
    }
    /* Which error is not determined [FRM-042]; libscape also looks at profiles when it opens. */
    FUZZ_CHECK(error || !wanted);
    FUZZ_CHECK(want.report.error || !error || error == SCAPE_ERROR_MEMORY);
    if (p.have) {
        uint64_t whole = scape_archive_content_size(p.have);
        find_names(p.have);
        read_range(p.have, 0, whole, &want);
        for (unsigned i = 0; i < RANGES; i++) {
            uint64_t offset = whole / 256 * in.tail[1 + i] + in.tail[5];
            read_range(p.have, offset, in.tail[2 + i] * UINT64_C(67), &want);
        }
        read_range(p.have, whole, 1, &want);
    }
    scape_archive_close(p.have);
    fuzz_engine_check(&e);
    fuzz_oracle_close(&want);
    return 0;
}
