/* yard.h - what a model is measured against: the training people's sd, median and commonest value
 * of each attribute, and which attributes go with which.
 *
 *   MkYard *yards;
 *   MK_TRY(mk_yards_from_table(train, rows, n_rows, arena, &yards, err));
 *   MkRelated related = {.model = model, .table = train, .rows = rows, .n_rows = n_rows};
 *   MK_TRY(mk_yards_related(&related, arena, &ids, err)); */
#ifndef MK_EVAL_YARD_H
#define MK_EVAL_YARD_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/table.h"

enum { MK_RELATED = 10 }; /* known attributes of the ten-most-related protocol */
enum { MK_RELATED_PAIRS = 200 };
#define MK_RELATED_NONE UINT32_MAX

typedef struct MkYard {
    size_t n;      /* people with a value */
    double sd;     /* numbers: over people, not weighted; 0 for levels */
    double point;  /* median of numbers, commonest level otherwise: the answer that knows nothing */
    double common; /* share of people with the commonest value */
} MkYard;

/* From training people: rows[0..n_rows) of a table. *out (schema->n) in arena. An attribute that
 * nobody has a value of gets n = 0 and is not judged. */
MK_NODISCARD MkStatus mk_yards_from_table(const MkTable *train, const size_t *rows, size_t n_rows,
                                          MkArena *arena, MkYard **out, MkError *err);
/* The same from what a model remembers of its training people (which may be weighted). */
MK_NODISCARD MkStatus mk_yards_from_model(const MkModel *model, MkArena *arena, MkYard **out,
                                          MkError *err);

typedef struct MkRelated {
    const MkModel *model; /* its order of nominal levels is used */
    const MkTable *table; /* schema ids are the model's; NULL: the model's own correlations */
    const size_t *rows;
    size_t n_rows;
    MkPool *pool; /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkRelated;

/* For each attribute the ten with the largest |Spearman correlation| over the people who have both
 * (at least MK_RELATED_PAIRS of them; mid-ranks for ties, within those people).
 * *out (schema->n, MK_RELATED), strongest first, MK_RELATED_NONE where there are fewer; in arena.
 * Same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_yards_related(const MkRelated *job, MkArena *arena, uint32_t **out,
                                       MkError *err);

/* Spearman correlation of two columns of codes: code 0 .. n_codes - 1 in the order of the values,
 * MK_CODE_NONE missing. count (n_codes_a + n_codes_b) is scratch. *n_pairs gets the people with
 * both; NaN when one of them does not vary. */
#define MK_CODE_NONE UINT16_MAX
double mk_spearman_codes(const uint16_t *a, size_t n_codes_a, const uint16_t *b, size_t n_codes_b,
                         size_t n_rows, double *count, size_t *n_pairs);

#endif
