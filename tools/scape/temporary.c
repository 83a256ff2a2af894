/* temporary.c - see temporary.h. */
#if defined(__linux__)
#define _GNU_SOURCE /* O_TMPFILE */
#endif
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    ATTEMPTS = 1000,
    LINK_SIZE = 32
};

/* The only state that a signal handler can reach: the name to remove and the directory that it is
 * in, valid while armed. */
static char pending_name[CLI_TEMPORARY_NAME];
static volatile sig_atomic_t pending_directory;
static volatile sig_atomic_t pending_armed;

static void on_signal(int number) {
    if (pending_armed) {
        (void)unlinkat((int)pending_directory, pending_name, 0);
    }
    (void)raise(number); /* SA_RESETHAND: now its default, once this handler has returned */
}

void cli_temporary_catch_signals(void) {
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

/* No signal may come between making a name and knowing it. */
static void block_signals(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, before);
}

static void arm(const struct cli_temporary *file) {
    memcpy(pending_name, file->name, sizeof pending_name);
    pending_directory = file->directory;
    pending_armed = 1;
}

static void forget_name(struct cli_temporary *file) {
    pending_armed = 0;
    file->name[0] = 0;
}

/* The final component of a path. */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* What others do to the path from then on changes nothing. */
static int open_directory(const char *path) {
    const size_t n = (size_t)(base_name(path) - path);
    char *directory = n == 0 ? strdup(".") : strndup(path, n);
    int fd = directory != NULL ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    return fd;
}

/* The link by which the system names an open file that has no name. */
static const char *link_to(int fd, char text[LINK_SIZE]) {
    snprintf(text, LINK_SIZE, "/proc/self/fd/%d", fd);
    return text;
}

/* A file without a name, if it can be given one later. */
static int open_nameless(int directory) {
#if defined(O_TMPFILE)
    char link[LINK_SIZE];
    struct stat own, linked;
    int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0 && (fstat(fd, &own) != 0 || stat(link_to(fd, link), &linked) != 0 ||
                    own.st_dev != linked.st_dev || own.st_ino != linked.st_ino)) {
        (void)close(fd); /* there is no /proc */
        fd = -1;
    }
    return fd;
#else
    (void)directory;
    return -1;
#endif
}

/* The name need not be secret: O_EXCL takes none that exists. */
static bool make_named(struct cli_temporary *file) {
    file->fd = openat(file->directory, file->name,
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return file->fd >= 0;
}

static bool link_nameless(const struct cli_temporary *file, const char *name) {
    char link[LINK_SIZE];
    return linkat(AT_FDCWD, link_to(file->fd, link), file->directory, name, AT_SYMLINK_FOLLOW) == 0;
}

/* A temporary name: of a new file, or for the one that has none. */
static bool take_name(struct cli_temporary *file) {
    struct timespec now = {0, 0};
    bool taken = false;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    unsigned long seed = (unsigned long)now.tv_nsec ^ (unsigned long)getpid() << 16;
    for (unsigned long i = 0; !taken && i < ATTEMPTS; i++) {
        snprintf(file->name, sizeof file->name, ".scape-%08lx", (seed + i) & 0xFFFFFFFFUL);
        taken = file->fd < 0 ? make_named(file) : link_nameless(file, file->name);
        if (!taken && errno != EEXIST) {
            break;
        }
    }
    if (taken) {
        arm(file);
    } else {
        file->name[0] = 0;
    }
    return taken;
}

struct cli_temporary cli_temporary_none(void) {
    return (struct cli_temporary){.directory = -1, .fd = -1};
}

bool cli_temporary_open(struct cli_temporary *file, const char *path) {
    sigset_t before;
    *file = cli_temporary_none();
    file->directory = open_directory(path);
    if (file->directory < 0) {
        return false;
    }
    file->fd = open_nameless(file->directory);
    if (file->fd < 0) {
        block_signals(&before);
        (void)take_name(file);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    if (file->fd < 0) {
        int error = errno;
        cli_temporary_close(file);
        errno = error;
        return false;
    }
    return true;
}

/* Fails where a file has the name. */
static bool link_final(struct cli_temporary *file, const char *name) {
    if (file->name[0] == 0) {
        return link_nameless(file, name);
    }
    if (linkat(file->directory, file->name, file->directory, name, 0) != 0) {
        return false;
    }
    (void)unlinkat(file->directory, file->name, 0);
    forget_name(file);
    return true;
}

/* Only a rename replaces a file in one step, and only what has a name can be renamed. */
static bool rename_final(struct cli_temporary *file, const char *name) {
    if ((file->name[0] == 0 && !take_name(file)) ||
        renameat(file->directory, file->name, file->directory, name) != 0) {
        return false;
    }
    forget_name(file);
    return true;
}

bool cli_temporary_publish(struct cli_temporary *file, const char *path, bool replace) {
    const char *name = base_name(path);
    sigset_t before;
    block_signals(&before);
    /* Without `replace`, a file that came to be meanwhile must survive: a link fails where a rename
     * would not. File systems without links leave the check that the caller made. */
    bool good =
        link_final(file, name) || ((replace || errno != EEXIST) && rename_final(file, name));
    int error = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (good) { /* entries are data too: without this a power cut may undo it */
        (void)fsync(file->directory);
    }
    errno = error;
    return good;
}

void cli_temporary_close(struct cli_temporary *file) {
    sigset_t before;
    block_signals(&before);
    if (file->name[0] != 0) {
        (void)unlinkat(file->directory, file->name, 0);
        forget_name(file);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    if (file->directory >= 0) {
        (void)close(file->directory);
    }
    *file = cli_temporary_none();
}
