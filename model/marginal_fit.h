/* marginal_fit.h - cells of every attribute from training people. */
#ifndef MK_MODEL_MARGINAL_FIT_H
#define MK_MODEL_MARGINAL_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/marginal.h"
#include "src/base/arena.h"
#include "src/base/status.h"

typedef struct MkMarginalFit {
    size_t n_cells;    /* cells aimed at for numbers, 32 */
    size_t min_people; /* people in a bin at least, 12: fewer people, fewer bins */
    size_t least;      /* fewer people than this are not told apart; 0: everybody is */
} MkMarginalFit;

/* Fits the marginal of one attribute from n values (NaN missing) with weights (NULL: all 1).
 *   level_order  (n_levels) cell of each level, or NULL for the schema's order; numbers: NULL
 * A value that holds more than 1.5 / n_cells of the people is an atom with a cell of its own (zero
 * of a `positive` attribute already from 0.5 %); the rest is cut into bins of equal mass. Levels
 * get half a person each as prior. What *out points to lives in `arena`.
 * Of fewer than `least` people nothing is told: n_observed goes in steps of it; cells with fewer
 * share alike what they have together; when that is fewer too it counts as half of `least`, and the
 * smallest of the other cells to the nearest multiple of it. Values beyond those of the outermost
 * `least` people are replaced by round numbers between recorded ones, except for the end of the
 * schema's own domain. Fails: MK_EINVAL when fewer than `least` values are observed, or none. */
MK_NODISCARD MkStatus mk_marginal_fit(const MkAttribute *attribute, const double *values,
                                      const double *weights, size_t n,
                                      const unsigned char *level_order, const MkMarginalFit *fit,
                                      MkArena *arena, MkMarginal *out, MkError *err);
/* The number with the fewest digits between a and b, as near to the middle as it can be; false when
 * single precision has none. */
bool mk_marginal_round(double a, double b, float *out);
/* Sets tau and score from share (after reading a file). */
void mk_marginal_finish(MkMarginal *marginal);

#endif
