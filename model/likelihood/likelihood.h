/* likelihood.h - distribution families as heads: output parameters to log-likelihood, gradient,
 * distribution.
 *
 * Published families (VHGM; parametrisation after HI-VAE, Nazabal et al. 2020): real Gaussian,
 * positive log-normal, count Poisson, categorical softmax, ordinal cumulative logit. `cells`:
 * softmax over the marginal's ordered cells.
 *
 * A family works on its own scale: real (x - mean) / sd; positive standardised log(1 + x).
 * Log-likelihoods are of the value on that scale, without the constant Jacobian. */
#ifndef MK_MODEL_LIKELIHOOD_LIKELIHOOD_H
#define MK_MODEL_LIKELIHOOD_LIKELIHOOD_H

#include <stddef.h>

#include "model/distribution.h"
#include "model/marginal.h"
#include "src/base/arena.h"
#include "src/base/status.h"

/* log p(y) and its gradient with respect to the parameters; gradient may be NULL. */
double mk_gaussian(const float *parameters, double y, float *gradient);          /* (m, raw sd) */
double mk_poisson(const float *parameters, double y, float *gradient);           /* (log rate) */
double mk_categorical(const float *logits, size_t n, size_t y, float *gradient); /* (n logits) */
double mk_ordinal(const float *parameters, size_t n, size_t y,
                  float *gradient); /* (location, n - 1 raw steps) */

/* Probabilities of the levels, p (n). */
void mk_categorical_p(const float *logits, size_t n, double *p);
void mk_ordinal_p(const float *parameters, size_t n, double *p);

/* The attribute's published family. */
size_t mk_likelihood_outputs(const MkAttribute *attribute);
/* Value of the attribute (table scale; levels: index) on its family's scale. */
double mk_likelihood_scale(const MkMarginal *marginal, double value);
double mk_likelihood_log(const MkMarginal *marginal, const float *parameters, double scaled,
                         float *gradient);
/* Log probability of a cell of the marginal; the cells of a number meet halfway between their ends.
 */
double mk_likelihood_cell(const MkMarginal *marginal, const float *parameters, size_t cell);
MK_NODISCARD MkStatus mk_likelihood_distribution(const MkMarginal *marginal,
                                                 const float *parameters, MkArena *arena,
                                                 MkDistribution *out, MkError *err);

#endif
