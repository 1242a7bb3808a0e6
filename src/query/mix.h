/* mix.h - evidence with ranges and sets as a weighted list of point evidence.
 *
 * p(t | points, A in R) = sum over x in R of p(x | points, A in R) p(t | points, A = x).
 * The method: a set gives one part a level, weighted by the model's conditional probability of the
 * level given the points; a range of a number gives 8 parts, the mid-points of 8 slices of equal
 * conditional mass inside the range. Several ranges multiply by the chain rule: the conditional of
 * the second is asked with the first already fixed, so the weights are exact under the model. When
 * the product would have more than 64 parts, 64 paths through the ranges are drawn instead (at
 * points that lie evenly over all of them, moved by the seed), each weighted by the mass it found
 * inside every range (sequential importance sampling, self-normalised). People drawn together and
 * resampled (as sample.c does) are of the same distribution, and were tried: 512 of them cost six
 * times as much and told no more. A range without any mass under the model gets even
 * weights over the part of it that training has seen, and `is_unseen` tells.
 *
 * A target that is itself under a range gets its own conditional cut to the range, as points. */
#ifndef MK_QUERY_MIX_H
#define MK_QUERY_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/value.h"

enum { MK_MIX_SLICES = 8, MK_MIX_MAX = 64, MK_MIX_CUT_POINTS = 64 };

typedef struct MkMix {
    size_t n;              /* parts, at least 1 */
    size_t n_known;        /* points of each part */
    const MkPoint *known;  /* (n, n_known) */
    const double *weights; /* (n), sum 1 */
    size_t n_points;       /* the first n_points of each part are the same in all */
    size_t n_ranges;       /* ranges and sets */
    const MkKnown *ranges; /* (n_ranges), in the order of the points after n_points */
    bool is_drawn;
    bool is_unseen;
} MkMix;

/* Lives in `arena`. Fails: MK_EINVAL for an empty set or range, MK_ECANCEL. */
MK_NODISCARD MkStatus mk_mix_make(const MkModel *model, MkEvidence evidence, uint64_t seed,
                                  const MkCancel *cancel, MkArena *arena, MkMix *out, MkError *err);
/* p(target | evidence) for each target; out (n_targets), living in arena and model. */
MK_NODISCARD MkStatus mk_mix_posterior(const MkModel *model, const MkMix *mix,
                                       const size_t *targets, size_t n_targets,
                                       const MkCancel *cancel, MkArena *arena, MkDistribution *out,
                                       MkError *err);
/* Support of the evidence: the mean over the parts. 1 when nothing is known. */
MK_NODISCARD MkStatus mk_mix_support(const MkModel *model, const MkMix *mix, MkArena *arena,
                                     double *percentile, MkError *err);

#endif
