/* copula_kind.c - kind copula: the base alone. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/chain.h"
#include "model/copula/copula_private.h"
#include "model/train_priv.h"

static MkStatus copula_posterior(const MkModel *model, const MkPoint *known, size_t n_known,
                                 const size_t *targets, size_t n_targets, MkArena *arena,
                                 MkDistribution *out, MkError *err)
{
    MkEncoded e;
    MK_TRY(mk_model_encode(&model->copula, known, n_known, arena, &e, err));
    uint32_t *const ids = mk_arena_array(arena, n_targets + 1, sizeof *ids);
    float *const m = mk_arena_array(arena, n_targets + 1, sizeof *m);
    float *const s = mk_arena_array(arena, n_targets + 1, sizeof *s);
    if (ids == NULL || m == NULL || s == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    for (size_t t = 0; t < n_targets; t++) {
        ids[t] = (uint32_t)targets[t];
    }
    MK_TRY(mk_copula_condition(&model->copula, e.ids, e.values, e.n, ids, n_targets, arena, m, s,
                               NULL, err));
    for (size_t t = 0; t < n_targets; t++) {
        const MkMarginal *const marginal = &model->marginals[targets[t]];
        float logits[MK_CELLS_MAX];
        double p[MK_CELLS_MAX], total = 0.0;
        mk_copula_logits(marginal, (double)m[t], (double)s[t], logits);
        for (size_t k = 0; k < marginal->n_cells; k++) {
            p[k] = exp((double)logits[k]);
            total += p[k];
        }
        for (size_t k = 0; k < marginal->n_cells; k++) {
            p[k] /= total;
        }
        MK_TRY(mk_model_from_cells(marginal, p, arena, &out[t], err));
    }
    return MK_OK;
}

static const MkJoint *copula_joint(const MkModel *model)
{
    (void)model;
    return &mk_joint_chain;
}

static MkStatus make_private(MkTrainConfig *config, size_t n_people, MkMechanism *own,
                             double *share, size_t *n_own, MkError *err)
{
    (void)config, (void)n_people, (void)err;
    own[0] = (MkMechanism){.what = "products of scores", .rate = 1.0, .steps = 1};
    share[0] = 1.0;
    *n_own = 1;
    return MK_OK;
}

/* The base is fitted before; a private one knows nothing of relations yet. */
static MkStatus copula_train(MkTrainRun *run, MkError *err)
{
    const size_t p = run->copula.n_features;
    MkPrivacy *const privacy = run->privacy;
    if (privacy == NULL) {
        return MK_OK;
    }
    float *const r = mk_arena_array(run->arena, p * (p + 1) / 2, sizeof *r);
    if (r == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    run->copula.r = r;
    return mk_copula_private(&run->copula, &run->people, privacy->mechanisms[1].sigma,
                             &privacy->noise, r, err);
}

const MkKind mk_kind_copula = {.name = "copula",
                               .about = "Gaussian copula over cells",
                               .make_private = make_private,
                               .train = copula_train,
                               .posterior = copula_posterior,
                               .joint = copula_joint};
