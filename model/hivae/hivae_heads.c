#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/hivae/hivae.h"
#include "model/likelihood/likelihood.h"
#include "model/normal.h"

/* A share of every cell's probability is the marginal's: nothing that people had is impossible, and
 * a value far out has a bounded gradient. */
static const double loose = 0.002;
static const double least_sd = 0.02;

static double softplus(double x)
{
    return x > 30.0 ? x : log1p(exp(x));
}

static double sigmoid(double x)
{
    return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
}

/* ---- values ---- */

double mk_hivae_raw(const MkMarginal *m, double value)
{
    return m->attribute->type == MK_REAL ? value : log1p(fmax(value, 0.0));
}

bool mk_hivae_is_normalised(const MkHivaeHead *head)
{
    return head->family == MK_HIVAE_REAL || head->family == MK_HIVAE_POSITIVE;
}

void mk_hivae_see(const MkHivae *net, size_t j, double value, double score, double center,
                  double scale, float *x)
{
    const MkHivaeHead *const h = &net->heads[j];
    const MkMarginal *const m = &net->marginals[j];
    float *const to = x + h->input;
    if (h->family == MK_HIVAE_LEVELS) {
        to[(size_t)value] = 1.0F;
        return;
    }
    if (!net->config.faithful) {
        to[0] = (float)score;
        to[1] = 1.0F;
        return;
    }
    if (h->family == MK_HIVAE_ORDINAL) { /* thermometer */
        for (size_t k = 0; k <= (size_t)value; k++) {
            to[k] = 1.0F;
        }
        return;
    }
    to[0] = (float)((mk_hivae_raw(m, value) - center) / scale);
}

double mk_hivae_target(const MkHivae *net, size_t j, double value, size_t cell, double center,
                       double scale)
{
    switch (net->heads[j].family) {
    case MK_HIVAE_CELLS:
        return (double)cell;
    case MK_HIVAE_REAL:
    case MK_HIVAE_POSITIVE:
        return (mk_hivae_raw(&net->marginals[j], value) - center) / scale;
    case MK_HIVAE_COUNT:
        return fmax(round(value), 0.0);
    case MK_HIVAE_LEVELS:
    case MK_HIVAE_ORDINAL:
        break;
    }
    return value;
}

/* ---- cells ---- */

/* Phi((b - m) / sd) - Phi((a - m) / sd), from the side where both are small. */
static double mass_between(double a, double b)
{
    return a > 0.0 ? mk_normal_cdf(-a) - mk_normal_cdf(-b) : mk_normal_cdf(b) - mk_normal_cdf(a);
}

static double slope_at(double x)
{
    return isinf(x) ? 0.0 : x * mk_normal_density(x);
}

static double cells_log(const MkMarginal *m, double mean, double raw, size_t cell, float *dmean,
                        float *dspread)
{
    const double sd = softplus(raw) + least_sd;
    const double a = (m->tau[cell] - mean) / sd, b = (m->tau[cell + 1] - mean) / sd;
    const double p = (1.0 - loose) * mass_between(a, b) + loose * fmax(m->share[cell], 1e-9);
    if (dmean != NULL) {
        const double scale = (1.0 - loose) / (sd * p);
        dmean[0] = (float)(scale * (mk_normal_density(a) - mk_normal_density(b)));
        dspread[0] = (float)(scale * (slope_at(a) - slope_at(b)) * sigmoid(raw));
    }
    return log(p);
}

static void cells_p(const MkMarginal *m, double mean, double raw, double *p)
{
    const double sd = softplus(raw) + least_sd;
    double below = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        const double here = k + 1 < m->n_cells ? mk_normal_cdf((m->tau[k + 1] - mean) / sd) : 1.0;
        p[k] = (1.0 - loose) * fmax(here - below, 0.0) + loose * m->share[k];
        below = here;
    }
}

/* ---- the published families, where likelihood.h parametrises them otherwise ---- */

/* Variance softplus(raw), kept at 0.001 or more and, of log-normals, at 1 or less. */
static double variance_of(MkHivaeFamily family, double raw, double *slope)
{
    const double v = softplus(raw), most = family == MK_HIVAE_POSITIVE ? 1.0 : INFINITY;
    *slope = v > 1e-3 && v < most ? sigmoid(raw) : 0.0;
    return fmin(fmax(v, 1e-3), most);
}

