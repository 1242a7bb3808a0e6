/* fidelity_choose.h - the most strongly associated pairs of attributes. */
#ifndef MK_EVAL_FIDELITY_CHOOSE_H
#define MK_EVAL_FIDELITY_CHOOSE_H

#include "src/base/pool.h"
#include "src/eval/crowd.h"

typedef struct MkChosenPair {
    size_t a, b;
    double score; /* normalised mutual information */
} MkChosenPair;

enum { MK_CHOICE_JUDGED = 200 }; /* of whom a pair needs both, at most a fourth of all judged */

typedef struct MkChoice {
    const MkSchema *schema;
    const MkCrowd *people, *judged; /* whose association counts; who must have both */
    const bool *allowed;            /* (schema->n) */
    size_t most;
    MkPool *pool;
    const MkCancel *cancel; /* then there are too few pairs; may be NULL */
} MkChoice;
/* Strongest first. In arena; the same whatever the number of threads. */
MK_NODISCARD MkStatus mk_fidelity_choose(const MkChoice *choice, MkArena *arena, MkChosenPair **out,
                                         size_t *n_out, MkError *err);

#endif
