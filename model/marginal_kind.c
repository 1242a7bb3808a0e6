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

/* The marginals are all that there is. */
static MkStatus make_private(MkTrainConfig *config, size_t n_people, MkMechanism *own,
                             double *share, size_t *n_own, MkError *err)
{
    (void)config, (void)n_people, (void)own, (void)share, (void)err;
    *n_own = 0;
    return MK_OK;
}

const MkKind mk_kind_marginal = {.name = "marginal",
                                 .about = "every attribute on its own",
                                 .make_private = make_private,
                                 .posterior = marginal_posterior,
                                 .joint = marginal_joint};