static double normal_log(MkHivaeFamily family, double mean, double raw, double y, float *dmean,
                         float *dspread)
{
    double slope = 0.0;
    const double v = variance_of(family, raw, &slope), r = y - mean;
    if (dmean != NULL) {
        dmean[0] = (float)(r / v);
        dspread[0] = (float)(0.5 * (r * r / v - 1.0) / v * slope);
    }
    return -0.5 * (r * r / v + log(v)) - 0.91893853320467274178;
}

static double rate_of(double raw)
{
    return fmin(fmax(softplus(raw), 1e-6), 1e6);
}

static double poisson_log(double raw, double y, float *dmean)
{
    const double rate = rate_of(raw);
    if (dmean != NULL) {
        const bool held = rate <= 1e-6 || rate >= 1e6;
        dmean[0] = held ? 0.0F : (float)((y / rate - 1.0) * sigmoid(raw));
    }
    return y * log(rate) - rate - lgamma(y + 1.0);
}

/* Parameters of mk_ordinal: location, thresholds; the published first threshold is positive. */
static void ordinal_parameters(const MkHivae *net, const float *mean, const float *spread, size_t n,
                               float *out)
{
    out[0] = mean[0];
    for (size_t k = 0; k + 1 < n; k++) {
        out[1 + k] = spread[k];
    }
    if (net->config.faithful && n > 1) {
        out[1] = (float)softplus((double)spread[0]);
    }
}

static double ordinal_log(const MkHivae *net, const float *mean, const float *spread, size_t n,
                          size_t y, float *dmean, float *dspread)
{
    float parameters[MK_HIVAE_HEAD + 1], gradient[MK_HIVAE_HEAD + 1];
    ordinal_parameters(net, mean, spread, n, parameters);
    const double log_p = mk_ordinal(parameters, n, y, dmean != NULL ? gradient : NULL);
    if (dmean == NULL) {
        return log_p;
    }
    dmean[0] = gradient[0];
    for (size_t k = 0; k + 1 < n; k++) {
        dspread[k] = gradient[1 + k];
    }
    if (net->config.faithful && n > 1) {
        dspread[0] *= (float)sigmoid((double)spread[0]);
    }
    return log_p;
}

static void levels_logits(const float *mean, size_t n, float *logits)
{
    logits[0] = 0.0F;
    for (size_t k = 1; k < n; k++) {
        logits[k] = mean[k - 1];
    }
}

static double levels_log(const float *mean, size_t n, size_t y, float *dmean)
{
    float logits[MK_HIVAE_HEAD + 1], gradient[MK_HIVAE_HEAD + 1];
    levels_logits(mean, n, logits);
    const double log_p = mk_categorical(logits, n, y, dmean != NULL ? gradient : NULL);
    for (size_t k = 1; dmean != NULL && k < n; k++) {
        dmean[k - 1] = gradient[k];
    }
    return log_p;
}

/* ---- any family ---- */

double mk_hivae_head_log(const MkHivae *net, size_t j, const float *mean, const float *spread,
                         double target, float *dmean, float *dspread)
{
    const MkHivaeHead *const h = &net->heads[j];
    const MkMarginal *const m = &net->marginals[j];
    switch (h->family) {
    case MK_HIVAE_CELLS:
        return cells_log(m, (double)mean[0], (double)spread[0], (size_t)target, dmean, dspread);
    case MK_HIVAE_REAL:
    case MK_HIVAE_POSITIVE:
        return normal_log(h->family, (double)mean[0], (double)spread[0], target, dmean, dspread);
    case MK_HIVAE_COUNT:
        return poisson_log((double)mean[0], target, dmean);
    case MK_HIVAE_LEVELS:
        return levels_log(mean, m->n_cells, (size_t)target, dmean);
    case MK_HIVAE_ORDINAL:
        break;
    }
    return ordinal_log(net, mean, spread, m->n_cells, (size_t)target, dmean, dspread);
}

