/* worker.c - see worker.h: a pool of processes, each with a socket of packets on which it is given
 * numbers of cases and sends results. */
#include "run_case.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS_MAX = 64
};

static volatile sig_atomic_t stop_asked; /* by a signal; there is no other way to hear of one */

static void on_signal(int number) {
    stop_asked = number;
}

void cf_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
}

/* ---- the worker's side ---- */

static void end_session(struct cf_worker *w, struct cf_result *result) {
    struct cf_outcome end;
    *result = (struct cf_result){.number = CF_SESSION, .verdict = CF_PASS};
    cf_session_stop(&w->session, &end);
    result->verdict = end.left_behind                        ? CF_LEFT_BEHIND
                      : end.end == CF_TIMED_OUT              ? CF_TIMEOUT
                      : end.end == CF_SIGNALLED              ? CF_CRASH_SIGNAL
                      : end.end == CF_EXITED && end.code > 0 ? CF_CRASH_EXIT
                                                             : CF_PASS;
    if (result->verdict != CF_PASS) {
        (void)snprintf(result->note, sizeof result->note, "at the end of the persistent session");
    }
}

_Noreturn static void work(const struct cf_settings *s, const struct cf_adapter *a, int socket) {
    uint32_t number;
    struct cf_result result;
    struct cf_worker w = {.settings = s, .adapter = a, .session = {.adapter = a}};
    cf_process_init();
    (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
    w.folder = cf_format("%s/%ld", s->folder, (long)getpid());
    if (mkdir(w.folder, 0700) != 0) {
        cf_die("cannot make %s", w.folder);
    }
    while (recv(socket, &number, sizeof number, 0) == (ssize_t)sizeof number) {
        cf_run_case(&w, number, &result);
        (void)send(socket, &result, sizeof result, MSG_NOSIGNAL);
    }
    end_session(&w, &result);
    (void)send(socket, &result, sizeof result, MSG_NOSIGNAL);
    free(w.folder);
    _exit(0);
}

/* ---- the pool's side ---- */

struct pool {
    const struct cf_settings *settings;
    const struct cf_adapter *adapter;
    const uint32_t *numbers;
    size_t count, given, done, bad;
    struct pollfd sockets[JOBS_MAX];
    size_t at[JOBS_MAX]; /* which of the numbers a worker has */
    pid_t pids[JOBS_MAX];
    size_t jobs, open;
};

static void hand_out(struct pool *p, size_t worker) {
    if (p->given < p->count && !(p->bad > 0 && p->settings->fail_fast)) {
        p->at[worker] = p->given++;
        (void)send(p->sockets[worker].fd, &p->numbers[p->at[worker]], sizeof *p->numbers,
                   MSG_NOSIGNAL);
    } else {
        (void)shutdown(p->sockets[worker].fd, SHUT_WR);
    }
}

static void start(struct pool *p) {
    for (size_t i = 0; i < p->jobs; i++) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
            cf_die("no sockets: %s", strerror(errno));
        }
        p->pids[i] = fork();
        if (p->pids[i] < 0) {
            cf_die("cannot fork: %s", strerror(errno));
        }
        if (p->pids[i] == 0) {
            for (size_t j = 0; j < i; j++) {
                (void)close(p->sockets[j].fd); // or their workers would not see them close
            }
            (void)close(ends[0]);
            work(p->settings, p->adapter, ends[1]);
        }
        (void)close(ends[1]);
        p->sockets[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
        p->open++;
        hand_out(p, i);
    }
}

/* Takes what a worker sends. */
static void take(struct pool *p, size_t worker, struct cf_result *results,
                 struct cf_result *session) {
    struct cf_result result;
    if (recv(p->sockets[worker].fd, &result, sizeof result, 0) != (ssize_t)sizeof result) {
        (void)close(p->sockets[worker].fd);
        p->sockets[worker].fd = -1;
        p->open--;
    } else if (result.number == CF_SESSION) {
        if (result.verdict != CF_PASS) {
            *session = result;
            p->bad++;
        }
    } else {
        results[p->at[worker]] = result;
        p->done++;
        p->bad += cf_category_of(result.verdict) >= CF_FAILED;
        hand_out(p, worker);
        if (p->settings->progress != NULL) {
            p->settings->progress(p->adapter, p->done, p->count, p->bad);
        }
    }
}

bool cf_run_all(const struct cf_settings *s, const struct cf_adapter *a, const uint32_t *numbers,
                size_t count, struct cf_result *results, struct cf_result *session) {
    struct pool p = {.settings = s, .adapter = a, .numbers = numbers, .count = count};
    p.jobs = s->jobs < JOBS_MAX ? s->jobs : JOBS_MAX;
    p.jobs = p.jobs < count ? p.jobs : count;
    *session = (struct cf_result){.number = CF_SESSION, .verdict = CF_PASS};
    for (size_t i = 0; i < count; i++) {
        results[i].number = CF_SESSION;
    }
    (void)fflush(NULL); // what is buffered is this process's to write
    start(&p);
    while (p.open > 0 && !stop_asked) {
        (void)poll(p.sockets, (nfds_t)p.jobs, -1);
        for (size_t i = 0; i < p.jobs && !stop_asked; i++) {
            if (p.sockets[i].fd >= 0 && p.sockets[i].revents != 0) {
                take(&p, i, results, session);
            }
        }
    }
    for (size_t i = 0; i < p.jobs; i++) {
        if (stop_asked) {
            (void)kill(p.pids[i], SIGKILL); // and with it what it runs
        }
        while (waitpid(p.pids[i], NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (!stop_asked && p.done < count && !(s->fail_fast && p.bad > 0)) {
        cf_die("a worker died");
    }
    return !stop_asked;
}
