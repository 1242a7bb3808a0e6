/* scoreboard.h - what stands on top of an evaluation: which bars hold, which do not, and which
 * nobody measured. */
#ifndef MK_EVAL_SCOREBOARD_H
#define MK_EVAL_SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/eval/thresholds.h"
#include "src/result/result.h"

typedef struct MkScoreboard {
    const MkModel *model;
    const MkThresholds *thresholds;
    size_t n_bars;
    const MkBar *bars;
} MkScoreboard;

/* Table, notes and "bars" and "holds" of the JSON object `root`; when a bar fails,
 * result->failed_check says which. */
MK_NODISCARD MkStatus mk_scoreboard_make(const MkScoreboard *board, MkResult *result, MkNode *root,
                                         MkError *err);
/* The bars, and then every figure, as Markdown for the model's card (model/recard.h). */
void mk_scoreboard_markdown(const MkScoreboard *board, const MkFigureOfMerit *figures,
                            size_t n_figures, MkBuf *out);

#endif
