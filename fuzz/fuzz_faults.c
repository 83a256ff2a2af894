/* fuzz_faults.c - libscape alone while an allocation, a read or a write fails: that class, nothing
 * kept, and what was put out is the beginning of what is put out otherwise. Tail: 0 task and
 * whether threads read and write for themselves, 1 threads and kernel, 2 what fails, 3 and 4 its
 * number, 5 errno, 6 level, 7 slice of a read. */
#include "fault.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int numbers[] = {EINTR, ENOSPC, EPIPE, EIO};
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_faults f = {.task = (enum fuzz_task)(in.tail[0] % FUZZ_TASK_COUNT),
                            .threads = in.tail[1] % FUZZ_THREADS_MAX + 1U,
                            .parallel = in.tail[0] / FUZZ_TASK_COUNT % 2 != 0,
                            .level = (enum scape_level)(in.tail[6] % 3 + 1)};
    const uint64_t number = in.tail[3] + ((uint64_t)in.tail[4] << 8) + 1;
    struct fuzz_outcome without, with;
    fuzz_use_kernel(in.tail[1] / FUZZ_THREADS_MAX);
    fuzz_fault_run(&f, in.data, in.size, &without);
    f.allocation = in.tail[2] % 4 == 0 ? number : 0;
    f.read = in.tail[2] % 4 == 1 ? number : 0;
    f.write = in.tail[2] % 4 == 2 ? number : 0;
    f.slice = in.tail[7];
    f.error_number = numbers[in.tail[5] % (sizeof numbers / sizeof *numbers)];
    if (f.task != FUZZ_DECODE && f.task != FUZZ_ENCODE) {
        f.write = 0; /* the others have no callback to write */
    }
    fuzz_fault_run(&f, in.data, in.size, &with);
    fuzz_fault_compare(&with, &without);
    fuzz_sink_free(&without.output);
    fuzz_sink_free(&with.output);
    return 0;
}
