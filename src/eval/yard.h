/* yard.h - what a model is measured against: the training people's sd, median and commonest value
 * of each attribute, and which attributes go with which.
 *
 *   MkYard *yards;
 *   MK_TRY(mk_yards_from_people(train, people, n_people, arena, &yards, err));
 *   MkRelated related = {.model = model, .train = train, .people = people, .n_people = n_people,
 *                        .judged = cohort};
 *   MK_TRY(mk_yards_related(&related, arena, &ids, err)); */
#ifndef MK_EVAL_YARD_H
#define MK_EVAL_YARD_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

enum { MK_RELATED = 10 }; /* known attributes of the ten-most-related protocol */
enum { MK_RELATED_PAIRS = 200 };
#define MK_RELATED_NONE UINT32_MAX

typedef struct MkYard {
    size_t n;      /* people with a value */
    double sd;     /* numbers: over people, not weighted; 0 for levels */
    double point;  /* median of numbers, commonest level otherwise: the answer that knows nothing */
    double common; /* share of people with the commonest value */
} MkYard;

/* From training people of a cohort, ascending. *out (schema->n) in arena. An attribute that nobody
 * has a value of gets n = 0 and is not judged. */
MK_NODISCARD MkStatus mk_yards_from_people(const MkCohort *train, const size_t *people,
                                           size_t n_people, MkArena *arena, MkYard **out,
                                           MkError *err);
/* The same from what a model remembers of its training people (which may be weighted). */
MK_NODISCARD MkStatus mk_yards_from_model(const MkModel *model, MkArena *arena, MkYard **out,
                                          MkError *err);

typedef struct MkRelated {
    const MkModel *model;  /* its order of nominal levels is used */
    const MkCohort *train; /* schema ids are the model's; NULL: the model's own correlations */
    const size_t *people;  /* (n_people) of train, ascending */
    size_t n_people;
    const MkCohort *judged; /* whose attributes may be known */
    const bool *allowed;    /* (schema->n) attributes that may be asked and known; NULL: all */
    MkPool *pool;           /* may be NULL */
    const MkCancel *cancel;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkRelated;

/* For each table of `judged` and each attribute the ten with the largest |Spearman correlation|
 * over the training people who have both (at least MK_RELATED_PAIRS of them; mid-ranks for ties,
 * within those people), among those that anybody of the table has.
 * *out (n_tables, schema->n, MK_RELATED), strongest first, MK_RELATED_NONE where there are fewer;
 * in arena. Same result whatever the number of threads. */
MK_NODISCARD MkStatus mk_yards_related(const MkRelated *job, MkArena *arena, uint32_t **out,
                                       MkError *err);

#define MK_CODE_NONE UINT16_MAX
/* Two columns of codes of the same people: 0 .. n_codes - 1 in the order of the values,
 * MK_CODE_NONE missing. */
typedef struct MkCodePair {
    const uint16_t *a, *b;
    size_t n_rows;
} MkCodePair;
/* Spearman correlation over people who stand in several such pairs of columns. count (n_codes_a +
 * n_codes_b) and both (2 (all rows + 1)) are scratch. *n_pairs gets the people with both; NaN when
 * one of them does not vary. */
double mk_spearman_codes(const MkCodePair *pairs, size_t n, size_t n_codes_a, size_t n_codes_b,
                         double *count, uint16_t *both, size_t *n_pairs);

#endif
