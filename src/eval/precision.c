#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/precision.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 30 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for distances");
}

/* ---- points ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double distance(const float *a, const float *b, size_t d)
{
    float sum = 0.0F;
    for (size_t k = 0; k < d; k++) {
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sqrt((double)sum);
}

/* The nearest of b (m, d) to each of a (n, d); `self`: both are the same people, none is their own
 * nearest. which (n) may be NULL. */
static void nearest(const float *a, size_t n, const float *b, size_t m, size_t d, bool self,
                    double *out, size_t *which)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = INFINITY;
        for (size_t k = 0; k < m; k++) {
            const double here = self && k == i ? INFINITY : distance(a + i * d, b + k * d, d);
            if (here < out[i]) {
                out[i] = here;
                if (which != NULL) {
                    which[i] = k;
                }
            }
        }
    }
}

/* Mean of points x (n, d) in c (d), and their distances from it, ascending. */
static void spread(const float *x, size_t n, size_t d, float *c, double *out)
{
    for (size_t k = 0; k < d; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)x[i * d + k];
        }
        c[k] = (float)(sum / (double)n);
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = distance(x + i * d, c, d);
    }
    qsort(out, n, sizeof *out, ascending);
}

/* Quantile of ascending values, linear between them. */
static double quantile(const double *x, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;
    return x[low] + (at - (double)low) * (x[high] - x[low]);
}

/* Sums: people, and how many are within the radius of each step. */
static void area_figure(const double *sums, double *out)
{
    double off = 0.0, all = 0.0;
    for (size_t s = 0; s < STEPS; s++) {
        const double a = (double)s / (STEPS - 1);
        off += fabs(a - sums[1 + s] / sums[0]);
        all += a;
    }
    *out = 1.0 - off / all;
}

/* Of n people with distances x; ok (n) NULL: all may count. The radii stay when people are drawn
 * anew. */
static MkStatus area(const double *radii, size_t n_radii, const double *x, size_t n, const bool *ok,
                     MkArena *arena, MkMeasured *out, MkError *err)
{
    double *const people = mk_arena_zeros(arena, n * (STEPS + 1), sizeof *people);
    double r[STEPS];
    if (people == NULL) {
        return no_memory(err);
    }
    for (size_t s = 0; s < STEPS; s++) {
        r[s] = quantile(radii, n_radii, (double)s / (STEPS - 1));
    }
    for (size_t i = 0; i < n; i++) {
        double *const own = people + i * (STEPS + 1);
        own[0] = 1.0;
        for (size_t s = 0; s < STEPS; s++) {
            own[1 + s] = x[i] <= r[s] && (ok == NULL || ok[i]) ? 1.0 : 0.0;
        }
    }
    const MkResampled all = {people, n, STEPS + 1, 1, area_figure, 0};
    return mk_resample(&all, out, err);
}

MkStatus mk_precision_points(const float *real, size_t n, const float *made, size_t m, size_t d,
                             MkArena *arena, MkPrecision *out, MkError *err)
{
    if (n < 2 || m < 2) {
        return mk_fail(err, MK_EINVAL, "precision needs two people on each side");
    }
    float *const c = mk_arena_array(arena, 2 * d + 1, sizeof *c);
    double *const of_real = mk_arena_array(arena, 3 * (n + m), sizeof *of_real);
    size_t *const which = mk_arena_array(arena, n + m, sizeof *which);
    bool *const ok = mk_arena_array(arena, n, sizeof *ok);
    if (c == NULL || of_real == NULL || which == NULL || ok == NULL) {
        return no_memory(err);
    }
    double *const of_made = of_real + n, *const off = of_made + m;
    double *const to_made = off + m, *const to_real = to_made + n,
                  *const made_to_real = to_real + n;
    spread(real, n, d, c, of_real);
    spread(made, m, d, c + d, of_made);
    for (size_t i = 0; i < m; i++) {
        off[i] = distance(made + i * d, c, d);
    }
    MK_TRY(area(of_real, n, off, m, NULL, arena, &out->precision, err));
    nearest(real, n, made, m, d, false, to_made, which);
    nearest(real, n, real, n, d, true, to_real, NULL);
    for (size_t i = 0; i < n; i++) { /* its nearest synthetic one lies this far from their middle */
        ok[i] = to_made[i] < to_real[i];
        to_made[i] = distance(made + which[i] * d, c + d, d);
    }
    MK_TRY(area(of_made, m, to_made, n, ok, arena, &out->recall, err));
    nearest(made, m, real, n, d, false, made_to_real, which);
    size_t own = 0;
    for (size_t i = 0; i < m; i++) {
        own += made_to_real[i] > to_real[which[i]] ? 1 : 0;
    }
    const double share = (double)own / (double)m;
    out->authenticity = (MkMeasured){share, sqrt(share * (1.0 - share) / (double)(m - 1))};
    return MK_OK;
}

/* ---- people ---- */

/* Column j of both crowds from column `at` of the points on; gives how many columns. */
static size_t scale(const MkAttribute *attribute, const MkCrowd *real, const MkCrowd *p, size_t j,
                    size_t at, size_t d, float *out)
{
    const double *const x = mk_crowd_column(real, j), *const y = mk_crowd_column(p, j);
    const size_t levels = attribute->n_levels > 0 ? attribute->n_levels : 1;
    for (size_t l = 0; l < levels; l++) {
        double low = INFINITY, high = -INFINITY, sum = 0.0, n = 0.0;
        for (size_t i = 0; i < real->n; i++) {
            if (!isnan(x[i])) {
                const double v = attribute->n_levels > 0 ? (x[i] == (double)l) : x[i];
                low = fmin(low, v);
                high = fmax(high, v);
                sum += v;
                n += 1.0;
            }
        }
        const double mean = n > 0.0 ? sum / n : 0.0, range = high > low ? high - low : 1.0;
        const double from = n > 0.0 ? low : 0.0;
        for (size_t i = 0; i < p->n; i++) {
            const double v = isnan(y[i])               ? mean
                             : attribute->n_levels > 0 ? (y[i] == (double)l)
                                                       : y[i];
            out[i * d + at + l] = (float)((v - from) / range);
        }
    }
    return levels;
}

MkStatus mk_precision(const MkSchema *schema, const size_t *ids, const MkCrowd *real,
                      const MkCrowd *made, MkArena *arena, MkPrecision *out, MkError *err)
{
    size_t d = 0, at = 0;
    for (size_t j = 0; j < real->d; j++) {
        const size_t levels = schema->attributes[ids[j]].n_levels;
        d += levels > 0 ? levels : 1;
    }
    float *const a = mk_arena_array(arena, real->n * d + 1, sizeof *a);
    float *const b = mk_arena_array(arena, made->n * d + 1, sizeof *b);
    if (a == NULL || b == NULL) {
        return no_memory(err);
    }
    for (size_t j = 0; j < real->d; j++) {
        (void)scale(&schema->attributes[ids[j]], real, real, j, at, d, a);
        at += scale(&schema->attributes[ids[j]], real, made, j, at, d, b);
    }
    return mk_precision_points(a, real->n, b, made->n, d, arena, out, err);
}
