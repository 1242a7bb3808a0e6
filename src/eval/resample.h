/* resample.h - figures that are made of sums over people, with what drawing people anew says of
 * them (bootstrap; Efron 1979). */
#ifndef MK_EVAL_RESAMPLE_H
#define MK_EVAL_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/status.h"

enum { MK_RESAMPLES = 100 };

/* A figure and its standard error; NaN where there is none. */
typedef struct MkMeasured {
    double value, error;
} MkMeasured;

typedef struct MkResampled {
    const double *people; /* (n_people, n_sums) what each person adds */
    size_t n_people, n_sums, n_figures;
    void (*make)(const double *sums, double *figures); /* NaN: there is none */
    uint64_t seed;
} MkResampled;

/* out (n_figures). The people drawn with a seed are those that the boards draw with it. */
MK_NODISCARD MkStatus mk_resample(const MkResampled *job, MkMeasured *out, MkError *err);

/* Sample standard deviation of n values; NaN when one is. */
double mk_resample_spread(const double *values, size_t n, size_t stride);

#endif
