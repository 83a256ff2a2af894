/* hostile.c - what a stranger's file could do if a bug in the decoder gave it the process:
 * preloaded into scape, it does the deed that the environment variable DEED names when the first
 * byte of a file is read, says on standard error what came of it, and lets the decoder go on.
 * Linux, where there is a dynamic linker. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static bool opens(int fd) {
    return fd >= 0 && close(fd) == 0;
}

static bool open_socket(void) {
    return opens(socket(AF_INET, SOCK_STREAM, 0));
}

static bool run_program(void) {
    return execl("/bin/echo", "echo", "program: done", (char *)NULL) == 0;
}

static bool start_process(void) {
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child > 0;
}

static bool load_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool signal_parent(void) {
    return kill(getppid(), 0) == 0;
}

static bool read_secret(void) {
    return opens(open("/etc/passwd", O_RDONLY));
}

static bool write_elsewhere(void) {
    return opens(open("elsewhere", O_WRONLY | O_CREAT, S_IRUSR | S_IWUSR));
}

static bool remove_other(void) {
    return unlink("other") == 0;
}

/* By the numbers of 32-bit programs, which mean other calls. */
static bool call_foreign(void) {
#if defined(__x86_64__)
    long result = 20; /* getpid there */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result > 0;
#else
    errno = ENOSYS;
    return false;
#endif
}

static const struct {
    const char *name;
    bool (*act)(void);
} deeds[] = {{"socket", open_socket},    {"program", run_program},  {"process", start_process},
             {"code", load_code},        {"signal", signal_parent}, {"read", read_secret},
             {"write", write_elsewhere}, {"remove", remove_other},  {"foreign", call_foreign}};

/* Once, in whatever thread reads first. */
static void do_deed(void) {
    static atomic_flag begun = ATOMIC_FLAG_INIT;
    const char *wanted = getenv("DEED");
    if (wanted == NULL || atomic_flag_test_and_set(&begun)) {
        return;
    }
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        if (strcmp(deeds[i].name, wanted) == 0) {
            bool done = deeds[i].act();
            (void)fprintf(stderr, "%s: %s\n", wanted, done ? "done" : strerror(errno));
        }
    }
}

/* ---- What a program reads files by: found by these names before the C library's own ---- */

#define SEEN __attribute__((visibility("default")))

SEEN size_t hostile_fread(void *buffer, size_t size, size_t n, FILE *file) __asm__("fread");
SEEN ssize_t hostile_pread64(int fd, void *buffer, size_t n, off_t offset) __asm__("pread64");
SEEN ssize_t hostile_pread(int fd, void *buffer, size_t n, off_t offset) __asm__("pread");

size_t hostile_fread(void *buffer, size_t size, size_t n, FILE *file) {
    size_t (*next)(void *, size_t, size_t, FILE *);
    void *address = dlsym(RTLD_NEXT, "fread");
    memcpy(&next, &address, sizeof next);
    do_deed();
    return next(buffer, size, n, file);
}

static ssize_t read_at(const char *name, int fd, void *buffer, size_t n, off_t offset) {
    ssize_t (*next)(int, void *, size_t, off_t);
    void *address = dlsym(RTLD_NEXT, name);
    memcpy(&next, &address, sizeof next);
    do_deed();
    return next(fd, buffer, n, offset);
}

ssize_t hostile_pread64(int fd, void *buffer, size_t n, off_t offset) {
    return read_at("pread64", fd, buffer, n, offset);
}

ssize_t hostile_pread(int fd, void *buffer, size_t n, off_t offset) {
    return read_at("pread", fd, buffer, n, offset);
}
