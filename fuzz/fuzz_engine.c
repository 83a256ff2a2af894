/* fuzz_engine.c - any bytes under any plan of regions, or cut as the container that they are: by
 * level, libscape gives the reference's frame with any number of threads, and it decodes to them;
 * frames of named methods, which only the reference makes, decode too. Tail: plan.h; 7 copies of
 * the input (bits 0 to 4), slice of a read (5), whether it is cut as a container (6), threads (7).
 */
#include "both.h"
#include "plan.h"

static struct fuzz_plan plan;

/* By a method: the frame is the reference's alone. */
static void check_method(void) {
    struct fuzz_memory memory = {.fill = 0};
    struct fuzz_source source = {.slice = 0};
    struct fuzz_sink frame = {.data = NULL};
    struct fuzz_oracle want;
    enum scape_ref_error error = fuzz_plan_encode(&plan, &memory, &source, &frame);
    FUZZ_CHECK(!error || (plan.lacks_profile && error == SCAPE_REF_BAD_ARGUMENT));
    if (!error) {
        fuzz_oracle_open(&want, frame.data, frame.size, true);
        FUZZ_CHECK(want.report.error == SCAPE_REF_OK && want.content.size == plan.size);
        fuzz_oracle_compare_kernels(&want, frame.data, frame.size);
        fuzz_oracle_close(&want);
    }
    fuzz_sink_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct fuzz_input in = fuzz_input_open(data, size);
    struct fuzz_sink frame = {.data = NULL};
    struct fuzz_plan_cut *cut = NULL;
    fuzz_plan_make(&plan, &in, (in.tail[7] & 31) + (size_t)1);
    if (in.tail[7] & 64) {
        cut = fuzz_plan_cut(&plan);
    }
    if (plan.options.method) {
        check_method();
    } else {
        const struct fuzz_both both = {.content = plan.content,
                                       .size = plan.size,
                                       .options = plan.options,
                                       .threads = in.tail[7] & 128 ? FUZZ_THREADS_MAX : 1,
                                       .slice = in.tail[7] & 32 ? 777 : 0};
        FUZZ_CHECK(fuzz_both_encode(&both, &frame) == SCAPE_REF_OK);
    }
    fuzz_sink_free(&frame);
    fuzz_plan_uncut(cut);
    return 0;
}
