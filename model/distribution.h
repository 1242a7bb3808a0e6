/* distribution.h - the answer about one attribute; nothing after it knows which model made it.
 *
 * Numbers are in the attribute's unit, levels are indices of the schema's levels. Intervals are
 * central. Rounding to the recorded resolution is the reader's business, except mk_dist_draw which
 * rounds. */
#ifndef MK_MODEL_DISTRIBUTION_H
#define MK_MODEL_DISTRIBUTION_H

#include <stddef.h>

#include "model/marginal.h"
#include "src/base/arena.h"
#include "src/base/rng.h"
#include "src/base/status.h"
#include "src/data/schema.h"

typedef enum MkDistKind {
    MK_DIST_LEVELS,    /* p over the schema's levels */
    MK_DIST_CELLS,     /* p over the marginal's cells */
    MK_DIST_NORMAL,    /* a = mean, b = sd */
    MK_DIST_LOGNORMAL, /* log(x + shift) ~ normal(a, b) */
    MK_DIST_POISSON,   /* a = rate */
    MK_DIST_POINT,     /* a is known */
    MK_DIST_MIXTURE    /* parts with weights */
} MkDistKind;

typedef struct MkDistribution {
    MkDistKind kind;
    const MkAttribute *attribute;
    size_t n;                   /* levels, cells or parts */
    const double *p;            /* n probabilities or weights, sum 1 */
    const MkMarginal *marginal; /* MK_DIST_CELLS */
    const struct MkDistribution
        *parts; /* MK_DIST_MIXTURE: parts of the same attribute, not mixtures */
    double a, b, shift;
} MkDistribution;

/* Numbers only; for levels mean and sd are NaN, quantile and cdf are those of the level order. */
double mk_dist_mean(const MkDistribution *d);
double mk_dist_sd(const MkDistribution *d);
double mk_dist_quantile(const MkDistribution *d,
                        double q); /* inf{x : F(x) >= q}; level index for levels */
double mk_dist_cdf(const MkDistribution *d, double x);       /* P(X <= x) */
double mk_dist_cdf_below(const MkDistribution *d, double x); /* P(X < x) */
/* Value with the highest density (numbers: at the attribute's resolution) or the likeliest level.
 */
double mk_dist_mode(const MkDistribution *d);
/* Probability of a level (levels), or mass of [low, high] (numbers, both ends included). */
double mk_dist_level(const MkDistribution *d, size_t level);
double mk_dist_mass(const MkDistribution *d, double low, double high);
/* Log probability of an observed value at the recorded resolution: log P(x - r/2 < X <= x + r/2);
 * levels: log p. */
double mk_dist_log_prob(const MkDistribution *d, double x);
/* Continuous ranked probability score (numbers): exact for cells, normals and points, within 0.2 %
 * for the rest. */
double mk_dist_crps(const MkDistribution *d, double x);
double mk_dist_draw(const MkDistribution *d, MkRng *rng);
/* Mass in n_bins equal bins over [low, high], for density plots and sparklines; out (n_bins). */
void mk_dist_bins(const MkDistribution *d, double low, double high, size_t n_bins, double *out);
/* Mixture of n distributions of one attribute; merges p where kinds and marginals agree. */
MK_NODISCARD MkStatus mk_dist_mix(const MkDistribution *parts, const double *weights, size_t n,
                                  MkArena *arena, MkDistribution *out, MkError *err);

#endif
