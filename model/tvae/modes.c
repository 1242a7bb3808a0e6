#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/tvae/modes.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sf_psi.h>

enum {
    POINTS = 1000, /* values are gathered to about as many, each with its own spread */
    ROUNDS = 100,
    MEANS_ROUNDS = 30
};

static const double concentration = 0.001; /* of the process: few modes */
static const double least_variance = 1e-6; /* of the variance of all */
static const double near = 0.01;           /* of the sd of all: values that may be gathered */
static const double enough = 1e-4;         /* change of a mode's people, as a share of all */
static const double cut = 0.99;
static const double width = 4.0; /* sd from the middle of a mode to its ends */

/* Values near each other, on the scale of mean 0 and variance 1. */
typedef struct Point {
    double x, variance, weight;
} Point;

/* The variational posterior: normal-gamma of each mode, beta of each stick. */
typedef struct Posterior {
    double count[MK_MODES_MAX]; /* people of a mode */
    double mean[MK_MODES_MAX], variance[MK_MODES_MAX], precision[MK_MODES_MAX], dof[MK_MODES_MAX];
    double stick[MK_MODES_MAX][2];
    double constant[MK_MODES_MAX]; /* log of what multiplies a mode's normal density */
} Posterior;

/* ---- points ---- */

typedef struct Weighted {
    double x, weight;
} Weighted;

static int by_value(const void *a, const void *b)
{
    const double x = ((const Weighted *)a)->x, y = ((const Weighted *)b)->x;
    return (x > y) - (x < y);
}

/* Gathers sorted values that are near each other; equal ones always come together. */
static size_t gather(const Weighted *v, size_t n, Point *out)
{
    const size_t most = n / POINTS + 1;
    size_t points = 0;
    for (size_t i = 0; i < n;) {
        double sum = 0.0, weight = 0.0, squares = 0.0;
        const size_t first = i;
        while (i < n && (i - first < most || v[i].x <= v[i - 1].x)) {
            if (v[i].x - v[first].x > (n <= POINTS ? 0.0 : near)) {
                break;
            }
            sum += v[i].weight * v[i].x;
            squares += v[i].weight * v[i].x * v[i].x;
            weight += v[i].weight;
            i++;
        }
        if (weight > 0.0) {
            const double mean = sum / weight;
            out[points++] = (Point){mean, fmax(squares / weight - mean * mean, 0.0), weight};
        }
    }
    return points;
}

/* ---- first modes: k-means from the quantiles ---- */

static size_t nearest(const double *centre, size_t k, double x)
{
    size_t best = 0;
    for (size_t i = 1; i < k; i++) {
        if (fabs(x - centre[i]) < fabs(x - centre[best])) {
            best = i;
        }
    }
    return best;
}

static void first_centres(const Point *p, size_t n, size_t k, double all, double *centre)
{
    double below = 0.0;
    size_t i = 0;
    for (size_t m = 0; m < k; m++) {
        const double goal = all * ((double)m + 0.5) / (double)k;
        while (i + 1 < n && below + p[i].weight < goal) {
            below += p[i++].weight;
        }
        centre[m] = p[i].x;
    }
}

/* Sets r (n, k) to the nearest centre of each point. */
static void first_shares(const Point *p, size_t n, size_t k, double all, double *r)
{
    double centre[MK_MODES_MAX];
    first_centres(p, n, k, all, centre);
    for (int round = 0; round < MEANS_ROUNDS; round++) {
        double sum[MK_MODES_MAX] = {0.0}, weight[MK_MODES_MAX] = {0.0};
        for (size_t i = 0; i < n; i++) {
            const size_t m = nearest(centre, k, p[i].x);
            sum[m] += p[i].weight * p[i].x;
            weight[m] += p[i].weight;
        }
        for (size_t m = 0; m < k; m++) {
            centre[m] = weight[m] > 0.0 ? sum[m] / weight[m] : centre[m];
        }
    }
    for (size_t i = 0; i < n; i++) {
        const size_t m = nearest(centre, k, p[i].x);
        for (size_t j = 0; j < k; j++) {
            r[i * k + j] = j == m ? 1.0 : 0.0;
        }
    }
}

