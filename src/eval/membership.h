/* membership.h - how well a score tells people that a model was trained on (members) from others.
 *
 *   MkMembership m;
 *   mk_membership_even(score, n);    within one source: sources are no sign of membership
 *   MK_TRY(mk_membership_measure(score, is_member, n, seed, arena, &m, err));
 *
 * A higher score says member. AUC: the share of pairs (member, other) in which the member has the
 * higher score, ties by half; its standard error after DeLong, DeLong, Clarke-Pearson 1988. True
 * positive rate at a false positive rate: the share of members above the score that this share of
 * the others exceeds (Carlini et al. 2022, section II-C: an attack that names few people, and those
 * for certain, does harm that an average hides); between two points of the ROC curve along the line
 * that joins them, so that a score that says nothing has the false positive rate on the mean. Its
 * standard error is by the bootstrap over people. */
#ifndef MK_EVAL_MEMBERSHIP_H
#define MK_EVAL_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/status.h"

enum { MK_MEMBERSHIP_MANY = 5000 }; /* others, for a rate at 0.1 % */

typedef struct MkMembership {
    size_t n_members, n_others;
    double auc, auc_error;
    double tpr_1, tpr_1_error;   /* at 1 % false positives */
    double tpr_01, tpr_01_error; /* at 0.1 %; NaN below MK_MEMBERSHIP_MANY others */
} MkMembership;

/* score and is_member (n); a score that is NaN says nothing: the person is left out. All NaN when
 * there are no two members and two others. */
MK_NODISCARD MkStatus mk_membership_measure(const double *score, const bool *is_member, size_t n,
                                            uint64_t seed, MkArena *arena, MkMembership *out,
                                            MkError *err);

/* Subtracts the median and divides by the distance between the quartiles, of members and others
 * together (an attacker sees their scores without their names). */
MK_NODISCARD MkStatus mk_membership_even(double *score, size_t n, MkArena *arena, MkError *err);

/* Online likelihood ratio attack (LiRA; Carlini et al. 2022, algorithm 1) on model `target` of
 * several that were trained on random halves of the same people:
 *
 *   score = log N(l; mean_in, var_in) - log N(l; mean_out, var_out)
 *
 * with l the person's statistic under the target, and the means of it under the other models that
 * were trained with the person (in) and without (out). The variances are one for all people each,
 * as is best with few models (their section VI-C).
 *   statistic, is_in (n_models, n_people)     score (n_people), NaN without a model of each sort
 * A statistic that is NaN is one that the attacker has not. */
void mk_membership_lira(const double *statistic, const bool *is_in, size_t n_models,
                        size_t n_people, size_t target, double *score);

#endif
