/* each_row.h - work for every row of a table: in chunks, the rows of a chunk in parallel.
 *
 * Each thread has an arena that is empty again after a row. The first failing row (by its number,
 * whatever the thread count) ends the work at the end of its chunk, with "row N: ..." as the error.
 */
#ifndef MK_QUERY_EACH_ROW_H
#define MK_QUERY_EACH_ROW_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/query/query.h"

typedef struct MkEachRow {
    const MkQuery *query; /* whose pool and cancel count */
    size_t n_rows;
    /* Called from several threads; what it writes belongs to its row. */
    MkStatus (*row)(void *ctx, size_t row, MkArena *arena, MkError *err);
    void *ctx;
    /* After each chunk, from the thread that asked; may be NULL. */
    void (*progress)(void *ctx, size_t done, size_t total);
    void *progress_ctx;
} MkEachRow;

/* *n_done is the number of rows, from the first, that are done: also when it fails. MK_ECANCEL when
 * query->cancel is set meanwhile. */
MK_NODISCARD MkStatus mk_each_row(const MkEachRow *work, size_t *n_done, MkError *err);

#endif
