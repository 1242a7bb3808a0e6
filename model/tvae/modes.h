/* modes.h - the modes of a number: a one-dimensional variational Bayesian mixture of normals with a
 * Dirichlet process prior on its weights (Blei and Jordan 2006; Bishop 2006, section 10.2), and the
 * mode-specific normalisation by it (Xu et al. 2019, section 4.2).
 *
 * A value is a mode and where it lies in it: (x - mean) / (4 sd), cut at +-0.99. */
#ifndef MK_MODEL_TVAE_MODES_H
#define MK_MODEL_TVAE_MODES_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/rng.h"
#include "src/base/status.h"

enum { MK_MODES_MAX = 10 };

/* The modes that are kept, by mean. */
typedef struct MkModes {
    size_t n;
    double mean[MK_MODES_MAX], sd[MK_MODES_MAX];
    double share[MK_MODES_MAX]; /* up to a factor: what a mode's normal density is multiplied with
                                   where a value is given to the modes */
} MkModes;

/* Modes of n values, weighted (n, not negative, some positive); those with a weight of at most
 * `least` go. Fails: MK_ENOMEM. */
MK_NODISCARD MkStatus mk_modes_fit(const double *values, const double *weights, size_t n,
                                   double least, MkArena *arena, MkModes *out, MkError *err);
/* Probabilities of the modes for a value, p (modes->n); none is 0. */
void mk_modes_of(const MkModes *modes, double value, double *p);
size_t mk_modes_likeliest(const MkModes *modes, double value);
size_t mk_modes_draw(const MkModes *modes, double value, MkRng *rng);
/* Where a value lies in a mode, and back. */
double mk_modes_scalar(const MkModes *modes, size_t mode, double value);
double mk_modes_value(const MkModes *modes, size_t mode, double scalar);

#endif
