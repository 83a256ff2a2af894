/* driver.c - runs the suite against one mutant of the reference after the other, each in a child
 * process of its own. Every mutation is in this program; scape_mutant chooses one.
 *
 *     reach CASES COUNT > REACHED         for each case a line of bytes: which of COUNT mutations
 * it comes by (built with SCAPE_REACH) driver CASES REACHED < numbers      for each number a line:
 * number, verdict, name of the case
 *
 * A mutant is killed by the first case that comes by its mutation and does not come out right; by a
 * signal, or by taking ten times as long as the unchanged reference and a fifth of a second more.
 * What killed the mutants before is tried first, then the quickest. */
#define _GNU_SOURCE
#include "judge.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RECENT = 24
};

static struct test_cases cases;

/* The unchanged reference must pass, and says how long a case takes. */
static void run_unchanged(struct test_case *c) {
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    if (!passes(c)) {
        fprintf(stderr, "driver: the unchanged reference fails %.*s\n", (int)c->name.size,
                (const char *)c->name.data);
        exit(1);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    c->nanoseconds =
        (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + (after.tv_nsec - before.tv_nsec);
}

#ifdef SCAPE_REACH

extern uint8_t scape_reached[];
uint8_t scape_reached[1 << 16];

static void work(const char *argument) {
    size_t count = (size_t)strtol(argument, NULL, 10);
    for (uint32_t i = 0; i < cases.count; i++) {
        memset(scape_reached, 0, sizeof scape_reached);
        run_unchanged(&cases.all[i]);
        if (fwrite(scape_reached, 1, count, stdout) != count) {
            die("cannot write");
        }
    }
}

#else

extern int scape_mutant;
int scape_mutant = 0;

struct result { /* shared with the child */
    uint32_t running;
    bool done;
};

static struct bytes reached;
static size_t mutations;
static uint32_t recent[RECENT], *order;

static bool reaches(uint32_t number, int mutant) {
    return reached.data[number * mutations + (size_t)mutant];
}

static void limit_time(int64_t nanoseconds) {
    const struct itimerval timer = {
        .it_value = {nanoseconds / 1000000000, nanoseconds / 1000 % 1000000}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void run_suite(struct result *result) {
    for (uint32_t i = 0; i < cases.count + RECENT; i++) {
        result->running = i < RECENT ? recent[i] : order[i - RECENT];
        const struct test_case *c = &cases.all[result->running];
        if (!reaches(result->running, scape_mutant)) {
            continue;
        }
        limit_time(10 * c->nanoseconds + 200000000);
        if (!passes(c)) {
            _exit(1);
        }
    }
    result->done = true;
    _exit(0);
}

static void become_child(void) {
    const struct rlimit memory = {UINT64_C(3) << 30, UINT64_C(3) << 30}, none = {0, 0};
    (void)setrlimit(RLIMIT_AS, &memory);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGVTALRM, SIG_DFL);
    if (!freopen("/dev/null", "w", stderr)) {
        _exit(2);
    }
}

static void run_mutant(int number, struct result *result) {
    *result = (struct result){0, false};
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        become_child();
        scape_mutant = number;
        run_suite(result);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        die("cannot run a child");
    }
    const char *verdict = WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM ? "hung"
                          : WIFSIGNALED(status)                                ? "crashed"
                          : WEXITSTATUS(status) == 0 && result->done           ? "survived"
                                                                               : "failed";
    const struct bytes *name = &cases.all[result->running].name;
    bool killed = strcmp(verdict, "survived") != 0;
    printf("%d %s %.*s\n", number, verdict, killed ? (int)name->size : 1,
           killed ? (const char *)name->data : "-");
    if (killed && recent[0] != result->running) {
        memmove(recent + 1, recent, (RECENT - 1) * sizeof *recent);
        recent[0] = result->running;
    }
}

static int compare_time(const void *a, const void *b) {
    const int64_t x = cases.all[*(const uint32_t *)a].nanoseconds;
    const int64_t y = cases.all[*(const uint32_t *)b].nanoseconds;
    return (x > y) - (x < y);
}

static void work(const char *argument) {
    reached = read_file(argument);
    mutations = reached.size / cases.count;
    order = calloc(cases.count, sizeof *order);
    struct result *result =
        mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!order || result == MAP_FAILED) {
        die("no memory");
    }
    for (uint32_t i = 0; i < cases.count; i++) {
        order[i] = i;
        run_unchanged(&cases.all[i]);
    }
    qsort(order, cases.count, sizeof *order, compare_time);
    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        run_mutant((int)strtol(line, NULL, 10), result);
    }
}

#endif

int main(int argc, char **argv) {
    if (argc != 3) {
        die("two arguments");
    }
    mallopt(M_MMAP_THRESHOLD, 1 << 28); /* or every case asks the system for fresh pages */
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
    cases = read_cases(argv[1]);
    if (cases.count == 0) {
        die("no cases");
    }
    work(argv[2]);
    return 0;
}
