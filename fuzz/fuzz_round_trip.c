/* fuzz_round_trip.c - any bytes under any plan of regions, level and method: encoding succeeds, is
 * the same every time, and decoding gives the bytes and the plan back. Tail: plan.h; 7 whether it
 * is encoded a second time (bit 0), log2 of how often the input is repeated (bits 5 to 7): most
 * content is short, as a run takes as long as it is. */
#include "access.h"
#include "plan.h"

#include <string.h>

static struct fuzz_plan plan;

static void check_content(const struct fuzz_sink *frame) {
    struct fuzz_memory memory = {.fill = 0x5A};
    struct fuzz_source source = {.data = frame->data, .size = frame->size};
    struct fuzz_sink content = {.data = NULL};
    struct scape_ref_report report;
    const struct scape_ref_options options = {
        .profiles = &plan.profile, .profile_count = 1, .hooks = fuzz_hooks(&memory)};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    const struct scape_ref_output output = fuzz_sink_open(&content);
    FUZZ_CHECK(!scape_ref_decode(&input, &output, &options, &report));
    FUZZ_CHECK(content.size == plan.size);
    FUZZ_CHECK(plan.size == 0 || memcmp(content.data, plan.content, plan.size) == 0);
    FUZZ_CHECK(memory.live == 0);
    fuzz_sink_free(&content);
}

/* The plan's regions cover the content, so the index has exactly them. */
static void check_regions(const struct fuzz_sink *frame) {
    struct fuzz_source source = {.data = frame->data, .size = frame->size};
    const struct scape_ref_input input = fuzz_source_open(&source, true);
    struct scape_ref_access a;
    struct scape_ref_region found;
    bool more;
    FUZZ_CHECK(!scape_ref_access_open(&a, &input, NULL));
    FUZZ_CHECK(a.frame_count == 1 && a.content_size == plan.size);
    FUZZ_CHECK(!scape_ref_access_load(&a, 0));
    for (size_t i = 0; i < plan.options.region_count; i++) {
        const struct scape_ref_plan_region *want = &plan.regions[i];
        FUZZ_CHECK(!scape_ref_access_next_region(&a, &found, &more) && more);
        FUZZ_CHECK(found.length == want->length && found.dtype == want->dtype);
        FUZZ_CHECK(found.rank == want->rank);
        FUZZ_CHECK(memcmp(found.dims, want->dims, want->rank * sizeof *want->dims) == 0);
        FUZZ_CHECK(found.name_length == want->name_len);
        FUZZ_CHECK(memcmp(found.name, want->name, want->name_len) == 0);
    }
    if (plan.options.region_count == 0 && plan.size != 0) {
        FUZZ_CHECK(!scape_ref_access_next_region(&a, &found, &more) && more);
        FUZZ_CHECK(found.length == plan.size && found.dtype == SCAPE_REF_DTYPE_OPAQUE);
    }
    FUZZ_CHECK(!scape_ref_access_next_region(&a, &found, &more) && !more);
    scape_ref_access_close(&a);
}

/* Other memory and other reads give the same frame. */
static void check_again(const struct fuzz_sink *frame) {
    struct fuzz_memory memory = {.fill = 0xFF};
    struct fuzz_source source = {.slice = 777};
    struct fuzz_sink other = {.data = NULL};
    FUZZ_CHECK(!fuzz_plan_encode(&plan, &memory, &source, &other));
    FUZZ_CHECK(frame->size == other.size);
    FUZZ_CHECK(memcmp(frame->data, other.data, frame->size) == 0);
    fuzz_sink_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_memory memory = {.fill = 0};
    struct fuzz_source source = {.slice = 0};
    struct fuzz_sink frame = {.data = NULL};
    fuzz_plan_make(&plan, &in, (size_t)1 << (in.tail[7] >> 5));
    enum scape_ref_error error = fuzz_plan_encode(&plan, &memory, &source, &frame);
    if (plan.lacks_profile && error == SCAPE_REF_BAD_ARGUMENT) {
        fuzz_sink_free(&frame);
        return 0;
    }
    FUZZ_CHECK(error == SCAPE_REF_OK);
    check_content(&frame);
    check_regions(&frame);
    if (in.tail[7] & 1) {
        check_again(&frame);
    }
    fuzz_sink_free(&frame);
    return 0;
}
