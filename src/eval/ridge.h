/* ridge.h - ridge regressions of several attributes, each from all others, on people with gaps. */
#ifndef MK_EVAL_RIDGE_H
#define MK_EVAL_RIDGE_H

#include "src/eval/design.h"

/* People whose cross products are known. */
typedef struct MkRidge {
    MkDesign design;
    size_t n, d, wide; /* people, attributes, an intercept and the terms */
    const float *x;    /* (n, d) */
    float *z;          /* (n, wide) */
    double *products;  /* (wide, wide) of all people */
} MkRidge;

/* x (n, d) by rows, NaN missing, attribute j is ids[j]; kept. In arena. */
MK_NODISCARD MkStatus mk_ridge_new(const MkSchema *schema, const size_t *ids, const float *x,
                                   size_t n, size_t d, MkArena *arena, MkRidge *out, MkError *err);
/* Column y (a number) from the others, of the people who have it; penalty 1 on the squared slopes
 * of standardised columns, which is little. out (m) for the rows of test (m, d). Safe from several
 * threads. Fails: MK_ENUMERIC, MK_EINVAL when nobody has it. */
MK_NODISCARD MkStatus mk_ridge_learn(const MkRidge *ridge, size_t y, const float *test, size_t m,
                                     float *out, MkError *err);

#endif
