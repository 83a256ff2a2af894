/* test_fault_files.c - every allocation and read of decoding a file, each once, fails, in the
 * reference and in libscape: as a stream, in memory, from a handle and by the index; and so does
 * the decoding under less memory than it needs. For the files of folders that are not long. */
#include "access.h"
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_SIZE_MAX = 1 << 15,
    PATH_SIZE = 4096,
    LIMITS = 24, /* of memory, for each task */
    CONTENT_MAX = 1 << 18
};

struct run {
    struct fuzz_memory memory;
    struct fuzz_source source;
    struct fuzz_sink sink;
    uint64_t max_memory; /* 0: FUZZ_MEMORY_LIMIT */
    struct scape_ref_profile profile;
    struct scape_ref_options options;
    struct scape_ref_input input;
    struct scape_ref_output output;
};

static enum scape_ref_error decode(struct run *r) {
    return scape_ref_decode(&r->input, &r->output, &r->options, NULL);
}

static enum scape_ref_error decode_pipe(struct run *r) {
    r->input.read_at = NULL;
    return decode(r);
}

/* Each frame's regions, the last of them by its name, and its content. */
static enum scape_ref_error access_frame(struct scape_ref_access *a, struct run *r, size_t frame) {
    struct scape_ref_region region = {.length = 0};
    uint8_t name[SCAPE_REF_NAME_MAX];
    size_t name_length = 0;
    bool more = true;
    enum scape_ref_error error = scape_ref_access_load(a, frame);
    while (!error && more) {
        error = scape_ref_access_next_region(a, &region, &more);
        if (!error && more && region.name_length != 0) {
            name_length = region.name_length;
            memcpy(name, region.name, name_length);
        }
    }
    if (!error && name_length != 0) {
        error = scape_ref_access_find(a, name, name_length, &region);
        error = error ? error : scape_ref_access_load(a, frame);
    }
    if (error) {
        return error;
    }
    const uint64_t size = scape_ref_access_frame(a, frame)->trailer.content_size;
    return scape_ref_access_read(a, 0, size < CONTENT_MAX ? size : CONTENT_MAX, &r->output);
}

static enum scape_ref_error access_all(struct run *r) {
    struct scape_ref_access a;
    enum scape_ref_error error = scape_ref_access_open(&a, &r->input, &r->options);
    if (error) {
        return error;
    }
    for (size_t i = 0; !error && i < a.frame_count; i++) {
        error = access_frame(&a, r, i);
    }
    scape_ref_access_close(&a);
    return error;
}

typedef enum scape_ref_error decoding(struct run *r);

static enum scape_ref_error run(struct run *r, decoding *what, const uint8_t *data, size_t size) {
    r->source.data = data;
    r->source.size = size;
    r->source.error_number = EIO;
    r->profile = (struct scape_ref_profile){scape_ref_standard_profile, 0};
    r->profile.size = scape_ref_standard_profile_size;
    uint64_t limit = r->max_memory != 0 ? r->max_memory : FUZZ_MEMORY_LIMIT;
    r->options = (struct scape_ref_options){.max_memory = limit,
                                            .max_content = FUZZ_CONTENT_LIMIT,
                                            .profiles = &r->profile,
                                            .profile_count = 1,
                                            .hooks = fuzz_hooks(&r->memory)};
    r->input = fuzz_source_open(&r->source, true);
    r->output = fuzz_sink_open(&r->sink);
    enum scape_ref_error error = what(r);
    FUZZ_CHECK(r->memory.live == 0);
    return error;
}

static void check(struct run *r, enum scape_ref_error error, enum scape_ref_error want,
                  const struct fuzz_sink *whole) {
    FUZZ_CHECK(error == want && r->sink.size <= whole->size);
    FUZZ_CHECK(r->sink.size == 0 || memcmp(r->sink.data, whole->data, r->sink.size) == 0);
    fuzz_sink_free(&r->sink);
}

