/* mixture.h - a finite mixture whose components have independent attributes (latent class analysis,
 * Goodman 1974, with typed attributes), and its fit by EM (Dempster, Laird and Rubin 1977).
 *
 * A component has probabilities of the cells of every marginal: levels, values that many have, bins
 * of the rest. They are what its people show, drawn towards the population where they are levels
 * and towards a normal of its own in the space of normal scores where they are numbers. What a
 * person lacks takes no part: exact when it is missing at random. */
#ifndef MK_MODEL_MIXTURE_MIXTURE_H
#define MK_MODEL_MIXTURE_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dataset.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"

typedef struct MkMixture {
    size_t n, n_attributes, n_cells; /* components; attributes; cells of all attributes */
    const MkMarginal *marginals;     /* (n_attributes), borrowed */
    size_t *begin;                   /* (n_attributes) first of its cells among all */
    double *weight;                  /* (n) sums to 1 */
    float *p;                        /* (n_cells, n) probability of a cell in a component */
} MkMixture;

/* What a component is before anybody is in it. */
typedef struct MkMixturePrior {
    double outlier;          /* share of the population in a component's normals */
    double levels;           /* people of the population among a component's levels */
    double mean;             /* people with the mean normal score 0 */
    double people, variance; /* people with this variance of normal scores */
    double cells;            /* people spread over a number's cells as the normal says; the more of
                                them, the nearer to the normal. 0: the normal itself */
    bool is_learned; /* `levels`, `mean` and `variance` of each attribute are where a fit begins:
                        they are estimated too (empirical Bayes) */
} MkMixturePrior;

/* Places of the attributes; false when out of memory. `n`, weight and p stay as they are. */
bool mk_mixture_lay_out(MkMixture *mixture, const MkMarginal *marginals, size_t n_attributes,
                        MkArena *arena);
/* The same, and room for n components, all zero. */
bool mk_mixture_init(MkMixture *mixture, size_t n, const MkMarginal *marginals, size_t n_attributes,
                     MkArena *arena);
/* The parameters of `from`, of the same sizes. */
void mk_mixture_copy(MkMixture *to, const MkMixture *from);

/* ---- fit ---- */

typedef struct MkMixtureFit MkMixtureFit;

/* Borrows all; sets the mixture's parameters: components begin as one person each, drawn by weight
 * with `seed`. */
MK_NODISCARD MkStatus mk_mixture_fit_new(MkMixture *mixture, const MkMixturePrior *prior,
                                         const MkDataset *people, uint64_t seed, MkPool *pool,
                                         const MkCancel *cancel, MkMixtureFit **out, MkError *err);
void mk_mixture_fit_free(MkMixtureFit *fit); /* NULL is allowed */
/* Mean log likelihood, by weight, of what each of these people shows. */
double mk_mixture_fit_judge(MkMixtureFit *fit, const MkDataset *people);
/* One pass of EM over all people. Gives the mean log likelihood under the parameters before it and
 * their log prior a person (up to a constant): as long as the prior is fixed and `cells` 0 the sum
 * of the two never falls. Cancelled: it ends early, and what it gives means nothing. */
double mk_mixture_fit_pass(MkMixtureFit *fit, double *prior);

#endif
