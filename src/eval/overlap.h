/* overlap.h - how much of two distributions is the same, after VHGM (PLOS Digital Health 2025),
 * Tables 8 and 9.
 *
 *   MkOverlapGrid grid = mk_overlap_grid(values, weights, n, resolution, MK_OVERLAP_LEAST);
 *   mk_overlap_people(&grid, values, weights, n, p);
 *   mk_overlap_answer(&grid, distribution, q);
 *   double overlap = mk_assoc_overlap(p, q, grid.n_cells);    sum of the smaller of each two
 *
 * Bins over the range of the people: 20 of them, or as many as Freedman and Diaconis say, 20 to
 * 100. They are of whole steps of the recorded resolution, so that a step is never cut; what lies
 * outside has a cell of its own at either end. Levels are a cell each. A sample of n people shares
 * about 1 - 0.4 sum sqrt(p / n) with what it was drawn from: the finer the bins, the less. */
#ifndef MK_EVAL_OVERLAP_H
#define MK_EVAL_OVERLAP_H

#include <stddef.h>

#include "model/distribution.h"

enum { MK_OVERLAP_LEAST = 20, MK_OVERLAP_MOST = 100, MK_OVERLAP_CELLS = 256 };

typedef struct MkOverlapGrid {
    size_t n_cells;    /* levels, or bins and the two ends */
    double low, width; /* of the first bin; width 0: levels */
} MkOverlapGrid;

void mk_overlap_sort(double *values, size_t n); /* ascending */
/* The grid of numbers, values (n > 0) ascending; at most so many bins, MK_OVERLAP_LEAST or more. */
MkOverlapGrid mk_overlap_grid(const double *values, const double *weights, size_t n,
                              double resolution, size_t most);
/* The grid of an attribute's levels. */
MkOverlapGrid mk_overlap_levels(size_t n_levels);
/* The cell of a value: 0 is below the first bin, n_cells - 1 above the last one; a level its own.
 */
size_t mk_overlap_cell(const MkOverlapGrid *grid, double x);
/* Weighted shares of people in the cells: out (n_cells). */
void mk_overlap_people(const MkOverlapGrid *grid, const double *values, const double *weights,
                       size_t n, double *out);
/* The same of an answer. */
void mk_overlap_answer(const MkOverlapGrid *grid, const MkDistribution *answer, double *out);

/* Area under the lower of two normal densities, sd > 0. */
double mk_overlap_normal(double mean_a, double sd_a, double mean_b, double sd_b);

#endif
