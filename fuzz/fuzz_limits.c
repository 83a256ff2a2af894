/* fuzz_limits.c - libscape alone under a limit of memory: it is never passed, what it forbids ends
 * in MEMORY or has the same result, and a run is content with just what it held without one. Tail:
 * 0 task, 1 kernel, 2 to 4 the limit, 5 level. */
#include "fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_faults f = {.task = (enum fuzz_task)(in.tail[0] % FUZZ_TASK_COUNT),
                            .threads = 1,
                            .level = (enum scape_level)(in.tail[5] % 3 + 1),
                            .max_memory = FUZZ_MEMORY_LIMIT};
    const uint64_t limit =
        (in.tail[2] + ((uint64_t)in.tail[3] << 8) + ((uint64_t)in.tail[4] << 16)) %
            FUZZ_MEMORY_LIMIT +
        1;
    struct fuzz_outcome without, with;
    fuzz_use_kernel(in.tail[1]);
    fuzz_fault_run(&f, in.data, in.size, &without);
    f.max_memory = limit;
    fuzz_fault_run(&f, in.data, in.size, &with);
    FUZZ_CHECK(with.peak <= limit);
    if (without.error == SCAPE_ERROR_MEMORY) {
        FUZZ_CHECK(with.error);
    } else if (limit >= without.peak || with.error != SCAPE_ERROR_MEMORY) {
        fuzz_fault_compare(&with, &without); /* what is kept for speed alone may be given up */
    }
    fuzz_sink_free(&with.output);
    if (without.error != SCAPE_ERROR_MEMORY && without.peak != 0) {
        f.max_memory = without.peak;
        fuzz_fault_run(&f, in.data, in.size, &with);
        fuzz_fault_compare(&with, &without);
        fuzz_sink_free(&with.output);
    }
    fuzz_sink_free(&without.output);
    return 0;
}
