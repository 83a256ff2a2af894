/* engine.c - see engine.h. */
#include "engine.h"

#include <stdlib.h>

/* libscape's own copy of the standard profile. */
extern const unsigned char scape_reg_standard_profile[];
extern const size_t scape_reg_standard_profile_size;

/* MemorySanitizer takes a permute to use all lanes of its operand, and the vectors of the class
 * functions read on behind the last block: under it the portable kernel stands for all. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define UNDER_MEMORY_SANITIZER
#endif
#endif
#if defined(UNDER_MEMORY_SANITIZER)
static const char *const kernels[] = {"portable"};

/* For the harnesses that choose none. */
__attribute__((constructor)) static void use_portable(void) {
    fuzz_use_kernel(0);
}
#else
static const char *const kernels[] = {"avx512", "avx2", "portable"};
#endif
const size_t fuzz_kernel_count = sizeof kernels / sizeof *kernels;

void fuzz_use_kernel(size_t number) {
    FUZZ_CHECK(setenv("SCAPE_KERNEL", kernels[number % fuzz_kernel_count], 1) == 0);
}

void fuzz_engine_open(struct fuzz_engine *e, const uint8_t *data, size_t size, bool seekable) {
    e->source.data = data;
    e->source.size = size;
    const struct scape_ref_input input = fuzz_source_open(&e->source, seekable);
    const struct scape_ref_output output = fuzz_sink_open(&e->sink);
    e->input = (struct scape_input){input.ctx, input.read, input.read_at, input.size};
    e->output = (struct scape_output){.ctx = output.ctx, .write = output.write};
    e->profile =
        (struct scape_profile){scape_reg_standard_profile, scape_reg_standard_profile_size};
    e->options = (struct scape_decode_options){.max_content = FUZZ_CONTENT_LIMIT,
                                               .threads = 1,
                                               .profiles = &e->profile,
                                               .profile_count = 1,
                                               .hooks = {&e->memory, fuzz_allocate, fuzz_release}};
}

enum scape_error fuzz_engine_open_archive(struct fuzz_engine *e, const uint8_t *data, size_t size,
                                          struct scape_archive **archive) {
    *archive = NULL;
    fuzz_engine_open(e, data, size, true);
    e->options.max_memory = FUZZ_MEMORY_LIMIT;
    enum scape_error error = scape_archive_open(archive, &e->input, &e->options, NULL);
    FUZZ_CHECK((error == SCAPE_OK) == (*archive != NULL));
    return error;
}

void fuzz_engine_parallel(struct fuzz_engine *e) {
    e->options.parallel_input = true;
    e->output.write_at = fuzz_sink_write_at;
}

void fuzz_engine_cut(struct fuzz_engine *e, const struct scape_report *report) {
    if (e->output.write_at != NULL) {
        FUZZ_CHECK(report->content_bytes <= e->sink.size);
        e->sink.size = (size_t)report->content_bytes;
    }
}

void fuzz_engine_check(const struct fuzz_engine *e) {
    FUZZ_CHECK(e->memory.live == 0 && e->memory.count == 0);
    FUZZ_CHECK(e->options.max_memory == 0 || e->memory.peak <= e->options.max_memory);
}

enum scape_error fuzz_engine_decode(struct fuzz_engine *e, struct scape_report *report) {
    enum scape_error error = scape_decode(&e->input, &e->output, &e->options, report);
    fuzz_engine_cut(e, report);
    FUZZ_CHECK(error == report->error && report->content_bytes == e->sink.size);
    FUZZ_CHECK(e->sink.size <= FUZZ_CONTENT_LIMIT);
    /* Threads that are still at work when the report is written may hold more after it. */
    FUZZ_CHECK(report->peak_memory == e->memory.peak ||
               (e->options.threads > 1 && report->peak_memory < e->memory.peak));
    fuzz_engine_check(e);
    return error;
}
