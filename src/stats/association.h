/* association.h - how two attributes go together, from a table of shares of people in cells.
 *
 * Tables are (n_a, n_b), row by row; a cell that is not finite is left out, and what is left need
 * not sum to one. */
#ifndef MK_STATS_ASSOCIATION_H
#define MK_STATS_ASSOCIATION_H

#include <stddef.h>

enum { MK_ASSOC_CELLS = 64 }; /* each side, at most; more are not looked at */

/* Mutual information of row and column in nats, >= 0. */
double mk_assoc_information(const double *share, size_t n_a, size_t n_b);
/* Spearman's rank correlation with the cells' mid-ranks, -1 .. 1; 0 when a side has one cell. */
double mk_assoc_rank(const double *share, size_t n_a, size_t n_b);
/* Overlap of two tables of n cells: the sum of the smaller of each two, where both are finite, each
 * table summing to one over these cells: 0 .. 1; 0 when there are none. */
double mk_assoc_overlap(const double *p, const double *q, size_t n);

#endif
