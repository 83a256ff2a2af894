/* file_io.c - see file_io.h. Reading back uses pread, which leaves the stream's position alone. */
#include "file_io.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t file_read(void *ctx, void *buffer, size_t n) {
    struct scape_ref_file_input *state = ctx;
    size_t got = fread(buffer, 1, n, state->file);
    return got < n && ferror(state->file) ? -1 : (int64_t)got;
}

static int64_t file_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct scape_ref_file_input *state = ctx;
    if (offset > (uint64_t)INT64_MAX - state->base) {
        return -1;
    }
    for (;;) {
        ssize_t got = pread(fileno(state->file), buffer, n, (off_t)(state->base + offset));
        if (got >= 0 || errno != EINTR) {
            return got;
        }
    }
}

static int file_write(void *ctx, const void *data, size_t n) {
    return fwrite(data, 1, n, ctx) == n ? 0 : -1;
}

struct scape_ref_input scape_ref_file_input_open(struct scape_ref_file_input *state, FILE *file) {
    struct scape_ref_input input = {.ctx = state, .read = file_read};
    *state = (struct scape_ref_file_input){file, 0};
    struct stat status;
    off_t base = ftello(file);
    if (base >= 0 && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)) {
        state->base = (uint64_t)base;
        input.read_at = file_read_at;
        input.size = status.st_size > base ? (uint64_t)(status.st_size - base) : 0;
    }
    return input;
}

struct scape_ref_output scape_ref_file_output_open(FILE *file) {
    return (struct scape_ref_output){file, file_write};
}
