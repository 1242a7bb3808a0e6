#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/likelihood/likelihood.h"

/* Cumulative logit: thresholds t_r = raw_1 + sum_{i=2..r} softplus(raw_i); P(x <= r) = sigmoid(t_r
 * - location). The first threshold is free, so that the location may start at 0. Class probability
 * floor 1e-6. */

static double softplus(double x)
{
    return x > 30.0 ? x : log1p(exp(x));
}

static double sigmoid(double x)
{
    return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
}

void mk_ordinal_p(const float *parameters, size_t n, double *p)
{
    double t = 0.0, before = 0.0, total = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (k + 1 < n) {
            const double raw = (double)parameters[1 + k];
            t += k == 0 ? raw : softplus(raw);
        }
        const double here = k + 1 < n ? sigmoid(t - (double)parameters[0]) : 1.0;
        p[k] = fmax(here - before, 1e-6);
        total += p[k];
        before = here;
    }
    for (size_t k = 0; k < n; k++) {
        p[k] /= total;
    }
}

double mk_ordinal(const float *parameters, size_t n, size_t y, float *gradient)
{
    const double location = (double)parameters[0];
    double low = 0.0, high = 1.0, t = 0.0; /* P(x <= y - 1), P(x <= y) */
    double t_low = 0.0, t_high = 0.0;
    for (size_t k = 0; k + 1 < n && k <= y; k++) {
        const double raw = (double)parameters[1 + k];
        t += k == 0 ? raw : softplus(raw);
        if (k + 1 == y) {
            t_low = t;
        }
        if (k == y) {
            t_high = t;
        }
    }
    low = y > 0 ? sigmoid(t_low - location) : 0.0;
    high = y + 1 < n ? sigmoid(t_high - location) : 1.0;
    const double p = fmax(high - low, 1e-6);
    if (gradient != NULL) {
        /* d p / d t_high and d p / d t_low; the location moves both the other way */
        const bool floored = high - low < 1e-6;
        const double up = y + 1 < n && !floored ? high * (1.0 - high) / p : 0.0;
        const double down = y > 0 && !floored ? -low * (1.0 - low) / p : 0.0;
        gradient[0] = (float)-(up + down);
        for (size_t k = 0; k + 1 < n; k++) {
            const double slope = k == 0 ? 1.0 : sigmoid((double)parameters[1 + k]);
            const double through = (k <= y ? up : 0.0) + (k + 1 <= y ? down : 0.0);
            gradient[1 + k] = (float)(through * slope);
        }
    }
    return log(p);
}
