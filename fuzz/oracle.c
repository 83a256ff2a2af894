/* oracle.c - see oracle.h. */
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

void fuzz_oracle_open(struct fuzz_oracle *o, const uint8_t *data, size_t size, bool seekable) {
    struct fuzz_source source = {.data = data, .size = size};
    const struct scape_ref_profile profile = {scape_ref_standard_profile,
                                              scape_ref_standard_profile_size};
    const struct scape_ref_options options = {.max_memory = FUZZ_MEMORY_LIMIT,
                                              .max_content = FUZZ_CONTENT_LIMIT,
                                              .profiles = &profile,
                                              .profile_count = 1};
    const struct scape_ref_input input = fuzz_source_open(&source, seekable);
    o->content = (struct fuzz_sink){.data = NULL};
    const struct scape_ref_output output = fuzz_sink_open(&o->content);
    (void)scape_ref_decode(&input, &output, &options, &o->report);
}

void fuzz_oracle_close(struct fuzz_oracle *o) {
    fuzz_sink_free(&o->content);
}

void fuzz_oracle_compare(const struct fuzz_oracle *o, enum scape_error error,
                         const uint8_t *content, size_t size) {
    size_t both = size < o->content.size ? size : o->content.size;
    FUZZ_CHECK(both == 0 || memcmp(content, o->content.data, both) == 0);
    if (error != SCAPE_ERROR_MEMORY && o->report.error != SCAPE_REF_MEMORY) {
        FUZZ_CHECK((int)error == (int)o->report.error);
        FUZZ_CHECK(size == o->content.size);
    }
}

void fuzz_oracle_compare_kernels(const struct fuzz_oracle *o, const uint8_t *data, size_t size) {
    /* Room of just the content's size: a byte written behind it is then seen. Of a bad file, room
     * for the chunk at fault, so that each kernel comes to it. */
    size_t room = o->report.error == SCAPE_REF_OK ? o->content.size : FUZZ_CONTENT_LIMIT;
    uint8_t *content = malloc(room != 0 ? room : 1);
    FUZZ_CHECK(content != NULL);
    for (size_t kernel = 0; kernel < fuzz_kernel_count; kernel++) {
        struct fuzz_engine e = {.memory.fill = (uint8_t)(0x5A + kernel)};
        struct scape_report report;
        size_t got = 0;
        fuzz_use_kernel(kernel);
        fuzz_engine_open(&e, data, size, true);
        enum scape_error error =
            scape_decompress(data, size, content, room, &got, &e.options, &report);
        FUZZ_CHECK(error == report.error && got <= room);
        fuzz_engine_check(&e);
        fuzz_oracle_compare(o, error, content, got);
    }
    free(content);
}
