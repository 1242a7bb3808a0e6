#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/stats/density.h"

#include <math.h>

enum { REACH_MAX = 512 };

void mk_density_smooth(const double *mass, size_t n, double sigma, bool reflect_low, double *out)
{
    double kernel[REACH_MAX + 1];
    const double wanted = ceil(4 * sigma);
    const long reach = wanted > REACH_MAX ? REACH_MAX : (long)wanted;
    double sum = 0;
    for (long k = 0; k <= reach; k++) {
        const double z = sigma > 0 ? (double)k / sigma : 0;
        kernel[k] = exp(-0.5 * z * z);
        sum += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (mass[i] <= 0) {
            continue;
        }
        for (long k = -reach; k <= reach; k++) {
            long to = (long)i + k;
            if (to < 0 && reflect_low) {
                to = -1 - to;
            }
            if (to >= 0 && to < (long)n) {
                out[to] += mass[i] * kernel[k < 0 ? -k : k] / sum;
            }
        }
    }
}
