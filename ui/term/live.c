#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/live.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/arena.h"

enum { CHUNK = 128 };

struct MkLive {
    const MkModel *model;
    size_t n_attributes;
    void (*wake)(void);
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t asked, answered;
    MkCancel cancel;

    /* under the lock: the question */
    bool is_ending, is_asked;
    uint64_t revision;
    double level;
    MkKnown *known;
    size_t n_known;
    size_t *order; /* all attributes, the first ones first */
    size_t n_first;

    /* under the lock: the answer */
    size_t *ids;
    MkSummary *summaries;
    size_t n_done, n_taken;
    bool has_support, support_taken;
    double support;
    MkError error;

    /* the thread's own copy of the question */
    MkKnown *my_known;
    size_t *my_order;
};

/* ---- the thread ---- */

static bool is_outdated(MkLive *live)
{
    return live->is_asked || live->is_ending;
}

static void post(MkLive *live, const size_t *ids, const MkSummary *summaries, size_t n,
                 const MkError *err)
{
    pthread_mutex_lock(&live->lock);
    if (!is_outdated(live)) {
        memcpy(live->ids + live->n_done, ids, n * sizeof *ids);
        if (n > 0) {
            memcpy(live->summaries + live->n_done, summaries, n * sizeof *summaries);
        }
        live->n_done += n;
        live->error = err->status != MK_OK ? *err : live->error;
        pthread_cond_broadcast(&live->answered);
    }
    pthread_mutex_unlock(&live->lock);
    live->wake();
}

static void post_support(MkLive *live, size_t n_known, MkArena *arena)
{
    const MkQuery query = {.model = live->model,
                           .evidence = {.n = n_known, .known = live->my_known},
                           .cancel = &live->cancel};
    double support = NAN;
    if (n_known > 0 && mk_query_percentile(&query, arena, &support, NULL) != MK_OK) {
        support = NAN;
    }
    pthread_mutex_lock(&live->lock);
    if (!is_outdated(live)) {
        live->support = support;
        live->has_support = true;
    }
    pthread_mutex_unlock(&live->lock);
}

/* Answers the question in chunks; stops when a newer one is there. */
static void answer(MkLive *live, size_t n_known, size_t n_first, double level)
{
    MkArena *arena = mk_arena_new(0);
    MkSummary chunk[CHUNK];
    MkError err = {0};
    for (size_t at = 0; at < live->n_attributes && err.status == MK_OK && arena != NULL;) {
        const size_t end = at < n_first ? n_first : live->n_attributes;
        const size_t n = end - at < CHUNK ? end - at : CHUNK;
        const MkQuery query = {.model = live->model,
                               .evidence = {.n = n_known, .known = live->my_known},
                               .targets = live->my_order + at,
                               .n_targets = n,
                               .level = level,
                               .cancel = &live->cancel};
        const MkMark mark = mk_arena_mark(arena);
        const MkStatus st = mk_query_summaries(&query, arena, chunk, &err);
        mk_arena_rewind(arena, mark);
        if (mk_cancelled(&live->cancel)) {
            break;
        }
        err.status = st;
        post(live, live->my_order + at, chunk, st == MK_OK ? n : 0, &err);
        if (at == 0) {
            post_support(live, n_known, arena);
            mk_arena_rewind(arena, mark);
        }
        at += n;
    }
    mk_arena_free(arena);
}

static void *work(void *argument)
{
    MkLive *live = argument;
    pthread_mutex_lock(&live->lock);
    while (!live->is_ending) {
        if (!live->is_asked) {
            pthread_cond_wait(&live->asked, &live->lock);
            continue;
        }
        live->is_asked = false;
        atomic_store(&live->cancel.stop, false);
        const size_t n_known = live->n_known, n_first = live->n_first;
        const double level = live->level;
        memcpy(live->my_known, live->known, n_known * sizeof *live->known);
        memcpy(live->my_order, live->order, live->n_attributes * sizeof *live->order);
        pthread_mutex_unlock(&live->lock);
        answer(live, n_known, n_first, level);
        pthread_mutex_lock(&live->lock);
    }
    pthread_mutex_unlock(&live->lock);
    return NULL;
}

/* ---- the other side ---- */

static bool allocate(MkLive *live)
{
    const size_t n = live->n_attributes > 0 ? live->n_attributes : 1;
    live->known = mk_heap_array(n, sizeof *live->known);
    live->order = mk_heap_array(n, sizeof *live->order);
    live->ids = mk_heap_array(n, sizeof *live->ids);
    live->summaries = mk_heap_array(n, sizeof *live->summaries);
    live->my_known = mk_heap_array(n, sizeof *live->my_known);
    live->my_order = mk_heap_array(n, sizeof *live->my_order);
    return live->known != NULL && live->order != NULL && live->ids != NULL &&
           live->summaries != NULL && live->my_known != NULL && live->my_order != NULL;
}

