/* design.h - people with gaps as the columns of a regression: numbers and the places of ordered
 * levels standardised, each other level a column, a gap the mean. */
#ifndef MK_EVAL_DESIGN_H
#define MK_EVAL_DESIGN_H

#include <stddef.h>

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/data/schema.h"

/* A column of the regression. */
typedef struct MkTerm {
    size_t from;  /* column of the people */
    double level; /* < 0: the value itself */
    double mean, scale;
} MkTerm;

typedef struct MkDesign {
    size_t n_terms;
    MkTerm *terms; /* in the order of the people's columns */
} MkDesign;

/* From people as rows: x (n, d), column j has attribute ids[j]. In arena. */
MK_NODISCARD MkStatus mk_design_new(const MkSchema *schema, const size_t *ids, const float *x,
                                    size_t n, size_t d, MkArena *arena, MkDesign *out,
                                    MkError *err);
/* Columns of one person, x (d): out (n_terms). */
void mk_design_row(const MkDesign *design, const float *x, float *out);

#endif
