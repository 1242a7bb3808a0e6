#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/normal.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#define SQRT_HALF 0.70710678118654752440

double mk_normal_density(double x)
{
    return 0.39894228040143267794 * exp(-0.5 * x * x);
}

double mk_normal_cdf(double x)
{
    return 0.5 * erfc(-x * SQRT_HALF);
}

double mk_normal_quantile(double p)
{
    if (p <= 0.0 || p >= 1.0) {
        return p <= 0.0 ? -INFINITY : INFINITY;
    }
    return gsl_cdf_ugaussian_Pinv(p);
}

double mk_normal_log_mass(double a, double b, double floor)
{
    /* Both ends on the same side of 0: the difference of upper tails loses nothing. */
    const double mass = a > 0.0 ? 0.5 * (erfc(a * SQRT_HALF) - erfc(b * SQRT_HALF))
                                : 0.5 * (erfc(-b * SQRT_HALF) - erfc(-a * SQRT_HALF));
    if (!(mass > 0.0)) {
        return floor;
    }
    const double value = log(mass);
    return value > floor ? value : floor;
}
