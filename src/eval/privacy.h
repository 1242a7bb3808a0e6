/* privacy.h - the section `privacy` of an evaluation: what attacks tell of who was trained on.
 *
 * Members are training people, others are held-out people of the same sources, as many of each from
 * each source. Attacks: attack.h, on all and on the most unusual; and what attacks with shadow
 * models found (shadow.h) when the file of it stands beside the model.
 *
 * Figures: membership_auc and membership_tpr_1 (the attack that does best, as it is or turned
 * round: a score that is low for members tells them as well as one that is high),
 * membership_tpr_01, membership_auc_source (of one source, farthest off), membership_auc_outliers,
 * dcr_share, dcr_score, nndr_gap, exact_copies, exact_copies_excess (what is above that of held-out
 * people and two standard errors; else 0), membership_auc_shadow, membership_tpr_1_shadow. */
#ifndef MK_EVAL_PRIVACY_H
#define MK_EVAL_PRIVACY_H

#include "src/eval/section.h"

/* out: arena, result and node are there. Without training people nothing is measured, and a note
 * says so. Fails: MK_ECANCEL, what the attacks give, a file of shadow models that is wrong. */
MK_NODISCARD MkStatus mk_privacy_section(const MkTrial *trial, MkSection *out, MkError *err);

#endif
