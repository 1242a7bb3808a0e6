/* unconditional.h - whether a model that is told nothing answers with its population.
 *
 *   MkUnconditional u;
 *   MK_TRY(mk_unconditional_judge(model, arena, &u, err));
 *
 * The distance of an attribute is the largest difference of the two distribution functions at the
 * population's quantiles of 5 %, 10 % .. 95 %; of levels without order half the sum of the
 * differences (total variation). A model whose training heard some people more than others is far
 * from its own marginals, however good it is once much is known. */
#ifndef MK_EVAL_UNCONDITIONAL_H
#define MK_EVAL_UNCONDITIONAL_H

#include <stddef.h>

#include "model/model.h"

typedef struct MkUnconditional {
    size_t n;        /* attributes: all but `source` */
    double within;   /* share of them with a distance of 0.05 at most */
    double mean;     /* distance */
    double farthest; /* the largest, and whose it is */
    size_t attribute;
} MkUnconditional;

MK_NODISCARD MkStatus mk_unconditional_judge(const MkModel *model, MkArena *arena,
                                             MkUnconditional *out, MkError *err);
/* Distance of an answer from a distribution of the same attribute, 0 .. 1. */
double mk_unconditional_distance(const MkDistribution *answer, const MkDistribution *population);

#endif
