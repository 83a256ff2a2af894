/* output.c - see output.h. */
#include "output.h"
#include "message.h"
#include "sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    GATHERED = 1 << 16 /* bytes of a file that are written at a time, so that small ones do not cost
                          a call each, and pages are written whole */
};

char *cli_path_join(const char *directory, const char *name) {
    size_t n = strlen(directory);
    size_t size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s%s%s", directory, n != 0 && directory[n - 1] == '/' ? "" : "/",
                 name);
    }
    return path;
}

bool cli_path_is_directory(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

char *cli_text_copy(const char *text, size_t n) {
    char *copy = malloc(n + 1);
    if (copy != NULL) {
        memcpy(copy, text, n);
        copy[n] = 0;
    }
    return copy;
}

static bool open_standard(struct cli_output *out, const struct cli_output_options *o) {
    out->fd = STDOUT_FILENO;
    if (o->binary && !o->force && isatty(STDOUT_FILENO)) {
        cli_error(NULL,
                  "binary data is not written to a terminal; -f forces it, -o FILE avoids it");
        return false;
    }
    return true;
}

/* A device or a pipe, which is written in place: not what took its name meanwhile. */
static int open_in_place(const char *path, const struct stat *expected) {
    struct stat status;
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_dev != expected->st_dev ||
                    status.st_ino != expected->st_ino)) {
        (void)close(fd);
        errno = EBUSY;
        return -1;
    }
    return fd;
}

static bool is_same_file(const struct stat *a, const struct cli_input *input) {
    return input != NULL && input->regular && a->st_dev == input->status.st_dev &&
           a->st_ino == input->status.st_ino;
}

static bool open_named(struct cli_output *out, const struct cli_output_options *o) {
    struct stat status;
    bool there = stat(out->path, &status) == 0;
    if (there && S_ISDIR(status.st_mode)) {
        cli_error(out->path, "is a directory");
        return false;
    }
    if (there && is_same_file(&status, o->input)) {
        cli_error(out->path, "is the input itself");
        return false;
    }
    if (there && !S_ISREG(status.st_mode)) {
        out->fd = open_in_place(out->path, &status);
    } else if ((there || lstat(out->path, &status) == 0) && !o->force) {
        cli_error(out->path, "exists already; -f overwrites it");
        return false;
    } else {
        out->fd = cli_temporary_open(&out->temporary, out->path) ? out->temporary.fd : -1;
        out->gathered = malloc(GATHERED); /* NULL: nothing is gathered */
        out->sparse = o->sparse;
    }
    if (out->fd < 0) {
        cli_error(out->path, "cannot be written: %s", strerror(errno));
        return false;
    }
    if (o->binary && !o->force && isatty(out->fd)) {
        cli_error(out->path, "is a terminal; -f writes binary data to it");
        return false;
    }
    return true;
}

static struct cli_output closed(void) {
    return (struct cli_output){
        .fd = -1, .temporary = cli_temporary_none(), .lock = PTHREAD_MUTEX_INITIALIZER};
}

bool cli_output_is_file(const struct cli_output *out) {
    return out->temporary.fd >= 0;
}

bool cli_output_open(struct cli_output *out, const char *path,
                     const struct cli_output_options *options) {
    *out = closed();
    out->force = options->force;
    if (strcmp(path, "-") == 0) {
        return open_standard(out, options);
    }
    out->path = cli_text_copy(path, strlen(path));
    if (out->path == NULL) {
        cli_error(path, "out of memory");
        return false;
    }
    bool good = open_named(out, options);
    if (!good) {
        cli_output_abort(out);
    }
    return good;
}

static int write_through(struct cli_output *out, const void *data, size_t n) {
    const unsigned char *at = data;
    if (out->sparse) {
        bool good = cli_sparse_write(out->fd, out->written, data, n);
        out->error = good ? out->error : errno;
        out->written += good ? n : 0;
        return good ? 0 : -1;
    }
    while (n != 0) {
        ssize_t w = write(out->fd, at, n);
        if (w < 0 && errno != EINTR) {
            out->error = errno;
            return -1;
        }
        at += w > 0 ? w : 0;
        n -= w > 0 ? (size_t)w : 0;
        out->written += w > 0 ? (uint64_t)w : 0;
    }
    return 0;
}

