/* slices.h - a distribution cut into slices, and what two attributes tell of each other.
 *
 * A number is cut into twelve slices of its probability, the outer eighths into three each; the
 * value that stands for a slice is the quantile at the mean normal score of the slice. For a
 * normal distribution 98.3 % of the variance lies between the twelve values; the information of
 * a bivariate normal comes out 1 - 2 % too low for correlations up to 0.99. A value that holds a
 * fifth of the probability or more at the lower end (never smoked: 0 pack years) is a slice of its
 * own, and the rest is cut. Levels are slices.
 *
 * Slices are gathered in groups for people to look at: eighths of the probability (and the atom),
 * or one a value where there are few. */
#ifndef MK_QUERY_SLICES_H
#define MK_QUERY_SLICES_H

#include <stddef.h>

#include "model/distribution.h"
#include "src/data/value.h"

enum { MK_SLICES_MAX = MK_MAX_LEVELS, MK_SLICES_GROUPS = 8, MK_SHARES_MAX = 64 };

typedef struct MkSlice {
    double value;     /* number or level index */
    double weight;    /* probability */
    double low, high; /* numbers: values above low, up to high */
    size_t group;
} MkSlice;

typedef struct MkSlices {
    size_t n, n_groups;
    MkSlice items[MK_SLICES_MAX];
} MkSlices;

/* step: numbers stand at multiples of it (0: anywhere), as they are recorded. */
void mk_slices_make(const MkDistribution *d, double step, MkSlices *out);
/* Mean value and probability of a group. */
void mk_slices_group(const MkSlices *slices, size_t group, double *at, double *share);
/* Probability of a slice of some attribute under another distribution of it. */
double mk_slice_mass(const MkSlice *slice, const MkDistribution *d);

/* A distribution as shares of a fixed list of bins, so that several can be set against each other:
 * the levels, the marginal's cells, or 64 bins of equal mass under the reference. */
typedef struct MkBins {
    const MkDistribution *reference; /* borrowed */
    size_t n;
    double edges[MK_SHARES_MAX + 1]; /* used when neither levels nor cells */
} MkBins;

void mk_bins_make(const MkDistribution *reference, MkBins *out);
/* out (bins->n), sum 1 */
void mk_bins_share(const MkBins *bins, const MkDistribution *d, double *out);

/* Mutual information in nats between the row and the bin: the mean over rows of the divergence of
 * a row from the mean of all rows. shares (n_rows, n), weights (n_rows) >= 0, any sum. */
double mk_information(const double *shares, const double *weights, size_t n_rows, size_t n);
/* Total variation distance, 0 .. 1. */
double mk_distance(const double *a, const double *b, size_t n);

#endif
