/* small_cells.h - what a model's file tells of few people: the check of smallest_cell, from the
 * file alone.
 *
 * Counts of people (with an attribute, with both of two, of a source, of a histogram) are looked at
 * one by one. The share of a cell times those who have the attribute is a number of people only
 * where no weights were used: else cells are not looked at. Cells of few people that share alike
 * what they have together are not told apart. */
#ifndef MK_MODEL_SMALL_CELLS_H
#define MK_MODEL_SMALL_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

typedef struct MkSmallCells {
    size_t counts; /* told of fewer than `least` people */
    size_t cells;  /* of attributes, told apart, with fewer */
    size_t untold; /* cells of histograms that are left out */
} MkSmallCells;

/* is_weighted: the people had weights. */
MkSmallCells mk_model_small_cells(const MkModel *model, size_t least, bool is_weighted);

#endif
