/* difference.h - the difference of two independent numbers, each given by sorted values of equal
 * weight.
 *
 * All n * m differences b - a count; sums and quantiles are found by walking both lists at once, so
 * 200 x 200 values cost microseconds and no memory. */
#ifndef MK_STATS_DIFFERENCE_H
#define MK_STATS_DIFFERENCE_H

#include <stddef.h>

/* Quantile q of b - a; a (n) and b (m) ascending, n, m > 0, q in 0 .. 1. */
double mk_difference_quantile(const double *a, size_t n, const double *b, size_t m, double q);
/* P(b > a) + P(b = a) / 2. */
double mk_difference_higher(const double *a, size_t n, const double *b, size_t m);

#endif
