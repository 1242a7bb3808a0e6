/* training.h - the training people of one attribute, counted, beside the model's answer.
 *
 * Their cells are kept in the model file (model/summary.h). They are all people, so they stand
 * beside what the model says when nothing is known; the model's people are counted in the same
 * cells, so that the two are compared without the smoothing of a curve. */
#ifndef MK_QUERY_TRAINING_H
#define MK_QUERY_TRAINING_H

#include <stdbool.h>
#include <stddef.h>

#include "model/summary.h"
#include "src/base/arena.h"
#include "src/result/result.h"

typedef struct MkTraining {
    const MkModel *model;
    size_t attribute;
    MkCells cells;
    const double *mass; /* (cells.n) of the model's population; NaN where the people are not told */
    double overlap;     /* of the two in the cells that are told, 0 .. 1 */
} MkTraining;

/* False when the model keeps none of this attribute, or memory is out. */
bool mk_training_make(const MkModel *model, size_t j, MkArena *arena, MkTraining *out);

typedef struct MkTrainingAxis {
    double low, high;
    bool is_log;
    double atom_at, atom; /* mass that the curve leaves out, and where: its cell is left out too */
    double least;         /* width of a step: what the curve smooths away is not to be seen here */
} MkTrainingAxis;

/* Density as steps, per unit of x or of its decimal logarithm. */
void mk_training_steps(const MkTraining *t, const MkTrainingAxis *axis, MkFigure *figure,
                       MkResult *result);
/* Bars beside those of mk_curve_bars: a cell's share is spread over the values in it. */
void mk_training_bars(const MkTraining *t, double low, size_t n, MkFigure *figure,
                      MkResult *result);
/* Bars beside those of mk_curve_levels. */
void mk_training_levels(const MkTraining *t, MkFigure *figure, MkResult *result);
/* Share of the people in the cell of x when the model has hardly anything else in it; else NaN. */
double mk_training_share_at(const MkTraining *t, double x, double model_share);

/* An object of the array `list`: attribute, people, cells, overlap. */
void mk_training_node(const MkTraining *t, MkNode *list, MkResult *result);
/* "hba1c 99.2 % (6147 people)": how much of the two overlaps, for a note. */
const char *mk_training_text(const MkTraining *t, MkArena *arena);

#endif