/* What it held is enough, and no byte of it may be missing. */
static void limit_reference(decoding *what, const uint8_t *data, size_t size,
                            const struct fuzz_sink *whole, uint64_t peak) {
    if (peak <= 1) {
        return;
    }
    struct run enough = {.max_memory = peak}, less = {.max_memory = peak - 1};
    enum scape_ref_error error = run(&enough, what, data, size);
    FUZZ_CHECK(enough.sink.size == whole->size && enough.memory.peak == peak);
    check(&enough, error, error, whole);
    error = run(&less, what, data, size);
    check(&less, error, SCAPE_REF_MEMORY, whole);
}

static void fail_reference(decoding *what, const uint8_t *data, size_t size) {
    struct run whole = {.memory.fill = 0};
    (void)run(&whole, what, data, size);
    limit_reference(what, data, size, &whole.sink, whole.memory.peak);
    for (uint64_t n = 1; n <= whole.memory.calls; n++) {
        struct run r = {.memory = {.fill = 0xA5, .fail_at = n}};
        enum scape_ref_error error = run(&r, what, data, size);
        check(&r, error, SCAPE_REF_NO_MEMORY, &whole.sink);
    }
    for (uint64_t n = 1; n <= whole.source.calls; n++) {
        for (int how = FUZZ_READ_ERROR; how <= FUZZ_READ_END; how++) {
            struct run r = {.source = {.fail_at = n, .how = (enum fuzz_read_fault)how}};
            enum scape_ref_error error = run(&r, what, data, size);
            /* A pipe may have come to its end. */
            check(&r, error, how == FUZZ_READ_END ? error : SCAPE_REF_IO, &whole.sink);
        }
    }
    for (uint64_t n = 1; n <= whole.sink.calls; n++) {
        struct run r = {.sink = {.fail_at = n}};
        enum scape_ref_error error = run(&r, what, data, size);
        check(&r, error, SCAPE_REF_IO, &whole.sink);
    }
    fuzz_sink_free(&whole.sink);
}

/* Under limits from little to nearly enough: MEMORY, or what is given without one. */
static void limit_memory(struct fuzz_faults f, const uint8_t *data, size_t size,
                         const struct fuzz_outcome *whole) {
    for (uint64_t step = 1; step < LIMITS; step++) {
        struct fuzz_outcome outcome;
        f.max_memory = whole->peak * step / LIMITS + 1;
        fuzz_fault_run(&f, data, size, &outcome);
        FUZZ_CHECK(outcome.peak <= f.max_memory);
        FUZZ_CHECK(outcome.error == SCAPE_ERROR_MEMORY || outcome.error == whole->error);
        fuzz_sink_free(&outcome.output);
    }
}

static void fail_file(const uint8_t *data, size_t size) {
    fail_reference(decode, data, size);
    fail_reference(decode_pipe, data, size);
    fail_reference(access_all, data, size);
    for (int task = FUZZ_DECODE; task <= FUZZ_ARCHIVE; task++) {
        const struct fuzz_faults f = {.task = (enum fuzz_task)task, .threads = 1};
        struct fuzz_outcome whole;
        fuzz_fault_every(&f, data, size, &whole);
        limit_memory(f, data, size, &whole);
        fuzz_sink_free(&whole.output);
    }
}

static void fail_path(const char *path) {
    static uint8_t data[FILE_SIZE_MAX];
    FILE *f = fopen(path, "rb");
    FUZZ_CHECK(f != NULL);
    size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    if (size < sizeof data) {
        printf("%s\n", path);
        fflush(stdout);
        fail_file(data, size);
    }
}

static bool fail_folder(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[PATH_SIZE];
        int n = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        FUZZ_CHECK(n > 0 && (size_t)n < sizeof path);
        if (entries[i]->d_name[0] != '.') {
            fail_path(path);
        }
        free(entries[i]);
    }
    free(entries);
    return count > 0;
}

int main(int argc, char **argv) {
    bool good = argc > 1;
    for (int i = 1; i < argc; i++) {
        good = fail_folder(argv[i]) && good;
    }
    return good ? 0 : 1;
}
