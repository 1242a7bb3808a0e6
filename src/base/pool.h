/* pool.h - a fixed set of worker threads over a range of independent tasks.
 *
 * Results may not depend on which worker runs a task: a task writes only to places addressed by its
 * index. Linear algebra inside a task is single-threaded. */
#ifndef MK_BASE_POOL_H
#define MK_BASE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/base/status.h"

typedef struct MkPool MkPool;

/* n_threads 0: the number of usable CPUs. The caller's thread is one of them (n_threads - 1 are
 * started). */
MK_NODISCARD MkStatus mk_pool_new(size_t n_threads, MkPool **out, MkError *err);
void mk_pool_free(MkPool *pool);
size_t mk_pool_size(const MkPool *pool);

/* Runs task(ctx, index, worker) for index = 0 .. n-1; returns when all are done.
 * worker in 0 .. size-1 addresses per-worker scratch. pool NULL: runs them here as worker 0. */
void mk_pool_run(MkPool *pool, size_t n, void (*task)(void *ctx, size_t index, size_t worker),
                 void *ctx);

/* CPUs this process may use. */
size_t mk_cpu_count(void);

/* Set from a signal handler or another thread; long work looks at least every 50 ms. */
typedef struct MkCancel {
    atomic_bool stop;
} MkCancel;
static inline bool mk_cancelled(const MkCancel *cancel)
{
    return cancel != NULL && atomic_load_explicit(&cancel->stop, memory_order_relaxed);
}

#endif
