/* process.c - see process.h. */
#include "process.h"

#include "proc_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TICK = 100,          /* milliseconds between looks at memory and clock */
    ANSWER_MAX = 1 << 16 /* bytes of a session's line */
};

static const double GRACE = 0.5; /* seconds that a child's own children get to end by themselves */

void cf_process_init(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) != 0) {
        cf_die("this system has no sub-reapers");
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

/* ---- starting ---- */

static void set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

/* What a child does between fork and exec; async-signal-safe calls only. */
_Noreturn static void become(char *const *words, const char *folder, const int streams[3],
                             const struct cf_limits *limits, uint64_t file_limit, int report) {
    bool good = setsid() >= 0 && prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L) == 0;
    for (int i = 0; i < 3; i++) {
        good = good && dup2(streams[i], i) == i;
    }
    set_limit(RLIMIT_CORE, 0, 0);
    set_limit(RLIMIT_FSIZE, file_limit, file_limit);
    if (limits != NULL) {
        uint64_t seconds = (uint64_t)limits->seconds + 2;
        set_limit(RLIMIT_CPU, seconds, seconds + 1);
    }
    (void)signal(SIGPIPE, SIG_DFL);
    if (good && chdir(folder) == 0) {
        execv(words[0], words);
    }
    int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

/* The child's pid, or -1 with errno. The three descriptors become its standard streams. */
static pid_t start(char *const *words, const char *folder, const int streams[3],
                   const struct cf_limits *limits, uint64_t file_limit) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become(words, folder, streams, limits, file_limit, report[1]);
    }
    (void)close(report[1]);
    int error = 0;
    if (pid > 0 && read(report[0], &error, sizeof error) == (ssize_t)sizeof error) {
        (void)waitpid(pid, NULL, 0);
        pid = -1;
        errno = error;
    }
    (void)close(report[0]);
    return pid;
}

/* ---- ending ---- */

/* Children of this process other than `keep`, which are what a program left behind; reaps those
 * that are dead. */
static size_t orphans(pid_t keep) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        return 0; // no children at all, the usual case
    }
    struct cf_proc_table table;
    cf_proc_table_read(&table);
    size_t alive = 0;
    for (size_t i = 0; i < table.count; i++) {
        pid_t pid = table.rows[i].pid;
        if (table.rows[i].parent == getpid() && pid != keep && waitpid(pid, NULL, WNOHANG) == 0) {
            alive++;
        }
    }
    cf_proc_table_free(&table);
    return alive;
}

/* The group at once, where one of it is left, and every child of ours. */
static void kill_orphans(pid_t session, pid_t keep) {
    struct cf_proc_table table;
    cf_proc_table_read(&table);
    for (size_t i = 0; i < table.count; i++) {
        const struct cf_proc *row = &table.rows[i];
        if (row->session == session) {
            (void)kill(-session, SIGKILL);
        }
        if (row->parent == getpid() && row->pid != keep) {
            (void)kill(row->pid, SIGKILL);
        }
    }
    cf_proc_table_free(&table);
}

static void nap(void) {
    (void)poll(NULL, 0, 10);
}

/* Ends what a program left behind; true when there was something that did not end by itself. */
static bool sweep(pid_t session, pid_t keep, double grace) {
    double until = cf_now() + grace;
    while (orphans(keep) > 0 && cf_now() < until) {
        nap();
    }
    if (orphans(keep) == 0) {
        return false;
    }
    while (orphans(keep) > 0) { // the children of what was killed become ours
        kill_orphans(session, keep);
        nap();
    }
    return true;
}

/* Reaps a child that has ended or is about to. */
static void reap(pid_t pid, struct cf_outcome *outcome) {
    int status = 0;
    struct rusage usage = {0};
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    outcome->end = WIFEXITED(status) ? CF_EXITED : CF_SIGNALLED;
    outcome->code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    uint64_t peak = (uint64_t)usage.ru_maxrss * 1024;
    outcome->peak = peak > outcome->peak ? peak : outcome->peak;
    if (outcome->end == CF_SIGNALLED && outcome->code == SIGXCPU) {
        outcome->end = CF_TIMED_OUT;
    }
    if (outcome->end == CF_SIGNALLED && outcome->code == SIGXFSZ) {
        outcome->end = CF_FLOODED;
    }
}

