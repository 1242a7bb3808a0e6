/* attack.h - attacks on one model: was this person among those it was trained on?
 *
 * The attacker knows all values of a candidate and has
 *
 *   black box   persons drawn from the model, told the source and complete; and for the second
 *               score people of the same source who are no candidates at that moment
 *     closest   minus the distance (nearest.h) to the closest drawn person (Chen, Yu, Zhang, Fritz
 *               2020, "GAN-Leaks")
 *     ratio     log density of drawn persons at the candidate minus that of the other people (van
 *               Breugel, Sun, Qian, van der Schaar 2023, "DOMIAS"), with kernels exp(-distance / h)
 *               over the MK_NEAREST closest; h: a tenth of how far people of the source are from
 *               their closest
 *   white box   the model's file
 *     loss      mean log probability of the candidate's values, each half of them given the other
 *               half (Yeom, Giacomelli, Fredrikson, Jha 2018)
 *     gain      the same minus the log probability by the population's distribution of each
 *               attribute: unusual people are hard for every model (Watson, Guo, Cormode,
 *               Sablayrolles 2022)
 *
 * A candidate's other people are non-members of the other of two folds, so that every held-out
 * person serves as both. Attributes that follow from others by a rule are left out. */
#ifndef MK_EVAL_ATTACK_H
#define MK_EVAL_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "src/eval/section.h"

enum { MK_ATTACK_CLOSEST, MK_ATTACK_RATIO, MK_ATTACK_LOSS, MK_ATTACK_GAIN, MK_ATTACKS };

typedef struct MkCandidate {
    const MkCohort *cohort;
    size_t row;
    bool is_member;
} MkCandidate;

/* Candidates of one source, in a row. */
typedef struct MkAttackPart {
    const char *source;
    size_t first, n;
} MkAttackPart;

typedef struct MkAttackJob {
    const MkTrial *trial; /* its model, seed, pool, cancel and progress */
    const MkCandidate *candidates;
    size_t n; /* of them */
    const MkAttackPart *parts;
    size_t n_parts;
    size_t persons; /* drawn of each source, at most */
    size_t values;  /* drawn in all, about, at most; 0: any number */
    size_t told;    /* candidates in the white box, at most; 0: all */
} MkAttackJob;

typedef struct MkAttack {
    double *score[MK_ATTACKS]; /* (n) higher: member; NaN where it says nothing */
    double *unusual;           /* (n) distance from the closest other people */
    bool *is_copied;           /* (n) a drawn person has all the values that the candidate has */
    size_t n_persons;
    double attributes; /* of a candidate, the mean */
    /* Of drawn persons: the share that is closer to a member than to a non-member (ties by half;
     * 0.5 is ideal when there are as many of each), the distance to the closest of either (median),
     * and that divided by the distance to the second closest (median). */
    double share, share_error;
    double distance_members, distance_others, ratio_members, ratio_others;
} MkAttack;

/* The same whatever the number of threads. Everything lives in `arena`. Fails: MK_ECANCEL, what
 * drawing and asking give. */
MK_NODISCARD MkStatus mk_attack_run(const MkAttackJob *job, MkArena *arena, MkAttack *out,
                                    MkError *err);

#endif
