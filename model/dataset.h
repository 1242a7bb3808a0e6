/* dataset.h - people as a model sees them: cells and normal scores of every attribute. */
#ifndef MK_MODEL_DATASET_H
#define MK_MODEL_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "model/marginal.h"
#include "model/marginal_fit.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"
#include "src/data/table.h"

enum { MK_CELL_MISSING = 255 };

typedef struct MkDataset {
    size_t n_rows, n; /* people, attributes */
    uint8_t *cells;   /* (n_rows, n) cell of the marginal, MK_CELL_MISSING */
    float *scores;    /* (n_rows, n) mk_marginal_normal, NaN missing */
    float *values;    /* (n_rows, n) as in the table, NaN missing */
    double *weights;  /* (n_rows) mean 1, or NULL when every person counts alike */
    size_t *rows;     /* (n_rows) row of the table */
} MkDataset;

/* Marginals of every attribute of the schema from the rows rows[0..n_rows) of a table; nominal
 * levels are put in the order of their first optimal-scaling score. `weights` (n_rows) or NULL.
 * *out (schema->n) lives in `arena`. Fails: MK_EFORMAT when an attribute has no value (name in the
 * text). */
MK_NODISCARD MkStatus mk_dataset_marginals(const MkTable *table, const size_t *rows, size_t n_rows,
                                           const double *weights, const MkMarginalFit *fit,
                                           MkArena *arena, MkMarginal **out, MkError *err);
/* Encodes rows of a table by the marginals; everything lives in `arena`; `weights` is kept. */
MK_NODISCARD MkStatus mk_dataset_encode(const MkTable *table, const size_t *rows, size_t n_rows,
                                        double *weights, const MkMarginal *marginals,
                                        MkArena *arena, MkDataset *out, MkError *err);

#endif
