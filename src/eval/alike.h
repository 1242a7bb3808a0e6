/* alike.h - how alike the distributions of two crowds are: attribute by attribute and pair by pair.
 *
 * Shape of an attribute: 1 - Kolmogorov-Smirnov distance of numbers, 1 - total variation of levels.
 * Trend of a pair: 1 - |difference of Pearson correlations| / 2 of two numbers, 1 - total variation
 * of the contingency table otherwise, numbers in ten bins (SDMetrics: Patki, Wedge, Veeramachaneni
 * 2016). Bins are equal over a crowd's own range - in that library of each crowd separately - or
 * hold a tenth of the real people. Related pairs: |r| > 0.2 or Cramer's V > 0.1 in real people.
 *
 * Every score comes once for each set of weights that the crowds carry (crowd.h); NaN: fewer than
 * MK_ALIKE_LEAST real people have it; 0: no drawn person does. */
#ifndef MK_EVAL_ALIKE_H
#define MK_EVAL_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/pool.h"
#include "src/eval/crowd.h"

enum { MK_ALIKE_BINS = 10, MK_ALIKE_LEAST = 20, MK_ALIKE_LEVELS = 128 };

/* How a value becomes a cell of a contingency table. */
typedef struct MkCoder {
    bool is_number;
    size_t n;             /* cells */
    double low, width;    /* equal bins */
    const double *within; /* (n - 1) edges between the cells; NULL: equal bins */
} MkCoder;

typedef enum MkBins { MK_BINS_EQUAL, MK_BINS_QUANTILE } MkBins;

/* *out (schema->n) from the range or the quantiles of these people. */
MK_NODISCARD MkStatus mk_coders_new(const MkSchema *schema, const MkCrowd *people, MkBins bins,
                                    MkArena *arena, MkCoder **out, MkError *err);
size_t mk_code(const MkCoder *coder, double value); /* not NaN */

typedef struct MkPair {
    uint32_t a, b;
    bool is_related;
} MkPair;

typedef struct MkPairs {
    size_t n;
    MkPair *pairs;
    size_t n_random; /* the first ones are a random choice; those behind were added because they are
                        related */
} MkPairs;

/* All pairs of attributes when there are at most `most` (0: any number), b < a; else `most` at
 * random, and at most as many related ones of four times as many others that are looked at. Related
 * in `real`, coded by `coders`. */
MK_NODISCARD MkStatus mk_pairs_choose(const MkCoder *coders, const MkCrowd *real, size_t most,
                                      uint64_t seed, MkPool *pool, MkArena *arena, MkPairs *out,
                                      MkError *err);

/* out (n_sets) of attribute j. */
MK_NODISCARD MkStatus mk_alike_shape(const MkCoder *coder, const MkCrowd *real, const MkCrowd *made,
                                     size_t j, size_t n_sets, double *out, MkError *err);

typedef struct MkTrend {
    const MkCoder *real_coders, *made_coders; /* (d) of either crowd */
    const MkCrowd *real, *made;
} MkTrend;
/* out (n_sets) of a pair. */
MK_NODISCARD MkStatus mk_alike_trend(const MkTrend *trend, size_t a, size_t b, size_t n_sets,
                                     double *out, MkError *err);

typedef struct MkAlike {
    double shapes, trends, related; /* means */
} MkAlike;
/* Of the first weights; bins of `coders` for both; left_out (d) attributes do not count, NULL: all
 * do. Here, in no thread. */
MK_NODISCARD MkStatus mk_alike(const MkCoder *coders, const MkPairs *pairs, const MkCrowd *real,
                               const MkCrowd *made, const bool *left_out, MkAlike *out,
                               MkError *err);

#endif
