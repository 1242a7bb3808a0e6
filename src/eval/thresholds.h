/* thresholds.h - how good is good enough: thresholds that a model declares, and the bars they make
 * of the figures of an evaluation.
 *
 *   MkThresholds thresholds;
 *   MK_TRY(mk_thresholds_of(model, arena, &thresholds, err));
 *   MkBar *bars;
 *   MK_TRY(mk_thresholds_bars(&thresholds, figures, n_figures, arena, &bars, err));
 *
 * A model's file carries a TSV, a line `name low high` a threshold, `-` for an end that is open
 * (recipe lines `threshold NAME LOW HIGH`). A model that declares none is held against those of the
 * program. */
#ifndef MK_EVAL_THRESHOLDS_H
#define MK_EVAL_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/section.h"

typedef struct MkThreshold {
    const char *name;  /* of a figure (MkFigureOfMerit) */
    const char *label; /* while it is not measured; NULL: the name */
    double low, high;  /* infinite when open */
    bool is_relative;  /* of another model or of several sources: no bar where there is none */
} MkThreshold;

typedef struct MkThresholds {
    size_t n;
    MkThreshold *items;
    bool is_declared; /* by the model; else the program's */
} MkThresholds;

/* In arena. Fails: MK_EFORMAT. */
MK_NODISCARD MkStatus mk_thresholds_of(const MkModel *model, MkArena *arena, MkThresholds *out,
                                       MkError *err);
/* From the text of a model's file; `origin` is for errors. */
MK_NODISCARD MkStatus mk_thresholds_parse(const char *text, const char *origin, MkArena *arena,
                                          MkThresholds *out, MkError *err);
/* Adds a threshold, or takes the place of the one of that name. */
MK_NODISCARD MkStatus mk_thresholds_set(MkThresholds *thresholds, MkArena *arena,
                                        const MkThreshold *threshold, MkError *err);

/* Undecided: of a quick run, whose figure is so close to an end of the bar that few people leave
 * open on which side of it the model is. */
typedef enum MkVerdict {
    MK_BAR_HOLDS,
    MK_BAR_FAILS,
    MK_BAR_UNDECIDED,
    MK_BAR_UNMEASURED
} MkVerdict;

/* One line of the scoreboard. */
typedef struct MkBar {
    const char *name, *label;
    double low, high;
    double value, error; /* NaN: not measured, not known */
    MkVerdict verdict;
} MkBar;

/* A bar for each threshold: *out (*n) in arena. A figure that nobody measured holds nothing. Quick
 * runs leave undecided what two standard errors would carry over an end of a bar; others decide by
 * the figure alone. */
MK_NODISCARD MkStatus mk_thresholds_bars(const MkThresholds *thresholds,
                                         const MkFigureOfMerit *figures, size_t n_figures,
                                         bool is_quick, MkArena *arena, MkBar **out, size_t *n,
                                         MkError *err);
/* "at most 0.42", "between 0.87 and 0.93"; in arena. */
const char *mk_bar_words(MkArena *arena, const MkBar *bar);
/* "holds", "FAILS", "undecided", "not measured" */
const char *mk_verdict_name(MkVerdict verdict);

#endif
