/* fidelity.h - how like real people the persons are that a model draws, and what can be learned
 * from them: the part "fidelity and utility" of an evaluation.
 *
 * Persons are drawn with the gaps that people of the judged sources have (model/gaps.h), as many of
 * each source as are judged, given the source where the model knows it; survey weights count where
 * the model was trained with them. Against the people that the model has not seen:
 *
 *   univariate overlap   shared bins (overlap.h), of the model's answer and of the persons drawn
 *   bivariate overlap    70 strongly associated pairs, x in tenths: sum over bins of p(x in bin)
 *                        sum over y of the smaller share; of the model asked with the people's own
 *                        x, of persons drawn, and of another release
 *   shapes and trends    alike.h, as SDMetrics has them and with shared bins of a tenth each
 *   two-sample score     two_sample.h
 *   precision, recall    precision.h
 *   utility              utility.h: R squared of each attribute from the others, and who is over 60
 *
 * (VHGM, PLOS Digital Health 2025, Figures 7 and 9, Table 10.) Beside each score stands what other
 * real people reach, the training people, where they are at hand. Errors are those of a bootstrap
 * over people, real and drawn; of the two-sample score those of its folds. */
#ifndef MK_EVAL_FIDELITY_H
#define MK_EVAL_FIDELITY_H

#include "src/eval/section.h"

/* Fails: MK_ECANCEL, MK_ENOMEM, MK_EINVAL with fewer than 40 people, what drawing fails with. */
MK_NODISCARD MkStatus mk_fidelity_section(const MkTrial *trial, MkSection *out, MkError *err);

#endif
