/* tabular.h - a small population whose relations are known, and kinds trained on it, for tests of
 * tvae and ctgan. */
#ifndef MK_TESTS_NUMERIC_TABULAR_H
#define MK_TESTS_NUMERIC_TABULAR_H

#include "model/draw.h"
#include "model/tvae/records.h"
#include "tests/numeric/people.h"

/* x normal (50, 10); y with corr(x, y) = 0.8 inside each of two modes, 0 and 100, the upper one for
 * 30 %, and gaps for 15 %; s: upper mode or not; t: three levels by x, the last one rare. */
enum { TABULAR_X, TABULAR_Y, TABULAR_S, TABULAR_T, TABULAR_N };
void tabular_people(People *people, size_t n, uint64_t seed);

/* Trains by mk_train; settings: key, value, ..., NULL. */
void tabular_train(const People *people, const char *kind, const char *const *settings,
                   const char *path);
/* n persons (n, TABULAR_N) of whom attributes known[0..n_known) are told. */
double *tabular_draw(const MkModel *model, const size_t *known, const double *values,
                     size_t n_known, size_t n);
/* Over rows where both are there and `keep` (n) is true (NULL: all). */
double tabular_mean(const double *v, size_t n, size_t j);
double tabular_correlation(const double *v, size_t n, size_t a, size_t b, const bool *keep);
/* Fails unless the file is refused when `bytes` of a tensor from `at` on are others. */
void tabular_refuses(const char *path, const char *broken, const char *tensor, size_t at,
                     const void *bytes, size_t n);
/* Slope of `loss` along `direction` (n) at `value`, by central differences. */
double tabular_slope(double (*loss)(void *ctx, const float *value), void *ctx, const float *value,
                     const float *direction, size_t n, double step);

#endif
