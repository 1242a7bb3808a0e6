#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/stats/association.h"

#include <math.h>
#include <stdbool.h>

/* Sums of rows and columns; false when there is no mass or too many cells. */
static bool margins(const double *share, size_t n_a, size_t n_b, double *a, double *b,
                    double *total)
{
    if (n_a > MK_ASSOC_CELLS || n_b > MK_ASSOC_CELLS) {
        return false;
    }
    *total = 0;
    for (size_t i = 0; i < n_a; i++) {
        a[i] = 0;
    }
    for (size_t k = 0; k < n_b; k++) {
        b[k] = 0;
    }
    for (size_t i = 0; i < n_a; i++) {
        for (size_t k = 0; k < n_b; k++) {
            const double p = share[i * n_b + k];
            if (p > 0 && isfinite(p)) {
                a[i] += p;
                b[k] += p;
                *total += p;
            }
        }
    }
    return *total > 0;
}

double mk_assoc_information(const double *share, size_t n_a, size_t n_b)
{
    double a[MK_ASSOC_CELLS], b[MK_ASSOC_CELLS], total = 0, sum = 0;
    if (!margins(share, n_a, n_b, a, b, &total)) {
        return 0;
    }
    for (size_t i = 0; i < n_a; i++) {
        for (size_t k = 0; k < n_b; k++) {
            const double p = share[i * n_b + k];
            if (p > 0 && isfinite(p)) {
                sum += p / total * log(p * total / (a[i] * b[k]));
            }
        }
    }
    return fmax(sum, 0);
}

/* Mid-ranks between -1/2 and 1/2 in place of the shares; returns their variance. */
static double mid_ranks(double *share, size_t n, double total)
{
    double below = 0, variance = 0;
    for (size_t i = 0; i < n; i++) {
        const double p = share[i] / total;
        share[i] = below + 0.5 * p - 0.5;
        variance += p * share[i] * share[i];
        below += p;
    }
    return variance;
}

double mk_assoc_rank(const double *share, size_t n_a, size_t n_b)
{
    double a[MK_ASSOC_CELLS], b[MK_ASSOC_CELLS], total = 0, sum = 0;
    if (!margins(share, n_a, n_b, a, b, &total)) {
        return 0;
    }
    const double variance = mid_ranks(a, n_a, total) * mid_ranks(b, n_b, total);
    for (size_t i = 0; i < n_a; i++) {
        for (size_t k = 0; k < n_b; k++) {
            const double p = share[i * n_b + k];
            sum += p > 0 && isfinite(p) ? p / total * a[i] * b[k] : 0;
        }
    }
    return variance > 1e-18 ? fmin(fmax(sum / sqrt(variance), -1), 1) : 0;
}

double mk_assoc_overlap(const double *p, const double *q, size_t n)
{
    double sum_p = 0, sum_q = 0, both = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(p[i]) && isfinite(q[i])) {
            sum_p += p[i];
            sum_q += q[i];
        }
    }
    if (!(sum_p > 0) || !(sum_q > 0)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (isfinite(p[i]) && isfinite(q[i])) {
            both += fmin(p[i] / sum_p, q[i] / sum_q);
        }
    }
    return both;
}
