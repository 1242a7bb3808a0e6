/* gate.h - whether a new release may take the place of the last one: each figure of merit of the
 * two, on the same people, and what became worse by more than is tolerated.
 *
 * Which way is better a threshold of that name says (thresholds.h): at least, at most, or between
 * two ends (then nearer to their middle). A regression counts when it is larger than its tolerance
 * and than two standard errors of the difference; a figure that only the last release has is one
 * too. Figures of hidden cells have their standard error over people drawn anew for both alike
 * (paired bootstrap; Efron and Tibshirani 1993, chapter 8), figures that are differences already
 * (error_against) bring it. Of all others it is sqrt(s1^2 + s2^2) of the two figures, which
 * tolerates too much rather than too little. A recipe says
 *
 *   tolerance NAME AMOUNT
 *   regression_reason NAME TEXT */
#ifndef MK_EVAL_GATE_H
#define MK_EVAL_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/thresholds.h"
#include "src/result/result.h"

typedef struct MkGateRow {
    const char *name, *label;
    double now, last;    /* now: NaN when not measured; last: where the figure is a difference */
    double worse, error; /* by how much, above 0 is worse; its standard error, NaN: not known */
    double tolerance;
    const char *reason; /* why a regression is accepted; NULL: it is not */
    bool is_regression;
} MkGateRow;

typedef struct MkGate {
    size_t n;
    MkGateRow *rows;
    bool is_open; /* no regression without a reason */
} MkGate;

/* `rules`: lines "tolerance\tNAME AMOUNT" and "regression_reason\tNAME TEXT" (MkTrainConfig.gate).
 * What *out points to lives in `arena` and in what is given. Fails: MK_EFORMAT for a rule;
 * MK_EINVAL when the two have no figure in common. */
MK_NODISCARD MkStatus mk_gate_judge(const MkThresholds *thresholds, const char *rules,
                                    const MkFigureOfMerit *now, size_t n_now,
                                    const MkFigureOfMerit *last, size_t n_last, MkArena *arena,
                                    MkGate *out, MkError *err);
/* Table, note and "gate" of the JSON object `root`; a closed gate is result->failed_check, an open
 * one leaves none. */
MK_NODISCARD MkStatus mk_gate_show(const MkGate *gate, MkResult *result, MkNode *root,
                                   MkError *err);
/* Accepted regressions with their reasons, for the card; nothing when there are none. */
void mk_gate_markdown(const MkGate *gate, MkBuf *out);

#endif
