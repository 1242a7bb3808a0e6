/* latent.h - what all kinds share whose attributes are independent given a latent state.
 *
 * A kind gives states for what is known, each with a weight, and the distribution of every
 * attribute in every state. From these come the posterior (the mixture over the states, weighted by
 * what the known values say), persons (a state by its weight, then every attribute on its own),
 * ranges and sets (their mass weighs the states too) and log densities: p(y | x) = sum_s w_s p(x |
 * s) p(y | s) / sum_s w_s p(x | s),  w = prior / proposal. Exact when the states are all that there
 * are (a mixture); else self-normalised importance sampling (Geweke 1989). */
#ifndef MK_MODEL_LATENT_LATENT_H
#define MK_MODEL_LATENT_LATENT_H

#include "model/kind.h"

typedef struct MkStates {
    size_t n;
    double *log_weight; /* (n) log prior - log proposal, without what is known; any constant */
    void *own;          /* the kind's: what `heads` needs */
} MkStates;

typedef struct MkLatent {
    bool is_exact;   /* the states are all that there are; neither `n` nor `rng` matters */
    bool is_told;    /* states come as the kind wants them: what is known does not weigh them */
    size_t n_answer; /* states for a posterior */
    size_t n_person; /* states for a person who is told something; without: one */
    /* MK_EUNSUPPORTED when the kind cannot take this evidence. NULL: it takes all. */
    MkStatus (*check)(const MkModel *model, const size_t *known, size_t n_known,
                      const size_t *limited, size_t n_limited, MkError *err);
    /* `n` states for what is known, drawn with `rng`; *out lives in `arena`. */
    MkStatus (*states)(const MkModel *model, const MkPoint *known, size_t n_known, size_t n,
                       MkRng *rng, MkArena *arena, MkStates *out, MkError *err);
    /* Distribution of attribute j in the states first .. first + n; out (n), what it points to in
     * `arena`. */
    MkStatus (*heads)(const MkModel *model, const MkStates *states, size_t first, size_t n,
                      size_t j, MkArena *arena, MkDistribution *out, MkError *err);
    /* Adds to log_weight (states->n) what a known value (limit NULL) or a limit says of every
     * state, where that is not what `heads` say. NULL: it is. */
    MkStatus (*weigh)(const MkModel *model, const MkStates *states, size_t attribute, double value,
                      const MkDrawLimit *limit, MkArena *arena, double *log_weight, MkError *err);
} MkLatent;

/* What a kind with `latent` puts into its MkKind. */
MK_NODISCARD MkStatus mk_latent_posterior(const MkModel *model, const MkPoint *known,
                                          size_t n_known, const size_t *targets, size_t n_targets,
                                          MkArena *arena, MkDistribution *out, MkError *err);
const MkJoint *mk_latent_joint(const MkModel *model);

#endif