static void number_distribution(const MkHivae *net, size_t j, const float *mean,
                                const float *spread, MkDistribution *d)
{
    const MkHivaeFamily family = net->heads[j].family;
    const double center = (double)net->center[j], scale = (double)net->scale[j];
    double slope = 0.0;
    if (family == MK_HIVAE_COUNT) {
        d->kind = MK_DIST_POISSON;
        d->a = rate_of((double)mean[0]);
        return;
    }
    d->kind = family == MK_HIVAE_REAL ? MK_DIST_NORMAL : MK_DIST_LOGNORMAL;
    d->shift = family == MK_HIVAE_REAL ? 0.0 : 1.0;
    d->a = center + scale * (double)mean[0];
    d->b = scale * sqrt(variance_of(family, (double)spread[0], &slope));
}

MkStatus mk_hivae_head_distribution(const MkHivae *net, size_t j, const float *mean,
                                    const float *spread, MkArena *arena, MkDistribution *out,
                                    MkError *err)
{
    const MkMarginal *const m = &net->marginals[j];
    const MkHivaeFamily family = net->heads[j].family;
    float logits[MK_HIVAE_HEAD + 1];
    MkDistribution d = {.attribute = m->attribute, .marginal = m};
    if (family == MK_HIVAE_REAL || family == MK_HIVAE_POSITIVE || family == MK_HIVAE_COUNT) {
        number_distribution(net, j, mean, spread, &d);
        *out = d;
        return MK_OK;
    }
    double *const p = mk_arena_array(arena, m->n_cells, sizeof *p);
    if (p == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (family == MK_HIVAE_CELLS) {
        cells_p(m, (double)mean[0], (double)spread[0], p);
    } else if (family == MK_HIVAE_LEVELS) {
        levels_logits(mean, m->n_cells, logits);
        mk_categorical_p(logits, m->n_cells, p);
    } else {
        ordinal_parameters(net, mean, spread, m->n_cells, logits);
        mk_ordinal_p(logits, m->n_cells, p);
    }
    d.kind = family == MK_HIVAE_CELLS ? MK_DIST_CELLS : MK_DIST_LEVELS;
    d.n = m->n_cells;
    d.p = p;
    *out = d;
    return MK_OK;
}

/* ---- from y and s ---- */

void mk_hivae_head(const MkHivae *net, size_t j, const float *y, const float *s, float *mean,
                   float *spread)
{
    const MkHivaeHead *const h = &net->heads[j];
    const float *const w = net->parameters.value + h->mean, *const v =
                                                                net->parameters.value + h->spread;
    const size_t n_y = net->config.y, n_s = net->config.s;
    for (size_t k = 0; k < h->n_mean; k++) {
        float sum = 0.0F;
        for (size_t r = 0; r < n_y; r++) {
            sum += y[r] * w[r * h->n_mean + k];
        }
        for (size_t c = 0; c < n_s; c++) {
            sum += s[c] * w[(n_y + c) * h->n_mean + k];
        }
        mean[k] = sum;
    }
    for (size_t k = 0; k < h->n_spread; k++) {
        float sum = 0.0F;
        for (size_t c = 0; c < n_s; c++) {
            sum += s[c] * v[c * h->n_spread + k];
        }
        spread[k] = sum;
    }
}

void mk_hivae_head_back(MkHivae *net, size_t j, const float *y, const float *s, const float *dmean,
                        const float *dspread, float *dy, float *ds)
{
    const MkHivaeHead *const h = &net->heads[j];
    const size_t n_y = net->config.y, n_s = net->config.s;
    const float *const w = net->parameters.value + h->mean, *const v =
                                                                net->parameters.value + h->spread;
    float *const dw = net->parameters.gradient + h->mean;
    float *const dv = net->parameters.gradient + h->spread;
    for (size_t k = 0; k < h->n_mean; k++) {
        for (size_t r = 0; r < n_y; r++) {
            dw[r * h->n_mean + k] += y[r] * dmean[k];
            dy[r] += w[r * h->n_mean + k] * dmean[k];
        }
        for (size_t c = 0; c < n_s; c++) {
            dw[(n_y + c) * h->n_mean + k] += s[c] * dmean[k];
            ds[c] += w[(n_y + c) * h->n_mean + k] * dmean[k];
        }
    }
    for (size_t k = 0; k < h->n_spread; k++) {
        for (size_t c = 0; c < n_s; c++) {
            dv[c * h->n_spread + k] += s[c] * dspread[k];
            ds[c] += v[c * h->n_spread + k] * dspread[k];
        }
    }
}
