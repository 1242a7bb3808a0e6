/* watch.h - a cancel flag that sets itself when a line takes longer than it should.
 *
 *   watch_start(&watch);  config.cancel = &watch.cancel;
 *   watch_again(&watch, 300); ... one line ...
 *   watch_end(&watch); */
#ifndef MK_TESTS_WATCH_H
#define MK_TESTS_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "src/base/pool.h"

typedef struct Watch {
    MkCancel cancel;
    atomic_llong deadline_ms; /* 0: none */
    atomic_bool is_over;
    pthread_t thread;
} Watch;

static inline long long watch_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void *watch_run(void *ctx)
{
    Watch *w = ctx;
    while (!atomic_load(&w->is_over)) {
        const long long deadline = atomic_load(&w->deadline_ms);
        if (deadline != 0 && watch_now() >= deadline) {
            atomic_store(&w->cancel.stop, true);
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return NULL;
}

static inline bool watch_start(Watch *w)
{
    return pthread_create(&w->thread, NULL, watch_run, w) == 0;
}

/* A new line, which may take so long. */
static inline void watch_again(Watch *w, long long ms)
{
    atomic_store(&w->deadline_ms, 0);
    atomic_store(&w->cancel.stop, false);
    atomic_store(&w->deadline_ms, watch_now() + ms);
}

static inline void watch_end(Watch *w)
{
    atomic_store(&w->is_over, true);
    (void)pthread_join(w->thread, NULL);
}

#endif
