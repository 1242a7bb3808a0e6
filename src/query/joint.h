/* joint.h - people from the joint distribution of two attributes given the evidence.
 *
 *   MkJoint joint;
 *   MK_TRY(mk_joint_make(&query, evidence, age, &hba1c, 1, &joint, err));
 *   mk_joint_draws(&joint, 0, seed, 400, a, b);
 *   mk_joint_release(&joint);
 *
 * The chain rule: p(a, b | e) = p(a | e) p(b | e, a). The conditionals of b are asked at nodes of
 * a: at every level, at every recorded value when there are at most MK_JOINT_VALUES of them, else
 * at MK_JOINT_NODES quantiles, evenly spaced in normal scores of a (-3 .. 3). Between nodes the
 * quantiles of b (numbers) or its probabilities (levels) are linear in the normal score of a, which
 * is exact for a Gaussian copula. A model whose conditionals do not fit one joint gives another
 * answer from the other side: mk_joint_make with a and b exchanged; half of each treats both alike.
 *
 * Values are rounded as they are recorded. Numbers depend on the seed, never on threads. */
#ifndef MK_QUERY_JOINT_H
#define MK_QUERY_JOINT_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/query/query.h"

enum { MK_JOINT_NODES = 41, MK_JOINT_VALUES = 64 };

typedef struct MkJoint {
    const MkModel *model;
    size_t first;            /* attribute */
    MkDistribution marginal; /* p(first | evidence) */
    size_t n_nodes;
    double at[MK_JOINT_VALUES];    /* values of the first attribute, ascending */
    double score[MK_JOINT_VALUES]; /* their normal scores under the marginal */
    size_t n_targets;
    MkDistribution *given; /* (n_nodes, n_targets): p(target | evidence, first = at) */
    MkArena **arenas;      /* one a node */
} MkJoint;

/* Asks for p(first | evidence) and its conditionals of n_targets attributes. `evidence` must not
 * hold `first`. Uses the query's model, seed, pool and cancel. Fails: MK_ECANCEL, MK_ENOMEM. */
MK_NODISCARD MkStatus mk_joint_make(const MkQuery *query, MkEvidence evidence, size_t first,
                                    const size_t *targets, size_t n_targets, MkJoint *out,
                                    MkError *err);
void mk_joint_release(MkJoint *joint); /* a zeroed one is allowed */

/* The person at (u, v) of the unit square: a at share u of its mass, then b at share v of its
 * own. */
void mk_joint_at(const MkJoint *joint, size_t target, double u, double v, double *a, double *b);
/* n independent people (a in n strata); a, b (n). */
void mk_joint_draws(const MkJoint *joint, size_t target, uint64_t seed, size_t n, double *a,
                    double *b);
/* n people spread evenly over the unit square (a golden-ratio lattice): for sums, whose error falls
 * with 1 / n; no seed. */
void mk_joint_even(const MkJoint *joint, size_t target, size_t n, double *a, double *b);

#endif
