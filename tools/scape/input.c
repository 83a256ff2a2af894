/* input.c - see input.h. */
#include "input.h"
#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 1 << 16 /* reads of a small chunk each would be many */
};

bool cli_input_open(struct cli_input *in, const char *path) {
    *in = (struct cli_input){.path = path, .size = CODEC_SIZE_UNKNOWN};
    bool standard = strcmp(path, "-") == 0; /* keeps its buffer */
    in->file = standard ? stdin : fopen(path, "rb");
    if (in->file == NULL || fstat(fileno(in->file), &in->status) != 0) {
        cli_error(path, "%s", strerror(errno));
        cli_input_close(in);
        return false;
    }
    in->buffer = standard ? NULL : malloc(BUFFER_SIZE);
    if (in->buffer != NULL) {
        (void)setvbuf(in->file, in->buffer, _IOFBF, BUFFER_SIZE);
    }
    if (S_ISDIR(in->status.st_mode)) {
        cli_error(path, "is a directory");
        cli_input_close(in);
        return false;
    }
    off_t base = S_ISREG(in->status.st_mode) ? ftello(in->file) : -1;
    in->regular = base >= 0;
    if (in->regular) {
        off_t size = in->status.st_size;
        in->base = (uint64_t)base;
        in->size = size > base ? (uint64_t)(size - base) : 0;
    }
    return true;
}

void cli_input_close(struct cli_input *in) {
    if (in->file != NULL && in->file != stdin) {
        (void)fclose(in->file);
    }
    free(in->buffer);
    free(in->head);
    *in = (struct cli_input){.path = in->path};
}

static int64_t input_read(void *ctx, void *buffer, size_t n) {
    struct cli_input *in = ctx;
    size_t kept = in->head_size - in->head_taken;
    size_t got = n < kept ? n : kept;
    if (got != 0) {
        memcpy(buffer, in->head + in->head_taken, got);
        in->head_taken += got;
    }
    if (in->head != NULL && in->head_taken == in->head_size) {
        free(in->head); /* the cutter is long done */
        in->head = NULL;
        in->head_size = in->head_capacity = in->head_taken = 0;
    }
    if (got < n && !in->ended) {
        got += fread((unsigned char *)buffer + got, 1, n - got, in->file);
        in->ended = got < n;
    }
    return ferror(in->file) ? -1 : (int64_t)got;
}

int64_t cli_pread(int fd, uint64_t offset, void *buffer, size_t n) {
    size_t got = 0;
    if (offset > INT64_MAX || n > INT64_MAX - offset) {
        return -1;
    }
    while (got < n) {
        ssize_t r = pread(fd, (unsigned char *)buffer + got, n - got, (off_t)(offset + got));
        if (r == 0) {
            break;
        }
        if (r < 0 && errno != EINTR) {
            return -1;
        }
        got += r > 0 ? (size_t)r : 0;
    }
    return (int64_t)got;
}

static int64_t input_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    const struct cli_input *in = ctx;
    if (offset > (uint64_t)INT64_MAX - in->base) {
        return -1;
    }
    return cli_pread(fileno(in->file), in->base + offset, buffer, n);
}

/* Makes the head hold the first n bytes of the pipe, or all that there are. */
static bool head_fill(struct cli_input *in, size_t n) {
    if (n > in->head_capacity) {
        size_t capacity = in->head_capacity < 4096 ? 4096 : in->head_capacity;
        while (capacity < n) {
            if (capacity > SIZE_MAX / 2) {
                return false;
            }
            capacity *= 2;
        }
        unsigned char *head = realloc(in->head, capacity);
        if (head == NULL) {
            return false;
        }
        in->head = head;
        in->head_capacity = capacity;
    }
    if (in->head_size < n && !in->ended) {
        in->head_size += fread(in->head + in->head_size, 1, n - in->head_size, in->file);
        in->ended = in->head_size < n;
    }
    return !ferror(in->file);
}

static int64_t pipe_read_at(void *ctx, uint64_t offset, void *buffer, size_t n) {
    struct cli_input *in = ctx;
    if (offset > SIZE_MAX - n || !head_fill(in, (size_t)offset + n)) {
        return -1;
    }
    size_t left = offset < in->head_size ? in->head_size - (size_t)offset : 0;
    size_t got = n < left ? n : left;
    if (got != 0) {
        memcpy(buffer, in->head + offset, got);
    }
    return (int64_t)got;
}

struct codec_source cli_input_source(struct cli_input *in) {
    struct codec_source source = {.ctx = in, .read = input_read};
    if (in->regular) {
        source.read_at = input_read_at;
        source.size = in->size;
    }
    return source;
}

struct scape_source cli_input_cut_source(struct cli_input *in) {
    return (struct scape_source){in->regular ? input_read_at : pipe_read_at, in,
                                 in->regular ? in->size : SCAPE_SIZE_UNKNOWN};
}

bool cli_input_changed(const struct cli_input *in) {
    struct stat now;
    if (!in->regular) {
        return false;
    }
    return fstat(fileno(in->file), &now) != 0 || now.st_size != in->status.st_size ||
           now.st_mtim.tv_sec != in->status.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != in->status.st_mtim.tv_nsec;
}

bool cli_input_remove(const struct cli_input *in) {
    struct stat now;
    if (!in->regular || strcmp(in->path, "-") == 0) {
        return true;
    }
    if (stat(in->path, &now) != 0 || now.st_dev != in->status.st_dev ||
        now.st_ino != in->status.st_ino) {
        cli_error(in->path, "is another file now, and is not removed");
        return false;
    }
    if (remove(in->path) != 0) {
        cli_error(in->path, "cannot be removed: %s", strerror(errno));
        return false;
    }
    return true;
}

bool cli_input_load(const char *path, uint64_t most, struct codec_memory *out) {
    struct cli_input in;
    *out = (struct codec_memory){NULL, 0};
    if (!cli_input_open(&in, path)) {
        return false;
    }
    if (!in.regular || in.size > most || in.size > SIZE_MAX) {
        cli_error(path, in.regular ? "is too large" : "is no regular file");
        cli_input_close(&in);
        return false;
    }
    size_t size = (size_t)in.size;
    void *data = malloc(size != 0 ? size : 1);
    bool good = data != NULL && input_read_at(&in, 0, data, size) == (int64_t)size;
    if (!good) {
        cli_error(path, "%s", data == NULL ? "out of memory" : "cannot be read");
        free(data);
    } else {
        *out = (struct codec_memory){data, size};
    }
    cli_input_close(&in);
    return good;
}
