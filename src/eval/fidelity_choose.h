/* fidelity_choose.h - the most strongly associated pairs of attributes. */
#ifndef MK_EVAL_FIDELITY_CHOOSE_H
#define MK_EVAL_FIDELITY_CHOOSE_H

#include "src/base/pool.h"
#include "src/eval/crowd.h"

typedef struct MkChosenPair {
    size_t a, b;
    double score; /* normalised mutual information */
} MkChosenPair;

/* At most `most` pairs of allowed (schema->n) attributes among these people, strongest first. In
 * arena; the same whatever the number of threads. */
MK_NODISCARD MkStatus mk_fidelity_choose(const MkSchema *schema, const MkCrowd *people,
                                         const bool *allowed, size_t most, MkPool *pool,
                                         MkArena *arena, MkChosenPair **out, size_t *n_out,
                                         MkError *err);

#endif