/* Whether it has ended; it stays a zombie, so that its number stays its own. */
static bool has_ended(pid_t pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* When a program was started, and when its memory was last looked at. */
struct clock {
    double since, looked;
};

static struct clock clock_start(void) {
    double now = cf_now();
    return (struct clock){now, now};
}

/* Whether a program is over a limit; `why` is set then. */
static bool is_over(pid_t session, const struct cf_limits *limits, struct clock *clock,
                    struct cf_outcome *outcome, enum cf_end *why) {
    double now = cf_now();
    if (now - clock->since > limits->seconds) {
        *why = CF_TIMED_OUT;
        return true;
    }
    if (now - clock->looked > TICK * 0.001) { // what ends sooner is judged by its peak
        clock->looked = now;
        uint64_t resident = cf_proc_session_memory(session);
        outcome->peak = resident > outcome->peak ? resident : outcome->peak;
        if (resident > limits->memory) {
            *why = CF_OVER_MEMORY;
            return true;
        }
    }
    return false;
}

/* ---- one run ---- */

/* Takes what is there. False at the end of the stream. */
static bool drain(int from, struct cf_bytes *into, uint64_t most) {
    uint8_t piece[1 << 16];
    ssize_t got = read(from, piece, sizeof piece);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    size_t room = into->size < most ? (size_t)(most - into->size) : 0;
    cf_append(into, piece, (size_t)got < room ? (size_t)got : room);
    return got > 0;
}

struct streams {
    struct pollfd fds[3]; /* standard output, standard error, the process itself */
    struct cf_bytes noise;
};

/* Reads until the program has ended and its output is in, or it is over a limit. */
static bool watch(pid_t pid, struct streams *s, const struct cf_limits *limits,
                  struct cf_outcome *outcome, enum cf_end *why) {
    struct clock clock = clock_start();
    bool ended = false;
    while (!ended || s->fds[0].fd >= 0) {
        if (s->fds[0].fd < 0 && s->fds[1].fd < 0 && s->fds[2].fd < 0) {
            nap();
        } else {
            (void)poll(s->fds, 3, ended ? 0 : TICK);
        }
        bool more = s->fds[0].revents != 0; // pipes may have come to life since `ended` was seen
        if (more && !drain(s->fds[0].fd, &outcome->output, limits->output + 1)) {
            s->fds[0].fd = -1;
        }
        if (s->fds[1].revents != 0 && !drain(s->fds[1].fd, &s->noise, CF_NOTE_SIZE - 1)) {
            s->fds[1].fd = -1;
        }
        if (outcome->output.size > limits->output) {
            *why = CF_FLOODED;
            return false;
        }
        if (ended && !more) {
            return true; // whoever still holds the pipe is none of the program's own
        }
        ended = ended || has_ended(pid);
        if (!ended && is_over(pid, limits, &clock, outcome, why)) {
            return false;
        }
    }
    return true;
}

static int open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
    int fd = (int)syscall(SYS_pidfd_open, pid, 0U);
    if (fd >= 0) {
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
#else
    (void)pid;
    return -1;
#endif
}

/* Standard error as one printable line. */
static void take_note(const struct cf_bytes *noise, struct cf_outcome *outcome) {
    size_t size = 0;
    for (size_t i = 0; i < noise->size && size < CF_NOTE_SIZE - 1; i++) {
        uint8_t c = noise->data[i];
        outcome->note[size++] = c >= 0x20 && c < 0x7F ? (char)c : ' ';
    }
    while (size > 0 && outcome->note[size - 1] == ' ') {
        size--;
    }
    outcome->note[size] = 0;
}

static void follow(pid_t pid, int out, int noise, const struct cf_limits *limits, pid_t keep,
                   struct cf_outcome *outcome) {
    struct streams s = {.fds = {{.fd = out, .events = POLLIN},
                                {.fd = noise, .events = POLLIN},
                                {.fd = open_pidfd(pid), .events = POLLIN}}};
    int pidfd = s.fds[2].fd;
    enum cf_end why = CF_EXITED;
    bool own_end = watch(pid, &s, limits, outcome, &why);
    if (!own_end) {
        (void)kill(-pid, SIGKILL);
    }
    reap(pid, outcome);
    if (!own_end) {
        outcome->end = why;
    } else if (outcome->peak > limits->memory) {
        outcome->end = CF_OVER_MEMORY;
    }
    outcome->left_behind = sweep(pid, keep, own_end ? GRACE : 0) && own_end;
    take_note(&s.noise, outcome);
    cf_bytes_free(&s.noise);
    if (pidfd >= 0) {
        (void)close(pidfd);
    }
}

void cf_process_run(char *const *words, const char *folder, int input, int output,
                    const struct cf_limits *limits, pid_t keep, struct cf_outcome *outcome) {
    double since = cf_now();
    int out[2], noise[2];
    *outcome = (struct cf_outcome){.end = CF_NOT_STARTED};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(noise, O_CLOEXEC) != 0) {
        cf_die("no pipes: %s", strerror(errno));
    }
    const int streams[3] = {input < 0 ? null : input, output < 0 ? out[1] : output, noise[1]};
    pid_t pid = start(words, folder, streams, limits, (uint64_t)1 << 32);
    outcome->code = pid < 0 ? errno : 0;
    (void)close(out[1]);
    (void)close(noise[1]);
    (void)close(null);
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(noise[0], F_SETFL, O_NONBLOCK);
    if (pid > 0) {
        follow(pid, out[0], noise[0], limits, keep, outcome);
    }
    (void)close(out[0]);
    (void)close(noise[0]);
    outcome->seconds = cf_now() - since;
}

