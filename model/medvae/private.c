/* private.c - steps of a differentially private training: each person's gradient on its own. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/medvae/medvae.h"

/* Steps are few, with many people each: noise is paid per step; tuned as doc/dp.md says. */
enum { STANDARD_EPOCHS = 30, STANDARD_BATCH = 2048 };
static const double standard_rate = 1e-2;

static MkStatus refuse(const char *key, const char *word, const char *why, MkError *err)
{
    return mk_fail(err, MK_EINVAL, "a private training (dp_epsilon) has no %s %s: %s", key, word,
                   why);
}

MkStatus mk_medvae_make_private(MkTrainConfig *config, size_t n_people, MkMechanism *own,
                                double *share, size_t *n_own, MkError *err)
{
    const MkKind *const kind = mk_kind_find("medvae");
    mk_train_config_set_kind(config, kind, MK_MEDVAE_NORM, MK_MEDVAE_FIXED_NORM);
    mk_train_config_set_kind(config, kind, MK_MEDVAE_EPOCHS, STANDARD_EPOCHS);
    mk_train_config_set_kind(config, kind, MK_MEDVAE_BATCH, STANDARD_BATCH);
    mk_train_config_set_kind(config, kind, MK_MEDVAE_RATE, standard_rate);
    if (mk_train_config_kind(config, kind, MK_MEDVAE_NORM) != MK_MEDVAE_FIXED_NORM) {
        return refuse("medvae_norm", "batch", "a batch's moments mix its people", err);
    }
    if (mk_train_config_kind(config, kind, MK_MEDVAE_FILL) != MK_MEDVAE_MEDIAN) {
        return refuse("medvae_fill", "chained", "regressions mix people", err);
    }
    if (mk_train_config_kind(config, kind, MK_MEDVAE_STATES) != MK_MEDVAE_OF_PRIOR) {
        return refuse("medvae_latent", "but prior", "the others keep people's latent states", err);
    }
    const double batch = mk_train_config_kind(config, kind, MK_MEDVAE_BATCH);
    const double rate = fmin(batch / (double)n_people, 1.0);
    const double steps = ceil(mk_train_config_kind(config, kind, MK_MEDVAE_EPOCHS) / rate);
    own[0] = (MkMechanism){.what = "residuals of numbers", .rate = 1.0, .steps = 1};
    own[1] = (MkMechanism){.what = "clipped gradients", .rate = rate, .steps = (size_t)steps};
    share[0] = config->dp_residuals;
    share[1] = 1.0;
    *n_own = 2;
    return MK_OK;
}

size_t mk_medvae_draw_people(MkMedvaePrivate *p, size_t n_rows)
{
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        if (mk_noise_uniform(p->noise) < p->rate) {
            p->who[n++] = i;
        }
    }
    return n;
}

double mk_medvae_add_person(MkMedvaeNet *net, MkMedvaeTape *tape, const float *x,
                            const float *noise, double kl_weight, MkMedvaePrivate *p)
{
    float *const g = net->p.gradient;
    mk_parameters_zero_gradient(&net->p);
    mk_medvae_step(net, tape, x, 1, noise, kl_weight);
    const double norm = mk_private_clip(g, net->p.n, p->clip);
    for (size_t i = 0; i < net->p.n; i++) {
        p->sum[i] += (double)g[i];
    }
    return norm;
}

void mk_medvae_release(MkMedvaeNet *net, MkMedvaePrivate *p, size_t n_rows)
{
    const double people = p->rate * (double)n_rows;
    mk_private_add_noise(p->noise, p->sigma * p->clip, p->sum, net->p.n);
    for (size_t i = 0; i < net->p.n; i++) {
        net->p.gradient[i] = (float)(p->sum[i] / people);
        p->sum[i] = 0.0;
    }
}
