/* bench_external.c - programs of others in the benchmark: a shell command is given the input by a
 * pipe, and its output is taken from another. Depends on POSIX. */
#include "bench.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool cli_external_parse(const char *text, struct bench_external *out) {
    const char *pack = strchr(text, ':');
    const char *unpack = pack != NULL ? strchr(pack + 1, ':') : NULL;
    *out = (struct bench_external){NULL, NULL, NULL};
    if (unpack == NULL || pack == text || pack - text > 60 || unpack == pack + 1 ||
        unpack[1] == 0) {
        cli_error("--external", "'%.60s' is not NAME:PACK:UNPACK", text);
        return false;
    }
    out->name = cli_text_copy(text, (size_t)(pack - text));
    out->pack = cli_text_copy(pack + 1, (size_t)(unpack - pack - 1));
    out->unpack = cli_text_copy(unpack + 1, strlen(unpack + 1));
    if (out->name == NULL || out->pack == NULL || out->unpack == NULL) {
        cli_error(NULL, "out of memory");
        cli_external_free(out);
        return false;
    }
    return true;
}

void cli_external_free(struct bench_external *e) {
    free(e->name);
    free(e->pack);
    free(e->unpack);
    *e = (struct bench_external){NULL, NULL, NULL};
}

/* The child: never returns. */
static void become(const char *command, const int in[2], const int out[2]) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGPIPE, &action, NULL);
    if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        (void)close(out[0]);
        (void)close(out[1]);
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(127);
}

/* Gives what the pipe takes; closes it behind the last byte, or when nobody reads. */
static void feed(int *fd, const struct codec_memory *input, size_t *given) {
    ssize_t n = write(*fd, (const unsigned char *)input->data + *given, input->size - *given);
    *given += n > 0 ? (size_t)n : 0;
    if (*given == input->size || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* Takes what there is; closes at the end. False: out of memory. */
static bool take(int *fd, struct cli_memory_writer *output) {
    static unsigned char buffer[1 << 18];
    ssize_t n = read(*fd, buffer, sizeof buffer);
    if (n > 0) {
        return cli_memory_append(output, buffer, (size_t)n);
    }
    if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        (void)close(*fd);
        *fd = -1;
    }
    return true;
}

static bool exchange(int to, int from, const struct codec_memory *input,
                     struct cli_memory_writer *output) {
    size_t given = 0;
    bool good = true;
    if (input->size == 0) {
        (void)close(to);
        to = -1;
    }
    while (from >= 0 && good) {
        struct pollfd fds[2] = {{from, POLLIN, 0}, {to, POLLOUT, 0}};
        if (poll(fds, to >= 0 ? 2 : 1, -1) < 0 && errno != EINTR) {
            break;
        }
        if (fds[0].revents != 0) {
            good = take(&from, output);
        }
        if (to >= 0 && fds[1].revents != 0) {
            feed(&to, input, &given);
        }
    }
    if (to >= 0) {
        (void)close(to);
    }
    if (from >= 0) {
        (void)close(from);
    }
    return good;
}

static bool start(const char *command, pid_t *child, int *to, int *from) {
    int in[2], out[2];
    if (pipe(in) != 0) {
        return false;
    }
    if (pipe(out) != 0) {
        (void)close(in[0]);
        (void)close(in[1]);
        return false;
    }
    *child = fork();
    if (*child == 0) {
        become(command, in, out);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    *to = in[1];
    *from = out[0];
    if (*child < 0 || fcntl(*to, F_SETFL, O_NONBLOCK) != 0) {
        (void)close(*to);
        (void)close(*from);
        return false;
    }
    return true;
}

bool cli_external_run(const char *command, const struct codec_memory *input,
                      struct cli_memory_writer *output, char why[BENCH_WHY]) {
    struct sigaction ignore, before;
    pid_t child;
    int to, from, status = 0;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN; /* a command that reads no more is no reason to end */
    (void)sigaction(SIGPIPE, &ignore, &before);
    bool good = start(command, &child, &to, &from);
    if (good) {
        good = exchange(to, from, input, output);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    (void)sigaction(SIGPIPE, &before, NULL);
    if (!good) {
        snprintf(why, BENCH_WHY, "cannot be run");
    } else if (WIFSIGNALED(status)) {
        snprintf(why, BENCH_WHY, "ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        snprintf(why, BENCH_WHY, "exit status %d", WEXITSTATUS(status));
    }
    return good && status == 0;
}
