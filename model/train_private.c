/* train_private.c - the plan of a private training: who may, what is released of the people with
 * how much noise, and what stands in a file in the place of all that is fitted to people. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/normal.h"
#include "model/private_marginal.h"
#include "model/train_priv.h"

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for a private training");
}

/* ---- whether and how ---- */

static MkStatus refuse_kind(const MkTrainConfig *c, MkError *err)
{
    char can[128] = "";
    for (size_t k = 0; k < mk_kind_count(); k++) {
        const size_t len = strlen(can);
        if (mk_kind_at(k)->make_private != NULL) {
            snprintf(can + len, sizeof can - len, "%s%s", len > 0 ? ", " : "", mk_kind_at(k)->name);
        }
    }
    return mk_fail(err, MK_EUNSUPPORTED,
                   "kind %s has no private training (dp_epsilon); these have: %s", c->kind, can);
}

MkStatus mk_train_private_check(MkTrainRun *run, MkTrainConfig *held, MkError *err)
{
    const MkTrainConfig *const c = run->config;
    const MkTrainHooks *const hooks = run->hooks;
    if (run->kind->make_private == NULL) {
        return refuse_kind(c, err);
    }
    if (hooks->extend != NULL || hooks->renew || hooks->base != NULL) {
        return mk_fail(err, MK_EUNSUPPORTED,
                       "a private training (dp_epsilon) starts from nothing: it cannot extend or "
                       "renew a model or keep a base");
    }
    if (run->cohort->n_tables > 1) {
        return mk_fail(err, MK_EUNSUPPORTED,
                       "a private training (dp_epsilon) takes people of one source; here are %zu",
                       run->cohort->n_tables);
    }
    if (c->survey_weights) {
        return mk_fail(err, MK_EUNSUPPORTED,
                       "a private training (dp_epsilon) counts everybody once: found "
                       "survey_weights yes, expected no");
    }
    MK_TRY(mk_private_ranges(run->cohort->schema, err));
    run->privacy = mk_arena_zeros(run->arena, 1, sizeof *run->privacy);
    if (run->privacy == NULL) {
        return no_memory(err);
    }
    mk_noise_init(&run->privacy->noise, c->dp_seed);
    *held = *c;
    held->calibration = false;
    run->privacy->settings = held;
    run->config = held;
    run->outcome.privacy = run->privacy;
    return MK_OK;
}

static MkStatus too_little(const MkTrainConfig *c, MkError *err)
{
    return mk_fail(err, MK_EINVAL,
                   "dp_epsilon %g at dp_delta %g cannot be met: no noise is enough for all that "
                   "is released; take a larger dp_epsilon or dp_delta, or leave more of epsilon "
                   "to the model (dp_marginals is %g, dp_residuals %g)",
                   c->dp_epsilon, c->dp_delta, c->dp_marginals, c->dp_residuals);
}

MkStatus mk_train_private_plan(MkTrainRun *run, MkError *err)
{
    MkPrivacy *const p = run->privacy;
    const MkTrainConfig *const c = run->config;
    double share[MK_PRIVATE_MOST] = {c->dp_marginals};
    size_t n = 0;
    p->mechanisms[0] = (MkMechanism){.what = "shares of cells", .rate = 1.0, .steps = 1};
    MK_TRY(
        run->kind->make_private(p->settings, run->n_train, p->mechanisms + 1, share + 1, &n, err));
    p->n = n + 1;
    for (size_t i = 0; i < n; i++) { /* all but the last, each on its own */
        if (!mk_private_sigma(p->mechanisms + i, 1, 0, share[i] * c->dp_epsilon, c->dp_delta)) {
            return too_little(c, err);
        }
    }
    if (!mk_private_sigma(p->mechanisms, p->n, n, c->dp_epsilon, c->dp_delta)) {
        return too_little(c, err);
    }
    p->epsilon = mk_private_epsilon(p->mechanisms, p->n, c->dp_delta, &p->order);
    return MK_OK;
}

/* ---- in the place of what is fitted ---- */

MkStatus mk_train_private_marginals(MkTrainRun *run, MkError *err)
{
    return mk_private_marginals(run->cohort, run->train, run->n_train, run->config->cells,
                                run->privacy->mechanisms[0].sigma, &run->privacy->noise, run->arena,
                                &run->marginals, err);
}

/* Variance of the normal score: of bins as a normal's, of atoms and levels as their cells' means.
 */
static double score_variance(const MkMarginal *m)
{
    double sum = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        const double low = m->tau[k], high = m->tau[k + 1];
        const bool is_bin = m->knots != NULL && m->knots[k][0] < m->knots[k][MK_CELL_KNOTS - 1];
        sum += is_bin ? m->share[k] + (isfinite(low) ? low * mk_normal_density(low) : 0.0) -
                            (isfinite(high) ? high * mk_normal_density(high) : 0.0)
                      : m->share[k] * m->score[k] * m->score[k];
    }
    return fmax(sum, 0.0);
}

MkStatus mk_train_private_base(MkTrainRun *run, MkError *err)
{
    const size_t n = run->cohort->schema->n;
    MkFeature *const features = mk_arena_zeros(run->arena, n, sizeof *features);
    uint32_t *const begin = mk_arena_array(run->arena, n + 1, sizeof *begin);
    float *const rho = mk_arena_array(run->arena, n, sizeof *rho);
    float *const r = mk_arena_zeros(run->arena, n * (n + 1) / 2, sizeof *r);
    if (features == NULL || begin == NULL || rho == NULL || r == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < n; j++) {
        const double sd = fmin(sqrt(score_variance(&run->marginals[j])), 1.0);
        features[j] = (MkFeature){
            .attribute = (uint32_t)j, .kind = MK_FEATURE_SCORE, .sd = (float)fmax(sd, 0.05)};
        rho[j] = (float)sqrt(fmax(sd, 0.05));
        r[j * (j + 1) / 2 + j] = 1.0F;
        begin[j] = (uint32_t)n;
    }
    begin[n] = (uint32_t)n;
    run->copula = (MkCopula){.n_attributes = n,
                             .marginals = run->marginals,
                             .n_features = n,
                             .features = features,
                             .extra_begin = begin,
                             .r = r,
                             .rho = rho};
    return MK_OK;
}

int32_t *mk_train_private_pairs(const MkTrainRun *run)
{
    const size_t n = run->cohort->schema->n;
    int32_t *const pairs = mk_arena_array(run->arena, n * (n + 1) / 2, sizeof *pairs);
    for (size_t a = 0; pairs != NULL && a < n; a++) {
        const double of_a = (double)run->marginals[a].n_observed;
        for (size_t b = 0; b < a; b++) {
            const double of_b = (double)run->marginals[b].n_observed;
            pairs[a * (a + 1) / 2 + b] = (int32_t)round(of_a * of_b / (double)run->n_train);
        }
        pairs[a * (a + 1) / 2 + a] = (int32_t)of_a;
    }
    return pairs;
}
