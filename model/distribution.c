#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/distribution.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_sf_gamma.h>

#include "model/normal.h"
#include "src/data/value.h"

/* Every number distribution is used through three private functions: cdf, cdf below, quantile. */

static bool is_levels(const MkDistribution *d)
{
    return d->attribute != NULL && !mk_type_is_number(d->attribute->type);
}

static double step_of(const MkDistribution *d)
{
    return d->attribute != NULL && d->attribute->resolution > 0.0 ? d->attribute->resolution : 0.0;
}

/* ---- cells ---- */

/* P(X <= x) inside one cell, or P(X < x) when `below`. */
static double inside_cdf(const float *knot, double x, bool below)
{
    const double steps = MK_CELL_KNOTS - 1;
    const double v = (double)(float)x;
    size_t n = 0;
    while (n < MK_CELL_KNOTS && (below ? (double)knot[n] < v : (double)knot[n] <= v)) {
        n++;
    }
    if (n == 0) {
        return 0.0;
    }
    if (n == MK_CELL_KNOTS) {
        return 1.0;
    }
    const double a = (double)knot[n - 1], b = (double)knot[n];
    return ((double)(n - 1) + (b > a ? (v - a) / (b - a) : 0.0)) / steps;
}

static double cells_cdf(const MkDistribution *d, double x, bool below)
{
    double sum = 0.0;
    for (size_t k = 0; k < d->n; k++) {
        if ((double)d->marginal->knots[k][MK_CELL_KNOTS - 1] < (double)(float)x) {
            sum += d->p[k]; /* all of the cell is below */
            continue;
        }
        const double inside = inside_cdf(d->marginal->knots[k], x, below);
        sum += d->p[k] * inside;
        if (inside < 1.0 && k + 1 < d->n && (double)d->marginal->knots[k + 1][0] > x) {
            break;
        }
    }
    return fmin(sum, 1.0);
}

static double cells_quantile(const MkDistribution *d, double q)
{
    double below = 0.0;
    size_t last = 0;
    for (size_t k = 0; k < d->n; k++) {
        if (d->p[k] <= 0.0) {
            continue;
        }
        last = k;
        if (below + d->p[k] >= q) {
            return mk_marginal_value(d->marginal, k, (q - below) / d->p[k]);
        }
        below += d->p[k];
    }
    return mk_marginal_value(d->marginal, last, 1.0);
}

/* First and second moment; inside a piece between two knots the value is uniform. */
static void cells_moments(const MkDistribution *d, double *mean, double *square)
{
    double m1 = 0.0, m2 = 0.0;
    for (size_t k = 0; k < d->n; k++) {
        double s1 = 0.0, s2 = 0.0;
        for (size_t i = 0; i + 1 < MK_CELL_KNOTS; i++) {
            const double a = (double)d->marginal->knots[k][i];
            const double b = (double)d->marginal->knots[k][i + 1];
            s1 += 0.5 * (a + b);
            s2 += (a * a + a * b + b * b) / 3.0;
        }
        m1 += d->p[k] * s1 / (MK_CELL_KNOTS - 1);
        m2 += d->p[k] * s2 / (MK_CELL_KNOTS - 1);
    }
    *mean = m1;
    *square = m2;
}

/* CRPS = integral of (F - 1{t >= x})^2; F is piecewise linear between knots, flat in gaps. */
static double crps_piece(double a, double b, double fa, double fb, double x)
{
    if (b <= a) {
        return 0.0;
    }
    if (x > a && x < b) {
        const double fx = fa + (fb - fa) * (x - a) / (b - a);
        return crps_piece(a, x, fa, fx, b) + crps_piece(x, b, fx, fb, a);
    }
    const double u = x >= b ? fa : 1.0 - fa;
    const double v = x >= b ? fb : 1.0 - fb;
    return (b - a) * (u * u + u * v + v * v) / 3.0;
}

static double cells_crps(const MkDistribution *d, double x)
{
    const MkMarginal *const m = d->marginal;
    double at = (double)m->knots[0][0], below = 0.0;
    double sum = x < at ? at - x : 0.0;
    for (size_t k = 0; k < d->n; k++) {
        sum += crps_piece(at, (double)m->knots[k][0], below, below, x);
        const double part = d->p[k] / (MK_CELL_KNOTS - 1);
        for (size_t i = 0; i + 1 < MK_CELL_KNOTS; i++) {
            sum += crps_piece((double)m->knots[k][i], (double)m->knots[k][i + 1], below,
                              below + part, x);
            below += part;
        }
        at = (double)m->knots[k][MK_CELL_KNOTS - 1];
    }
    return sum + (x > at ? x - at : 0.0);
}

