#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/stats/difference.h"

#include <math.h>

/* Pairs with b - a <= t (or < t): for a rising a the bound on b rises. */
static double count_to(const double *a, size_t n, const double *b, size_t m, double t,
                       int is_strict)
{
    double count = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        while (k < m && (is_strict ? b[k] - a[i] < t : b[k] - a[i] <= t)) {
            k++;
        }
        count += (double)k;
    }
    return count;
}

double mk_difference_quantile(const double *a, size_t n, const double *b, size_t m, double q)
{
    const double want = q * (double)n * (double)m;
    double low = b[0] - a[n - 1];
    double high = b[m - 1] - a[0];
    if (count_to(a, n, b, m, low, 0) >= want) {
        return low;
    }
    for (int i = 0; i < 60 && high > low; i++) {
        const double middle = low + 0.5 * (high - low);
        if (count_to(a, n, b, m, middle, 0) >= want) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

double mk_difference_higher(const double *a, size_t n, const double *b, size_t m)
{
    const double pairs = (double)n * (double)m;
    const double below = count_to(a, n, b, m, 0, 1);
    const double to = count_to(a, n, b, m, 0, 0);
    return (pairs - to + 0.5 * (to - below)) / pairs;
}
