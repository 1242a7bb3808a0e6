/* crowd.h - people, real ones and drawn ones, as columns of numbers that are compared with each
 * other. */
#ifndef MK_EVAL_CROWD_H
#define MK_EVAL_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

/* Attribute j of person i is x[j * stride + i], NaN missing. A crowd may carry several sets of
 * weights: the first is what people count, the others are replicates of a bootstrap. */
typedef struct MkCrowd {
    size_t n, d, stride;
    double *x;
    size_t n_sets;   /* 0: everybody counts one */
    const double *w; /* (n_sets, n) */
} MkCrowd;

static inline const double *mk_crowd_column(const MkCrowd *crowd, size_t j)
{
    return crowd->x + j * crowd->stride;
}
/* The weights of a set; NULL: everybody counts one. */
static inline const double *mk_crowd_weights(const MkCrowd *crowd, size_t set)
{
    return crowd->n_sets == 0 ? NULL : crowd->w + (set < crowd->n_sets ? set : 0) * crowd->n;
}

/* All of these live in `arena` and fail with MK_ENOMEM alone. */
MK_NODISCARD MkStatus mk_crowd_new(size_t n, size_t d, MkArena *arena, MkCrowd *out,
                                   MkError *err); /* nobody has anything */
/* rows (n) of a cohort, all of its attributes or only those of `ids` (n_ids); with its survey
 * weights (mean 1 in each table) when they are asked for and it has any. */
typedef struct MkCrowdOf {
    const MkCohort *cohort;
    const size_t *rows, *ids; /* ids NULL: all */
    size_t n, n_ids;
    bool weighted;
} MkCrowdOf;
MK_NODISCARD MkStatus mk_crowd_people(const MkCrowdOf *of, MkArena *arena, MkCrowd *out,
                                      MkError *err);
MK_NODISCARD MkStatus mk_crowd_rows(const MkCrowd *p, const size_t *rows, size_t n, MkArena *arena,
                                    MkCrowd *out, MkError *err);
/* n people at random, all of them in random order when there are not more. */
MK_NODISCARD MkStatus mk_crowd_pick(const MkCrowd *p, size_t n, uint64_t seed, MkArena *arena,
                                    MkCrowd *out, MkError *err);
/* n people in a row, without weights; borrowed from p. */
MkCrowd mk_crowd_part(const MkCrowd *p, size_t begin, size_t n);
/* One after the other, with weights when one of them has any. */
MK_NODISCARD MkStatus mk_crowd_both(const MkCrowd *a, const MkCrowd *b, MkArena *arena,
                                    MkCrowd *out, MkError *err);
/* At random, equally many; without weights. */
MK_NODISCARD MkStatus mk_crowd_halves(const MkCrowd *p, uint64_t seed, MkArena *arena, MkCrowd *a,
                                      MkCrowd *b, MkError *err);
/* When nobody lacks anything: the gaps of random real people. */
void mk_crowd_copy_gaps(MkCrowd *p, const MkCrowd *real);
/* n_sets sets of weights: what people count, and n_sets - 1 replicates in which everybody counts as
 * often as a Poisson variable of mean 1 says (bootstrap over people). */
MK_NODISCARD MkStatus mk_crowd_replicate(MkCrowd *p, size_t n_sets, uint64_t seed, MkArena *arena,
                                         MkError *err);

#endif
