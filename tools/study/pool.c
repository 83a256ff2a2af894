/* pool.c - see pool.h. */
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#define STEP ((size_t)1 << 16)

enum {
    TICK = 200 /* milliseconds between looks at the clock, where there is a limit */
};

struct slot {
    pid_t pid; /* 0: free */
    int fd;
    size_t task;
    char *text;
    size_t size, capacity;
    time_t start;
    bool late;
};

struct run {
    const struct study_pool *pool;
    struct slot *slots;
    struct pollfd *polls;
    size_t next, count;
    unsigned busy;
};

static time_t now(void) {
    struct timespec t;
    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

static void child_main(const struct study_pool *pool, size_t task, int fd, pid_t parent) {
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    (void)setpgid(0, 0);
    if (getppid() != parent) {
        _exit(1);
    }
    char *text = pool->work(pool->ctx, task);
    size_t size = text != NULL ? strlen(text) : 0;
    for (size_t at = 0; at < size;) {
        ssize_t n = write(fd, text + at, size - at);
        if (n < 0 && errno != EINTR) {
            _exit(1);
        }
        at += n > 0 ? (size_t)n : 0;
    }
    _exit(text != NULL ? 0 : 1);
}

static bool start(struct run *r, struct slot *s) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe(ends) != 0) {
        return false;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        child_main(r->pool, r->next, ends[1], parent);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return false;
    }
    *s = (struct slot){.pid = pid, .fd = ends[0], .task = r->next, .start = now()};
    r->next++;
    r->busy++;
    return true;
}

/* The process said all that it will say. */
static bool finish(struct run *r, struct slot *s) {
    int status = 0;
    (void)close(s->fd);
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR) {
    }
    enum study_end end = STUDY_END_DONE;
    int number = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (s->late) {
        end = STUDY_END_TIMEOUT;
    } else if (number != 0) {
        end = STUDY_END_CRASH;
    }
    (void)kill(-s->pid, SIGKILL); /* what its commands may have left */
    bool good = r->pool->done(r->pool->ctx, s->task, end, number, s->text, s->size);
    free(s->text);
    *s = (struct slot){.pid = 0};
    r->busy--;
    return good;
}

static bool take(struct slot *s, bool *ended) {
    if (s->capacity - s->size < STEP) {
        char *text = realloc(s->text, s->capacity + 2 * STEP);
        if (text == NULL) {
            return false;
        }
        s->text = text;
        s->capacity += 2 * STEP;
    }
    ssize_t n = read(s->fd, s->text + s->size, STEP);
    *ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
    s->size += n > 0 ? (size_t)n : 0;
    return true;
}

static void end_late(const struct run *r, struct slot *s) {
    if (r->pool->timeout != 0 && !s->late && now() - s->start >= (time_t)r->pool->timeout) {
        s->late = true;
        (void)kill(-s->pid, SIGKILL);
        (void)kill(s->pid, SIGKILL);
    }
}

static bool turn(struct run *r) {
    nfds_t used = 0;
    bool good = true;
    for (unsigned i = 0; i < r->pool->jobs; i++) {
        if (r->slots[i].pid != 0) {
            end_late(r, &r->slots[i]);
            r->polls[used++] = (struct pollfd){.fd = r->slots[i].fd, .events = POLLIN};
        }
    }
    if (poll(r->polls, used, r->pool->timeout != 0 ? TICK : -1) < 0 && errno != EINTR) {
        return false;
    }
    for (nfds_t k = 0; k < used && good; k++) {
        for (unsigned i = 0; i < r->pool->jobs && good; i++) {
            struct slot *s = &r->slots[i];
            if (s->pid != 0 && s->fd == r->polls[k].fd && r->polls[k].revents != 0) {
                bool ended = false;
                good = take(s, &ended) && (!ended || finish(r, s));
                break;
            }
        }
    }
    return good;
}

static bool fill(struct run *r) {
    bool good = true;
    for (unsigned i = 0; i < r->pool->jobs && r->next < r->count && good; i++) {
        good = r->slots[i].pid != 0 || start(r, &r->slots[i]);
    }
    return good;
}

bool study_pool_run(const struct study_pool *pool, size_t count) {
    struct run r = {.pool = pool,
                    .slots = calloc(pool->jobs, sizeof *r.slots),
                    .polls = calloc(pool->jobs, sizeof *r.polls),
                    .count = count};
    bool good = r.slots != NULL && r.polls != NULL && fill(&r);
    while (good && r.busy != 0) {
        good = turn(&r) && fill(&r);
    }
    for (unsigned i = 0; r.slots != NULL && i < pool->jobs; i++) {
        if (r.slots[i].pid != 0) {
            (void)kill(-r.slots[i].pid, SIGKILL);
            (void)kill(r.slots[i].pid, SIGKILL);
            (void)waitpid(r.slots[i].pid, NULL, 0);
            (void)close(r.slots[i].fd);
            free(r.slots[i].text);
        }
    }
    free(r.slots);
    free(r.polls);
    return good;
}
