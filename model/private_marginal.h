/* private_marginal.h - cells from an attribute's public range, with noised shares. */
#ifndef MK_MODEL_PRIVATE_MARGINAL_H
#define MK_MODEL_PRIVATE_MARGINAL_H

#include "model/marginal.h"
#include "model/private.h"
#include "src/base/arena.h"
#include "src/data/cohort.h"

/* MK_EINVAL names the numbers whose range the schema does not say. */
MK_NODISCARD MkStatus mk_private_ranges(const MkSchema *schema, MkError *err);

/* Marginals of every attribute of the schema from people rows[0..n_rows) of a cohort: *out
 * (schema->n) in `arena`. Cells come from the schema alone: levels in its order; a number's between
 * its min and max, each whole number of a count that has no more than n_cells of them, else n_cells
 * of equal width, for a positive number of equal width in asinh(1000 x / max). A person adds 1 to
 * at most one cell of each attribute: one release of norm sqrt(schema->n), noise `sigma` times
 * that. Shares are the nearest ones that can be; people with a value are what all cells hold. */
MK_NODISCARD MkStatus mk_private_marginals(const MkCohort *cohort, const size_t *rows,
                                           size_t n_rows, size_t n_cells, double sigma,
                                           MkNoise *noise, MkArena *arena, MkMarginal **out,
                                           MkError *err);
/* Value below which a share q of the people lies. */
double mk_private_quantile(const MkMarginal *marginal, double q);
/* Level that most have. */
size_t mk_private_likeliest(const MkMarginal *marginal);

#endif