/* ---- one round ---- */

/* Bishop (10.60) - (10.63) in one dimension; prior: mean 0 with precision 1, variance 1 with one
 * degree of freedom (the values have mean 0 and variance 1). */
static void update_modes(const Point *p, size_t n, size_t k, const double *r, Posterior *q)
{
    for (size_t m = 0; m < k; m++) {
        double count = 1e-12, sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < n; i++) {
            count += p[i].weight * r[i * k + m];
            sum += p[i].weight * r[i * k + m] * p[i].x;
        }
        const double mean = sum / count;
        for (size_t i = 0; i < n; i++) {
            const double apart = p[i].x - mean;
            squares += p[i].weight * r[i * k + m] * (apart * apart + p[i].variance);
        }
        q->count[m] = count;
        q->precision[m] = 1.0 + count;
        q->mean[m] = sum / q->precision[m];
        q->dof[m] = 1.0 + count;
        q->variance[m] =
            (1.0 + squares + count * least_variance + count / (1.0 + count) * mean * mean) /
            q->dof[m];
    }
}

/* Blei and Jordan (2006), section 4: a beta for each stick, and with it the expected log weight; to
 * this the terms of Bishop (10.64) and (10.65) that do not depend on the value. */
static void update_sticks(size_t k, Posterior *q)
{
    double after = 0.0, log_left = 0.0;
    for (size_t m = k; m-- > 0;) {
        q->stick[m][0] = 1.0 + q->count[m];
        q->stick[m][1] = concentration + after;
        after += q->count[m];
    }
    for (size_t m = 0; m < k; m++) {
        const double both = gsl_sf_psi(q->stick[m][0] + q->stick[m][1]);
        const double log_weight = gsl_sf_psi(q->stick[m][0]) - both + log_left;
        log_left += gsl_sf_psi(q->stick[m][1]) - both;
        q->constant[m] = log_weight + 0.5 * (log(2.0) + gsl_sf_psi(0.5 * q->dof[m]) -
                                             log(q->dof[m]) - 1.0 / q->precision[m]);
    }
}

static void update_shares(const Point *p, size_t n, size_t k, const Posterior *q, double *r)
{
    double scale[MK_MODES_MAX], offset[MK_MODES_MAX];
    for (size_t m = 0; m < k; m++) {
        scale[m] = 0.5 / q->variance[m];
        offset[m] = q->constant[m] - 0.5 * log(q->variance[m]);
    }
    for (size_t i = 0; i < n; i++) {
        double most = -INFINITY, sum = 0.0, log_p[MK_MODES_MAX];
        for (size_t m = 0; m < k; m++) {
            const double apart = p[i].x - q->mean[m];
            log_p[m] = offset[m] - apart * apart * scale[m];
            most = fmax(most, log_p[m]);
        }
        for (size_t m = 0; m < k; m++) {
            r[i * k + m] = exp(log_p[m] - most);
            sum += r[i * k + m];
        }
        for (size_t m = 0; m < k; m++) {
            r[i * k + m] /= sum;
        }
    }
}

static void run_rounds(const Point *p, size_t n, size_t k, double all, double *r, Posterior *q)
{
    double before[MK_MODES_MAX] = {0.0};
    first_shares(p, n, k, all, r);
    for (int round = 0; round < ROUNDS; round++) {
        double change = 0.0;
        update_modes(p, n, k, r, q);
        update_sticks(k, q);
        update_shares(p, n, k, q, r);
        for (size_t m = 0; m < k; m++) {
            change = fmax(change, fabs(q->count[m] - before[m]));
            before[m] = q->count[m];
        }
        if (change < enough * all) {
            break;
        }
    }
}

/* ---- the fit ---- */

