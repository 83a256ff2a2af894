/* test_sandbox.c - the sandbox blocks what it says, and leaves what decoding needs. Its own
 * process, as there is no way out; 77 where the kernel or the machine has none. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static void expect(bool good, const char *what) {
    printf("%s %s\n", good ? "ok    " : "FAILED", what);
    failures += good ? 0 : 1;
}

static bool can_open(const char *path, int flags) {
    int fd = open(path, flags, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static void *set_flag(void *flag) {
    *(bool *)flag = true;
    return NULL;
}

static void check_threads(void) {
    pthread_t thread;
    bool ran = false;
    bool started = pthread_create(&thread, NULL, set_flag, &ran) == 0;
    expect(started && pthread_join(thread, NULL) == 0 && ran, "threads still start");
}

static void check_files(void) {
    expect(can_open("given", O_RDONLY), "the input can be read");
    expect(!can_open("other", O_RDONLY) && errno == EACCES, "another file cannot be read");
    expect(!can_open("/etc/passwd", O_RDONLY) && errno == EACCES, "/etc/passwd cannot be read");
    expect(can_open("out/new", O_RDWR | O_CREAT | O_EXCL),
           "a file can be made in the output folder");
    expect(rename("out/new", "out/final") == 0, "and renamed there");
    expect(unlink("out/final") == 0, "and removed");
    expect(!can_open("new", O_RDWR | O_CREAT) && errno == EACCES, "nowhere else");
    expect(!can_open("other", O_WRONLY) && errno == EACCES, "another file cannot be written");
    expect(unlink("other") != 0 && errno == EACCES, "nor removed");
    expect(rename("given", "out/given") != 0, "nor moved");
    expect(mkdir("out/folder", S_IRWXU) != 0 && errno == EACCES, "no folder can be made");
    expect(symlink("given", "out/link") != 0 && errno == EACCES, "no link can be made");
}

static void check_calls(void) {
    char *const arguments[] = {(char *)"/bin/true", NULL};
    expect(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM, "no socket");
    expect(execv("/bin/true", arguments) < 0, "no other program");
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    expect(child < 0 && errno == EPERM, "no process");
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(memory == MAP_FAILED && errno == EPERM, "no executable memory");
    memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(memory != MAP_FAILED, "memory");
    expect(mprotect(memory, 4096, PROT_READ | PROT_EXEC) != 0 && errno == EPERM,
           "none that becomes executable");
    expect(kill(getppid(), 0) != 0 && errno == EPERM, "no signal to others");
}

int main(void) {
    char folder[] = "/tmp/scape-sandbox-XXXXXX";
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("out", S_IRWXU) != 0 ||
        !can_open("given", O_WRONLY | O_CREAT) || !can_open("other", O_WRONLY | O_CREAT)) {
        perror("test_sandbox");
        return 1;
    }
    /* What follows runs in a child, so that the folder can be removed. */
    pid_t child = fork();
    if (child == 0) {
        struct cli_sandbox_plan plan = cli_sandbox_plan();
        cli_sandbox_allow_read(&plan, "given");
        cli_sandbox_allow_output(&plan, "out/final");
        struct cli_sandbox have = cli_sandbox_enter(&plan);
        printf("landlock: %s, seccomp: %s\n", have.files ? "yes" : "no", have.calls ? "yes" : "no");
        if (have.files) {
            check_files();
        }
        if (have.calls) {
            check_calls();
        }
        check_threads();
        fflush(stdout);
        _exit(failures != 0 ? 1 : have.files || have.calls ? 0 : 77);
    }
    int status = 1;
    (void)waitpid(child, &status, 0);
    (void)unlink("given");
    (void)unlink("other");
    (void)rmdir("out");
    (void)rmdir(folder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
