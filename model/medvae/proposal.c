/* proposal.c - states near what is known: half of a question's states come from the encoder, which
 * sees the evidence with every gap at the population's middle. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/medvae/medvae.h"

#include <math.h>
#include <string.h>

enum { L = MK_MEDVAE_LATENT };

/* A value as the network sees it. */
static float scaled(const MkMedvae *m, size_t j, double value)
{
    const MkMedvaeColumn *const c = &m->net.layout.columns[j];
    const double low = m->scale[2 * j], high = m->scale[2 * j + 1];
    const double width = high > low ? high - low : 1.0;
    if (c->head == MK_MEDVAE_BINARY || c->head == MK_MEDVAE_LEVELS) {
        return (float)value;
    }
    return (float)((fmin(fmax(value, low), high) - low) / width);
}

MkStatus mk_medvae_gaps(const MkModel *model, MkMedvae *m, MkError *err)
{
    const size_t n = model->schema->n;
    m->gap = mk_arena_array(model->arena, n, sizeof *m->gap);
    if (m->gap == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for a model");
    }
    for (size_t j = 0; j < n; j++) {
        const bool is_scaled = m->net.layout.columns[j].head == MK_MEDVAE_NUMBER ||
                               m->net.layout.columns[j].head == MK_MEDVAE_ORDINAL;
        const MkDistribution *const d = &model->population[j];
        m->gap[j] = scaled(m, j, is_scaled ? mk_dist_quantile(d, 0.5) : mk_dist_mode(d));
    }
    return MK_OK;
}

/* Log densities without -L/2 log(2 pi). */
static double log_prior(const float *z)
{
    double sum = 0.0;
    for (size_t k = 0; k < L; k++) {
        sum -= 0.5 * (double)z[k] * (double)z[k];
    }
    return sum;
}

static double log_diagonal(const float *mean, const float *log_variance, const float *z)
{
    double sum = 0.0;
    for (size_t k = 0; k < L; k++) {
        const double v = (double)log_variance[k], r = (double)z[k] - (double)mean[k];
        sum -= 0.5 * (r * r * exp(-v) + v);
    }
    return sum;
}

static double log_component(const float *component, const float *z)
{
    const float *const mean = component + 1, *const factor = component + 1 + L;
    double x[L], sum = log(fmax((double)component[0], 1e-300));
    for (size_t i = 0; i < L; i++) {
        double r = (double)z[i] - (double)mean[i];
        for (size_t k = 0; k < i; k++) {
            r -= (double)factor[i * L + k] * x[k];
        }
        x[i] = r / (double)factor[i * L + i];
        sum -= 0.5 * x[i] * x[i] + log((double)factor[i * L + i]);
    }
    return sum;
}

static double log_either(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

static double log_target(const MkMedvae *m, const float *z)
{
    double sum = -INFINITY;
    if (m->latent == MK_MEDVAE_OF_PRIOR) {
        return log_prior(z);
    }
    for (size_t c = 0; c < m->n_components; c++) {
        const double one = log_component(m->mixture + c * MK_MEDVAE_NORMAL, z);
        sum = isfinite(sum) ? log_either(sum, one) : one;
    }
    return sum;
}

/* Mean and log variance of the encoder for what is known. */
static MkStatus encode_known(const MkMedvae *m, const MkPoint *known, size_t n_known,
                             MkArena *arena, float *mean, float *log_variance, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    const size_t n = m->net.layout.n;
    float *const x = mk_arena_array(arena, n, sizeof *x);
    MkMedvaeTape *const tape = mk_medvae_tape_new(&m->net, 1, arena);
    if (x == NULL || tape == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for latent states");
    }
    memcpy(x, m->gap, n * sizeof *x);
    for (size_t i = 0; i < n_known; i++) {
        x[known[i].attribute] = scaled(m, known[i].attribute, known[i].value);
    }
    mk_medvae_encode(&m->net, tape, x, 1, mean, log_variance);
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

MkStatus mk_medvae_propose(const MkMedvae *m, const MkPoint *known, size_t n_known, size_t n,
                           MkRng *rng, MkArena *arena, float *z, double *log_weight, MkError *err)
{
    float mean[L], log_variance[L];
    MK_TRY(encode_known(m, known, n_known, arena, mean, log_variance, err));
    for (size_t i = 1; i < n; i += 2) {
        for (size_t k = 0; k < L; k++) {
            z[i * L + k] =
                (float)((double)mean[k] + exp(0.5 * (double)log_variance[k]) * mk_rng_normal(rng));
        }
    }
    const double told = (double)(n / 2) / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double p = log_target(m, z + i * L);
        const double q = log_diagonal(mean, log_variance, z + i * L);
        log_weight[i] = p - log_either(log(1.0 - told) + p, log(told) + q);
    }
    return MK_OK;
}
