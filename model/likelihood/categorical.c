#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>

#include "model/likelihood/likelihood.h"

static double log_sum(const float *logits, size_t n)
{
    double top = (double)logits[0], sum = 0.0;
    for (size_t k = 1; k < n; k++) {
        top = fmax(top, (double)logits[k]);
    }
    for (size_t k = 0; k < n; k++) {
        sum += exp((double)logits[k] - top);
    }
    return top + log(sum);
}

void mk_categorical_p(const float *logits, size_t n, double *p)
{
    const double total = log_sum(logits, n);
    for (size_t k = 0; k < n; k++) {
        p[k] = exp((double)logits[k] - total);
    }
}

double mk_categorical(const float *logits, size_t n, size_t y, float *gradient)
{
    const double total = log_sum(logits, n);
    for (size_t k = 0; gradient != NULL && k < n; k++) {
        gradient[k] = (float)((k == y ? 1.0 : 0.0) - exp((double)logits[k] - total));
    }
    return (double)logits[y] - total;
}