MkStatus mk_live_open(const MkModel *model, void (*wake)(void), MkLive **out, MkError *err)
{
    MkLive *live = calloc(1, sizeof *live);
    if (live == NULL) {
        return mk_fail(err, MK_ENOMEM, "no memory for the estimates");
    }
    live->model = model;
    live->n_attributes = mk_model_schema(model)->n;
    live->wake = wake;
    pthread_mutex_init(&live->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&live->asked, NULL);
    pthread_cond_init(&live->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!allocate(live)) {
        mk_live_close(live);
        return mk_fail(err, MK_ENOMEM, "no memory for the estimates");
    }
    live->has_thread = pthread_create(&live->thread, NULL, work, live) == 0;
    if (!live->has_thread) {
        mk_live_close(live);
        return mk_fail(err, MK_EIO, "no thread for the estimates");
    }
    *out = live;
    return MK_OK;
}

void mk_live_close(MkLive *live)
{
    if (live == NULL) {
        return;
    }
    if (live->has_thread) {
        pthread_mutex_lock(&live->lock);
        live->is_ending = true;
        atomic_store(&live->cancel.stop, true);
        pthread_cond_signal(&live->asked);
        pthread_mutex_unlock(&live->lock);
        pthread_join(live->thread, NULL);
    }
    pthread_cond_destroy(&live->asked);
    pthread_cond_destroy(&live->answered);
    pthread_mutex_destroy(&live->lock);
    free(live->known);
    free(live->order);
    free(live->ids);
    free(live->summaries);
    free(live->my_known);
    free(live->my_order);
    free(live);
}

/* The first ones in their order, then all others in the schema's. */
static void set_order(MkLive *live, const MkLiveQuestion *question)
{
    const size_t n = live->n_attributes;
    bool *is_first = mk_heap_array(n > 0 ? n : 1, sizeof *is_first);
    live->n_first = 0;
    for (size_t i = 0; is_first != NULL && i < question->n_first && i < n; i++) {
        if (question->first[i] < n && !is_first[question->first[i]]) {
            is_first[question->first[i]] = true;
            live->order[live->n_first++] = question->first[i];
        }
    }
    size_t k = live->n_first;
    for (size_t j = 0; j < n; j++) {
        if (is_first == NULL || !is_first[j]) {
            live->order[k++] = j;
        }
    }
    free(is_first);
}

MkStatus mk_live_ask(MkLive *live, const MkLiveQuestion *question, MkError *err)
{
    if (question->evidence.n > live->n_attributes) {
        return mk_fail(err, MK_ESHAPE, "%zu known values, the model has %zu attributes",
                       question->evidence.n, live->n_attributes);
    }
    pthread_mutex_lock(&live->lock);
    live->revision = question->revision;
    live->level = question->level;
    live->n_known = question->evidence.n;
    if (live->n_known > 0) {
        memcpy(live->known, question->evidence.known, live->n_known * sizeof *live->known);
    }
    set_order(live, question);
    live->n_done = 0;
    live->n_taken = 0;
    live->has_support = false;
    live->support_taken = false;
    live->error = (MkError){0};
    live->is_asked = true;
    atomic_store(&live->cancel.stop, true);
    pthread_cond_signal(&live->asked);
    pthread_mutex_unlock(&live->lock);
    return MK_OK;
}

void mk_live_wait(MkLive *live, int ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&live->lock);
    while ((live->is_asked || live->n_done < live->n_first) && live->error.status == MK_OK &&
           pthread_cond_timedwait(&live->answered, &live->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&live->lock);
}

bool mk_live_take(MkLive *live, MkLiveAnswer *out)
{
    pthread_mutex_lock(&live->lock);
    *out = (MkLiveAnswer){.revision = live->revision,
                          .n = live->n_done - live->n_taken,
                          .ids = live->ids + live->n_taken,
                          .summaries = live->summaries + live->n_taken,
                          .has_support = live->has_support && !live->support_taken,
                          .support = live->support,
                          .error = live->error};
    const bool is_new = out->n > 0 || out->has_support || out->error.status != MK_OK;
    live->n_taken = live->n_done;
    live->support_taken = live->has_support;
    live->error = (MkError){0};
    pthread_mutex_unlock(&live->lock);
    return is_new;
}