/* ---- parametric families ---- */

static double poisson_cdf(double rate, double x)
{
    return x < 0.0 ? 0.0 : gsl_sf_gamma_inc_Q(floor(x) + 1.0, rate);
}

/* What the family has below zero sits at zero: the attribute is never negative. */
static double lognormal_cdf(const MkDistribution *d, double x, bool below)
{
    if (x < 0.0 || (below && x <= 0.0) || x + d->shift <= 0.0) {
        return 0.0;
    }
    return mk_normal_cdf((log(x + d->shift) - d->a) / d->b);
}

/* Of max(Y - shift, 0) with log Y ~ normal(a, b): partial moments of Y above the shift. */
static void lognormal_moments(const MkDistribution *d, double *mean, double *square)
{
    const double v = d->b * d->b, s = d->shift;
    const double z = s > 0.0 ? (d->a - log(s)) / d->b : INFINITY;
    const double first = exp(d->a + 0.5 * v) * mk_normal_cdf(z + d->b);
    const double second = exp(2.0 * (d->a + v)) * mk_normal_cdf(z + 2.0 * d->b);
    *mean = first - s * mk_normal_cdf(z);
    *square = second - 2.0 * s * first + s * s * mk_normal_cdf(z);
}

static double levels_cdf(const MkDistribution *d, double x)
{
    double sum = 0.0;
    for (size_t k = 0; k < d->n && (double)k <= x; k++) {
        sum += d->p[k];
    }
    return fmin(sum, 1.0);
}

static double cdf_part(const MkDistribution *d, double x, bool below)
{
    switch (d->kind) {
    case MK_DIST_LEVELS:
        return levels_cdf(d, below ? ceil(x) - 1.0 : x);
    case MK_DIST_CELLS:
        return cells_cdf(d, x, below);
    case MK_DIST_NORMAL:
        return mk_normal_cdf((x - d->a) / d->b);
    case MK_DIST_LOGNORMAL:
        return lognormal_cdf(d, x, below);
    case MK_DIST_POISSON:
        return poisson_cdf(d->a, below ? ceil(x) - 1.0 : x);
    case MK_DIST_POINT:
        return below ? (d->a < x ? 1.0 : 0.0) : (d->a <= x ? 1.0 : 0.0);
    case MK_DIST_MIXTURE:
        break;
    }
    double sum = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        sum += d->p[i] * cdf_part(&d->parts[i], x, below);
    }
    return fmin(sum, 1.0);
}

double mk_dist_cdf(const MkDistribution *d, double x)
{
    return cdf_part(d, x, false);
}

double mk_dist_cdf_below(const MkDistribution *d, double x)
{
    return cdf_part(d, x, true);
}

static double poisson_quantile(double rate, double q)
{
    double low = 0.0, high = fmax(1.0, ceil(rate));
    while (poisson_cdf(rate, high) < q && high < 1e9) {
        high *= 2.0;
    }
    while (high - low > 0.5) {
        const double mid = floor(0.5 * (low + high));
        if (poisson_cdf(rate, mid) >= q) {
            high = mid;
        } else {
            low = mid + 1.0;
        }
    }
    return high;
}

/* Bisection between the parts' own quantiles, to double precision. */
static double mixture_quantile(const MkDistribution *d, double q)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < d->n; i++) {
        if (d->p[i] > 0.0) {
            const double x = mk_dist_quantile(&d->parts[i], q);
            low = fmin(low, x);
            high = fmax(high, x);
        }
    }
    if (mk_dist_cdf(d, low) >= q) {
        return low;
    }
    for (int i = 0; i < 60 && high > low; i++) {
        const double mid = 0.5 * (low + high);
        if (mk_dist_cdf(d, mid) >= q) {
            high = mid;
        } else {
            low = mid;
        }
    }
    return high;
}

