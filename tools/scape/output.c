/* output.c - see output.h. */
#include "output.h"
#include "message.h"
#include "sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TEMPORARY_SIZE = 32,
    ATTEMPTS = 1000
};

/* The only state that a signal handler can reach: the name to remove and the directory that it is
 * in, valid while armed. */
static char pending_name[TEMPORARY_SIZE];
static volatile sig_atomic_t pending_directory;
static volatile sig_atomic_t pending_armed;

static void on_signal(int number) {
    if (pending_armed) {
        (void)unlinkat((int)pending_directory, pending_name, 0);
    }
    (void)raise(number); /* SA_RESETHAND: now its default, once this handler has returned */
}

void cli_output_catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[i], &action, NULL);
        }
    }
}

/* No signal may come between making the file and knowing its name. */
static void block_signals(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, before);
}

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

/* The final component of a path. */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The directory of the final name, opened once: what others do to the path from then on changes
 * nothing. */
static int open_directory(const char *path) {
    const size_t n = (size_t)(base_name(path) - path);
    char *directory = n == 0 ? cli_text_copy(".", 1) : cli_text_copy(path, n);
    int fd = directory != NULL ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    return fd;
}

/* A new file in that directory, that no one can have put or linked there before. The name need not
 * be secret: O_EXCL takes none that exists. */
static bool open_temporary(struct cli_output *out) {
    struct timespec now = {0, 0};
    sigset_t before;
    out->directory = open_directory(out->path);
    out->temporary = malloc(TEMPORARY_SIZE);
    if (out->directory < 0 || out->temporary == NULL) {
        return false;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    unsigned long seed = (unsigned long)now.tv_nsec ^ (unsigned long)getpid() << 16;
    block_signals(&before);
    for (unsigned long i = 0; out->fd < 0 && i < ATTEMPTS; i++) {
        snprintf(out->temporary, TEMPORARY_SIZE, ".scape-%08lx", (seed + i) & 0xFFFFFFFFUL);
        out->fd = openat(out->directory, out->temporary,
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (out->fd < 0 && errno != EEXIST) {
            break;
        }
    }
    if (out->fd >= 0) {
        memcpy(pending_name, out->temporary, TEMPORARY_SIZE);
        pending_directory = out->directory;
        pending_armed = 1;
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return out->fd >= 0;
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
        (void)open_temporary(out);
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

bool cli_output_open(struct cli_output *out, const char *path,
                     const struct cli_output_options *options) {
    *out = (struct cli_output){.fd = -1, .directory = -1, .force = options->force};
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

static int output_write(void *ctx, const void *data, size_t n) {
    struct cli_output *out = ctx;
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

struct codec_target cli_output_target(struct cli_output *out) {
    return (struct codec_target){out, output_write};
}

FILE *cli_output_reopen(const struct cli_output *out) {
    int fd = out->temporary != NULL
                 ? openat(out->directory, out->temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
                 : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (fd >= 0 && file == NULL) {
        (void)close(fd);
    }
    return file;
}

/* Without force, a file that came to be meanwhile must survive: link fails where rename would not.
 * File systems without links leave the check made at the start. Neither follows a link that has
 * the final name. */
static bool publish(const struct cli_output *out) {
    const char *name = base_name(out->path);
    const int at = out->directory;
    if (!out->force && linkat(at, out->temporary, at, name, 0) == 0) {
        return unlinkat(at, out->temporary, 0) == 0;
    }
    if (!out->force && errno == EEXIST) {
        return false;
    }
    return renameat(at, out->temporary, at, name) == 0;
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
    if (out->temporary != NULL) {
        sigset_t before;
        int fd = out->fd;
        good = (!out->sparse || ftruncate(fd, (off_t)out->written) == 0) &&
               copy_attributes(out, input) && fsync(fd) == 0;
        out->fd = -1;
        good = close(fd) == 0 && good;
        block_signals(&before);
        good = good && publish(out);
        if (good) {
            pending_armed = 0;
            free(out->temporary);
            out->temporary = NULL;
        }
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        if (good) { /* entries are data too: without this a power cut may undo the rename */
            (void)fsync(out->directory);
        }
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
    if (out->fd >= 0 && out->path != NULL) {
        (void)close(out->fd);
    }
    if (out->temporary != NULL) {
        sigset_t before;
        block_signals(&before);
        if (pending_armed) {
            (void)unlinkat(out->directory, out->temporary, 0);
            pending_armed = 0;
        }
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    if (out->directory >= 0) {
        (void)close(out->directory);
    }
    free(out->temporary);
    free(out->path);
    *out = (struct cli_output){.fd = -1, .directory = -1};
}
