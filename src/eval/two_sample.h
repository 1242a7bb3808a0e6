/* two_sample.h - whether a classifier tells two crowds apart (classifier two-sample test:
 * Lopez-Paz and Oquab 2017).
 *
 * Three folds; the score is 1 - mean over folds of 2 max(1/2, AUC) - 1: 1 not to be told apart, 0
 * told apart without error. */
#ifndef MK_EVAL_TWO_SAMPLE_H
#define MK_EVAL_TWO_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/pool.h"
#include "src/eval/crowd.h"

enum { MK_CONTEST_FOLDS = 3 };

typedef enum MkContestBy {
    MK_BY_TREES,   /* boosted trees, 80 of depth 5; gaps are theirs to use (trees.h) */
    MK_BY_LOGISTIC /* standardised, levels one by one, gaps filled with the mean, ridge */
} MkContestBy;

typedef struct MkContest {
    const MkCrowd *real, *made; /* as many of each as there are of the fewer */
    const MkSchema *schema;
    const bool *left_out; /* (d) attributes that do not count; NULL: all do */
    MkContestBy by;
    const MkCancel *cancel; /* may be NULL */
} MkContest;

/* 2 max(1/2, AUC) - 1 of one fold; folds may run beside each other. Fails: MK_EUNSUPPORTED. */
MK_NODISCARD MkStatus mk_contest_fold(const MkContest *contest, size_t fold, double *out,
                                      MkError *err);
/* All folds, here. */
MK_NODISCARD MkStatus mk_contest(const MkContest *contest, double *out, MkError *err);

/* Area under the receiver operating characteristic of n scores with weights (NULL: all 1); ties
 * count half. 1/2 when one side is empty. */
typedef struct MkScored {
    float score, weight;
    bool is_positive;
} MkScored;
double mk_auc(MkScored *scored, size_t n); /* sorts them */

#endif
