/* pool.h - tasks in processes of their own, several at a time: what a task does to its memory or
 * its process is its own row's problem. Depends on POSIX. */
#ifndef SCAPE_STUDY_POOL_H
#define SCAPE_STUDY_POOL_H

#include <stdbool.h>
#include <stddef.h>

enum study_end {
    STUDY_END_DONE,  /* the process ended well; its text counts */
    STUDY_END_CRASH, /* a signal or an exit status */
    STUDY_END_TIMEOUT
};

struct study_pool {
    unsigned jobs, timeout; /* seconds; 0: no limit */
    void *ctx;
    /* In the task's process: returns what to tell, allocated; NULL ends as a crash. */
    char *(*work)(void *ctx, size_t task);
    /* In the caller's, in the order in which tasks end. number: the signal, negative, or the exit
     * status. False ends the run. */
    bool (*done)(void *ctx, size_t task, enum study_end end, int number, const char *text,
                 size_t size);
};

/* Runs tasks 0 to count - 1. False: done said so, or no process could be made. */
bool study_pool_run(const struct study_pool *pool, size_t count);

#endif
