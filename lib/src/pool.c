/* pool.c - a queue and threads that take from it. Depends on pool.h. */
#include "pool.h"

/* Takes the first job of the queue and runs it; the lock is held before and after. */
static void run_first(struct sc_pool *pool, unsigned thread) {
    struct sc_job *job = pool->first;
    pool->first = job->next;
    pthread_mutex_unlock(&pool->lock);
    pool->run(pool->ctx, thread, job);
    pthread_mutex_lock(&pool->lock);
    job->state = SC_JOB_DONE;
    pthread_cond_broadcast(&pool->done);
}

static void *thread_main(void *argument) {
    struct sc_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    unsigned thread = ++pool->started;
    while (!pool->stop) {
        if (pool->first != NULL) {
            run_first(pool, thread);
        } else {
            pthread_cond_wait(&pool->queued, &pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bool open_locks(struct sc_pool *pool) {
    if (pthread_mutex_init(&pool->lock, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&pool->queued, NULL) == 0) {
        if (pthread_cond_init(&pool->done, NULL) == 0) {
            return true;
        }
        pthread_cond_destroy(&pool->queued);
    }
    pthread_mutex_destroy(&pool->lock);
    return false;
}

bool sc_pool_open(struct sc_pool *pool, unsigned threads, sc_job_run *run, void *ctx) {
    pool->run = run;
    pool->ctx = ctx;
    pool->workers = 0;
    pool->started = 0;
    pool->stop = false;
    pool->first = NULL;
    if (threads <= 1) {
        return true;
    }
    if (!open_locks(pool)) {
        return false;
    }
    while (pool->workers < threads - 1 &&
           pthread_create(&pool->ids[pool->workers], NULL, thread_main, pool) == 0) {
        pool->workers++;
    }
    if (pool->workers == 0) { /* not one to be had: the caller's own does the work */
        pthread_cond_destroy(&pool->done);
        pthread_cond_destroy(&pool->queued);
        pthread_mutex_destroy(&pool->lock);
    }
    return true;
}

void sc_pool_close(struct sc_pool *pool) {
    if (pool->workers == 0) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->queued);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->workers; i++) {
        pthread_join(pool->ids[i], NULL);
    }
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->queued);
    pthread_mutex_destroy(&pool->lock);
    pool->workers = 0;
}

void sc_pool_submit(struct sc_pool *pool, struct sc_job *job) {
    job->state = SC_JOB_QUEUED;
    job->next = NULL;
    if (pool->workers == 0) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    if (pool->first == NULL) {
        pool->first = job;
    } else {
        pool->last->next = job;
    }
    pool->last = job;
    pthread_cond_signal(&pool->queued);
    pthread_mutex_unlock(&pool->lock);
}

void sc_pool_wait(struct sc_pool *pool, struct sc_job *job) {
    if (pool->workers == 0) {
        if (job->state == SC_JOB_QUEUED) {
            pool->run(pool->ctx, 0, job);
            job->state = SC_JOB_DONE;
        }
        return;
    }
    pthread_mutex_lock(&pool->lock);
    while (job->state != SC_JOB_DONE) {
        if (pool->first != NULL) {
            run_first(pool, 0);
        } else {
            pthread_cond_wait(&pool->done, &pool->lock);
        }
    }
    pthread_mutex_unlock(&pool->lock);
}
