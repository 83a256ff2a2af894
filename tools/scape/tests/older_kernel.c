/* older_kernel.c - runs a program as a kernel would that knows neither landlock nor files without a
 * name (O_TMPFILE), by a filter of its system calls: what falls back shall work too.
 *
 *   scape-test-older-kernel PROGRAM ARGUMENT...     77: there is no filter here
 */
#define _GNU_SOURCE /* O_TMPFILE */
#include <stdio.h>
#include <unistd.h>

enum {
    SKIPPED = 77,
    USAGE = 2
};

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))

static bool forget_calls(void) {
    struct sock_filter program[] = {
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        LOAD(args[2]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | EOPNOTSUPP),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof program / sizeof *program, program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("scape-test-older-kernel PROGRAM ARGUMENT...\n", stderr);
        return USAGE;
    }
    if (!forget_calls()) {
        return SKIPPED;
    }
    (void)execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 1;
}

#else

int main(void) {
    return SKIPPED;
}

#endif
