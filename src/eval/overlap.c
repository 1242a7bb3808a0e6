#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/overlap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/normal.h"

/* ---- bins ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void mk_overlap_sort(double *values, size_t n)
{
    if (n > 0) {
        qsort(values, n, sizeof *values, ascending);
    }
}

/* Weighted quantile of ascending values. */
static double quantile(const double *values, const double *weights, size_t n, double total,
                       double q)
{
    double below = 0.0;
    for (size_t i = 0; i < n; i++) {
        below += weights[i];
        if (below >= q * total) {
            return values[i];
        }
    }
    return values[n - 1];
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Whole steps of the resolution, as near to `width` from below as `most` bins allow. */
static double whole_steps(double width, double range, double resolution, double most)
{
    double steps = fmax(floor(width / resolution + 1e-9), 1.0);
    while (range / (steps * resolution) > most + 1e-9) {
        steps += 1.0;
    }
    return steps * resolution;
}

MkOverlapGrid mk_overlap_grid(const double *values, const double *weights, size_t n,
                              double resolution, size_t most)
{
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        total += weights[i];
    }
    const double step = resolution > 0.0 ? resolution : 0.0;
    const double range = values[n - 1] - values[0] + step;
    const double middle =
        quantile(values, weights, n, total, 0.75) - quantile(values, weights, n, total, 0.25);
    const double rule = 2.0 * middle / cbrt((double)n);
    const double bins =
        rule > 0.0 ? clip(ceil(range / rule), MK_OVERLAP_LEAST, (double)most) : (double)most;
    double width = range > 0.0 ? range / bins : 1.0;
    if (step > 0.0) {
        width = whole_steps(width, range, step, (double)most);
    }
    const double n_bins = clip(ceil(range / width - 1e-9), 1.0, (double)most);
    return (MkOverlapGrid){
        .n_cells = (size_t)n_bins + 2, .low = values[0] - 0.5 * step, .width = width};
}

MkOverlapGrid mk_overlap_levels(size_t n_levels)
{
    return (MkOverlapGrid){.n_cells = n_levels < MK_OVERLAP_CELLS ? n_levels : MK_OVERLAP_CELLS};
}

/* The highest value of a grid without resolution is on the edge of the last bin and belongs to it.
 */
size_t mk_overlap_cell(const MkOverlapGrid *grid, double x)
{
    if (!(grid->width > 0.0)) {
        return (size_t)x;
    }
    const size_t n_bins = grid->n_cells - 2;
    if (x < grid->low) {
        return 0;
    }
    const double at = (x - grid->low) / grid->width;
    if (at >= (double)n_bins) {
        return at > (double)n_bins * (1.0 + 1e-12) ? n_bins + 1 : n_bins;
    }
    return 1 + (size_t)at;
}

void mk_overlap_people(const MkOverlapGrid *grid, const double *values, const double *weights,
                       size_t n, double *out)
{
    double total = 0.0;
    memset(out, 0, grid->n_cells * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const size_t cell = mk_overlap_cell(grid, values[i]);
        if (cell < grid->n_cells) {
            out[cell] += weights[i];
            total += weights[i];
        }
    }
    for (size_t k = 0; k < grid->n_cells && total > 0.0; k++) {
        out[k] /= total;
    }
}

void mk_overlap_answer(const MkOverlapGrid *grid, const MkDistribution *answer, double *out)
{
    if (!(grid->width > 0.0)) {
        for (size_t k = 0; k < grid->n_cells; k++) {
            out[k] = mk_dist_level(answer, k);
        }
        return;
    }
    const size_t n_bins = grid->n_cells - 2;
    double below = 0.0;
    for (size_t k = 0; k <= n_bins; k++) {
        /* The highest value is on the last edge of a grid without resolution: see mk_overlap_cell.
         */
        const double edge = grid->low + (double)k * grid->width;
        const double here =
            k == n_bins ? mk_dist_cdf(answer, edge) : mk_dist_cdf_below(answer, edge);
        out[k] = fmax(here - below, 0.0);
        below = here;
    }
    out[n_bins + 1] = fmax(1.0 - below, 0.0);
}

/* ---- normal distributions ---- */

double mk_overlap_normal(double mean_a, double sd_a, double mean_b, double sd_b)
{
    if (fabs(sd_a - sd_b) <= 1e-9 * (sd_a + sd_b)) {
        return 2.0 * mk_normal_cdf(-fabs(mean_a - mean_b) / (sd_a + sd_b));
    }
    /* a is the narrower one: it is the lower one outside of the two crossings */
    const double m1 = sd_a < sd_b ? mean_a : mean_b, s1 = fmin(sd_a, sd_b);
    const double m2 = sd_a < sd_b ? mean_b : mean_a, s2 = fmax(sd_a, sd_b);
    const double a = 1.0 / (s1 * s1) - 1.0 / (s2 * s2);
    const double b = -2.0 * (m1 / (s1 * s1) - m2 / (s2 * s2));
    const double c = m1 * m1 / (s1 * s1) - m2 * m2 / (s2 * s2) + 2.0 * log(s1 / s2);
    const double root = sqrt(fmax(b * b - 4.0 * a * c, 0.0));
    const double low = (-b - root) / (2.0 * a), high = (-b + root) / (2.0 * a);
    return mk_normal_cdf((low - m1) / s1) + 1.0 - mk_normal_cdf((high - m1) / s1) +
           mk_normal_cdf((high - m2) / s2) - mk_normal_cdf((low - m2) / s2);
}
