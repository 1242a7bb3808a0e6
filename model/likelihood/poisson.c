#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/likelihood/likelihood.h"

/* log rate clamped to log 1e-6 .. log 1e6 (models: rate in [1e-6, 1e6]); no gradient beyond. */
double mk_poisson(const float *parameters, double y, float *gradient)
{
    const double limit = 13.815510557964274;
    const double raw = (double)parameters[0];
    const double log_rate = fmin(fmax(raw, -limit), limit);
    const double rate = exp(log_rate);
    if (gradient != NULL) {
        gradient[0] = raw == log_rate ? (float)(y - rate) : 0.0F;
    }
    return y * log_rate - rate - lgamma(y + 1.0);
}
