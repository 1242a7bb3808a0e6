/* trees.h - boosted trees, by xgboost (Chen and Guestrin 2016) when the program is built with it.
 *
 * One thread a forest: with several, libgomp's waiting makes a machine that has other work ten
 * times slower. Forests of one task each are spread over the pool instead. */
#ifndef MK_EVAL_TREES_H
#define MK_EVAL_TREES_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/pool.h"
#include "src/base/status.h"

/* Whether this build has boosted trees. */
bool mk_trees_available(void);

typedef struct MkTrees {
    int rounds, depth;
    double rate, subsample;
    size_t classes; /* 0: a number; 1: yes or no; more: levels 0 .. classes - 1 */
} MkTrees;

/* Learns y (n) from x (n, d), row by row, NaN missing, weighted by w (n) unless NULL; fills out of
 * the rows of test (m, d): (m) a number or the probability of yes, (m, classes) probabilities.
 * Same result whatever runs beside it. Fails: MK_EUNSUPPORTED in a build without xgboost. */
typedef struct MkTreesTask {
    const float *x, *y, *w;
    size_t n, d;
    const float *test;
    size_t m;
    const MkCancel *cancel; /* then MK_ECANCEL; may be NULL */
} MkTreesTask;
MK_NODISCARD MkStatus mk_trees_learn(const MkTrees *trees, const MkTreesTask *task, float *out,
                                     MkError *err);

#endif
