/* dataset.h - people as a model sees them: cells and normal scores of what their source has. */
#ifndef MK_MODEL_DATASET_H
#define MK_MODEL_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "model/marginal.h"
#include "model/marginal_fit.h"
#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/cohort.h"

enum { MK_CELL_MISSING = 255 };

/* People of one source, dense in the attributes that anybody of it has. */
typedef struct MkGroup {
    size_t first;         /* number of its first person in the dataset */
    size_t n_rows, n;     /* people, attributes */
    uint32_t *attributes; /* (n) schema ids, ascending */
    uint8_t *cells;       /* (n_rows, n) cell of the marginal, MK_CELL_MISSING */
    float *scores;        /* (n_rows, n) mk_marginal_normal, NaN missing */
    float *values;        /* (n_rows, n) as in the table, NaN missing */
    size_t table;         /* of the cohort */
} MkGroup;

typedef struct MkDataset {
    size_t n_rows, n_attributes;
    size_t n_groups;
    MkGroup *groups; /* (n_groups) by table of the cohort; none is empty */
    double *weights; /* (n_rows) mean 1: survey weight within a source times the source's weight */
    size_t *rows;    /* (n_rows) person's number in the cohort */
} MkDataset;

/* How many values the person in a row of a group has. */
size_t mk_group_observed(const MkGroup *group, size_t row);
/* Group of a person; *row becomes the row in it. */
size_t mk_dataset_group(const MkDataset *data, size_t *row);

/* Marginals of every attribute of the schema from the people rows[0..n_rows) of a cohort,
 * ascending; nominal levels are put in the order of their first optimal-scaling score. `weights`
 * (n_rows) or NULL: all 1. given (schema->n): marginals that are taken as they are, NULL: fitted;
 * or NULL. *out (schema->n) lives in `arena`. Fails: MK_EFORMAT when an attribute has no value
 * (name in the text). */
MK_NODISCARD MkStatus mk_dataset_marginals(const MkCohort *cohort, const size_t *rows,
                                           size_t n_rows, const double *weights,
                                           const MkMarginal *const *given, const MkMarginalFit *fit,
                                           MkArena *arena, MkMarginal **out, MkError *err);
/* Encodes people of a cohort by the marginals; everything lives in `arena`; `weights` is kept
 * (NULL: all 1). */
MK_NODISCARD MkStatus mk_dataset_encode(const MkCohort *cohort, const size_t *rows, size_t n_rows,
                                        double *weights, const MkMarginal *marginals,
                                        MkArena *arena, MkDataset *out, MkError *err);

#endif
