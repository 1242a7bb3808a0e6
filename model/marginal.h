/* marginal.h - the population distribution of one attribute: ordered cells and what lies inside
 * them.
 *
 * Numbers: cells are atoms (heaped values) and bins between them; inside a bin the value follows
 * the training quantiles of that bin. Levels: one cell a level, in an order fixed at training
 * (schema order for ordinal, first optimal-scaling score for nominal).
 * In words: manikin-model(7). */
#ifndef MK_MODEL_MARGINAL_H
#define MK_MODEL_MARGINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "src/data/schema.h"

enum {
    MK_CELLS_MAX = 64, /* cells of one attribute */
    MK_CELL_KNOTS = 9  /* training quantiles kept inside a bin: 0, 1/8, ... 1 */
};

typedef struct MkMarginal {
    const MkAttribute *attribute; /* kept */
    size_t n_cells;
    double share[MK_CELLS_MAX];    /* population probability of a cell; sums to 1 */
    double tau[MK_CELLS_MAX + 1];  /* thresholds in normal-score space; +-INFINITY at the ends */
    double score[MK_CELLS_MAX];    /* mean normal score inside the cell */
    float (*knots)[MK_CELL_KNOTS]; /* (n_cells): values inside a cell; NULL for levels */
    unsigned char level_of[MK_CELLS_MAX]; /* levels: schema level of a cell */
    unsigned char cell_of[MK_CELLS_MAX];  /* levels: cell of a schema level */
    double mean, sd;                      /* of training values (numbers) */
    size_t n_observed; /* training people with a value, in steps (marginal_fit.h) */
} MkMarginal;

/* Cell of a value (number or level index). A number outside the training range is in the end cell.
 */
size_t mk_marginal_cell(const MkMarginal *marginal, double value);
/* Position inside the cell in 0 .. 1 (mid-position for atoms and levels). */
double mk_marginal_inside(const MkMarginal *marginal, size_t cell, double value);
/* Normal score of a value: probit of its mid-rank among training people. */
double mk_marginal_normal(const MkMarginal *marginal, double value);
/* Value at position t in 0 .. 1 inside a cell (numbers), or the level (levels). */
double mk_marginal_value(const MkMarginal *marginal, size_t cell, double t);
/* At whose multiples a number is recorded: as the schema says, else as the training values lie (the
 * inner knots of a bin are such values, its ends lie between two; those of few people and of the
 * end cells may be rounded). 0: anywhere, or levels. */
double mk_marginal_step(const MkMarginal *marginal);

#endif
