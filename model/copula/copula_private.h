/* copula_private.h - correlations of a copula from one noised release. */
#ifndef MK_MODEL_COPULA_COPULA_PRIVATE_H
#define MK_MODEL_COPULA_COPULA_PRIVATE_H

#include "model/copula/copula.h"
#include "model/private.h"

/* Fills R of a base that has scores as its only features: r packed, (n (n + 1) / 2).
 *
 * A person is the vector e of standardised scores, 0 where a value is missing, scaled to |e|^2 <=
 * n; the products e_a e_b of a < b then have a norm of at most n / sqrt(2), and their sums over
 * people get noise of `sigma` times that. What follows sees the noised sums alone: they become
 * correlations by the marginals' counts of people; eigenvalues within the reach of noise alone,
 * 2 t sqrt(n) for noise of sd t (Wigner's semicircle), become 0, the others y become
 * sqrt(y^2 - 4 n t^2), best in squared error (Gavish and Donoho 2017, for a symmetric matrix);
 * what is left is made a correlation matrix. */
MK_NODISCARD MkStatus mk_copula_private(const MkCopula *copula, const MkDataset *people,
                                        double sigma, MkNoise *noise, float *r, MkError *err);

#endif
