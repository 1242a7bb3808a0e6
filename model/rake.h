/* rake.h - persons drawn by the chain rule held to the population.
 *
 * A chain of conditionals, each of which leans on values drawn before it, drifts: shares of levels
 * most. So persons are drawn once, after training, and every attribute gets a tilt of its cells'
 * logits that makes the mean of its conditionals, over persons who are asked for it, the
 * population's shares (raking: Deming and Stephan 1940; by stochastic approximation: Robbins and
 * Monro 1951). A tilt counts by how much of an attribute follows from what was drawn before it: an
 * attribute that is drawn first, or follows from what is known, is left as it is. */
#ifndef MK_MODEL_RAKE_H
#define MK_MODEL_RAKE_H

#include "model/kind.h"
#include "src/base/pool.h"
#include "src/data/eligible.h"

/* What one block of persons shows. */
typedef struct MkRakeBlock {
    const MkEligibility *eligibility;
    size_t n_attributes;
    double *people; /* (MK_DRAW_PERSONS, n_attributes) values so far; NaN: none, or not asked */
    bool *asked;    /* (n_attributes) drawn so far */
    double *sum;    /* (all cells) of probabilities */
    double *pull;   /* (n_attributes) sum */
    double *weight; /* (n_attributes) persons */
} MkRakeBlock;

/* Tilts of all cells of all attributes, one attribute after the other, for a model whose kind draws
 * by the chain rule; *out lives in `arena`. They do not depend on the number of threads. */
MK_NODISCARD MkStatus mk_rake(MkModel *model, MkPool *pool, const MkCancel *cancel, MkArena *arena,
                              float **out, MkError *err);
/* Reads the tilts of a file into model->tilts; a file may have none. */
MK_NODISCARD MkStatus mk_rake_open(MkModel *model, MkError *err);

#endif
