/* precision.h - alpha-precision, beta-recall and authenticity of synthetic people (Alaa, van
 * Breugel, Saveliev, van der Schaar, ICML 2022), in the simple form used for tables: numbers scaled
 * to 0 .. 1 by the real people's range, levels one column each, Euclidean distance.
 *
 * With c the mean of the real people and r_a the a-quantile of their distances from it, P_a is the
 * share of synthetic people within r_a: precision 1 - sum |a - P_a| / sum a over 30 a from 0 to 1.
 * R_b is the share of real people whose nearest synthetic one is nearer than their nearest other
 * real one and within the b-quantile of the synthetic people's distances from their mean: recall
 * the same way. Authenticity: the share of synthetic people who are farther from their nearest real
 * one than that one is from its nearest other real one. */
#ifndef MK_EVAL_PRECISION_H
#define MK_EVAL_PRECISION_H

#include "src/eval/crowd.h"
#include "src/eval/resample.h"

typedef struct MkPrecision {
    MkMeasured precision, recall, authenticity;
} MkPrecision;

/* Attribute j of the crowds is ids[j]; gaps are filled with the real people's mean. Fails:
 * MK_EINVAL with fewer than two people on a side. */
MK_NODISCARD MkStatus mk_precision(const MkSchema *schema, const size_t *ids, const MkCrowd *real,
                                   const MkCrowd *made, MkArena *arena, MkPrecision *out,
                                   MkError *err);
/* The same of points: real (n, d), made (m, d). */
MK_NODISCARD MkStatus mk_precision_points(const float *real, size_t n, const float *made, size_t m,
                                          size_t d, MkArena *arena, MkPrecision *out, MkError *err);

#endif
