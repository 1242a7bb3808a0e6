/* normal.h - the standard normal distribution: density, cdf, quantile, log of an interval's mass.
 */
#ifndef MK_MODEL_NORMAL_H
#define MK_MODEL_NORMAL_H

double mk_normal_density(double x);
double mk_normal_cdf(double x);
/* Inverse cdf (Wichura, AS 241, through GSL): |relative error| about 1e-16; +-INFINITY at 0 and 1.
 */
double mk_normal_quantile(double p);
/* log(Phi(b) - Phi(a)) for a <= b, never below `floor`; exact to double far in both tails. */
double mk_normal_log_mass(double a, double b, double floor);

#endif
