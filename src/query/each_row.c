#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/query/each_row.h"

enum { CHUNK_ROWS = 256 };

typedef struct Worker {
    MkArena *arena;
    MkStatus status;
    size_t row; /* of the first failure */
    MkError error;
} Worker;

typedef struct Chunk {
    const MkEachRow *work;
    Worker *workers;
    size_t n_workers;
    size_t first; /* row */
} Chunk;

static void row_task(void *ctx, size_t index, size_t worker)
{
    const Chunk *chunk = ctx;
    const MkEachRow *work = chunk->work;
    Worker *w = &chunk->workers[worker];
    const size_t row = chunk->first + index;
    if (mk_cancelled(work->query->cancel)) {
        return;
    }
    MkError error = {0};
    const MkMark mark = mk_arena_mark(w->arena);
    const MkStatus st = work->row(work->ctx, row, w->arena, &error);
    mk_arena_rewind(w->arena, mark);
    if (st != MK_OK && st != MK_ECANCEL && (w->status == MK_OK || row < w->row)) {
        w->status = st;
        w->row = row;
        w->error = error;
    }
}

static MkStatus first_failure(const Chunk *chunk, MkError *err)
{
    const Worker *first = NULL;
    for (size_t i = 0; i < chunk->n_workers; i++) {
        const Worker *w = &chunk->workers[i];
        if (w->status != MK_OK && (first == NULL || w->row < first->row)) {
            first = w;
        }
    }
    return first == NULL
               ? MK_OK
               : mk_fail(err, first->status, "row %zu: %s", first->row + 1, first->error.text);
}

static MkStatus run_all(Chunk *chunk, size_t *n_done, MkError *err)
{
    const MkEachRow *work = chunk->work;
    for (size_t row = 0; row < work->n_rows; row += CHUNK_ROWS) {
        const size_t n = work->n_rows - row < CHUNK_ROWS ? work->n_rows - row : CHUNK_ROWS;
        chunk->first = row;
        mk_pool_run(work->query->pool, n, row_task, chunk);
        MK_TRY(first_failure(chunk, err));
        if (mk_cancelled(work->query->cancel)) {
            return mk_fail(err, MK_ECANCEL, "interrupted");
        }
        *n_done = row + n;
        if (work->progress != NULL) {
            work->progress(work->progress_ctx, *n_done, work->n_rows);
        }
    }
    return MK_OK;
}

MkStatus mk_each_row(const MkEachRow *work, size_t *n_done, MkError *err)
{
    *n_done = 0;
    MkArena *arena = mk_arena_new(0);
    Chunk chunk = {.work = work};
    chunk.n_workers = work->query->pool == NULL ? 1 : mk_pool_size(work->query->pool);
    chunk.workers =
        arena != NULL ? mk_arena_zeros(arena, chunk.n_workers, sizeof *chunk.workers) : NULL;
    bool has_memory = chunk.workers != NULL;
    for (size_t i = 0; has_memory && i < chunk.n_workers; i++) {
        chunk.workers[i].arena = mk_arena_new(0);
        has_memory = chunk.workers[i].arena != NULL;
    }
    const MkStatus st = has_memory ? run_all(&chunk, n_done, err)
                                   : mk_fail(err, MK_ENOMEM, "out of memory for rows of a table");
    for (size_t i = 0; chunk.workers != NULL && i < chunk.n_workers; i++) {
        mk_arena_free(chunk.workers[i].arena);
    }
    mk_arena_free(arena);
    return st;
}