void cf_process_reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* ---- programs that stay ---- */

bool cf_child_start(struct cf_child *child, char *const *words, const char *folder,
                    uint64_t file_limit) {
    int to[2], from[2];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
        cf_die("no pipes: %s", strerror(errno));
    }
    const int streams[3] = {to[0], from[1], null};
    pid_t pid = start(words, folder, streams, NULL, file_limit);
    int error = errno;
    (void)close(to[0]);
    (void)close(from[1]);
    (void)close(null);
    if (pid < 0) {
        (void)close(to[1]);
        (void)close(from[0]);
        errno = error;
        return false;
    }
    (void)fcntl(to[1], F_SETFL, O_NONBLOCK); // it may not read, and must not stop us
    (void)fcntl(from[0], F_SETFL, O_NONBLOCK);
    *child = (struct cf_child){.pid = pid, .to = to[1], .from = from[0]};
    return true;
}

void cf_child_stop(struct cf_child *child, double patience, struct cf_outcome *outcome) {
    struct cf_outcome own = {0};
    outcome = outcome != NULL ? outcome : &own;
    (void)close(child->to);
    double until = cf_now() + patience;
    while (!has_ended(child->pid) && cf_now() < until) {
        nap();
    }
    bool own_end = has_ended(child->pid);
    if (!own_end) {
        (void)kill(-child->pid, SIGKILL);
    }
    reap(child->pid, outcome);
    if (!own_end && patience > 0) {
        outcome->end = CF_TIMED_OUT;
    }
    (void)close(child->from);
    outcome->left_behind = sweep(child->pid, 0, own_end ? GRACE : 0) && own_end;
    child->pid = 0;
}

bool cf_child_read_line(struct cf_child *child, const struct cf_limits *limits,
                        struct cf_bytes *line, struct cf_outcome *outcome) {
    struct clock clock = clock_start();
    enum cf_end why = CF_PROTOCOL;
    struct pollfd fd = {.fd = child->from, .events = POLLIN};
    for (;;) {
        (void)poll(&fd, 1, TICK);
        bool open = fd.revents == 0 || drain(child->from, line, ANSWER_MAX);
        const uint8_t *end = line->size > 0 ? memchr(line->data, '\n', line->size) : NULL;
        if (end != NULL && end == line->data + line->size - 1) {
            line->size--;
            return true;
        }
        if (!open) { // it has gone or is going: let it, and see how
            cf_child_stop(child, 5, outcome);
            return false;
        }
        if (end != NULL || line->size == ANSWER_MAX) {
            (void)snprintf(outcome->note, sizeof outcome->note, "more than one line of answer");
            break;
        }
        if (is_over(child->pid, limits, &clock, outcome, &why)) {
            break;
        }
    }
    cf_child_stop(child, 0, outcome);
    outcome->end = why;
    outcome->left_behind = false;
    return false;
}

uint64_t cf_child_peak(const struct cf_child *child) {
    char path[64];
    char text[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)child->pid);
    struct cf_bytes status = {0};
    (void)cf_read_file(path, sizeof text - 1, &status);
    memcpy(text, status.size > 0 ? (const char *)status.data : "", status.size);
    text[status.size] = 0;
    cf_bytes_free(&status);
    const char *row = strstr(text, "VmHWM:");
    uint64_t peak = row != NULL ? strtoull(row + 6, NULL, 10) * 1024 : 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/clear_refs", (long)child->pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "5", 1); // the peak starts anew
        (void)close(fd);
    }
    return peak;
}