double mk_dist_quantile(const MkDistribution *d, double q)
{
    switch (d->kind) {
    case MK_DIST_LEVELS: {
        double sum = 0.0;
        for (size_t k = 0; k < d->n; k++) {
            sum += d->p[k];
            if (sum >= q - 1e-12 && d->p[k] > 0.0) {
                return (double)k;
            }
        }
        return (double)(d->n - 1);
    }
    case MK_DIST_CELLS:
        return cells_quantile(d, q);
    case MK_DIST_NORMAL:
        return d->a + d->b * mk_normal_quantile(q);
    case MK_DIST_LOGNORMAL:
        return fmax(exp(d->a + d->b * mk_normal_quantile(q)) - d->shift, 0.0);
    case MK_DIST_POISSON:
        return poisson_quantile(d->a, q);
    case MK_DIST_POINT:
        return d->a;
    case MK_DIST_MIXTURE:
        break;
    }
    return mixture_quantile(d, q);
}

static void moments(const MkDistribution *d, double *mean, double *square)
{
    switch (d->kind) {
    case MK_DIST_CELLS:
        cells_moments(d, mean, square);
        return;
    case MK_DIST_NORMAL:
        *mean = d->a;
        *square = d->a * d->a + d->b * d->b;
        return;
    case MK_DIST_LOGNORMAL:
        lognormal_moments(d, mean, square);
        return;
    case MK_DIST_POISSON:
        *mean = d->a;
        *square = d->a + d->a * d->a;
        return;
    case MK_DIST_POINT:
        *mean = d->a;
        *square = d->a * d->a;
        return;
    case MK_DIST_LEVELS:
        *mean = *square = NAN;
        return;
    case MK_DIST_MIXTURE:
        break;
    }
    *mean = *square = 0.0;
    for (size_t i = 0; i < d->n; i++) {
        double m = 0.0, s = 0.0;
        moments(&d->parts[i], &m, &s);
        *mean += d->p[i] * m;
        *square += d->p[i] * s;
    }
}

double mk_dist_mean(const MkDistribution *d)
{
    double mean = NAN, square = NAN;
    if (!is_levels(d)) {
        moments(d, &mean, &square);
    }
    return mean;
}

double mk_dist_sd(const MkDistribution *d)
{
    double mean = NAN, square = NAN;
    if (is_levels(d)) {
        return NAN;
    }
    moments(d, &mean, &square);
    return sqrt(fmax(square - mean * mean, 0.0));
}

double mk_dist_level(const MkDistribution *d, size_t level)
{
    switch (d->kind) {
    case MK_DIST_LEVELS:
        return level < d->n ? d->p[level] : 0.0;
    case MK_DIST_POINT:
        return (size_t)d->a == level ? 1.0 : 0.0;
    case MK_DIST_MIXTURE: {
        double sum = 0.0;
        for (size_t i = 0; i < d->n; i++) {
            sum += d->p[i] * mk_dist_level(&d->parts[i], level);
        }
        return sum;
    }
    default:
        return 0.0;
    }
}

static double levels_mode(const MkDistribution *d)
{
    size_t best = 0;
    for (size_t k = 1; k < d->attribute->n_levels; k++) {
        if (mk_dist_level(d, k) > mk_dist_level(d, best)) {
            best = k;
        }
    }
    return (double)best;
}

/* Highest mass in a window of the recorded step, or 1/64 of the central 98 % where that is wider.
 */
static double number_mode(const MkDistribution *d)
{
    const double low = mk_dist_quantile(d, 0.01), high = mk_dist_quantile(d, 0.99);
    if (!(high > low)) {
        return low;
    }
    enum { BINS = 64 };
    double mass[BINS];
    const double width = (high - low) / BINS;
    mk_dist_bins(d, low - 0.5 * width, high + 0.5 * width, BINS, mass);
    size_t best = 0;
    for (size_t i = 1; i < BINS; i++) {
        if (mass[i] > mass[best] * (1.0 + 1e-9)) {
            best = i;
        }
    }
    const double full = (high - low + width) / BINS;
    const double centre = low - 0.5 * width + ((double)best + 0.5) * full;
    const double below = mk_dist_cdf_below(d, centre - 0.5 * full);
    const double above = mk_dist_cdf(d, centre + 0.5 * full);
    return mk_dist_quantile(d, fmin(0.5 * (below + above), 1.0));
}

double mk_dist_mode(const MkDistribution *d)
{
    switch (d->kind) {
    case MK_DIST_POINT:
    case MK_DIST_NORMAL:
        return d->a;
    case MK_DIST_LOGNORMAL:
        return fmax(exp(d->a - d->b * d->b) - d->shift, 0.0);
    case MK_DIST_POISSON:
        return floor(d->a);
    default:
        return is_levels(d) ? levels_mode(d) : number_mode(d);
    }
}

