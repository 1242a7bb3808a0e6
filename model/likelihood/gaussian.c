#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/likelihood/likelihood.h"

/* sd = softplus(raw) + 1e-3 */
double mk_gaussian(const float *parameters, double y, float *gradient)
{
    const double raw = (double)parameters[1];
    const double sd = (raw > 30.0 ? raw : log1p(exp(raw))) + 1e-3;
    const double z = (y - (double)parameters[0]) / sd;
    if (gradient != NULL) {
        const double slope = 1.0 / (1.0 + exp(-raw));
        gradient[0] = (float)(z / sd);
        gradient[1] = (float)((z * z - 1.0) / sd * slope);
    }
    return -0.5 * z * z - log(sd) - 0.91893853320467274178;
}
