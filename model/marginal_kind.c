/* marginal_kind.c - kind marginal: the population's distribution of every attribute, whatever is
 * known. The floor that every other kind has to be above. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/separate.h"

static MkStatus marginal_posterior(const MkModel *model, const MkPoint *known, size_t n_known,
                                   const size_t *targets, size_t n_targets, MkArena *arena,
                                   MkDistribution *out, MkError *err)
{
    (void)known, (void)n_known, (void)arena, (void)err;
    for (size_t t = 0; t < n_targets; t++) {
        out[t] = model->population[targets[t]];
    }
    return MK_OK;
}

static const MkJoint *marginal_joint(const MkModel *model)
{
    (void)model;
    return &mk_joint_separate;
}

const MkKind mk_kind_marginal = {.name = "marginal",
                                 .about = "every attribute on its own",
                                 .posterior = marginal_posterior,
                                 .joint = marginal_joint};
