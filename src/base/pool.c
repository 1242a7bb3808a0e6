#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run at a time: the caller publishes it under the lock and takes part; workers draw indices
 * from a common counter, and the last one to leave wakes the caller. */
typedef struct Worker {
    MkPool *pool;
    size_t number;
    pthread_t thread;
} Worker;

struct MkPool {
    size_t n_threads;         /* with the caller's */
    Worker *workers;          /* n_threads - 1 */
    pthread_mutex_t run_lock; /* one run at a time, whoever calls */
    pthread_mutex_t lock;
    pthread_cond_t wake; /* a run or the end was published */
    pthread_cond_t idle; /* n_busy reached 0 */
    size_t n_started;
    size_t n_busy;
    unsigned long generation;
    bool is_ending;
    void (*task)(void *ctx, size_t index, size_t worker);
    void *ctx;
    size_t n;
    atomic_size_t next;
};

static void pool_work(MkPool *pool, size_t worker)
{
    for (;;) {
        const size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->n) {
            return;
        }
        pool->task(pool->ctx, i, worker);
    }
}

static void *pool_thread(void *arg)
{
    const Worker *self = arg;
    MkPool *pool = self->pool;
    unsigned long seen = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->is_ending && pool->generation == seen) {
            (void)pthread_cond_wait(&pool->wake, &pool->lock);
        }
        if (pool->is_ending) {
            break;
        }
        seen = pool->generation;
        (void)pthread_mutex_unlock(&pool->lock);
        pool_work(pool, self->number);
        (void)pthread_mutex_lock(&pool->lock);
        if (--pool->n_busy == 0) {
            (void)pthread_cond_signal(&pool->idle);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals belong to the caller's thread: workers start with all of them blocked. */
static MkStatus pool_start(MkPool *pool, MkError *err)
{
    sigset_t all;
    sigset_t previous;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &previous);
    int code = 0;
    while (pool->n_started + 1 < pool->n_threads && code == 0) {
        Worker *worker = &pool->workers[pool->n_started];
        *worker = (Worker){.pool = pool, .number = pool->n_started + 1};
        code = pthread_create(&worker->thread, NULL, pool_thread, worker);
        pool->n_started += code == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (code != 0) {
        return mk_fail(err, MK_ENOMEM, "thread %zu of %zu cannot be started: %s",
                       pool->n_started + 1, pool->n_threads, strerror(code));
    }
    return MK_OK;
}

MkStatus mk_pool_new(size_t n_threads, MkPool **out, MkError *err)
{
    enum { THREADS_LIMIT = 4096 };
    if (n_threads > THREADS_LIMIT) {
        return mk_fail(err, MK_EINVAL, "%zu threads, at most %d are possible", n_threads,
                       THREADS_LIMIT);
    }
    MkPool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a pool of threads");
    }
    pool->n_threads = n_threads > 0 ? n_threads : mk_cpu_count();
    (void)pthread_mutex_init(&pool->run_lock, NULL);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->wake, NULL);
    (void)pthread_cond_init(&pool->idle, NULL);
    atomic_init(&pool->next, 0);
    pool->workers = calloc(pool->n_threads, sizeof *pool->workers);
    const MkStatus st = pool->workers != NULL
                            ? pool_start(pool, err)
                            : mk_fail(err, MK_ENOMEM, "out of memory for a pool of threads");
    if (st != MK_OK) {
        mk_pool_free(pool);
        return st;
    }
    *out = pool;
    return MK_OK;
}

void mk_pool_free(MkPool *pool)
{
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_started; i++) {
        (void)pthread_join(pool->workers[i].thread, NULL);
    }
    (void)pthread_cond_destroy(&pool->idle);
    (void)pthread_cond_destroy(&pool->wake);
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_mutex_destroy(&pool->run_lock);
    free(pool->workers);
    free(pool);
}

size_t mk_pool_size(const MkPool *pool)
{
    return pool != NULL ? pool->n_threads : 1;
}

void mk_pool_run(MkPool *pool, size_t n, void (*task)(void *ctx, size_t index, size_t worker),
                 void *ctx)
{
    if (pool == NULL || pool->n_threads == 1 || n <= 1) {
        for (size_t i = 0; i < n; i++) {
            task(ctx, i, 0);
        }
        return;
    }
    (void)pthread_mutex_lock(&pool->run_lock);
    (void)pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->ctx = ctx;
    pool->n = n;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->n_busy = pool->n_started;
    pool->generation++;
    (void)pthread_cond_broadcast(&pool->wake);
    (void)pthread_mutex_unlock(&pool->lock);
    pool_work(pool, 0);
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->n_busy > 0) {
        (void)pthread_cond_wait(&pool->idle, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    (void)pthread_mutex_unlock(&pool->run_lock);
}

size_t mk_cpu_count(void)
{
#ifdef HAVE_SCHED_GETAFFINITY
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return (size_t)CPU_COUNT(&set);
    }
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}
