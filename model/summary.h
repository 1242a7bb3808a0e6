/* summary.h - what the training people's values look like, kept in the model file: histograms of
 * every attribute and of the few thousand most strongly associated pairs.
 *
 * Shares of people (with the survey's weights where the model was trained with them) in cells; a
 * cell with fewer people than the recipe's `smallest_cell` is not told (NaN). No value of a person
 * is kept. Numbers are cut at quantiles that lie between recorded values, so that heaped values do
 * not straddle; the outer edges are rounded outward from where at least so many people lie, and
 * whoever is beyond them counts in the end cell. Of a pair that has a few people in untold cells,
 * one cell more is untold; of an attribute the smallest told share is rounded then. Which pairs are
 * kept: summary_fit.h. Levels are cells of their own. A file without summaries (older models)
 * answers "none". */
#ifndef MK_MODEL_SUMMARY_H
#define MK_MODEL_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

enum {
    MK_SUMMARY_CELLS = 24,     /* of one attribute, at most */
    MK_SUMMARY_PAIR_CELLS = 8, /* each side of a pair; with more levels it is not kept */
    MK_SUMMARY_PAIRS = 4000    /* at most */
};

typedef struct MkCells {
    size_t n;
    const double *edges; /* (n + 1) ascending, numbers; NULL for levels: cell k is level k */
    const double *share; /* (n) sums to at most 1; NaN: too few people to tell */
    size_t n_people;     /* with a value */
} MkCells;

typedef struct MkPairCells {
    size_t n_a, n_b;
    const double *edges_a, *edges_b; /* as in MkCells */
    const double *share;             /* (n_a, n_b) joint; NaN: too few people to tell */
    size_t n_people;                 /* with both values */
} MkPairCells;

/* False when the file has none. What `out` points to lives in the model or in arena. */
bool mk_model_cells(const MkModel *model, size_t j, MkArena *arena, MkCells *out);
/* a along the first axis, whichever way round the pair is stored. False when it is not kept. */
bool mk_model_pair_cells(const MkModel *model, size_t a, size_t b, MkArena *arena,
                         MkPairCells *out);
size_t mk_model_n_pairs(const MkModel *model);

#endif
