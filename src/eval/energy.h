/* energy.h - energy score of attributes that are drawn together (Gneiting and Raftery 2007,
 * equation 21): mean |X - x| - 1/2 mean |X - X'| over draws X, X' of a person whose values are x;
 * lower is better, and only a joint distribution that is right has the lowest.
 *
 * Distances are Euclidean over coordinates: numbers in sd of the training people, ordinal levels in
 * rank / (levels - 1), other levels and what is missing on one side 0 or 1. Beside it stands the
 * score of the same draws with each attribute shuffled over the draws of the person: each attribute
 * keeps its distribution and no two go together. */
#ifndef MK_EVAL_ENERGY_H
#define MK_EVAL_ENERGY_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/eval/yard.h"

enum { MK_ENERGY_DRAWS = 16 };

typedef struct MkEnergyScore {
    double joint, shuffled;
} MkEnergyScore;

typedef struct MkEnergyJob {
    const MkModel *model;
    const MkYard *yards; /* by attribute */
    const size_t *known; /* (n_known) attributes */
    size_t n_known;
    const size_t *targets; /* (n_targets) drawn, none of them known */
    size_t n_targets;
    const double *given;  /* (n, n_known) */
    const double *values; /* (n, n_targets) what people have */
    size_t n;
    uint64_t seed;
    const MkCancel *cancel; /* may be NULL */
} MkEnergyJob;

/* Energy score of m draws (m, n) beside a value (n), m > 1; ids of the attributes. */
double mk_energy_score(const MkSchema *schema, const MkYard *yards, const size_t *ids, size_t n,
                       const double *draws, size_t m, const double *value);
/* out (n). Fails: MK_ECANCEL, what drawing gives. */
MK_NODISCARD MkStatus mk_energy_scores(const MkEnergyJob *job, MkArena *arena, MkEnergyScore *out,
                                       MkError *err);

#endif
