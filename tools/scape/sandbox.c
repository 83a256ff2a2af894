/* sandbox.c - see sandbox.h. Landlock and seccomp by system call: no library is needed. */
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

/* A sanitizer's leak check starts a process that traces this one. */
#if defined(__linux__) && defined(__has_include) && !defined(SANITIZED)
#if __has_include(<linux/landlock.h>) && __has_include(<linux/seccomp.h>)
#define HAVE_SANDBOX
#endif
#endif

#if defined(HAVE_SANDBOX)

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All rights of landlock's first version; later ones add none that matter here. */
enum {
    MAKES = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
            LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
            LANDLOCK_ACCESS_FS_READ_DIR,
    EVERY = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1
};

struct cli_sandbox_plan cli_sandbox_plan(void) {
    const struct landlock_ruleset_attr attributes = {.handled_access_fs = EVERY};
    const char *wanted = getenv("SCAPE_SANDBOX");
    struct cli_sandbox_plan plan = {-1};
    if (wanted == NULL || strcmp(wanted, "off") != 0) {
        plan.ruleset =
            (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0U);
    }
    return plan;
}

static void allow(struct cli_sandbox_plan *plan, const char *path, uint64_t access) {
    struct stat status;
    int fd = plan->ruleset >= 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
        access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    }
    const struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    (void)syscall(SYS_landlock_add_rule, plan->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
    (void)close(fd);
}

void cli_sandbox_allow_read(struct cli_sandbox_plan *plan, const char *path) {
    allow(plan, path, LANDLOCK_ACCESS_FS_READ_FILE);
}

void cli_sandbox_allow_output(struct cli_sandbox_plan *plan, const char *path) {
    char directory[PATH_MAX];
    struct stat status;
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (strcmp(path, "-") == 0 || n >= sizeof directory) {
        return;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        allow(plan, path, LANDLOCK_ACCESS_FS_WRITE_FILE);
        return;
    }
    memcpy(directory, n != 0 ? path : ".", n != 0 ? n : 1);
    directory[n != 0 ? n : 1] = '\0';
    allow(plan, directory, MAKES);
}

/* ---- System calls ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined(ARCHITECTURE)

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define DENY(error)   ANSWER(SECCOMP_RET_ERRNO | (error))
/* The call of this number is denied. */
#define NEVER(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), DENY(EPERM)
/* The call of this number is denied when `bits` of its argument are (1) or are not (0) set. */
#define NEVER_IF(number, argument, bits, set)                                                      \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4), LOAD(args[argument]),                     \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), !(set), (set)), DENY(EPERM),                  \
        ANSWER(SECCOMP_RET_ALLOW)

/* A list of what is denied: what a C library calls for reading, writing, memory and threads differs
 * from one to the next, but none of them needs these. Little-endian: an argument's low half is
 * at its start. */
static bool deny_calls(void) {
    static const struct sock_filter program[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#if defined(__x86_64__)
        /* The x32 numbers would pass by the list. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1),
        DENY(ENOSYS),
        NEVER(SYS_fork),
        NEVER(SYS_vfork),
#endif
        /* Its flags are in memory, which no filter sees; the C library then takes clone. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        DENY(ENOSYS),
        NEVER(SYS_execve),
        NEVER(SYS_execveat),
        NEVER(SYS_ptrace),
        NEVER(SYS_process_vm_readv),
        NEVER(SYS_process_vm_writev),
        NEVER(SYS_socket),
        NEVER(SYS_socketpair),
        NEVER(SYS_connect),
        NEVER(SYS_bind),
        NEVER(SYS_mount),
        NEVER(SYS_umount2),
        NEVER(SYS_pivot_root),
        NEVER(SYS_chroot),
        NEVER(SYS_unshare),
        NEVER(SYS_setns),
        NEVER(SYS_bpf),
        NEVER(SYS_perf_event_open),
        NEVER(SYS_userfaultfd),
        NEVER(SYS_io_uring_setup),
        NEVER(SYS_keyctl),
        NEVER(SYS_add_key),
        NEVER(SYS_request_key),
        NEVER(SYS_memfd_create),
        NEVER(SYS_open_by_handle_at),
        NEVER(SYS_init_module),
        NEVER(SYS_finit_module),
        NEVER(SYS_kexec_load),
        NEVER(SYS_kill),
        NEVER(SYS_tkill),
        NEVER(SYS_personality),
        NEVER_IF(SYS_clone, 0, CLONE_THREAD, 0),
        NEVER_IF(SYS_mmap, 2, PROT_EXEC, 1),
        NEVER_IF(SYS_mprotect, 2, PROT_EXEC, 1),
        NEVER(SYS_pkey_mprotect),
        ANSWER(SECCOMP_RET_ALLOW)
    };
    const struct sock_fprog filter = {sizeof program / sizeof *program,
                                      (struct sock_filter *)(uintptr_t)program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &filter) == 0;
}

#else

static bool deny_calls(void) {
    return false;
}

#endif

struct cli_sandbox cli_sandbox_enter(struct cli_sandbox_plan *plan) {
    const char *wanted = getenv("SCAPE_SANDBOX");
    struct cli_sandbox done = {false, false};
    if (wanted != NULL && strcmp(wanted, "off") == 0) {
        return done;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        done.files =
            plan->ruleset >= 0 && syscall(SYS_landlock_restrict_self, plan->ruleset, 0U) == 0;
        done.calls = deny_calls();
    }
    if (plan->ruleset >= 0) {
        (void)close(plan->ruleset);
        plan->ruleset = -1;
    }
    return done;
}

#else

struct cli_sandbox_plan cli_sandbox_plan(void) {
    return (struct cli_sandbox_plan){-1};
}

void cli_sandbox_allow_read(struct cli_sandbox_plan *plan, const char *path) {
    (void)plan;
    (void)path;
}

void cli_sandbox_allow_output(struct cli_sandbox_plan *plan, const char *path) {
    (void)plan;
    (void)path;
}

struct cli_sandbox cli_sandbox_enter(struct cli_sandbox_plan *plan) {
    (void)plan;
    return (struct cli_sandbox){false, false};
}

#endif
