/* density.h - a smooth density from the mass in equal bins. */
#ifndef MK_STATS_DENSITY_H
#define MK_STATS_DENSITY_H

#include <stdbool.h>
#include <stddef.h>

/* Gaussian smoothing of n bins of mass with standard deviation `sigma` bins (cut at 4 sigma; 0: a
 * copy). Mass that would leave at the low end comes back (reflection) when `reflect_low`, else it
 * is lost. mass, out (n), not overlapping */
void mk_density_smooth(const double *mass, size_t n, double sigma, bool reflect_low, double *out);

#endif
