/* copula_kind.c - kind copula: the base alone. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/chain.h"

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

const MkKind mk_kind_copula = {.name = "copula",
                               .about = "Gaussian copula over cells",
                               .posterior = copula_posterior,
                               .joint = copula_joint};
