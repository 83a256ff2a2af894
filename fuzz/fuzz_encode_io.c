/* fuzz_encode_io.c - encoding while an allocation, a read or a write fails: that error, nothing
 * kept, nothing written behind it. Tail: plan.h; 7 which one fails: its low 2 bits say of what
 * kind, the others its number. */
#include "plan.h"

enum {
    COPIES = 64
};

static struct fuzz_plan plan;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_memory memory = {.fill = 0xA5};
    struct fuzz_source source = {.slice = 0};
    struct fuzz_sink sink = {.data = NULL};
    fuzz_plan_make(&plan, &in, COPIES);
    uint64_t number = (in.tail[7] >> 2) + UINT64_C(1);
    switch (in.tail[7] & 3) {
    case 0:
        memory.fail_at = number;
        break;
    case 1:
        source.fail_at = number;
        break;
    case 2:
        sink.fail_at = number;
        break;
    default:
        source.slice = (size_t)number; /* nothing fails, but little is read at a time */
        break;
    }
    enum scape_ref_error error = fuzz_plan_encode(&plan, &memory, &source, &sink);
    if (memory.failed) {
        FUZZ_CHECK(error == SCAPE_REF_NO_MEMORY);
    } else if (source.failed || sink.failed) {
        FUZZ_CHECK(error == SCAPE_REF_IO);
    } else {
        FUZZ_CHECK(!error || (plan.lacks_profile && error == SCAPE_REF_BAD_ARGUMENT));
    }
    fuzz_sink_free(&sink);
    return 0;
}