static int write_gathered(struct cli_output *out) {
    size_t n = out->gathered_size;
    out->gathered_size = 0;
    return n == 0 ? 0 : write_through(out, out->gathered, n);
}

/* Gathers bytes up to the next multiple of GATHERED. */
static int output_write(void *ctx, const void *data, size_t n) {
    struct cli_output *out = ctx;
    const unsigned char *at = data;
    int result = 0;
    while (n != 0 && result == 0) {
        uint64_t place = out->written + out->gathered_size;
        size_t room = GATHERED - (size_t)(place % GATHERED);
        if (out->gathered == NULL || (out->gathered_size == 0 && n >= room)) {
            return write_through(out, at, n);
        }
        size_t step = n < room ? n : room;
        memcpy(out->gathered + out->gathered_size, at, step);
        out->gathered_size += step;
        at += step;
        n -= step;
        result = step == room ? write_gathered(out) : 0;
    }
    return result;
}

/* Notes the end of what was written, or the first error. */
static int note_written(struct cli_output *out, uint64_t end, int error) {
    (void)pthread_mutex_lock(&out->lock);
    if (error == 0 && end > out->written) {
        out->written = end;
    }
    out->error = out->error == 0 ? error : out->error;
    (void)pthread_mutex_unlock(&out->lock);
    return error == 0 ? 0 : -1;
}

/* What is written at offsets is not gathered. */
static int output_write_at(void *ctx, uint64_t offset, const void *data, size_t n) {
    struct cli_output *out = ctx;
    bool good = out->sparse ? cli_sparse_write(out->fd, offset, data, n)
                            : cli_pwrite(out->fd, offset, data, n);
    return note_written(out, offset + n, good ? 0 : errno);
}

struct codec_target cli_output_target(struct cli_output *out) {
    return (struct codec_target){out, output_write,
                                 cli_output_is_file(out) ? output_write_at : NULL};
}

FILE *cli_output_reread(struct cli_output *out) {
    bool there = cli_output_is_file(out) && write_gathered(out) == 0;
    int fd = there ? fcntl(out->fd, F_DUPFD_CLOEXEC, 0) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (fd >= 0 && file == NULL) {
        (void)close(fd);
    }
    if (file != NULL) {
        rewind(file);
    }
    return file;
}

/* The mode and times of the input, or those of any new file. */
static bool copy_attributes(const struct cli_output *out, const struct cli_input *input) {
    mode_t mode;
    if (input != NULL && input->regular) {
        const struct timespec times[2] = {input->status.st_atim, input->status.st_mtim};
        (void)futimens(out->fd, times); /* nicety: some file systems have no such times */
        mode = input->status.st_mode & 0777;
    } else {
        mode_t mask = umask(0);
        (void)umask(mask);
        mode = 0666 & ~mask;
    }
    return fchmod(out->fd, mode) == 0;
}

bool cli_output_commit(struct cli_output *out, const struct cli_input *input) {
    bool good = true;
    if (cli_output_is_file(out)) {
        good = write_gathered(out) == 0 &&
               (!out->sparse || ftruncate(out->fd, (off_t)out->written) == 0) &&
               copy_attributes(out, input) && fsync(out->fd) == 0 &&
               cli_temporary_publish(&out->temporary, out->path, out->force);
    } else if (out->path != NULL) {
        good = close(out->fd) == 0;
        out->fd = -1;
    }
    if (!good) {
        cli_error(out->path, "cannot be written: %s", strerror(errno));
    }
    cli_output_abort(out);
    return good;
}

void cli_output_abort(struct cli_output *out) {
    if (cli_output_is_file(out)) {
        cli_temporary_close(&out->temporary);
    } else if (out->fd >= 0 && out->path != NULL) {
        (void)close(out->fd);
    }
    free(out->gathered);
    free(out->path);
    *out = closed();
}