static void keep(const Posterior *q, size_t k, double mean, double sd, double least, MkModes *out)
{
    double weight[MK_MODES_MAX], left = 1.0, total = 0.0;
    size_t best = 0;
    for (size_t m = 0; m < k; m++) {
        const double share = q->stick[m][0] / (q->stick[m][0] + q->stick[m][1]);
        weight[m] = left * share;
        left *= 1.0 - share;
        total += weight[m];
        best = weight[m] > weight[best] ? m : best;
    }
    out->n = 0;
    for (size_t m = 0; m < k; m++) {
        if (weight[m] / total > least || m == best) {
            size_t at = out->n++;
            const double centre = mean + sd * q->mean[m];
            for (; at > 0 && out->mean[at - 1] > centre; at--) {
                out->mean[at] = out->mean[at - 1];
                out->sd[at] = out->sd[at - 1];
                out->share[at] = out->share[at - 1];
            }
            out->mean[at] = centre;
            out->sd[at] = sd * sqrt(q->variance[m]);
            out->share[at] = exp(q->constant[m]);
        }
    }
}

MkStatus mk_modes_fit(const double *values, const double *weights, size_t n, double least,
                      MkArena *arena, MkModes *out, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    Weighted *const sorted = mk_arena_array(arena, n + 1, sizeof *sorted);
    Point *const points = mk_arena_array(arena, n + 1, sizeof *points);
    if (sorted == NULL || points == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for modes");
    }
    double all = 0.0, mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < n; i++) {
        all += weights[i];
        mean += weights[i] * values[i];
    }
    mean /= all;
    for (size_t i = 0; i < n; i++) {
        variance += weights[i] * (values[i] - mean) * (values[i] - mean) / all;
    }
    const double sd = variance > 0.0 ? sqrt(variance) : fmax(1e-6 * fabs(mean), 1e-6);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (Weighted){(values[i] - mean) / sd, weights[i]};
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    const size_t n_points = gather(sorted, n, points);
    const size_t k = n < MK_MODES_MAX ? n : MK_MODES_MAX;
    double *const r = mk_arena_array(arena, n_points * k + 1, sizeof *r);
    if (r == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory for modes");
    }
    Posterior q;
    run_rounds(points, n_points, k, all, r, &q);
    keep(&q, k, mean, sd, least, out);
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- values ---- */

void mk_modes_of(const MkModes *modes, double value, double *p)
{
    double most = -INFINITY, sum = 0.0;
    for (size_t m = 0; m < modes->n; m++) {
        const double z = (value - modes->mean[m]) / modes->sd[m];
        p[m] = log(modes->share[m] / modes->sd[m]) - 0.5 * z * z;
        most = fmax(most, p[m]);
    }
    for (size_t m = 0; m < modes->n; m++) {
        p[m] = exp(p[m] - most) + 1e-6;
        sum += p[m];
    }
    for (size_t m = 0; m < modes->n; m++) {
        p[m] /= sum;
    }
}

size_t mk_modes_likeliest(const MkModes *modes, double value)
{
    double p[MK_MODES_MAX];
    size_t best = 0;
    mk_modes_of(modes, value, p);
    for (size_t m = 1; m < modes->n; m++) {
        best = p[m] > p[best] ? m : best;
    }
    return best;
}

size_t mk_modes_draw(const MkModes *modes, double value, MkRng *rng)
{
    double p[MK_MODES_MAX], left = mk_rng_uniform(rng);
    mk_modes_of(modes, value, p);
    for (size_t m = 0; m + 1 < modes->n; m++) {
        left -= p[m];
        if (left < 0.0) {
            return m;
        }
    }
    return modes->n - 1;
}

double mk_modes_scalar(const MkModes *modes, size_t mode, double value)
{
    const double scalar = (value - modes->mean[mode]) / (width * modes->sd[mode]);
    return fmin(fmax(scalar, -cut), cut);
}

double mk_modes_value(const MkModes *modes, size_t mode, double scalar)
{
    return modes->mean[mode] + width * modes->sd[mode] * fmin(fmax(scalar, -1.0), 1.0);
}
