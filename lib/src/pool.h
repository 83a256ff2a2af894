/* pool.h - threads that run jobs in the order in which they were given; who waits for a job is one
 * of them. Depends on POSIX threads. */
#ifndef SC_POOL_H
#define SC_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SC_POOL_THREADS_MAX = 64,
    /* A queue of jobs in order holds one more than there are threads, of any size, and so many
     * more as long as all content in it is together less than the bytes. */
    SC_QUEUE_SMALL_MORE = 30,
    SC_QUEUE_SMALL_BYTES = 1 << 21
};

/* Part of whatever a job works on; one place in the queue. */
struct sc_job {
    struct sc_job *next;
    enum {
        SC_JOB_IDLE,
        SC_JOB_QUEUED,
        SC_JOB_DONE
    } state;
};

/* Called with the number of the thread: 0 in sc_pool_wait, else 1 up to threads - 1. */
typedef void sc_job_run(void *ctx, unsigned thread, struct sc_job *job);

struct sc_pool {
    sc_job_run *run;
    void *ctx;
    unsigned workers; /* threads beside the caller's */
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t queued, done;
    struct sc_job *first, *last;
    unsigned started;
    pthread_t ids[SC_POOL_THREADS_MAX - 1];
};

/* The caller's thread counts: with threads 1 none is made. Where the system has no more, there are
 * fewer. False: no memory for locks; nothing is left open. */
bool sc_pool_open(struct sc_pool *pool, unsigned threads, sc_job_run *run, void *ctx);
/* Waits for the jobs that run; those that are queued are dropped. */
void sc_pool_close(struct sc_pool *pool);

void sc_pool_submit(struct sc_pool *pool, struct sc_job *job);
/* Runs jobs until a submitted one is done. */
void sc_pool_wait(struct sc_pool *pool, struct sc_job *job);

#endif
