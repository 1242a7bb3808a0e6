#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/likelihood/likelihood.h"

#include <math.h>

static double scale_sd(const MkMarginal *m)
{
    return m->sd > 1e-9 ? m->sd : 1.0;
}

/* Mean and sd of log(1 + x), from the knots of the marginal. */
static void log_moments(const MkMarginal *m, double *mean, double *sd)
{
    double sum = 0.0, squares = 0.0;
    for (size_t k = 0; k < m->n_cells; k++) {
        for (size_t i = 0; i + 1 < MK_CELL_KNOTS; i++) {
            const double x = 0.5 * ((double)m->knots[k][i] + (double)m->knots[k][i + 1]);
            const double y = log1p(fmax(x, 0.0)), w = m->share[k] / (MK_CELL_KNOTS - 1);
            sum += w * y;
            squares += w * y * y;
        }
    }
    *mean = sum;
    *sd = sqrt(fmax(squares - sum * sum, 1e-6));
}

size_t mk_likelihood_outputs(const MkAttribute *attribute)
{
    switch (attribute->type) {
    case MK_REAL:
    case MK_POSITIVE:
        return 2;
    case MK_COUNT:
        return 1;
    case MK_CATEGORICAL:
    case MK_ORDINAL:
        break;
    }
    return attribute->n_levels; /* softmax, or location and n - 1 thresholds */
}

double mk_likelihood_scale(const MkMarginal *m, double value)
{
    double mean = 0.0, sd = 1.0;
    switch (m->attribute->type) {
    case MK_REAL:
        return (value - m->mean) / scale_sd(m);
    case MK_POSITIVE:
        log_moments(m, &mean, &sd);
        return (log1p(fmax(value, 0.0)) - mean) / sd;
    case MK_COUNT:
        return fmax(round(value), 0.0);
    case MK_CATEGORICAL:
    case MK_ORDINAL:
        break;
    }
    return value;
}

double mk_likelihood_log(const MkMarginal *m, const float *parameters, double scaled,
                         float *gradient)
{
    switch (m->attribute->type) {
    case MK_REAL:
    case MK_POSITIVE:
        return mk_gaussian(parameters, scaled, gradient);
    case MK_COUNT:
        return mk_poisson(parameters, scaled, gradient);
    case MK_CATEGORICAL:
        return mk_categorical(parameters, m->n_cells, (size_t)scaled, gradient);
    case MK_ORDINAL:
        break;
    }
    return mk_ordinal(parameters, m->n_cells, (size_t)scaled, gradient);
}

/* Where cell k begins; the last one ends at infinity. */
static double edge(const MkMarginal *m, size_t k)
{
    if (k == 0 || k == m->n_cells) {
        return k == 0 ? -INFINITY : INFINITY;
    }
    return 0.5 * ((double)m->knots[k - 1][MK_CELL_KNOTS - 1] + (double)m->knots[k][0]);
}

/* P(X <= x) of a number. */
static double below(const MkDistribution *d, double x)
{
    return isinf(x) ? (double)(x > 0.0) : mk_dist_cdf(d, x);
}

double mk_likelihood_cell(const MkMarginal *m, const float *parameters, size_t cell)
{
    const double least = 1e-13; /* exp(-30), as of the base */
    MkDistribution d = {0};
    if (m->knots == NULL) {
        return mk_likelihood_log(m, parameters, (double)m->level_of[cell], NULL);
    }
    if (mk_likelihood_distribution(m, parameters, NULL, &d, NULL) != MK_OK) {
        return log(least);
    }
    return log(fmax(below(&d, edge(m, cell + 1)) - below(&d, edge(m, cell)), least));
}

MkStatus mk_likelihood_distribution(const MkMarginal *m, const float *parameters, MkArena *arena,
                                    MkDistribution *out, MkError *err)
{
    const double raw = m->attribute->type == MK_COUNT ? 0.0 : (double)parameters[1];
    const double sd = (raw > 30.0 ? raw : log1p(exp(raw))) + 1e-3;
    double mean = 0.0, spread = 1.0;
    MkDistribution d = {.attribute = m->attribute, .marginal = m};
    switch (m->attribute->type) {
    case MK_REAL:
        d.kind = MK_DIST_NORMAL;
        d.a = m->mean + scale_sd(m) * (double)parameters[0];
        d.b = scale_sd(m) * sd;
        break;
    case MK_POSITIVE:
        log_moments(m, &mean, &spread);
        d.kind = MK_DIST_LOGNORMAL;
        d.a = mean + spread * (double)parameters[0];
        d.b = spread * sd;
        d.shift = 1.0;
        break;
    case MK_COUNT:
        d.kind = MK_DIST_POISSON;
        d.a = exp(fmin(fmax((double)parameters[0], -13.8), 13.8));
        break;
    case MK_CATEGORICAL:
    case MK_ORDINAL: {
        double *const p = mk_arena_array(arena, m->n_cells, sizeof *p);
        if (p == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        if (m->attribute->type == MK_ORDINAL) {
            mk_ordinal_p(parameters, m->n_cells, p);
        } else {
            mk_categorical_p(parameters, m->n_cells, p);
        }
        d.kind = MK_DIST_LEVELS;
        d.n = m->n_cells;
        d.p = p;
        break;
    }
    }
    *out = d;
    return MK_OK;
}