double mk_dist_mass(const MkDistribution *d, double low, double high)
{
    return fmax(mk_dist_cdf(d, high) - mk_dist_cdf_below(d, low), 0.0);
}

double mk_dist_log_prob(const MkDistribution *d, double x)
{
    if (is_levels(d)) {
        return log(fmax(mk_dist_level(d, (size_t)x), 1e-12));
    }
    const double step = step_of(d) > 0.0 ? step_of(d) : 1e-6 * fmax(1.0, fabs(x));
    return log(fmax(mk_dist_cdf(d, x + 0.5 * step) - mk_dist_cdf(d, x - 0.5 * step), 1e-12));
}

/* By quantiles: mean |X - x| - mean |X - X'| / 2 over a fine grid of them. */
static double quantile_crps(const MkDistribution *d, double x)
{
    enum { GRID = 512 };
    double apart = 0.0, spread = 0.0;
    for (int i = 0; i < GRID; i++) {
        const double v = mk_dist_quantile(d, (i + 0.5) / GRID);
        apart += fabs(v - x);
        spread += (2.0 * i - GRID + 1.0) * v;
    }
    return apart / GRID - spread / ((double)GRID * GRID);
}

double mk_dist_crps(const MkDistribution *d, double x)
{
    switch (d->kind) {
    case MK_DIST_CELLS:
        return cells_crps(d, x);
    case MK_DIST_NORMAL: {
        const double z = (x - d->a) / d->b;
        return d->b * (z * (2.0 * mk_normal_cdf(z) - 1.0) + 2.0 * mk_normal_density(z) -
                       0.56418958354775628695);
    }
    case MK_DIST_POINT:
        return fabs(d->a - x);
    default:
        return quantile_crps(d, x);
    }
}

double mk_dist_draw(const MkDistribution *d, MkRng *rng)
{
    const double x = mk_dist_quantile(d, fmax(mk_rng_uniform(rng), 1e-12));
    const double step = step_of(d);
    if (is_levels(d) || step <= 0.0) {
        return x;
    }
    return mk_value_recorded(d->attribute, step, x);
}

void mk_dist_bins(const MkDistribution *d, double low, double high, size_t n_bins, double *out)
{
    const double width = (high - low) / (double)n_bins;
    double before = mk_dist_cdf_below(d, low);
    for (size_t i = 0; i < n_bins; i++) {
        const double edge = low + width * (double)(i + 1);
        const double to = i + 1 == n_bins ? mk_dist_cdf(d, edge) : mk_dist_cdf_below(d, edge);
        out[i] = fmax(to - before, 0.0);
        before = to;
    }
}

static bool same_shape(const MkDistribution *a, const MkDistribution *b)
{
    return a->kind == b->kind && a->n == b->n && a->marginal == b->marginal &&
           (a->kind == MK_DIST_LEVELS || a->kind == MK_DIST_CELLS);
}

MkStatus mk_dist_mix(const MkDistribution *parts, const double *weights, size_t n, MkArena *arena,
                     MkDistribution *out, MkError *err)
{
    if (n == 0) {
        return mk_fail(err, MK_EINVAL, "a mixture of nothing");
    }
    if (n == 1) {
        *out = parts[0];
        return MK_OK;
    }
    bool same = true;
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        same = same && same_shape(&parts[0], &parts[i]);
        total += weights[i];
    }
    double *const p = mk_arena_zeros(arena, same ? parts[0].n : n, sizeof *p);
    MkDistribution *const kept = mk_arena_array(arena, same ? 1 : n, sizeof *kept);
    if (p == NULL || kept == NULL || !(total > 0.0)) {
        return p == NULL || kept == NULL ? mk_fail(err, MK_ENOMEM, "out of memory")
                                         : mk_fail(err, MK_ENUMERIC, "weights sum to %g", total);
    }
    for (size_t i = 0; i < n; i++) {
        if (!same) {
            p[i] = weights[i] / total;
            continue;
        }
        for (size_t k = 0; k < parts[0].n; k++) {
            p[k] += weights[i] / total * parts[i].p[k];
        }
    }
    if (same) {
        *out = parts[0];
        out->p = p;
        return MK_OK;
    }
    memcpy(kept, parts, n * sizeof *kept);
    *out = (MkDistribution){.kind = MK_DIST_MIXTURE,
                            .attribute = parts[0].attribute,
                            .n = n,
                            .p = p,
                            .marginal = parts[0].marginal,
                            .parts = kept};
    return MK_OK;
}
